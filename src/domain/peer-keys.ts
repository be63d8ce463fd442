/**
 * The keys by which a peer's node is known. They are remembered when it becomes one; when it shows others later, either
 * the old ones vouch for them, or nothing from there counts before an admin has approved them.
 */
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { tellAdmins } from './admin-letters.ts';
import type { Site } from './site.ts';

export type PeerKeysRow = Reader['t']['peerKeys']['$inferSelect'];
/** `signing`: RFC 7638 thumbprint of the key of its requests; `proving`: Multikey of its documents, if it has one. */
export type NodeKeys = { signing: string; proving: string | null };

export const findPeerKeys = async (db: Reader, host: string): Promise<PeerKeysRow | undefined> => {
  const [row] = await db.select().from(db.t.peerKeys).where(eq(db.t.peerKeys.host, host)).limit(1);
  return row;
};

/** Hosts of peers whose new keys wait for an admin; there are few. */
export const hostsWithNewKeys = async (db: Reader): Promise<string[]> => {
  const { peerKeys } = db.t;
  const rows = await db
    .select({ host: peerKeys.host })
    .from(peerKeys)
    .where(isNotNull(peerKeys.newSigning))
    .limit(1_000);
  return rows.map(({ host }) => host);
};

export type ChangedKeys = { id: string; name: string; host: string; seen: Date };
/** Partners whose changed keys an admin has to decide on. */
export const changedKeys = async (db: Reader): Promise<ChangedKeys[]> => {
  const { peerKeys, peers } = db.t;
  const rows = await db
    .select({ id: peers.id, name: peers.name, host: peers.host, seen: peerKeys.newSeen })
    .from(peerKeys)
    .innerJoin(peers, eq(peers.host, peerKeys.host))
    .where(and(isNotNull(peerKeys.newSigning), inArray(peers.state, ['active', 'paused'])))
    .orderBy(peerKeys.newSeen)
    .limit(100);
  return rows.flatMap(({ seen, ...row }) => (seen === null ? [] : [{ ...row, seen }]));
};

const same = (row: PeerKeysRow, keys: NodeKeys): boolean =>
  row.signing === keys.signing && (row.proving ?? null) === keys.proving;

/** Are these the keys that it is known by, or those that wait already? @returns what is left to be done otherwise */
export const compareKeys = (
  row: PeerKeysRow | undefined,
  keys: NodeKeys,
): 'first' | 'same' | 'back' | 'waits' | 'other' =>
  row === undefined
    ? 'first'
    : same(row, keys)
      ? row.newSigning === null
        ? 'same'
        : 'back'
      : row.newSigning === keys.signing && (row.newProving ?? null) === keys.proving
        ? 'waits'
        : 'other';

/** It is known by these from now on: it has just become a peer, shows its old ones again, or an old one vouches for them. */
export const trustKeys = async (tx: Tx, now: Date, host: string, keys: NodeKeys, vouched = false): Promise<void> => {
  const set = {
    ...keys,
    newSigning: null,
    newProving: null,
    newSeen: null,
    ...(vouched ? { since: now, renewed: now } : {}),
  };
  await tx
    .insert(tx.t.peerKeys)
    .values({ host, since: now, ...set })
    .onConflictDoUpdate({ target: tx.t.peerKeys.host, set });
};

/** It shows keys that nobody vouches for: they wait, and the admins get a letter. @returns whether that was news */
export const holdKeys = async (tx: Tx, site: Site, host: string, keys: NodeKeys): Promise<boolean> => {
  const now = site.now();
  const before = await findPeerKeys(tx, host);
  if (before === undefined || compareKeys(before, keys) !== 'other') return false;
  await tx
    .update(tx.t.peerKeys)
    .set({ newSigning: keys.signing, newProving: keys.proving, newSeen: now })
    .where(eq(tx.t.peerKeys.host, host));
  const [peer] = await tx.select().from(tx.t.peers).where(eq(tx.t.peers.host, host)).limit(1);
  // One letter for one change: a server that shows others with each look must not fill anybody's letter box.
  if (peer === undefined || before.newSigning !== null) return true;
  await tellAdmins(tx, site, 'keyChanged', `/admin/peers/${peer.id}`, { peer: peer.name, host });
  return true;
};

/**
 * An admin approves what waits. What the other sent meanwhile comes again by itself; ask for a comparison, too.
 * @param seen thumbprint that the admin saw: another may have come since
 * @returns false if nothing waits, or something else than was seen
 */
export const approveKeys = async (tx: Tx, now: Date, host: string, seen: string): Promise<boolean> => {
  const row = await findPeerKeys(tx, host);
  if (row?.newSigning == null || `${row.newSigning} ${row.newProving ?? ''}` !== seen) return false;
  await tx
    .update(tx.t.peerKeys)
    .set({
      signing: row.newSigning,
      proving: row.newProving,
      since: now,
      newSigning: null,
      newProving: null,
      newSeen: null,
    })
    .where(eq(tx.t.peerKeys.host, host));
  return true;
};

/** It is no peer any more: should it become one again, it is looked at anew. */
export const forgetKeys = async (tx: Tx, host: string): Promise<void> => {
  await tx.delete(tx.t.peerKeys).where(eq(tx.t.peerKeys.host, host));
};
