/**
 * Actors and objects of elsewhere, fetched from their own origin and nowhere else, by requests that the node's
 * actor signs. Nothing here throws for what others do, and nothing is fetched within a transaction.
 */
import { eq } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { nodeUri } from '#domain/ids.ts';
import type { Site } from '#domain/site.ts';
import { scan } from './bounds.ts';
import type { FetchOutcome, GuardedFetch } from './fetch.ts';
import { hostOfUri } from './hosts.ts';
import type { Keyring } from './keys.ts';
import { signedHeaders } from './signatures.ts';
import { type ActorValue, readActor } from './vocab/actor.ts';
import type { JsonObject } from './vocab/json.ts';
import { readDocument } from './vocab/normalise.ts';

export type ActorRow = Reader['t']['actors']['$inferSelect'];
export type Resolved<T> = { ok: true; value: T } | { ok: false; code: string; detail: string; gone?: boolean };
export type FetchedActor = { row: ActorRow; document: ActorValue };

export type Resolver = {
  /** GET of an AS2 document as it is, signed by the node's actor. */
  get: (url: string) => Promise<Resolved<JsonObject>>;
  /** An actor, from our table if it was read within a day. */
  actor(uri: string): Promise<Resolved<ActorRow>>;
  /** The same for who only wants it to be in our table: its many columns are not read. */
  known(uri: string): Promise<Resolved<unknown>>;
  /** An actor and its keys, fetched now. */
  freshActor: (uri: string) => Promise<Resolved<FetchedActor>>;
  /** Is this host shut out by a rule? Nothing of it is asked for then. */
  isBlocked(host: string): Promise<boolean>;
  /** An object by its id; its id is checked. */
  object(uri: string): Promise<Resolved<JsonObject>>;
};

export type ResolverDeps = {
  db: Database;
  site: Site;
  fetch: GuardedFetch;
  keyring: Keyring;
  isBlocked?: (host: string) => Promise<boolean>;
  /** Does this server show keys that an admin has to approve? Its actors are read, nothing else of it is believed. */
  isHeld?: (host: string) => Promise<boolean>;
  /** Told of each actor that was read from its own server. @param get to ask that server for more */
  onActor?: (actor: ActorValue, get: Resolver['get']) => Promise<void>;
};
export const AS2_TYPES = [
  'application/activity+json',
  'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
  'application/json',
];
/** A page of a catalogue has many limbs; nothing is deep. */
const ANSWER = { maxDepth: 24, maxContainers: 50_000 };
const FRESH_MS = 24 * 3_600_000;

