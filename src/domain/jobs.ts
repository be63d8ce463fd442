/** Work that is done later: mail, backfill, clean-up. A row is leased, not deleted, while it is done. */
import { and, asc, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';

export type JobRow = Reader['t']['jobs']['$inferSelect'];
const LEASE_MS = 120_000;
const MAX_ATTEMPTS = 30;

/** @param key at most one waiting job has it */
export const enqueueJob = async (
  tx: Tx,
  now: Date,
  type: string,
  data: Record<string, string>,
  key?: string,
): Promise<void> => {
  await tx
    .insert(tx.t.jobs)
    .values({ type, key: key ?? null, data, state: 'waiting', attempts: 0, due: now, created: now })
    .onConflictDoNothing();
};

/** Takes what is due, oldest first; a lease that ran out is taken again. */
export const leaseJobs = async (db: Database, now: Date, types: string[], limit: number): Promise<JobRow[]> => {
  const { jobs } = db.read.t;
  const open = and(
    inArray(jobs.type, types),
    eq(jobs.state, 'waiting'),
    lte(jobs.due, now),
    or(isNull(jobs.leased), lt(jobs.leased, new Date(now.getTime() - LEASE_MS))),
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

export const finishJob = async (db: Database, job: JobRow): Promise<void> =>
  db.write(async (tx) => {
    await tx.delete(tx.t.jobs).where(eq(tx.t.jobs.row, job.row));
  });

/** Puts it off, longer each time (5 s to 6 h); after thirty attempts it is dead, for the admin to see. */
export const failJob = async (db: Database, now: Date, job: JobRow, error: string): Promise<void> =>
  db.write(async (tx) => {
    const wait = Math.min(6 * 3_600_000, 5_000 * 3 ** Math.min(job.attempts, 8));
    const dead = job.attempts + 1 >= MAX_ATTEMPTS;
    await tx
      .update(tx.t.jobs)
      .set({
        leased: null,
        error: error.slice(0, 500),
        due: new Date(now.getTime() + wait),
        state: dead ? 'dead' : 'waiting',
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

export const nextJobDue = async (db: Reader): Promise<Date | undefined> => {
  const [row] = await db
    .select({ due: db.t.jobs.due })
    .from(db.t.jobs)
    .where(eq(db.t.jobs.state, 'waiting'))
    .orderBy(asc(db.t.jobs.due))
    .limit(1);
  return row?.due;
};
