/** Files with all that is a member's: asked for, made as a job, fetched for some days, gone. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { and, desc, eq, gt, inArray, isNotNull, lt, ne, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { findActor } from '../actors.ts';
import { newId } from '../ids.ts';
import { type JobRow, enqueueJob } from '../jobs.ts';
import { findAccount } from '../members.ts';
import type { Site } from '../site.ts';
import { type Result, fail, ok } from '../types.ts';
import { type ContainerDeps, Stopped, writeContainer } from './container.ts';

export type ExportRow = Reader['t']['exports']['$inferSelect'];

const DAY_MS = 86_400_000;
const KEPT_MS = 7 * DAY_MS;
/** Made in a day for one member: each takes disk and time. */
const A_DAY = 5;
/** Of one member at a time; the oldest go. */
const KEPT = 2;
const ATTEMPTS = 3;
/** Between two notes of how far it is. */
const NOTE_MS = 1_000;

export const exportPath = (dir: string, id: string): string => join(dir, 'out', `${id}.tar`);

/** @returns errors on `currentPassword`: exports.running, exports.tooMany */
export const askExport = async (tx: Tx, site: Site, account: string): Promise<Result<ExportRow>> => {
  const now = site.now();
  const { exports } = tx.t;
  const rows = await tx
    .select()
    .from(exports)
    .where(eq(exports.account, account))
    .orderBy(desc(exports.created))
    .limit(20);
  if (rows.some((row) => row.state === 'making')) return fail({ field: 'currentPassword', code: 'exports.running' });
  const today = rows.filter((row) => row.created.getTime() > now.getTime() - DAY_MS);
  if (today.length >= A_DAY) return fail({ field: 'currentPassword', code: 'exports.tooMany', params: { max: A_DAY } });
  const [row] = await tx
    .insert(exports)
    .values({
      id: newId(),
      account,
      state: 'making',
      done: 0,
      total: 0,
      created: now,
      expires: new Date(now.getTime() + KEPT_MS),
    })
    .returning();
  await enqueueJob(tx, now, 'export', { export: row!.id }, `export ${row!.id}`);
  return ok(row!);
};

/** Those of a member that are made or ready, newest first. */
export const exportsOf = (db: Reader, now: Date, account: string): Promise<ExportRow[]> =>
  Promise.resolve(
    db
      .select()
      .from(db.t.exports)
      .where(and(eq(db.t.exports.account, account), ne(db.t.exports.state, 'over'), gt(db.t.exports.expires, now)))
      .orderBy(desc(db.t.exports.created))
      .limit(10),
  );

/** @returns one of this member's, in whatever state it is */
export const findExport = async (
  db: Reader,
  now: Date,
  account: string,
  id: string,
): Promise<ExportRow | undefined> => {
  const { exports } = db.t;
  const [row] = await db
    .select()
    .from(exports)
    .where(and(eq(exports.id, id), eq(exports.account, account), ne(exports.state, 'over'), gt(exports.expires, now)))
    .limit(1);
  return row;
};

/** @returns the one that this member may fetch now */
export const readyExport = async (
  db: Reader,
  now: Date,
  account: string,
  id: string,
): Promise<ExportRow | undefined> => {
  const row = await findExport(db, now, account, id);
  return row?.state === 'ready' ? row : undefined;
};

/** The job: makes one. */
export const makeExport = async (
  deps: ContainerDeps & { dir: string },
  job: JobRow,
  stop: AbortSignal,
): Promise<'done' | 'later' | 'returned'> => {
  const { db, site, dir } = deps;
  const id = job.data['export'] ?? '';
  const { exports } = db.read.t;
  const [row] = await db.read.select().from(exports).where(eq(exports.id, id)).limit(1);
  if (row?.state !== 'making') return 'done';
  const account = await findAccount(db.read, row.account);
  const actor = account === undefined ? undefined : await findActor(db.read, account.actor);
  if (account === undefined || actor === undefined) return 'done';
  const note = (change: Partial<ExportRow>): Promise<void> =>
    db.write(async (tx) => {
      await tx.update(tx.t.exports).set(change).where(eq(tx.t.exports.id, id));
    });
  let [noted, noting] = [performance.now(), Promise.resolve()];
  const tell = (done: number, total: number): void => {
    if (performance.now() - noted < NOTE_MS) return;
    noted = performance.now();
    noting = noting.then(() => note({ done, total })).catch(() => {});
  };
  try {
    const bytes = await writeContainer(deps, { account, actor }, exportPath(dir, id), tell, stop);
    await noting;
    await note({ state: 'ready', bytes, finished: site.now() });
    await keepFew(db, row.account);
    await sweepFiles(db, dir);
    return 'done';
  } catch (error) {
    await noting;
    if (error instanceof Stopped) return 'returned';
    if (job.attempts + 1 < ATTEMPTS) throw error;
    await note({ state: 'failed', finished: site.now() });
    return 'done';
  }
};

