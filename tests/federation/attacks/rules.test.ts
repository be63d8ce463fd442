/** Rules as admins type them, against servers that spell themselves otherwise: at the inbox, fetch, inspect and follow. */
import { and, eq, ne } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { sendMessage } from '#domain/conversations.ts';
import { follow } from '#domain/follows.ts';
import { cutPeer } from '#domain/peers.ts';
import { changeRules, readRule } from '#domain/rules.ts';
import { streamOf } from '#domain/stream.ts';
import { attack, beside, listing, makePeer, says } from '../../support/attack.ts';
import { type TestNode, addMember, publish, startNode, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Person, type Stranger, startStranger } from '../../support/stranger.ts';

let node: TestNode;
/** `e` is what the rules are for, by whatever name; `f` is a friend. */
let [e, f]: [Stranger, Stranger] = [undefined as never, undefined as never];
let [bob, carla] = ['', ''];
let inbox = '';

beforeAll(async () => {
  [e, f, node] = await Promise.all([startStranger('enemy'), startStranger('friend'), startNode('lyon')]);
  inbox = `${node.origin}/inbox`;
  [bob, carla] = [await addMember(node, 'bob', 'Bob'), await addMember(node, 'carla', 'Carla')];
  await beside(() => shoot(f.sign(inbox, says(f, 'Follow', { object: bob }))));
});
afterAll(async () => {
  await Promise.all([node?.drop(), e?.close(), f?.close()]);
});

const BASE = { severity: 'suspend', rejectMedia: false, rejectReports: false, subdomains: true };
const ruled = async (domain: string, change: Partial<typeof BASE> = {}): Promise<string> => {
  const words = { comment: '', publicComment: '', obfuscate: false };
  const read = readRule(node.site, { ...BASE, ...words, domain, ...change });
  if (!read.ok) throw new Error(`${domain}: ${JSON.stringify(read.errors)}`);
  const rule = read.value;
  await node.db.write((tx) => changeRules(tx, node.site, 'ada', [{ domain: rule.domain, rule }]));
  return rule.domain;
};
const lifted = (domain: string): Promise<void> =>
  node.db.write((tx) => changeRules(tx, node.site, 'ada', [{ domain }]));
const journalled = async (uri: unknown): Promise<string[]> =>
  (
    await node.db.read
      .select()
      .from(node.db.read.t.received)
      .where(eq(node.db.read.t.received.uri, String(uri)))
  ).map((line) => line.code);
const codeOf = (result: { ok: boolean; errors?: { code: string }[] }): string | undefined =>
  result.ok ? 'found' : result.errors?.[0]?.code;

/** What of a server gets through, in each of the places where it might. */
const through = async (of: Person, spelled: string): Promise<string[]> => {
  const got: string[] = [];
  const before = e.log.length;
  const id = `${new URL(of.actor).origin}/a/${Math.random()}`;
  const activity = { ...says(e, 'Follow', { object: bob }), actor: of.actor, id };
  const answer = await shoot(e.sign(inbox, activity, { by: of }));
  if (answer.status !== 202) got.push(`inbox ${answer.status}`);
  if ((await journalled(id)).some((code) => code !== 'blocked')) got.push('inbox');
  const thing = `${new URL(of.actor).origin}/notes/${Math.random()}`;
  const announced = says(f, 'Announce', { object: thing });
  await f.post(inbox, announced);
  if ((await journalled(announced['id']))[0] !== 'announceBlocked') got.push('fetch');
  if (codeOf(await node.federation.port.inspect(spelled)) !== 'discovery.blocked') got.push('inspect');
  if (codeOf(await node.federation.port.lookup(of.actor)) !== 'discovery.blocked') got.push('look-up');
  const followed = await node.db.write((tx) => follow(tx, node.site, carla, { uri: of.actor, local: false }));
  if (codeOf(followed) !== 'discovery.blocked') got.push('follow');
  const about = { uri: `${node.origin}/x`, title: 'x' };
  const to = { uri: of.actor, local: false };
  const written = await node.db.write((tx) => sendMessage(tx, node.site, carla, to, about, 'Bonjour'));
  if (codeOf(written) !== 'discovery.blocked') got.push('message');
  // What was let through before may still be on its way to it; nothing is asked of it.
  const asked = e.log.slice(before).filter((one) => one.method === 'GET');
  if (asked.length > 0) got.push(`asked for ${asked.at(-1)?.path}`);
  return got;
};

