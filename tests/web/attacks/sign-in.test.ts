/** Getting in as somebody else: sessions, cookies, passwords, links, and what a Host header may not poison. */
import { generateKeyPairSync } from 'node:crypto';
import { cpuUsage } from 'node:process';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { findAccountByHandle } from '#domain/members.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { hashSecret } from '#domain/tokens.ts';
import { attack, beside } from '../../support/attack.ts';
import { peerRow } from '../../support/peer-row.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../../support/nodes.ts';
import { type Answer, shoot } from '../../support/shots.ts';
import { intruder } from '../../support/intruder.ts';

let now = new Date();
let node: TestNode;
/** As behind a proxy that ends https. */
let secure: TestNode;

beforeAll(async () => {
  [node, secure] = await Promise.all([
    startNode('marseille', { overrides: { now: () => now } }),
    startNode('secure', { origin: 'https://marseille.example' }),
  ]);
  await Promise.all([
    addMember(node, 'alice', 'Alice'),
    addMember(node, 'bob', 'Bob'),
    addMember(secure, 'alice', 'Alice'),
  ]);
  let from = 0;
  const { origin } = node;
  await beside(() => intruder(origin, `127.0.5.${++from}`).signIn('ada'), 5);
});
afterAll(async () => {
  await Promise.all([node?.drop(), secure?.drop()]);
});

let last = 0;
/** Each from an address of its own, so that one case's tries are not another's. */
const somebody = (): ReturnType<typeof intruder> => intruder(node.origin, `127.0.4.${++last}`);
const sessionsOf = async (handle: string): Promise<number> => {
  const account = (await findAccountByHandle(node.db.read, handle))!;
  const { sessions } = node.db.read.t;
  return node.db.read.$count(sessions, eq(sessions.account, account.id));
};

attack('session fixation', async () => {
  const planted = 'planted-by-mallory'.padEnd(43, 'x');
  const alice = somebody();
  alice.cookies.set('session', planted);
  await alice.signIn('alice');
  expect(alice.cookies.get('session')).not.toBe(planted);
  const mallory = somebody();
  mallory.cookies.set('session', planted);
  expect((await mallory.get('/account')).status).toBe(303);
  // A session that was Mallory's own does not become Alice's, and is over.
  const bob = somebody();
  await bob.signIn('bob');
  const his = bob.cookies.get('session')!;
  await bob.signIn('alice');
  const again = somebody();
  again.cookies.set('session', his);
  expect((await again.get('/account')).status).toBe(303);
});

attack('sessions after signing out, and after a new password', async () => {
  const alice = somebody();
  await alice.signIn('alice');
  const secret = alice.cookies.get('session')!;
  await alice.post('/sign-out');
  const thief = somebody();
  thief.cookies.set('session', secret);
  expect((await thief.get('/account')).status).toBe(303);
});

