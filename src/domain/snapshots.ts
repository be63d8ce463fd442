/** Monthly statistics that are kept: our own, and those of partners with whom both sides agreed on it. */
import { and, desc, eq, gte, inArray, isNotNull } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { getCooperative } from './cooperative.ts';
import { enqueueJob } from './jobs.ts';
import { type PeerRow, listPeers, listedPeers } from './peers.ts';
import type { Places } from './places.ts';
import type { Scope } from './scopes.ts';
import type { Site } from './site.ts';
import { type Area, type Snapshot, monthBefore, weigh } from './statistics.ts';
import type { Kind } from './types.ts';

export type SnapshotRow = Reader['t']['snapshots']['$inferSelect'];
/** Months that are shown, and that are asked for. */
export const MONTHS = 12;
/** What was refused or could not be had is asked for again after it. */
const AGAIN_MS = 20 * 3_600_000;

/** Why a partner's snapshot is not counted; `statistics.refusals.<code>` in locales/ says it. */
export type Refusal =
  | 'absent'
  | 'unreachable'
  | 'unreadable'
  | 'notTheirs'
  | 'wrongMonth'
  | 'unsigned'
  | 'wrongSignature'
  | 'keyUnknown'
  | 'keyWaits'
  | 'tooSmall'
  | 'absurd'
  | 'stale';

const includes = (scope: Scope | null): boolean => scope?.data.includes('statistics') === true;
/** Did both sides say that statistics flow, both ways? */
export const weighsWith = (peer: PeerRow): boolean =>
  peer.state === 'active' && [peer.give, peer.take, peer.theirGive, peer.theirTake].every(includes);

/** Those whose snapshots are added up, if they publish any. */
export const partnersToWeigh = async (db: Reader): Promise<PeerRow[]> =>
  (await listPeers(db, ['active'])).filter(weighsWith);

export const keepSnapshot = async (
  tx: Tx,
  now: Date,
  of: { host: string; month: string },
  found: { body: Record<string, unknown> } | { refusal: Refusal },
): Promise<void> => {
  const { snapshots: s } = tx.t;
  const set =
    'body' in found
      ? { state: 'kept', reason: '', body: found.body, fetched: now }
      : { state: 'refused', reason: found.refusal, body: null, fetched: now };
  await tx
    .insert(s)
    .values({ ...of, ...set })
    .onConflictDoUpdate({ target: [s.host, s.month], set });
};

/** All of some hosts from this month on, newest first. */
export const snapshotsOf = async (db: Reader, hosts: string[], since: string): Promise<SnapshotRow[]> => {
  const { snapshots: s } = db.t;
  if (hosts.length === 0) return [];
  return db
    .select()
    .from(s)
    .where(and(inArray(s.host, hosts), gte(s.month, since)))
    .orderBy(desc(s.month))
    .limit(20_000);
};

/** Months of which this host's snapshot is kept, newest first. */
export const keptMonths = async (db: Reader, host: string): Promise<string[]> => {
  const { snapshots: s } = db.t;
  const rows = await db
    .select({ month: s.month })
    .from(s)
    .where(and(eq(s.host, host), eq(s.state, 'kept'), isNotNull(s.body)))
    .orderBy(desc(s.month))
    .limit(MONTHS);
  return rows.map(({ month }) => month);
};

export const findSnapshot = async (db: Reader, host: string, month: string): Promise<SnapshotRow | undefined> => {
  const { snapshots: s } = db.t;
  const [row] = await db
    .select()
    .from(s)
    .where(and(eq(s.host, host), eq(s.month, month)))
    .limit(1);
  return row;
};

/** Asks for the monthly work if there is some: our own snapshot of the last month, or one of a partner. */
export const planStatistics = async (db: Database, site: Site): Promise<void> => {
  if ((await getCooperative(db.read))?.statistics !== true) return;
  const now = site.now();
  const month = monthBefore(now);
  const hosts = [site.host, ...(await partnersToWeigh(db.read)).map(({ host }) => host)];
  const rows = new Map((await snapshotsOf(db.read, hosts, month)).map((row) => [row.host, row]));
  if (hosts.some((host) => isDue(rows.get(host), now)))
    await db.write((tx) => enqueueJob(tx, now, 'statistics', {}, 'statistics'));
};

