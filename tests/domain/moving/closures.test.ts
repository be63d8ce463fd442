/** The report of a farewell: by server, also those that are shut out, what was given up, forgotten or sent again. */
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginClosure, readClosure, settleClosures, sweepClosures } from '#domain/moving/closures.ts';
import { everSentTo } from '#domain/moving/heard.ts';
import { sweepOld } from '#domain/retention.ts';
import type { Site } from '#domain/site.ts';
import { inboxesForFarewell } from '#federation/addressing.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { type Fresh, eachEngine, freshDatabase } from '../../support/databases.ts';
import { peerRow } from '../../support/peer-row.ts';

const DAY_MS = 86_400_000;
const ALICE = 'https://here.example/users/alice';
const COOP = 'https://here.example/users/coop';
const DELETE = `${ALICE}/activities/farewell`;

eachEngine('a farewell', (engine) => {
  let fresh: Fresh;
  let now = new Date('2026-06-01T12:00:00Z');
  const site: Site = { origin: 'https://here.example', host: 'here.example', now: () => now };
  beforeEach(async () => {
    now = new Date('2026-06-01T12:00:00Z');
    fresh = await freshDatabase(engine);
  });
  afterEach(() => fresh.drop());

  const activity = (uri: string, actor: string, object: string): Promise<void> =>
    fresh.db.write(async (tx) => {
      await tx
        .insert(tx.t.activities)
        .values({ uri, actor, type: 'X', object, listed: false, body: '{}', created: now });
    });
  const delivery = (to: string, of: string, state: 'waiting' | 'done' | 'dead', error?: string): Promise<void> =>
    fresh.db.write(async (tx) => {
      const { deliveries } = tx.t;
      const values = {
        activity: of,
        inbox: `https://${to}`,
        host: to.split('/')[0]!,
        key: 'k',
        priority: 4,
        state,
        attempts: 1,
        due: now,
        created: now,
        error: error ?? null,
        finished: state === 'waiting' ? null : now,
      };
      await tx
        .insert(deliveries)
        .values(values)
        .onConflictDoUpdate({ target: [deliveries.activity, deliveries.inbox], set: values });
    });
  const hosts = (db = fresh.db.read): Promise<string[]> =>
    everSentTo(db, ALICE, COOP).then((all) => all.map((one) => one.inbox).toSorted());

  test('whoever ever got something is known: lately, long ago, and by way of the cooperative', async () => {
    await activity(`${ALICE}/activities/1`, ALICE, `${ALICE}/items/1`);
    await activity(`${COOP}/activities/1`, COOP, `${ALICE}/items/1`);
    await activity(`${COOP}/activities/2`, COOP, 'https://here.example/users/alice2/items/1');
    await delivery('lyon.example/inbox', `${ALICE}/activities/1`, 'done');
    await delivery('dead.example/inbox', `${ALICE}/activities/1`, 'dead');
    await delivery('coop.example/inbox', `${COOP}/activities/1`, 'done');
    await delivery('other.example/inbox', `${COOP}/activities/2`, 'done');
    const all = ['https://coop.example/inbox', 'https://dead.example/inbox', 'https://lyon.example/inbox'];
    expect(await hosts()).toEqual(all);
    await sweepOld(fresh.db, new Date(now.getTime() + 100 * DAY_MS), DEFAULT_LIMITS.keep);
    expect(await fresh.db.read.$count(fresh.db.read.t.deliveries)).toBe(0);
    expect(await hosts()).toEqual(all);
    // A second round changes nothing, and nobody is there twice.
    await activity(`${ALICE}/activities/3`, ALICE, ALICE);
    await delivery('lyon.example/inbox', `${ALICE}/activities/3`, 'done');
    await sweepOld(fresh.db, new Date(now.getTime() + 200 * DAY_MS), DEFAULT_LIMITS.keep);
    expect(await hosts()).toEqual(all);
  });

  test('a partner with whom the exchange rests is told, one that is shut out is not', async () => {
    await fresh.db.write(async (tx) => {
      for (const [host, state] of [
        ['rest.example', 'paused'],
        ['shut.example', 'paused'],
        ['asked.example', 'asked'],
      ] as const) {
        const node = `https://${host}/users/instance`;
        await tx.insert(tx.t.peers).values(peerRow({ host, nodeActor: node, state }));
        await tx.insert(tx.t.actors).values({
          uri: node,
          local: false,
          kind: 'node',
          handle: 'instance',
          host,
          name: host,
          html: '',
          url: node,
          inbox: `${node}/inbox`,
          sharedInbox: `https://${host}/inbox`,
          languages: [],
          discoverable: true,
          manuallyApproves: true,
          suspended: false,
          created: now,
          updated: now,
        });
      }
      await tx
        .insert(tx.t.domainRules)
        .values({ domain: 'shut.example', severity: 'suspend', comment: '', created: now });
    });
    expect(await inboxesForFarewell({ db: fresh.db, site }, ALICE)).toEqual([
      { host: 'rest.example', inbox: 'https://rest.example/inbox' },
    ]);
  });

  test('it goes on until nobody is waited for, then the letter goes and the address with it', async () => {
    await fresh.db.write(async (tx) => {
      await tx
        .insert(tx.t.domainRules)
        .values({ domain: 'shut.example', severity: 'suspend', comment: '', created: now });
      await tx
        .insert(tx.t.heard)
        .values({ actor: ALICE, inbox: 'https://shut.example/inbox', host: 'shut.example', last: now });
      await tx.insert(tx.t.announcements).values({
        id: 'farewell',
        type: 'actor.removed',
        actor: ALICE,
        subject: ALICE,
        data: {},
        state: 'waiting',
        created: now,
      });
    });
    const account = { handle: 'alice', email: 'alice@example.org', locale: 'en', actor: ALICE };
    const id = await fresh.db.write((tx) => beginClosure(tx, site, account, COOP, DELETE));
    const states = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await readClosure(fresh.db.read, id))!.hosts.map((row) => [row.host, row.state]));
    const settle = async () => {
      await settleClosures(fresh.db, site);
      return (await readClosure(fresh.db.read, id))!.closure;
    };
    // Not told yet: nothing is over because nothing has begun.
    expect((await settle()).finished).toBeNull();
    expect(await states()).toEqual({ 'shut.example': 'shutOut' });

    await activity(DELETE, ALICE, ALICE);
    await delivery('lyon.example/inbox', DELETE, 'done');
    await delivery('two.example/a', DELETE, 'done');
    await delivery('two.example/b', DELETE, 'waiting', 'timeout');
    await delivery('down.example/inbox', DELETE, 'waiting');
    await delivery('gone.example/inbox', DELETE, 'waiting');
    await fresh.db.write(async (tx) => {
      await tx.update(tx.t.announcements).set({ state: 'done' });
    });
    expect((await settle()).finished).toBeNull();
    expect(await states()).toEqual({
      'down.example': 'waiting',
      'gone.example': 'waiting',
      'lyon.example': 'told',
      'shut.example': 'shutOut',
      'two.example': 'waiting',
    });

    await delivery('two.example/b', DELETE, 'done');
    await delivery('down.example/inbox', DELETE, 'dead', 'no-such-host');
    // An admin has forgotten this one.
    await fresh.db.write(async (tx) => {
      await tx.delete(tx.t.deliveries).where(eq(tx.t.deliveries.host, 'gone.example'));
    });
    expect(await settle()).toMatchObject({ finished: now, email: null });
    const letters = await fresh.db.read.select().from(fresh.db.read.t.jobs);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.data).toMatchObject({
      to: 'alice@example.org',
      locale: 'en',
      name: 'erasedPartly',
      'p.told': '2',
    });
    expect(letters[0]!.data['p.missed']!.split('\n').toSorted()).toEqual([
      'down.example',
      'gone.example',
      'shut.example',
    ]);

    // Sent again by an admin, it still counts; there is no second letter. What is cleaned up stays noted.
    await delivery('down.example/inbox', DELETE, 'done');
    await settle();
    await sweepOld(fresh.db, new Date(now.getTime() + 20 * DAY_MS), DEFAULT_LIMITS.keep);
    await settle();
    expect(await states()).toMatchObject({ 'down.example': 'told', 'gone.example': 'gaveUp', 'lyon.example': 'told' });
    expect(await fresh.db.read.$count(fresh.db.read.t.jobs)).toBe(1);
    await fresh.db.write((tx) => sweepClosures(tx, new Date(now.getTime() + 121 * DAY_MS)));
    expect(await readClosure(fresh.db.read, id)).toBeUndefined();
    expect(await fresh.db.read.$count(fresh.db.read.t.closureHosts)).toBe(0);
  });
});
