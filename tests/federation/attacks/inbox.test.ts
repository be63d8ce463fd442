/** What must not get in: each against a real node over HTTP, by a real server with real signatures. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import { type Stranger, send, startStranger } from '../../support/stranger.ts';
import { type TestNode, addMember, publish, startNode } from '../../support/nodes.ts';

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public';
let node: TestNode;
let mallory: Stranger;
let friend: Stranger;
let inbox = '';
let alice = '';
let count = 0;
const id = (who: Stranger): string => `${who.origin}/activities/${++count}`;
const received = (): Promise<number> => node.db.read.$count(node.db.read.t.received);
const outcome = async (uri: string): Promise<string | undefined> =>
  (await node.db.read.select().from(node.db.read.t.received).where(eq(node.db.read.t.received.uri, uri)))[0]?.outcome;

beforeAll(async () => {
  [node, mallory, friend] = await Promise.all([
    startNode('marseille'),
    startStranger('mallory'),
    startStranger('friend'),
  ]);
  inbox = `${node.origin}/inbox`;
  alice = await addMember(node, 'alice', 'Alice');
});
afterAll(async () => {
  await Promise.all([mallory.close(), friend.close(), node.drop()]);
});

test('an unsigned activity is refused, and nothing is fetched for it', async () => {
  const before = mallory.asked.length;
  const answer = await send(
    `http://127.0.0.1:${new URL(node.origin).port}/inbox`,
    { host: node.host, 'content-type': 'application/activity+json' },
    JSON.stringify({ id: id(mallory), type: 'Follow', actor: mallory.actor, object: alice }),
  );
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ remedy: expect.stringContaining('Sign') });
  expect(mallory.asked).toHaveLength(before);
});

test('a Follow that is rightly signed is taken, in both dialects, once each however often it comes', async () => {
  for (const dialect of ['cavage', 'rfc9421'] as const) {
    const activity = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: id(friend),
      type: 'Follow',
      actor: friend.actor,
      object: alice,
    };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => friend.post(inbox, activity, { dialect })));
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
    expect(await outcome(activity.id)).toBe('applied');
  }
  const { follows } = node.db.read.t;
  expect(await node.db.read.$count(follows, eq(follows.follower, friend.actor))).toBe(1);
  await node.settled();
  expect(friend.received.some((activity) => activity['type'] === 'Accept')).toBe(true);
});

test.each([
  ['a body that was changed on the way', { body: '{"id":"x"}' }, 401],
  ['a signature of two hours ago', { now: new Date(Date.now() - 2 * 3_600_000) }, 401],
  ['another content type', { headers: { 'content-type': 'text/plain' } }, 415],
  ['a signature for another host', { headers: { host: 'elsewhere.example' } }, 421],
] as const)('%s is refused', async (_what, change, status) => {
  const before = await received();
  const answer = await mallory.post(
    inbox,
    { id: id(mallory), type: 'Follow', actor: mallory.actor, object: alice },
    change,
  );
  expect(answer.status).toBe(status);
  expect(await received()).toBe(before);
});

test("nobody acts in another's name", async () => {
  const forged = await mallory.post(inbox, {
    id: `${friend.origin}/activities/forged`,
    type: 'Follow',
    actor: friend.actor,
    object: alice,
  });
  expect(forged.status).toBe(401);
  const stolenKey = await mallory.post(
    inbox,
    { id: id(mallory), type: 'Follow', actor: friend.actor, object: alice },
    { keyId: `${friend.actor}#main-key` },
  );
  expect(stolenKey.status).toBe(401);
  const withFriendsKeyId = await mallory.post(
    inbox,
    { id: `${friend.origin}/activities/forged2`, type: 'Follow', actor: friend.actor, object: alice },
    { keyId: `${friend.actor}#main-key` },
  );
  expect(withFriendsKeyId.status).toBe(401);
});

test('a key document that merely claims an owner is not believed', async () => {
  const victim = `${mallory.origin}/users/victim`;
  mallory.documents.set('/users/victim', {
    id: victim,
    type: 'Person',
    inbox: `${victim}/inbox`,
    publicKey: { id: `${victim}#main-key`, owner: victim, publicKeyPem: 'none' },
  });
  mallory.documents.set('/keys/1', { id: `${mallory.origin}/keys/1`, owner: victim, publicKeyPem: 'none' });
  const answer = await mallory.post(
    inbox,
    { id: id(mallory), type: 'Follow', actor: victim, object: alice },
    { keyId: `${mallory.origin}/keys/1` },
  );
  expect(answer.status).toBe(401);
});

test('twenty bad signatures cost one fetch of the key', async () => {
  const actor = `${mallory.origin}/users/other`;
  mallory.documents.set('/users/other', { id: actor, type: 'Person', inbox: `${actor}/inbox` });
  const before = mallory.asked.filter((path) => path === '/users/other').length;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      mallory.post(inbox, { id: id(mallory), type: 'Like', actor, object: alice }, { keyId: `${actor}#main-key` }),
    ),
  );
  expect(mallory.asked.filter((path) => path === '/users/other').length - before).toBe(1);
});

test.each([
  ['nested 30 deep', `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`, 400],
  ['with 6,000 lists', `[${'[],'.repeat(6_000)}[]]`, 400],
  ['larger than 256 KiB', JSON.stringify({ x: 'y'.repeat(300_000) }), 413],
  ['no JSON', 'hello', 400],
  ['no object', '[1]', 400],
] as const)('a body %s is refused before it becomes objects', async (_what, body, status) => {
  const bytes = Buffer.from(body);
  const { createHash, generateKeyPairSync } = await import('node:crypto');
  const { signedHeaders } = await import('#federation/signatures.ts');
  const headers = signedHeaders({
    method: 'POST',
    url: inbox,
    body: bytes,
    keyId: `${mallory.actor}#main-key`,
    privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    dialect: 'cavage',
    now: new Date(),
  });
  expect(headers['digest']).toBe(`SHA-256=${createHash('sha256').update(bytes).digest('base64')}`);
  const answer = await send(
    `http://127.0.0.1:${new URL(node.origin).port}/inbox`,
    { ...headers, 'content-type': 'application/activity+json' },
    body,
  );
  expect(answer.status).toBe(status);
});

test('a @context that turns terms round is not believed', async () => {
  const activity = {
    '@context': ['https://www.w3.org/ns/activitystreams', { actor: 'as:object', object: 'as:actor' }],
    id: id(mallory),
    type: 'Follow',
    actor: mallory.actor,
    object: alice,
  };
  expect((await mallory.post(inbox, activity)).status).toBe(202);
  expect(await outcome(activity.id)).toBe('ignored');
});

test("a stranger's listing does not enter the catalogue, and it cannot delete one of ours", async () => {
  const uri = `${mallory.origin}/items/1`;
  const create = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: id(mallory),
    type: 'Create',
    actor: mallory.actor,
    to: [PUBLIC],
    object: {
      id: uri,
      type: 'Proposal',
      attributedTo: mallory.actor,
      name: 'Trop beau',
      purpose: 'offer',
      to: [PUBLIC],
      published: new Date().toISOString(),
      publishes: { type: 'Intent', action: 'transfer' },
    },
  };
  expect((await mallory.post(inbox, create)).status).toBe(202);
  expect(await findListingByUri(node.db.read, uri)).toBeUndefined();
  expect(await outcome(create.id)).toBe('ignored');
  const ours = await publish(node, 'alice');
  const remove = { id: id(mallory), type: 'Delete', actor: mallory.actor, object: ours.uri };
  expect((await mallory.post(inbox, remove)).status).toBe(202);
  expect(await outcome(remove.id)).toBe('refused');
  expect(await findListingByUri(node.db.read, ours.uri)).toBeDefined();
});

test('a message from anywhere reaches its one reader, and nobody else may read it', async () => {
  const note = `${friend.origin}/notes/1`;
  const activity = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: id(friend),
    type: 'Create',
    actor: friend.actor,
    to: [alice],
    object: {
      id: note,
      type: 'Note',
      attributedTo: friend.actor,
      to: [alice],
      content: '<p>Bonjour <img src=x onerror=alert(1)><a href="javascript:alert(1)">ici</a></p>',
    },
  };
  expect((await friend.post(inbox, activity)).status).toBe(202);
  const rows = await node.db.read.select().from(node.db.read.t.messages);
  expect(rows).toHaveLength(1);
  expect(rows[0]!.html).not.toMatch(/onerror|javascript|<img/);
});

test('an activity without an id, as WordPress sends some, is taken and ignored', async () => {
  expect(
    (
      await friend.post(inbox, {
        '@context': 'https://www.w3.org/ns/activitystreams',
        type: 'Update',
        actor: friend.actor,
        object: friend.actor,
      })
    ).status,
  ).toBe(202);
  const lines = await node.db.read
    .select()
    .from(node.db.read.t.received)
    .where(eq(node.db.read.t.received.actor, friend.actor));
  expect(lines.at(-1)).toMatchObject({ type: 'Update', outcome: 'ignored', reason: 'The activity has no id.' });
});

test('what is not understood is taken, ignored, and told in the journal', async () => {
  const activity = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: id(friend),
    type: 'Listen',
    actor: friend.actor,
    object: 'https://music.example/1',
  };
  expect((await friend.post(inbox, activity)).status).toBe(202);
  expect(await outcome(activity.id)).toBe('ignored');
});

test('a blocked server is dropped, however its name is spelled, and costs no fetch', async () => {
  await node.db.write(async (tx) => {
    await tx
      .insert(tx.t.domainRules)
      .values({ domain: 'mallory.localhost', severity: 'suspend', comment: '', created: new Date() });
  });
  const activity = { id: id(mallory), type: 'Follow', actor: mallory.actor, object: alice };
  const before = mallory.asked.length;
  expect((await mallory.post(inbox, activity)).status).toBe(202);
  expect(await outcome(activity.id)).not.toBe('applied');
  expect(mallory.asked).toHaveLength(before);
  const { follows } = node.db.read.t;
  expect(await node.db.read.$count(follows, eq(follows.follower, mallory.actor))).toBe(0);
});
