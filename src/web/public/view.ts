/** From rows to what cards and pages show. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { ActorRow } from '#domain/actors.ts';
import { isExpired } from '#domain/catalogue.ts';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import type { CooperativeRow } from '#domain/cooperative.ts';
import { fullHandle } from '#domain/ids.ts';
import { type ListingRow, priceOf } from '#domain/listings.ts';
import { badgesOf } from '#domain/identity/anchors.ts';
import { listPictures, mediaUrl } from '#domain/media.ts';
import { KINDS, UNITS, type Unit } from '#domain/types.ts';
import type { WebDeps } from '../context.ts';
import type { CardView } from '../ui/components.ts';

export const kindOf = (row: Pick<ListingRow, 'kind'>): CardView['kind'] =>
  KINDS.find((kind) => kind === row.kind) ?? 'goods';
export const unitOf = (row: Pick<ListingRow, 'unit'>): Unit => UNITS.find((unit) => unit === row.unit) ?? 'unit';

/** Names of the cooperatives behind hosts, one query. */
export const cooperativesOf = async (db: Reader, hosts: string[]): Promise<Map<string, string>> => {
  if (hosts.length === 0) return new Map();
  const rows = await db
    .select({ host: db.t.peers.host, name: db.t.peers.name })
    .from(db.t.peers)
    .where(inArray(db.t.peers.host, [...new Set(hosts)]));
  return new Map(rows.map((row) => [row.host, row.name]));
};

/** A person as a line shows them: ours by their page here, others by their own. */
export const personOf = (
  deps: Pick<WebDeps, 'pictures'>,
  actor: ActorRow,
): { name: string; icon: string | null; href: string; handle: string } => ({
  name: actor.name,
  icon: deps.pictures.iconOf(actor),
  href: actor.local ? `/@${actor.handle}` : actor.url,
  handle: fullHandle(actor.handle, actor.host),
});

/** The state as people are told it: one that is published and past its day is `expired`. */
export const stateOf = (row: Pick<ListingRow, 'state' | 'validUntil'>, now: Date): string =>
  row.state === 'published' && isExpired(row, now) ? 'expired' : row.state;

/** A draft may leave open what it costs. */
export const hasPrice = (row: Pick<ListingRow, 'state' | 'priceType' | 'priceAmount'>): boolean =>
  row.state !== 'draft' || (row.priceType !== 'money' && row.priceType !== 'hours') || (row.priceAmount ?? 0) > 0;

/** Cards of listings with one query for pictures and one for cooperatives. */
export const cardsOf = async (
  deps: Pick<WebDeps, 'db' | 'site' | 'pictures'>,
  cooperative: CooperativeRow | undefined,
  rows: ListingRow[],
): Promise<CardView[]> => {
  const { site } = deps;
  const db = deps.db.read;
  const pictures = await listPictures(
    db,
    rows.filter((row) => row.local).map((row) => row.id),
  );
  const names = await cooperativesOf(
    db,
    rows.filter((row) => !row.local).map((row) => row.host),
  );
  const badges = await badgesOf(db, site.now(), [...names.keys()]);
  const own = rows.some((row) => row.local && row.held !== null) ? await attestationKinds(db) : [];
  const here = Object.fromEntries(own.map((kind) => [kind.code, kind.names]));
  return rows.map((row) => {
    const reserved = row.held?.access === 'reserved';
    const first = reserved ? undefined : pictures.find((picture) => picture.listing === row.id);
    const picture =
      first === undefined
        ? reserved
          ? undefined
          : deps.pictures.ofListing(row, 800)[0]
        : { url: mediaUrl(site, first.key, 800), alt: first.alt };
    return {
      href: `/listings/${row.id}`,
      title: row.title,
      kind: kindOf(row),
      purpose: row.purpose,
      ...(hasPrice(row) ? { price: priceOf(row) } : {}),
      unit: unitOf(row),
      cooperative: {
        name: row.local ? (cooperative?.name ?? site.host) : (names.get(row.host) ?? row.host),
        host: row.host,
        own: row.local,
      },
      marks: row.local ? undefined : badges.get(row.host),
      state: row.state,
      ...(row.placeName === null ? {} : { place: row.placeName }),
      ...(picture === undefined ? {} : { picture }),
      ...(row.held === null ? {} : { held: { names: here, ...row.held } }),
    };
  });
};
