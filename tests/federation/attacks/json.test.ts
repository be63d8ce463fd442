/** JSON and JSON-LD made to keep us busy, or to be read as something else than it says. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import type { Engine } from '#db/database.ts';
import { TAKEN, UNREAD, attack, createJudge, freshId, listing, makePeer, message, says } from '../../support/attack.ts';
import { type TestNode, addMember, startNode } from '../../support/nodes.ts';
import { type Shot, shoot } from '../../support/shots.ts';
import { type Json, type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

const AS2 = 'https://www.w3.org/ns/activitystreams';
let target: Target;
let [m, f]: [Stranger, Stranger] = [undefined as never, undefined as never];
let alice = '';

const judge = createJudge(() => ({
  target,
  strangers: [m, f],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));
const ask = (rest: Json = {}): Json => says(m, 'Follow', { object: alice, ...rest });
const signed = (activity: Json): Shot => m.sign(target.inbox, activity);
const bytes = (text: string | Buffer): Shot => m.sign(target.inbox, {}, { bytes: Buffer.from(text) });
const unsigned = (text: string | Buffer): Shot => ({
  url: target.inbox,
  method: 'POST',
  headers: { 'content-type': 'application/activity+json' },
  body: Buffer.from(text),
});
const chunked = (shot: Shot): Shot => ({ ...shot, headers: { ...shot.headers, 'transfer-encoding': 'chunked' } });
/** A Follow with something `depth` deep in it. */
const deep = (depth: number, open = '{"object":', close = '}'): string =>
  JSON.stringify(ask({ x: 'HERE' })).replace('"HERE"', `${open.repeat(depth)}1${close.repeat(depth)}`);
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

beforeAll(async () => {
  [m, f] = await Promise.all([startStranger('mallory'), startStranger('friend')]);
  target = await startTarget('marseille', async (node) => {
    alice = await addMember(node, 'alice', 'Alice');
    await makePeer(node, f);
  });
  // JSON-LD's processor is loaded by the first who needs it; that is not what an attack costs.
  await m.post(target.inbox, says(m, 'Like', { '@type': 'Like', type: undefined, object: alice }));
});
afterAll(async () => {
  await Promise.all([target?.drop(), m?.close(), f?.close()]);
});

/** Read as it stands, and understood as nothing: a line in the journal is all that comes of it. */
const IGNORED = { status: 202, leaves: ['received'], cost: TAKEN } as const;

