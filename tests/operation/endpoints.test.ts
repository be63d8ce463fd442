/** What the machines see that watch over a node: alive, ready or not and why, and numbers for those who may have them. */
import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { REASONS } from '#domain/reasons.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, freePort, publish, startNode } from '../support/nodes.ts';
import { type Process, startProcess } from '../support/process.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

const TOKEN = 'an-eagle-counts-sheep-0815';
let node: TestNode | undefined;
let process: Process | undefined;
let stranger: Stranger | undefined;
afterEach(async () => {
  await node?.drop();
  await process?.drop();
  await stranger?.close();
  [node, process, stranger] = [undefined, undefined, undefined];
});

const get = async (path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> => {
  const answer = await node!.fetch(new Request(`${node!.origin}${path}`, { headers }));
  return { status: answer.status, text: await answer.text() };
};
type Problem = { what: string; problem: string; remedy: string };
const problems = async (): Promise<Problem[]> => {
  const { status, text } = await get('/readyz');
  expect(status).toBe(503);
  const { problems: found } = JSON.parse(text) as { problems: Problem[] };
  for (const one of found) for (const words of [one.problem, one.remedy]) expect(words).toMatch(/^[A-Z].{15,}\.$/);
  return found;
};

eachEngine('a node that is watched', (engine) => {
  test('is alive and ready, also before it is set up', async () => {
    node = await startNode('ready', { engine, setUp: false });
    expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
    expect(await get('/readyz')).toEqual({ status: 200, text: '{"status":"ready"}' });
    const post = await node.fetch(new Request(`${node.origin}/readyz`, { method: 'POST' }));
    expect(post.status).toBe(405);
  });

  test('says that the database takes no write, and shows nothing of it', async () => {
    node = await startNode('writes', { engine });
    await node.db.write((tx) => tx.execute(sql.raw('ALTER TABLE facts RENAME TO facts_gone')));
    const [problem, ...others] = await problems();
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ what: 'database', problem: 'The database does not take a write.' });
    expect(JSON.stringify(problem)).not.toMatch(/facts|postgres:|maillon\.db|insert/i);
    // Those who only read are served all the same.
    expect((await get('/listings')).status).toBe(200);
  });

  test('says that the disk is nearly full', async () => {
    node = await startNode('disk', { engine, env: { MAILLON_READY_DISK_MIB: '1000000' } });
    expect(await problems()).toMatchObject([
      { what: 'disk', problem: expect.stringMatching(/^Only \d+ MiB are free .* 1000000 MiB are wanted/) },
    ]);
  });

  test('says that something is due and not done; a server that is down does not count', async () => {
    const at = new Date('2026-06-01T12:00:00Z');
    node = await startNode('queue', { engine, overrides: { now: () => at } });
    const row = {
      activity: 'x',
      inbox: 'http://down.localhost:1/inbox',
      host: 'down.localhost:1',
      key: 'k',
      priority: 5,
      state: 'waiting',
      attempts: 3,
      created: new Date('2026-05-28T12:00:00Z'),
    };
    await node.db.write(async (tx) => {
      // Due for days, but its host rests until tomorrow.
      await tx.insert(tx.t.deliveries).values({ ...row, due: row.created });
      await tx.insert(tx.t.hosts).values({
        host: row.host,
        failures: 9,
        failing: row.created,
        retry: new Date('2026-06-02T12:00:00Z'),
        updated: at,
      });
    });
    expect((await get('/readyz')).status).toBe(200);
    await node.drop();
    node = await startNode('queue', { engine, overrides: { now: () => at } });
    // Of a type that no process knows: nobody takes it.
    await node.db.write((tx) =>
      tx.insert(tx.t.jobs).values({
        type: 'of-the-future',
        data: {},
        state: 'waiting',
        attempts: 0,
        due: new Date('2026-06-01T11:00:00Z'),
        created: at,
      }),
    );
    expect(await problems()).toMatchObject([
      { what: 'queue', problem: expect.stringContaining('due for 60 minutes and was not sent; 30 minutes') },
    ]);
  });

  test('says that it stops, and answers those who are still there', async () => {
    node = await startNode('stops', { engine });
    await node.quiesce();
    expect((await problems()).map((one) => one.what)).toEqual(['process']);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/')).status).toBe(200);
  });
});

test('many who ask at once cost one write', async () => {
  node = await startNode('asked');
  const before = node.db.changes(['facts']);
  await Promise.all(Array.from({ length: 50 }, () => get('/readyz')));
  // The node's own count: what it committed to that table.
  expect(node.db.changes(['facts']) - before).toBe(1);
});

test('without a setting there are no metrics: the address is a page that is not there', async () => {
  node = await startNode('closed');
  expect((await get('/metrics')).status).toBe(404);
  expect((await get('/metrics', { authorization: `Bearer ${TOKEN}` })).status).toBe(404);
});

