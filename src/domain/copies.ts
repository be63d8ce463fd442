/** Copies of others' listings. They belong to their owner: the newest word of its server stands, whatever the order it came in. */
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { indexWords, unindexWords } from '#db/queries/search.ts';
import type { Tx } from '#db/database.ts';
import { hostOf, newId } from './ids.ts';
import { type ListingRow, priceColumns, wordsOfRow } from './listings.ts';
import type { ReasonCode } from './reasons.ts';
import type { ListingValue } from './types.ts';

export type StoreOutcome =
  /** `id` is the one in the path of its page here. */
  { done: 'created' | 'updated'; id: string } | { done: 'nothing' | 'refused'; code: ReasonCode; reason: string };

/**
 * Stores or renews a copy. Keyed on the Proposal's URI: one listing is never two.
 * @param value already checked to be its publisher's own, HTML sanitised
 * @param now time of arrival
 * @param by id of the activity that brought it: of two versions with the same time the one with the greater id stands.
 *   Empty when it was fetched: then any that was sent stands before it.
 */
export const storeCopy = async (tx: Tx, now: Date, value: ListingValue, by = ''): Promise<StoreOutcome> => {
  const { listings, tombstones } = tx.t;
  const graves = await tx
    .select({ owner: tombstones.owner, deleted: tombstones.deleted })
    .from(tombstones)
    .where(inArray(tombstones.uri, [value.uri, value.proposalUri]));
  const owned = graves.find((grave) => grave.owner === value.publisher);
  if (owned !== undefined && owned.deleted >= value.updated)
    return { done: 'nothing', code: 'deletedByOwner', reason: 'It was deleted by its owner after this version.' };

  // A Note and its Proposal belong together for good.
  // Only what is compared: to put the question together takes as long as the database needs for its answer.
  const { row: number, id, uri, proposalUri, publisher, updated, broughtBy } = listings;
  const [before, other] = await tx
    .select({ row: number, id, uri, proposalUri, publisher, updated, broughtBy })
    .from(listings)
    .where(or(eq(listings.proposalUri, value.proposalUri), eq(listings.uri, value.uri)))
    .limit(2);
  if (before !== undefined && before.publisher !== value.publisher)
    return { done: 'refused', code: 'publishedByOther', reason: 'Another actor published this listing.' };
  if (other !== undefined || (before !== undefined && before.proposalUri !== value.proposalUri))
    return { done: 'refused', code: 'proposalChanged', reason: 'Its Proposal has another id than before.' };
  // A bare Proposal may come to be carried by a Note; from one Note to another it does not move.
  const bare = value.uri === value.proposalUri;
  if (before !== undefined && before.uri !== value.uri && before.uri !== before.proposalUri && !bare)
    return { done: 'refused', code: 'noteChanged', reason: 'Its Note has another id than before.' };
  if (before !== undefined && before.updated > value.updated)
    return { done: 'nothing', code: 'newerHere', reason: 'A newer version is already here.' };
  if (before !== undefined && before.updated.getTime() === value.updated.getTime() && by <= before.broughtBy) {
    await tx.update(listings).set({ fetched: now }).where(eq(listings.row, before.row));
    return { done: 'nothing', code: 'sameHere', reason: 'This version is already here.' };
  }
  const columns = {
    ...copyColumns(now, value),
    ...(before === undefined || !bare ? {} : { uri: before.uri }),
    broughtBy: by,
  };
  const [row] =
    before === undefined
      ? await tx
          .insert(listings)
          .values({ ...columns, id: newId(), proposalUri: value.proposalUri, publisher: value.publisher, created: now })
          .returning({ row: number, id })
      : await tx.update(listings).set(columns).where(eq(listings.row, before.row)).returning({ row: number, id });
  const saved = row!;
  await indexWords(tx, saved.row, wordsOfRow(columns), before === undefined);
  await tx
    .insert(tx.t.stream)
    .values({ actor: value.publisher, object: columns.uri, type: 'listing', published: value.published })
    .onConflictDoNothing();
  return { done: before === undefined ? 'created' : 'updated', id: saved.id };
};

