/** Flat exports of every sqlite table: the form in which drizzle-kit reads a schema. */
import { sqliteTables } from './tables.ts';

export const {
  cooperative, actors, keys, remoteKeys, accounts, sessions, tokens,
  listings, tombstones, pictures, posts, stream,
  peers, domainRules, hosts, follows, conversations, messages, reports,
  announcements, activities, deliveries, received, documents, jobs, facts,
} = sqliteTables;
