/** What a node may be made to fetch, from where, how much of it, and for how long. */
import type { ServerResponse } from 'node:http';
import { type AddressInfo, type Server as NetServer, createServer as createTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { createGuardedFetch, isPublicAddress } from '#federation/fetch.ts';
import { attack, createJudge, listing, makePeer, message, says } from '../../support/attack.ts';
import { type TestNode, addMember, publish, startNode, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Json, type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

let target: Target;
/** As on the internet: https, public addresses only. */
let strict: TestNode;
/** As on a test network; in this process. */
let node: TestNode;
let [m, f, victim]: [Stranger, Stranger, Stranger] = [undefined as never, undefined as never, undefined as never];
let alice = '';
/** Listens where nothing may connect to. */
let trap: NetServer;
let trapped = 0;

const judge = createJudge(() => ({
  target,
  strangers: [m, f],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));

beforeAll(async () => {
  [m, f, victim] = await Promise.all([startStranger('mallory'), startStranger('friend'), startStranger('victim')]);
  trap = createTcp((socket) => {
    trapped++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '0.0.0.0', resolve));
  [target, strict, node] = await Promise.all([
    startTarget('marseille', async (fresh) => {
      alice = await addMember(fresh, 'alice', 'Alice');
      await makePeer(fresh, f);
    }),
    startNode('strict', { origin: 'https://marseille.example' }),
    startNode('lyon'),
  ]);
  await Promise.all([addMember(strict, 'alice', 'Alice'), addMember(node, 'alice', 'Alice')]);
  await makePeer(node, f);
});
afterAll(async () => {
  trap?.close();
  await Promise.all([target?.drop(), strict?.drop(), node?.drop(), m?.close(), f?.close(), victim?.close()]);
});

/** A POST to the strict node, as its proxy would pass it on. */
const toStrict = (actor: string): ReturnType<typeof shoot> => {
  const signed = m.sign(
    'https://marseille.example/inbox',
    { id: `${actor}/activities/1`, type: 'Follow', actor, object: 'https://marseille.example/users/alice' },
    { keyId: `${actor}#main-key` },
  );
  return shoot({ ...signed, url: `http://marseille.example:${strict.port}/inbox` });
};

attack('loopback in every spelling, private, link-local, mapped, NAT64', async () => {
  const { port } = trap.address() as AddressInfo;
  const loopback = [
    '127.0.0.1',
    '127.9.9.9',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::7f00:1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
    'localhost.',
    'evil.localhost',
  ];
  const others = [
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '[fe80::1]',
    '[fd00::1]',
    '224.0.0.1',
    '255.255.255.255',
  ];
  const rows = async (): Promise<number> => strict.db.read.$count(strict.db.read.t.actors);
  const before = await rows();
  for (const host of [...loopback.flatMap((name) => [name, `${name}:${port}`]), ...others]) {
    const answer = await toStrict(`https://${host}/users/x`);
    expect([400, 401], `${host}: ${answer.text}`).toContain(answer.status);
  }
  expect(await rows()).toBe(before);
  expect(trapped).toBe(0);
  // The same by itself, so that the reason is sure; 2000::/3 and plain IPv4 are let through.
  const fetch = createGuardedFetch({ testNetwork: false, userAgent: 'test' });
  for (const host of [...loopback, ...others]) {
    const outcome = await fetch.request(`https://${host}/`, { accept: ['*/*'] });
    expect(outcome.ok === false && outcome.code, host).toBe('address-refused');
  }
  await fetch.close();
  expect(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'].map(isPublicAddress)).toEqual([true, true]);
});

attack('other ports and schemes', async () => {
  const { port } = trap.address() as AddressInfo;
  for (const actor of [
    `http://127.0.0.1:${port}/users/x`,
    'http://example.org/users/x',
    'https://example.org:8443/users/x',
    'https://user:password@example.org/users/x',
    'ftp://example.org/users/x',
    'file:///etc/passwd',
    'data:application/json,{}',
    'urn:uuid:1',
    'gopher://127.0.0.1:6379/_FLUSHALL',
  ]) {
    const answer = await toStrict(actor);
    expect([400, 401], `${actor}: ${answer.text}`).toContain(answer.status);
  }
  expect(trapped).toBe(0);
});

attack('DNS rebinding', async () => {
  const names: string[] = [];
  let addresses = ['127.0.0.1'];
  const fetch = createGuardedFetch({
    testNetwork: false,
    userAgent: 'test',
    resolve: (name, answer) => {
      names.push(name);
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  });
  const ask = async (): Promise<string> => {
    const outcome = await fetch.request('https://rebound.example/', { accept: ['*/*'] });
    return outcome.ok ? 'ok' : outcome.code;
  };
  // Asked for each connection, and what is connected to is what was looked at: nothing in between to be changed.
  for (const answer of [['127.0.0.1'], ['93.184.215.14', '10.0.0.1'], ['::ffff:127.0.0.1'], ['::1', '127.0.0.1'], []]) {
    addresses = answer;
    expect(await ask(), answer.join(' ')).toBe('address-refused');
  }
  expect(names).toHaveLength(5);
  await fetch.close();
});

attack('delivery to a private inbox', async () => {
  const { port } = trap.address() as AddressInfo;
  const inbox = `https://127.0.0.1:${port}/inbox`;
  const us = 'https://marseille.example/users/alice';
  // As an old database could have it, from before the rule.
  await strict.db.write(async (tx) => {
    const now = new Date();
    const actor = 'https://127.0.0.1/users/x';
    await tx.insert(tx.t.actors).values({
      uri: actor,
      local: false,
      kind: 'member',
      handle: 'x',
      host: '127.0.0.1',
      name: 'x',
      html: '',
      url: actor,
      inbox,
      languages: [],
      discoverable: false,
      manuallyApproves: false,
      suspended: false,
      created: now,
      updated: now,
      fetched: now,
    });
    await tx.insert(tx.t.follows).values({
      id: crypto.randomUUID(),
      uri: `${actor}/follow`,
      follower: actor,
      followed: us,
      state: 'accepted',
      created: now,
      updated: now,
    });
  });
  await publish(strict, 'alice');
  strict.federation.worker.wake();
  const { deliveries } = strict.db.read.t;
  await until('it was tried', async () =>
    (await strict.db.read.select().from(deliveries).where(eq(deliveries.inbox, inbox))).some((row) => row.attempts > 0),
  );
  const [row] = await strict.db.read.select().from(deliveries).where(eq(deliveries.inbox, inbox));
  expect(row!.error).toMatch(/address-refused/);
  expect(trapped).toBe(0);
});

attack('delivery redirected elsewhere', async () => {
  const bot = m.person('bot');
  for (const status of [301, 302, 307, 308]) {
    m.answers.set('/users/bot/inbox', (_request, response) =>
      response.writeHead(status, { location: `${victim.origin}/inbox` }).end(),
    );
    const before = m.log.length;
    await m.post(
      `${node.origin}/inbox`,
      says(m, 'Follow', { actor: bot.actor, object: `${node.origin}/users/alice` }),
      { by: bot },
    );
    await node.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null });
    });
    node.federation.worker.wake();
    await until('the Accept was tried', async () => m.log.slice(before).some((one) => one.method === 'POST'));
    await node.federation.worker.idle();
  }
  expect(victim.log).toEqual([]);
  m.answers.delete('/users/bot/inbox');
});

attack('redirect to somewhere else, or in a circle', async () => {
  for (const [path, location] of [
    ['/users/away', `${victim.origin}/users/victim`],
    ['/users/inside', 'http://127.0.0.2:1/'],
    ['/users/loop', '/users/loop'],
    ['/users/file', 'file:///etc/passwd'],
  ] as const) {
    m.answers.set(path, (_request, response) => response.writeHead(302, { location }).end());
    const actor = `${m.origin}${path}`;
    const answer = await m.post(target.inbox, says(m, 'Like', { actor }), { keyId: `${actor}#main-key` });
    expect(answer.status, path).toBe(401);
    expect(m.log.filter((one) => one.path === path).length).toBeLessThanOrEqual(4);
  }
  expect(victim.log).toEqual([]);
});

attack('an actor that is no ActivityPub document', async () => {
  await judge.unit();
  const document = JSON.stringify({
    ...(m.documents.get('/users/mallory') as Json),
    id: `${m.origin}/users/odd`,
  });
  await judge.traces();
  for (const [type, body] of [
    ['text/html', document],
    ['image/png', document],
    ['text/plain', document],
    ['application/activity+json', 'no JSON'],
    ['application/activity+json', '[]'],
    ['application/activity+json', gzipSync(document)],
  ] as const) {
    const path = `/users/odd-${Math.random()}`;
    m.answers.set(path, (_request, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const actor = `${m.origin}${path}`;
    expect((await m.post(target.inbox, says(m, 'Like', { actor }), { keyId: `${actor}#main-key` })).status).toBe(401);
  }
  expect((await judge.traces()).rows).toEqual({});
});

/** An actor document that is right, and much too much. */
const swollen: [string, () => string | Buffer, Record<string, string>][] = [
  ['3 MB', () => JSON.stringify({ x: 'y'.repeat(3e6) }), {}],
  ['1 MB nested', () => `${'{"a":'.repeat(170_000)}1${'}'.repeat(170_000)}`, {}],
  [
    '1 MB of objects',
    () =>
      JSON.stringify({
        type: 'Person',
        'as:tag': Array.from({ length: 100_000 }, () => ({ 'as:name': 1 })).slice(0, 60_000),
      }),
    {},
  ],
  [
    '900 KB of JSON-LD',
    () => JSON.stringify({ '@type': 'as:Person', 'as:tag': Array.from({ length: 45_000 }, () => ({ 'as:x': 1 })) }),
    {},
  ],
  ['a gzip bomb', () => gzipSync(Buffer.alloc(50e6, 32)), { 'content-encoding': 'gzip' }],
  ['endless headers', () => '{}', { 'x-long': 'y'.repeat(100_000) }],
];
attack('1 MiB+ answers, nested or full of JSON-LD', async () => {
  await judge.unit();
  for (const [name, make, headers] of swollen) {
    const body = make();
    const path = `/users/${encodeURIComponent(name)}`;
    m.answers.set(path, (_request, response) => {
      response.on('error', () => {});
      response.writeHead(200, { 'content-type': 'application/activity+json', ...headers }).end(body);
    });
    const actor = `${m.origin}${path}`;
    const shot = m.sign(target.inbox, says(m, 'Like', { actor }), { keyId: `${actor}#main-key` });
    await judge.traces();
    const { answers, each } = await judge.cost([shot]);
    expect(answers[0]!.status, name).toBe(401);
    expect((await judge.traces()).rows, name).toEqual({});
    if (process.env['SHOW_COST'] !== undefined) console.log(`${each.toFixed(1)} ${name}`);
    expect(each, name).toBeLessThan(40);
  }
});

attack('dripping answers hold nobody up', async () => {
  const open = new Set<ServerResponse>();
  m.answers.set('/users/drip', (_request, response) => {
    open.add(response);
    response.writeHead(200, { 'content-type': 'application/activity+json' });
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => {
      clearInterval(timer);
      open.delete(response);
    });
  });
  const begin = performance.now();
  // Forty of them, all below one's own domain, which costs nothing.
  const slow = Array.from({ length: 40 }, (_, i) => {
    const actor = `${m.originOf(`d${i}.mallory`)}/users/drip`;
    return shoot(
      m.sign(target.inbox, { id: `${actor}/1`, type: 'Like', actor }, { keyId: `${actor}#main-key` }),
      '127.0.2.1',
    );
  });
  await until(
    'the node waits for some of them',
    async () => m.log.filter((one) => one.path === '/users/drip').length >= 4,
  );
  // Meanwhile somebody new is looked up, heard and answered.
  const carol = f.person('carol');
  const spent = await judge.during(async () => {
    const follow = says(f, 'Follow', { actor: carol.actor, object: alice });
    expect((await f.post(target.inbox, follow, { by: carol })).status).toBe(202);
    await until('the Accept has come', async () =>
      f.received.some((one) => one['type'] === 'Accept' && JSON.stringify(one).includes(carol.actor)),
    );
  });
  expect(performance.now() - begin).toBeLessThan(8_000);
  expect(spent).toBeLessThan(60);
  // Never more than four at a time of one domain.
  expect(open.size).toBe(4);
  m.answers.delete('/users/drip');
  for (const response of open) response.destroy();
  const answers = await Promise.all(slow);
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
});

attack('object id on another origin than its URL', async () => {
  m.documents.set('/notes/1', { ...listing(f), attributedTo: f.actor });
  m.documents.set('/notes/2', { ...listing(f), id: `${m.origin}/notes/2` });
  await judge.traces();
  for (const path of ['/notes/1', '/notes/2']) {
    const uri = `${m.origin}${path}`;
    for (const type of ['Create', 'Update', 'Announce'])
      expect((await m.post(target.inbox, says(m, type, { object: uri }))).status).toBe(202);
  }
  const left = await judge.traces();
  expect(Object.keys(left.rows).filter((table) => !['received', 'actors', 'remoteKeys'].includes(table))).toEqual([]);
});

attack('a key document asked for on a signed GET by somebody who is no partner', async () => {
  const before = m.log.length;
  for (const path of ['/users/coop-marseille/catalogue?page=first', '/users/alice', '/users/alice/outbox']) {
    const { headers } = m.sign(
      `${target.origin}${path}`,
      {},
      { keyId: `${m.origin}/users/new-${Math.random()}#main-key` },
    );
    const answer = await shoot({
      url: `${target.origin}${path}`,
      method: 'GET',
      headers: { ...headers, accept: 'application/activity+json' },
    });
    expect(answer.status).toBe(200);
  }
  expect(m.log.length).toBe(before);
  expect((await m.post(target.inbox, message(m, alice))).status).toBe(202);
});