/** Is this month's snapshot of a host still to be had? */
export const isDue = (row: SnapshotRow | undefined, now: Date): boolean =>
  row === undefined || (row.state !== 'kept' && Math.abs(now.getTime() - row.fetched.getTime()) >= AGAIN_MS);

/** Counts and keeps our own snapshot of the last month, once. @returns whether it was made now */
export const keepOwnSnapshot = async (db: Database, site: Site, places: Pick<Places, 'nearest'>): Promise<boolean> => {
  const cooperative = await getCooperative(db.read);
  const month = monthBefore(site.now());
  if (cooperative?.statistics !== true || (await findSnapshot(db.read, site.host, month)) !== undefined) return false;
  const body = await weigh(db.read, site, cooperative, places, month);
  await db.write((tx) => keepSnapshot(tx, site.now(), { host: site.host, month }, { body }));
  return true;
};

export type MonthTogether = {
  month: string;
  cooperatives: number;
  members: number;
  listings: number;
  exchanges: number;
};
export type Together = {
  months: MonthTogether[];
  /** Of the newest month. */
  kinds: { kind: Kind; n: number }[];
  areas: Area[];
  cooperatives: { host: string; name: string; territory: Snapshot['territory'] }[];
};

/** Adds up what this node and its consenting partners published, month by month, newest first. */
export const addUp = async (db: Reader, site: Site): Promise<Together> => {
  // Whoever a rule keeps out of lists is in none here either.
  const partners = (await listedPeers(db)).filter(weighsWith);
  const rows = await snapshotsOf(db, [site.host, ...partners.map(({ host }) => host)], monthBefore(site.now(), MONTHS));
  const kept = rows.flatMap((row) => {
    // What is kept was checked as it came in.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const value = row.body as Snapshot | null;
    return row.state === 'kept' && value !== null ? [{ host: row.host, month: row.month, value }] : [];
  });
  const months = [...new Set(kept.map(({ month }) => month))];
  const of = (month: string | undefined) => kept.filter((one) => one.month === month);
  const sum = (numbers: (number | undefined)[]): number => numbers.reduce<number>((all, n) => all + (n ?? 0), 0);
  const newest = of(months[0]);
  const kinds = new Map<Kind, number>();
  const areas = new Map<string, Area[]>();
  for (const { value } of newest) {
    for (const [kind, n] of Object.entries(value.listings?.kinds ?? {}) as [Kind, number][])
      kinds.set(kind, (kinds.get(kind) ?? 0) + n);
    for (const area of value.listings?.areas ?? []) areas.set(area.code, [...(areas.get(area.code) ?? []), area]);
  }
  return {
    months: months.map((month) => {
      const values = of(month).map(({ value }) => value);
      return {
        month,
        cooperatives: values.length,
        members: sum(values.map(({ members }) => members)),
        listings: sum(values.map(({ listings }) => listings?.total)),
        exchanges: sum(values.map(({ exchanges }) => exchanges)),
      };
    }),
    kinds: [...kinds].map(([kind, n]) => ({ kind, n })).toSorted((a, b) => b.n - a.n),
    areas: [...areas.values()].map(merged).toSorted((a, b) => b.n - a.n),
    cooperatives: newest.map(({ host, value }) => ({ host, name: value.name, territory: value.territory })),
  };
};

/** One area as several count it: their middle, by their weight. */
const merged = (all: Area[]): Area => {
  const n = all.reduce((sum, area) => sum + area.n, 0);
  const mean = (of: 'latitude' | 'longitude'): number => all.reduce((sum, area) => sum + area[of] * area.n, 0) / n;
  return { code: all[0]!.code, latitude: mean('latitude'), longitude: mean('longitude'), n };
};