attack('a rule typed in another spelling', async () => {
  await makePeer(node, f);
  const { port } = new URL(e.origin);
  const plain = e.person('x');
  const café = e.person('x', { name: 'xn--caf-dma' });
  const spellings: [string, Person][] = [
    ['enemy.localhost', plain],
    ['ENEMY.LocalHost', plain],
    ['enemy.localhost.', plain],
    ['enemy.localhost:1', plain],
    [`https://mallory:secret@enemy.localhost:${port}/users/x?y#z`, plain],
    ['@x@enemy.localhost', plain],
    ['*.enemy.localhost', plain],
    ['ｅｎｅｍｙ。localhost', plain],
    ['ene\u00ADmy.localhost', plain],
    ['café.localhost', café],
    ['CAFE\u0301.localhost', café],
    ['xn--caf-dma.localhost', café],
  ];
  for (const [typed, of] of spellings) {
    const domain = await ruled(typed);
    expect(await through(of, new URL(of.actor).host), typed).toEqual([]);
    await lifted(domain);
  }
  // Without a rule all of it gets through: the places are the right ones.
  expect(await through(plain, e.host)).toEqual(
    expect.arrayContaining(['inbox', 'fetch', 'inspect', 'look-up', 'follow', 'message']),
  );
});

attack(
  'a server that spells itself otherwise than the rule: case, dot, port, sub-domain, punycode, brackets',
  async () => {
    const { port } = new URL(e.origin);
    const domain = await ruled('enemy.localhost');
    const addresses = [await ruled('127.0.0.1'), await ruled('2001:db8::1')];
    const named = [
      'http://ENEMY.localhost:1',
      `http://enemy.localhost.:${port}`,
      'http://enemy.localhost:65000',
      `http://a.b.enemy.localhost:${port}`,
      'http://ｅnemy.localhost:1',
      'http://%65nemy.localhost:1',
      `http://127.1:${port}`,
      `http://0x7f.0.0.1:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      `http://[::ffff:7f00:1]:${port}`,
      'http://[2001:DB8:0:0::1]:8443',
      'http://[2001:db8::1]:1',
    ];
    for (const origin of named) {
      const actor = `${origin}/users/x`;
      const keyId = `${new URL(actor).href}#main-key`;
      expect(await through({ actor, keyId, keys: e.me.keys }, origin), origin).toEqual([]);
    }
    for (const one of [domain, ...addresses]) await lifted(one);
  },
);

attack('a partner that spells itself otherwise is one server, and what it sent goes with the partnership', async () => {
  const { host, port } = new URL(f.origin);
  const dotted = `http://friend.localhost.:${port}`;
  const me = f.person('dot');
  const actor = `${dotted}/users/dot`;
  const document = JSON.parse(JSON.stringify(f.documents.get('/users/dot')).replaceAll(f.origin, dotted)) as object;
  f.documents.set(`friend.localhost.:${port}/users/dot`, document);
  const object = listing(f, { name: 'Avec un point' }, actor);
  const create = { ...says(f, 'Create', { object }), id: `${dotted}/a/1`, actor };
  const by: Person = { actor, keyId: `${actor}#main-key`, keys: me.keys };
  expect((await shoot(f.sign(inbox, create, { by }))).status).toBe(202);
  const { listings, peers } = node.db.read.t;
  const copies = () =>
    node.db.read
      .select()
      .from(listings)
      .where(eq(listings.uri, String(object['id'])));
  expect((await copies()).map((row) => row.host)).toEqual([host]);
  const [peer] = await node.db.read.select().from(peers).where(eq(peers.host, host));
  await node.db.write((tx) => cutPeer(tx, node.site, peer!, false));
  expect(await copies()).toEqual([]);
  await node.db.write((tx) => tx.delete(peers).where(eq(peers.host, host)));
  await makePeer(node, f);
});

attack('a rule for a name alone, and the names below it', async () => {
  const domain = await ruled('enemy.localhost', { subdomains: false });
  expect(await through(e.person('x'), `ENEMY.localhost.:${new URL(e.origin).port}`)).toEqual([]);
  const below = e.person('x', { name: 'below.enemy' });
  expect(await through(below, new URL(below.actor).host)).toEqual(expect.arrayContaining(['inbox', 'look-up']));
  await lifted(domain);
});

