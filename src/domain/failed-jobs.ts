/** Jobs that failed, as those see them who run the node: tried again by themselves, or given up. */
import { and, desc, eq, gt, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { JobRow } from './jobs.ts';

/** Given up, or failed at least once and to be tried again; newest first. */
export const failedJobs = async (db: Reader, limit: number): Promise<JobRow[]> => {
  const { jobs } = db.t;
  return db
    .select()
    .from(jobs)
    .where(or(eq(jobs.state, 'dead'), and(eq(jobs.state, 'waiting'), gt(jobs.error, ''))))
    .orderBy(desc(jobs.row))
    .limit(limit);
};

/** To be done now, with all its attempts before it. @returns whether there was such a job */
export const retryJob = async (tx: Tx, now: Date, row: number): Promise<boolean> => {
  const { jobs } = tx.t;
  const rows = await tx
    .update(jobs)
    .set({ state: 'waiting', attempts: 0, due: now })
    .where(and(eq(jobs.row, row), or(eq(jobs.state, 'dead'), gt(jobs.error, ''))))
    .returning({ row: jobs.row });
  return rows.length > 0;
};

/** @returns whether there was such a job that was given up: what is still tried cannot be forgotten */
export const discardJob = async (tx: Tx, row: number): Promise<boolean> => {
  const { jobs } = tx.t;
  const rows = await tx
    .delete(jobs)
    .where(and(eq(jobs.row, row), eq(jobs.state, 'dead')))
    .returning({ row: jobs.row });
  return rows.length > 0;
};
