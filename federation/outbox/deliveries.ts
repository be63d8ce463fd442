/** The rows that wait to be sent: leased, finished, put off. One back-off per host, however much waits for it. */
import { and, asc, eq, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import type { Target } from '../addressing.ts';

export type DeliveryRow = Reader['t']['deliveries']['$inferSelect'];
export type Leased = { delivery: DeliveryRow; body: string };

/** A lease that is older belongs to a process that died. Longer than the slowest delivery by far. */
export const LEASE_MS = 90_000;
/** How long what was taken is gathered before it is noted; should the process die meanwhile, it is sent once more. */
const GATHER_MS = 50;
const STEP_MS = 5;
const STEPS_MS = [5, 20, 60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600].map((s) => s * 1_000);

/** Rows for one activity, with the state it announces. `key` = id of the key that signs, never the key itself. */
export const addDeliveries = async (
  tx: Tx,
  now: Date,
  activity: string,
  key: string,
  priority: number,
  targets: Target[],
): Promise<void> => {
  for (let from = 0; from < targets.length; from += 500) {
    await tx
      .insert(tx.t.deliveries)
      .values(
        targets.slice(from, from + 500).map((target) => ({
          activity,
          inbox: target.inbox,
          host: target.host,
          key,
          priority,
          state: 'waiting',
          attempts: 0,
          due: now,
          created: now,
        })),
      )
      .onConflictDoNothing();
  }
};

/**
 * Leases what may be sent now: per inbox the oldest ones in their order, no inbox twice at a time.
 * @param busy inboxes that this process is sending to already
 */
export const leaseDeliveries = async (
  db: Database,
  now: Date,
  busy: ReadonlySet<string>,
  limit: number,
): Promise<Map<string, Leased[]>> =>
  db.write(async (tx) => {
    const { deliveries: d, hosts, activities } = tx.t;
    const expired = new Date(now.getTime() - LEASE_MS);
    const taken = await tx
      .selectDistinct({ inbox: d.inbox })
      .from(d)
      .where(and(eq(d.state, 'waiting'), sql`${d.leased} >= ${sql.param(expired, d.leased)}`))
      .limit(1_000);
    const closed = [...new Set([...busy, ...taken.map((row) => row.inbox)])];
    const rows = await tx
      .select({ delivery: d, body: activities.body })
      .from(d)
      .innerJoin(activities, eq(activities.uri, d.activity))
      .leftJoin(hosts, eq(hosts.host, d.host))
      .where(
        and(
          eq(d.state, 'waiting'),
          lte(d.due, now),
          or(isNull(d.leased), lt(d.leased, expired)),
          or(isNull(hosts.retry), lte(hosts.retry, now)),
          closed.length === 0 ? undefined : sql`${d.inbox} NOT IN ${closed}`,
        ),
      )
      .orderBy(asc(d.priority), asc(d.row))
      .limit(limit);
    if (rows.length > 0)
      await tx
        .update(d)
        .set({ leased: now })
        .where(
          inArray(
            d.row,
            rows.map((row) => row.delivery.row),
          ),
        );
    const byInbox = new Map<string, Leased[]>();
    for (const row of rows) byInbox.set(row.delivery.inbox, [...(byInbox.get(row.delivery.inbox) ?? []), row]);
    return byInbox;
  });

/** These were taken by the other sides; their hosts are well again. @param taken rows by host, at most some hundred */
export const finishDeliveries = async (
  db: Database,
  now: Date,
  taken: readonly { host: string; rows: readonly number[] }[],
): Promise<void> =>
  db.write(async (tx) => {
    const { deliveries: d, hosts, peers } = tx.t;
    const rows = taken.flatMap((one) => one.rows);
    const names = [...new Set(taken.map((one) => one.host))];
    for (let from = 0; from < rows.length; from += 500)
      await tx
        .update(d)
        .set({ state: 'done', leased: null, error: null, finished: now })
        .where(inArray(d.row, rows.slice(from, from + 500)));
    await tx
      .update(hosts)
      .set({ failing: null, failures: 0, retry: null, error: null, updated: now })
      .where(and(inArray(hosts.host, names), isNotNull(hosts.failing)));
    await tx.update(peers).set({ lastDelivered: now }).where(inArray(peers.host, names));
  });

/**
 * Notes what was taken, many hosts in one transaction: whoever comes while one is under way goes into the next.
 * @param busy whether other deliveries are on their way
 * @returns a function that resolves once its rows are on disk
 */
export const createFinisher = (
  db: Database,
  now: () => Date,
  busy: () => boolean,
): ((host: string, rows: readonly number[]) => Promise<void>) => {
  const gathered: { host: string; rows: readonly number[] }[] = [];
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    await running?.catch(() => {});
    // A commit to disk costs as much as some fifty deliveries: while more are on their way, this one waits for them.
    for (let waited = 0; waited < GATHER_MS && busy(); waited += STEP_MS)
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    next = undefined;
    running = finishDeliveries(db, now(), gathered.splice(0));
    await running;
  };
  return (host, rows) => {
    gathered.push({ host, rows });
    next ??= flush();
    return next;
  };
};

