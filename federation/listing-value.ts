/** A listing's row as the value that the vocabulary writes. */
import type { Reader } from '#db/database.ts';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import { type ListingRow, priceOf } from '#domain/listings.ts';
import { listPictures, mediaUrl } from '#domain/media.ts';
import { limitedAmong } from '#domain/moderation/restrictions.ts';
import type { Site } from '#domain/site.ts';
import { AUDIENCES, KINDS, type ListingValue, PURPOSES, UNITS } from '#domain/types.ts';

/**
 * Values for many rows with one query for their pictures, in the rows' order. What a limited member of ours lists is
 * for members here, and is said to partners alone.
 */
export const valuesOf = async (db: Reader, site: Site, rows: ListingRow[]): Promise<ListingValue[]> => {
  const kinds = rows.some((row) => row.local && row.held !== null) ? await attestationKinds(db) : [];
  const names = Object.fromEntries(kinds.map((kind) => [kind.code, kind.names]));
  const pictures = await listPictures(
    db,
    rows.filter((row) => row.local).map((row) => row.id),
  );
  const limited = await limitedAmong(
    db,
    rows.filter((row) => row.local && row.audience === 'public').map((row) => row.publisher),
  );
  return rows.map((given) => {
    const row = given.local && limited.has(given.publisher) ? { ...given, audience: 'peers' } : given;
    return valueOf(
      site,
      row.local && row.held !== null ? { ...row, held: { ...row.held, names } } : row,
      pictures.filter((picture) => picture.listing === row.id),
    );
  });
};

type PictureRow = Reader['t']['pictures']['$inferSelect'];
const known = <T extends string>(all: readonly T[], word: string): T => all.find((one) => one === word) ?? all[0]!;

const valueOf = (site: Site, row: ListingRow, pictures: PictureRow[]): ListingValue => ({
  uri: row.uri,
  proposalUri: row.proposalUri,
  publisher: row.publisher,
  kind: known(KINDS, row.kind),
  purpose: known(PURPOSES, row.purpose),
  title: row.title,
  html: row.html,
  url: row.url,
  price: priceOf(row),
  unit: known(UNITS, row.unit),
  unitBased: row.unitBased,
  attributes: row.attributes,
  tags: row.tags,
  pictures: row.local
    ? pictures.map((p) => ({
        url: mediaUrl(site, p.key, 1600),
        mediaType: p.mediaType,
        alt: p.alt,
        width: p.width,
        height: p.height,
      }))
    : row.remotePictures,
  audience: known(AUDIENCES, row.audience),
  state: row.state === 'paused' || row.state === 'closed' ? row.state : 'published',
  published: row.published ?? row.created,
  updated: row.updated,
  ...(row.quantity === null ? {} : { quantity: row.quantity }),
  ...(row.placeName === null || row.latitude === null || row.longitude === null
    ? {}
    : {
        place: {
          name: row.placeName,
          latitude: row.latitude,
          longitude: row.longitude,
          accuracy: row.accuracy ?? 0,
          ...(row.country === null ? {} : { country: row.country }),
        },
      }),
  ...(row.held === null ? {} : { held: row.held }),
  ...(row.community === null ? {} : { community: row.community }),
  ...(row.language === null ? {} : { language: row.language }),
  ...(row.validUntil === null ? {} : { validUntil: row.validUntil }),
});