judge.cases([
  {
    case: '34 KB nested 1,200 deep, unsigned',
    shots: () => unsigned(deep(1_200, '{"object":{"type":"Note","x":', '}}')),
    status: 401,
    cost: UNREAD,
  },
  {
    case: '34 KB nested 1,200 deep, signed',
    shots: () => bytes(deep(1_200, '{"object":{"type":"Note","x":', '}}')),
    status: 400,
    says: /nested deeper than 24/,
  },
  { case: '3,000 deep', shots: () => [bytes(deep(3_000)), bytes(deep(3_000, '[', ']'))], status: 400, says: /nested/ },
  {
    case: '20 MB, announced',
    hangsUp: true,
    shots: () => [unsigned(Buffer.alloc(20e6, 32)), bytes(Buffer.alloc(20e6, 32))],
    status: 413,
    says: /262144 bytes/,
    times: 2,
    cost: 25,
  },
  {
    case: '20 MB, not announced, unsigned',
    hangsUp: true,
    shots: () => chunked(unsigned(Buffer.alloc(20e6, 32))),
    status: 401,
    times: 3,
    cost: 50,
  },
  {
    case: '20 MB, not announced, signed',
    hangsUp: true,
    shots: () => chunked(bytes(Buffer.alloc(20e6, 32))),
    status: 413,
    times: 3,
    cost: 50,
  },
  {
    case: '6,000 inline objects',
    shots: () => bytes(JSON.stringify(ask({ tag: many(6_000, () => ({})) }))),
    status: 400,
    says: /more than 5000/,
    cost: 4,
  },
  {
    case: '4,900 inline objects',
    shots: () => signed(says(m, 'Listen', { object: many(4_900, (i) => ({ type: 'Note', name: `${i}` })) })),
    ...IGNORED,
    cost: 12,
  },
  {
    case: '4,900 inline objects that JSON-LD would have to expand',
    shots: () => signed(says(m, 'Listen', { 'as:object': many(4_900, (i) => ({ 'as:name': `${i}` })) })),
    ...IGNORED,
    cost: 12,
  },
  {
    case: '1,500 inline contexts',
    shots: () =>
      signed(
        says(m, 'Listen', {
          '@context': [AS2, ...many(1_500, (i) => ({ [`t${i}`]: `https://x.example/${i}` }))],
          'as:name': 'x',
        }),
      ),
    ...IGNORED,
    cost: 12,
  },
  {
    case: 'as much JSON-LD as is read',
    shots: () =>
      signed(
        says(m, 'Listen', {
          '@context': [AS2, ...many(40, (i) => ({ [`t${i}`]: `https://x.example/${i}` }))],
          'as:tag': many(450, (i) => ({ 'as:name': `${i}` })),
        }),
      ),
    ...IGNORED,
    cost: 40,
    times: 4,
  },
  {
    case: 'remote @context',
    shots: () => [
      signed(says(m, 'Listen', { '@context': [AS2, `${m.origin}/context`] })),
      signed(says(m, 'Listen', { '@context': [AS2, `${m.origin}/context`], 'as:name': 'x' })),
      signed(says(m, 'Listen', { '@context': `${m.origin}/context`, object: { '@context': `${m.origin}/2` } })),
    ],
    ...IGNORED,
    cost: 12,
  },
  {
    case: 'inline context that redefines core terms',
    shots: () =>
      [
        { actor: 'as:object', object: 'as:actor' },
        { as: 'https://evil.example/ns#' },
        { as: { '@id': 'https://evil.example/ns#' } },
        [{ object: 'as:target' }],
        { '@context': { object: 'as:target' } },
        { '@context': [{ object: 'as:target' }] },
        { name: { '@id': 'as:name', '@context': { object: 'as:target' } } },
        { id: 'as:url' },
        { type: 'as:name' },
      ].flatMap((context) => [
        signed(ask({ '@context': [AS2, context] })),
        signed(ask({ '@context': [AS2, context], 'as:name': 'x' })),
        signed(ask({ '@context': context })),
        signed(ask({ attachment: { '@context': context, 'as:name': 'x' } })),
      ]),
    ...IGNORED,
    times: 2,
    cost: 12,
  },
  {
    case: '`@graph`, `@included`, `@reverse`',
    shots: () => [
      signed(ask({ '@graph': [ask()] })),
      signed(ask({ '@included': [ask()] })),
      signed(ask({ '@reverse': { object: ask() } })),
    ],
    ...IGNORED,
  },
  {
    case: 'duplicate keys, the last of another',
    shots: () => bytes(JSON.stringify(ask()).replace(/}$/, `,"actor":"${f.actor}"}`)),
    status: 401,
  },
]);

attack('duplicate keys, the last one’s own', async () => {
  const body = JSON.stringify(says(m, 'Listen', {})).replace('{', `{"actor":"${f.actor}",`);
  expect((await shoot(bytes(body))).status).toBe(202);
  const { received } = target.db.read.t;
  const [line] = await target.db.read
    .select()
    .from(received)
    .where(eq(received.uri, JSON.parse(body).id));
  expect(line).toMatchObject({ actor: m.actor, host: m.host });
});

attack('a @context that calls a Create “Follow” while the public part is closed', async () => {
  const close = (publicOpen: boolean): Promise<void> =>
    target.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ publicOpen });
    });
  await close(false);
  // What it remembers of its settings is a second old at most.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await judge.traces();
  const disguised = message(m, alice);
  const answer = await shoot(
    signed({ ...disguised, '@context': [AS2, { Follow: 'as:Create' }], type: 'Follow', 'as:name': 'x' }),
  );
  expect(answer.status).toBe(403);
  expect((await judge.traces()).rows).toEqual({});
  await close(true);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
});

