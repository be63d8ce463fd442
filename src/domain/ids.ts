/** Every URL that names something of this node is minted and parsed here, and nowhere else. */
import { canonicalHost } from './domain-names.ts';
import type { Site } from './site.ts';

/** Handle of the node's own actor. Flohmarkt builds this very path from the host name. */
export const NODE_HANDLE = 'instance';

/** Handles that members cannot have: actors of the node, paths, and names that mislead. */
export const RESERVED_HANDLES = new Set([
  NODE_HANDLE,
  'admin',
  'administrator',
  'root',
  'system',
  'support',
  'moderator',
  'maillon',
  'api',
  'assets',
  'inbox',
  'outbox',
  'postmaster',
  'webmaster',
  'abuse',
  'security',
  'noreply',
  'no-reply',
  'everyone',
  'all',
  'here',
  'null',
  'undefined',
]);

/** What a handle looks like: 2 to 30 of a–z, 0–9, `_`, `-`, beginning with a letter or digit. */
export const HANDLE = /^[a-z0-9][a-z0-9_-]{1,29}$/;

type At = Pick<Site, 'origin'>;

export const actorUri = (site: At, handle: string): string => `${site.origin}/users/${handle}`;
export const nodeUri = (site: At): string => actorUri(site, NODE_HANDLE);
export const inboxUri = (actor: string): string => `${actor}/inbox`;
export const sharedInboxUri = (site: At): string => `${site.origin}/inbox`;
export const outboxUri = (actor: string): string => `${actor}/outbox`;
export const followersUri = (actor: string): string => `${actor}/followers`;
export const followingUri = (actor: string): string => `${actor}/following`;
/** Every listing that the cooperative shares with whoever asks: what a new peer is backfilled from. */
export const catalogueUri = (actor: string): string => `${actor}/catalogue`;
export const itemUri = (actor: string, id: string): string => `${actor}/items/${id}`;
export const proposalUri = (actor: string, id: string): string => `${actor}/proposals/${id}`;
export const messageUri = (actor: string, id: string): string => `${actor}/messages/${id}`;
/** An activity's id derives from the announcement it tells of, so that a retry is the same activity. */
export const activityUri = (actor: string, id: string): string => `${actor}/activities/${id}`;
export const rsaKeyUri = (actor: string): string => `${actor}#main-key`;
export const ed25519KeyUri = (actor: string): string => `${actor}#ed25519-key`;

/** Where a program asks for all that is a member's (FEP-9091); by its token it is known whose. */
export const EXPORTS_PATH = '/api/v1/me/exports';

/** Page for people. */
export const listingPage = (site: At, id: string): string => `${site.origin}/listings/${id}`;
export const profilePage = (site: At, handle: string): string => `${site.origin}/@${handle}`;

/** What one of our own URIs names. */
export type Named =
  | { type: 'actor'; handle: string }
  | { type: 'inbox' | 'outbox' | 'followers' | 'following' | 'catalogue'; handle: string }
  | { type: 'item' | 'proposal' | 'message' | 'activity'; handle: string; id: string }
  | { type: 'sharedInbox' }
  | { type: 'listingPage'; id: string };

const COLLECTIONS = {
  inbox: 'inbox',
  outbox: 'outbox',
  followers: 'followers',
  following: 'following',
  catalogue: 'catalogue',
} as const;
const OBJECTS = { items: 'item', proposals: 'proposal', messages: 'message', activities: 'activity' } as const;
const isCollection = (word: string): word is keyof typeof COLLECTIONS => Object.hasOwn(COLLECTIONS, word);
const isObject = (word: string): word is keyof typeof OBJECTS => Object.hasOwn(OBJECTS, word);

/**
 * Reads one of our URIs, also a member's page or alias (`/@handle`).
 * @returns what it names, or undefined if it is not ours or names nothing.
 */
export const parseUri = (site: At, uri: string): Named | undefined => {
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  if (url.origin !== site.origin) return undefined;
  const parts = url.pathname.split('/').slice(1);
  const [first = '', handle = '', third = '', id = ''] = parts;
  if (parts.length === 1 && first.startsWith('@')) return { type: 'actor', handle: first.slice(1).toLowerCase() };
  if (parts.length === 1 && first === 'inbox') return { type: 'sharedInbox' };
  if (parts.length === 2 && first === 'listings') return { type: 'listingPage', id: handle };
  if (first !== 'users' || handle === '') return undefined;
  if (parts.length === 2) return { type: 'actor', handle: handle.toLowerCase() };
  if (parts.length === 3 && isCollection(third)) return { type: COLLECTIONS[third], handle };
  if (parts.length === 4 && isObject(third) && id !== '') return { type: OBJECTS[third], handle, id };
  return undefined;
};

/** @returns `@alice@coop.example` */
export const fullHandle = (handle: string, host: string): string => `@${handle}@${host}`;

/** @returns the host of a URI in the one spelling by which hosts are compared, with its port unless default; '' if it is none */
export const hostOf = (uri: string): string => (URL.canParse(uri) ? (canonicalHost(new URL(uri).host) ?? '') : '');

/** A new random id for a row that gets a URL of its own (UUID version 4). */
export const newId = (): string => crypto.randomUUID();
