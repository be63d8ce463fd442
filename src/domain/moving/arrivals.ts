/**
 * A member brings a file from elsewhere: it is looked at first and shown, then what they choose is taken, as jobs. Brought
 * twice, nothing is there twice: listings are known by where they come from.
 */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { and, desc, eq, gt, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { ArrivalChoice, ArrivalNote } from '#db/schema/leaving.ts';
import { newId } from '../ids.ts';
import { type JobRow, enqueueJob } from '../jobs.ts';
import { findAccount } from '../members.ts';
import type { Site } from '../site.ts';
import { type Result, fail, ok } from '../types.ts';
import { readContainer } from './read-container.ts';
import { type ArrivalDeps, look, take } from './take.ts';
import { ContainerFault, type Unpacked, unpack } from './unpack.ts';

export type ArrivalRow = Reader['t']['arrivals']['$inferSelect'];
export type { ArrivalChoice, ArrivalNote };

const DAY_MS = 86_400_000;
/** Until a file that was looked at is taken or forgotten; the report stays as long. */
const KEPT_MS = 30 * DAY_MS;
const A_DAY = 10;
const ATTEMPTS = 3;

const tarOf = (dir: string, id: string): string => join(dir, 'in', `${id}.tar`);
const folderOf = (dir: string, id: string): string => join(dir, 'in', id);

/** @returns the id under which a file may be sent, and where to put it; errors on `file`: arrivals.tooMany, arrivals.running */
export const prepareArrival = async (
  db: Reader,
  site: Site,
  dir: string,
  account: string,
): Promise<Result<{ id: string; path: string }>> => {
  const room = await roomFor(db, site, account);
  if (!room.ok) return room;
  const id = newId();
  return ok({ id, path: tarOf(dir, id) });
};

const roomFor = async (db: Reader, site: Site, account: string): Promise<Result<void>> => {
  const { arrivals } = db.t;
  const since = new Date(site.now().getTime() - DAY_MS);
  const today = await db.$count(arrivals, and(eq(arrivals.account, account), gt(arrivals.created, since)));
  if (today >= A_DAY) return fail({ field: 'file', code: 'arrivals.tooMany', params: { max: A_DAY } });
  const busy = and(eq(arrivals.account, account), inArray(arrivals.state, ['reading', 'taking']));
  if ((await db.$count(arrivals, busy)) > 0) return fail({ field: 'file', code: 'arrivals.running' });
  return ok(undefined);
};

/**
 * The file is there: it is looked at next. One that was brought before and not taken makes room for it.
 * @returns errors as `prepareArrival` has them: of several files that came at once the first counts
 */
export const beginArrival = async (tx: Tx, site: Site, account: string, id: string): Promise<Result<void>> => {
  const now = site.now();
  const { arrivals } = tx.t;
  const room = await roomFor(tx, site, account);
  if (!room.ok) return room;
  await tx.delete(arrivals).where(and(eq(arrivals.account, account), eq(arrivals.state, 'ready')));
  await tx.insert(arrivals).values({
    id,
    account,
    state: 'reading',
    done: 0,
    total: 0,
    created: now,
    expires: new Date(now.getTime() + KEPT_MS),
  });
  await enqueueJob(tx, now, 'arrival', { arrival: id }, `arrival ${id}`);
  return ok(undefined);
};

export const arrivalsOf = (db: Reader, now: Date, account: string): Promise<ArrivalRow[]> =>
  Promise.resolve(
    db
      .select()
      .from(db.t.arrivals)
      .where(and(eq(db.t.arrivals.account, account), gt(db.t.arrivals.expires, now)))
      .orderBy(desc(db.t.arrivals.created))
      .limit(20),
  );

export const findArrival = async (db: Reader, account: string, id: string): Promise<ArrivalRow | undefined> => {
  const { arrivals } = db.t;
  const [row] = await db
    .select()
    .from(arrivals)
    .where(and(eq(arrivals.id, id), eq(arrivals.account, account)))
    .limit(1);
  return row;
};

/** The member has chosen what is taken. @returns whether there was anything to choose */
export const takeArrival = async (
  tx: Tx,
  site: Site,
  account: string,
  id: string,
  choice: ArrivalChoice,
): Promise<boolean> => {
  const { arrivals } = tx.t;
  const rows = await tx
    .update(arrivals)
    .set({ state: 'taking', choice, done: 0 })
    .where(and(eq(arrivals.id, id), eq(arrivals.account, account), eq(arrivals.state, 'ready')))
    .returning({ id: arrivals.id });
  if (rows.length > 0) await enqueueJob(tx, site.now(), 'arrival', { arrival: id }, `arrival ${id}`);
  return rows.length > 0;
};

/** The member wants nothing of it. */
export const dropArrival = async (tx: Tx, site: Site, account: string, id: string): Promise<void> => {
  const { arrivals } = tx.t;
  await tx
    .delete(arrivals)
    .where(
      and(eq(arrivals.id, id), eq(arrivals.account, account), inArray(arrivals.state, ['ready', 'failed', 'done'])),
    );
  await enqueueJob(tx, site.now(), 'containers', {}, 'containers');
};

/** The job: looks at a file, or takes what was chosen. */
export const workOnArrival = async (
  deps: ArrivalDeps,
  job: JobRow,
  stop: AbortSignal,
): Promise<'done' | 'later' | 'returned'> => {
  const { db, site, dir } = deps;
  const id = job.data['arrival'] ?? '';
  const [row] = await db.read.select().from(db.read.t.arrivals).where(eq(db.read.t.arrivals.id, id)).limit(1);
  const account = row === undefined ? undefined : await findAccount(db.read, row.account);
  if (row === undefined || account === undefined || !['reading', 'taking'].includes(row.state)) return 'done';
  const note = (change: Partial<ArrivalRow>): Promise<void> =>
    db.write(async (tx) => {
      await tx.update(tx.t.arrivals).set(change).where(eq(tx.t.arrivals.id, id));
    });
  const end = async (change: Partial<ArrivalRow>): Promise<'done'> => {
    await note({ ...change, finished: site.now() });
    await Promise.all([rm(tarOf(dir, id), { force: true }), rm(folderOf(dir, id), { recursive: true, force: true })]);
    return 'done';
  };
  try {
    // Unpacked once: what was shown is what is taken.
    const unpacked = await unpackOnce(dir, id, stop);
    const brought = await readContainer(folderOf(dir, id), unpacked, account.actor);
    if (row.state === 'reading') {
      const report = await look(deps, account, folderOf(dir, id), brought);
      // The member may take their time: it need not lie here twice.
      await rm(folderOf(dir, id), { recursive: true, force: true });
      await note({ state: 'ready', report, total: brought.lines.length + brought.follows.length });
      return 'done';
    }
    const choice = row.choice ?? { profile: false, listings: 'none', follows: false };
    const report = await take(deps, account, folderOf(dir, id), brought, choice, {
      tell: (done) => note({ done }),
      stop,
    });
    if (report !== undefined) return await end({ state: 'done', report });
    // The row went with the account, or the process stops.
    return stop.aborted ? 'returned' : await end({ state: 'failed', fault: { code: 'unexpected' } });
  } catch (error) {
    if (stop.aborted) return 'returned';
    if (error instanceof ContainerFault)
      return end({ state: 'failed', fault: { code: error.code, params: error.params } });
    if (job.attempts + 1 < ATTEMPTS) throw error;
    return end({ state: 'failed', fault: { code: 'unexpected' } });
  }
};

/** A second look (the process was stopped, or it is taken now) begins from the file again, which is cheap and sure. */
const unpackOnce = async (dir: string, id: string, stop: AbortSignal): Promise<Unpacked> => {
  const [file, folder] = [tarOf(dir, id), folderOf(dir, id)];
  const there = await access(file).then(
    () => true,
    () => false,
  );
  // After a restore from a backup the row is there, the file is not.
  if (!there) throw new ContainerFault('fileGone');
  await rm(folder, { recursive: true, force: true });
  return unpack(file, folder, stop);
};
