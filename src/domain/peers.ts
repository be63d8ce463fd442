/**
 * Peering, first form: each node's actor follows the other's, each admin decides once. A peer is active when
 * both Follows are accepted; only then do catalogues flow.
 */
import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { dropCopiesOfHost } from './copies.ts';
import { blockedDomains, isUnderRule } from './domain-rules.ts';
import { activityUri, hostOf, newId, nodeUri } from './ids.ts';
import { enqueueJob } from './jobs.ts';
import { forgetKeys } from './peer-keys.ts';
import type { PeerPreview } from './ports.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

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

/** Peering requests and the like that an admin has to decide. */
export const peersToDecide = async (db: Reader): Promise<PeerRow[]> =>
  db.select().from(db.t.peers).where(eq(db.t.peers.state, 'received')).orderBy(desc(db.t.peers.created)).limit(100);

/** Our admin asks a node to become a peer. If it had asked us before, this accepts. */
export const requestPeering = async (
  tx: Tx,
  site: Site,
  preview: PeerPreview,
  message: string,
): Promise<Result<PeerRow>> => {
  if (preview.host === site.host) return fail({ field: 'domain', code: 'discovery.ourselves' });
  const errors = checkText('message', message, { max: 1_000 });
  if (errors.length > 0) return fail(...errors);
  const existing = await findPeerByHost(tx, preview.host);
  if (existing !== undefined) {
    if (existing.state === 'active' || existing.state === 'asked') return ok(existing);
    if (existing.state === 'received') return acceptPeering(tx, site, existing);
  }
  const now = site.now();
  const followId = newId();
  const values = {
    ...previewColumns(preview),
    state: 'asked',
    message,
    followSent: activityUri(nodeUri(site), followId),
    sentAccepted: false,
    receivedAccepted: false,
    updated: now,
  };
  const row =
    existing === undefined
      ? await insertPeer(tx, now, values)
      : (await tx.update(tx.t.peers).set(values).where(eq(tx.t.peers.id, existing.id)).returning())[0]!;
  await announce(
    tx,
    now,
    {
      type: 'peering.requested',
      actor: nodeUri(site),
      subject: row.id,
      data: { followUri: row.followSent ?? '', message },
    },
    followId,
  );
  return ok(row);
};

/**
 * Another node's actor asks to follow ours.
 * @returns `received` when our admin has to decide, `active` when ours had asked or accepted already
 */
export const receivePeering = async (
  tx: Tx,
  site: Site,
  preview: PeerPreview,
  followUri: string,
  message: string,
): Promise<PeerRow> => {
  const now = site.now();
  const existing = await findPeerByHost(tx, preview.host);
  if (existing === undefined) {
    return insertPeer(tx, now, {
      ...previewColumns(preview),
      state: 'received',
      message,
      followReceived: followUri,
      sentAccepted: false,
      receivedAccepted: false,
      updated: now,
    });
  }
  // A late or repeated Offer may bring the message after the Follow, or nothing new: keep what we have.
  const keep = { message: message === '' ? existing.message : message, followReceived: followUri, updated: now };
  if (existing.state === 'asked' || existing.state === 'active' || existing.state === 'paused') {
    // We asked them, or are peers: their Follow back needs no second decision.
    await tx.update(tx.t.peers).set(keep).where(eq(tx.t.peers.id, existing.id));
    await announce(tx, now, {
      type: 'peering.accepted',
      actor: nodeUri(site),
      subject: existing.id,
      data: { followUri },
    });
    return settle(tx, now, existing.id, { receivedAccepted: true });
  }
  return settle(tx, now, existing.id, {
    ...keep,
    ...previewColumns(preview),
    state: 'received',
    receivedAccepted: false,
  });
};

