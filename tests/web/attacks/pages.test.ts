/** What others' words, forms and files may do to our pages, and how much work they may make. */
import { parse } from 'csv-parse/sync';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { exportListings } from '#domain/export.ts';
import { attack, createJudge, listing, makePeer, message, says } from '../../support/attack.ts';
import { launchBrowser } from '../../support/browser.ts';
import { NASTY, RUNNING } from '../../support/nasty-html.ts';
import { addMember, publish } from '../../support/nodes.ts';
import { type Shot, shoot } from '../../support/shots.ts';
import { type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';
import { type Intruder, intruder } from '../../support/intruder.ts';

let target: Target;
let [m, f]: [Stranger, Stranger] = [undefined as never, undefined as never];
let alice = '';
let [her, admin]: Intruder[] = [];

const judge = createJudge(() => ({
  target,
  strangers: [m, f],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));

beforeAll(async () => {
  [m, f] = await Promise.all([startStranger('mallory'), startStranger('friend')]);
  target = await startTarget('marseille', async (node) => {
    alice = await addMember(node, 'alice', 'Alice');
    await makePeer(node, f);
    await publish(node, 'alice', { title: 'Chez Alice' });
    const now = new Date();
    await node.db.write(async (tx) => {
      await tx.insert(tx.t.follows).values({
        id: 'one',
        uri: `${alice}/f/1`,
        follower: alice,
        followed: f.actor,
        state: 'accepted',
        created: now,
        updated: now,
      });
    });
  });
  her = intruder(target.origin);
  admin = intruder(target.origin);
  await her.signIn('alice');
  await admin.signIn('ada');
});
afterAll(async () => {
  await Promise.all([target?.drop(), m?.close(), f?.close()]);
});

attack('HTML of peers: onerror, javascript:, svg, math, template, noscript, xmp', async () => {
  const { listings, messages, posts, conversations } = target.db.read.t;
  const spoiled: string[] = [];
  const shots: Shot[] = [];
  const made = NASTY.map((html) => ({
    html,
    object: listing(f, { content: html, name: `T ${html}`.slice(0, 190), summary: html }),
  }));
  for (const { html, object } of made) {
    const [proposal] = object['attachment'] as Record<string, unknown>[];
    object['attachment'] = [{ ...proposal, content: html, name: html.slice(0, 190) }];
    object['url'] = 'javascript:alert(1)';
    object['location'] = { type: 'Place', name: html, latitude: 43.3, longitude: 5.4 };
    object['tag'] = [{ type: 'Hashtag', name: `#${html}`.slice(0, 60) }];
    shots.push(
      f.sign(target.inbox, says(f, 'Create', { object })),
      f.sign(target.inbox, message(f, alice, { content: html, name: html, context: `${f.actor}/thread` })),
      f.sign(
        target.inbox,
        says(f, 'Create', {
          object: {
            id: `${f.actor}/posts/${Math.random()}`,
            type: 'Note',
            attributedTo: f.actor,
            to: ['as:Public'],
            content: html,
            url: 'javascript:alert(1)',
          },
        }),
      ),
      f.sign(target.inbox, says(f, 'Flag', { object: [alice], content: html })),
    );
  }
  const { answers, each } = await judge.cost(shots);
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  expect(each).toBeLessThan(6);
  const stored = await target.db.read.select().from(listings).where(eq(listings.host, f.host));
  expect(stored.filter((row) => row.title.startsWith('T ')).length).toBe(NASTY.length);
  const texts = [
    ...stored.map((row) => row.html),
    ...(await target.db.read.select().from(messages)).map((row) => row.html),
    ...(await target.db.read.select().from(posts)).map((row) => row.html),
  ];
  for (const html of texts) {
    for (const [tag, name, rest] of html.matchAll(/<\/?([^\s>/]+)([^>]*)>/g)) {
      if (!/^(?:p|br|strong|b|em|i|u|s|ul|ol|li|blockquote|code|pre|h2|h3|h4|a|hr)$/.test(name!)) spoiled.push(tag);
      if (
        rest!
          .replaceAll(/\s(?:href="(?:https?:|mailto:)[^"]*"|rel="nofollow noopener noreferrer ugc")/g, '')
          .replace(/\s*\/?$/, '') !== ''
      )
        spoiled.push(tag);
    }
  }
  expect(spoiled).toEqual([]);
  // And as a browser reads it, with our CSP off: each listing, the catalogue, the stream, the thread, the admin's pages.
  const [thread] = await target.db.read.select().from(conversations);
  const pages: [Intruder | undefined, string][] = [
    ...stored
      .filter((row) => row.title.startsWith('T '))
      .map((row): [undefined, string] => [undefined, `/listings/${row.id}`]),
    [undefined, '/listings'],
    [her, '/'],
    [her, '/conversations'],
    [her, `/conversations/${thread!.id}`],
    [admin, '/admin'],
    [admin, '/admin/reports'],
    ...(await target.db.read.select().from(target.db.read.t.reports)).map((row): [Intruder | undefined, string] => [
      admin,
      `/admin/reports/${row.id}`,
    ]),
    [admin, '/admin/journal'],
  ];
  const browser = await launchBrowser();
  try {
    const seen: string[] = [];
    for (const [who, paths] of Map.groupBy(pages, ([one]) => one)) {
      const context = await browser.newContext({ bypassCSP: true });
      const secret = who?.cookies.get('session');
      if (secret !== undefined) await context.addCookies([{ name: 'session', value: secret, url: target.origin }]);
      const tab = await context.newPage();
      tab.on('dialog', (dialog) => {
        seen.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      tab.on('request', (request) => {
        if (new URL(request.url()).origin !== target.origin) seen.push(`request: ${request.url()}`);
      });
      for (const [, path] of paths) {
        const response = await tab.goto(`${target.origin}${path}`);
        const found: unknown = await tab.evaluate(RUNNING);
        const blocks: unknown = await tab.evaluate(
          `[...document.querySelectorAll('script[type="application/ld+json"]')].map((one) => typeof JSON.parse(one.textContent))`,
        );
        if (response?.status() !== 200) seen.push(`${path}: ${response?.status()}`);
        if (Array.isArray(found) && found.length > 0) seen.push(`${path}: ${found.join(', ')}`);
        expect(Array.isArray(blocks)).toBe(true);
      }
      await context.close();
    }
    expect(seen).toEqual([]);
  } finally {
    await browser.close();
  }
});

attack('200k nested tags (length first)', async () => {
  const tags = (tag: string, bytes: number): string => `<${tag}>`.repeat(Math.floor(bytes / (tag.length + 2)));
  const most = 250_000;
  for (const [name, content] of [
    ['b', tags('b', most)],
    ['a', tags('a href=https://x.example', most)],
    ['svg', tags('svg', most)],
    ['div', tags('div', most)],
    ['attributes', `<p ${'x=1 '.repeat(60_000)}>`],
    ['open', '<'.repeat(most)],
    ['unclosed', '<br'.repeat(80_000)],
    ['entities', '&amp'.repeat(60_000)],
    ['comments', '<!--'.repeat(60_000)],
    ['quotes', "<a href='".repeat(27_000)],
  ] as const) {
    const shots = [
      f.sign(target.inbox, says(f, 'Create', { object: listing(f, { content }) })),
      f.sign(target.inbox, message(f, alice, { content })),
      f.sign(target.inbox, says(f, 'Flag', { object: [alice], content })),
    ];
    const { answers, each } = await judge.cost(shots);
    expect(
      answers.map((answer) => answer.status),
      name,
    ).toEqual([202, 202, 202]);
    if (process.env['SHOW_COST'] !== undefined) console.log(`${each.toFixed(1)} ${name}`);
    expect(each, name).toBeLessThan(15);
  }
  // A profile is fetched, not sent: up to a megabyte.
  const path = '/users/nested';
  const actor = `${f.origin}${path}`;
  const nested = f.person('nested', { document: { summary: tags('b', 900_000), name: '<b>'.repeat(100) } });
  const { answers, each } = await judge.cost([f.sign(target.inbox, says(f, 'Like', { actor }), { by: nested })]);
  expect(answers[0]!.status).toBe(202);
  expect(each).toBeLessThan(40);
  const { actors } = target.db.read.t;
  const [row] = await target.db.read.select().from(actors).where(eq(actors.uri, actor));
  expect(row!.html.length).toBeLessThan(60_000);
});

attack('Referrer-Policy same-origin, strict CSP, no frame, nothing sniffed', async () => {
  const [row] = await target.db.read
    .select()
    .from(target.db.read.t.listings)
    .where(eq(target.db.read.t.listings.local, true));
  for (const path of [
    '/',
    '/listings',
    `/listings/${row!.id}`,
    '/@alice',
    '/sign-in',
    '/sign-up',
    '/password-reset',
    '/nowhere',
    '/listings/nowhere',
    '/password-reset/x',
    '/admin',
    '/admin/settings',
  ]) {
    const { headers, text, status } = await admin!.get(path);
    expect(headers.get('referrer-policy'), path).toBe('same-origin');
    expect(headers.get('x-frame-options'), path).toBe('DENY');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    const csp = headers.get('content-security-policy') ?? '';
    expect(csp, path).toContain("default-src 'none'");
    expect(csp, path).toMatch(/script-src 'self'(?:;|$)/);
    expect(csp, path).toMatch(/style-src 'self'(?:;|$)/);
    for (const part of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
      expect(csp, path).toContain(part);
    expect(csp, path).not.toMatch(/unsafe|\*/);
    expect(text, path).not.toMatch(
      /<script(?![^>]*(?: src=| type="application\/ld))|<style| style="|<[a-z][^>]* on\w+="/,
    );
    expect([200, 303, 404, 422], path).toContain(status);
    expect(headers.get('cache-control'), path).toMatch(/private|no-store/);
  }
  for (const path of [
    '/places?q=mar',
    '/assets/app.css',
    '/assets/accent-00ff00.css',
    '/assets/none.js',
    '/media/none',
    '/users/alice',
    '/users/alice/outbox',
    '/api/v1/listings',
  ])
    expect(
      (
        await shoot({ url: `${target.origin}${path}`, method: 'GET', headers: { accept: 'application/activity+json' } })
      ).headers.get('x-content-type-options'),
      path,
    ).toBe('nosniff');
});

attack('a stranger’s form of 20 MB', async () => {
  const big = (path: string, headers: Record<string, string>): Shot => ({
    url: `${target.origin}${path}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: Buffer.from(`login=${'x'.repeat(20e6)}`),
  });
  for (const path of ['/sign-in', '/sign-up', '/password-reset', '/language', '/listings', '/account']) {
    const { answers, each } = await judge.cost([big(path, {}), big(path, { 'transfer-encoding': 'chunked' })]);
    // It may hang up on the rest.
    expect(
      answers.map((answer) => answer.status || 413),
      path,
    ).toEqual([413, 413]);
    expect(each, path).toBeLessThan(40);
  }
});

attack('a form of a hundred thousand fields', async () => {
  const boundary = 'x';
  const part = `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n`;
  const forms: [string, Buffer][] = [
    ['application/x-www-form-urlencoded', Buffer.from('a=1&'.repeat(60_000))],
    ['application/x-www-form-urlencoded', Buffer.from('&'.repeat(250_000))],
    [
      'application/x-www-form-urlencoded',
      Buffer.from(
        Array.from({ length: 25_000 }, (_, i) => `a${i}=1`)
          .join('&')
          .slice(0, 250_000),
      ),
    ],
    [
      'application/x-www-form-urlencoded',
      Buffer.from('__proto__=1&constructor=2&login=3&__proto__=4&hasOwnProperty=5'),
    ],
    [`multipart/form-data; boundary=${boundary}`, Buffer.from(`${part.repeat(3_800)}--${boundary}--\r\n`)],
  ];
  for (const [type, body] of forms) {
    const shot = { url: `${target.origin}/sign-in`, method: 'POST', headers: { 'content-type': type }, body };
    const { answers, each } = await judge.cost([shot, shot]);
    expect(
      answers.map((answer) => answer.status),
      type,
    ).toEqual([422, 422]);
    if (process.env['SHOW_COST'] !== undefined) console.log(`${each.toFixed(1)} ${type} ${body.length}`);
    // One password that is looked at costs twenty milliseconds by itself.
    expect(each, type).toBeLessThan(50);
  }
});

attack('formula injection in CSV', async () => {
  const formulas = [
    "=cmd|' /C calc'!A0",
    '+1+1',
    '-2+3+cmd',
    '@SUM(1)',
    '\t=1+1',
    '\r=1+1',
    "'=1+1",
    '＝1+1',
    '＋1+1',
    '=HYPERLINK("https://evil.example","x")',
    ';=1+1',
    '",=1+1',
    '\n=1+1',
  ];
  const rows = await target.db.read
    .select()
    .from(target.db.read.t.listings)
    .where(eq(target.db.read.t.listings.local, true));
  for (const text of formulas) {
    await target.db.write(async (tx) => {
      await tx
        .update(tx.t.listings)
        .set({
          title: text,
          text,
          exactName: text,
          tags: [text, text],
          attributes: { ...rows[0]!.attributes, registrationNumber: text },
        })
        .where(eq(tx.t.listings.id, rows[0]!.id));
    });
    let csv = '';
    for await (const piece of exportListings(
      target.db.read,
      { origin: target.origin, host: target.host, now: () => new Date() },
      { format: 'csv' },
    ))
      csv += piece;
    const [header = [], ...lines]: string[][] = parse(csv, { bom: true, relax_column_count: false });
    expect(lines).toHaveLength(1);
    for (const [i, cell] of lines[0]!.entries())
      if (!/^-?\d+(?:\.\d+)?$/.test(cell))
        expect(cell, `${JSON.stringify(text)} in ${header[i]}`).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
  }
});
