/**
 * A new peer's catalogue, copied page by page. Each page is stored together with the address of the next, so that
 * a stop at any moment goes on where it was.
 */
import type { Database } from '#db/database.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { catalogueUri, hostOf } from '#domain/ids.ts';
import { type PeerRow, findPeer, noteBackfill } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import type { ListingValue } from '#domain/types.ts';
import { storeListing, takes } from '../inbox/listing.ts';
import type { Resolver } from '../resolve.ts';
import { NEW_KEYS, showsNewKeys } from './node-keys.ts';
import { readCollection, readCollectionPage } from '../vocab/collection.ts';
import { readListing } from '../vocab/listing.ts';

export type BackfillDeps = {
  db: Database;
  site: Site;
  resolver: Resolver;
};

/** A catalogue that has no end must come to one here. */
export type BackfillLimits = {
  /** Listings of one partner, over all runs. */
  listings: number;
  /** Pages in a row from which nothing could be taken. */
  emptyPages: number;
  /** Milliseconds of one run; the next goes on where it stopped. Shorter than a job's lease. */
  runMs: number;
};
const LIMITS: BackfillLimits = { listings: 100_000, emptyPages: 20, runMs: 100_000 };
const PAUSE_MS = 20;

/**
 * Copies until the end, or until `stop`: each page is noted, so that it goes on there.
 * @returns `later` if it should be tried again (the reason is noted at the peer)
 */
export const backfill = async (
  deps: BackfillDeps,
  peerId: string,
  stop?: AbortSignal,
  limits: BackfillLimits = LIMITS,
): Promise<'done' | 'later' | 'returned'> => {
  const { db } = deps;
  const peer = await findPeer(db.read, peerId);
  if (peer === undefined || peer.state !== 'active') return 'done';
  if (await showsNewKeys(deps, peer)) return failed(deps, peer, NEW_KEYS);
  const start = await firstPage(deps, peer);
  if (start === undefined) {
    await db.write((tx) => noteBackfill(tx, peer.id, { state: 'done', next: null }));
    return 'done';
  }
  if ('detail' in start) return failed(deps, peer, start.detail);
  await db.write((tx) =>
    noteBackfill(tx, peer.id, {
      state: 'running',
      next: start.page,
      ...(start.total === undefined ? {} : { total: start.total }),
    }),
  );

  let next: string | undefined = start.page;
  let done = peer.backfillNext === null ? 0 : peer.backfillDone;
  let empty = 0;
  const seen = new Set<string>();
  const end = performance.now() + limits.runMs;
  while (next !== undefined) {
    if (stop?.aborted === true) return 'returned';
    if (performance.now() > end) return 'later';
    if (done >= limits.listings) return failed(deps, peer, `Its catalogue has more than ${limits.listings} listings.`);
    if (empty >= limits.emptyPages) return failed(deps, peer, 'Its catalogue goes on and on without listings.');
    // A page that points at itself or back would never end.
    if (seen.has(next) || hostOf(next) !== peer.host)
      return failed(deps, peer, 'The pages of its catalogue go round in a circle or leave its server.');
    seen.add(next);
    let page: Page | undefined = next === start.page ? start.embedded : undefined;
    if (page === undefined) {
      const answer = await deps.resolver.get(next);
      if (!answer.ok) return failed(deps, peer, answer.detail);
      page = readCollectionPage(answer.value);
    }
    if (page === undefined) return failed(deps, peer, 'A page of its catalogue is no collection page.');
    const values = await readPage(deps, peer, page.items);
    done += page.items.length;
    empty = values.length === 0 ? empty + 1 : 0;
    const following: string | undefined = page.next;
    await db.write(async (tx) => {
      const now = deps.site.now();
      for (const value of values) await storeListing(tx, now, value);
      await noteBackfill(tx, peer.id, {
        state: following === undefined ? 'done' : 'running',
        next: following ?? null,
        done,
      });
    });
    next = following;
    if (next !== undefined) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return 'done';
};

type Page = { items: unknown[]; next?: string };
type Start = { page: string; embedded?: Page; total?: number };

/** The page to begin at: where it stopped, else the first of the catalogue. Undefined: the peer has no catalogue. */
const firstPage = async (deps: BackfillDeps, peer: PeerRow): Promise<Start | { detail: string } | undefined> => {
  if (peer.backfillNext !== null) return { page: peer.backfillNext };
  if (peer.cooperative === null) return undefined;
  const answer = await deps.resolver.get(catalogueUri(peer.cooperative));
  if (!answer.ok) return { detail: answer.detail };
  const collection = readCollection(answer.value);
  // Some put their first page, or all there is, into the collection itself.
  const page = collection?.first ?? (collection?.firstPage === undefined ? undefined : catalogueUri(peer.cooperative));
  if (collection === undefined || page === undefined) return undefined;
  return {
    page,
    ...(collection.firstPage === undefined ? {} : { embedded: collection.firstPage }),
    ...(collection.total === undefined ? {} : { total: collection.total }),
  };
};

const readPage = async (deps: BackfillDeps, peer: PeerRow, items: unknown[]): Promise<ListingValue[]> => {
  const values = items.slice(0, 200).flatMap((item) => {
    const read = readListing(item, { sanitise: sanitiseHtml });
    // The page came from the peer's own origin: it may speak for its own objects and for no others.
    return read.ok && hostOf(read.value.uri) === peer.host && hostOf(read.value.publisher) === peer.host
      ? [read.value]
      : [];
  });
  const publishers = new Set<string>();
  for (const publisher of new Set(values.map((value) => value.publisher)))
    if ((await deps.resolver.known(publisher)).ok) publishers.add(publisher);
  return values.filter((value) => publishers.has(value.publisher) && takes(peer, value));
};

const failed = async (deps: BackfillDeps, peer: PeerRow, detail: string): Promise<'later'> => {
  await deps.db.write((tx) => noteBackfill(tx, peer.id, { state: 'failed', error: detail }));
  return 'later';
};
