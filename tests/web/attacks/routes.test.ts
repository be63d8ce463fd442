/** Every route of the pages, found by looking into the app itself: who may open it, who may post to it, and from where. */
import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { sqliteTables } from '#db/schema/tables.ts';
import { sendMessage } from '#domain/conversations.ts';
import { follow } from '#domain/follows.ts';
import { createListing } from '#domain/listings.ts';
import { findAccountByHandle, setRole } from '#domain/members.ts';
import { report } from '#domain/reports.ts';
import { attack, beside, listing, makePeer } from '../../support/attack.ts';
import { type TestNode, addMember, draft, publish, startNode } from '../../support/nodes.ts';
import { guestOf } from '../../support/guest.ts';
import { FIELDS, routesOf } from '../../support/routes.ts';
import { shoot } from '../../support/shots.ts';
import { type Stranger, startStranger } from '../../support/stranger.ts';
import { type Intruder, intruder } from '../../support/intruder.ts';

type Role = 'stranger' | 'guest' | 'member' | 'moderator' | 'admin';
const ROLES: Role[] = ['stranger', 'guest', 'member', 'moderator', 'admin'];
/** Of those who may more, each may what those before may; a partner's member is a stranger who may read. */
const RANKS: Record<Role, number> = { stranger: 0, guest: 0, member: 1, moderator: 2, admin: 3 };

let node: TestNode;
let friend: Stranger;
/** A partner, and its member who is signed in here. */
let home: Stranger;
let guestToken = '';
let visitors: Record<Role | 'owner', Intruder>;
let routes: { method: string; path: string }[] = [];
/** What the parameters of a path stand for: always somebody else's. */
const ids: Record<string, string> = {};

/** Is everything as it was? Not counted: when a session was last seen, and sign-ins that are under way. @param but tables that may change */
const digest = async (but: string[] = []): Promise<string> => {
  const hash = createHash('sha256');
  for (const [name, table] of Object.entries(sqliteTables)) {
    if (name === 'signInSteps' || but.includes(name)) continue;
    const rows: Record<string, unknown>[] = await node.db.read.select().from(table);
    hash.update(`${name} ${JSON.stringify(rows, (key, value: unknown) => (key === 'seen' ? undefined : value))}\n`);
  }
  return hash.digest('hex');
};

const filled = (path: string): string =>
  path
    .replace(/^\/listings\/:id/, `/listings/${ids['draft']}`)
    .replace(/^\/conversations\/:id/, `/conversations/${ids['conversation']}`)
    .replace(/^\/follows\/:id/, `/follows/${ids['follow']}`)
    .replace(/^\/admin\/members\/:id/, `/admin/members/${ids['admin']}`)
    .replace(/^\/admin\/peers\/:id/, `/admin/peers/${ids['peer']}`)
    .replace(/^\/admin\/attestations\/:code/, '/admin/attestations/care-worker')
    .replace(/^\/admin\/reports\/:id/, `/admin/reports/${ids['report']}`)
    .replace(/:profile\{.*\}/, '@alice')
    .replace(/:file\{.*\}/, `${'0'.repeat(40)}-320.webp`)
    .replace(/:name\{.*\}/, 'accent-00ff00.css')
    .replace(/:name$/, 'app.css')
    .replace(/:domain/, 'ruled.example')
    .replace(/:token/, 'x'.repeat(43))
    .replace(/:\w+/, '00000000-0000-4000-8000-000000000000');

