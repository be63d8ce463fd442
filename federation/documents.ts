/**
 * Public AS2 documents, serialised once per change and served many times. What is in the cache is what the
 * database said at its present version; visibility is part of the entry and is asked before the bytes are given.
 */
import { createHash } from 'node:crypto';
import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Reader, Version } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import {
  EXPORTS_PATH,
  NODE_HANDLE,
  actorUri,
  catalogueUri,
  followersUri,
  followingUri,
  inboxUri,
  nodeUri,
  outboxUri,
  sharedInboxUri,
} from '#domain/ids.ts';
import { renderMarkdown } from '#domain/html.ts';
import { findListingByUri } from '#domain/listings.ts';
import { findAccountByActor, hasJoined } from '#domain/members.ts';
import { aliasesOf, moveOf } from '#domain/moving/moves.ts';
import type { mayGoTo } from '#domain/scopes.ts';
import type { Site } from '#domain/site.ts';
import { addressingOf } from './addressing.ts';
import type { Keyring } from './keys.ts';
import { valuesOf } from './listing-value.ts';
import { type ActorDocument, writeActor } from './vocab/actor.ts';
import { stillShown } from './shown.ts';
import { writeNote, writeProposal } from './vocab/listing.ts';

export type Visibility = 'public' | 'peers' | 'nobody';
/** `status` 410 = it was here and is gone. */
export type Served = {
  status: 200 | 410;
  body: string;
  etag: string;
  visibility: Visibility;
  /** Shown whether the public part is open or not: without the keys of an actor nobody could even be refused. */
  always?: boolean;
  /** The listing that it is of, for the scopes of peers. */
  about?: Parameters<typeof mayGoTo>[1];
};

/** @returns the served form of a JSON body */
export const served = (body: string, visibility: Visibility, status: 200 | 410 = 200): Served => ({
  status,
  body,
  visibility,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
});

export type Documents = {
  /** @param uri of an actor, item, proposal, message or activity of ours @returns undefined if there is none, or none to show */
  get(uri: string): Promise<Served | undefined>;
  /** What is kept under this key and still holds, if that can be said without waiting: on SQLite alone. */
  peek<T extends object>(key: string): T | undefined;
  /** An actor of ours as partners see it: with what a member shows to them and not to everybody. */
  actorForPeers(uri: string): Promise<Served | undefined>;
  /** Anything else that holds while the database stands still: built once per version of it. @param key unlike any URI */
  kept<T extends object>(key: string, build: () => Promise<T | undefined>): Promise<T | undefined>;
  /** The JSON of an actor of ours. */
  actor(uri: string): Promise<Record<string, unknown> | undefined>;
};

/** Entries kept while the database stands still. */
const KEPT = 2_000;

export const createDocuments = (deps: { db: Database; site: Site; keyring: Keyring }): Documents => {
  const { db, site, keyring } = deps;
  const cache = new Map<string, object | undefined>();
  let version: Version = -1;

  const build = async (uri: string): Promise<Served | undefined> => {
    const own = uri.startsWith(`${site.origin}/users/`);
    if (!own) return undefined;
    const [, kind] = uri.slice(`${site.origin}/users/`.length).split('/');
    if (kind === undefined) {
      const actor = await actorDocument(db.read, site, keyring, uri);
      return actor === undefined
        ? tombstone(db.read, uri)
        : { ...served(JSON.stringify(actor), 'public'), always: true };
    }
    if (kind === 'items' || kind === 'proposals') return listingDocument(db.read, site, uri, kind);
    if (kind === 'activities') return activityDocument(db.read, uri);
    return undefined;
  };

  const kept = async <T extends object>(key: string, make: () => Promise<T | undefined>): Promise<T | undefined> => {
    const now = await db.version();
    if (now !== version || cache.size >= KEPT) {
      cache.clear();
      version = now;
    }
    // Each key is used with one type only: URIs for documents, other words by `kept`'s callers.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (cache.has(key)) return cache.get(key) as T | undefined;
    const built = await make();
    // Kept only if nothing changed meanwhile: else an old state could stay under the new version.
    if ((await db.version()) === now && version === now) cache.set(key, built);
    return built;
  };

  return {
    get: (uri) => kept(uri, () => build(uri)),
    peek: <T extends object>(key: string): T | undefined =>
      // As for `kept`: each key is used with one type only.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      db.engine === 'sqlite' && db.version() === version ? (cache.get(key) as T | undefined) : undefined,
    actorForPeers: (uri) =>
      kept(`peers ${uri}`, async () => {
        const [actor, account] = await Promise.all([
          actorDocument(db.read, site, keyring, uri),
          findAccountByActor(db.read, uri),
        ]);
        if (actor === undefined) return undefined;
        // Of who is suspended partners see no more than everybody.
        const more = account?.showProfile === 'peers' && account.state === 'active';
        const shown = more ? { ...actor, summary: renderMarkdown(account.text) } : actor;
        return served(JSON.stringify(shown), more ? 'peers' : 'public');
      }),
    kept,
    actor: (uri) => actorDocument(db.read, site, keyring, uri),
  };
};

