/** Notices when a peer's node shows other keys than it is known by, whoever made us read its actor. */
import { asc, eq } from 'drizzle-orm';
import { createPrivateKey } from 'node:crypto';
import { remembered } from '#db/memo.ts';
import type { Database, Reader } from '#db/database.ts';
import { type NodeKeys, compareKeys, findPeerKeys, holdKeys, hostsWithNewKeys, trustKeys } from '#domain/peer-keys.ts';
import { type PeerRow, listPeers } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import { log } from '#src/log.ts';
import { hostOfUri } from '../hosts.ts';
import type { Resolved, Resolver } from '../resolve.ts';
import { type ActorValue, multikeyOf } from '../vocab/actor.ts';
import type { JsonObject } from '../vocab/json.ts';
import { findPin, pinFirst } from '#domain/identity/pins.ts';
import { keysNamedBy } from './entity-keys.ts';
import { RENEWALS_SHOWN, vouchesFor, writeRenewal, writeRenewals } from '../vocab/renewal.ts';

type Get = (url: string) => Promise<Resolved<JsonObject>>;
export type KeyWatch = {
  /** An actor was read from its own server. @param get to ask that server for more */
  read: (actor: ActorValue, get: Get) => Promise<void>;
  /**
   * May a key of this actor be believed that was not known before? Whoever took over a partner's name need not begin
   * with the node's own key: its actor is read first, unless it was lately.
   */
  trusts: (actor: string, fresh: Resolver['freshActor']) => Promise<'yes' | 'held' | 'unanswered'>;
  /** Do new keys of this server wait for an admin? */
  isHeld: (host: string) => Promise<boolean>;
};

/** So long a node's actor counts as just read. */
const LATELY_MS = 10 * 60_000;
const WATCHED = new Set(['active', 'paused']);
export const renewalsUri = (nodeActor: string): string => `${nodeActor}/renewals`;

/** What an actor's document says of its keys, as they are remembered. */
const keysOf = (actor: ActorValue): NodeKeys | undefined => {
  const signing = actor.publicKeys
    .filter((key) => key.owner === actor.uri)
    .flatMap((key) => thumbprintOf(key.pem) ?? [])[0];
  const proving = actor.multikeys.find((key) => key.controller === actor.uri)?.multibase ?? null;
  return signing === undefined ? undefined : { signing, proving };
};

export const createKeyWatch = ({ db, site }: { db: Database; site: Site }): KeyWatch => {
  const peers = remembered(db, ['peers'], async (read) => {
    const rows = await listPeers(read, [...WATCHED]);
    return new Map(rows.map((row) => [row.host, row]));
  });
  const held = remembered(db, ['peerKeys'], async (read) => new Set(await hostsWithNewKeys(read)));
  const lastRead = new Map<string, number>();
  /** One reading per server at a time, however many keys of it are new at once. */
  const reading = new Map<string, Promise<boolean>>();
  /** With the keys of its node those of its identity: once, as its node names them. */
  const pinIdentity = async (peer: PeerRow, actor: ActorValue, get: Get): Promise<void> => {
    if (peer.plain || (await findPin(db.read, peer.host)) !== undefined) return;
    const named = await keysNamedBy(actor, get);
    if (named !== undefined) await db.write((tx) => pinFirst(tx, site.now(), peer.host, named));
  };
  const readNode = (peer: PeerRow, fresh: Resolver['freshActor']): Promise<boolean> => {
    const running =
      reading.get(peer.host) ??
      fresh(peer.nodeActor)
        .then(({ ok }) => ok)
        .finally(() => reading.delete(peer.host));
    reading.set(peer.host, running);
    return running;
  };
  return {
    isHeld: async (host) => (await held()).has(host),
    trusts: async (actor, fresh) => {
      const host = hostOfUri(actor) ?? '';
      const peer = (await peers()).get(host);
      if (peer === undefined) return 'yes';
      const age = site.now().getTime() - (lastRead.get(host) ?? 0);
      const again = actor !== peer.nodeActor && (age < 0 || age > LATELY_MS);
      if (again && !(await readNode(peer, fresh))) return 'unanswered';
      return (await held()).has(host) ? 'held' : 'yes';
    },
    read: async (actor, get) => {
      const peer = (await peers()).get(hostOfUri(actor.uri) ?? '');
      if (peer?.nodeActor !== actor.uri) return;
      lastRead.set(peer.host, site.now().getTime());
      const shown = keysOf(actor);
      if (shown === undefined) return;
      // What an admin saw before deciding is what it is known by: another key that came since has to be approved.
      const seen = peer.profile?.thumbprint;
      if (seen !== undefined && seen !== shown.signing && (await findPeerKeys(db.read, peer.host)) === undefined)
        await db.write((tx) => trustKeys(tx, site.now(), peer.host, { signing: seen, proving: null }));
      const known = await findPeerKeys(db.read, peer.host);
      const found = compareKeys(known, shown);
      if (found === 'waits') return;
      if (found === 'same') return pinIdentity(peer, actor, get);
      if (found !== 'other' || known === undefined) {
        await db.write((tx) => trustKeys(tx, site.now(), peer.host, shown));
        return pinIdentity(peer, actor, get);
      }
      const renewals = await get(renewalsUri(actor.uri));
      if (renewals.ok && vouchesFor(renewals.value, actor.uri, known, shown)) {
        await db.write((tx) => trustKeys(tx, site.now(), peer.host, shown, true));
        log.inbox.info('{host} has new keys; the old ones vouch for them.', { host: peer.host });
        return pinIdentity(peer, actor, get);
      }
      if (await db.write((tx) => holdKeys(tx, site, peer.host, shown)))
        log.inbox.warning('{host} has new keys that nothing vouches for: an admin has to approve them.', {
          host: peer.host,
        });
    },
  };
};

/**
 * Reads a peer's node actor anew before something is fetched from it that counts as its word.
 * @returns whether it shows keys that nobody has approved
 */
export const showsNewKeys = async (
  { db, resolver }: { db: Database; resolver: Resolver },
  peer: PeerRow,
): Promise<boolean> => {
  await resolver.freshActor(peer.nodeActor);
  return (await findPeerKeys(db.read, peer.host))?.newSigning != null;
};
/** What is noted where something could not be done for this. */
export const NEW_KEYS = 'The key of its node has changed, and an admin has not approved it.';

/** Each of our node's keys vouches for the next one, oldest first. They stay in the database, so this can be said any time. */
export const renewalsDocument = async (db: Reader, actor: string): Promise<JsonObject> => {
  const { keys } = db.t;
  const rows = await db.select().from(keys).where(eq(keys.actor, actor)).orderBy(asc(keys.created));
  const [signing, proving] = ['rsa', 'ed25519'].map((type) => rows.filter((row) => row.type === type));
  const items = proving!.slice(1).flatMap((row, i) => {
    const thumbprint = thumbprintOf(signing![i + 1]?.publicPem ?? '');
    const before = proving![i]!;
    if (thumbprint === undefined) return [];
    return [
      writeRenewal(
        { actor, keys: { signing: thumbprint, proving: multikeyOf(row.publicPem) }, published: row.created },
        { id: before.id, privateKey: createPrivateKey(before.privatePem) },
      ),
    ];
  });
  return writeRenewals(renewalsUri(actor), items.slice(-RENEWALS_SHOWN));
};