beforeAll(async () => {
  [node, friend, home] = await Promise.all([startNode('marseille'), startStranger('friend'), startStranger('home')]);
  for (const [handle, name] of [
    ['alice', 'Alice'],
    ['bob', 'Bob'],
    ['mod', 'Mod'],
    ['carla', 'Carla'],
  ] as const)
    await addMember(node, handle, name);
  await makePeer(node, friend, {
    state: 'received',
    followReceived: `${friend.actor}/follow`,
    receivedAccepted: false,
  });
  const { db, site } = node;
  const account = async (handle: string) => (await findAccountByHandle(db.read, handle))!;
  await db.write(async (tx) => {
    await tx
      .insert(tx.t.domainRules)
      .values({ domain: 'ruled.example', severity: 'silence', comment: '', created: new Date() });
    await setRole(tx, new Date(), (await account('mod')).id, 'moderator');
  });
  const [alice, carla] = [await account('alice'), await account('carla')];
  const shown = await publish(node, 'alice', { title: 'Pour tout le monde' });
  ids['shown'] = shown.id;
  ids['members'] = (await publish(node, 'alice', { title: 'Entre membres', audience: 'members' })).id;
  ids['peers'] = (await publish(node, 'alice', { title: 'Pour les partenaires', audience: 'peers' })).id;
  await db.write(async (tx) => {
    ids['draft'] = (await createListing(tx, site, 'alice', draft({ title: 'Brouillon secret' }), 'draft')).id;
    const sent = await sendMessage(
      tx,
      site,
      carla.actor,
      { uri: alice.actor, local: true },
      { uri: shown.uri, title: 'Entre nous' },
      'Mon numéro est le 06 12 34 56 78',
    );
    if (sent.ok) ids['conversation'] = sent.value.conversation;
    const followed = await follow(tx, site, alice.actor, { uri: carla.actor, local: true });
    if (followed.ok) ids['follow'] = followed.value.id;
    const reported = await report(
      tx,
      new Date(),
      { uri: shown.uri, kind: 'listing' },
      { reporter: carla.actor },
      { reason: 'spam', text: 'x' },
    );
    if (reported.ok) ids['report'] = reported.value.id;
    ids['peer'] = (await tx.select().from(tx.t.peers).where(eq(tx.t.peers.host, friend.host)))[0]!.id;
  });
  ids['admin'] = (await account('ada')).id;
  ids['mod'] = (await account('mod')).id;
  ids['bob'] = (await account('bob')).id;
  await node.settled();
  visitors = {
    stranger: intruder(node.origin),
    guest: intruder(node.origin),
    member: intruder(node.origin),
    moderator: intruder(node.origin),
    admin: intruder(node.origin),
    owner: intruder(node.origin),
  };
  for (const [role, handle] of [
    ['member', 'bob'],
    ['moderator', 'mod'],
    ['admin', 'ada'],
    ['owner', 'alice'],
  ] as const)
    expect((await visitors[role].signIn(handle)).status).toBe(303);
  const guest = await guestOf(node, home);
  visitors.guest.cookies.set('guest', guest.secret);
  guestToken = guest.csrf;
  expect((await visitors.guest.get('/guest')).status).toBe(200);
  await beside(() => visitors.admin.get('/listings'));
  routes = routesOf(node);
});
afterAll(async () => {
  await Promise.all([node?.drop(), friend?.close(), home?.close()]);
});

const unsafe = (): { method: string; path: string }[] =>
  routes.filter(({ method }) => !['GET', 'HEAD'].includes(method));

/** What strangers may open. Whatever else there is asks them to sign in, or is not there for them. */
const OPEN = new Set([
  '/',
  '/listings',
  '/listings/:id',
  '/:profile{@[a-zA-Z0-9_-]+}',
  '/sign-in',
  '/sign-up',
  '/invitations/:token',
  '/confirmation/:token',
  '/password-reset',
  '/sign-in/cooperative',
  '/attestations',
  '/sign-in/passkey/challenge',
  '/sign-in/link',
  '/sign-in/link/:token',
  '/sign-in/callback',
  '/sign-in/problem/:code',
  '/password-reset/:token',
  '/email-confirmation/:token',
  '/reports/new',
  '/setup/:token',
  '/favicon.ico',
  '/places',
  '/assets/:name',
  '/assets/:name{accent-[0-9a-fA-F]{6}\\.css}',
  '/media/:file{[0-9a-f]{40}-[0-9]+\\.webp}',
  '/api/v1/instance',
  '/api/v1/listings',
  '/api/v1/listings/:id',
  '/api/v1/peers',
  '/api/v1/openapi.json',
  '/.well-known/oauth-authorization-server',
  '/oauth/authorize',
  // Whoever is signed out already is led to the first page.
  '/sign-out',
]);
/** Programs of any origin ask these by a token in a header: whatever cookies come with it do not count. */
const FOR_PROGRAMS = /^\/(?:api\/v1\/|oauth\/(?:token|revoke)$)/;
/** Who one is here, and who others of partners are. */
const FOR_GUESTS = new Set(['/guest', '/:person{@[a-zA-Z0-9_.-]+@[a-zA-Z0-9_.:-]+}']);
const FOR_MODERATORS = /^\/admin(?:\/(?:members|reports|put-off).*)?$/;