/**
 * Removes a copy at its owner's word, and remembers it, also if it was never here: a late Create must not win.
 * @param owner actor that deleted it; @param deleted by the owner's clock
 * @returns whether something was removed
 */
export const removeCopy = async (tx: Tx, uris: string[], owner: string, deleted: Date): Promise<boolean> => {
  const { listings, tombstones } = tx.t;
  for (const uri of uris) {
    await tx
      .insert(tombstones)
      .values({ uri, owner, local: false, deleted })
      .onConflictDoUpdate({
        target: tombstones.uri,
        set: { deleted },
        setWhere: and(eq(tombstones.owner, owner), sql`${tombstones.deleted} < excluded.deleted`),
      });
  }
  const rows = await tx
    .select()
    .from(listings)
    .where(
      and(
        eq(listings.local, false),
        eq(listings.publisher, owner),
        sql`(${inArray(listings.uri, uris)} OR ${inArray(listings.proposalUri, uris)})`,
      ),
    );
  const gone = rows.filter((row) => row.updated <= deleted);
  await dropRows(tx, gone);
  for (const row of gone) {
    for (const uri of [row.uri, row.proposalUri].filter((u) => !uris.includes(u))) {
      await tx.insert(tombstones).values({ uri, owner, local: false, deleted }).onConflictDoNothing();
    }
  }
  return gone.length > 0;
};

/** Removes every copy that lives at a host (the peer was cut). @returns how many */
export const dropCopiesOfHost = async (tx: Tx, host: string): Promise<number> => {
  const rows = await tx
    .select()
    .from(tx.t.listings)
    .where(and(eq(tx.t.listings.local, false), eq(tx.t.listings.host, host)));
  await dropRows(tx, rows);
  return rows.length;
};

/** Removes every copy of one publisher (its account was deleted). @returns how many */
export const dropCopiesOfPublisher = async (tx: Tx, publisher: string): Promise<number> => {
  const rows = await tx
    .select()
    .from(tx.t.listings)
    .where(and(eq(tx.t.listings.local, false), eq(tx.t.listings.publisher, publisher)));
  await dropRows(tx, rows);
  return rows.length;
};

/** Removes these copies without a word: they are no longer wanted here. */
export const dropCopies = (tx: Tx, rows: ListingRow[]): Promise<void> => dropRows(tx, rows);

/** In chunks: an engine takes only so many parameters in one statement. */
const dropRows = async (tx: Tx, rows: ListingRow[]): Promise<void> => {
  for (let from = 0; from < rows.length; from += 500) {
    const chunk = rows.slice(from, from + 500);
    await unindexWords(
      tx,
      chunk.map((row) => row.row),
    );
    await tx.delete(tx.t.stream).where(
      inArray(
        tx.t.stream.object,
        chunk.map((row) => row.uri),
      ),
    );
    await tx.delete(tx.t.listings).where(
      inArray(
        tx.t.listings.row,
        chunk.map((row) => row.row),
      ),
    );
  }
};

const copyColumns = (now: Date, value: ListingValue) => ({
  uri: value.uri,
  local: false,
  host: hostOf(value.uri),
  kind: value.kind,
  purpose: value.purpose,
  state: value.state,
  title: value.title,
  text: '',
  html: value.html,
  url: value.url,
  ...priceColumns(value.price),
  unit: value.unit,
  unitBased: value.unitBased,
  quantity: value.quantity ?? null,
  precision: 'town',
  placeName: value.place?.name ?? null,
  latitude: value.place?.latitude ?? null,
  longitude: value.place?.longitude ?? null,
  accuracy: value.place?.accuracy ?? null,
  country: value.place?.country ?? null,
  attributes: value.attributes,
  tags: value.tags,
  remotePictures: value.pictures.map(({ url, mediaType, alt }) => ({ url, mediaType, alt })),
  audience: value.audience,
  held: value.held ?? null,
  community: value.community ?? null,
  language: value.language ?? null,
  validUntil: value.validUntil ?? null,
  published: value.published,
  updated: value.updated,
  fetched: now,
});
