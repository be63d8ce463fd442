/** Every page that one gets to by links, as a stranger, a member and an admin, is valid HTML. */
import { HtmlValidate } from 'html-validate';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '#domain/follows.ts';
import { addAnchor } from '#domain/identity/anchors.ts';
import { addMarkType, addSubordinate, giveMark } from '#domain/identity/vouching.ts';
import { report } from '#domain/reports.ts';
import { sendMessage } from '#domain/conversations.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    // A matter of taste, or of what the browser does anyway.
    'long-title': 'off',
    'no-trailing-whitespace': 'off',
    'tel-non-breaking': 'off',
    'void-style': 'off',
    'no-implicit-button-type': 'off',
    'attribute-boolean-style': 'off',
    'doctype-style': 'off',
    // Boxes of one question share their name.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'submit'] }],
    'attr-quotes': ['error', { style: 'double', unquoted: false }],
  },
});
const MOST_PAGES = 150;

let node: TestNode;
beforeAll(async () => {
  node = await startNode('marseille');
  const alice = await addMember(node, 'alice', 'Alice');
  const bob = await addMember(node, 'bob', 'Bob <i>& fils</i>');
  for (const kind of ['lodging', 'service', 'food', 'making', 'goods', 'delivery'])
    await publish(node, 'alice', { kind, title: `"Titre" <b>de</b> ${kind} & plus`, tags: 'mer, jardin' });
  const [listing] = await node.db.read.select().from(node.db.read.t.listings);
  await node.db.write(async (tx) => {
    await follow(tx, node.site, bob, { uri: alice, local: true });
    const about = { uri: listing!.uri, title: listing!.title };
    await sendMessage(tx, node.site, bob, { uri: alice, local: true }, about, 'Bonjour **Alice**');
    await report(
      tx,
      new Date(),
      { uri: listing!.uri, kind: 'listing', subject: alice, title: listing!.title, snapshot: 'Une <i>chambre</i>' },
      { reporter: bob },
      { reason: 'other', text: '<b>' },
    );
    const [account] = await tx.select().from(tx.t.accounts).where(eq(tx.t.accounts.handle, 'alice'));
    const now = new Date();
    const row = {
      account: account!.id,
      done: 1,
      total: 3,
      created: now,
      expires: new Date(now.getTime() + 86_400_000),
    };
    await tx
      .insert(tx.t.exports)
      .values(
        (['making', 'ready', 'failed'] as const).map((state) => ({ ...row, id: `${state}-1`, state, bytes: 3_000 })),
      );
    const brought = {
      actor: 'https://elsewhere.example/users/alice',
      handle: '@alice@elsewhere.example',
      name: '<b>Alice</b>',
      software: 'Maillon & co',
      made: '2026-01-01',
      counts: { listings: 2, pictures: 1, follows: 3, threads: 1 },
      notes: [
        { code: 'threads' },
        { code: 'errors.required', params: { field: 'price' }, about: '"Titre" <b>' },
        { code: 'errors.import.unheardOf', params: { field: 'prix' } },
      ],
      taken: { profile: true, picture: false, created: 1, already: 0, failed: 1, follows: 1, followsAlready: 2 },
    };
    await tx.insert(tx.t.arrivals).values([
      ...(['reading', 'ready', 'taking', 'done'] as const).map((state) => ({
        ...row,
        id: state,
        state,
        report: brought,
      })),
      { ...row, id: 'failed', state: 'failed', fault: { code: 'link', params: { name: '<a>' } } },
    ]);
    await tx
      .insert(tx.t.aliases)
      .values({ actor: alice, uri: 'https://else.example/a', handle: '@a@else.example', created: now });
    await tx.insert(tx.t.moves).values([
      {
        id: 'm',
        actor: alice,
        target: 'https://new.example/a',
        handle: '@a@new.example',
        url: 'https://new.example/@a',
        local: true,
        created: now,
      },
    ]);
    await tx.insert(tx.t.movedFollows).values({ follower: alice, move: 'm', created: now });
    await tx
      .insert(tx.t.closures)
      .values({ id: 'c', handle: 'gone', activity: 'x/y', locale: 'fr', created: now, finished: now });
    await tx.insert(tx.t.closureHosts).values(
      ['told', 'waiting', 'gaveUp', 'shutOut'].map((state) => ({
        closure: 'c',
        host: `${state}.example`,
        state,
        error: '<i>',
        updated: now,
      })),
    );
    await tx.update(tx.t.cooperative).set({ charterUrl: 'https://example.org/charte' });
    const known = { host: 'lyon.example', name: 'Lyon <i>& fils</i>', thumbprints: ['x'.repeat(43)] };
    await addMarkType(tx, now, { slug: 'charte', name: 'Charte "du réseau"', text: '<b>', link: '' });
    await addSubordinate(tx, now, { ...known, jwks: [] });
    await giveMark(tx, now, { host: known.host, slug: 'charte', until: `${now.getFullYear() + 1}-01-31` });
    const offers = { 'https://u.example/marks/x': 'Un "label"' };
    await addAnchor(tx, node.site, { ...known, host: 'u.example', offers }, { ours: true, trusted: true });
  });
  await addMember(node, 'zoe', 'Zoé');
  await node.db.write(async (tx) => {
    await tx
      .update(tx.t.accounts)
      .set({ state: 'pending', motivation: 'J’habite "là"' })
      .where(eq(tx.t.accounts.handle, 'zoe'));
  });
});
afterAll(() => node?.drop());

const signIn = async (handle: string): Promise<string> => {
  const answer = await node.fetch(
    new Request(`${node.origin}/sign-in`, {
      method: 'POST',
      headers: { host: node.host, origin: node.origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ login: handle, password: PASSWORD, handle, email: handle }).toString(),
    }),
  );
  expect(answer.status, 'sign-in').toBe(303);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
};

test.each([
  ['a stranger', undefined],
  ['a member', 'alice'],
  ['an admin', 'ada'],
])('every page that %s gets to by links is valid HTML', async (_who, handle) => {
  const cookie = handle === undefined ? undefined : await signIn(handle);
  const waiting = ['/', '/sign-in', '/sign-up', '/password-reset', '/listings?q=rien+de+tel', '/nowhere'];
  const seen = new Set(waiting);
  const problems: string[] = [];
  let pages = 0;
  for (let path = waiting.shift(); path !== undefined && pages < MOST_PAGES; path = waiting.shift()) {
    const answer = await node.fetch(
      new Request(`${node.origin}${path}`, {
        headers: { host: node.host, accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) },
      }),
    );
    if (!(answer.headers.get('content-type') ?? '').includes('text/html')) continue;
    const text = await answer.text();
    pages++;
    const { results } = await validator.validateString(text, path);
    for (const { messages } of results)
      for (const one of messages) problems.push(`${path} ${one.ruleId}: ${one.message} (${one.selector ?? ''})`);
    for (const [, href] of text.matchAll(/<a [^>]*href="(\/[^"#]*)/g)) {
      const next = href!.replaceAll('&amp;', '&');
      // One page of each query is enough.
      const key = next.replaceAll(/(\?|&)(cursor|before|after|q)=[^&]*/g, '$1$2');
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(next);
    }
  }
  expect(problems.slice(0, 20)).toEqual([]);
  expect(pages).toBeGreaterThan(handle === undefined ? 15 : 25);
});
