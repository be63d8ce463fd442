/** The pictures of a listing while it is written: uploaded before they belong to it, put in order, described, taken out. */
import { and, asc, desc, eq, inArray, isNull, lt, notInArray, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { enqueueJob } from './jobs.ts';
import type { ListingRow } from './listings.ts';
import { forgetFiles } from './media-files.ts';
import { type PictureRow, listPictures } from './media.ts';
import { AUDIENCES } from './types.ts';

/** Pictures that one listing may have. */
export const MAX_PICTURES = 8;
/** Pictures that a member may have uploaded without having saved the listing; older ones give way. */
const MAX_LOOSE = 24;
const LOOSE_MS = 2 * 24 * 3_600_000;

/**
 * The pictures that a form names, in its order: a member's own, of this listing or of none yet. Others are left out.
 * @param listing id of the listing that is edited; absent = it is new
 */
export const picturesNamed = async (
  db: Reader,
  owner: string,
  ids: string[],
  listing: string | undefined,
): Promise<PictureRow[]> => {
  const { pictures } = db.t;
  const wanted = [...new Set(ids)].slice(0, 50);
  if (wanted.length === 0) return [];
  const rows = await db
    .select()
    .from(pictures)
    .where(
      and(
        inArray(pictures.id, wanted),
        eq(pictures.owner, owner),
        listing === undefined ? isNull(pictures.listing) : or(isNull(pictures.listing), eq(pictures.listing, listing)),
      ),
    );
  return wanted.flatMap((id) => rows.find((row) => row.id === id) ?? []);
};

/** Gives a listing these pictures in this order; those that it had beside them are taken out. */
export const arrangePictures = async (
  tx: Tx,
  listing: string,
  arranged: { id: string; alt: string }[],
): Promise<void> => {
  const { pictures } = tx.t;
  const ids = arranged.map((picture) => picture.id);
  await tx
    .update(pictures)
    .set({ listing: null })
    .where(and(eq(pictures.listing, listing), ids.length === 0 ? undefined : notInArray(pictures.id, ids)));
  for (const [position, { id, alt }] of arranged.slice(0, MAX_PICTURES).entries())
    await tx.update(pictures).set({ listing, position, alt: alt.trim() }).where(eq(pictures.id, id));
};

/** Somebody who uploads and never saves keeps the newest only. */
export const limitLoose = async (tx: Tx, now: Date, owner: string): Promise<void> => {
  const { pictures } = tx.t;
  const rows = await tx
    .select({ id: pictures.id, key: pictures.key })
    .from(pictures)
    .where(and(eq(pictures.owner, owner), isNull(pictures.listing)))
    .orderBy(desc(pictures.created), asc(pictures.id))
    .limit(MAX_LOOSE + 50);
  const tooMany = rows.slice(MAX_LOOSE);
  if (tooMany.length === 0) return;
  await tx.delete(pictures).where(
    inArray(
      pictures.id,
      tooMany.map((row) => row.id),
    ),
  );
  await forgetFiles(
    tx,
    now,
    tooMany.map((row) => row.key),
  );
};

/** Forgets pictures of listings that were never saved, or are gone. @returns how many */
export const sweepLoose = async (tx: Tx, now: Date): Promise<number> => {
  const { pictures } = tx.t;
  const rows = await tx
    .delete(pictures)
    .where(and(isNull(pictures.listing), lt(pictures.created, new Date(now.getTime() - LOOSE_MS))))
    .returning({ key: pictures.key });
  await forgetFiles(
    tx,
    now,
    rows.map((row) => row.key),
  );
  return rows.length;
};

/**
 * Puts one picture of a listing elsewhere, says what it shows, or takes it out; the others close up.
 * @param change.position from 1; behind the last = the last
 * @returns all of them in their order, or undefined when the listing has none by this id
 */
export const changePicture = async (
  tx: Tx,
  now: Date,
  listing: Pick<ListingRow, 'id' | 'publisher'>,
  id: string,
  change: { alt?: string | undefined; position?: number | undefined } | 'out',
): Promise<PictureRow[] | undefined> => {
  const rows = await listPictures(tx, [listing.id]);
  const at = rows.findIndex((row) => row.id === id);
  const row = rows[at];
  if (row === undefined) return undefined;
  const others = rows.toSpliced(at, 1);
  const changed = change === 'out' ? undefined : { ...row, alt: change.alt ?? row.alt };
  const arranged =
    change === 'out' || changed === undefined
      ? others
      : others.toSpliced(change.position === undefined ? at : change.position - 1, 0, changed);
  await arrangePictures(tx, listing.id, arranged);
  if (change === 'out') await limitLoose(tx, now, listing.publisher);
  return listPictures(tx, [listing.id]);
};

type Seen = Pick<ListingRow, 'audience' | 'held'>;
const width = ({ audience }: Seen): number => AUDIENCES.findIndex((one) => one === audience);

/** Can somebody who could see all of a listing before see less of it now? */
export const isNarrower = (before: Seen, after: Seen): boolean =>
  width(after) < width(before) || (after.held?.access === 'reserved' && before.held?.access !== 'reserved');

/** After the commit its pictures get other addresses: files are copied, and no transaction waits for that. */
export const planNewAddresses = (tx: Tx, now: Date, listing: string): Promise<void> =>
  enqueueJob(tx, now, 'pictureAddresses', { listing }, `pictureAddresses ${listing}`);
