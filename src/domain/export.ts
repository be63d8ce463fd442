/** A node's own listings as a file that `importListings` reads back, piece by piece so that size does not matter. */
import { and, asc, eq, gt, inArray, ne } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { type HiddenPrice, holdersPrices, wholesOf } from './hidden-halves.ts';
import { actorUri } from './ids.ts';
import { type ListingRow, priceOf } from './listings.ts';
import { type PictureRow, listPictures } from './media.ts';
import { majorUnits } from './money.ts';
import type { Site } from './site.ts';
import { csvRecord, guardCell, joinList } from './transfer/cells.ts';
import { ATTRIBUTE_COLUMNS, COLUMNS, type Column } from './transfer/columns.ts';
import type { Price } from './types.ts';

export type ExportOptions = {
  format: 'csv' | 'json';
  /** One member's listings; absent = everybody's. */
  handle?: string;
  /** @returns what the column `photos` says of a picture (a path beside the file); absent = photos are left out */
  photo?: (picture: PictureRow) => string;
  onProgress?: (done: number, total: number) => void;
};

type Cell = string | number | boolean | string[] | null;
type Line = Record<string, Cell>;

const PAGE = 200;

/**
 * Yields the file in pieces: first drafts and all, oldest first. Exact places are in it: it is the member's own data,
 * or the admin's copy of the node.
 */
export const exportListings = async function* (db: Reader, site: Site, options: ExportOptions): AsyncGenerator<string> {
  const { listings } = db.t;
  const mine = and(
    eq(listings.local, true),
    // What moderators removed is kept aside for them alone.
    ne(listings.state, 'removed'),
    options.handle === undefined ? undefined : eq(listings.publisher, actorUri(site, options.handle)),
  );
  const total = await db.$count(listings, mine);
  const names = [...COLUMNS, ...ATTRIBUTE_COLUMNS.map((column) => column.name)];
  yield options.format === 'csv' ? `\uFEFF${csvRecord(names)}` : '[';
  let done = 0;
  for (let after = 0; ;) {
    const rows = await db
      .select()
      .from(listings)
      .where(and(mine, gt(listings.row, after)))
      .orderBy(asc(listings.row))
      .limit(PAGE);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.row;
    const lines = await linesOf(db, await wholesOf(db, rows), options.photo);
    yield options.format === 'csv'
      ? lines.map((line) => csvRecord(names.map((name) => cellText(line[name] ?? null)))).join('')
      : lines.map((line, i) => `${done + i === 0 ? '\n' : ',\n'}${JSON.stringify(withoutEmpty(line))}`).join('');
    done += rows.length;
    options.onProgress?.(done, total);
  }
  if (options.format === 'json') yield '\n]\n';
};

/** The pictures that an export names, for whoever puts them beside the file. */
export const exportedPictures = async function* (db: Reader, site: Site, handle?: string): AsyncGenerator<PictureRow> {
  const { listings } = db.t;
  const mine = and(
    eq(listings.local, true),
    handle === undefined ? undefined : eq(listings.publisher, actorUri(site, handle)),
  );
  for (let after = 0; ;) {
    const rows = await db
      .select({ row: listings.row, id: listings.id })
      .from(listings)
      .where(and(mine, gt(listings.row, after)))
      .orderBy(asc(listings.row))
      .limit(PAGE);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.row;
    yield* await listPictures(
      db,
      rows.map((row) => row.id),
    );
  }
};

const linesOf = async (db: Reader, rows: ListingRow[], photo: ExportOptions['photo']): Promise<Line[]> => {
  const pictures =
    photo === undefined
      ? []
      : await listPictures(
          db,
          rows.map((row) => row.id),
        );
  const publishers = [...new Set(rows.map((row) => row.publisher))];
  const actors = await db
    .select({ uri: db.t.actors.uri, handle: db.t.actors.handle })
    .from(db.t.actors)
    .where(inArray(db.t.actors.uri, publishers));
  const handles = new Map(actors.map((actor) => [actor.uri, actor.handle]));
  const prices = await holdersPrices(db, rows);
  return rows.map((row) => {
    const own = pictures.filter((picture) => picture.listing === row.id);
    return lineOf(
      row,
      handles.get(row.publisher) ?? '',
      own.map((picture) => photo?.(picture) ?? ''),
      own.map((picture) => picture.alt),
      prices.get(row.id),
    );
  });
};

const lineOf = (
  row: ListingRow,
  member: string,
  photos: string[],
  alts: string[],
  holders: HiddenPrice | undefined,
): Line => {
  const price = priceOf(row);
  const columns: Record<Column, Cell> = {
    ref: row.importRef ?? row.id,
    kind: row.kind,
    purpose: row.purpose,
    title: row.title,
    text: row.text,
    price_type: price.type,
    price: amountOf(price),
    currency: price.type === 'money' ? price.currency : null,
    unit: row.unit,
    quantity: row.quantity,
    place: row.exactName,
    latitude: row.exactLatitude,
    longitude: row.exactLongitude,
    precision: row.precision,
    audience: row.audience,
    withheld: row.withheld,
    access: row.held?.access ?? null,
    attestations: row.held?.codes ?? [],
    holder_price: holders === undefined ? null : (amountOf(priceOf(holders)) ?? '0'),
    valid_until: row.validUntil?.toISOString().slice(0, 10) ?? null,
    language: row.language,
    tags: row.tags,
    photos,
    photo_alts: alts,
    state: row.state,
    member,
  };
  const attributes = Object.entries(row.attributes).map(([key, value]): [string, Cell] => [
    `${row.kind}.${key}`,
    value,
  ]);
  return { ...columns, ...Object.fromEntries(attributes) };
};

/** Major units, or hours: what a person would have typed. */
const amountOf = (price: Price): string | null => {
  // A draft may leave its price open.
  if ((price.type === 'money' && price.amount === 0) || (price.type === 'hours' && price.minutes === 0)) return null;
  if (price.type === 'hours') return String(Number((price.minutes / 60).toFixed(6)));
  if (price.type !== 'money') return null;
  return majorUnits(price.amount, price.currency);
};

const cellText = (cell: Cell): string => {
  if (cell === null) return '';
  if (Array.isArray(cell)) return guardCell(joinList(cell));
  return typeof cell === 'string' ? guardCell(cell) : String(cell);
};

const withoutEmpty = (line: Line): Line =>
  Object.fromEntries(
    Object.entries(line).filter(
      ([, cell]) => cell !== null && cell !== '' && !(Array.isArray(cell) && cell.length === 0),
    ),
  );