const actorDocument = async (
  db: Reader,
  site: Site,
  keyring: Keyring,
  uri: string,
): Promise<Record<string, unknown> | undefined> => {
  const row = await findActor(db, uri);
  const keys = await keyring.of(uri);
  if (row === undefined || !row.local || row.deleted !== null || keys === undefined) return undefined;
  if (!(await hasJoined(db, row))) return undefined;
  const types = { node: 'Application', cooperative: 'Organization', community: 'Group', member: 'Person' } as const;
  const kind = row.kind === 'node' || row.kind === 'cooperative' || row.kind === 'community' ? row.kind : 'member';
  const document: ActorDocument = {
    uri,
    type: types[kind],
    kind,
    handle: row.handle,
    name: row.name,
    html: row.html,
    url: row.url,
    inbox: inboxUri(uri),
    outbox: outboxUri(uri),
    followers: followersUri(uri),
    following: followingUri(uri),
    sharedInbox: sharedInboxUri(site),
    catalogue: kind === 'cooperative' ? catalogueUri(uri) : undefined,
    generator: row.handle === NODE_HANDLE ? undefined : nodeUri(site),
    icon: row.icon ?? undefined,
    languages: row.languages,
    discoverable: row.discoverable || kind !== 'member',
    indexable: row.discoverable || kind !== 'member',
    manuallyApproves: kind === 'node',
    suspended: row.suspended,
    oidcIssuer: kind === 'member' ? site.origin : undefined,
    exports: kind === 'member' ? `${site.origin}${EXPORTS_PATH}` : undefined,
    alsoKnownAs: kind === 'member' ? (await aliasesOf(db, uri)).map((one) => one.uri) : undefined,
    movedTo: kind === 'member' ? (await moveOf(db, uri))?.target : undefined,
    published: row.created,
    updated: row.updated,
    rsa: { id: keys.rsa.id, pem: keys.rsa.publicPem },
    ed25519: { id: keys.ed25519.id, pem: keys.ed25519.publicPem },
  };
  return writeActor(document);
};

const listingDocument = async (
  db: Reader,
  site: Site,
  uri: string,
  kind: 'items' | 'proposals',
): Promise<Served | undefined> => {
  const row = await findListingByUri(db, uri);
  if (row === undefined) return tombstone(db, uri);
  if (!row.local || row.state === 'draft' || row.audience === 'members') return undefined;
  if ((kind === 'items') !== (row.uri === uri)) return undefined;
  if ((await findActor(db, row.publisher))?.suspended === true) return undefined;
  const [value] = await valuesOf(db, site, [row]);
  const cooperative = await cooperativeUri(db, site);
  const to = addressingOf(value!.audience, row.publisher, cooperative);
  const document = kind === 'items' ? writeNote(value!, to) : writeProposal(value!, to);
  const { kind: of, purpose, latitude, longitude, withheld } = row;
  return {
    ...served(JSON.stringify(document), value!.audience === 'public' ? 'public' : 'peers'),
    about: { kind: of, purpose, latitude, longitude, withheld },
  };
};

const tombstone = async (db: Reader, uri: string): Promise<Served | undefined> => {
  const [grave] = await db
    .select()
    .from(db.t.tombstones)
    .where(and(eq(db.t.tombstones.uri, uri), eq(db.t.tombstones.local, true)))
    .limit(1);
  if (grave === undefined) return undefined;
  const body = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: uri,
    type: 'Tombstone',
    deleted: grave.deleted.toISOString(),
  };
  return served(JSON.stringify(body), 'public', 410);
};

/** Only listed activities are shown; private ones (messages, follows, peering) are nobody's to read. */
const activityDocument = async (db: Reader, uri: string): Promise<Served | undefined> => {
  const { activities } = db.t;
  const [row] = await db
    .select({ body: activities.body })
    .from(activities)
    .where(and(eq(activities.uri, uri), stillShown(db)))
    .limit(1);
  return row === undefined ? undefined : served(row.body, 'public');
};

/** URI of the node's cooperative; the node's own before set-up. */
export const cooperativeUri = async (db: Reader, site: Site): Promise<string> => {
  const [row] = await db.select({ handle: db.t.cooperative.handle }).from(db.t.cooperative).limit(1);
  return row === undefined ? nodeUri(site) : actorUri(site, row.handle);
};

/** Values of several listings as Notes, in order; for pages of collections. */
export const notesOf = async (db: Reader, site: Site, ids: string[]): Promise<Record<string, unknown>[]> => {
  if (ids.length === 0) return [];
  const rows = await db.select().from(db.t.listings).where(inArray(db.t.listings.id, ids));
  const values = await valuesOf(db, site, rows);
  const cooperative = await cooperativeUri(db, site);
  const byId = new Map(rows.map((row, i) => [row.id, values[i]!]));
  return ids.flatMap((id) => {
    const value = byId.get(id);
    return value === undefined ? [] : [writeNote(value, addressingOf(value.audience, value.publisher, cooperative))];
  });
};
