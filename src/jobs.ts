/** Background jobs other than deliveries: mail, backfill, the daily sweep. One loop, leased rows, back-off. */
import type { Database } from '#db/database.ts';
import { type JobRow, failJob, finishJob, leaseJobs, nextJobDue } from '#domain/jobs.ts';
import { log } from './log.ts';

/** @returns `later` to be tried again after a back-off, `kept` if the handler has put the row aside itself */
export type JobHandler = (job: JobRow) => Promise<'done' | 'later' | 'kept'>;
export type JobRunner = { wake(): void; stop(): Promise<void>; idle(): Promise<void> };

const AT_ONCE = 4;
const LONGEST_SLEEP_MS = 15_000;

/** Runs what is due, `AT_ONCE` at a time. @param handlers by job type; other types wait for a version that knows them */
export const createJobRunner = (db: Database, now: () => Date, handlers: Record<string, JobHandler>): JobRunner => {
  const running = new Set<Promise<void>>();
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  const run = async (job: JobRow): Promise<void> => {
    try {
      const outcome = (await handlers[job.type]?.(job)) ?? 'later';
      if (outcome === 'done') await finishJob(db, job);
      if (outcome === 'later') await failJob(db, now(), job, 'It is tried again later.');
    } catch (error) {
      log.jobs.warning('Job {type} failed: {error}', { type: job.type, error: String(error) });
      await failJob(db, now(), job, String(error));
    }
  };

  const look = async (): Promise<void> => {
    do {
      again = false;
      if (stopped || running.size >= AT_ONCE) return;
      const jobs = await leaseJobs(db, now(), Object.keys(handlers), AT_ONCE - running.size);
      for (const job of jobs) {
        const work = run(job).catch((error: unknown) =>
          log.jobs.error('Job {type} could not be concluded: {error}', { type: job.type, error: String(error) }),
        );
        const tracked = work.finally(() => {
          running.delete(tracked);
          wake();
        });
        running.add(tracked);
      }
    } while (again);
  };

  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    clearTimeout(timer);
    looking = look()
      .catch((error: unknown) => log.jobs.error('The job runner stumbled: {error}', { error: String(error) }))
      .finally(() => {
        looking = undefined;
        void sleep();
      });
  };

  const sleep = async (): Promise<void> => {
    const due = await nextJobDue(db.read).catch(() => undefined);
    if (stopped || looking !== undefined) return;
    const wait =
      due === undefined ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(100, due.getTime() - now().getTime()));
    clearTimeout(timer);
    timer = setTimeout(wake, wait);
  };

  return {
    wake,
    idle: async () => {
      while (looking !== undefined || running.size > 0) await Promise.all([looking, ...running]);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await Promise.all(running);
    },
  };
};
