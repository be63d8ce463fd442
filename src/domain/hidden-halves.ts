/**
 * A listing that is for holders of an attestation has two halves: its row is what everybody may see who may see it at
 * all, and says no more; the rest is kept aside and laid over the row for those alone who may read it. So nothing that
 * shows, finds, exports or sends rows can give away what it does not know.
 */
import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { Held, HiddenBody, HiddenPrice } from '#db/schema/attestations.ts';
import { KIND_PROFILES } from './kinds/index.ts';
import type { Access } from './listing-input.ts';
import type { ListingRow } from './listings.ts';
import { priceOf } from './price-columns.ts';
import type { Kind, Unit } from './types.ts';

export type { Held, HiddenBody, HiddenPrice };

/** The columns of a listing that hold more than a teaser. */
type Whole = Required<Omit<HiddenBody, 'placeName' | 'latitude' | 'longitude' | 'accuracy'>> & Placed & { kind: Kind };
type Placed = Pick<HiddenBody, 'placeName' | 'latitude' | 'longitude' | 'accuracy'>;

/**
 * Takes apart what is saved. @param columns of the whole @param rough the place as everybody may know it: a town
 * @returns the columns of the row, and what is kept aside if it is reserved
 */
export const halve = <T extends Whole>(
  columns: T,
  rough: Placed,
  held: Held | null,
): { columns: T & { held: Held | null }; body: HiddenBody | null } => {
  if (held?.access !== 'reserved') return { columns: { ...columns, held }, body: null };
  const { text, html, tags, attributes, quantity, priceType, priceAmount, currency, unit, unitBased } = columns;
  const { placeName, latitude, longitude, accuracy } = columns;
  const body = { text, html, tags, attributes, quantity, priceType, priceAmount, currency, unit, unitBased };
  const bare = { text: '', html: '', tags: [], attributes: {}, quantity: null, ...uncounted(columns.kind) };
  return {
    columns: { ...columns, ...bare, priceType: 'quote', priceAmount: null, currency: null, ...rough, held },
    body: { ...body, placeName, latitude, longitude, accuracy },
  };
};

/** By what a thing is counted, and whether it is, says what sort of price it has: a teaser says what its kind alone does. */
export const uncounted = (kind: Kind): { unit: Unit; unitBased: false } => ({
  unit: KIND_PROFILES[kind].units[0]!,
  unitBased: false,
});

/** @param price of holders; undefined = as it was */
export const keepHalf = async (
  tx: Tx,
  listing: string,
  body: HiddenBody | null,
  price: HiddenPrice | null | undefined,
): Promise<void> => {
  const { hiddenHalves } = tx.t;
  const values = { body, ...(price === undefined ? {} : { price }) };
  await tx
    .insert(hiddenHalves)
    .values({ listing, price: null, ...values })
    .onConflictDoUpdate({ target: hiddenHalves.listing, set: values });
  await tx
    .delete(hiddenHalves)
    .where(and(eq(hiddenHalves.listing, listing), isNull(hiddenHalves.body), isNull(hiddenHalves.price)));
};

export const dropHalves = async (tx: Tx, listings: string[]): Promise<void> => {
  await tx.delete(tx.t.hiddenHalves).where(inArray(tx.t.hiddenHalves.listing, listings));
};

type Half = Reader['t']['hiddenHalves']['$inferSelect'];
const halvesOf = async (db: Reader, rows: Pick<ListingRow, 'id' | 'held' | 'local'>[]): Promise<Map<string, Half>> => {
  const ids = rows.filter((row) => row.local && row.held !== null).map((row) => row.id);
  if (ids.length === 0) return new Map();
  const found = await db.select().from(db.t.hiddenHalves).where(inArray(db.t.hiddenHalves.listing, ids));
  return new Map(found.map((half) => [half.listing, half]));
};

/**
 * The rows with what is kept aside of them, for their publisher, for holders and for moderators alone; at most a few
 * hundred at once.
 */
export const wholesOf = async (db: Reader, rows: ListingRow[]): Promise<ListingRow[]> => {
  const halves = await halvesOf(db, rows);
  return rows.map((row) => ({ ...row, ...halves.get(row.id)?.body }));
};
export const wholeOf = async (db: Reader, row: ListingRow): Promise<ListingRow> => (await wholesOf(db, [row]))[0]!;

/** For whom it is, as it would be typed. */
export const accessOf = async (db: Reader, row: ListingRow): Promise<Access> => {
  if (row.held === null) return { for: 'all' };
  const { access, codes } = row.held;
  const price = await holdersPrice(db, row);
  return access === 'priced' && price !== undefined
    ? { for: 'priced', codes, price: priceOf(price) }
    : { for: 'reserved', codes };
};

/** The same for many, by id of the listing. */
export const holdersPrices = async (db: Reader, rows: ListingRow[]): Promise<Map<string, HiddenPrice>> =>
  new Map([...(await halvesOf(db, rows))].flatMap(([id, half]) => (half.price === null ? [] : [[id, half.price]])));

/** What holders pay, where they pay another price. */
export const holdersPrice = async (db: Reader, row: ListingRow): Promise<HiddenPrice | undefined> =>
  row.held?.access === 'priced' ? ((await halvesOf(db, [row])).get(row.id)?.price ?? undefined) : undefined;

/**
 * A listing that was open becomes reserved: what was said of it before is shown to nobody any more, and what still
 * waits to be said or sent is not, but for what is on its way at this moment. Those who have it get the teaser by the
 * activity that follows.
 * @returns whether it had been told of: if not, that activity is a Create
 */
export const hush = async (tx: Tx, { id, uri }: Pick<ListingRow, 'id' | 'uri'>): Promise<boolean> => {
  const { activities, announcements, deliveries } = tx.t;
  // The outbox reads a listing before it says anything of it: it must not say what it read a moment ago.
  const untold = await tx
    .update(announcements)
    .set({ state: 'done' })
    .where(
      and(
        eq(announcements.state, 'waiting'),
        eq(announcements.subject, id),
        inArray(announcements.type, ['listing.published', 'listing.updated']),
      ),
    )
    .returning({ type: announcements.type });
  const told = and(eq(activities.object, uri), inArray(activities.type, ['Create', 'Update']));
  const said = tx.select({ uri: activities.uri }).from(activities).where(told);
  // Those that were given up, too: an admin could have them sent again.
  await tx
    .delete(deliveries)
    .where(and(inArray(deliveries.activity, said), inArray(deliveries.state, ['waiting', 'dead'])));
  await tx.update(activities).set({ listed: false }).where(told);
  return untold.every((row) => row.type !== 'listing.published');
};