attack('cookies: __Host-, HttpOnly, SameSite=Lax, Secure', async () => {
  const post = (path: string, fields: Record<string, string>): Promise<Answer> =>
    shoot({
      url: `http://marseille.example:${secure.port}${path}`,
      method: 'POST',
      headers: {
        host: 'marseille.example',
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://marseille.example',
      },
      body: Buffer.from(new URLSearchParams(fields).toString()),
    });
  const signedIn = await post('/sign-in', { login: 'alice', password: PASSWORD });
  expect(signedIn.status).toBe(303);
  const cookies = [
    ...signedIn.headers.getSetCookie(),
    ...(await post('/language', { locale: 'fr', back: '/' })).headers.getSetCookie(),
    ...(await post('/invitations', {})).headers.getSetCookie(),
  ];
  expect(cookies.map((line) => line.split('=')[0])).toContain('__Host-session');
  for (const line of cookies) {
    expect(line).toMatch(/; Secure/);
    expect(line).toMatch(/; SameSite=Lax/);
    expect(line).toMatch(/; Path=\//);
    expect(line).not.toMatch(/; Domain=/i);
  }
  const session = cookies.find((line) => line.startsWith('__Host-session='))!;
  expect(session).toMatch(/; HttpOnly/);
  expect(session).toMatch(/^__Host-session=[\w-]{43};/);
  expect(signedIn.headers.get('strict-transport-security')).toMatch(/max-age=\d{7}/);
  const { headers: changed } = await post('/language', { locale: 'fr', back: '/' });
  expect(changed.get('set-cookie')).toMatch(/^__Host-locale=fr;.*HttpOnly/);
});

attack('cookies of a sign-in between nodes, planted from a neighbouring name', async () => {
  const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const jwks = { keys: [{ ...jwk, kid: 'k', alg: 'EdDSA', use: 'sig' }] };
  const [origin, host] = ['https://lyon.example', 'lyon.example'];
  const metadata = {
    openid_provider: {
      issuer: origin,
      authorization_endpoint: `${origin}/oidc/auth`,
      token_endpoint: `${origin}/oidc/token`,
      jwks_uri: `${origin}/oidc/jwks`,
    },
    openid_relying_party: { redirect_uris: [`${origin}/callback`], jwks, backchannel_logout_uri: `${origin}/logout` },
  };
  const expires = new Date(Date.now() + 3_600_000);
  const scope = { ...OPEN_SCOPE, data: [...OPEN_SCOPE.data, 'signIn' as const] };
  await secure.db.write(async (tx) => {
    await tx
      .insert(tx.t.peers)
      .values(peerRow({ host, nodeActor: `${origin}/actor`, state: 'active', give: scope, take: scope }));
    await tx.insert(tx.t.entities).values({ host, thumbprints: [], metadata, expires, fetched: new Date() });
    const attempt = { host: 'gone.example', state: 's', nonce: 'n', verifier: 'v', next: '/', expires };
    await tx.insert(tx.t.signInAttempts).values({ hash: hashSecret('secret'), ...attempt });
  });
  const open = (path: string, cookie = ''): Promise<Answer> =>
    shoot({
      url: `http://marseille.example:${secure.port}${path}`,
      method: 'GET',
      headers: { host: 'marseille.example', ...(cookie === '' ? {} : { cookie }) },
    });

  // At the partner's: the browser's secret is taken under the name that only this host can set.
  const attempts = (): Promise<number> => secure.db.read.$count(secure.db.read.t.signInAttempts);
  await open('/sign-in/callback?state=s', 'away=secret');
  expect(await attempts()).toBe(1);
  const back = await open('/sign-in/callback?state=s', '__Host-away=secret');
  expect(await attempts()).toBe(0);
  expect(back.headers.getSetCookie().join()).toMatch(/__Host-away=;.*Path=\/;.*HttpOnly; Secure; SameSite=Lax/);

  // At home: so is the question that waits in this browser.
  const query = {
    client_id: origin,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${origin}/callback`,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  };
  const asked = await open(`/oidc/auth?${new URLSearchParams(query).toString()}`);
  const question = new URL(asked.headers.get('location')!, 'https://marseille.example').pathname;
  expect(question).toMatch(/^\/sign-in\/consent\//);
  const cookies = asked.headers.getSetCookie();
  for (const line of cookies) {
    expect(line).toMatch(/^(?:__Host-oidc_\w+(?:\.sig)?=[^;]*; path=\/;|__Secure-oidc_resume)/);
    expect(line).toMatch(/; secure/i);
    expect(line).toMatch(/; httponly/i);
    expect(line).toMatch(/; samesite=lax/i);
    expect(line).not.toMatch(/; domain=/i);
  }
  expect(cookies.map((line) => line.split('=')[0])).toEqual(
    expect.arrayContaining(['__Host-oidc_interaction', '__Secure-oidc_resume']),
  );
  const signedIn = await shoot({
    url: `http://marseille.example:${secure.port}/sign-in`,
    method: 'POST',
    headers: {
      host: 'marseille.example',
      origin: 'https://marseille.example',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: Buffer.from(new URLSearchParams({ login: 'alice', password: PASSWORD }).toString()),
  });
  const session = signedIn.headers.getSetCookie().map((line) => line.split(';')[0])[0]!;
  const uid = question.split('/').at(-1)!;
  const planted = await open(question, `${session}; oidc_interaction=${uid}`);
  expect(planted.headers.get('location')).toBe('/sign-in/problem/expired');
  expect((await open(question, `${session}; __Host-oidc_interaction=${uid}`)).status).toBe(200);
});

attack('tokens stored hashed', async () => {
  const alice = somebody();
  await alice.signIn('alice');
  await alice.post('/password-reset', { login: 'alice' });
  await alice.post('/invitations', { email: '' });
  const { sessions, tokens, accounts } = node.db.read.t;
  const secret = alice.cookies.get('session')!;
  expect(await node.db.read.$count(sessions, eq(sessions.hash, secret))).toBe(0);
  for (const token of await node.db.read.select().from(tokens)) expect(token.hash).toMatch(/^[\w-]{43}$/);
  for (const account of await node.db.read.select().from(accounts))
    expect(account.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

attack('admin step-up', async () => {
  const ada = somebody();
  await ada.signIn('ada');
  expect((await ada.get('/admin/settings')).status).toBe(200);
  // The cookie lives a month; the admin's pages ask for the password again after some hours.
  now = new Date(now.getTime() + 4.5 * 3_600_000);
  expect((await ada.get('/account')).status).toBe(200);
  const asked = await ada.get('/admin/settings');
  expect([asked.status, asked.headers.get('location')]).toEqual([
    303,
    '/password-confirmation?next=%2Fadmin%2Fsettings',
  ]);
  // A form that was opened in time is taken a little later, not for ever.
  expect((await ada.post('/admin/members/x/case')).headers.get('location')).toBe('/admin/members');
  now = new Date(now.getTime() + 3_600_000);
  const bob = (await findAccountByHandle(node.db.read, 'bob'))!;
  expect((await ada.post(`/admin/members/${bob.id}/case`)).headers.get('location')).toMatch(/^\/password-confirmation/);
  expect(await node.db.read.$count(node.db.read.t.reports)).toBe(0);
  const right = { password: PASSWORD, next: '//evil.example' };
  expect((await ada.post('/password-confirmation', right, { bare: true })).status).toBe(422);
  expect((await ada.get('/admin/settings')).status).toBe(303);
  const confirmed = await ada.post('/password-confirmation', right);
  expect([confirmed.status, confirmed.headers.get('location')]).toEqual([303, '/']);
  expect((await ada.get('/admin/settings')).status).toBe(200);
  // Guessing is slow here, too.
  now = new Date(now.getTime() + 5 * 3_600_000);
  for (let i = 0; i < 8; i++)
    expect((await ada.post('/password-confirmation', { password: 'une autre phrase' })).status).toBe(422);
  expect((await ada.post('/password-confirmation', right)).text).toMatch(/Too many tries|Trop d’essais/);
  expect((await ada.get('/admin/settings')).status).toBe(303);
});

attack('login throttled per account, however it is written', async () => {
  const spellings = ['bob', 'BOB', '@bob', ' bob ', 'bob@example.org', 'BOB@example.org', '@Bob', 'Bob'];
  const answers: Answer[] = [];
  for (const login of [...spellings, ...spellings]) answers.push(await somebody().signIn(login, 'une autre phrase'));
  expect(answers.slice(0, 8).every((answer) => answer.text.includes('Wrong name or password'))).toBe(true);
  expect(answers.slice(8).every((answer) => answer.text.includes('Too many tries'))).toBe(true);
  // Not even the right one, now; somebody else gets in meanwhile.
  expect((await somebody().signIn('bob')).status).toBe(422);
  expect((await somebody().signIn('alice')).status).toBe(303);
});

attack('login throttled per address', async () => {
  const mallory = somebody();
  let refused = 0;
  // Of sixty-five tries each at somebody else: after sixty none is looked at any more.
  for (let i = 0; i < 65; i++)
    if ((await mallory.signIn(`nobody${i}`, 'une phrase')).text.includes('Too many tries')) refused++;
  expect(refused).toBe(5);
  expect((await mallory.signIn('alice')).status).toBe(422);
  expect((await somebody().signIn('alice')).status).toBe(303);
});

attack('dummy hash: whether there is an account costs the same work', async () => {
  const cost = async (login: string): Promise<number> => {
    const before = cpuUsage();
    const { status, text } = await somebody().signIn(login, 'une autre phrase');
    expect([status, text.includes('Wrong name or password')]).toEqual([422, true]);
    const { user, system } = cpuUsage(before);
    return user + system;
  };
  await cost('nobody-yet');
  await somebody().signIn('alice');
  // In turn, and the least of each: what else the process does just then only adds to it.
  const [unknown, known]: number[][] = [[], []];
  for (let i = 0; i < 6; i++) {
    unknown!.push(await cost(`unknown${i}`));
    known!.push(await cost('alice'));
  }
  await somebody().signIn('alice');
  const ratio = Math.min(...unknown!) / Math.min(...known!);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

attack('signing up or asking for a link does not tell who is a member', async () => {
  const strip = (text: string): string => text.replaceAll(/(?:alice|nobody)@example\.org/g, 'X');
  const ask = async (login: string): Promise<string> =>
    strip((await somebody().post('/password-reset', { login })).text);
  expect(await ask('alice@example.org')).toBe(await ask('nobody@example.org'));
  const join = async (email: string, handle: string): Promise<string> =>
    strip((await somebody().post('/sign-up', { name: 'X', handle, email, password: 'une phrase bien longue' })).text);
  expect(await join('alice@example.org', 'newcomer1')).toBe(await join('nobody@example.org', 'newcomer2'));
  // Nor by a name that is taken, which everybody can see.
  const taken = await join('other@example.org', 'alice');
  expect(taken).toContain('This name is taken');
  expect(await join('alice@example.org', 'alice')).toBe(taken.replaceAll('other@example.org', 'X'));
  // The same form twice is the same answer twice.
  const twice = () => join('twice@example.org', 'twice');
  expect(await twice()).toBe(await twice());
});

/** The links of letters that wait because there is no mail server, newest first. */
const links = async (): Promise<string[]> => {
  await node.settled();
  const { jobs } = node.db.read.t;
  const rows = await node.db.read
    .select()
    .from(jobs)
    .where(and(eq(jobs.type, 'mail'), eq(jobs.state, 'held')));
  return rows.toReversed().map((row) => /https?:\/\/[^"\\]+/.exec(JSON.stringify(row.data))?.[0] ?? '');
};
const resetLink = async (login: string): Promise<string> => {
  const known = new Set(await links());
  await somebody().post('/password-reset', { login });
  let found: string | undefined;
  await until(
    'the letter is there',
    async () =>
      (found = (await links()).find((link) => link.includes('/password-reset/') && !known.has(link))) !== undefined,
  );
  return new URL(found!).pathname;
};

attack('reset tokens: 128 bits or more, hashed, single use, POST to consume, one hour', async () => {
  await addMember(node, 'rita', 'Rita');
  const rita = somebody();
  await rita.signIn('rita');
  const first = await resetLink('rita');
  const token = first.split('/').at(-1)!;
  expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(16);
  const { tokens } = node.db.read.t;
  expect(await node.db.read.$count(tokens, eq(tokens.hash, token))).toBe(0);
  // Mail programs open links, some of them twice: opening uses nothing up.
  const open = somebody();
  for (let i = 0; i < 3; i++) expect((await open.get(first)).status).toBe(200);
  await shoot({ url: `${node.origin}${first}`, method: 'HEAD', headers: {} });
  expect(
    await node.db.read.$count(
      tokens,
      and(eq(tokens.purpose, 'reset'), eq(tokens.account, (await findAccountByHandle(node.db.read, 'rita'))!.id)),
    ),
  ).toBe(1);
  // Two who press at once: one gets it.
  const [one, two] = await Promise.all([
    somebody().post(first, { password: 'une première phrase' }),
    somebody().post(first, { password: 'une seconde phrase' }),
  ]);
  expect([one!.status, two!.status].toSorted((a, b) => a - b)).toEqual([303, 422]);
  expect((await somebody().post(first, { password: 'une troisième phrase' })).status).toBe(422);
  // It signed her out everywhere.
  expect((await rita.get('/account')).status).toBe(303);
  expect(await sessionsOf('rita')).toBe(0);
  // A newer link makes the older one void, and an hour both.
  const [older, newer] = [await resetLink('rita'), await resetLink('rita')];
  expect((await somebody().post(older, { password: 'une quatrième phrase' })).status).toBe(422);
  now = new Date(now.getTime() + 61 * 60_000);
  expect((await somebody().post(newer, { password: 'une cinquième phrase' })).status).toBe(422);
  // A link for one thing opens nothing else.
  const other = (await resetLink('rita')).split('/').at(-1)!;
  for (const path of [`/confirmation/${other}`, `/setup/${other}`])
    expect((await somebody().post(path, { password: 'une sixième phrase' })).status).toBeGreaterThanOrEqual(410);
  expect(
    (
      await node.fetch(
        new Request(`${node.origin}/api/v1/listings`, { headers: { authorization: `Bearer mln_${other}` } }),
      )
    ).status,
  ).toBe(401);
});

attack('letters by the hundred to one member', async () => {
  await addMember(node, 'buried', 'Buried');
  const before = (await links()).length;
  for (let i = 0; i < 12; i++)
    await somebody().post('/password-reset', { login: i % 2 === 0 ? 'buried' : 'buried@example.org' });
  expect((await links()).length - before).toBeLessThanOrEqual(4);
  // Nor does a member write to the whole world.
  const sender = somebody();
  await sender.signIn('alice');
  const sent = (await links()).length;
  for (let i = 0; i < 25; i++) await sender.post('/invitations', { email: `x${i}@example.org` });
  expect((await links()).length - sent).toBeLessThanOrEqual(20);
});

attack('host-header poisoned links', async () => {
  const poison = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example',
    'x-original-host': 'evil.example',
  };
  const mallory = somebody();
  await addMember(node, 'vera', 'Vera');
  const answer = await mallory.post('/password-reset', { login: 'vera' }, { headers: poison });
  expect(answer.text).not.toContain('evil.example');
  const [link] = await links();
  expect(link).toMatch(new RegExp(`^${node.origin}/password-reset/`));
  for (const path of [
    '/',
    '/listings',
    '/sign-in',
    '/admin',
    '/@vera',
    '/.well-known/nodeinfo',
    '/.well-known/host-meta',
    `/.well-known/webfinger?resource=acct:vera@${node.host}`,
    '/users/vera',
    '/nodeinfo/2.1',
    '/api/v1/openapi.json',
  ]) {
    const page = await mallory.get(path, { ...poison, accept: 'application/activity+json, text/html' });
    expect(page.text, path).not.toContain('evil.example');
    expect(page.headers.get('location') ?? '', path).not.toContain('evil.example');
  }
});

attack('a way back that leads elsewhere', async () => {
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\\\t\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/.//evil.example',
    '/..//evil.example',
    '\\\\evil.example',
    '/%09/evil.example',
    'evil.example',
    '',
    '/@evil.example//',
    ' //evil.example',
  ]) {
    const alice = somebody();
    const { status, headers } = await alice.post('/sign-in', { login: 'alice', password: PASSWORD, next });
    expect(status).toBe(303);
    const to = headers.get('location')!;
    expect(new URL(to, node.origin).host, `${JSON.stringify(next)} → ${to}`).toBe(node.host);
    const back = await alice.post('/language', { locale: 'en', back: next });
    expect(new URL(back.headers.get('location')!, node.origin).host, JSON.stringify(next)).toBe(node.host);
    const form = await somebody().get(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(form.text).not.toMatch(/name="next" value="(?:\/\/|\/\\|https?:|javascript:)/);
  }
});

attack('a word planted in our own cookie', async () => {
  const alice = somebody();
  for (const flash of [
    'Your account is locked, call 0900',
    '<img src=x onerror=alert(1)>',
    'constructor',
    '__proto__',
    'a.b.c',
  ]) {
    alice.cookies.set('flash', encodeURIComponent(flash));
    const { status, text } = await alice.get('/sign-in');
    expect(status).toBe(200);
    expect(text).not.toMatch(/0900|onerror|role="status">[^<]*(?:native code|\[object)/);
  }
});