/** @returns a resolver; every failure comes back with a code and a reason, and nothing of ours is ever overwritten */
export const createResolver = (deps: ResolverDeps): Resolver => {
  const {
    db,
    site,
    fetch,
    keyring,
    isBlocked = async () => false,
    isHeld = async () => false,
    onActor = async () => {},
  } = deps;
  const blocked = async (uri: string): Promise<{ ok: false; code: string; detail: string } | undefined> =>
    (await isBlocked(hostOfUri(uri) ?? ''))
      ? { ok: false, code: 'blocked', detail: `${hostOfUri(uri)} is blocked here.` }
      : undefined;

  const get = async (url: string): Promise<Resolved<JsonObject>> => {
    const refused = await blocked(url);
    if (refused !== undefined) return refused;
    const keys = await keyring.of(nodeUri(site));
    const outcome = await fetch.request(url, {
      accept: AS2_TYPES,
      ...(keys === undefined
        ? {}
        : {
            sign: (hop) =>
              signedHeaders({
                method: 'GET',
                url: hop,
                keyId: keys.rsa.id,
                privateKey: keys.rsa.privateKey,
                dialect: 'cavage',
                now: site.now(),
              }),
          }),
    });
    return readJson(outcome, url);
  };

  const actorAt = async (uri: string): Promise<Resolved<ActorValue>> => {
    const answer = await get(uri);
    if (!answer.ok) return answer;
    const read = readActor(answer.value);
    return read.ok ? read : { ok: false, code: 'noActor', detail: read.reason };
  };

  const freshActor = async (uri: string): Promise<Resolved<FetchedActor>> => {
    if (hostOfUri(uri) === site.host) return { ok: false, code: 'ourselves', detail: 'It is one of ours.' };
    const asked = await actorAt(uri);
    if (!asked.ok) return asked;
    if (new URL(asked.value.uri).origin !== new URL(uri).origin)
      return { ok: false, code: 'otherOrigin', detail: 'The actor has an id of another origin.' };
    // An alias (a profile page) may be asked for. What it says of an id is believed only at that id: a file that
    // somebody uploaded to the same server could name another's.
    const read = asked.value.uri === uri ? asked : await actorAt(asked.value.uri);
    if (!read.ok) return read;
    if (read.value.uri !== asked.value.uri)
      return { ok: false, code: 'otherId', detail: 'The document at this address has another id.' };
    if (new URL(read.value.inbox).origin !== new URL(read.value.uri).origin)
      return { ok: false, code: 'otherOrigin', detail: "The actor's inbox is on another origin." };
    const row = await storeActor(db, site, read.value);
    await onActor(read.value, get);
    return { ok: true, value: { row, document: read.value } };
  };

  const isFresh = ({ local, fetched }: Pick<ActorRow, 'local' | 'fetched'>): boolean =>
    local || (fetched !== null && site.now().getTime() - fetched.getTime() < FRESH_MS);

  return {
    get,
    freshActor,
    isBlocked: (host) => isBlocked(host),
    actor: async (uri) => {
      const refused = await blocked(uri);
      if (refused !== undefined) return refused;
      const row = await findActor(db.read, uri);
      if (row !== undefined && isFresh(row)) return { ok: true, value: row };
      const fresh = await freshActor(uri);
      if (fresh.ok) return { ok: true, value: fresh.value.row };
      // An old copy is better than none while its server is down.
      return row === undefined ? fresh : { ok: true, value: row };
    },
    known: async (uri) => {
      const refused = await blocked(uri);
      if (refused !== undefined) return refused;
      const { actors } = db.read.t;
      const [row] = await db.read
        .select({ local: actors.local, fetched: actors.fetched })
        .from(actors)
        .where(eq(actors.uri, uri))
        .limit(1);
      if (row !== undefined && isFresh(row)) return { ok: true, value: row };
      const fresh = await freshActor(uri);
      return row === undefined ? fresh : { ok: true, value: row };
    },
    object: async (uri) => {
      const host = hostOfUri(uri) ?? '';
      if (await isHeld(host))
        return {
          ok: false,
          code: 'keyHeld',
          detail: `The key of ${host} has changed, and an admin has not approved it.`,
        };
      const answer = await get(uri);
      if (!answer.ok) return answer;
      if (answer.value['id'] !== uri)
        return { ok: false, code: 'otherId', detail: 'The document at this address has another id.' };
      return answer;
    },
  };
};

const readJson = async (outcome: FetchOutcome, url: string): Promise<Resolved<JsonObject>> => {
  if (!outcome.ok) return outcome;
  if (outcome.status === 404 || outcome.status === 410)
    return { ok: false, code: 'gone', detail: `There is nothing at ${url} (${outcome.status}).`, gone: true };
  if (outcome.status !== 200)
    return { ok: false, code: 'status', detail: `${new URL(url).host} answers ${outcome.status}.` };
  const shape = scan(outcome.body, ANSWER);
  if (shape !== undefined)
    return { ok: false, code: 'noJson', detail: `${new URL(url).host} answers too much: ${shape}` };
  try {
    const normal = await readDocument(JSON.parse(outcome.body.toString('utf8')));
    return normal.ok ? { ok: true, value: normal.document } : { ok: false, code: 'noJson', detail: normal.reason };
  } catch {
    return { ok: false, code: 'noJson', detail: `${new URL(url).host} does not answer with JSON.` };
  }
};

/** Writes what an actor's own server says of it; never over one of ours. */
const storeActor = async (db: Database, site: Site, actor: ActorValue): Promise<ActorRow> => {
  const now = site.now();
  const values = {
    kind: actor.kind,
    handle: actor.handle,
    host: hostOfUri(actor.uri) ?? '',
    name: actor.name,
    html: sanitiseHtml(actor.html),
    url: actor.url,
    icon: actor.icon ?? null,
    inbox: actor.inbox,
    sharedInbox: actor.sharedInbox ?? null,
    outbox: actor.outbox ?? null,
    followers: actor.followers ?? null,
    discoverable: actor.discoverable,
    manuallyApproves: actor.manuallyApproves,
    updated: now,
    fetched: now,
    deleted: null,
  };
  return db.write(async (tx) => {
    const [row] = await tx
      .insert(tx.t.actors)
      .values({ ...values, uri: actor.uri, local: false, languages: [], suspended: false, created: now })
      .onConflictDoUpdate({ target: tx.t.actors.uri, set: values, setWhere: eq(tx.t.actors.local, false) })
      .returning();
    return row!;
  });
};
