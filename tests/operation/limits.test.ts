/** A limit that an admin sets is the one that holds, and whoever meets it is told what it is. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from 'undici';
import { enqueueJob } from '#domain/jobs.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, startNode } from '../support/nodes.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

let node: TestNode;
let stranger: Stranger;
beforeAll(async () => {
  [node, stranger] = await Promise.all([
    startNode('limited', {
      env: {
        MAILLON_LIMIT_INBOX_KIB: '16',
        MAILLON_LIMIT_INBOX_PER_HOST: '60',
        MAILLON_LIMIT_API_PER_ADDRESS: '10',
        MAILLON_LIMIT_UPLOAD_MIB: '1',
      },
    }),
    startStranger('talker'),
  ]);
});
afterAll(async () => {
  await node?.drop();
  await stranger?.close();
});

const ask = async (path: string, init: { body?: string; type?: string } = {}) => {
  const answer = await request(`http://127.0.0.1:${new URL(node.origin).port}${path}`, {
    method: init.body === undefined ? 'GET' : 'POST',
    headers: { host: node.host, ...(init.type === undefined ? {} : { 'content-type': init.type }) },
    ...(init.body === undefined ? {} : { body: init.body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
};

test('activities: how large, and how many a minute from one server', async () => {
  const say = (n: number, content: string): Promise<Response> =>
    stranger.post(`${node.origin}/inbox`, {
      id: `${stranger.origin}/a/${n}`,
      type: 'Arrive',
      actor: stranger.actor,
      content,
    });
  const large = await say(0, 'x'.repeat(17_000));
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({ remedy: 'Send at most 16384 bytes.' });
  const statuses: number[] = [];
  for (let n = 1; n <= 61; n++) statuses.push((await say(n, 'x')).status);
  expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 202));
  expect(statuses[60]).toBe(429);
});

test('programs: how many requests a minute', async () => {
  for (let n = 0; n < 10; n++) expect((await ask('/api/v1/instance')).status).toBe(200);
  const over = await ask('/api/v1/instance');
  expect(over.status).toBe(429);
  expect(over.headers['retry-after']).toMatch(/^\d+$/);
  expect(JSON.parse(over.text)).toMatchObject({ detail: expect.stringContaining('At most 10 a minute') });
});

test('forms: how large; and what is no form at all is no fault of ours', async () => {
  const type = 'application/x-www-form-urlencoded';
  const large = await ask('/sign-in', { type, body: `login=${'x'.repeat(1_100_000)}` });
  expect(large.status).toBe(413);
  expect(large.text).toContain('Au plus 1 Mo à la fois');
  const odd = await ask('/sign-in', { type: 'application/json', body: '{"login":"ada"}' });
  expect(odd.status).toBe(400);
  expect(odd.text).toContain('Ce qui est arrivé n’est pas un formulaire entier');
});

eachEngine('the hourly clean-up', (engine) => {
  test('takes what is older than was set', async () => {
    const coop = await startNode('cleaned', { engine, env: { MAILLON_KEEP_JOURNAL_DAYS: '100' } });
    try {
      const note = (uri: string, days: number): Promise<void> =>
        coop.db.write(async (tx) => {
          await tx.insert(tx.t.received).values({
            uri,
            actor: 'https://lyon.example/users/bob',
            host: 'lyon.example',
            type: 'Create',
            outcome: 'applied',
            reason: '',
            created: new Date(Date.now() - days * 86_400_000),
          });
        });
      await note('https://lyon.example/old', 101);
      await note('https://lyon.example/young', 99);
      await coop.db.write((tx) => enqueueJob(tx, new Date(), 'sweep', {}, 'sweep'));
      await coop.settled();
      expect(await coop.db.read.rows(sql`SELECT uri FROM received`)).toEqual([{ uri: 'https://lyon.example/young' }]);
    } finally {
      await coop.drop();
    }
  });
});