attack('each role × each page', async () => {
  expect(routes.length).toBeGreaterThan(60);
  const wrong: string[] = [];
  for (const { path } of routes.filter(({ method }) => method === 'GET'))
    for (const role of ROLES) {
      const { status, headers, text } = await visitors[role].get(filled(path));
      const rank = RANKS[role];
      const allowed = path.startsWith('/admin')
        ? rank >= (FOR_MODERATORS.test(path) ? 2 : 3)
        : rank >= 1 || OPEN.has(path) || (role === 'guest' && FOR_GUESTS.has(path));
      const sentAway =
        status === 404 ||
        status === 410 ||
        (status === 401 && FOR_PROGRAMS.test(path)) ||
        (status === 303 && (headers.get('location') ?? '').startsWith('/sign-in?next='));
      if (!allowed && !sentAway) wrong.push(`${role} GET ${path}: ${status}`);
      // Of those with an id in them there may be none in that state.
      if (allowed && path.startsWith('/admin') && status !== 200 && !(status === 404 && path.includes(':id')))
        wrong.push(`${role} GET ${path}: ${status}`);
      // Wherever it is: nothing of a draft, a thread, an address or a password shows to whom it does not concern.
      if (/Brouillon secret|06 12 34|argon2|passwordHash/.test(text)) wrong.push(`${role} GET ${path} shows a secret`);
      if (rank < 2 && /alice@example\.org/.test(text)) wrong.push(`${role} GET ${path} shows an address`);
    }
  expect(wrong).toEqual([]);
});

attack('each role × each unsafe route, on what is another’s', async () => {
  const before = await digest();
  const wrong: string[] = [];
  for (const role of ROLES)
    for (const { path } of unsafe()) {
      const rank = RANKS[role];
      const admin = path.startsWith('/admin');
      // What this role may do is tried elsewhere; here is what it may not.
      if (admin && rank >= (FOR_MODERATORS.test(path) ? 2 : 3)) continue;
      if (!admin && !/^\/(?:listings\/:id|conversations\/:id|follows\/:id)/.test(path) && rank > 0) continue;
      // One's own list of what one keeps, whosever the listing is.
      if (['/listings/:id/message', '/listings/:id/unsave'].includes(path) && rank > 0) continue;
      // That is theirs: it ends their own session, which is tried in the journeys.
      if (role === 'guest' && path === '/guest/end') continue;
      const fields = role === 'guest' ? { ...FIELDS, csrf: guestToken } : FIELDS;
      const { status, headers } = await visitors[role].post(filled(path), fields);
      const away = status === 303 && /^\/(?:sign-in\?next=.*|follows|sign-in|)$/.test(headers.get('location') ?? '');
      if (
        ![401, 404, 410, 422].includes(status) &&
        !away &&
        !OPEN.has(path) &&
        // A route of another method.
        !(status === 405 && FOR_PROGRAMS.test(path)) &&
        !['/sign-out', '/language'].includes(path)
      )
        wrong.push(`${role} POST ${path}: ${status} ${headers.get('location') ?? ''}`);
    }
  expect(wrong).toEqual([]);
  expect(await digest()).toBe(before);
  expect((await visitors.guest.get('/guest')).status, 'the guest was one to the end').toBe(200);
});

attack('cross-site form and cross-site JSON', async () => {
  const before = await digest();
  const wrong: string[] = [];
  const from = (headers: Record<string, string>) => ({ headers });
  for (const { path } of unsafe())
    for (const [name, how] of Object.entries({
      'another origin': from({ origin: 'https://evil.example' }),
      'another origin, as JSON': from({ origin: 'https://evil.example', 'content-type': 'application/json' }),
      'another origin, as plain text': from({ origin: 'https://evil.example', 'content-type': 'text/plain' }),
      'a sandboxed frame': from({ origin: 'null' }),
      'a sandboxed frame of a new browser': from({ origin: 'null', 'sec-fetch-site': 'cross-site' }),
      'another site': from({ 'sec-fetch-site': 'cross-site' }),
      'a neighbouring name': from({
        'sec-fetch-site': 'same-site',
        origin: `http://evil.marseille.localhost:${node.port}`,
      }),
      'our name on another port': from({ origin: `http://marseille.localhost:${node.port + 1}` }),
      'our name by https': from({ origin: node.origin.replace('http:', 'https:') }),
      'ours, but for the end': from({ origin: `${node.origin}.evil.example` }),
    })) {
      const { status } = await visitors.admin.post(
        filled(path),
        { ...FIELDS, object: `${node.origin}/users/alice` },
        how,
      );
      const refused = FOR_PROGRAMS.test(path) ? [400, 401, 404, 405, 415].includes(status) : status === 403;
      if (!refused) wrong.push(`${path} from ${name}: ${status}`);
    }
  expect(wrong).toEqual([]);
  expect(await digest()).toBe(before);
});

