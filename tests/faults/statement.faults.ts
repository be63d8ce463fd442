/**
 * Every single statement fails once, whichever it is: while a member publishes and the node tells its partner, and
 * while the partner takes it in. Nothing may be half there, and trying again must end well.
 */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { ALL_WELL, audit, nothingPromised, partial, promise, report, verdictOf } from './audit.ts';
import { LONG } from './support/chance.ts';
import { type Member, memberAt } from './support/member.ts';
import { answers, spawnNode } from './support/process.ts';
import { createSaboteur } from './support/saboteur.ts';

eachEngine('statement by statement', (engine) => {
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  const [here, there] = [createSaboteur(), createSaboteur()];
  let [marseille, lyon]: TestNode[] = [];
  let alice: Member;
  const promised = nothingPromised();

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides: { now, statement: here.hook } }),
      startNode('lyon', { engine, overrides: { now, statement: there.hook } }),
    ]);
    await addMember(marseille!, 'alice', 'Alice');
    await peerUp(lyon!, marseille!);
    alice = await memberAt({ port: marseille!.env['PORT']!, origin: marseille!.origin }, 'alice');
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  /** One go at what is due, at both. */
  const work = async (): Promise<void> => {
    for (const node of [marseille!, lyon!]) {
      node.federation.worker.wake();
      node.jobs.wake();
      await node.federation.worker.idle();
      await node.jobs.idle();
    }
  };
  /** Everything is told, sent and taken; back-offs pass at once. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      ahead += 120_000;
      await work();
      const { deliveries, announcements } = marseille!.db.read.t;
      const waits =
        (await marseille!.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))) +
        (await marseille!.db.read.$count(announcements, eq(announcements.state, 'waiting')));
      if (waits === 0) return;
    }
    throw new Error('It never settles.');
  };
  /** Publishes; tries again as a person does when the answer is bad. @returns whether the first attempt was answered well */
  const publish = async (title: string): Promise<boolean> => {
    const form = alice.form(title);
    const first = await alice.post('/listings', form).catch(() => undefined);
    const well = first?.status === 303;
    here.disarm();
    const last = well ? first : await alice.post('/listings', form);
    expect(last.status, last.text.slice(0, 500)).toBe(303);
    promise(promised, last.location.split('/').at(-1)!, { title });
    return well;
  };
  const copies = (title: string): Promise<number> =>
    lyon!.db.read.$count(
      lyon!.db.read.t.listings,
      and(eq(lyon!.db.read.t.listings.title, title), eq(lyon!.db.read.t.listings.local, false)),
    );
  const judge = async (what: string, count: number): Promise<void> => {
    const found = await audit([
      { name: 'Marseille', host: marseille!.host, db: marseille!.db.read, promised },
      { name: 'Lyon', host: lyon!.host, db: lyon!.db.read },
    ]);
    report(`${what} (${engine}): each of ${count} statements failed once: ${verdictOf(found)}`);
    expect(verdictOf(found)).toBe(ALL_WELL);
  };

  test('a member publishes, and no failure of a statement saves half of it', async () => {
    here.arm();
    expect((await alice.post('/listings', alice.form('Compte'))).status).toBe(303);
    const { count } = here.disarm();
    expect(count).toBeGreaterThan(10);
    await settle();
    for (let n = 1; n <= count; n++) {
      const title = `Publiée malgré ${n}`;
      // Nothing else is under way: the count is the member's own.
      await work();
      here.arm(n);
      await publish(title);
      expect(await partial(marseille!.db.read), `after statement ${n}`).toEqual([]);
    }
    await settle();
    await judge('publish', count);
  });

  test('what was published is told and sent, and no failure of a statement loses or doubles it', async () => {
    const form = alice.form('Compte des envois');
    await alice.post('/listings', form);
    here.arm();
    await work();
    const { count } = here.disarm();
    await settle();
    expect(count).toBeGreaterThan(10);
    let failed = 0;
    for (let n = 1; n <= count; n++) {
      const title = `Envoyée malgré ${n}`;
      await publish(title);
      here.arm(n);
      await work();
      if (here.disarm().failed !== undefined) failed++;
      await settle();
      expect(await copies(title), `after statement ${n}`).toBe(1);
    }
    // The last of them hang on which of the rounds comes first.
    expect(failed).toBeGreaterThan(count * 0.6);
    await judge('deliver', failed);
  });

  test('the partner takes it in, and no failure of a statement keeps it from taking it once', async () => {
    there.arm();
    await publish('Compte des réceptions');
    await work();
    const { count } = there.disarm();
    await settle();
    expect(count).toBeGreaterThan(5);
    let failed = 0;
    for (let n = 1; n <= count; n++) {
      const title = `Reçue malgré ${n}`;
      there.arm(n);
      await publish(title);
      await work();
      if (there.disarm().failed !== undefined) failed++;
      expect(await partial(lyon!.db.read), `after statement ${n}`).toEqual([]);
      await settle();
      expect(await copies(title), `after statement ${n}`).toBe(1);
    }
    expect(failed).toBeGreaterThan(count * 0.6);
    await judge('receive', failed);
  });

  test('the process is killed at a statement, and whoever tries again is served once', async () => {
    const at = LONG ? Array.from({ length: 40 }, (_, i) => i + 1) : [3, 9, 16, 24];
    for (const n of at) {
      const title = `Publiée malgré la mort ${n}`;
      const form = alice.form(title);
      await marseille!.down();
      const env = { DIES_AT: String(n), AHEAD_MS: String(ahead) };
      const dying = spawnNode(marseille!.env, 'tests/faults/support/dying-node.ts', env);
      await answers(marseille!.env, dying);
      const first = await alice.post('/listings', form).catch(() => undefined);
      expect(await dying.ended, dying.said()).toBe('SIGKILL');
      await marseille!.up();
      const last = first?.status === 303 ? first : await alice.post('/listings', form);
      expect(last.status).toBe(303);
      promise(promised, last.location.split('/').at(-1)!, { title });
      await settle();
      expect(await copies(title), `after statement ${n}`).toBe(1);
    }
    await judge('killed at a statement', at.length);
  });
});
