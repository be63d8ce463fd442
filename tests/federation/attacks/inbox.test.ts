/** Inbox, identity, signature: who may say what, to a real node in a process of its own, by real servers with real keys. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { TAKEN, UNREAD, attack, createJudge, freshId, listing, makePeer, message, says } from '../../support/attack.ts';
import { crooked, sha } from '../../support/crooked.ts';
import { addMember, until } from '../../support/nodes.ts';
import { type Shot, shoot } from '../../support/shots.ts';
import { type Json, type Person, type Stranger, newKeys, pemOf, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

let target: Target;
let [mallory, friend]: Stranger[] = [];
let [alice, bob] = ['', ''];
/** Mallory's neighbours on the same server, and one whose key is too short. */
let [neighbour, short]: Person[] = [];
let [m, f]: [Stranger, Stranger] = [undefined as never, undefined as never];

const judge = createJudge(() => ({
  target,
  strangers: [m, f],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));
const outcome = async (uri: unknown): Promise<string | undefined> => {
  const { received } = target.db.read.t;
  return (
    await target.db.read
      .select()
      .from(received)
      .where(eq(received.uri, String(uri)))
  )[0]?.outcome;
};
const follows = (follower: string, followed: string): Promise<number> => {
  const table = target.db.read.t.follows;
  return target.db.read.$count(
    table,
    and(eq(table.follower, follower), eq(table.followed, followed), eq(table.state, 'accepted')),
  );
};
/** A Follow of Alice by Mallory: harmless, and easily seen when it gets in. */
const ask = (rest: Json = {}): Json => says(m, 'Follow', { object: alice, ...rest });
const signed = (activity: Json, change?: Parameters<Stranger['sign']>[2]): Shot =>
  m.sign(target.inbox, activity, change);
const odd = (how: Parameters<typeof crooked>[3], by: Person = m.me): Shot => crooked(target.inbox, by, ask(), how);

beforeAll(async () => {
  [m, f] = [mallory, friend] = await Promise.all([startStranger('mallory'), startStranger('friend')]);
  neighbour = m.person('neighbour', { keys: newKeys() });
  short = m.person('short', { keys: newKeys(1024) });
  target = await startTarget('marseille', async (node) => {
    [alice, bob] = [await addMember(node, 'alice', 'Alice'), await addMember(node, 'bob', 'Bob')];
    await makePeer(node, f);
  });
  // Everybody's key is known here before anything is counted.
  for (const by of [m.me, neighbour, short])
    await m.post(target.inbox, says(m, 'Like', { actor: by.actor, object: alice }), { by });
});
afterAll(async () => {
  await Promise.all([target?.drop(), mallory?.close(), friend?.close()]);
});

judge.cases([
  {
    case: 'unsigned POST',
    shots: () => ({ ...signed(ask()), headers: { 'content-type': 'application/activity+json' } }),
    status: 401,
    says: /Sign it with HTTP signatures/,
    cost: UNREAD,
    times: 100,
  },
  {
    case: 'wrong content type',
    shots: () =>
      ['text/plain', 'application/json-seq', 'text/html; application/json', ''].map((type) =>
        signed(ask(), { headers: { 'content-type': type } }),
      ),
    status: 415,
    cost: UNREAD,
  },
  {
    case: 'JSON that is no object',
    shots: () => ['[1]', '"x"', 'null', '1', 'hello', ''].map((text) => signed({}, { bytes: Buffer.from(text) })),
    status: 400,
  },
  {
    case: 'key of another actor',
    shots: () => [
      signed(ask({ actor: neighbour!.actor })),
      signed(ask({ actor: neighbour!.actor }), { keyId: neighbour!.keyId }),
      signed(ask(), { keyId: neighbour!.keyId }),
      signed(ask(), { by: neighbour! }),
    ],
    status: 401,
    // What an actor does not list is looked for once.
    leaves: ['remoteKeys', 'actors'],
    fetches: 2,
  },
  {
    case: 'key of another origin',
    shots: () => [
      signed(ask({ actor: f.actor, id: freshId(f) })),
      signed(ask({ actor: f.actor, id: freshId(f) }), { keyId: f.me.keyId }),
      signed(ask(), { keyId: f.me.keyId, privateKey: f.me.keys.privateKey }),
    ],
    status: 401,
    fetches: 1,
  },
  { case: 'several actors', shots: () => signed(ask({ actor: [m.actor, f.actor] })), status: 400, says: /one actor/ },
  {
    case: 'actor inline',
    shots: () => signed(ask({ actor: { id: m.actor, type: 'Person', inbox: `${f.actor}/inbox` } })),
    status: 400,
  },
  { case: 'id of another origin', shots: () => signed(ask({ id: freshId(f) })), status: 401, says: /origin/ },
  { case: 'an actor of ours', shots: () => signed(ask({ actor: alice, id: freshId(target) })), status: 401 },
  { case: 'two types', shots: () => signed(ask({ type: ['Follow', 'Delete'] })), status: 400, says: /single type/ },
  { case: 'body changed on the way', shots: () => signed(ask(), { body: JSON.stringify(ask()) }), status: 401 },
  { case: 'signature over nothing', shots: () => odd({ covers: [] }), status: 401 },
  { case: 'signature over the date alone', shots: () => odd({ covers: ['date'] }), status: 401 },
  {
    case: 'signature without host',
    shots: () => odd({ covers: ['(request-target)', 'date', 'digest'] }),
    status: 401,
    says: /host/,
  },
  {
    case: 'signature without the body',
    shots: () => [
      odd({ covers: ['(request-target)', 'host', 'date'] }),
      odd({ digest: () => 'SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' }),
    ],
    status: 401,
    says: /digest/,
  },
  {
    case: 'signature without a time',
    shots: () => odd({ covers: ['(request-target)', 'host', 'digest'] }),
    status: 401,
    says: /time/,
  },
  {
    case: 'signature for another host',
    shots: () => [
      odd({ signedFor: 'http://elsewhere.example/inbox' }),
      { ...odd({}), url: `${target.origin}/users/alice/inbox` },
    ],
    status: 401,
  },
  {
    case: 'request for another host',
    shots: () => signed(ask(), { headers: { host: 'elsewhere.example' } }),
    status: 421,
    says: /Post to/,
    cost: UNREAD,
  },
  {
    case: 'two signatures',
    shots: () => {
      const one = odd({});
      const double = signed(ask(), { dialect: 'rfc9421' });
      return [
        odd({ more: `,keyId="${f.me.keyId}",signature="AAAA"` }),
        { ...one, headers: { ...one.headers, signature: `${one.headers['signature']}, ${one.headers['signature']}` } },
        {
          ...double,
          headers: {
            ...double.headers,
            'signature-input': `${double.headers['signature-input']}, sig2=("@method");keyid="${f.me.keyId}"`,
          },
        },
      ];
    },
    status: 401,
    says: /two signatures|exactly one/,
  },
  {
    case: 'signature or digest by SHA-1',
    shots: () => [
      odd({ algorithm: 'rsa-sha1', hash: 'sha1' }),
      odd({ algorithm: 'hs2019', hash: 'sha1' }),
      odd({ digest: (body) => `SHA=${sha('sha1', body)}` }),
    ],
    status: 401,
  },
  { case: 'RSA under 2048 bits', shots: () => signed(ask({ actor: short!.actor }), { by: short! }), status: 401 },
  {
    case: 'clock off by two hours',
    shots: () =>
      [-2, 2].flatMap((hours) =>
        (['cavage', 'rfc9421'] as const).map((dialect) =>
          signed(ask(), { dialect, now: new Date(Date.now() + hours * 3_600_000) }),
        ),
      ),
    status: 401,
    says: /clock/,
  },
  { case: 'signature that says it has expired', shots: () => odd({ more: ',expires=1600000000' }), status: 401 },
  {
    case: 'replay after a day',
    shots: () => signed(ask(), { now: new Date(Date.now() - 24 * 3_600_000) }),
    status: 401,
  },
  {
    case: 'Linked Data signature without an HTTP signature',
    shots: () => ({
      ...signed({
        ...ask({ actor: f.actor, id: freshId(f) }),
        signature: { type: 'RsaSignature2017', creator: f.me.keyId, created: new Date(), signatureValue: 'AAAA' },
      }),
      headers: { 'content-type': 'application/activity+json' },
    }),
    status: 401,
    cost: UNREAD,
  },
  {
    case: 'Linked Data signature of another beside the HTTP signature',
    shots: () =>
      signed({
        ...ask({ actor: f.actor, id: freshId(f) }),
        signature: { type: 'RsaSignature2017', creator: f.me.keyId, created: new Date(), signatureValue: 'AAAA' },
      }),
    status: 401,
  },
  {
    case: 'old or expired integrity proof without an HTTP signature',
    shots: () => ({
      ...signed({
        ...ask({ actor: f.actor, id: freshId(f) }),
        proof: {
          type: 'DataIntegrityProof',
          cryptosuite: 'eddsa-jcs-2022',
          created: '2020-01-01T00:00:00Z',
          expires: '2020-01-02T00:00:00Z',
          verificationMethod: `${f.actor}#ed25519-key`,
          proofPurpose: 'assertionMethod',
          proofValue: 'z11111',
        },
      }),
      headers: { 'content-type': 'application/activity+json' },
    }),
    status: 401,
    cost: UNREAD,
  },
  {
    case: 'Flag forged in a person’s name',
    shots: () => signed(says(m, 'Flag', { actor: f.actor, id: freshId(f), object: [alice], content: 'Spam' })),
    status: 401,
  },
  {
    case: 'no id',
    shots: () => signed({ ...ask(), id: undefined }),
    status: 202,
    leaves: ['received'],
    cost: TAKEN,
  },
  {
    case: 'unknown type',
    shots: () => signed(says(m, 'Listen', { object: 'https://music.example/1' })),
    status: 202,
    leaves: ['received'],
    cost: TAKEN,
  },
  {
    case: 'Delete of a never-seen actor',
    shots: () => {
      const actor = `${m.origin}/users/ghost-${Math.random()}`;
      return signed({ id: `${actor}#delete`, type: 'Delete', actor, object: actor }, { keyId: `${actor}#main-key` });
    },
    status: 202,
  },
  {
    case: 'Delete in the name of somebody who is still there',
    shots: () => signed({ id: freshId(f), type: 'Delete', actor: f.actor, object: f.actor }, { keyId: f.me.keyId }),
    status: 401,
    fetches: 1,
  },
]);

attack('the same Follow, rightly signed, in both dialects', async () => {
  for (const dialect of ['cavage', 'rfc9421'] as const) {
    const activity = says(f, 'Follow', { object: alice });
    const spent = await judge.during(async () => {
      expect((await f.post(target.inbox, activity, { dialect })).status).toBe(202);
    });
    expect(await outcome(activity['id'])).toBe('applied');
    expect(spent).toBeLessThan(40);
  }
  expect(await follows(f.actor, alice)).toBe(1);
  await until('it is accepted', async () => f.received.some((activity) => activity['type'] === 'Accept'));
});

attack('an id of another origin, then the genuine one', async () => {
  const genuine = says(f, 'Create', { object: listing(f) });
  expect((await m.post(target.inbox, { ...ask(), id: genuine['id'] })).status).toBe(401);
  expect((await f.post(target.inbox, genuine)).status).toBe(202);
  expect(await outcome(genuine['id'])).toBe('applied');
});

attack('the same id with another body', async () => {
  const first = says(f, 'Create', { object: listing(f) });
  const second = { ...first, object: listing(f, { name: 'Autre chose' }) };
  expect((await f.post(target.inbox, first)).status).toBe(202);
  const { each, answers } = await judge.cost(Array.from({ length: 20 }, () => f.sign(target.inbox, second)));
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  expect(each).toBeLessThan(TAKEN);
  const { listings } = target.db.read.t;
  expect(await target.db.read.$count(listings, eq(listings.title, 'Autre chose'))).toBe(0);
});

attack('five copies at once, to the shared and to personal inboxes', async () => {
  const activity = message(f, bob);
  await judge.traces();
  const answers = await Promise.all(
    ['/inbox', '/users/bob/inbox', '/users/alice/inbox', '/inbox', '/users/bob/inbox'].map((path) =>
      f.post(`${target.origin}${path}`, activity),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
  expect((await judge.traces()).rows).toMatchObject({ messages: 1, received: 1 });
});

attack('`type` as a list of one', async () => {
  const activity = says(f, 'Create', { type: ['Create'], object: listing(f) });
  expect((await f.post(target.inbox, activity)).status).toBe(202);
  expect(await outcome(activity['id'])).toBe('applied');
});

attack('a stand-alone key document that claims an owner', async () => {
  const victim = m.person('victim', { keys: newKeys() });
  m.documents.set('/keys/1', { id: `${m.origin}/keys/1`, owner: victim.actor, publicKeyPem: pemOf(m.me.keys) });
  await judge.traces();
  const shots = Array.from({ length: 20 }, () => signed(ask({ actor: victim.actor }), { keyId: `${m.origin}/keys/1` }));
  const { answers, each } = await judge.cost(shots);
  expect(answers.every((answer) => answer.status === 401)).toBe(true);
  expect(each).toBeLessThan(3);
  const left = await judge.traces();
  // The owner's own document is asked, once, and the key document never.
  expect(left.requests.map((line) => line.replace(/^GET [^/]+/, ''))).toEqual(['/users/victim']);
  expect(await follows(victim.actor, alice)).toBe(0);
});

attack('twenty bad signatures: one refetch', async () => {
  const actor = `${m.origin}/users/nobody`;
  m.documents.set('/users/nobody', { id: actor, type: 'Person', inbox: `${actor}/inbox` });
  await judge.traces();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => m.post(target.inbox, ask({ actor }), { keyId: `${actor}#main-key` })),
  );
  expect(answers.every((answer) => answer.status === 401)).toBe(true);
  expect((await judge.traces()).requests).toHaveLength(1);
});

attack('a hundred reports of one listing', async () => {
  await judge.traces();
  const shots = Array.from({ length: 100 }, (_, i) =>
    signed(says(m, 'Flag', { object: [alice], content: `Number ${i}` })),
  );
  const { answers, each } = await judge.cost(shots);
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  expect(each).toBeLessThan(TAKEN);
  expect((await judge.traces()).rows['reports']).toBe(1);
  const [report] = await target.db.read.select().from(target.db.read.t.reports);
  expect(report).toMatchObject({ host: m.host, reporter: null });
  expect(report!.text.length).toBeLessThanOrEqual(3_000);
});

attack('junk in a partner’s name does not use up its share', async () => {
  // Half of what a server may send in a minute, by somebody who only names it.
  const junk = Array.from({ length: 200 }, () =>
    signed(ask({ actor: f.actor, id: freshId(f) }), { keyId: f.me.keyId }),
  );
  for (const shot of junk) expect((await shoot(shot, '127.0.0.7')).status).toBe(401);
  expect((await f.post(target.inbox, says(f, 'Create', { object: listing(f) }))).status).toBe(202);
});
