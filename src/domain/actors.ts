/** Actors of this node: made with their keys, found by name, changed and told. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import {
  actorUri,
  ed25519KeyUri,
  followersUri,
  inboxUri,
  outboxUri,
  profilePage,
  rsaKeyUri,
  sharedInboxUri,
} from './ids.ts';
import type { Site } from './site.ts';
import type { ActorKind } from './types.ts';

export type ActorRow = Reader['t']['actors']['$inferSelect'];
export type KeyPairs = {
  rsa: { privatePem: string; publicPem: string };
  ed25519: { privatePem: string; publicPem: string };
};

const generate = promisify(generateKeyPair);

/** New keys of an actor. Takes some hundred milliseconds of a thread: call it before the transaction. */
export const generateKeys = async (): Promise<KeyPairs> => {
  const [rsa, ed25519] = await Promise.all([generate('rsa', { modulusLength: 2048 }), generate('ed25519')]);
  const pems = (pair: typeof rsa): KeyPairs['rsa'] => ({
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  return { rsa: pems(rsa), ed25519: pems(ed25519) };
};

export const findActor = async (db: Reader, uri: string): Promise<ActorRow | undefined> => {
  const [row] = await db.select().from(db.t.actors).where(eq(db.t.actors.uri, uri)).limit(1);
  return row;
};

/** @param handle of one of ours, any case */
export const findLocalActor = async (db: Reader, handle: string): Promise<ActorRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.actors)
    .where(and(eq(db.t.actors.handle, handle.toLowerCase()), eq(db.t.actors.local, true)))
    .limit(1);
  return row;
};

/** Many at once, by URI. */
export const findActors = async (db: Reader, uris: string[]): Promise<Map<string, ActorRow>> => {
  if (uris.length === 0) return new Map();
  const rows = await db
    .select()
    .from(db.t.actors)
    .where(inArray(db.t.actors.uri, [...new Set(uris)]));
  return new Map(rows.map((row) => [row.uri, row]));
};

/** Makes an actor of ours with its keys. Not discoverable until it says otherwise. */
export const createActor = async (
  tx: Tx,
  site: Site,
  actor: { kind: ActorKind; handle: string; name: string; html: string; url?: string; languages?: string[] },
  keys: KeyPairs,
): Promise<ActorRow> => {
  const now = site.now();
  const uri = actorUri(site, actor.handle);
  const [row] = await tx
    .insert(tx.t.actors)
    .values({
      uri,
      local: true,
      kind: actor.kind,
      handle: actor.handle,
      host: site.host,
      name: actor.name,
      html: actor.html,
      url: actor.url ?? profilePage(site, actor.handle),
      inbox: inboxUri(uri),
      sharedInbox: sharedInboxUri(site),
      outbox: outboxUri(uri),
      followers: followersUri(uri),
      languages: actor.languages ?? [],
      discoverable: actor.kind !== 'member',
      manuallyApproves: actor.kind === 'node',
      suspended: false,
      created: now,
      updated: now,
    })
    .returning();
  await tx.insert(tx.t.keys).values([
    { id: rsaKeyUri(uri), actor: uri, type: 'rsa', ...keys.rsa, created: now },
    { id: ed25519KeyUri(uri), actor: uri, type: 'ed25519', ...keys.ed25519, created: now },
  ]);
  return row!;
};

/**
 * Gives an actor of ours new keys; whoever knows it is told. They have ids of their own, so that nobody takes a
 * signature of the new key for a wrong one of the old: an unknown id is looked up at once.
 */
export const renewKeys = async (tx: Tx, site: Site, uri: string, keys: KeyPairs): Promise<void> => {
  const now = site.now();
  const before = await tx.$count(tx.t.keys, and(eq(tx.t.keys.actor, uri), eq(tx.t.keys.type, 'rsa')));
  // The newest counts, also after the clock was set back.
  const [last] = await tx
    .select({ created: tx.t.keys.created })
    .from(tx.t.keys)
    .where(eq(tx.t.keys.actor, uri))
    .orderBy(desc(tx.t.keys.created))
    .limit(1);
  const created = new Date(Math.max(now.getTime(), (last?.created.getTime() ?? 0) + 1));
  await tx.insert(tx.t.keys).values([
    { id: `${rsaKeyUri(uri)}-${before + 1}`, actor: uri, type: 'rsa', ...keys.rsa, created },
    { id: `${ed25519KeyUri(uri)}-${before + 1}`, actor: uri, type: 'ed25519', ...keys.ed25519, created },
  ]);
  await tx.update(tx.t.actors).set({ updated: now }).where(eq(tx.t.actors.uri, uri));
  await announce(tx, now, { type: 'actor.updated', actor: uri, subject: uri });
};

/** Changes an actor of ours; whoever knows it is told. */
export const updateActor = async (
  tx: Tx,
  site: Site,
  uri: string,
  change: Partial<Pick<ActorRow, 'name' | 'html' | 'icon' | 'languages' | 'discoverable' | 'suspended'>>,
): Promise<void> => {
  const now = site.now();
  await tx
    .update(tx.t.actors)
    .set({ ...change, updated: now })
    .where(and(eq(tx.t.actors.uri, uri), eq(tx.t.actors.local, true)));
  await announce(tx, now, { type: 'actor.updated', actor: uri, subject: uri });
};
