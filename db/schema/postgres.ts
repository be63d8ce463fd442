/** Flat exports of every postgres table: the form in which drizzle-kit reads a schema. */
import { postgresTables } from './tables.ts';

export const {
  cooperative, actors, keys, remoteKeys, accounts, sessions, tokens,
  listings, tombstones, pictures, posts, stream,
  peers, domainRules, hosts, follows, conversations, messages, reports,
  announcements, activities, deliveries, received, documents, jobs, facts,
} = postgresTables;