attack('what waited to be sent when its server was shut out', async () => {
  expect(codeOf(await node.federation.port.lookup(e.actor))).toBe('found');
  await makePeer(node, e);
  e.answers.set('/users/enemy/inbox', (_request, response) => void response.writeHead(503).end());
  await publish(node, 'bob', { title: 'Une chaise' });
  const { deliveries: d } = node.db.read.t;
  const theirs = and(eq(d.host, e.host), ne(d.state, 'done'));
  const waiting = () => node.db.read.$count(d, theirs);
  await until('it waits', async () => (await waiting()) > 0);
  const domain = await ruled('enemy.localhost');
  expect(await waiting()).toBe(0);
  // One that was under way just then may still end.
  await node.federation.worker.idle();
  e.answers.clear();
  // One that another process was just writing.
  const heard = e.log.length;
  await node.db.write(async (tx) => {
    const [activity] = await tx.select().from(tx.t.activities).limit(1);
    const now = node.site.now();
    await tx.insert(tx.t.deliveries).values({
      activity: activity!.uri,
      inbox: `${e.actor}/inbox`,
      host: e.host,
      key: `${activity!.actor}#main-key`,
      priority: 5,
      state: 'waiting',
      attempts: 0,
      due: now,
      created: now,
    });
    await tx.delete(tx.t.hosts);
  });
  await until('it is given up', async () => (await node.db.read.$count(d, and(theirs, eq(d.state, 'dead')))) > 0);
  const [buried] = await node.db.read.select().from(d).where(theirs);
  expect([buried?.state, buried?.error]).toEqual(['dead', expect.stringMatching(/^blocked: /)]);
  expect(e.log.length).toBe(heard);
  await lifted(domain);
});

attack('a hidden server: in no list, and whoever follows it goes on', async () => {
  await node.db.write((tx) => tx.update(tx.t.peers).set({ state: 'active' }).where(eq(tx.t.peers.host, e.host)));
  const following = (follower: string, followed: string): Promise<void> =>
    node.db.write(async (tx) => {
      const [id, now] = [crypto.randomUUID(), new Date()];
      const row = { id, uri: `${follower}/f/${id}`, follower, followed, state: 'accepted', created: now, updated: now };
      await tx.insert(tx.t.follows).values(row).onConflictDoNothing();
    });
  await following(bob, e.actor);
  await following(carla, f.actor);
  const share = async (name: string): Promise<string> => {
    const copy = listing(e, { name });
    await e.post(inbox, says(e, 'Create', { object: copy }));
    await f.post(inbox, says(f, 'Announce', { object: copy['id'] }));
    return String(copy['id']);
  };
  const places = async (name: string): Promise<string[]> => {
    const now = new Date();
    const got = [];
    for (const member of [true, false])
      if ((await searchCatalogue(node.db.read, now, { member }, { limit: 99 })).items.some((row) => row.title === name))
        got.push(`catalogue ${member ? 'of members' : 'of all'}`);
    const get = async (path: string) =>
      (await shoot({ url: `${node.origin}${path}`, method: 'GET', headers: { accept: 'text/html' } })).text;
    for (const path of ['/listings', `/listings?host=${e.host}`, '/api/v1/listings'])
      if ((await get(path)).includes(name)) got.push(path);
    if ((await get('/')).includes(e.host)) got.push('partners on the home page');
    if ((await get('/api/v1/peers')).includes(e.host)) got.push('partners of the API');
    for (const [who, uri] of Object.entries({ bob, carla }))
      if ((await streamOf(node.db.read, uri, 50)).items.some((one) => 'listing' in one && one.listing.title === name))
        got.push(`stream of ${who}`);
    return got;
  };
  await share('Un banc rouge');
  expect(await places('Un banc rouge')).toEqual([
    'catalogue of members',
    'catalogue of all',
    '/listings',
    `/listings?host=${e.host}`,
    '/api/v1/listings',
    'partners on the home page',
    'partners of the API',
    'stream of bob',
    'stream of carla',
  ]);
  const domain = await ruled('enemy.localhost', { severity: 'silence' });
  expect(await places('Un banc rouge')).toEqual(['stream of bob']);
  const uri = await share('Un banc vert');
  expect(await places('Un banc vert')).toEqual(['stream of bob']);
  const { listings } = node.db.read.t;
  const [row] = await node.db.read.select().from(listings).where(eq(listings.uri, uri));
  expect((await shoot({ url: `${node.origin}/listings/${row!.id}`, method: 'GET', headers: {} })).status).toBe(200);
  await lifted(domain);
  expect(await places('Un banc vert')).toHaveLength(9);
});

attack('reports of a server whose reports are dropped', async () => {
  const flag = () => says(e, 'Flag', { content: 'x', object: bob });
  const { reports } = node.db.read.t;
  const domain = await ruled('enemy.localhost', { severity: 'noop', rejectReports: true });
  const dropped = flag();
  expect((await e.post(inbox, dropped)).status).toBe(202);
  expect([await journalled(dropped['id']), await node.db.read.$count(reports)]).toEqual([['flagRejected'], 0]);
  // All else of it is heard.
  const other = says(e, 'Follow', { object: bob });
  await e.post(inbox, other);
  expect(await journalled(other['id'])).toEqual(['followed']);
  await lifted(domain);
  const taken = flag();
  await e.post(inbox, taken);
  expect([await journalled(taken['id']), await node.db.read.$count(reports)]).toEqual([['flagNoted'], 1]);
});