test('metrics by token: whoever does not know it learns nothing but the remedy', async () => {
  node = await startNode('token', { env: { METRICS_TOKEN: TOKEN } });
  for (const headers of [{}, { authorization: `Bearer ${TOKEN}x` }, { authorization: TOKEN }]) {
    const { status, text } = await get('/metrics', headers as Record<string, string>);
    expect(status).toBe(401);
    expect(JSON.parse(text)).toMatchObject({ remedy: expect.stringContaining('METRICS_TOKEN') });
  }
  const { status, text } = await get('/metrics', { authorization: `Bearer ${TOKEN}` });
  expect(status).toBe(200);
  expect(text).toContain('# HELP process_cpu_user_seconds_total');
});

test('metrics on a port of their own, where there are no pages, and none of them on the port of the pages', async () => {
  const port = await freePort();
  process = await startProcess('ownport', { METRICS_PORT: String(port) });
  const metrics = await process.ask('/metrics', { port });
  expect(metrics.status).toBe(200);
  expect(metrics.text).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
  expect((await process.ask('/readyz', { port })).status).toBe(200);
  expect((await process.ask('/', { port })).status).toBe(404);
  expect((await process.ask('/metrics')).text).not.toContain('nodejs_');
  expect((await process.end()).code).toBe(0);
});

eachEngine('the numbers', (engine) => {
  test('count what happened, with labels from closed lists whatever others send', async () => {
    node = await startNode('counted', { engine, env: { METRICS_TOKEN: TOKEN } });
    stranger = await startStranger('counting');
    await addMember(node, 'alice', 'Alice');
    const inbox = `${node.origin}/inbox`;
    const say = (n: number, rest: Record<string, unknown>): Promise<Response> =>
      stranger!.post(inbox, { id: `${stranger!.origin}/a/${n}`, actor: stranger!.actor, ...rest });
    expect((await say(1, { type: 'Follow', object: `${node.origin}/users/alice` })).status).toBe(202);
    for (let n = 2; n < 12; n++) expect((await say(n, { type: `Thing${n}`, object: `x:${n}` })).status).toBe(202);
    await say(2, { type: 'Thing2', object: 'x:2' });
    const unsigned = await node.fetch(
      new Request(inbox, {
        method: 'POST',
        headers: { 'content-type': 'application/activity+json', host: node.host },
        body: '{}',
      }),
    );
    expect(unsigned.status).toBe(401);
    for (let n = 0; n < 10; n++) await get(`/nowhere/${n}?q=${n}`);
    await publish(node, 'alice');
    await node.settled();
    // One for a server that is not there.
    await stranger.close();
    await publish(node, 'alice');
    for (let i = 0; i < 3; i++) {
      node.federation.worker.wake();
      await node.federation.worker.idle();
    }
    const { text } = await get('/metrics', { authorization: `Bearer ${TOKEN}` });
    const value = (series: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    expect(value('maillon_inbox_activities_total{outcome="applied",reason="done"}')).toBe(1);
    expect(value('maillon_inbox_activities_total{outcome="ignored",reason="unknown"}')).toBe(10);
    expect(value('maillon_inbox_activities_total{outcome="ignored",reason="older"}')).toBe(1);
    expect(value('maillon_inbox_activities_total{outcome="rejected",reason="401"}')).toBe(1);
    // The answer to the Follow, and the listing; then one that is put off.
    expect(value('maillon_outbox_deliveries_total{outcome="taken"}')).toBe(2);
    expect(value('maillon_outbox_deliveries_total{outcome="later"}')).toBe(1);
    expect(value('maillon_http_requests_total{route="inbox",status="202"}')).toBe(12);
    expect(value('maillon_http_requests_total{route="pages",status="404"}')).toBe(10);
    expect(value('maillon_queue_deliveries')).toBe(1);
    expect(value('maillon_queue_dead_letters')).toBe(0);
    expect(value('maillon_database_bytes')).toBeGreaterThan(100_000);
    expect(value('maillon_disk_free_bytes')).toBeGreaterThan(0);
    expect(text).toMatch(/^maillon_info\{version="[\d.]+",engine="(SQLite|PostgreSQL) [\d.]+"\} 1$/m);
    const closed: Record<string, RegExp> = {
      route: /^(inbox|documents|discovery|api|admin|assets|media|operation|pages)$/,
      status: /^\d{3}$/,
      outcome: /^(applied|ignored|refused|rejected|taken|later|never|returned)$/,
      reason: new RegExp(`^(\\d{3}|${[...new Set(Object.values(REASONS))].join('|')})$`),
    };
    for (const line of text
      .split('\n')
      .filter((one) => one.startsWith('maillon_') && !one.startsWith('maillon_info'))) {
      for (const [, name, word] of line.matchAll(/(\w+)="([^"]*)"/g))
        if (name !== 'le') expect(word, line).toMatch(closed[name!]!);
    }
  });
});