/** The other side will never take this one: a dead letter at once. */
export const buryDelivery = async (db: Database, now: Date, row: number, error: string): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.deliveries)
      .set({
        state: 'dead',
        leased: null,
        error: error.slice(0, 500),
        finished: now,
        attempts: sql`${tx.t.deliveries.attempts} + 1`,
      })
      .where(eq(tx.t.deliveries.row, row));
  });

/**
 * The host did not take it this time: all that was leased for it goes back, and the host rests.
 * @param rows leased ones, the failed one first
 * @param options.retryAfterMs what the host asked for, if it did
 * @param options.giveUpMs older than this a delivery becomes a dead letter, which the admin can send again
 */
export const postponeHost = async (
  db: Database,
  now: Date,
  host: string,
  rows: number[],
  error: string,
  options: { giveUpMs: number; retryAfterMs?: number },
): Promise<void> =>
  db.write(async (tx) => {
    const { retryAfterMs, giveUpMs } = options;
    const { deliveries: d, hosts } = tx.t;
    const [before] = await tx.select().from(hosts).where(eq(hosts.host, host)).limit(1);
    const failures = (before?.failures ?? 0) + 1;
    const step = STEPS_MS[Math.min(failures, STEPS_MS.length) - 1]!;
    const wait = Math.max(step * (0.8 + Math.random() * 0.4), Math.min(retryAfterMs ?? 0, 24 * 3_600_000));
    const retry = new Date(now.getTime() + wait);
    const state = { failing: before?.failing ?? now, failures, retry, error: error.slice(0, 500), updated: now };
    await tx
      .insert(hosts)
      .values({ host, ...state })
      .onConflictDoUpdate({ target: hosts.host, set: state });
    await tx.update(d).set({ leased: null }).where(inArray(d.row, rows));
    const [failed] = rows;
    if (failed !== undefined)
      await tx
        .update(d)
        .set({ attempts: sql`${d.attempts} + 1`, error: error.slice(0, 500) })
        .where(eq(d.row, failed));
    const tooOld = new Date(now.getTime() - giveUpMs);
    await tx
      .update(d)
      .set({ state: 'dead', finished: now, error: error.slice(0, 500) })
      .where(and(eq(d.host, host), eq(d.state, 'waiting'), lt(d.created, tooOld)));
  });

/** Gives back what was leased and not sent: the process is stopping. */
export const returnLease = async (db: Database, rows: number[]): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.deliveries)
      .set({ leased: null })
      .where(and(inArray(tx.t.deliveries.row, rows), eq(tx.t.deliveries.state, 'waiting')));
  });

/** When the next delivery may be tried, if any waits. */
export const nextDue = async (db: Reader): Promise<Date | undefined> => {
  const { deliveries: d, hosts } = db.t;
  const [row] = await db
    .select({ due: d.due, retry: hosts.retry })
    .from(d)
    .leftJoin(hosts, eq(hosts.host, d.host))
    .where(eq(d.state, 'waiting'))
    .orderBy(asc(hosts.retry), asc(d.due))
    .limit(1);
  return row === undefined ? undefined : new Date(Math.max(row.due.getTime(), row.retry?.getTime() ?? 0));
};
