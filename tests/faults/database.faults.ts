/** The database is full, busy with something else, or away: bounded waits, answers that help, nothing lost. */
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { ALL_WELL, type Promised, audit, nothingPromised, promise, report, verdictOf } from './audit.ts';
import { LONG, pause } from './support/chance.ts';
import { holdLock } from './support/holder.ts';
import { type Answer, type Member, memberAt } from './support/member.ts';

const clock = { ahead: 0 };
const overrides = { now: () => new Date(Date.now() + clock.ahead) };

const judge = async (what: string, nodes: TestNode[], promised: Promised): Promise<void> => {
  for (const node of nodes)
    await until(
      'everything is sent',
      async () => {
        await node.db.write(async (tx) => {
          await tx.update(tx.t.hosts).set({ retry: null });
        });
        await node.settled();
        return (
          (await node.db.read.$count(node.db.read.t.deliveries, eq(node.db.read.t.deliveries.state, 'waiting'))) === 0
        );
      },
      30_000,
    );
  const [first, ...others] = nodes;
  const found = await audit([
    { name: first!.host, host: first!.host, db: first!.db.read, promised },
    ...others.map((node) => ({ name: node.host, host: node.host, db: node.db.read })),
  ]);
  report(`${what}: ${verdictOf(found)}`);
  expect(verdictOf(found)).toBe(ALL_WELL);
};
const helps = (answer: Answer): void => {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.text).toContain('Rien de ce qui était enregistré n’est perdu');
};
const idOf = (answer: Answer): string => answer.location.split('/').at(-1)!;

describe('disk full (sqlite)', () => {
  test('writes are answered with 503 and a remedy, reading goes on, and all is well when there is space again', async () => {
    const promised = nothingPromised();
    const [marseille, lyon] = await Promise.all([
      startNode('marseille', { overrides }),
      startNode('lyon', { overrides }),
    ]);
    await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
    await peerUp(lyon, marseille);
    const alice = await memberAt({ port: marseille.env['PORT']!, origin: marseille.origin }, 'alice');
    const limit = (pages: number | 'as now'): Promise<void> =>
      marseille.db.write(async (tx) => {
        const [now] = await tx.rows<{ page_count: number }>(sql`PRAGMA page_count`);
        await tx.execute(sql.raw(`PRAGMA max_page_count = ${pages === 'as now' ? now!.page_count : pages}`));
      });
    const before = await alice.publish('Publiée avant');
    promise(promised, before, { title: 'Publiée avant' });
    await limit('as now');
    // What is left of the last pages is soon used up.
    let refused: { form: Record<string, string>; answer: Answer } | undefined;
    for (let n = 0; n < 200 && refused === undefined; n++) {
      const title = `Dernière place ${n}`;
      const form: Record<string, string> = { ...alice.form(title), text: 'Longue description. '.repeat(400) };
      const answer = await alice.post('/listings', form);
      if (answer.status === 303) promise(promised, idOf(answer), { title });
      else refused = { form, answer };
    }
    helps(refused!.answer);
    expect(refused!.answer.text).toContain('plus de place');
    expect(refused!.answer.text).toContain('<a class="brand"');
    // Nothing typed is lost: the page sends it again at a press.
    expect(refused!.answer.text).toContain(`name="once" value="${refused!.form['once']}"`);
    expect(refused!.answer.text).toContain(`value="${refused!.form['title']}"`);
    // Reading goes on, also for somebody whose session would have to be noted.
    clock.ahead += 15 * 60_000;
    for (const path of ['/', '/listings', '/account', `/listings/${before}`, '/api/v1/listings'])
      expect((await alice.get(path)).status, path).toBe(200);
    const actor = await marseille.fetch(
      new Request(`${marseille.origin}/users/alice`, { headers: { accept: 'application/activity+json' } }),
    );
    expect(actor.status).toBe(200);
    // A partner's listing is not taken, and is sent again later.
    await publish(lyon, 'bob', { title: 'Attend qu’il y ait de la place', text: 'Longue description. '.repeat(400) });
    const { hosts } = lyon.db.read.t;
    await until('Lyon is asked to come again', async () => {
      const [host] = await lyon.db.read.select().from(hosts).where(eq(hosts.host, marseille.host));
      return host?.error?.startsWith('503') === true;
    });
    await limit(1_000_000);
    const again = await alice.post('/listings', refused!.form);
    expect(again.status).toBe(303);
    promise(promised, idOf(again), { title: refused!.form['title']! });
    await judge('disk full (sqlite)', [marseille, lyon], promised);
    await Promise.all([marseille.drop(), lyon.drop()]);
  });
});
// No limit can be set from outside; what 53100 becomes is the same 503.
test.skip('disk full (postgres): no limit can be set on its disk from here', () => {});

