/**
 * Something that ends the process whenever it is touched: an activity that comes in, a job, an announcement (long
 * form). The attempt is noted before it is made; after five ends it is left aside, and everything else goes on.
 */
import Sqlite from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { MAX_ENDS } from '#db/under-way.ts';
import { enqueueJob } from '#domain/jobs.ts';
import { findListingByUri } from '#domain/listings.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { report } from './audit.ts';
import { LONG, pause } from './support/chance.ts';
import { answers, spawnNode } from './support/process.ts';
import { createClock, settle } from './support/waiting.ts';

const clock = createClock();
const STEP_MS = 11 * 60_000;

/**
 * Starts it until it lives with what is deadly behind it, eleven minutes later each time.
 * @param diesOf words of the statement that is deadly
 * @param tempt what makes it meet it, once it answers
 * @returns how often it ended
 */
const endsOf = async (
  node: TestNode,
  diesOf: string,
  tempt: () => Promise<void>,
  lives: () => Promise<boolean>,
): Promise<number> => {
  let ends = 0;
  for (let start = 0; start < MAX_ENDS + 5; start++) {
    clock.ahead += STEP_MS;
    const env = { DIES_OF: diesOf, AHEAD_MS: String(clock.ahead) };
    const dying = spawnNode(node.env, 'tests/faults/support/dying-node.ts', env);
    let ended = false;
    void dying.ended.then(() => (ended = true));
    await answers(node.env, dying).catch(() => {});
    let past = false;
    for (let i = 0; i < 30 && !ended && !past; i++) {
      await tempt();
      await pause(50);
      past = await lives();
    }
    if (ended) {
      ends++;
      continue;
    }
    // It lives: because it lets some time pass, or because it has left it aside.
    await dying.kill();
    if (past) return ends;
  }
  throw new Error(`It never gets past it: ${ends} ends.`);
};

test('an activity, a job and an announcement that end the process are left aside after five ends', async () => {
  const overrides = { now: clock.now };
  const [marseille, lyon] = await Promise.all([
    startNode('marseille', { overrides }),
    startNode('lyon', { overrides }),
  ]);
  await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
  await peerUp(lyon, marseille);
  await settle(clock, [marseille, lyon]);
  const sendNow = (): Promise<void> =>
    lyon.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null });
    });
  const { deliveries } = lyon.db.read.t;
  const allSent = async (): Promise<boolean> =>
    (await lyon.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))) === 0;

  await marseille.down();
  await publish(lyon, 'bob', { title: 'Gift: a deadly title' });
  const { uri: innocent } = await publish(lyon, 'bob', { title: 'An innocent one behind it' });
  const inbox = await endsOf(marseille, 'insert into "listings"&deadly title', sendNow, allSent);
  expect(inbox).toBe(MAX_ENDS);
  await marseille.up();
  const { received } = marseille.db.read.t;
  expect(await marseille.db.read.select().from(received).where(eq(received.code, 'deadly'))).toHaveLength(1);
  expect(await findListingByUri(marseille.db.read, innocent)).toBeDefined();

  await marseille.db.write((tx) =>
    enqueueJob(tx, new Date(Date.now() + clock.ahead + 60_000), 'compare', { peer: 'deadly peer' }),
  );
  await marseille.db.write((tx) =>
    enqueueJob(tx, new Date(Date.now() + clock.ahead + 60_000), 'sweep', { why: 'innocent' }),
  );
  await marseille.down();
  const nothing = async (): Promise<void> => {};
  const file = `${marseille.env['MAILLON_DATA']}/maillon.db`;
  const said = async (query: string): Promise<boolean> => {
    const db = new Sqlite(file, { readonly: true });
    try {
      return db.prepare(query).get() !== undefined;
    } finally {
      db.close();
    }
  };
  const job = await endsOf(marseille, '"peers"&deadly peer', nothing, () =>
    said("SELECT 1 FROM jobs WHERE state = 'dead'"),
  );
  expect(job).toBe(MAX_ENDS);
  await marseille.up();
  const { jobs } = marseille.db.read.t;
  await until(
    'the innocent job is done',
    async () => (await marseille.db.read.$count(jobs, eq(jobs.type, 'sweep'))) === 0,
  );
  const [dead] = await marseille.db.read.select().from(jobs).where(eq(jobs.state, 'dead'));
  expect(dead?.error).toContain(`${MAX_ENDS} times`);
  const ends = [inbox, job];

  if (LONG) {
    // Written while nobody tells it.
    const { openDatabase } = await import('#db/database.ts');
    await marseille.down();
    const db = await openDatabase({ engine: 'sqlite', file });
    await publish({ ...marseille, db }, 'alice', { title: 'Gift: a deadly announcement' });
    const { uri } = await publish({ ...marseille, db }, 'alice', { title: 'Innocent, behind it' });
    await db.close();
    ends.push(
      await endsOf(marseille, 'insert into "activities"&deadly announcement', nothing, () =>
        said("SELECT 1 FROM announcements WHERE state = 'dead'"),
      ),
    );
    await settle(clock, [lyon]);
    await marseille.up();
    await until('the innocent one is told', async () => (await findListingByUri(lyon.db.read, uri)) !== undefined);
    expect(ends[2]).toBe(MAX_ENDS);
  }
  report(
    `poison: an activity ended the process ${inbox} times, a job ${job} times, then each was left aside; what was behind them went on`,
  );
  await Promise.all([marseille.drop(), lyon.drop()]);
});
