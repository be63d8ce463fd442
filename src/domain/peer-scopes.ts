/** The admin changes what flows to and from a peer, or stops and resumes it; each change is shown before it is made. */
import { and, asc, eq, gt, inArray, ne } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { dropCopies } from './copies.ts';
import { endGuestsFrom } from './identity/guests.ts';
import { nodeUri } from './ids.ts';
import { enqueueJob } from './jobs.ts';
import { type ListingRow, tellRemoved } from './listings.ts';
import { type PeerRow, findPeer } from './peers.ts';
import { type Scope, allows, mayGoTo } from './scopes.ts';
import type { Site } from './site.ts';
import { type Result, fail, ok } from './types.ts';

/** Listings are read in chunks of so many: a cooperative may have ten thousand. */
const CHUNK = 500;

/** What a change of scopes would do, in listings. */
export type ScopeEffect = { leave: number; come: number; drop: number };

/** Counts what would leave to the peer no more, newly go to it, and be dropped here. Nothing is changed. */
export const previewScopes = async (
  db: Reader,
  peer: PeerRow,
  next: { give: Scope; take: Scope },
): Promise<ScopeEffect> => {
  const effect: ScopeEffect = { leave: 0, come: 0, drop: 0 };
  for await (const rows of ownShared(db))
    for (const row of rows) {
      const [before, after] = [mayGoTo(peer, row), mayGoTo({ host: peer.host, give: next.give }, row)];
      if (before && !after) effect.leave++;
      if (!before && after) effect.come++;
    }
  for await (const rows of copiesOf(db, peer.host)) effect.drop += rows.filter((row) => !allows(next.take, row)).length;
  return effect;
};

/**
 * Sets both scopes. What leaves the outgoing one is withdrawn from this peer alone, what enters it is told to it; what
 * leaves the incoming one is dropped here, and the catalogue is read again when that one has grown.
 */
export const setScopes = async (
  tx: Tx,
  site: Site,
  id: string,
  next: { give: Scope; take: Scope },
): Promise<Result<ScopeEffect>> => {
  const peer = await findPeer(tx, id);
  if (peer === undefined) return fail({ field: 'peer', code: 'peers.unknown' });
  const now = site.now();
  const effect: ScopeEffect = { leave: 0, come: 0, drop: 0 };
  const active = peer.state === 'active';
  for await (const rows of ownShared(tx))
    for (const row of rows) {
      const [before, after] = [mayGoTo(peer, row), mayGoTo({ host: peer.host, give: next.give }, row)];
      if (before === after) continue;
      if (before) effect.leave++;
      else effect.come++;
      if (!active) continue;
      if (before) await tellRemoved(tx, now, row, [peer.host]);
      else await offerAnew(tx, now, row);
    }
  for await (const rows of copiesOf(tx, peer.host)) {
    const gone = rows.filter((row) => !allows(next.take, row));
    effect.drop += gone.length;
    await dropCopies(tx, gone);
  }
  await tx.update(tx.t.peers).set({ give: next.give, take: next.take, updated: now }).where(eq(tx.t.peers.id, id));
  await tellTerms(tx, now, site, id);
  // Whoever was here as its member is here by that scope.
  if (!next.take.data.includes('signIn')) await endGuestsFrom(tx, peer.host);
  if (active) await readAgain(tx, now, id);
  return ok(effect);
};

/** Stops the flow both ways: nothing is sent, copies are hidden, what comes is not taken. */
export const pausePeer = async (tx: Tx, site: Site, id: string): Promise<Result<PeerRow>> => {
  const [row] = await tx
    .update(tx.t.peers)
    .set({ state: 'paused', paused: site.now(), updated: site.now() })
    .where(and(eq(tx.t.peers.id, id), eq(tx.t.peers.state, 'active')))
    .returning();
  if (row === undefined) return fail({ field: 'peer', code: 'peers.notActive' });
  await endGuestsFrom(tx, row.host);
  return ok(row);
};

