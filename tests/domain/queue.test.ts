/** What waits, what was given up, and what an admin may do about it. */
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { discardJob, failedJobs, retryJob } from '#domain/failed-jobs.ts';
import { enqueueJob, failJob, finishJob, leaseJobs, returnJob } from '#domain/jobs.ts';
import {
  attemptHostNow,
  deadLetters,
  discardDead,
  queueByHost,
  queueOfHost,
  queueTotals,
  replayDead,
} from '#domain/queue.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const minutes = (n: number): Date => new Date(NOW.getTime() + n * 60_000);

type Row = { host?: string; state?: string; due?: Date; created?: Date; leased?: Date; attempts?: number };
const add = async (db: Database, rows: Row[]): Promise<void> =>
  db.write(async (tx) => {
    const values = rows.map((row, n) => ({
      activity: `https://coop.example/a/${n}`,
      inbox: `https://${row.host ?? 'lyon.example'}/inbox`,
      host: 'lyon.example',
      key: 'k',
      priority: 5,
      state: 'waiting',
      attempts: 0,
      due: NOW,
      created: NOW,
      error: row.state === 'dead' ? '410 gone' : null,
      finished: row.state === 'dead' ? NOW : null,
      ...row,
    }));
    for (let from = 0; from < values.length; from += 500)
      await tx.insert(tx.t.deliveries).values(values.slice(from, from + 500));
  });
const rest = (db: Database, host: string, retry: Date): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .insert(tx.t.hosts)
      .values({ host, failures: 3, failing: minutes(-140), retry, error: 'timeout: x', updated: NOW });
  });

