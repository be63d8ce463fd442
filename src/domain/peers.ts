/**
 * The other servers that this one exchanges with. Between nodes each actor follows the other's, and a peer is active
 * when both Follows are accepted; only then do catalogues flow. How they come to that is in handshake.ts.
 */
import { and, desc, eq, inArray, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { dropCopiesOfHost } from './copies.ts';
import { hiddenDomains, isShutOut, isUnderRule } from './domain-rules.ts';
import { forgetEntity } from './identity/guests.ts';
import { forgetPin } from './identity/pins.ts';
import { hostOf, newId, nodeUri } from './ids.ts';
import { enqueueJob } from './jobs.ts';
import { forgetKeys } from './peer-keys.ts';
import type { PeerPreview } from './ports.ts';
import type { Site } from './site.ts';

export type PeerRow = Reader['t']['peers']['$inferSelect'];

export const findPeer = async (db: Reader, id: string): Promise<PeerRow | undefined> => {
  const [row] = await db.select().from(db.t.peers).where(eq(db.t.peers.id, id)).limit(1);
  return row;
};

export const findPeerByHost = async (db: Reader, host: string): Promise<PeerRow | undefined> => {
  const [row] = await db.select().from(db.t.peers).where(eq(db.t.peers.host, host)).limit(1);
  return row;
};

/** All peers in these states (all by default), by name; there are tens to hundreds. */
export const listPeers = async (db: Reader, states?: string[]): Promise<PeerRow[]> =>
  db
    .select()
    .from(db.t.peers)
    .where(states === undefined ? undefined : inArray(db.t.peers.state, states))
    .orderBy(db.t.peers.name)
    .limit(1_000);

/** The active peers as everybody sees them listed: without those that a rule hides. */
export const listedPeers = async (db: Reader): Promise<PeerRow[]> => {
  const hidden = await hiddenDomains(db);
  return (await listPeers(db, ['active'])).filter((peer) => !isUnderRule(peer.host, hidden));
};

/** Peering requests and the like that an admin has to decide. */
export const peersToDecide = async (db: Reader): Promise<PeerRow[]> =>
  db
    .select()
    .from(db.t.peers)
    .where(or(eq(db.t.peers.state, 'received'), and(eq(db.t.peers.state, 'countered'), eq(db.t.peers.turn, 'us'))))
    .orderBy(desc(db.t.peers.created))
    .limit(100);

/** Ends a peering, at our word (`tell`) or at the other's: copies go, deliveries stop. */
export const cutPeer = async (tx: Tx, site: Site, peer: PeerRow, tell: boolean): Promise<PeerRow> => {
  const now = site.now();
  if (tell) {
    await announce(tx, now, {
      type: 'peering.ended',
      actor: nodeUri(site),
      subject: peer.id,
      data: { followSent: peer.followSent ?? '', followReceived: peer.followReceived ?? '' },
    });
  }
  await dropCopiesOfHost(tx, peer.host);
  await forgetEntity(tx, peer.host);
  await forgetKeys(tx, peer.host);
  const ended = await settle(tx, now, peer.id, {
    state: 'cut',
    turn: null,
    sentAccepted: false,
    receivedAccepted: false,
    followSent: null,
    // Their Follow stays known: the same one, come late or again, is no new request.
    backfillState: 'none',
    backfillNext: null,
    backfillDone: 0,
    backfillTotal: null,
  });
  await forgetPin(tx, peer.host);
  return ended;
};

/** How far the copying of a peer's catalogue has come. */
export const noteBackfill = async (
  tx: Tx,
  id: string,
  progress: {
    state: 'waiting' | 'running' | 'done' | 'failed';
    next?: string | null;
    done?: number;
    total?: number;
    error?: string | null;
  },
): Promise<void> => {
  await tx
    .update(tx.t.peers)
    .set({
      backfillState: progress.state,
      ...(progress.next === undefined ? {} : { backfillNext: progress.next }),
      ...(progress.done === undefined ? {} : { backfillDone: progress.done }),
      ...(progress.total === undefined ? {} : { backfillTotal: progress.total }),
      backfillError: progress.error ?? null,
    })
    .where(eq(tx.t.peers.id, id));
};

/** When a peer was last heard, or last took a delivery. Once a minute is often enough to write. */
export const notePeerContact = async (tx: Tx, now: Date, peer: PeerRow, direction: 'in' | 'out'): Promise<void> => {
  const before = direction === 'in' ? peer.lastReceived : peer.lastDelivered;
  if (before !== null && now.getTime() - before.getTime() < 60_000) return;
  await tx
    .update(tx.t.peers)
    .set(direction === 'in' ? { lastReceived: now } : { lastDelivered: now })
    .where(eq(tx.t.peers.id, peer.id));
};

/** Is this server an active peer, and shut out by no rule? */
export const isActivePeer = async (db: Reader, host: string): Promise<boolean> => {
  const [row] = await db
    .select({ id: db.t.peers.id })
    .from(db.t.peers)
    .where(and(eq(db.t.peers.host, host), eq(db.t.peers.state, 'active')))
    .limit(1);
  return row !== undefined && !(await isShutOut(db, host));
};

export type PeerChange = Partial<Reader['t']['peers']['$inferInsert']>;
/** States from which both Follows, once accepted, make partners. */
const UNDER_WAY = ['asked', 'received', 'countered'];

/**
 * Writes the change; both Follows accepted makes an active peer, whose catalogue is then copied by a job. Other
 * software need not follow us.
 */
export const settle = async (tx: Tx, now: Date, id: string, change: PeerChange): Promise<PeerRow> => {
  const { peers } = tx.t;
  const [row] = await tx
    .update(peers)
    .set({ ...change, updated: now })
    .where(eq(peers.id, id))
    .returning();
  const peer = row!;
  const agreed = peer.sentAccepted && (peer.receivedAccepted || peer.plain);
  if (!agreed || !UNDER_WAY.includes(peer.state)) return peer;
  const [active] = await tx
    .update(peers)
    .set({ state: 'active', turn: null, backfillState: 'waiting', backfillNext: null, backfillDone: 0 })
    .where(eq(peers.id, id))
    .returning();
  await enqueueJob(tx, now, 'backfill', { peer: id }, `backfill:${id}`);
  return active!;
};

/** A peer as far as it is known when it is first spoken to, or first speaks. */
export const insertPeer = async (
  tx: Tx,
  now: Date,
  values: PeerChange & ReturnType<typeof previewColumns> & { state: string; message: string },
): Promise<PeerRow> => {
  const [row] = await tx
    .insert(tx.t.peers)
    .values({
      sentAccepted: false,
      receivedAccepted: false,
      ...values,
      id: newId(),
      backfillState: 'none',
      backfillDone: 0,
      created: now,
      updated: now,
    })
    .returning();
  return row!;
};

export const previewColumns = (preview: PeerPreview) => ({
  host: preview.host,
  nodeActor: preview.nodeActor,
  cooperative: preview.cooperative ?? null,
  name: preview.name.slice(0, 200) || hostOf(preview.nodeActor),
  summary: preview.summary.slice(0, 2_000),
  software: preview.software.slice(0, 100),
  icon: preview.icon ?? null,
  profile: preview.profile ?? null,
});
