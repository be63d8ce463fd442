/**
 * What must hold for the node to be of use: the database takes a write, the disk has room, what is due is being sent,
 * and the process is not about to end. Looked at once every two seconds at most, however many ask.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import type { Check } from '#domain/ports.ts';
import { queueTotals } from '#domain/queue.ts';
import { isHeld } from '#domain/restored.ts';
import type { Limits } from '#src/limits.ts';
import { describe, log } from '#src/log.ts';

export type Readiness = {
  checks: () => Promise<Check[]>;
  /** From now on the node says that it is not ready. */
  stopping: () => void;
};
export type ReadinessDeps = {
  db: Database;
  now: () => Date;
  limits: Limits['ready'];
  diskFree: () => Promise<number | undefined>;
  /** Does this process send? One that only serves pages is ready whatever the worker does. */
  works: boolean;
};

const KEPT_MS = 2_000;
const WRITE_MS = 5_000;
const MIB = 1_024 * 1_024;
const fine = (name: Check['name'], params: Check['params'] = {}): Check => ({
  name,
  ok: true,
  code: `${name}Fine`,
  params,
  problem: '',
  remedy: '',
});

export const createReadiness = (deps: ReadinessDeps): Readiness => {
  let ends = false;
  let kept: { checks: Promise<Check[]>; until: number } | undefined;
  /** A write that hangs must not be joined by another one with each question. */
  let writing: Promise<'done' | 'failed'> | undefined;

  const write = (): Promise<'done' | 'failed'> => {
    writing ??= noteTime(deps)
      .then(
        () => 'done' as const,
        (error: unknown) => {
          log.node.error('The database does not take a write: {error}', { error: describe(error) });
          return 'failed' as const;
        },
      )
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };

  const look = async (): Promise<Check[]> => [
    ...(ends ? [STOPPING] : []),
    await checkDatabase(write),
    await checkDisk(deps),
    ...(deps.works ? [await checkQueue(deps)] : []),
  ];

  return {
    checks: () => {
      if (kept === undefined || performance.now() > kept.until)
        kept = { checks: look(), until: performance.now() + KEPT_MS };
      return kept.checks;
    },
    stopping: () => {
      ends = true;
      kept = undefined;
    },
  };
};

const STOPPING: Check = {
  name: 'process',
  ok: false,
  code: 'stopping',
  params: {},
  problem: 'The node is stopping: it finishes what is under way and takes nothing new.',
  remedy: 'Wait until it has been started again.',
};

/** A write that stays: a full disk shows at the commit, not before. */
const noteTime = async ({ db, now }: ReadinessDeps): Promise<void> => {
  const value = now().toISOString();
  await db.write(async (tx) => {
    const { facts } = tx.t;
    const rows = await tx.update(facts).set({ value }).where(eq(facts.key, 'ready')).returning({ key: facts.key });
    if (rows.length === 0) await tx.insert(facts).values({ key: 'ready', value }).onConflictDoNothing();
  });
};

const checkDatabase = async (write: () => Promise<'done' | 'failed'>): Promise<Check> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), WRITE_MS);
  });
  const outcome = await Promise.race([write(), late]);
  clearTimeout(timer);
  if (outcome === 'done') return fine('database');
  return {
    name: 'database',
    ok: false,
    code: outcome === 'late' ? 'databaseSlow' : 'databaseFailed',
    params: { seconds: String(WRITE_MS / 1_000) },
    problem:
      outcome === 'late'
        ? `The database did not take a write within ${WRITE_MS / 1_000} seconds.`
        : 'The database does not take a write.',
    remedy:
      'Look at the log for its error; check that it runs, that its disk has room, and that no other program holds it.',
  };
};

const checkDisk = async ({ diskFree, limits }: ReadinessDeps): Promise<Check> => {
  const free = await diskFree();
  const needed = String(Math.round(limits.diskBytes / MIB));
  if (free === undefined)
    return {
      name: 'disk',
      ok: false,
      code: 'diskUnknown',
      params: {},
      problem: 'The directory of the data cannot be read.',
      remedy: 'Check that MAILLON_DATA is there and belongs to the user that runs Maillon.',
    };
  const params = { free: String(Math.floor(free / MIB)), needed };
  if (free >= limits.diskBytes) return fine('disk', params);
  return {
    name: 'disk',
    ok: false,
    code: 'diskLow',
    params,
    problem: `Only ${params.free} MiB are free on the disk of the data; ${needed} MiB are wanted (MAILLON_READY_DISK_MIB).`,
    remedy: 'Make room or use a larger disk, before it is full: then nothing more can be saved.',
  };
};

const checkQueue = async ({ db, now, limits }: ReadinessDeps): Promise<Check> => {
  const totals = await queueTotals(db.read, now()).catch(() => undefined);
  // The database's own check says it.
  if (totals === undefined) return fine('queue');
  const age = totals.overdue === null ? 0 : now().getTime() - totals.overdue.getTime();
  const params = { minutes: String(Math.floor(age / 60_000)), limit: String(limits.queueMs / 60_000) };
  if (age <= limits.queueMs) return fine('queue', params);
  // Nothing is sent on purpose, and the admin has to get in to confirm.
  if (await isHeld(db.read)) return { ...fine('queue', params), code: 'queueHeld' };
  return {
    name: 'queue',
    ok: false,
    code: 'queueOld',
    params,
    problem: `Something has been due for ${params.minutes} minutes and was not sent; ${params.limit} minutes are the limit (MAILLON_READY_QUEUE_MINUTES).`,
    remedy:
      'Look at the log for errors of the outbox and of jobs; restart the node (or its worker) if it does nothing.',
  };
};
