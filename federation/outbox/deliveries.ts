/** The rows that wait to be sent: written, done, put off, given up. One back-off per host, however much waits for it. */
import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import { among } from '#db/queries/many.ts';
import type { DeliveryRow } from './leases.ts';

/** How long what was taken is gathered before it is noted; should the process die meanwhile, it is sent once more. */
const GATHER_MS = 50;
const STEP_MS = 5;
const STEPS_MS = [5, 20, 60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600].map((s) => s * 1_000);
/** The n-th wait, in milliseconds, a fifth more or less, so that many who wait for one host do not come together. */
const stepAfter = (failures: number): number =>
  STEPS_MS[Math.min(failures, STEPS_MS.length) - 1]! * (0.8 + Math.random() * 0.4);

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
    await tx
      .update(d)
      .set({ state: 'done', leased: null, error: null, finished: now })
      .where(among(tx, d.row, rows));
    await tx
      .update(hosts)
      .set({ failing: null, failures: 0, retry: null, error: null, updated: now })
      .where(and(isNotNull(hosts.failing), among(tx, hosts.host, names)));
    await tx
      .update(peers)
      .set({ lastDelivered: now })
      .where(among(tx, peers.host, names));
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
    const wait = Math.max(stepAfter(failures), Math.min(retryAfterMs ?? 0, 24 * 3_600_000));
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

/**
 * The host answers, but not this one, time and again: it is put off by itself, and lets the others pass.
 */
export const postponeDelivery = async (
  db: Database,
  now: Date,
  delivery: DeliveryRow,
  error: string,
  giveUpMs: number,
): Promise<void> =>
  db.write(async (tx) => {
    const { deliveries: d } = tx.t;
    const dead = now.getTime() - delivery.created.getTime() > giveUpMs;
    await tx
      .update(d)
      .set({
        leased: null,
        attempts: sql`${d.attempts} + 1`,
        error: error.slice(0, 500),
        due: new Date(now.getTime() + stepAfter(delivery.attempts + 1)),
        ...(dead ? { state: 'dead', finished: now } : {}),
      })
      .where(eq(d.row, delivery.row));
  });
