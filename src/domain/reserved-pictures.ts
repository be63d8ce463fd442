/**
 * Pictures of reserved listings. Others are opened by whoever has their address, which nobody can guess; these ask, each
 * time, since whoever held an attestation and holds it no more has kept the addresses.
 */
import { and, eq } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { type Looker, mayReadWhole } from './attestations/holders.ts';
import { mediaUrl } from './media.ts';
import { PORTRAIT } from './media-files.ts';
import type { Site } from './site.ts';

export type Reserved = { codes: string[]; publisher: string };
/** Files are named by what they show: several listings may show one. */
const SHOWN_BY = 50;

/** @returns the listings that show it, if they are reserved all of them; else none: whoever has the address may open it */
export const reservedBy = async (db: Reader, site: Site, key: string): Promise<Reserved[]> => {
  const { pictures, listings, actors } = db.t;
  const rows = await db
    .select({ held: listings.held, publisher: listings.publisher })
    .from(pictures)
    .leftJoin(listings, eq(listings.id, pictures.listing))
    .where(eq(pictures.key, key))
    .limit(SHOWN_BY);
  const reserved = rows.flatMap(({ held, publisher }) =>
    held?.access === 'reserved' && publisher !== null ? [{ codes: held.codes, publisher }] : [],
  );
  // One that is only being written yet has no listing.
  if (reserved.length === 0 || reserved.length < rows.length) return [];
  const portrait = and(eq(actors.local, true), eq(actors.icon, mediaUrl(site, key, PORTRAIT)));
  return (await db.$count(actors, portrait)) > 0 ? [] : reserved;
};

/** May they see a picture of one of these listings of ours? */
export const mayOpenPicture = (db: Reader, now: Date, rows: Reserved[], who: Looker): Promise<boolean> => {
  const publishers = rows.map((row) => row.publisher);
  const mine = publishers.find((publisher) => publisher === who.member?.actor);
  const codes = rows.flatMap((row) => row.codes);
  return mayReadWhole(
    db,
    now,
    { held: { access: 'reserved', codes }, local: true, publisher: mine ?? publishers[0] ?? '' },
    who,
  );
};
