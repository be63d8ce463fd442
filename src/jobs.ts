/** Background jobs other than deliveries: mail, backfill, the daily sweep. One loop, leased rows, back-off. */
import type { Database } from '#db/database.ts';
import { remembered } from '#db/memo.ts';
import { MAX_ENDS, type UnderWay } from '#db/under-way.ts';
import {
  JOB_LEASE_MS,
  type JobRow,
  TRIED_LATER,
  buryJob,
  failJob,
  finishJob,
  leaseJobs,
  nextJobDue,
  renewJobs,
  returnJob,
} from '#domain/jobs.ts';
import { isHeld } from '#domain/restored.ts';
import { afterRequest, describe, log } from './log.ts';

/**
 * @param stop tells a long job to end where it is
 * @returns `later` to be tried again after a back-off, `kept` if the handler has put the row aside itself, `returned`
 *   if it ended early because of `stop`
 */
export type JobHandler = (job: JobRow, stop: AbortSignal) => Promise<'done' | 'later' | 'kept' | 'returned'>;
export type JobRunner = {
  wake(): void;
  /** Takes nothing more, tells what runs to end, waits for it for `graceMs`, and gives back what has not ended then. */
  stop(graceMs: number): Promise<void>;
  idle(): Promise<void>;
};

const AT_ONCE = 4;
const LONGEST_SLEEP_MS = 15_000;
/** After a failure of the runner itself, which is the database's. */
const REST_MS = 1_000;

/** These speak to nobody, and go on while everything that leaves the node is held after a restore. */
const STAY_HERE = new Set(['sweep', 'files', 'pictureAddresses', 'export', 'containers']);

/** Runs what is due, `AT_ONCE` at a time. @param handlers by job type; other types wait for a version that knows them */
export const createJobRunner = (
  db: Database,
  now: () => Date,
  handlers: Record<string, JobHandler>,
  underWay: UnderWay,
): JobRunner => {
  let stumbled = false;
  const running = new Map<JobRow, Promise<void>>();
  const cut = new AbortController();
  const held = remembered(db, ['facts'], isHeld);
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  const allowed = async (): Promise<string[]> => {
    const types = Object.keys(handlers);
    return (await held()) ? types.filter((type) => STAY_HERE.has(type)) : types;
  };

  const run = async (job: JobRow): Promise<void> => {
    try {
      const outcome = await underWay.run<Awaited<ReturnType<JobHandler>>>(
        `job ${job.type} ${job.row}`,
        async () => (await handlers[job.type]?.(job, cut.signal)) ?? 'later',
        {
          later: async () => 'later',
          never: async () => {
            await buryJob(db, job, `The process ended ${MAX_ENDS} times while this was done.`);
            return 'kept';
          },
        },
      );
      // Given back meanwhile: it is another's.
      if (!running.has(job)) return;
      if (outcome === 'returned') await returnJob(db, job);
      if (outcome === 'done') await finishJob(db, job);
      if (outcome === 'later') await failJob(db, now(), job, TRIED_LATER);
    } catch (error) {
      if (!running.has(job)) return;
      log.jobs.warning('Job {type} failed: {error}', { type: job.type, error: describe(error) });
      await failJob(db, now(), job, describe(error, { stack: false }));
    }
  };

  const look = async (): Promise<void> => {
    do {
      again = false;
      if (stopped || running.size >= AT_ONCE) return;
      const own = [...running.keys()].map(({ row }) => row);
      const jobs = await leaseJobs(db, now(), await allowed(), AT_ONCE - running.size, own);
      for (const job of jobs) {
        if (stopped) {
          await returnJob(db, job);
          continue;
        }
        // In the list before it starts: whoever is not in it any more has been given back.
        const { promise, resolve } = Promise.withResolvers<void>();
        running.set(job, promise);
        void run(job)
          .catch((error: unknown) =>
            log.jobs.error('Job {type} could not be concluded: {error}', { type: job.type, error: describe(error) }),
          )
          .finally(() => {
            running.delete(job);
            resolve();
            wake();
          });
      }
    } while (again);
  };

  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    clearTimeout(timer);
    looking = afterRequest(look)
      .catch((error: unknown) => {
        stumbled = true;
        log.jobs.error('The job runner stumbled: {error}', { error: describe(error) });
      })
      .finally(() => {
        looking = undefined;
        void sleep();
      });
  };

  const sleep = async (): Promise<void> => {
    const due = await allowed()
      .then((types) => nextJobDue(db.read, types))
      .catch(() => undefined);
    if (stopped || looking !== undefined) return;
    const least = stumbled ? REST_MS : 100;
    const wait =
      due === undefined && !stumbled
        ? LONGEST_SLEEP_MS
        : Math.min(LONGEST_SLEEP_MS, Math.max(least, (due ?? now()).getTime() - now().getTime()));
    stumbled = false;
    clearTimeout(timer);
    timer = setTimeout(wake, wait);
  };

  const renewal = setInterval(() => {
    const own = [...running.keys()].map(({ row }) => row);
    if (own.length > 0)
      renewJobs(db, now(), own).catch((error: unknown) =>
        log.jobs.warning('Leases were not renewed: {error}', { error: describe(error) }),
      );
  }, JOB_LEASE_MS / 3);
  renewal.unref();

  return {
    wake,
    idle: async () => {
      while (looking !== undefined || running.size > 0) await Promise.all([looking, ...running.values()]);
    },
    stop: async (graceMs) => {
      stopped = true;
      clearTimeout(timer);
      await looking;
      cut.abort();
      let late: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => {
        late = setTimeout(resolve, graceMs);
      });
      await Promise.race([grace, Promise.all(running.values())]);
      clearTimeout(late);
      clearInterval(renewal);
      const left = [...running.keys()];
      running.clear();
      for (const job of left) await returnJob(db, job);
    },
  };
};
