/** Monthly statistics on the wire, both ways. Read sternly: what is odd is refused as a whole, with its reason. */
import type { Refusal } from '#domain/snapshots.ts';
import { type Area, MOST_AREAS, SMALLEST, type Snapshot } from '#domain/statistics.ts';
import { KINDS } from '#domain/types.ts';
import { type JsonObject, isObject, list, text } from './json.ts';

const CONTEXT = 'https://www.w3.org/ns/activitystreams';
const MOST = { members: 10_000_000, listings: 10_000_000, exchanges: 100_000_000 };

export const writeSnapshot = (id: string, actor: string, value: Snapshot): JsonObject => ({
  '@context': CONTEXT,
  id,
  type: 'StatisticsSnapshot',
  attributedTo: actor,
  ...value,
});

export const writeIndex = (id: string, months: string[]): JsonObject => ({
  '@context': CONTEXT,
  id,
  type: 'OrderedCollection',
  totalItems: months.length,
  orderedItems: months.map((month) => `${id}/${month}`),
});

/** @returns the months that an index lists below itself, newest first */
export const readIndex = (document: JsonObject, id: string): string[] =>
  list(document['orderedItems'])
    .slice(0, 1_000)
    .flatMap((one) => {
      const url = typeof one === 'string' ? one : '';
      const month = url.startsWith(`${id}/`) ? url.slice(id.length + 1) : '';
      return /^\d{4}-(?:0[1-9]|1[0-2])$/.test(month) ? [month] : [];
    })
    .toSorted()
    .toReversed();

type Read = { ok: true; value: Snapshot } | { ok: false; refusal: Refusal };
const no = (refusal: Refusal): Read => ({ ok: false, refusal });

/** A number that was left out is fine; one that gives somebody away, or cannot be, is not. */
const count = (value: unknown, most: number): number | undefined | Refusal => {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) return 'absurd';
  return value < SMALLEST ? 'tooSmall' : value;
};
const coordinate = (value: unknown, most: number): number | null =>
  typeof value === 'number' && Math.abs(value) <= most ? value : null;

/** @param document whose origin, month and signature are checked already @param before the partner's of a month before */
export const readSnapshot = (document: JsonObject, month: string, before: Snapshot | undefined): Read => {
  const name = text(document['name'], 100);
  const territory = document['territory'];
  if (name === undefined || !isObject(territory)) return no('unreadable');
  const members = count(document['members'], MOST.members);
  const exchanges = count(document['exchanges'], MOST.exchanges);
  const listings = readListings(document['listings']);
  for (const one of [members, exchanges, listings]) if (typeof one === 'string') return no(one);
  const value: Snapshot = {
    month,
    name,
    territory: {
      name: text(territory['name'], 200) ?? '',
      latitude: coordinate(territory['latitude'], 90),
      longitude: coordinate(territory['longitude'], 180),
      radiusKm: coordinate(territory['radiusKm'], 20_000) ?? 0,
    },
    ...(typeof members === 'number' ? { members } : {}),
    ...(typeof listings === 'object' ? { listings } : {}),
    ...(typeof exchanges === 'number' ? { exchanges } : {}),
  };
  return leaps(value, before) ? no('absurd') : { ok: true, value };
};

const readListings = (value: unknown): Snapshot['listings'] | Refusal => {
  if (value === undefined) return undefined;
  if (!isObject(value) || !isObject(value['kinds'])) return 'unreadable';
  const total = count(value['total'], MOST.listings);
  if (typeof total !== 'number') return total ?? 'unreadable';
  const kinds: NonNullable<Snapshot['listings']>['kinds'] = {};
  for (const [key, given] of Object.entries(value['kinds'])) {
    const n = count(given, total);
    const kind = KINDS.find((one) => one === key);
    if (typeof n === 'string') return n;
    // A kind that this version does not know is in the total.
    if (kind !== undefined && n !== undefined) kinds[kind] = n;
  }
  const areas: Area[] = [];
  for (const area of list(value['areas'])) {
    if (!isObject(area) || areas.length >= MOST_AREAS) return 'absurd';
    const n = count(area['n'], total);
    if (typeof n !== 'number') return n ?? 'unreadable';
    const { code } = area;
    const [latitude, longitude] = [coordinate(area['latitude'], 90), coordinate(area['longitude'], 180)];
    if (typeof code !== 'string' || !/^[A-Z]{2}(?:-[0-9A-Z]{1,3})?$/.test(code)) return 'unreadable';
    if (latitude === null || longitude === null) return 'absurd';
    areas.push({ code, latitude, longitude, n });
  }
  const sum = (numbers: number[]): number => numbers.reduce((all, n) => all + n, 0);
  if (sum(Object.values(kinds)) > total || sum(areas.map(({ n }) => n)) > total) return 'absurd';
  if (new Set(areas.map(({ code }) => code)).size < areas.length) return 'absurd';
  return { total, kinds, areas };
};

/** Nobody grows twentyfold to tens of thousands within a month. */
const leaps = (now: Snapshot, before: Snapshot | undefined): boolean =>
  before !== undefined &&
  [
    [now.members, before.members],
    [now.listings?.total, before.listings?.total],
  ].some(([after = 0, earlier = SMALLEST]) => after > 10_000 && after > earlier * 20);
