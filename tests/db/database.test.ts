import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
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
    const before = db.version();
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'version', value: 'changed' });
    });
    if (engine === 'postgres') await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(db.version()).not.toBe(before);
  });
});
