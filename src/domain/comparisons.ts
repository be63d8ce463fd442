/** Comparing a partner's catalogue with our copies of it: when it is due, and what came of it. */
import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { removeCopy, storeCopy } from './copies.ts';
import { enqueueJob } from './jobs.ts';
import { listPeers } from './peers.ts';
import type { ListingValue } from './types.ts';

export type Comparison = {
  at: Date;
  /** `partial`: there was more than one run repairs. `unsupported`: the other does not offer it. */
  state: 'equal' | 'repaired' | 'partial' | 'unsupported' | 'failed';
  /** Listings that the partner shares with us. */
  total: number;
  added: number;
  changed: number;
  removed: number;
  /** Those that differ and could not be repaired. */
  left: number;
  /** Why it failed, in plain words. */
  detail: string;
};

const factOf = (peer: string): string => `comparison:${peer}`;

export const noteComparison = async (tx: Tx, peer: string, comparison: Comparison): Promise<void> => {
  const value = JSON.stringify({ ...comparison, at: comparison.at.getTime() });
  await tx
    .insert(tx.t.facts)
    .values({ key: factOf(peer), value })
    .onConflictDoUpdate({ target: tx.t.facts.key, set: { value } });
};

/** What came of comparing last, for the admin. @param peers ids @returns by peer's id; absent where none was made */
export const lastComparisons = async (db: Reader, peers: string[]): Promise<Map<string, Comparison>> => {
  if (peers.length === 0) return new Map();
  const rows = await db
    .select()
    .from(db.t.facts)
    .where(inArray(db.t.facts.key, peers.map(factOf)));
  return new Map(
    rows.map(({ key, value }) => {
      const noted: Comparison & { at: string | number | Date } = JSON.parse(value);
      return [key.slice(factOf('').length), { ...noted, at: new Date(noted.at) }];
    }),
  );
};

const HOUR_MS = 3_600_000;
/** At night, when there is time. */
const NIGHT = [1, 2, 3, 4, 5];

/** Asks for the comparisons that are due, once a night and partner. @returns how many */
export const planComparisons = async (db: Database, now: Date): Promise<number> => {
  const peers = await listPeers(db.read, ['active']);
  const last = await lastComparisons(
    db.read,
    peers.map(({ id }) => id),
  );
  const due = peers.filter((peer) => {
    const age = (now.getTime() - (last.get(peer.id)?.at ?? peer.updated).getTime()) / HOUR_MS;
    // Below zero a clock noted it that was ahead: it says nothing of when it was.
    return age < 0 || age >= (NIGHT.includes(now.getHours()) ? 8 : 36);
  });
  if (due.length > 0)
    await db.write(async (tx) => {
      for (const peer of due) await askComparison(tx, now, peer.id);
    });
  return due.length;
};

/** Asks for one now. */
export const askComparison = (tx: Tx, now: Date, peer: string): Promise<void> =>
  enqueueJob(tx, now, 'compare', { peer }, `compare:${peer}`);

/** What is known here of some listings of a partner, before their owner is asked. */
export type Known = {
  copies: Map<string, { proposalUri: string; publisher: string; updated: Date }>;
  graves: Map<string, Date>;
};

/** @param uris of Notes, at most some hundred */
export const knownOf = async (db: Reader, uris: string[]): Promise<Known> => {
  const { listings, tombstones } = db.t;
  const copies = await db
    .select({
      uri: listings.uri,
      proposalUri: listings.proposalUri,
      publisher: listings.publisher,
      updated: listings.updated,
    })
    .from(listings)
    .where(and(eq(listings.local, false), inArray(listings.uri, uris)));
  const graves = await db.select().from(tombstones).where(inArray(tombstones.uri, uris));
  return {
    copies: new Map(copies.map((copy) => [copy.uri, copy])),
    graves: new Map(graves.map((grave) => [grave.uri, grave.deleted])),
  };
};

/**
 * Stores what the owner's server has now, also over a newer copy or a deletion that came from the same owner: a
 * server that was restored from a backup has the older one for good.
 * @param before what was known when the owner was asked: what came meanwhile is newer and stays
 */
export const storeAsOwned = async (
  tx: Tx,
  now: Date,
  value: ListingValue,
  before: Known,
): Promise<'added' | 'changed' | 'left' | undefined> => {
  const { listings, tombstones } = tx.t;
  const present = await knownOf(tx, [value.uri]);
  const [copy, grave] = [present.copies.get(value.uri), present.graves.get(value.uri)];
  const same =
    copy?.updated.getTime() === before.copies.get(value.uri)?.updated.getTime() &&
    grave?.getTime() === before.graves.get(value.uri)?.getTime();
  if (!same) return undefined;
  if (copy !== undefined && copy.publisher === value.publisher && copy.updated > value.updated)
    await tx
      .update(listings)
      .set({ updated: new Date(0) })
      .where(and(eq(listings.uri, value.uri), eq(listings.local, false)));
  if (grave !== undefined)
    await tx
      .delete(tombstones)
      .where(
        and(
          inArray(tombstones.uri, [value.uri, value.proposalUri]),
          eq(tombstones.owner, value.publisher),
          eq(tombstones.local, false),
        ),
      );
  const stored = await storeCopy(tx, now, { ...value, published: value.published > now ? now : value.published });
  return ({ created: 'added', updated: 'changed', refused: 'left', nothing: undefined } as const)[stored.done];
};

/** Removes a copy that its owner's server does not have, unless it changed here meanwhile. @returns whether it did */
export const removeAsOwned = async (tx: Tx, uri: string, before: Known): Promise<boolean> => {
  const seen = before.copies.get(uri);
  const copy = (await knownOf(tx, [uri])).copies.get(uri);
  if (seen === undefined || copy === undefined || copy.updated.getTime() !== seen.updated.getTime()) return false;
  return removeCopy(tx, [uri, copy.proposalUri], copy.publisher, copy.updated);
};