attack('unsafe requests without an origin and without the form’s token', async () => {
  const before = await digest(['sessions']);
  const wrong: string[] = [];
  const fields = { ...FIELDS, member: `${node.origin}/users/alice` };
  for (const { path } of unsafe()) {
    for (const csrf of [undefined, '', 'x'.repeat(43), await visitors.member.csrf()]) {
      const { status } = await visitors.admin.post(filled(path), csrf === undefined ? fields : { ...fields, csrf }, {
        bare: true,
      });
      if (status >= 500) wrong.push(`${path}: ${status}`);
    }
    // Signing out needs no token to forget the cookie; the session itself stays.
    if (path === '/sign-out') await visitors.admin.signIn('ada');
  }
  expect(wrong).toEqual([]);
  expect(await digest(['sessions'])).toBe(before);
  // With the token the very same is done: it is the token that was missing.
  for (const path of [
    '/listings',
    '/admin/settings',
    '/account/profile',
    '/reports',
    '/follows',
    `/admin/reports/${ids['report']}/decision`,
  ]) {
    const state = await digest(['sessions']);
    expect((await visitors.admin.post(path, fields)).status, path).toBe(303);
    expect(await digest(['sessions']), path).not.toBe(state);
  }
});

attack(
  'each draft, members-only listing, thread, profile and document, by a stranger and by another member',
  async () => {
    const status = async (role: Role | 'owner', path: string, accept = 'text/html'): Promise<number> =>
      (await visitors[role].get(path, { accept })).status;
    const seen = async (path: string, accept?: string): Promise<number[]> => [
      await status('stranger', path, accept),
      await status('member', path, accept),
      await status('owner', path, accept),
    ];
    expect(await seen(`/listings/${ids['draft']}`)).toEqual([404, 404, 200]);
    expect(await seen(`/listings/${ids['draft']}/edit`)).toEqual([303, 404, 200]);
    expect(await seen(`/listings/${ids['members']}`)).toEqual([404, 200, 200]);
    expect(await seen(`/listings/${ids['peers']}`)).toEqual([404, 200, 200]);
    expect(await seen(`/listings/${ids['shown']}`)).toEqual([200, 200, 200]);
    expect(await seen(`/conversations/${ids['conversation']}`)).toEqual([303, 404, 200]);
    for (const audience of ['draft', 'members', 'peers', 'shown'] as const) {
      const open = audience === 'shown' ? 200 : 404;
      for (const path of [
        `/listings/${ids[audience]}`,
        `/users/alice/items/${ids[audience]}`,
        `/users/alice/proposals/${ids[audience]}`,
        `/api/v1/listings/${ids[audience]}`,
      ])
        // A cookie is no signature and no token: these answer everybody alike.
        expect(await seen(path, 'application/activity+json'), path).toEqual([open, open, open]);
    }
    const { messages, activities } = node.db.read.t;
    for (const { uri } of await node.db.read.select().from(messages))
      expect(await seen(new URL(uri).pathname, 'application/activity+json')).toEqual([404, 404, 404]);
    for (const { uri, listed } of await node.db.read.select().from(activities))
      expect((await seen(new URL(uri).pathname, 'application/activity+json'))[0], uri).toBe(listed ? 200 : 404);
    // The title of a draft does not come out by the form that reports it either.
    expect((await visitors.member.get(`/reports/new?listing=${ids['draft']}`)).text).not.toContain('Brouillon');
  },
);

// Four requests only, one of which is a partner's listing whose sender is looked up, one the end of it all.
attack(
  'a partner’s copy, once the partnership is over',
  async () => {
    await node.db.write(async (tx) => {
      await tx.update(tx.t.peers).set({ state: 'active', sentAccepted: true, receivedAccepted: true });
    });
    const object = listing(friend, { name: 'Du partenaire' });
    const create = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${friend.actor}/a/1`,
      type: 'Create',
      actor: friend.actor,
      object,
    };
    expect((await friend.post(`${node.origin}/inbox`, create)).status).toBe(202);
    const [row] = await node.db.read
      .select()
      .from(node.db.read.t.listings)
      .where(eq(node.db.read.t.listings.uri, String(object['id'])));
    const see = async (): Promise<number> =>
      (await shoot({ url: `${node.origin}/listings/${row!.id}`, method: 'GET', headers: { accept: 'text/html' } }))
        .status;
    expect(await see()).toBe(200);
    await visitors.admin.post(`/admin/peers/${ids['peer']}/end`);
    expect(await see()).toBe(404);
  },
  12,
);