eachEngine('the queue', (engine) => {
  let fresh: Fresh;
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
  });
  afterEach(() => fresh.drop());

  test('per host: what waits, since when, why, and what was given up', async () => {
    const { db } = fresh;
    await add(db, [
      { host: 'lyon.example', created: minutes(-60) },
      { host: 'lyon.example', created: minutes(-30) },
      { host: 'lyon.example', state: 'dead', created: minutes(-9_000) },
      { host: 'bologna.example', created: minutes(-90) },
      { host: 'nantes.example', state: 'done' },
    ]);
    await rest(db, 'lyon.example', minutes(140));
    const queue = await queueByHost(db.read);
    expect(queue).toEqual([
      {
        host: 'lyon.example',
        waiting: 2,
        dead: 1,
        oldest: minutes(-60),
        failing: minutes(-140),
        error: 'timeout: x',
        retry: minutes(140),
      },
      {
        host: 'bologna.example',
        waiting: 1,
        dead: 0,
        oldest: minutes(-90),
        failing: null,
        error: null,
        retry: null,
      },
    ]);
    expect(await queueOfHost(db.read, 'lyon.example')).toEqual(queue[0]);
    expect(await queueOfHost(db.read, 'nowhere.example')).toMatchObject({ waiting: 0, dead: 0, oldest: null });
  });

  test('overdue is what could be sent and is not: not what rests, not what is being sent, not what is for later', async () => {
    const { db } = fresh;
    const overdue = async (): Promise<Date | null> => (await queueTotals(db.read, NOW)).overdue;
    expect(await queueTotals(db.read, NOW)).toEqual({
      waiting: 0,
      dead: 0,
      oldest: null,
      overdue: null,
      jobs: { waiting: 0, dead: 0 },
    });
    await add(db, [
      { host: 'down.example', due: minutes(-5_000), created: minutes(-5_000) },
      { host: 'sending.example', due: minutes(-50), leased: minutes(-1) },
      { host: 'later.example', due: minutes(50) },
    ]);
    await rest(db, 'down.example', minutes(10));
    expect(await overdue()).toBeNull();
    expect((await queueTotals(db.read, NOW)).oldest).toEqual(minutes(-5_000));
    // Its rest was over three minutes ago: since then it is ready, not for the days before.
    await db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: minutes(-3) });
    });
    expect(await overdue()).toEqual(minutes(-3));
    // A lease of a process that died long ago.
    await db.write(async (tx) => {
      await tx
        .update(tx.t.deliveries)
        .set({ leased: minutes(-20) })
        .where(eq(tx.t.deliveries.host, 'sending.example'));
    });
    expect(await overdue()).toEqual(minutes(-50));
    await db.write((tx) => enqueueJob(tx, minutes(-70), 'backfill', {}));
    expect(await overdue()).toEqual(minutes(-70));
  });

  test('a host is tried at once when an admin says so', async () => {
    const { db } = fresh;
    await add(db, [{ due: minutes(300) }]);
    await rest(db, 'lyon.example', minutes(140));
    await db.write((tx) => attemptHostNow(tx, NOW, 'lyon.example'));
    expect(await queueOfHost(db.read, 'lyon.example')).toMatchObject({ retry: null, failing: minutes(-140) });
    expect((await db.read.select().from(db.read.t.deliveries))[0]!.due).toEqual(NOW);
  });

  test('given up: one is sent again or forgotten, and of a host all, but nobody else’s', async () => {
    const { db } = fresh;
    await add(db, [
      ...Array.from({ length: 1_100 }, () => ({ state: 'dead', created: minutes(-40_000), attempts: 12 })),
      { host: 'bologna.example', state: 'dead' },
    ]);
    await rest(db, 'lyon.example', minutes(140));
    const [first, second, ...others] = await deadLetters(db.read, 'lyon.example', { limit: 3 });
    expect(others).toHaveLength(1);
    expect((await deadLetters(db.read, 'lyon.example', { limit: 1, before: second!.row }))[0]!.row).toBe(
      others[0]!.row,
    );
    // Of another host by its row: no.
    expect(await replayDead(db, NOW, { host: 'bologna.example', row: first!.row })).toBe(0);
    expect(await replayDead(db, NOW, { host: 'lyon.example', row: first!.row })).toBe(1);
    const { deliveries } = db.read.t;
    const [again] = await db.read.select().from(deliveries).where(eq(deliveries.row, first!.row));
    // As if it were new: else it would be given up at the first failure.
    expect(again).toMatchObject({ state: 'waiting', attempts: 0, due: NOW, created: NOW, finished: null });
    expect((await queueOfHost(db.read, 'lyon.example')).retry).toBeNull();
    expect(await discardDead(db, { host: 'lyon.example', row: second!.row })).toBe(1);
    expect(await discardDead(db, { host: 'lyon.example', row: second!.row })).toBe(0);
    expect(await replayDead(db, NOW, { host: 'lyon.example' })).toBe(1_098);
    expect(await queueOfHost(db.read, 'lyon.example')).toMatchObject({ waiting: 1_099, dead: 0 });
    expect(await discardDead(db, { host: 'bologna.example' })).toBe(1);
    expect(await db.read.$count(deliveries)).toBe(1_099);
  });

  test('a job that failed for good does not stand in the way of the next of its key, and can be tried or forgotten', async () => {
    const { db } = fresh;
    await db.write((tx) => enqueueJob(tx, NOW, 'sweep', {}, 'sweep'));
    const [job] = await leaseJobs(db, NOW, ['sweep'], 1);
    await failJob(db, NOW, { ...job!, attempts: 29 }, 'It broke.');
    await db.write((tx) => enqueueJob(tx, NOW, 'sweep', {}, 'sweep'));
    expect(await failedJobs(db.read, 10)).toMatchObject([{ row: job!.row, state: 'dead', error: 'It broke.' }]);
    const [next] = await leaseJobs(db, NOW, ['sweep'], 1);
    expect(next!.row).not.toBe(job!.row);
    expect(await db.write((tx) => discardJob(tx, next!.row))).toBe(false);
    expect(await db.write((tx) => retryJob(tx, NOW, job!.row))).toBe(true);
    expect(await leaseJobs(db, NOW, ['sweep'], 5)).toMatchObject([{ row: job!.row, attempts: 0 }]);
    await failJob(db, NOW, { ...job!, attempts: 29 }, 'It broke again.');
    expect(await db.write((tx) => discardJob(tx, job!.row))).toBe(true);
    expect(await failedJobs(db.read, 10)).toEqual([]);
  });

  test('a job that is given back can be taken at once, with the attempt not counted', async () => {
    const { db } = fresh;
    await db.write((tx) => enqueueJob(tx, NOW, 'mail', {}));
    const [job] = await leaseJobs(db, NOW, ['mail'], 1);
    expect(await leaseJobs(db, NOW, ['mail'], 1)).toEqual([]);
    await returnJob(db, job!);
    expect(await leaseJobs(db, NOW, ['mail'], 1)).toMatchObject([{ row: job!.row, attempts: 0 }]);
  });

  test('a job asked for while it is being done is done once more; while it rests, it is due at once', async () => {
    const { db } = fresh;
    const ask = (now: Date): Promise<void> => db.write((tx) => enqueueJob(tx, now, 'sweep', {}, 'sweep'));
    await ask(NOW);
    const [first] = await leaseJobs(db, NOW, ['sweep'], 5);
    await ask(NOW);
    await finishJob(db, first!);
    const [second, ...more] = await leaseJobs(db, minutes(1), ['sweep'], 5);
    expect([second?.row, more]).toEqual([first!.row, []]);
    await ask(minutes(1));
    await failJob(db, minutes(1), second!, 'It broke.');
    const [third] = await leaseJobs(db, minutes(2), ['sweep'], 5);
    expect(third?.row).toBe(first!.row);
    await failJob(db, minutes(2), third!, 'It broke again.');
    expect(await leaseJobs(db, minutes(2), ['sweep'], 5)).toEqual([]);
    await ask(minutes(2));
    const [fourth] = await leaseJobs(db, new Date(minutes(2).getTime() + 1), ['sweep'], 5);
    await finishJob(db, fourth!);
    expect(await leaseJobs(db, minutes(600), ['sweep'], 5)).toEqual([]);
  });
});
