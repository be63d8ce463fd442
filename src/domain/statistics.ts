/**
 * What a cooperative weighs in a month, in numbers that give nobody away: none below five leaves, and none that is left
 * out can be had by taking the others from their sum.
 */
import { and, between, eq, gt, like } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { CooperativeRow } from './cooperative.ts';
import { foundByAnybody } from './catalogue.ts';
import type { Places } from './places.ts';
import type { Site } from './site.ts';
import { KINDS, type Kind } from './types.ts';

/** No count below it leaves the node. */
export const SMALLEST = 5;
const CHUNK = 2_000;
/** Departments and countries in one snapshot. */
export const MOST_AREAS = 300;

/** A department of France (`FR-13`) or another country (`IT`), with the middle of what is there, to a tenth of a degree. */
export type Area = { code: string; latitude: number; longitude: number; n: number };
export type Snapshot = {
  /** `2026-10`. */
  month: string;
  name: string;
  territory: { name: string; latitude: number | null; longitude: number | null; radiusKm: number };
  members?: number;
  listings?: { total: number; kinds: Partial<Record<Kind, number>>; areas: Area[] };
  /** Conversations about listings of this cooperative, begun in the month. */
  exchanges?: number;
};

export const monthOf = (when: Date): string => when.toISOString().slice(0, 7);
/** @param back months before the one of `now` */
export const monthBefore = (now: Date, back = 1): string =>
  monthOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)));
const edgesOf = (month: string): [Date, Date] => {
  const start = new Date(`${month}-01T00:00:00Z`);
  return [start, new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1) - 1)];
};

/**
 * Cells that may be shown beside their total: those of five and more, and of these the smallest are left out, too, until
 * all that is left out is nothing, or five and more together.
 */
export const showable = <T extends { n: number }>(cells: readonly T[], total: number): T[] => {
  const shown = cells.filter(({ n }) => n >= SMALLEST).toSorted((a, b) => b.n - a.n);
  const left = (): number => total - shown.reduce((sum, { n }) => sum + n, 0);
  while (shown.length > 0 && left() !== 0 && left() < SMALLEST) shown.pop();
  return shown;
};

const counted = (n: number): number | undefined => (n >= SMALLEST ? n : undefined);

/** Counts what is there now, and what was begun in the month. */
export const weigh = async (
  db: Reader,
  site: Site,
  cooperative: CooperativeRow,
  places: Pick<Places, 'nearest'>,
  month: string,
): Promise<Snapshot> => {
  const { accounts, conversations } = db.t;
  const members = counted(await db.$count(accounts, eq(accounts.state, 'active')));
  const [from, to] = edgesOf(month);
  // Each is counted where its listing lives, and by nobody else: else sums would have it twice.
  const exchanges = counted(
    await db.$count(
      conversations,
      and(between(conversations.created, from, to), like(conversations.context, `${site.origin}/users/%/items/%`)),
    ),
  );
  const listings = await weighListings(db, site, places);
  const { name, territoryName, latitude, longitude, radiusKm } = cooperative;
  return {
    month,
    name,
    territory: { name: territoryName, latitude, longitude, radiusKm },
    ...(members === undefined ? {} : { members }),
    ...(listings === undefined ? {} : { listings }),
    ...(exchanges === undefined ? {} : { exchanges }),
  };
};

/** What anybody finds, and nothing else: whoever took that from the number would have the rest, however small. */
const weighListings = async (
  db: Reader,
  site: Site,
  places: Pick<Places, 'nearest'>,
): Promise<Snapshot['listings']> => {
  const { listings } = db.t;
  const found = await foundByAnybody(db, site.now(), site.host);
  const kinds = new Map<Kind, number>();
  const areas = new Map<string, { n: number; latitude: number; longitude: number }>();
  const codes = new Map<string, string | undefined>();
  let total = 0;
  for (let after = 0; ;) {
    const rows = await db
      .select({ row: listings.row, kind: listings.kind, latitude: listings.latitude, longitude: listings.longitude })
      .from(listings)
      .where(and(found, gt(listings.row, after)))
      .orderBy(listings.row)
      .limit(CHUNK);
    for (const { kind, latitude, longitude } of rows) {
      total++;
      const known = KINDS.find((one) => one === kind);
      if (known !== undefined) kinds.set(known, (kinds.get(known) ?? 0) + 1);
      if (latitude === null || longitude === null) continue;
      const at = `${latitude} ${longitude}`;
      if (!codes.has(at)) codes.set(at, areaAt(places, { latitude, longitude }));
      const code = codes.get(at);
      if (code === undefined) continue;
      const area = areas.get(code) ?? { n: 0, latitude: 0, longitude: 0 };
      areas.set(code, { n: area.n + 1, latitude: area.latitude + latitude, longitude: area.longitude + longitude });
    }
    if (rows.length < CHUNK) break;
    after = rows.at(-1)!.row;
  }
  if (total < SMALLEST) return undefined;
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  return {
    total,
    kinds: Object.fromEntries(
      showable(
        [...kinds].map(([kind, n]) => ({ kind, n })),
        total,
      ).map(({ kind, n }) => [kind, n]),
    ),
    areas: showable(
      [...areas].map(([code, { n, latitude, longitude }]) => ({
        code,
        latitude: tenth(latitude / n),
        longitude: tenth(longitude / n),
        n,
      })),
      total,
    ).slice(0, MOST_AREAS),
  };
};

const areaAt = (places: Pick<Places, 'nearest'>, at: { latitude: number; longitude: number }): string | undefined => {
  const town = places.nearest(at);
  if (town === undefined) return undefined;
  return town.country === 'FR' && town.department !== '' ? `FR-${town.department}` : town.country;
};
