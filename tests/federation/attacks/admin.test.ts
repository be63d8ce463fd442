/** What admins decide, and how others would get round it: blocked domains, partners' views, the last admin. */
import { and, eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { streamOf } from '#domain/stream.ts';
import { TAKEN, attack, createJudge, listing, makePeer, says } from '../../support/attack.ts';
import { machine } from '../../support/cli.ts';
import { type TestNode, addMember, publish, startNode, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Json, type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

let target: Target;
let node: TestNode;
/** `e` is shut out: a partner once, whom members followed. */
let [m, f, e]: [Stranger, Stranger, Stranger] = [undefined as never, undefined as never, undefined as never];
let [bob, carla] = ['', ''];
let catalogue = '';

const judge = createJudge(() => ({
  target,
  strangers: [m, f, e],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));
const block = (on: TestNode, domain: string): Promise<void> =>
  on.db.write(async (tx) => {
    await tx.insert(tx.t.domainRules).values({ domain, severity: 'suspend', comment: '', created: new Date() });
  });
const following = (on: TestNode, follower: string, followed: string): Promise<void> =>
  on.db.write(async (tx) => {
    const now = new Date();
    const id = crypto.randomUUID();
    await tx
      .insert(tx.t.follows)
      .values({ id, uri: `${follower}/f/${id}`, follower, followed, state: 'accepted', created: now, updated: now });
  });

beforeAll(async () => {
  [m, f, e] = await Promise.all([startStranger('mallory'), startStranger('friend'), startStranger('enemy')]);
  [target, node] = await Promise.all([
    startTarget('marseille', async (fresh) => {
      const alice = await addMember(fresh, 'alice', 'Alice');
      await makePeer(fresh, f);
      for (const domain of ['mallory.localhost', 'xn--caf-dma.localhost']) await block(fresh, domain);
      await following(fresh, alice, f.actor);
    }),
    startNode('lyon'),
  ]);
  catalogue = `${node.origin}/users/coop-lyon/catalogue`;
  bob = await addMember(node, 'bob', 'Bob');
  carla = await addMember(node, 'carla', 'Carla');
  await makePeer(node, f);
  await makePeer(node, e);
  for (const one of [f, e]) await following(node, bob, one.actor);
  await following(node, carla, f.actor);
  await publish(node, 'bob', { title: 'Pour tout le monde' });
  await publish(node, 'bob', { title: 'Pour les partenaires', audience: 'peers' });
  await publish(node, 'bob', { title: 'Entre membres', audience: 'members' });
  await node.settled();
});
afterAll(async () => {
  await Promise.all([target?.drop(), node?.drop(), m?.close(), f?.close(), e?.close()]);
});

attack('domain block beaten by sub-domain, port, trailing dot, case, full-width, punycode', async () => {
  const { port } = new URL(m.origin);
  const spellings = [
    'mallory',
    'a.b.mallory',
    'MALLORY',
    'MaLLory',
    'ｍａｌｌｏｒｙ',
    '%6dallory',
    'ma\u00ADllory',
    'café',
    'CAFÉ',
    'xn--caf-dma',
    'x.xn--caf-dma',
  ];
  const origins = [
    ...spellings.map((name) => `http://${name}.localhost:${port}`),
    `http://mallory.localhost.:${port}`,
    `http://mallory.localhost:80`,
    'http://mallory.localhost:65000',
    'https://mallory.localhost',
    'http://mallory。localhost:1',
    'http://mallory.ＬＯＣＡＬＨＯＳＴ:1',
  ];
  await judge.unit();
  await judge.traces();
  const shots = origins.map((origin) => {
    const actor = `${origin}/users/mallory`;
    const activity = {
      id: `${origin}/a/${Math.random()}`,
      type: 'Follow',
      actor,
      object: `${target.origin}/users/alice`,
    };
    // A header holds no more than ASCII; the origin is the same.
    return m.sign(target.inbox, activity, { keyId: `${new URL(actor).href}#main-key` });
  });
  const { answers, each } = await judge.cost(shots);
  expect(answers.map((answer, i) => [origins[i], answer.status])).toEqual(origins.map((origin) => [origin, 202]));
  expect(each).toBeLessThan(TAKEN);
  const left = await judge.traces();
  expect(left.requests).toEqual([]);
  // A line an hour for each host, so that a blocked server does not fill the journal.
  expect(Object.keys(left.rows)).toEqual(['received']);
  const lines = await target.db.read
    .select()
    .from(target.db.read.t.received)
    .where(like(target.db.read.t.received.reason, '%blocked%'));
  expect(lines.every((line) => line.outcome === 'refused')).toBe(true);
  // Whoever only sounds like it is heard.
  const other = m.person('x', { name: 'notmallory' });
  const heard = { id: `${other.actor}/1`, type: 'Follow', actor: other.actor, object: `${target.origin}/users/alice` };
  expect((await shoot(m.sign(target.inbox, heard, { by: other }))).status).toBe(202);
  expect((await judge.traces()).rows).toMatchObject({ follows: 1 });
  await until('it is answered', async () => m.received.some((one) => one['type'] === 'Accept'));
  await until('the answer is noted', async () => {
    const { deliveries } = target.db.read.t;
    return (await target.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))) === 0;
  });
});

attack('blocked peer’s object through a friend’s Announce', async () => {
  const stolen = listing(m);
  m.documents.set(new URL(String(stolen['id'])).pathname, stolen);
  await judge.traces();
  const ids: string[] = [];
  for (const object of [
    stolen['id'],
    stolen,
    says(m, 'Create', { object: stolen }),
    says(m, 'Create', { object: stolen['id'] }),
  ]) {
    const activity = says(f, 'Announce', { object });
    ids.push(String(activity['id']));
    const { answers, each } = await judge.cost([f.sign(target.inbox, activity)]);
    expect(answers[0]!.status).toBe(202);
    expect(each).toBeLessThan(TAKEN * 4);
  }
  // A note of the friend's own that is attributed to the blocked one.
  f.documents.set('/notes/mixed', {
    id: `${f.origin}/notes/mixed`,
    type: 'Note',
    attributedTo: m.actor,
    to: ['as:Public'],
    content: 'x',
  });
  expect((await f.post(target.inbox, says(f, 'Announce', { object: `${f.origin}/notes/mixed` }))).status).toBe(202);
  const left = await judge.traces();
  expect(left.requests.filter((line) => line.includes(' mallory.'))).toEqual([]);
  expect(Object.keys(left.rows).filter((table) => !['received', 'remoteKeys', 'actors'].includes(table))).toEqual([]);
  const lines = await target.db.read.select().from(target.db.read.t.received);
  expect(lines.filter((line) => ids.includes(line.uri)).map((line) => line.outcome)).toEqual([
    'refused',
    'refused',
    'refused',
    'refused',
  ]);
});

/** Titles in the catalogue, as somebody reads it by a signed or plain GET. */
const titles = async (shot: Parameters<typeof shoot>[0]): Promise<string[]> => {
  const answer = await shoot(shot);
  expect(answer.status, answer.text).toBe(200);
  const items: Json[] = JSON.parse(answer.text).orderedItems ?? [];
  return items.map((item) => String(item['name'])).toSorted();
};

attack('a stranger, and whoever signs as none of the partners, fetching what is for partners', async () => {
  const page = `${catalogue}?page=first`;
  const open = ['Pour tout le monde'];
  expect(await titles(f.ask(page))).toEqual(['Pour les partenaires', ...open]);
  expect(await titles(f.ask(page, { dialect: 'rfc9421' }))).toEqual(['Pour les partenaires', ...open]);
  expect(await titles({ url: page, method: 'GET', headers: { accept: 'application/activity+json' } })).toEqual(open);
  expect(await titles(m.ask(page))).toEqual(open);
  expect(await titles(m.ask(page, { by: { ...m.me, keyId: f.me.keyId } }))).toEqual(open);
  expect(await titles(f.ask(page, { now: new Date(Date.now() - 2 * 3_600_000) }))).toEqual(open);
  expect(await titles(f.ask(page, { for: `${catalogue}?page=1` }))).toEqual(open);
});

attack('a partner’s signed GET that another server got, passed on to us', async () => {
  // The friend asks Mallory for a path that is one of ours; Mallory sends the very request on, its Host header with it.
  const page = `${catalogue}?page=first`;
  const lured = `${m.origin}/users/coop-lyon/catalogue?page=first`;
  for (const dialect of ['cavage', 'rfc9421'] as const) {
    expect(await titles(f.ask(page, { for: lured, dialect }))).toEqual(['Pour tout le monde']);
    const asIfOurs = f.ask(page, { for: lured, dialect });
    expect(await titles({ ...asIfOurs, headers: { ...asIfOurs.headers, host: node.host } })).toEqual([
      'Pour tout le monde',
    ]);
  }
});

attack('members-only data and drafts, by anybody elsewhere', async () => {
  const rows = await node.db.read.select().from(node.db.read.t.listings).where(eq(node.db.read.t.listings.local, true));
  const uris = rows.flatMap((row) =>
    [row.uri, row.proposalUri, `${node.origin}/listings/${row.id}`].map((uri) => [row.audience, uri] as const),
  );
  for (const [audience, uri] of uris) {
    const [stranger, partner] = await Promise.all([shoot(m.ask(uri)), shoot(f.ask(uri))]);
    expect([stranger.status, partner.status], uri).toEqual(
      audience === 'public' ? [200, 200] : audience === 'peers' ? [404, 200] : [404, 404],
    );
  }
  const outbox = await shoot(m.ask(`${bob}/outbox?page=first`));
  expect(outbox.text).not.toMatch(/partenaires|membres/);
});

attack('blocked peer fetching members-only data', async () => {
  const page = `${catalogue}?page=first`;
  expect(await titles(e.ask(page))).toEqual(['Pour les partenaires', 'Pour tout le monde']);
  // It had shared something, and it was shown.
  const copy = listing(e, { name: 'De l’ennemi' });
  expect((await e.post(`${node.origin}/inbox`, says(e, 'Create', { object: copy }))).status).toBe(202);
  const shown = async (): Promise<boolean[]> => {
    const found = await searchCatalogue(node.db.read, new Date(), { member: true }, { limit: 100 });
    const stream = await streamOf(node.db.read, bob, 50);
    const passedOn = await streamOf(node.db.read, carla, 50);
    const [row] = await node.db.read
      .select()
      .from(node.db.read.t.listings)
      .where(eq(node.db.read.t.listings.uri, String(copy['id'])));
    const get = (path: string) =>
      shoot({ url: `${node.origin}${path}`, method: 'GET', headers: { accept: 'text/html' } });
    return [
      found.items.some((item) => item.title === 'De l’ennemi'),
      stream.items.some((item) => 'listing' in item && item.listing.title === 'De l’ennemi'),
      passedOn.items.some((item) => 'listing' in item && item.listing.title === 'De l’ennemi'),
      (await get(`/listings/${row!.id}`)).status === 200,
      (await get('/api/v1/listings')).text.includes('De l’ennemi'),
      (await get(`/api/v1/listings/${row!.id}`)).status === 200,
      (await get(`/listings?host=${e.host}`)).text.includes('De l’ennemi'),
    ];
  };
  // A friend had passed it on, too, to one who follows nobody but the friend.
  expect((await f.post(`${node.origin}/inbox`, says(f, 'Announce', { object: copy['id'] }))).status).toBe(202);
  expect(await shown()).toEqual([true, true, true, true, true, true, true]);
  await block(node, 'enemy.localhost');
  expect(await shown()).toEqual([false, false, false, false, false, false, false]);
  expect(await titles(e.ask(page))).toEqual(['Pour tout le monde']);
  for (const row of await node.db.read
    .select()
    .from(node.db.read.t.listings)
    .where(and(eq(node.db.read.t.listings.local, true), eq(node.db.read.t.listings.audience, 'peers'))))
    expect((await shoot(e.ask(row.uri))).status).toBe(404);
});

attack('a blocked server is told nothing and asked nothing', async () => {
  await following(node, e.actor, bob);
  const before = e.log.length;
  await publish(node, 'bob', { title: 'Après' });
  await publish(node, 'bob', { title: 'Après, entre partenaires', audience: 'peers' });
  await node.settled();
  const { deliveries } = node.db.read.t;
  expect(await node.db.read.$count(deliveries, and(eq(deliveries.host, e.host), eq(deliveries.state, 'waiting')))).toBe(
    0,
  );
  const looked = await node.federation.port.lookup(`@enemy@${e.host}`);
  expect(looked.ok || looked.errors[0]!.code).toBe('discovery.blocked');
  const byUrl = await node.federation.port.lookup(e.actor);
  expect(byUrl.ok || byUrl.errors[0]!.code).toBe('discovery.blocked');
  const inspected = await node.federation.port.inspect(`https://ENEMY.localhost:${new URL(e.origin).port}/about`);
  expect(inspected.ok || inspected.errors[0]!.code).toBe('discovery.blocked');
  expect(e.log.length).toBe(before);
});

attack('last admin removed: recovery by command on the host', async () => {
  const { accounts } = node.db.read.t;
  await node.db.write(async (tx) => {
    await tx.update(accounts).set({ role: 'member' });
  });
  expect(await node.db.read.$count(accounts, eq(accounts.role, 'admin'))).toBe(0);
  const host = machine({ MAILLON_DATA: node.dir, MAILLON_ORIGIN: node.origin });
  try {
    const ran = await host.maillon(['member', 'promote', 'carla']);
    expect(ran.code, ran.err).toBe(0);
    const [carla] = await node.db.read.select().from(accounts).where(eq(accounts.handle, 'carla'));
    expect(carla!.role).toBe('admin');
    // And there is always one: the command, too, leaves the last where it is.
    for (const words of [
      ['member', 'demote', 'carla'],
      ['member', 'suspend', 'carla'],
    ])
      expect((await host.maillon(words)).code).toBe(1);
    expect(await node.db.read.$count(accounts, and(eq(accounts.role, 'admin'), eq(accounts.state, 'active')))).toBe(1);
  } finally {
    host.drop();
  }
});
