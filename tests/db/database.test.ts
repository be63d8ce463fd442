import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eq, like, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
import { remembered } from '#db/memo.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';

eachEngine('the database', (engine) => {
  let fresh: Fresh;
  beforeAll(async () => {
    fresh = await freshDatabase(engine);
  });
  afterAll(() => fresh.drop());

  test('what one transaction wrote is read afterwards', async () => {
    const { db } = fresh;
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'greeting', value: 'bonjour' });
    });
    expect(await db.read.select().from(db.read.t.facts).where(eq(db.read.t.facts.key, 'greeting'))).toEqual([
      { key: 'greeting', value: 'bonjour' },
    ]);
  });

  test('a transaction that throws leaves nothing behind', async () => {
    const { db } = fresh;
    const attempt = db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'half', value: 'saved' });
      throw new Error('changed my mind');
    });
    await expect(attempt).rejects.toThrow('changed my mind');
    expect(await db.read.select().from(db.read.t.facts).where(eq(db.read.t.facts.key, 'half'))).toEqual([]);
  });

  test('a query that outlives its transaction throws', async () => {
    const { db } = fresh;
    let kept: Tx | undefined;
    await db.write(async (tx) => {
      kept = tx;
    });
    await expect((async () => kept!.select().from(kept!.t.facts))()).rejects.toThrow(/./);
  });

  test('two who count at once both count', async () => {
    const { db } = fresh;
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'count', value: '0' });
    });
    const count = () =>
      db.write(async (tx) => {
        const [row] = await tx.select().from(tx.t.facts).where(eq(tx.t.facts.key, 'count'));
        await tx
          .update(tx.t.facts)
          .set({ value: String(Number(row!.value) + 1) })
          .where(eq(tx.t.facts.key, 'count'));
      });
    await Promise.all(Array.from({ length: 8 }, count));
    expect((await db.read.select().from(db.read.t.facts).where(eq(db.read.t.facts.key, 'count')))[0]?.value).toBe('8');
  });

  test('the version changes with a commit', async () => {
    const { db } = fresh;
    const before = await db.version();
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'version', value: 'changed' });
    });
    expect(await db.version()).not.toBe(before);
  });

  test('of many who write at once, the one that fails takes back its own and nothing else', async () => {
    const { db } = fresh;
    const put = (key: string, wrong: boolean) =>
      db.write(async (tx) => {
        await tx.insert(tx.t.facts).values({ key, value: 'here' });
        if (wrong) throw new Error(`${key} is wrong`);
        return key;
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => put(`many-${i}`, i % 7 === 3)));
    const rows = await db.read.select().from(db.read.t.facts).where(like(db.read.t.facts.key, 'many-%'));
    const kept = new Set(rows.map((row) => row.key));
    for (const [i, outcome] of outcomes.entries()) {
      expect(outcome.status).toBe(i % 7 === 3 ? 'rejected' : 'fulfilled');
      expect(kept.has(`many-${i}`)).toBe(i % 7 !== 3);
    }
  });

  test('what is remembered is read again once its table was written, and not before', async () => {
    const { db } = fresh;
    let reads = 0;
    const facts = remembered(db, ['facts'], async (read) => {
      reads++;
      return read.$count(read.t.facts);
    });
    const before = await facts();
    expect(await facts()).toBe(before);
    expect(reads).toBe(1);
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'remembered', value: 'now' });
    });
    expect(await facts()).toBe(before + 1);
    expect(reads).toBe(2);
  });
});

test('a disk that is full fails those who write, loses nothing of what was told to be saved, and recovers', async () => {
  const fresh = await freshDatabase('sqlite');
  const { db, dir } = fresh;
  const put = (i: number) =>
    db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: `full-${i}`, value: 'x'.repeat(20_000) });
    });
  await put(-1);
  const other = new Sqlite(join(dir, 'maillon.db'));
  const pages = other.pragma('page_count', { simple: true });
  other.close();
  // The limit is the connection's own: the writer is asked to set it through a transaction's raw statement.
  await db.write((tx) => tx.execute(sql.raw(`PRAGMA max_page_count = ${Number(pages) + 30}`)));
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => put(i)));
  const saved = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [`full-${i}`] : []));
  expect(saved.length).toBeLessThan(20);
  const rows = await db.read.select().from(db.read.t.facts).where(like(db.read.t.facts.key, 'full-%'));
  expect(rows.map((row) => row.key).toSorted()).toEqual(['full--1', ...saved].toSorted());
  await db.write((tx) => tx.execute(sql.raw('PRAGMA max_page_count = 1000000')));
  await put(100);
  await fresh.drop();
});
