/** What waits to be sent and what was given up, as those see it who run the node: per host, in numbers and one by one. */
import { type SQL, and, asc, desc, eq, inArray, isNull, lt, lte, notInArray, or, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { rememberInboxes } from './moving/heard.ts';
import { hostsWithNewKeys } from './peer-keys.ts';

export type HostQueue = {
  host: string;
  waiting: number;
  dead: number;
  /** When the oldest that waits was written. */
  oldest: Date | null;
  /** First failure of the present series, its last error, and when it is tried again. */
  failing: Date | null;
  error: string | null;
  retry: Date | null;
};

const HOSTS_SHOWN = 200;
/** A lease that is older belongs to a process that died: what it held is overdue. */
const LEASE_MS = 120_000;

/** PostgreSQL answers instants of raw expressions as text or Date, SQLite as milliseconds. */
const instantOf = (value: unknown): Date | null =>
  value === null || value === undefined
    ? null
    : value instanceof Date
      ? value
      : new Date(typeof value === 'number' || typeof value === 'string' ? value : Number.NaN);

export type HostCounts = Pick<HostQueue, 'host' | 'waiting' | 'dead' | 'oldest'>;
/**
 * How much waits or was given up by host, those with the oldest first; at most two hundred.
 * @param only of these hosts, then of all of them
 */
export const countsByHost = async (db: Reader, only?: string[]): Promise<HostCounts[]> => {
  if (only?.length === 0) return [];
  const { deliveries: d } = db.t;
  const count = (state: string): SQL<number> => sql<number>`sum(CASE WHEN ${d.state} = ${state} THEN 1 ELSE 0 END)`;
  const oldest = sql<unknown>`min(CASE WHEN ${d.state} = 'waiting' THEN ${d.created} END)`;
  const rows = await db
    .select({ host: d.host, waiting: count('waiting'), dead: count('dead'), oldest })
    .from(d)
    .where(and(inArray(d.state, ['waiting', 'dead']), only === undefined ? undefined : inArray(d.host, only)))
    .groupBy(d.host)
    .orderBy(sql`min(${d.created})`)
    .limit(only?.length ?? HOSTS_SHOWN);
  return rows.map((row) => ({
    host: row.host,
    waiting: Number(row.waiting),
    dead: Number(row.dead),
    oldest: instantOf(row.oldest),
  }));
};

/** Every host for which something waits or was given up, those with the oldest first; at most two hundred. */
export const queueByHost = async (db: Reader): Promise<HostQueue[]> => {
  const { hosts } = db.t;
  const counts = await countsByHost(db);
  const named = counts.map(({ host }) => host);
  const found = named.length === 0 ? [] : await db.select().from(hosts).where(inArray(hosts.host, named));
  const known = new Map(found.map((row) => [row.host, row]));
  return counts.map((one) => ({ ...one, ...troubleOf(known.get(one.host)) }));
};

type HostRow = Reader['t']['hosts']['$inferSelect'];
const troubleOf = (row: HostRow | undefined): Pick<HostQueue, 'failing' | 'error' | 'retry'> => ({
  failing: row?.failing ?? null,
  error: row?.error ?? null,
  retry: row?.retry ?? null,
});

/** One host's queue. @returns zeros for a host that nothing waits for */
export const queueOfHost = async (db: Reader, host: string): Promise<HostQueue> => {
  const { deliveries: d, hosts } = db.t;
  const [row] = await db.select().from(hosts).where(eq(hosts.host, host)).limit(1);
  const [first] = await db
    .select({ created: d.created })
    .from(d)
    .where(and(eq(d.host, host), eq(d.state, 'waiting')))
    .orderBy(asc(d.row))
    .limit(1);
  return {
    host,
    waiting: await db.$count(d, and(eq(d.host, host), eq(d.state, 'waiting'))),
    dead: await db.$count(d, and(eq(d.host, host), eq(d.state, 'dead'))),
    oldest: first?.created ?? null,
    ...troubleOf(row),
  };
};

export type QueueTotals = {
  waiting: number;
  dead: number;
  /** When the oldest that waits was written, whatever it waits for. */
  oldest: Date | null;
  /** Since when the longest overdue could be sent (told, done): its host does not rest, and nobody has taken it. */
  overdue: Date | null;
  jobs: { waiting: number; dead: number };
};

/** @param now by which something is due */
export const queueTotals = async (db: Reader, now: Date): Promise<QueueTotals> => {
  const { deliveries: d, hosts, jobs, announcements } = db.t;
  const expired = new Date(now.getTime() - LEASE_MS);
  const held = await hostsWithNewKeys(db);
  const since = sql<unknown>`min(CASE WHEN ${hosts.retry} > ${d.due} THEN ${hosts.retry} ELSE ${d.due} END)`;
  const [sendable] = await db
    .select({ since })
    .from(d)
    .leftJoin(hosts, eq(hosts.host, d.host))
    .where(
      and(
        eq(d.state, 'waiting'),
        lte(d.due, now),
        or(isNull(d.leased), lt(d.leased, expired)),
        or(isNull(hosts.retry), lte(hosts.retry, now)),
        // An admin has to approve the other's new keys first.
        held.length === 0 ? undefined : notInArray(d.host, held),
      ),
    );
  const [untold] = await db
    .select({ created: announcements.created })
    .from(announcements)
    .where(eq(announcements.state, 'waiting'))
    .orderBy(asc(announcements.row))
    .limit(1);
  const [undone] = await db
    .select({ due: jobs.due })
    .from(jobs)
    .where(and(eq(jobs.state, 'waiting'), lte(jobs.due, now), or(isNull(jobs.leased), lt(jobs.leased, expired))))
    .orderBy(asc(jobs.due))
    .limit(1);
  const [counts] = await db
    .select({ waiting: sql<number>`count(*)`, oldest: sql<unknown>`min(${d.created})` })
    .from(d)
    .where(eq(d.state, 'waiting'));
  const overdue = [instantOf(sendable?.since), untold?.created ?? null, undone?.due ?? null].filter(
    (one) => one !== null,
  );
  return {
    waiting: Number(counts?.waiting ?? 0),
    dead: await db.$count(d, eq(d.state, 'dead')),
    oldest: instantOf(counts?.oldest),
    overdue: overdue.length === 0 ? null : new Date(Math.min(...overdue.map((one) => one.getTime()))),
    jobs: {
      waiting: await db.$count(jobs, eq(jobs.state, 'waiting')),
      dead: await db.$count(jobs, eq(jobs.state, 'dead')),
    },
  };
};

export type DeadLetter = {
  row: number;
  inbox: string;
  /** Type of the activity and URI of what it is about. */
  type: string;
  object: string;
  error: string;
  attempts: number;
  created: Date;
  finished: Date | null;
};

/** What was given up for a host, newest first. @param before `row` of the last one shown */
export const deadLetters = async (
  db: Reader,
  host: string,
  page: { before?: number; limit: number },
): Promise<DeadLetter[]> => {
  const { deliveries: d, activities: a } = db.t;
  const rows = await db
    .select({ delivery: d, type: a.type, object: a.object })
    .from(d)
    .leftJoin(a, eq(a.uri, d.activity))
    .where(and(eq(d.host, host), eq(d.state, 'dead'), page.before === undefined ? undefined : lt(d.row, page.before)))
    .orderBy(desc(d.row))
    .limit(page.limit);
  return rows.map(({ delivery, type, object }) => ({
    row: delivery.row,
    inbox: delivery.inbox,
    type: type ?? '',
    object: object ?? '',
    error: delivery.error ?? '',
    attempts: delivery.attempts,
    created: delivery.created,
    finished: delivery.finished,
  }));
};

/** The host's rest is over: what waits for it is due at once. Its series of failures goes on if it fails again. */
export const attemptHostNow = async (tx: Tx, now: Date, host: string): Promise<void> => {
  const { hosts, deliveries: d } = tx.t;
  await tx.update(hosts).set({ retry: null, updated: now }).where(eq(hosts.host, host));
  await tx
    .update(d)
    .set({ due: now })
    .where(and(eq(d.host, host), eq(d.state, 'waiting'), sql`${d.due} > ${sql.param(now, d.due)}`));
};

/** Rows that one transaction changes: a hundred thousand at once would make everybody wait. */
const BATCH = 1_000;

type Which = { host: string; row?: number };
const dead = (tx: Tx, which: Which, limit: number) => {
  const { deliveries: d } = tx.t;
  return tx
    .select({ row: d.row })
    .from(d)
    .where(and(eq(d.host, which.host), eq(d.state, 'dead'), which.row === undefined ? undefined : eq(d.row, which.row)))
    .orderBy(asc(d.row))
    .limit(limit);
};

/** Notes in the same transaction how many it was done to. */
export type NoteBatch = (tx: Tx, n: number) => Promise<void>;

/** @returns how many, in batches until none is left */
const inBatches = async (db: Database, batch: (tx: Tx) => Promise<number>, note?: NoteBatch): Promise<number> => {
  let all = 0;
  for (;;) {
    const some = await db.write(async (tx) => {
      const n = await batch(tx);
      if (n > 0) await note?.(tx, n);
      return n;
    });
    all += some;
    if (some < BATCH) return all;
  }
};

/**
 * Sends again what was given up: one letter, or all of a host. It waits as if it were new, for else it would be given
 * up at the first failure; the other side knows the activity by its id and takes it once.
 * @returns how many
 */
export const replayDead = async (db: Database, now: Date, which: Which, note?: NoteBatch): Promise<number> => {
  const batch = async (tx: Tx): Promise<number> => {
    const rows = (await dead(tx, which, BATCH)).map(({ row }) => row);
    if (rows.length > 0)
      await tx
        .update(tx.t.deliveries)
        .set({ state: 'waiting', attempts: 0, due: now, created: now, leased: null, finished: null })
        .where(inArray(tx.t.deliveries.row, rows));
    return rows.length;
  };
  const all = await inBatches(db, batch, note);
  if (all > 0) await db.write((tx) => attemptHostNow(tx, now, which.host));
  return all;
};

/** Forgets what was given up: one letter, or all of a host. @returns how many */
export const discardDead = async (db: Database, which: Which, note?: NoteBatch): Promise<number> => {
  const batch = async (tx: Tx): Promise<number> => {
    const rows = (await dead(tx, which, BATCH)).map(({ row }) => row);
    // Its answer may have been lost: that it may have got it stays known.
    await rememberInboxes(tx, rows);
    if (rows.length > 0) await tx.delete(tx.t.deliveries).where(inArray(tx.t.deliveries.row, rows));
    return rows.length;
  };
  return inBatches(db, batch, note);
};
