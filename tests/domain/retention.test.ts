/** What is kept, how long, and that nothing needed goes with what is old. */
import { asc } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { receive, wasReceived } from '#domain/received.ts';
import { sweepOld } from '#domain/retention.ts';
import { DEFAULT_LIMITS, LIMITS } from '#src/limits.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);
const { keep } = DEFAULT_LIMITS;

const addActivity = async (db: Database, name: string, age: number, listed: boolean): Promise<void> =>
  db.write(async (tx) => {
    await tx.insert(tx.t.activities).values({
      uri: name,
      actor: 'https://coop.example/users/ada',
      type: 'Create',
      object: 'o',
      listed,
      body: '{}',
      created: daysAgo(age),
    });
  });
const addDelivery = async (
  db: Database,
  activity: string,
  state: 'waiting' | 'done' | 'dead',
  finished?: Date,
): Promise<void> =>
  db.write(async (tx) => {
    await tx.insert(tx.t.deliveries).values({
      activity,
      inbox: `https://lyon.example/inbox/${state}`,
      host: 'lyon.example',
      key: 'k',
      priority: 5,
      state,
      attempts: 1,
      due: NOW,
      created: daysAgo(300),
      finished: finished ?? null,
    });
  });
const note = (db: Database, n: number, created: Date): Promise<boolean> =>
  db.write((tx) =>
    receive(tx, created, {
      uri: `https://lyon.example/a/${n}`,
      actor: 'https://lyon.example/users/bob',
      host: 'lyon.example',
      type: 'Create',
      outcome: 'ignored',
      code: 'notPartner',
      reason: 'x',
    }),
  );

eachEngine('what is old', (engine) => {
  let fresh: Fresh;
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
  });
  afterEach(() => fresh.drop());

  test('the journal loses what is older than its time, however much, and knows every copy that may still come', async () => {
    const { db } = fresh;
    await db.write(async (tx) => {
      const rows = Array.from({ length: 1_200 }, (_, n) => ({
        uri: `https://old.example/a/${n}`,
        actor: 'https://old.example/users/bob',
        host: 'old.example',
        type: 'Create',
        outcome: 'applied',
        reason: '',
        created: daysAgo(91),
      }));
      for (let from = 0; from < rows.length; from += 200)
        await tx.insert(tx.t.received).values(rows.slice(from, from + 200));
    });
    await note(db, 1, daysAgo(89));
    await note(db, 2, NOW);
    expect(await sweepOld(db, NOW, keep)).toMatchObject({ journal: 1_200 });
    expect((await db.read.select().from(db.read.t.received)).map((row) => row.uri)).toEqual([
      'https://lyon.example/a/1',
      'https://lyon.example/a/2',
    ]);
    // The longest that an honest server may take to come again is shorter than the shortest that a line may stay.
    expect(LIMITS.MAILLON_GIVE_UP_DAYS.max + LIMITS.MAILLON_KEEP_DEAD_DAYS.max).toBeLessThan(
      LIMITS.MAILLON_KEEP_JOURNAL_DAYS.min,
    );
    expect(await wasReceived(db.read, 'https://lyon.example/a/1')).toBe(true);
    expect(await note(db, 1, NOW)).toBe(false);
  });

  test('deliveries and activities: what is waited for stays, however old', async () => {
    const { db } = fresh;
    await addActivity(db, 'waited for', 300, false);
    await addDelivery(db, 'waited for', 'waiting');
    await addActivity(db, 'sent long ago', 300, false);
    await addDelivery(db, 'sent long ago', 'done', daysAgo(8));
    await addActivity(db, 'sent lately', 300, false);
    await addDelivery(db, 'sent lately', 'done', daysAgo(6));
    await addActivity(db, 'given up, to be sent again', 300, false);
    await addDelivery(db, 'given up, to be sent again', 'dead', daysAgo(59));
    await addActivity(db, 'given up and forgotten', 300, false);
    await addDelivery(db, 'given up and forgotten', 'dead', daysAgo(61));
    await addActivity(db, 'said publicly last year', 366, true);
    await addActivity(db, 'said publicly this year', 364, true);
    await db.write(async (tx) => {
      for (const [id, state, age] of [
        ['told', 'done', 8],
        ['untold', 'waiting', 8],
      ] as const)
        await tx
          .insert(tx.t.announcements)
          .values({ id, type: 'listing.updated', actor: 'a', subject: 's', data: {}, state, created: daysAgo(age) });
    });
    expect(await sweepOld(db, NOW, keep)).toEqual({
      journal: 0,
      audit: 0,
      sent: 1,
      dead: 1,
      activities: 3,
      announcements: 1,
      reports: 0,
    });
    const { activities, announcements } = db.read.t;
    expect((await db.read.select().from(activities).orderBy(asc(activities.row))).map((row) => row.uri)).toEqual([
      'waited for',
      'sent lately',
      'given up, to be sent again',
      'said publicly this year',
    ]);
    expect((await db.read.select().from(announcements)).map((row) => row.id)).toEqual(['untold']);
    // And a second time nothing more.
    expect(await sweepOld(db, NOW, keep)).toEqual({
      journal: 0,
      audit: 0,
      sent: 0,
      dead: 0,
      activities: 0,
      announcements: 0,
      reports: 0,
    });
  });

  test('a sweep that is told to end does so between two batches', async () => {
    const { db } = fresh;
    await note(db, 1, daysAgo(100));
    expect(await sweepOld(db, NOW, keep, AbortSignal.abort())).toMatchObject({ journal: 0 });
    expect(await wasReceived(db.read, 'https://lyon.example/a/1')).toBe(true);
  });
});
