/** Listings of this node's members: saved, published, paused, closed; each change told in the same transaction. */
import { and, desc, eq, inArray, isNotNull, ne } from 'drizzle-orm';
import { indexWords } from '#db/queries/search.ts';
import type { Reader, Tx } from '#db/database.ts';
import { type Announcement, announce } from './announcements.ts';
import { hush, keepHalf } from './hidden-halves.ts';
import { actorUri, itemUri, listingPage, newId, proposalUri } from './ids.ts';
import { columnsOf } from './listing-columns.ts';
import type { ListingDraft } from './listing-input.ts';
import { isNarrower, planNewAddresses } from './listing-pictures.ts';
import { isLimited } from './moderation/restrictions.ts';
import { mayGoTo } from './scopes.ts';
import type { Site } from './site.ts';
import type { ListingState, Result } from './types.ts';
import { fail, ok } from './types.ts';
import { wordsOf } from './words.ts';

export { priceColumns, priceOf } from './price-columns.ts';

/** A row of `listings`, ours or a peer's copy. */
export type ListingRow = Reader['t']['listings']['$inferSelect'];

/** @returns the listing by its id in the path, ours or a copy, whatever its state */
export const findListing = async (db: Reader, id: string): Promise<ListingRow | undefined> => {
  const [row] = await db.select().from(db.t.listings).where(eq(db.t.listings.id, id)).limit(1);
  return row;
};

/** @returns the listing by the URI of its Note or its Proposal */
export const findListingByUri = async (db: Reader, uri: string): Promise<ListingRow | undefined> => {
  const { listings } = db.t;
  const [row] = await db.select().from(listings).where(eq(listings.uri, uri)).limit(1);
  if (row !== undefined) return row;
  const [byProposal] = await db.select().from(listings).where(eq(listings.proposalUri, uri)).limit(1);
  return byProposal;
};

/** @returns a member's own listings in these states, newest change first, at most 200 */
export const listingsOf = async (db: Reader, publisher: string, states: ListingState[]): Promise<ListingRow[]> => {
  const { listings } = db.t;
  return db
    .select()
    .from(listings)
    .where(and(eq(listings.publisher, publisher), inArray(listings.state, states)))
    .orderBy(listings.updated)
    .limit(200)
    .then((rows) => rows.toReversed());
};

/** How many listings a member has, drafts and closed ones too. */
export const countListingsOf = (db: Reader, publisher: string): Promise<number> =>
  db.$count(db.t.listings, and(eq(db.t.listings.publisher, publisher), ne(db.t.listings.state, 'removed')));

/** Listings of limited members that wait for a moderator. */
export const countHeldListings = (db: Reader): Promise<number> =>
  db.$count(db.t.listings, isNotNull(db.t.listings.awaits));

/** Id of the one that waits since last, to know it from those that were there before. */
export const newestHeldListing = async (db: Reader): Promise<string> => {
  const { listings } = db.t;
  const [row] = await db
    .select({ id: listings.id })
    .from(listings)
    .where(isNotNull(listings.awaits))
    .orderBy(desc(listings.awaits), desc(listings.row))
    .limit(1);
  return row?.id ?? '';
};

/**
 * Saves a new listing.
 * @param handle of the member who publishes it
 * @param wanted `draft`, or `published` to publish at once; a limited member's then waits for a moderator (`awaits`)
 * @param importRef the line's `ref`, when imported
 * @param id when it had to be known before: a form that is sent twice makes one listing
 */
export const createListing = async (
  tx: Tx,
  site: Site,
  handle: string,
  draft: ListingDraft,
  wanted: 'draft' | 'published',
  importRef?: string,
  id: string = newId(),
): Promise<ListingRow> => {
  const now = site.now();
  const actor = actorUri(site, handle);
  const waits = wanted === 'published' && (await isLimited(tx, actor));
  const state = waits ? 'draft' : wanted;
  const { columns, body, price } = await columnsOf(tx, draft, actor);
  await keepHalf(tx, id, body, price);
  const [row] = await tx
    .insert(tx.t.listings)
    .values({
      id,
      uri: itemUri(actor, id),
      proposalUri: proposalUri(actor, id),
      local: true,
      publisher: actor,
      host: site.host,
      state,
      url: listingPage(site, id),
      remotePictures: [],
      ...columns,
      importRef: importRef ?? null,
      awaits: waits ? now : null,
      published: state === 'published' ? now : null,
      created: now,
      updated: now,
    })
    .returning();
  const saved = row!;
  await indexWords(tx, saved.row, wordsOfRow(saved), true);
  if (state === 'published') await tellPublished(tx, now, saved, 'listing.published');
  return saved;
};

/** Saves what was edited. A published listing's peers are told; one that left an audience is withdrawn from it. */
export const updateListing = async (
  tx: Tx,
  site: Site,
  before: ListingRow,
  draft: ListingDraft,
): Promise<ListingRow> => {
  const now = later(site, before);
  const { columns, body, price } = await columnsOf(tx, draft, before.publisher, before);
  await keepHalf(tx, before.id, body, price);
  const [row] = await tx
    .update(tx.t.listings)
    .set({ ...columns, updated: now })
    .where(eq(tx.t.listings.row, before.row))
    .returning();
  const saved = row!;
  const told = body === null || before.held?.access === 'reserved' || (await hush(tx, saved));
  await indexWords(tx, saved.row, wordsOfRow(saved));
  if (isNarrower(before, saved)) await planNewAddresses(tx, now, saved.id);
  if (saved.state !== 'draft') {
    if (before.audience !== 'members' && saved.audience === 'members') await tellRemoved(tx, now, saved);
    else if (saved.audience !== 'members') {
      const lost = await peersThatLose(tx, before, saved);
      if (before.audience !== 'members' && lost.length > 0) await tellRemoved(tx, now, saved, lost);
      await tellPublished(
        tx,
        now,
        saved,
        before.audience === 'members' || !told ? 'listing.published' : 'listing.updated',
      );
    }
  }
  return saved;
};

