/** From rows to what the API says of a listing. */
import type { z } from '@hono/zod-openapi';
import type { Reader } from '#db/database.ts';
import { type Badge, badgesOf } from '#domain/identity/anchors.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { type ListingRow, priceOf } from '#domain/listings.ts';
import { majorUnits } from '#domain/money.ts';
import type { Site } from '#domain/site.ts';
import { KINDS } from '#domain/types.ts';
import { cooperativesOf, unitOf } from '../public/view.ts';
import type { Listing } from './schema.ts';

type Shape = z.infer<typeof Listing>;

/** Who reads: an admin's token sees from whom each listing is withheld, a member's that of their own. */
type Reading = { member: boolean; who?: { actor: { uri: string } } };

/** Many listings with one query for the names of their cooperatives. */
export const shapesOf = async (db: Reader, site: Site, rows: ListingRow[], reading: Reading): Promise<Shape[]> => {
  const names = await cooperativesOf(
    db,
    rows.filter((row) => !row.local).map((row) => row.host),
  );
  const badges = await badgesOf(db, site.now(), [...names.keys()]);
  const own = (await getCooperative(db))?.name ?? site.host;
  return rows.map((row) => ({
    ...shapeOf(row, {
      host: row.host,
      name: row.local ? own : (names.get(row.host) ?? row.host),
      marks: marksOf(badges.get(row.host)),
    }),
    ...(reading.member && row.local && (reading.who?.actor.uri ?? row.publisher) === row.publisher
      ? { withheld: row.withheld }
      : {}),
  }));
};

/** As others read them: the mark's identifier is the address of its page. */
export const marksOf = (badges: Badge[] = []): Shape['cooperative']['marks'] =>
  badges.map(({ name, type, anchor }) => ({ name, url: type, by: anchor }));

const shapeOf = (row: ListingRow, cooperative: Shape['cooperative']): Shape => ({
  id: row.id,
  uri: row.uri,
  url: row.url,
  title: row.title,
  kind: KINDS.find((kind) => kind === row.kind) ?? 'goods',
  purpose: row.purpose === 'request' ? 'request' : 'offer',
  price: priceShape(row),
  place:
    row.placeName === null || row.latitude === null || row.longitude === null
      ? null
      : { name: row.placeName, latitude: row.latitude, longitude: row.longitude, accuracy: row.accuracy ?? 0 },
  cooperative,
  own: row.local,
  for_holders: row.held === null ? null : { access: row.held.access, attestations: row.held.codes },
  published: row.published?.toISOString() ?? null,
  updated: row.updated.toISOString(),
});

const priceShape = (row: ListingRow): Shape['price'] => {
  const price = priceOf(row);
  const unit = unitOf(row);
  if (price.type === 'hours') return { type: 'hours', hours: price.minutes / 60, unit };
  if (price.type !== 'money') return { type: price.type, unit };
  return { type: 'money', amount: majorUnits(price.amount, price.currency), currency: price.currency, unit };
};
