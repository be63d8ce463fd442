/** Files that members take along or bring: how many, how long, whose, and what becomes of them when something dies. */
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginArrival, findArrival, prepareArrival, takeArrival } from '#domain/moving/arrivals.ts';
import {
  askExport,
  exportPath,
  exportsOf,
  forgetContainers,
  readyExport,
  sweepContainers,
} from '#domain/moving/exports.ts';
import type { Site } from '#domain/site.ts';
import { type Fresh, eachEngine, freshDatabase } from '../../support/databases.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

eachEngine('files of members', (engine) => {
  let fresh: Fresh;
  let now = new Date('2026-06-01T12:00:00Z');
  const site: Site = { origin: 'https://here.example', host: 'here.example', now: () => now };
  beforeEach(async () => {
    now = new Date('2026-06-01T12:00:00Z');
    fresh = await freshDatabase(engine);
    for (const folder of ['in', 'out']) mkdirSync(join(fresh.dir, folder));
  });
  afterEach(() => fresh.drop());

  const ask = () => fresh.db.write((tx) => askExport(tx, site, 'alice'));
  const states = async (): Promise<string[]> => (await exportsOf(fresh.db.read, now, 'alice')).map((row) => row.state);
  const all = (state: string): Promise<void> =>
    fresh.db.write(async (tx) => {
      await tx.update(tx.t.exports).set({ state });
      await tx.delete(tx.t.jobs);
    });

  test('one at a time, five a day, for its owner alone, for seven days', async () => {
    const first = await ask();
    if (!first.ok) throw new Error('not asked');
    expect(await ask()).toMatchObject({ ok: false, errors: [{ code: 'exports.running' }] });
    for (let i = 1; i < 5; i++) {
      await all('ready');
      expect((await ask()).ok).toBe(true);
    }
    await all('ready');
    expect(await ask()).toMatchObject({ ok: false, errors: [{ code: 'exports.tooMany', params: { max: 5 } }] });
    const { id } = first.value;
    expect(await readyExport(fresh.db.read, now, 'alice', id)).toBeDefined();
    expect(await readyExport(fresh.db.read, now, 'bob', id)).toBeUndefined();
    now = new Date(now.getTime() + 8 * DAY_MS);
    expect(await readyExport(fresh.db.read, now, 'alice', id)).toBeUndefined();
    writeFileSync(exportPath(fresh.dir, id), 'x');
    await sweepContainers(fresh.db, now, fresh.dir);
    expect(await fresh.db.read.$count(fresh.db.read.t.exports)).toBe(0);
    expect(existsSync(exportPath(fresh.dir, id))).toBe(false);
  });

  test('what nobody works on any more is over, and another may be asked for', async () => {
    expect((await ask()).ok).toBe(true);
    await sweepContainers(fresh.db, now, fresh.dir);
    expect(await states()).toEqual(['making']);
    // Its job was buried.
    await fresh.db.write(async (tx) => {
      await tx.update(tx.t.jobs).set({ state: 'dead', key: null });
      await beginArrival(tx, site, 'alice', 'a1');
      await tx.delete(tx.t.jobs).where(eq(tx.t.jobs.type, 'arrival'));
    });
    await sweepContainers(fresh.db, now, fresh.dir);
    expect(await states()).toEqual(['failed']);
    expect(await findArrival(fresh.db.read, 'alice', 'a1')).toMatchObject({
      state: 'failed',
      fault: { code: 'unexpected' },
    });
    expect((await ask()).ok).toBe(true);
  });

  test('of one that failed no part stays on the disk; of one that is being made it does', async () => {
    const asked = await ask();
    if (!asked.ok) throw new Error('not asked');
    const path = `${exportPath(fresh.dir, asked.value.id)}.partial`;
    // The process was killed while it was written.
    writeFileSync(path, 'x');
    await sweepContainers(fresh.db, now, fresh.dir);
    expect(existsSync(path)).toBe(true);
    await fresh.db.write(async (tx) => {
      await tx.update(tx.t.jobs).set({ state: 'dead', key: null });
    });
    await sweepContainers(fresh.db, now, fresh.dir);
    expect([await states(), existsSync(path)]).toEqual([['failed'], false]);
  });

  test('of what is brought one is kept until it is taken; what is just coming in is left alone', async () => {
    const prepare = () => prepareArrival(fresh.db.read, site, fresh.dir, 'alice');
    const bring = async (id: string): Promise<void> => {
      writeFileSync(join(fresh.dir, 'in', `${id}.tar`), 'x');
      await fresh.db.write((tx) => beginArrival(tx, site, 'alice', id));
    };
    const move = (id: string, state: string): Promise<void> =>
      fresh.db.write(async (tx) => {
        await tx.update(tx.t.arrivals).set({ state }).where(eq(tx.t.arrivals.id, id));
      });
    await bring('first');
    expect(await prepare()).toMatchObject({ ok: false, errors: [{ code: 'arrivals.running' }] });
    await move('first', 'ready');
    await bring('second');
    expect(await findArrival(fresh.db.read, 'alice', 'first')).toBeUndefined();
    expect(await findArrival(fresh.db.read, 'bob', 'second')).toBeUndefined();
    await move('second', 'ready');
    const choice = { profile: true, listings: 'none', follows: false } as const;
    const take = (who: string): Promise<boolean> =>
      fresh.db.write((tx) => takeArrival(tx, site, who, 'second', choice));
    expect([await take('bob'), await take('alice'), await take('alice')]).toEqual([false, true, false]);

    const there = (id: string): boolean => existsSync(join(fresh.dir, 'in', `${id}.tar`));
    writeFileSync(join(fresh.dir, 'in', 'coming.tar'), 'x');
    const long = new Date(Date.now() - 2 * HOUR_MS);
    utimesSync(join(fresh.dir, 'in', 'first.tar'), long, long);
    await sweepContainers(fresh.db, now, fresh.dir);
    expect([there('first'), there('second'), there('coming')]).toEqual([false, true, true]);
    await move('second', 'done');
    await sweepContainers(fresh.db, now, fresh.dir);
    expect(there('second')).toBe(false);
    await fresh.db.write((tx) => forgetContainers(tx, now, 'alice'));
    expect(await fresh.db.read.$count(fresh.db.read.t.arrivals)).toBe(0);
  });
});