/** From which states one may come to a state. */
const TRANSITIONS: Record<Exclude<ListingState, 'draft'>, readonly string[]> = {
  published: ['draft', 'paused', 'closed'],
  paused: ['published'],
  closed: ['published', 'paused'],
};

/** Can a listing go from one state to the other? */
export const mayMove = (from: string, to: Exclude<ListingState, 'draft'>): boolean =>
  from === to || TRANSITIONS[to].includes(from);

/**
 * Publishes, pauses, takes up again or closes a listing.
 * @param allowed a moderator says so: what a limited member publishes for the first time waits for that
 * @returns the listing, still a draft with `awaits` if it waits; an error `listing.transition` when it is in no state
 *   to go there from
 */
export const moveListing = async (
  tx: Tx,
  site: Site,
  listing: ListingRow,
  to: Exclude<ListingState, 'draft'>,
  allowed = false,
): Promise<Result<ListingRow>> => {
  if (listing.state === to) return ok(listing);
  if (!mayMove(listing.state, to)) return fail({ field: 'state', code: 'listing.transition' });
  const now = later(site, listing);
  const first = listing.published === null;
  if (first && !allowed && (await isLimited(tx, listing.publisher))) {
    const [waiting] = await tx
      .update(tx.t.listings)
      .set({ awaits: listing.awaits ?? now })
      .where(eq(tx.t.listings.row, listing.row))
      .returning();
    return ok(waiting!);
  }
  const [row] = await tx
    .update(tx.t.listings)
    .set({ state: to, updated: now, awaits: null, ...(first ? { published: now } : {}) })
    .where(eq(tx.t.listings.row, listing.row))
    .returning();
  const saved = row!;
  await tellPublished(tx, now, saved, first ? 'listing.published' : 'listing.updated');
  return ok(saved);
};

/** Tells peers again after something beside the row changed (its pictures). */
export const touchListing = async (tx: Tx, site: Site, listing: ListingRow): Promise<void> => {
  const now = later(site, listing);
  const [row] = await tx
    .update(tx.t.listings)
    .set({ updated: now })
    .where(eq(tx.t.listings.row, listing.row))
    .returning();
  if (row !== undefined && row.state !== 'draft') await tellPublished(tx, now, row, 'listing.updated');
};

/** `updated` must grow with every change, also within one millisecond and after the clock went back. */
export const later = (site: Site, before: ListingRow): Date =>
  new Date(Math.max(site.now().getTime(), before.updated.getTime() + 1));

const tellPublished = async (
  tx: Tx,
  now: Date,
  row: ListingRow,
  type: 'listing.published' | 'listing.updated',
): Promise<void> => {
  if (row.audience === 'members') {
    await streamLine(tx, row);
    return;
  }
  await streamLine(tx, row);
  await announce(tx, now, {
    type,
    actor: row.publisher,
    subject: row.id,
    data: { uri: row.uri, audience: row.audience },
  });
};

/** @param hosts only these peers are told; everybody who may have it, if absent */
export const tellRemoved = (tx: Tx, now: Date, row: ListingRow, hosts?: string[]): Promise<string> =>
  announce(tx, now, removal(now, row, hosts));

/** What is told of a listing that is withdrawn. @param hosts as for `tellRemoved` */
export const removal = (now: Date, row: ListingRow, hosts?: string[]): Announcement => ({
  type: 'listing.removed',
  actor: row.publisher,
  subject: row.uri,
  data: {
    proposalUri: row.proposalUri,
    audience: row.audience,
    deleted: now.toISOString(),
    ...(hosts === undefined ? {} : { hosts: hosts.join(' ') }),
  },
});

/** Peers that had the listing by their scope and its publisher's word, and have it no longer. */
const peersThatLose = async (tx: Tx, before: ListingRow, after: ListingRow): Promise<string[]> => {
  const { peers } = tx.t;
  const rows = await tx
    .select({ host: peers.host, give: peers.give })
    .from(peers)
    .where(eq(peers.state, 'active'))
    .limit(5_000);
  return rows.filter((peer) => mayGoTo(peer, before) && !mayGoTo(peer, after)).map((peer) => peer.host);
};

/** Followers of the publisher read it in their stream. */
const streamLine = async (tx: Tx, row: ListingRow): Promise<void> => {
  await tx
    .insert(tx.t.stream)
    .values({ actor: row.publisher, object: row.uri, type: 'listing', published: row.published ?? row.updated })
    .onConflictDoNothing();
};

/** The words by which a listing is found. */
export const wordsOfRow = (row: Pick<ListingRow, 'title' | 'html' | 'tags' | 'placeName' | 'attributes'>): string[] =>
  wordsOf(
    [
      row.title,
      row.html.replaceAll(/<[^>]*>/g, ' '),
      row.tags.join(' '),
      row.placeName ?? '',
      ...Object.values(row.attributes).map(String),
    ].join(' '),
  );
