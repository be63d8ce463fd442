/** Work that is done later: mail, backfill, clean-up. A row is leased, not deleted, while it is done. */
import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, lte, notInArray, or, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';

export type JobRow = Reader['t']['jobs']['$inferSelect'];
/** Noted of work that could not be done yet, without a fault. */
export const TRIED_LATER = 'It is tried again later.';
/** A lease that is older belongs to a process that died; whoever lives renews it in time. */
export const JOB_LEASE_MS = 60_000;
const MAX_ATTEMPTS = 30;
/** What was written later than this from now was written before the clock was set back: its times mean nothing. */
const AHEAD_MS = 60_000;

/**
 * @param key at most one job has it. Asked for while that one waits, it is due now; while it is being done, once more
 *   after it: what it has read already may be what has changed.
 */
export const enqueueJob = async (
  tx: Tx,
  now: Date,
  type: string,
  data: Record<string, string>,
  key?: string,
): Promise<void> => {
  const { jobs } = tx.t;
  // Another time than that of the job that is being done: by it whoever ends that one sees that it was asked for again.
  const soon = new Date(now.getTime() + 1);
  const insert = tx
    .insert(jobs)
    .values({ type, key: key ?? null, data, state: 'waiting', attempts: 0, due: now, created: now });
  await insert.onConflictDoUpdate({
    target: jobs.key,
    set: { due: soon },
    setWhere: or(isNotNull(jobs.leased), gt(jobs.due, soon)),
  });
};

/**
 * Takes what is due, oldest first; a lease that ran out is taken again.
 * @param running rows that this process is busy with, whatever the clock says of their leases
 */
export const leaseJobs = async (
  db: Database,
  now: Date,
  types: string[],
  limit: number,
  running: number[] = [],
): Promise<JobRow[]> => {
  const { jobs } = db.read.t;
  const ahead = new Date(now.getTime() + AHEAD_MS);
  const open = and(
    inArray(jobs.type, types),
    eq(jobs.state, 'waiting'),
    or(lte(jobs.due, now), gt(jobs.created, ahead)),
    or(isNull(jobs.leased), lt(jobs.leased, new Date(now.getTime() - JOB_LEASE_MS)), gt(jobs.leased, ahead)),
    running.length === 0 ? undefined : notInArray(jobs.row, running),
  );
  const [any] = await db.read.select({ row: jobs.row }).from(jobs).where(open).limit(1);
  if (any === undefined) return [];
  return db.write(async (tx) => {
    const rows = await tx.select().from(jobs).where(open).orderBy(asc(jobs.due), asc(jobs.row)).limit(limit);
    if (rows.length > 0)
      await tx
        .update(jobs)
        .set({ leased: now, attempts: sql`${jobs.attempts} + 1` })
        .where(
          inArray(
            jobs.row,
            rows.map((job) => job.row),
          ),
        );
    return rows;
  });
};

/** Gives back all leases. Only for a process that works on its database alone, as it starts. */
export const releaseJobs = async (db: Database): Promise<void> =>
  db.write(async (tx) => {
    await tx.update(tx.t.jobs).set({ leased: null }).where(isNotNull(tx.t.jobs.leased));
  });

/** Says that these are still being done. */
export const renewJobs = async (db: Database, now: Date, rows: number[]): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.jobs)
      .set({ leased: now })
      .where(and(inArray(tx.t.jobs.row, rows), isNotNull(tx.t.jobs.leased)));
  });

/** Leaves it aside for the admin to see. */
export const buryJob = async (db: Database, job: JobRow, error: string): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.jobs)
      .set({ state: 'dead', key: null, leased: null, error: error.slice(0, 500) })
      .where(eq(tx.t.jobs.row, job.row));
  });

/** @param job as it was leased; asked for again since, it waits anew */
export const finishJob = async (db: Database, job: JobRow): Promise<void> =>
  db.write(async (tx) => {
    const { jobs } = tx.t;
    if (await isAskedAgain(tx, job))
      await tx.update(jobs).set({ leased: null, attempts: 0 }).where(eq(jobs.row, job.row));
    else await tx.delete(jobs).where(eq(jobs.row, job.row));
  });

const isAskedAgain = async (tx: Tx, job: JobRow): Promise<boolean> => {
  const [now] = await tx.select({ due: tx.t.jobs.due }).from(tx.t.jobs).where(eq(tx.t.jobs.row, job.row)).limit(1);
  return now !== undefined && now.due.getTime() !== job.due.getTime();
};

/**
 * Puts it off, longer each time (5 s to 6 h); after thirty attempts it is dead, for the admin to see.
 * @param job as it was leased; asked for again since, it is due at once
 */
export const failJob = async (db: Database, now: Date, job: JobRow, error: string): Promise<void> =>
  db.write(async (tx) => {
    const wait = Math.min(6 * 3_600_000, 5_000 * 3 ** Math.min(job.attempts, 8));
    const again = await isAskedAgain(tx, job);
    const dead = !again && job.attempts + 1 >= MAX_ATTEMPTS;
    await tx
      .update(tx.t.jobs)
      .set({
        leased: null,
        error: error.slice(0, 500),
        state: dead ? 'dead' : 'waiting',
        ...(again ? { attempts: 0 } : { due: new Date(now.getTime() + wait) }),
        // A dead one must not stand in the way of the next of its key.
        ...(dead ? { key: null } : {}),
      })
      .where(eq(tx.t.jobs.row, job.row));
  });

/** The process stops: whoever is next may take it at once, as if it had not been tried. @param job as it was leased */
export const returnJob = async (db: Database, job: JobRow): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.jobs)
      .set({ leased: null, attempts: job.attempts })
      .where(and(eq(tx.t.jobs.row, job.row), eq(tx.t.jobs.state, 'waiting')));
  });

/** @param types of jobs that may be done now */
export const nextJobDue = async (db: Reader, types: string[]): Promise<Date | undefined> => {
  const [row] = await db
    .select({ due: db.t.jobs.due })
    .from(db.t.jobs)
    .where(and(eq(db.t.jobs.state, 'waiting'), inArray(db.t.jobs.type, types)))
    .orderBy(asc(db.t.jobs.due))
    .limit(1);
  return row?.due;
};
