/** What there is to find: this node's listings and those that its peers share, for whoever is looking. */
import { type SQL, and, desc, eq, gt, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import { matchesWords } from '#db/queries/search.ts';
import type { Reader } from '#db/database.ts';
import { type ActorRow, findActor } from './actors.ts';
import { hiddenDomains, isUnderRule } from './domain-rules.ts';
import type { ListingRow } from './listings.ts';
import { isUnrestricted, unrestricted } from './moderation/restrictions.ts';
import { ofNobodySuspended } from './moderation/withdrawing.ts';
import { isActivePeer } from './peers.ts';
import { boundingBox, distanceKm } from './places.ts';
import { type Gives, OPEN_SCOPE, mayGoTo } from './scopes.ts';
import type { Kind, Purpose } from './types.ts';
import { queryWords } from './words.ts';

/**
 * Who is looking: anybody sees what is public, members what is shared with members and peers, too. A guest is a member
 * of the peer that is named: of ours they see what that peer is given.
 */
export type Viewer = { member: boolean; guest?: Gives };

export type CatalogueQuery = {
  q?: string;
  kinds?: readonly Kind[];
  purpose?: Purpose;
  /** Host of one peer, or our own. */
  host?: string;
  /** Listings of one actor. */
  publisher?: string;
  near?: { latitude: number; longitude: number; radiusKm: number };
  cursor?: string;
  /** 1 to 100. */
  limit: number;
  /** Also how many there are in all. */
  counted?: boolean;
};

/** `count`: how many match in all, counted up to `COUNT_LIMIT`, if it was asked for. */
export type CataloguePage = { items: ListingRow[]; next?: string; count?: number };

/** Listings are counted no further than this; above, the page says "more than". */
export const COUNT_LIMIT = 1_000;

/** A page, newest first. @param query.cursor as a previous page gave it; an unreadable one begins again */
export const searchCatalogue = async (
  db: Reader,
  now: Date,
  viewer: Viewer,
  query: CatalogueQuery,
): Promise<CataloguePage> => {
  const { listings } = db.t;
  const cursor = readCursor(query.cursor);
  const matches = await matching(db, now, viewer, query);
  const rows = await db
    .select()
    .from(listings)
    .where(and(matches, cursor === undefined ? undefined : after(db, cursor)))
    .orderBy(desc(listings.published), desc(listings.row))
    .limit(query.limit + 1);
  // The box around the circle lets in its corners; they are taken out here and the page may be a little short.
  const items = rows.slice(0, query.limit).filter((row) => within(row, query.near) && maySee(viewer, row));
  const last = rows[query.limit - 1];
  return {
    items,
    ...(rows.length > query.limit && last !== undefined ? { next: writeCursor(last) } : {}),
    ...(query.counted === true ? { count: await countUpTo(db, matches) } : {}),
  };
};

const countUpTo = async (db: Reader, matches: SQL | undefined): Promise<number> => {
  const { listings } = db.t;
  const inner = db.select({ row: listings.row }).from(listings).where(matches).limit(COUNT_LIMIT).as('found');
  const [all] = await db.select({ n: sql<number>`count(*)` }).from(inner);
  return Number(all?.n ?? 0);
};

/** Is it past the day until which it was said to be valid? Then it is in no list any more. */
export const isExpired = (row: Pick<ListingRow, 'validUntil'>, now: Date): boolean =>
  row.validUntil !== null && row.validUntil <= now;

/** Number of published listings by host. @param shown count only what this viewer finds in the catalogue now, of these partners */
export const countByHost = async (
  db: Reader,
  shown?: { now: Date; viewer: Viewer; partners: string[] },
): Promise<Map<string, number>> => {
  const { listings } = db.t;
  const rows = await db
    .select({ host: listings.host, n: sql<number>`count(*)` })
    .from(listings)
    .where(
      shown === undefined
        ? eq(listings.state, 'published')
        : found(db, shown.now, shown.viewer, { limit: COUNT_LIMIT }, shown.partners),
    )
    .groupBy(listings.host);
  return new Map(rows.map((row) => [row.host, Number(row.n)]));
};

/** May this viewer see this listing on its page? Its own publisher is asked for elsewhere. */
export const maySee = (viewer: Viewer, row: Seen): boolean =>
  ['published', 'paused', 'closed'].includes(row.state) &&
  (row.audience === 'public' ||
    viewer.member ||
    (viewer.guest !== undefined && row.local && row.audience === 'peers' && mayGoTo(viewer.guest, row)));
type Seen = Pick<
  ListingRow,
  'state' | 'audience' | 'local' | 'withheld' | 'kind' | 'purpose' | 'latitude' | 'longitude'
>;

/**
 * Is it still to be seen at all: of nobody who is suspended or gone, not hidden by a moderator, and, a copy, of a server
 * that is still a partner?
 * @param known the publisher, where it has been read already
 */
export const isHere = async (
  db: Reader,
  row: Pick<ListingRow, 'uri' | 'local' | 'host' | 'publisher'>,
  viewer: Viewer,
  known?: ActorRow,
): Promise<boolean> => {
  if (!row.local && !(await isActivePeer(db, row.host))) return false;
  if (!(await isUnrestricted(db, viewer, row))) return false;
  const publisher = known ?? (await findActor(db, row.publisher));
  return publisher === undefined || (!publisher.suspended && publisher.deleted === null);
};

const matching = async (db: Reader, now: Date, viewer: Viewer, query: CatalogueQuery): Promise<SQL | undefined> => {
  const { peers } = db.t;
  // Copies count only while their server is an active peer; there are few peers, so they are named.
  const active = await db
    .select({ host: peers.host })
    .from(peers)
    .where(and(eq(peers.state, 'active'), query.host === undefined ? undefined : eq(peers.host, query.host)));
  const hidden = active.length === 0 ? undefined : await hiddenDomains(db);
  const hosts = active.map((peer) => peer.host).filter((host) => hidden === undefined || !isUnderRule(host, hidden));
  return found(db, now, viewer, query, hosts);
};

/** @param hosts partners of which copies are shown */
const found = (db: Reader, now: Date, viewer: Viewer, query: CatalogueQuery, hosts: string[]): SQL | undefined => {
  const { listings } = db.t;
  const words = query.q === undefined ? [] : queryWords(query.q);
  const box =
    query.near === undefined ? undefined : boundingBox(query.near.latitude, query.near.longitude, query.near.radiusKm);
  return and(
    eq(listings.state, 'published'),
    or(isNull(listings.validUntil), gt(listings.validUntil, now)),
    query.host === undefined
      ? hosts.length === 0
        ? eq(listings.local, true)
        : or(eq(listings.local, true), inArray(listings.host, hosts))
      : and(eq(listings.host, query.host), hosts.includes(query.host) ? undefined : eq(listings.local, true)),
    viewer.member
      ? undefined
      : viewer.guest === undefined
        ? eq(listings.audience, 'public')
        : or(eq(listings.audience, 'public'), givenTo(db, viewer.guest)),
    unrestricted(db, viewer),
    ofNobodySuspended(db),
    query.kinds === undefined || query.kinds.length === 0 ? undefined : inArray(listings.kind, [...query.kinds]),
    query.purpose === undefined ? undefined : eq(listings.purpose, query.purpose),
    query.publisher === undefined ? undefined : eq(listings.publisher, query.publisher),
    words.length === 0 ? (query.q?.trim() ? noneIfOnlySigns(query.q) : undefined) : matchesWords(db, words),
    box === undefined
      ? undefined
      : sql`${listings.latitude} BETWEEN ${box.south} AND ${box.north} AND ${listings.longitude} BETWEEN ${box.west} AND ${box.east}`,
  );
};

/** The same as `mayGoTo`, but for the corners of the box around a territory, which are taken out of what was read. */
const givenTo = (db: Reader, peer: Gives): SQL | undefined => {
  const { listings } = db.t;
  const { kinds, requests, territory } = peer.give ?? OPEN_SCOPE;
  if (kinds.length === 0) return undefined;
  const box =
    territory === undefined ? undefined : boundingBox(territory.latitude, territory.longitude, territory.radiusKm);
  return and(
    eq(listings.local, true),
    eq(listings.audience, 'peers'),
    inArray(listings.kind, [...kinds]),
    requests ? undefined : ne(listings.purpose, 'request'),
    // The list as its text: a host has nothing in it that would be written otherwise.
    sql`CAST(${listings.withheld} AS text) NOT LIKE ${`%"${peer.host}"%`}`,
    box === undefined
      ? undefined
      : sql`${listings.latitude} BETWEEN ${box.south} AND ${box.north} AND ${listings.longitude} BETWEEN ${box.west} AND ${box.east}`,
  );
};

/** For a query of listings: those of this node that anybody finds now, whether or not they are known here. @param host ours */
export const foundByAnybody = (db: Reader, now: Date, host: string): Promise<SQL | undefined> =>
  matching(db, now, { member: false }, { host, limit: 1 });

/** A query of nothing but punctuation finds nothing, rather than everything. */
const noneIfOnlySigns = (q: string): SQL | undefined => (q.trim() === '' ? undefined : sql`1 = 0`);

const within = (row: ListingRow, near: CatalogueQuery['near']): boolean =>
  near === undefined ||
  (row.latitude !== null &&
    row.longitude !== null &&
    distanceKm(near, { latitude: row.latitude, longitude: row.longitude }) <= near.radiusKm);

type Cursor = { published: Date; row: number };
const after = (db: Reader, cursor: Cursor): SQL => {
  const { listings } = db.t;
  return sql`(${listings.published}, ${listings.row}) < (${sql.param(cursor.published, listings.published)}, ${cursor.row})`;
};
const writeCursor = (row: ListingRow): string =>
  `${(row.published ?? row.created).getTime().toString(36)}-${row.row.toString(36)}`;
const readCursor = (text: string | undefined): Cursor | undefined => {
  const found = /^([0-9a-z]{1,11})-([0-9a-z]{1,11})$/.exec(text ?? '');
  return found === null
    ? undefined
    : { published: new Date(Number.parseInt(found[1]!, 36)), row: Number.parseInt(found[2]!, 36) };
};