/**
 * Takes it up again: the peer is told what changed here since, and its catalogue is read again, what it has no longer
 * included. What it may have no more (kept away, for members now, out of a narrowed scope) and what a wider scope adds
 * it finds itself: the terms, told anew, make it compare.
 */
export const resumePeer = async (tx: Tx, site: Site, id: string): Promise<Result<PeerRow>> => {
  const peer = await findPeer(tx, id);
  if (peer?.state !== 'paused') return fail({ field: 'peer', code: 'peers.notPaused' });
  const now = site.now();
  const since = peer.paused ?? now;
  const { peers, tombstones } = tx.t;
  const [row] = await tx
    .update(peers)
    .set({ state: 'active', paused: null, updated: now })
    .where(eq(peers.id, id))
    .returning();
  for await (const rows of ownShared(tx, since))
    for (const listing of rows)
      if (mayGoTo(peer, listing))
        await announce(tx, now, {
          type: 'listing.updated',
          actor: listing.publisher,
          subject: listing.id,
          data: { uri: listing.uri, audience: listing.audience, hosts: peer.host },
        });
  const gone = await tx
    .select()
    .from(tombstones)
    .where(and(eq(tombstones.local, true), gt(tombstones.deleted, since)))
    .limit(20_000);
  for (const grave of gone)
    await announce(tx, now, {
      type: 'listing.removed',
      actor: grave.owner,
      subject: grave.uri,
      data: { audience: 'public', deleted: grave.deleted.toISOString(), hosts: peer.host },
    });
  await tellTerms(tx, now, site, id);
  await readAgain(tx, now, id);
  return ok(row!);
};

/**
 * A listing that a peer had lost is told with a new version, else its deletion there would stand before it; and to all
 * who have it, so that their copies stay equal.
 */
const offerAnew = async (tx: Tx, now: Date, row: ListingRow): Promise<void> => {
  const updated = new Date(Math.max(now.getTime(), row.updated.getTime() + 1));
  await tx.update(tx.t.listings).set({ updated }).where(eq(tx.t.listings.row, row.row));
  await announce(tx, now, {
    type: 'listing.updated',
    actor: row.publisher,
    subject: row.id,
    data: { uri: row.uri, audience: row.audience },
  });
};

/** What we give and take: for the admin there to see, and for its node to compare by. */
const tellTerms = async (tx: Tx, now: Date, site: Site, id: string): Promise<void> => {
  await announce(tx, now, { type: 'peering.scoped', actor: nodeUri(site), subject: id });
};

const readAgain = async (tx: Tx, now: Date, id: string): Promise<void> => {
  await tx
    .update(tx.t.peers)
    .set({ backfillState: 'waiting', backfillNext: null, backfillDone: 0 })
    .where(eq(tx.t.peers.id, id));
  await enqueueJob(tx, now, 'backfill', { peer: id }, `backfill:${id}`);
};

/** Our listings that peers may have, in chunks. @param since only those changed after it */
async function* ownShared(db: Reader, since?: Date): AsyncGenerator<ListingRow[]> {
  const { listings } = db.t;
  for (let after = 0; ;) {
    const rows = await db
      .select()
      .from(listings)
      .where(
        and(
          eq(listings.local, true),
          ne(listings.state, 'draft'),
          inArray(listings.audience, ['public', 'peers']),
          gt(listings.row, after),
          since === undefined ? undefined : gt(listings.updated, since),
        ),
      )
      .orderBy(asc(listings.row))
      .limit(CHUNK);
    if (rows.length > 0) yield rows;
    if (rows.length < CHUNK) return;
    after = rows.at(-1)!.row;
  }
}

async function* copiesOf(db: Reader, host: string): AsyncGenerator<ListingRow[]> {
  const { listings } = db.t;
  for (let after = 0; ;) {
    const rows = await db
      .select()
      .from(listings)
      .where(and(eq(listings.local, false), eq(listings.host, host), gt(listings.row, after)))
      .orderBy(asc(listings.row))
      .limit(CHUNK);
    if (rows.length > 0) yield rows;
    if (rows.length < CHUNK) return;
    after = rows.at(-1)!.row;
  }
}
