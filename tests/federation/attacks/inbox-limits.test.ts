/** Inbox, identity, signature: what needs another clock or smaller limits, on a node in this process. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { createQuota, domainOf } from '#federation/quota.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { attack, beside, freshId, listing, makePeer, says } from '../../support/attack.ts';
import { type TestNode, addMember, startNode } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Stranger, newKeys, startStranger } from '../../support/stranger.ts';

const HOUR = 3_600_000;
let now = new Date();
let node: TestNode;
let [evil, friend, third]: Stranger[] = [];
let [e, f, t]: [Stranger, Stranger, Stranger] = [undefined as never, undefined as never, undefined as never];
let inbox = '';
let alice = '';

const follows = (): Promise<number> => {
  const table = node.db.read.t.follows;
  return node.db.read.$count(table, and(eq(table.followed, alice), eq(table.state, 'accepted')));
};

beforeAll(async () => {
  [evil, friend, third] = await Promise.all([startStranger('evil'), startStranger('friend'), startStranger('third')]);
  [e, f, t] = [evil, friend, third];
  node = await startNode('marseille', {
    overrides: {
      now: () => now,
      limits: { followsPerHost: 10, perHost: 60, perAddress: 400, lookupsPerAddress: 40 },
    },
  });
  inbox = `${node.origin}/inbox`;
  alice = await addMember(node, 'alice', 'Alice');
  await makePeer(node, f);
  // An hour before, so that nothing of it is in the shares that are tried.
  now = new Date(now.getTime() - 2 * HOUR);
  await beside(() => f.post(inbox, says(f, 'Create', { object: listing(f) }), { now }), 15);
  now = new Date();
});
afterAll(async () => {
  await Promise.all([evil?.close(), friend?.close(), third?.close(), node?.drop()]);
});

attack('Follow flood from one registrable domain', async () => {
  const flood = Array.from({ length: 25 }, (_, i) => {
    const by = e.person('bot', { name: `n${i}.evil` });
    return e.sign(inbox, says(e, 'Follow', { id: `${by.actor}/activities/1`, actor: by.actor, object: alice }), {
      by,
      now,
    });
  });
  const answers = [];
  for (const shot of flood) answers.push(await shoot(shot, '127.0.1.1'));
  expect(answers.map((answer) => answer.status)).toEqual([
    ...Array.from({ length: 10 }, () => 202),
    ...Array.from({ length: 15 }, () => 429),
  ]);
  expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(3_000);
  expect(await follows()).toBe(10);
  // The bots that were told to wait cost no look-up.
  expect(new Set(e.log.filter((one) => one.method === 'GET').map((one) => one.host)).size).toBe(10);
  // Whoever lives elsewhere is heard meanwhile.
  expect((await t.post(inbox, says(t, 'Follow', { object: alice }), { now })).status).toBe(202);
  expect(await follows()).toBe(11);
});

attack('junk in a server’s name does not use up what it may send', async () => {
  for (let i = 0; i < 80; i++) {
    const forged = e.sign(inbox, says(e, 'Like', { id: freshId(f), actor: f.actor }), { keyId: f.me.keyId, now });
    expect((await shoot(forged, '127.0.1.2')).status).toBe(401);
  }
  const genuine = says(f, 'Create', { object: listing(f) });
  expect((await f.post(inbox, genuine, { now })).status).toBe(202);
});

attack('more activities from one server than it may send', async () => {
  const statuses = [];
  for (let i = 0; i < 64; i++) statuses.push((await t.post(inbox, says(t, 'Like', { object: alice }), { now })).status);
  expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(50);
  expect(statuses.slice(-3)).toEqual([429, 429, 429]);
  expect((await f.post(inbox, says(f, 'Like', { object: alice }), { now })).status).toBe(202);
});

attack('more keys to look up than one address may ask for', async () => {
  const before = e.log.length;
  const answers = [];
  for (let i = 0; i < 60; i++) {
    const actor = `${e.originOf('lookups')}/users/u${i}`;
    const shot = e.sign(inbox, says(e, 'Like', { id: `${actor}/1`, actor }), { keyId: `${actor}#main-key`, now });
    answers.push((await shoot(shot, '127.0.1.3')).status);
  }
  expect(answers.filter((status) => status === 401)).toHaveLength(40);
  expect(answers.filter((status) => status === 429)).toHaveLength(20);
  expect(e.log.length - before).toBe(40);
});

attack('more POSTs than one address may send', async () => {
  const junk = { url: inbox, method: 'POST', headers: { 'content-type': 'application/activity+json' } };
  const statuses = [];
  for (let i = 0; i < 420; i++) statuses.push((await shoot({ ...junk, body: Buffer.from('{}') }, '127.0.1.4')).status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(400);
  expect(statuses.at(-1)).toBe(429);
  expect((await shoot({ ...junk, body: Buffer.from('{}') }, '127.0.1.5')).status).toBe(401);
});

attack('an IPv6 household and names below one’s own domain count as one', async () => {
  const quota = createQuota({ ...DEFAULT_LIMITS.inbox, perAddress: 3, perHost: 3 });
  const waits = [];
  for (const end of ['1', '2', 'ffff', 'a:b:c:d'])
    waits.push(await quota.post(`2001:db8:1:2:${end.length > 4 ? '' : ':'}${end}`));
  expect(waits.map((wait) => wait !== undefined)).toEqual([false, false, false, true]);
  expect(await quota.post('2001:db8:1:3::1')).toBeUndefined();
  expect(await quota.post('::ffff:192.0.2.1')).toBeUndefined();
  for (const host of ['a.evil.example', 'b.c.evil.example:8443', 'EVIL.example'.toLowerCase()])
    await quota.sent(host, 'Like');
  expect(await quota.asks('new.evil.example', 'Like')).toBeGreaterThan(0);
  expect(await quota.asks('evil.example.org', 'Like')).toBeUndefined();
  // Free sites below a public suffix are not each other.
  expect(domainOf('alice.github.io')).toBe('alice.github.io');
});

attack('key rotated: the new one accepted, the old one refused within a day', async () => {
  const [old, fresh] = [newKeys(), newKeys()];
  const dora = f.person('dora', { keys: old });
  const like = (): ReturnType<typeof says> => says(f, 'Like', { actor: dora.actor, object: alice });
  const send = async (keys: typeof old): Promise<number> =>
    (await f.post(inbox, like(), { by: { ...dora, keys }, now })).status;
  expect(await send(old)).toBe(202);
  f.person('dora', { keys: fresh });
  // Asked for again at most once in ten minutes: until then the sender is told 401 and tries again.
  now = new Date(now.getTime() + 11 * 60_000);
  expect(await send(fresh)).toBe(202);
  expect(await send(old)).toBe(401);
  // Also if nothing is heard under the new one: after a day at the latest.
  const [again, newest] = [newKeys(), newKeys()];
  const eva = f.person('eva', { keys: again });
  const by = { ...eva, keys: again };
  expect((await f.post(inbox, says(f, 'Like', { actor: eva.actor }), { by, now })).status).toBe(202);
  f.person('eva', { keys: newest });
  now = new Date(now.getTime() + 25 * HOUR);
  expect((await f.post(inbox, says(f, 'Like', { actor: eva.actor }), { by, now })).status).toBe(401);
});

attack('a server that did not answer once is asked again soon', async () => {
  const late = f.person('late');
  const path = '/users/late';
  f.answers.set(path, (_request, response) => response.writeHead(503).end());
  const send = async (): Promise<number> =>
    (await f.post(inbox, says(f, 'Like', { actor: late.actor }), { by: late, now })).status;
  expect(await send()).toBe(401);
  f.answers.delete(path);
  expect(await send()).toBe(401);
  now = new Date(now.getTime() + 61_000);
  expect(await send()).toBe(202);
});