for (const engine of ['sqlite', 'postgres'] as const satisfies Engine[]) {
  describe(`what is stored (${engine})`, () => {
    let node: TestNode;
    let owner: Stranger;
    let reader = '';
    const take = async (activity: Json): Promise<void> => {
      const answer = await owner.post(`${node.origin}/inbox`, activity);
      expect(answer.status, await answer.text()).toBe(202);
    };
    const store = async (change: Json): Promise<Awaited<ReturnType<typeof findListingByUri>>> => {
      const object = listing(owner, change);
      await take(says(owner, 'Create', { object }));
      return findListingByUri(node.db.read, String(object['id']));
    };
    const offer = (publishes: Json, reciprocal: Json): Json => {
      const [proposal] = listing(owner)['attachment'] as Json[];
      return { attachment: [{ ...proposal, id: `${freshId(owner)}/proposal`, publishes, reciprocal }] };
    };

    beforeAll(async () => {
      [node, owner] = await Promise.all([startNode('lyon', { engine }), startStranger('owner')]);
      reader = await addMember(node, 'alice', 'Alice');
      await makePeer(node, owner);
    });
    afterAll(async () => {
      await Promise.all([node?.drop(), owner?.close()]);
    });

    attack(`\`__proto__\` (${engine})`, async () => {
      const text = JSON.stringify(says(owner, 'Create', { object: listing(owner, { name: 'Proto' }) }));
      const evil = '"__proto__":{"polluted":true,"state":"draft"},"constructor":{"prototype":{"polluted":true}},';
      const body = text.replace('"object":{', `"object":{${evil}`).replace('"publishes":{', `"publishes":{${evil}`);
      const answer = await owner.post(`${node.origin}/inbox`, {}, { bytes: Buffer.from(`{${evil}${body.slice(1)}`) });
      expect(answer.status).toBe(202);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      const row = await findListingByUri(node.db.read, JSON.parse(text).object.id);
      expect(row).toMatchObject({ title: 'Proto', state: 'published' });
      expect(JSON.stringify(row)).not.toContain('polluted');
    });

    attack(`numbers past 2^53, NaN, 1e999 in price and quantity (${engine})`, async () => {
      for (const number of [
        '9007199254740993e3',
        '1e999',
        '-1e999',
        '"NaN"',
        '"1e400"',
        '"0x10"',
        '-5',
        'null',
        'true',
      ])
        for (const what of ['price', 'quantity']) {
          const amount = { hasUnit: 'one', hasNumericalValue: `${what}-here` };
          const object = listing(
            owner,
            offer(
              { type: 'Intent', action: 'transfer', ...(what === 'quantity' ? { availableQuantity: amount } : {}) },
              { type: 'Intent', currency: 'EUR', ...(what === 'price' ? { resourceQuantity: amount } : {}) },
            ),
          );
          const text = JSON.stringify(says(owner, 'Create', { object })).replace(`"${what}-here"`, number);
          const answer = await owner.post(`${node.origin}/inbox`, {}, { bytes: Buffer.from(text) });
          expect(answer.status, `${what} ${number}`).toBe(202);
          const row = await findListingByUri(node.db.read, String(object['id']));
          expect(row, `${what} ${number}`).toBeDefined();
          expect(row!.priceAmount ?? 0).toBe(0);
          expect(['quote', 'free']).toContain(row!.priceType);
          expect(row!.quantity).toBeNull();
        }
    });

    attack(`NUL, lone surrogates, direction overrides, 10k combining marks (${engine})`, async () => {
      const nasty = `a\u0000b\u202Ec\u2066d\uD800e\uDC00${'\u0301'.repeat(10_000)}f`;
      const row = await store({
        name: nasty,
        content: `<p>${nasty}</p>`,
        summary: nasty,
        location: { type: 'Place', name: nasty, latitude: 43.3, longitude: 5.4 },
        tag: [{ type: 'Hashtag', name: `#${nasty}` }],
      });
      expect(row).toBeDefined();
      const kept = JSON.stringify([row!.title, row!.html, row!.placeName, row!.tags]);
      expect(kept).not.toMatch(/[\u0000\u202A-\u202E\u2066-\u2069]|\\u0000|\\ud8|\\udc/i);
      expect(kept).not.toMatch(/\p{M}{9}/u);
      expect(row!.title.length).toBeLessThan(250);
      // And wherever else a text of theirs is kept: a message, a name, a report, the journal.
      await take(message(owner, reader, { content: `<p>${nasty}</p>` }));
      await take(says(owner, `List${nasty.slice(0, 20)}en`, { object: `urn:${nasty.slice(0, 20)}` }));
      await take(says(owner, 'Flag', { object: [reader], content: nasty }));
      await take(says(owner, 'Follow', { object: `${node.origin}/users/${nasty.slice(0, 20)}` }));
      const messages = await node.db.read.select().from(node.db.read.t.messages);
      const reports = await node.db.read.select().from(node.db.read.t.reports);
      expect([messages.length, reports.length]).toEqual([1, 1]);
      const journal = await node.db.read.select().from(node.db.read.t.received);
      expect(journal.some((line) => line.type.startsWith('List'))).toBe(true);
      const spoiled = [...messages, ...reports, ...journal]
        .map((row) => JSON.stringify(row))
        .filter((row) => /[\u202A-\u202E\u2066-\u2069]|\\u0000|\p{M}{9}/u.test(row));
      expect(spoiled).toEqual([]);
    });
  });
}