eachEngine('database busy', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let alice: Member;
  const promised = nothingPromised();
  const lock = (ms: number) =>
    holdLock(
      engine === 'sqlite'
        ? { file: join(marseille!.env['MAILLON_DATA']!, 'maillon.db') }
        : { url: marseille!.env['DATABASE_URL']! },
      ms,
    );
  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
    ]);
    await Promise.all([addMember(marseille!, 'alice', 'Alice'), addMember(lyon!, 'bob', 'Bob')]);
    await peerUp(lyon!, marseille!);
    alice = await memberAt({ port: marseille!.env['PORT']!, origin: marseille!.origin }, 'alice');
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('for two seconds: who writes waits and is served, and pages are served meanwhile', async () => {
    const { released } = await lock(2_000);
    const form = alice.form('A attendu deux secondes');
    const start = performance.now();
    const writing = alice.post('/listings', form).then((answer) => ({ answer, ms: performance.now() - start }));
    let [pages, slowest] = [0, 0];
    const end = performance.now() + 1_500;
    while (performance.now() < end) {
      const asked = performance.now();
      expect((await alice.get('/listings')).status).toBe(200);
      pages++;
      slowest = Math.max(slowest, performance.now() - asked);
    }
    const { answer, ms } = await writing;
    expect(answer.status).toBe(303);
    promise(promised, idOf(answer), { title: form['title']! });
    expect(ms).toBeGreaterThan(1_000);
    // One page a quarter of a second at the very least: the process was not held.
    expect(pages).toBeGreaterThan(6);
    await released;
    report(
      `busy for 2 s (${engine}): answered after ${Math.round(ms)} ms; ${pages} pages meanwhile, the slowest ${Math.round(slowest)} ms`,
    );
  });

  test('for longer than five: who writes is asked to come again after five, all of them, and nothing is lost', async () => {
    const { released } = await lock(6_500);
    const start = performance.now();
    const forms = Array.from({ length: 5 }, (_, n) => alice.form(`A attendu trop longtemps ${n}`));
    await publish(lyon!, 'bob', { title: 'De Lyon, pendant ce temps' });
    const answers = await Promise.all(
      forms.map(async (form) => ({ form, answer: await alice.post('/listings', form), ms: performance.now() - start })),
    );
    for (const { answer } of answers) helps(answer);
    const longest = Math.max(...answers.map(({ ms }) => ms));
    // All at once, not one after the other.
    expect(longest).toBeLessThan(6_500);
    await released;
    for (const { form } of answers) {
      const answer = await alice.post('/listings', form);
      expect(answer.status).toBe(303);
      promise(promised, idOf(answer), { title: form['title']! });
    }
    clock.ahead += 120_000;
    await judge(
      `busy for 6.5 s (${engine}), answered with 503 after ${Math.round(answers[0]!.ms)} ms`,
      [marseille!, lyon!],
      promised,
    );
  });
});

describe('the database server is stopped and started again (postgres)', () => {
  let server: PostgresServer;
  afterAll(() => server?.drop());
  test('under load: 503 while it is away, nothing lost, and the node goes on by itself', async () => {
    server = await startPostgres();
    const promised = nothingPromised();
    const [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine: 'postgres', databaseUrl: `${server.url}/postgres`, overrides }),
      startNode('lyon', { overrides }),
    ]);
    await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
    await peerUp(lyon, marseille);
    const alice = await memberAt({ port: marseille.env['PORT']!, origin: marseille.origin }, 'alice');
    let stop = false;
    const seen = new Map<number, number>();
    const load = (async () => {
      for (let n = 0; !stop; n++) {
        const form = alice.form(`Pendant la panne ${n}`);
        for (;;) {
          const answer = await alice.post('/listings', form);
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
          if (answer.status === 303) {
            promise(promised, idOf(answer), { title: form['title']! });
            break;
          }
          expect(answer.status, answer.text.slice(0, 300)).toBe(503);
          expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
          await pause(50);
        }
      }
    })();
    const sending = (async () => {
      for (let n = 0; !stop; n++) {
        await publish(lyon, 'bob', { title: `De Lyon ${n}` });
        await pause(40);
      }
    })();
    for (let round = 0; round < (LONG ? 20 : 2); round++) {
      await pause(600);
      await server.stop();
      await pause(500);
      await server.start();
      const answered = promised.answers;
      await until('members are served again', async () => promised.answers > answered);
    }
    stop = true;
    await Promise.all([load, sending]);
    clock.ahead += 120_000;
    expect(seen.get(503) ?? 0).toBeGreaterThan(0);
    await judge(
      `PostgreSQL stopped and started under load, ${seen.get(303)} served and ${seen.get(503)} asked to come again`,
      [marseille, lyon],
      promised,
    );
    await Promise.all([marseille.drop(), lyon.drop()]);
  });
});