const keepFew = (db: Database, account: string): Promise<void> =>
  db.write(async (tx) => {
    const { exports } = tx.t;
    const rows = await tx
      .select({ id: exports.id })
      .from(exports)
      .where(and(eq(exports.account, account), eq(exports.state, 'ready')))
      .orderBy(desc(exports.created))
      .limit(100);
    const old = rows.slice(KEPT).map((row) => row.id);
    // Its row stays: how many were made in a day is counted by them.
    if (old.length > 0) await tx.update(exports).set({ state: 'over' }).where(inArray(exports.id, old));
  });

/** An account is closed, or wants it gone: its rows go now, its files with the next look (`sweepFiles`). */
export const forgetContainers = async (tx: Tx, now: Date, account: string): Promise<void> => {
  await tx.delete(tx.t.exports).where(eq(tx.t.exports.account, account));
  await tx.delete(tx.t.arrivals).where(eq(tx.t.arrivals.account, account));
  await enqueueJob(tx, now, 'containers', {}, 'containers');
};

/** Removes what is over, and ends what nobody works on any more: its job was given up, or went with a crash. */
export const sweepContainers = async (db: Database, now: Date, dir: string): Promise<void> => {
  await db.write(async (tx) => {
    const { arrivals, exports, jobs } = tx.t;
    await tx.delete(exports).where(lt(exports.expires, now));
    await tx.delete(arrivals).where(lt(arrivals.expires, now));
    const keys = tx.select({ key: jobs.key }).from(jobs).where(isNotNull(jobs.key));
    await tx
      .update(exports)
      .set({ state: 'failed', finished: now })
      .where(and(eq(exports.state, 'making'), sql`'export ' || ${exports.id} NOT IN (${keys})`));
    await tx
      .update(arrivals)
      .set({ state: 'failed', finished: now, fault: { code: 'unexpected' } })
      .where(and(inArray(arrivals.state, ['reading', 'taking']), sql`'arrival ' || ${arrivals.id} NOT IN (${keys})`));
  });
  await sweepFiles(db, dir);
};

/** Removes files and folders whose row is gone, or whose work is done. */
export const sweepFiles = async (db: Database, dir: string): Promise<void> => {
  const { arrivals, exports } = db.read.t;
  // The names first: what is begun meanwhile is not among them.
  const names = async (folder: string): Promise<string[]> => readdir(join(dir, folder)).catch(() => []);
  const [out, inside] = [await names('out'), await names('in')];
  const made = await db.read
    .select({ id: exports.id })
    .from(exports)
    .where(inArray(exports.state, ['making', 'ready']))
    .limit(100_000);
  const brought = await db.read.select({ id: arrivals.id, state: arrivals.state }).from(arrivals).limit(100_000);
  const kept = new Set(made.map((row) => row.id));
  const states = new Map(brought.map((row) => [row.id, row.state]));
  for (const name of out) if (!kept.has(idOf(name))) await rm(join(dir, 'out', name), { force: true });
  for (const name of inside) {
    const [path, state] = [join(dir, 'in', name), states.get(idOf(name))];
    if (['reading', 'ready', 'taking'].includes(state ?? '')) continue;
    // Without a row it may be on its way in just now.
    if (state === undefined && Date.now() - (await writtenAt(path)) < UPLOAD_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
};

const UPLOAD_MS = 3_600_000;
const idOf = (name: string): string => name.split('.')[0] ?? '';
/** When it was last written to, by the clock of the disk; long ago if it is gone. */
const writtenAt = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