/** Our admin accepts: their Follow is answered, and ours goes back. */
export const acceptPeering = async (tx: Tx, site: Site, peer: PeerRow): Promise<Result<PeerRow>> => {
  if (peer.state === 'active') return ok(peer);
  if (peer.state !== 'received' || peer.followReceived === null)
    return fail({ field: 'peer', code: 'peers.nothingToAccept' });
  const now = site.now();
  await announce(tx, now, {
    type: 'peering.accepted',
    actor: nodeUri(site),
    subject: peer.id,
    data: { followUri: peer.followReceived },
  });
  if (peer.sentAccepted) return ok(await settle(tx, now, peer.id, { receivedAccepted: true }));
  const followId = newId();
  const followSent = activityUri(nodeUri(site), followId);
  await announce(
    tx,
    now,
    { type: 'peering.requested', actor: nodeUri(site), subject: peer.id, data: { followUri: followSent, message: '' } },
    followId,
  );
  return ok(await settle(tx, now, peer.id, { receivedAccepted: true, followSent, state: 'asked' }));
};

/** Our admin refuses. They may ask again later. */
export const refusePeering = async (tx: Tx, site: Site, peer: PeerRow): Promise<PeerRow> => {
  const now = site.now();
  if (peer.followReceived !== null) {
    await announce(tx, now, {
      type: 'peering.refused',
      actor: nodeUri(site),
      subject: peer.id,
      data: { followUri: peer.followReceived },
    });
  }
  return settle(tx, now, peer.id, { state: 'refused', receivedAccepted: false });
};

/** The other answered our Follow. Matched on the node actor, not on the Follow's id alone. @returns undefined if we never asked */
export const answerPeering = async (
  tx: Tx,
  now: Date,
  nodeActor: string,
  accepted: boolean,
): Promise<PeerRow | undefined> => {
  const [peer] = await tx.select().from(tx.t.peers).where(eq(tx.t.peers.nodeActor, nodeActor)).limit(1);
  if (peer === undefined || peer.followSent === null) return undefined;
  return settle(tx, now, peer.id, accepted ? { sentAccepted: true } : { sentAccepted: false, state: 'refused' });
};

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
  await forgetKeys(tx, peer.host);
  return settle(tx, now, peer.id, {
    state: 'cut',
    sentAccepted: false,
    receivedAccepted: false,
    followSent: null,
    followReceived: null,
    backfillState: 'none',
    backfillNext: null,
    backfillDone: 0,
    backfillTotal: null,
  });
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
  return row !== undefined && !isUnderRule(host, await blockedDomains(db));
};

type PeerChange = Partial<Reader['t']['peers']['$inferInsert']>;

/** Writes the change; both Follows accepted makes an active peer, whose catalogue is then copied by a job. */
const settle = async (tx: Tx, now: Date, id: string, change: PeerChange): Promise<PeerRow> => {
  const { peers } = tx.t;
  const [row] = await tx
    .update(peers)
    .set({ ...change, updated: now })
    .where(eq(peers.id, id))
    .returning();
  const peer = row!;
  const becomesActive =
    peer.sentAccepted &&
    peer.receivedAccepted &&
    peer.state !== 'active' &&
    peer.state !== 'cut' &&
    peer.state !== 'paused';
  if (!becomesActive) return peer;
  const [active] = await tx
    .update(peers)
    .set({ state: 'active', backfillState: 'waiting', backfillNext: null, backfillDone: 0 })
    .where(eq(peers.id, id))
    .returning();
  await enqueueJob(tx, now, 'backfill', { peer: id }, `backfill:${id}`);
  return active!;
};

const insertPeer = async (
  tx: Tx,
  now: Date,
  values: PeerChange &
    ReturnType<typeof previewColumns> & {
      state: string;
      message: string;
      sentAccepted: boolean;
      receivedAccepted: boolean;
      updated: Date;
    },
): Promise<PeerRow> => {
  const [row] = await tx
    .insert(tx.t.peers)
    .values({ ...values, id: newId(), backfillState: 'none', backfillDone: 0, created: now })
    .returning();
  return row!;
};

const previewColumns = (preview: PeerPreview) => ({
  host: preview.host,
  nodeActor: preview.nodeActor,
  cooperative: preview.cooperative ?? null,
  name: preview.name.slice(0, 200) || hostOf(preview.nodeActor),
  summary: preview.summary.slice(0, 2_000),
  software: preview.software.slice(0, 100),
  icon: preview.icon ?? null,
});
