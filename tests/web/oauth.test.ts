/** An app asks a member for access, acts for them within what they said, and is sent away again. */
import * as oauth from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepAccess } from '#domain/apps/access.ts';
import { findAccountByHandle, reinstateMember, suspendMember } from '#domain/members.ts';
import { issueToken } from '#domain/tokens.ts';
import {
  REDIRECT,
  api,
  askUrl,
  byHost,
  codeFor,
  decide,
  memberOf,
  outside,
  post,
  redeem,
  refresh,
  registered,
  tokensFor,
  verifierOf,
} from '../support/app.ts';
import { type Traveller, hiddenIn, traveller } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

eachEngine('an app', (engine) => {
  let node: TestNode;
  let alice: Traveller;
  let client: string;
  let now = new Date();
  const count = (name: 'appGrants' | 'appTokens' | 'appCodes'): Promise<number> =>
    node.db.read.$count(node.db.read.t[name]);
  const page = async (): Promise<string> => (await alice.open(`${node.origin}/account/apps`)).text;

  beforeAll(async () => {
    node = await startNode('app', { engine, overrides: { now: () => now } });
    await addMember(node, 'alice', 'Alice');
    await addMember(node, 'bob', 'Bob');
    await publish(node, 'bob', { title: 'Entre membres', audience: 'members' });
    await publish(node, 'alice', { title: 'À Alice', audience: 'members' });
    alice = await memberOf(node, 'alice');
  });
  afterAll(() => node.drop());

  test('is registered on a page, whose errors name the field and the remedy', async () => {
    const bob = await memberOf(node, 'bob');
    const url = `${node.origin}/account/apps`;
    const csrf = hiddenIn(await bob.open(url), 'csrf');
    const wrong = await bob.send(url, {
      csrf,
      name: 'x',
      website: 'app.example',
      redirectUris: 'http://localhost/back',
    });
    expect(wrong.status).toBe(422);
    for (const words of ['Au moins 2 caractères', 'commence par https', 'pas localhost', 'value="app.example"'])
      expect(wrong.text).toContain(words);
    const done = await bob.send(url, { csrf, name: 'Marmite', website: 'https://app.example', redirectUris: REDIRECT });
    expect(done.text).toContain('Application inscrite');
    const [row] = await node.db.read.select().from(node.db.read.t.apps);
    client = row!.id;
    expect(done.text).toContain(client);
  });

  test('that knows only our address signs a member in, reads and writes, as an honest library does it', async () => {
    const config = await oauth.discovery(new URL(node.origin), client, undefined, oauth.None(), {
      algorithm: 'oauth2',
      execute: [oauth.allowInsecureRequests],
      // Names of this machine alone are known to no resolver.
      [oauth.customFetch]: byHost,
    });
    const verifier = oauth.randomPKCECodeVerifier();
    const state = oauth.randomState();
    const redirect = 'http://127.0.0.1:40404/back';
    const url = oauth.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope: 'profile:read listings:read',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    // Not signed in: by way of the door, to the same question.
    const stranger = traveller();
    const door = await stranger.open(url.href);
    expect(door.url).toContain(`${node.origin}/sign-in?next=`);
    const question = await stranger.send(`${node.origin}/sign-in`, {
      login: 'alice',
      password: PASSWORD,
      next: hiddenIn(door, 'next').replaceAll('&amp;', '&'),
    });
    for (const words of [
      'Laisser entrer Marmite',
      'app.example, inscrite ici par @bob',
      'un programme sur cet ordinateur',
      'voir les annonces que vous voyez',
      'lire votre nom',
    ])
      expect(question.text).toContain(words);
    expect(question.text).not.toContain('publier, changer et supprimer');
    expect(question.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:40404");
    const back = await decide(stranger, node, question, 'yes');
    const tokens = await oauth.authorizationCodeGrant(config, new URL(back.url), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3_600, scope: 'listings:read profile:read' });
    expect(tokens.id_token).toBeUndefined();
    expect((await api(node, 'GET', '/me', tokens.access_token)).body).toMatchObject({ handle: 'alice', name: 'Alice' });
    const next = await oauth.refreshTokenGrant(config, tokens.refresh_token!);
    expect((await api(node, 'GET', '/me', tokens.access_token)).status, 'the one before has ended').toBe(401);
    expect((await api(node, 'GET', '/me', next.access_token)).status).toBe(200);
    await oauth.tokenRevocation(config, next.refresh_token!);
    expect((await api(node, 'GET', '/me', next.access_token)).status).toBe(401);
    expect([await count('appGrants'), await count('appTokens')]).toEqual([0, 0]);
  });

  test('learns of a no, and of what it did wrong only if the member sends it on', async () => {
    const question = await alice.open(askUrl(node, client, verifierOf()));
    const no = new URL((await decide(alice, node, question, 'no')).url);
    expect(Object.fromEntries(no.searchParams)).toEqual({ error: 'access_denied', state: 'xyz', iss: node.origin });
    const wrong = await alice.open(
      askUrl(node, client, verifierOf(), { scope: 'openid listings:read' }),
      outside(node),
    );
    expect([wrong.status, wrong.url.startsWith(node.origin)]).toEqual([400, true]);
    expect(wrong.text).toContain('invalid_scope');
    expect(wrong.text).toContain('error=invalid_scope&amp;');
  });

  test('each scope opens what it names and nothing else, and the answer says which is missing', async () => {
    const { access_token: reads } = await tokensFor(node, alice, client, { scope: 'listings:read' });
    const { access_token: profile } = await tokensFor(node, alice, client, { scope: 'profile:read' });
    const list = await api(node, 'GET', '/listings', reads);
    expect(JSON.stringify(list.body)).toContain('Entre membres');
    const mine = await api(node, 'GET', '/me/listings', reads);
    expect(mine.body['items']).toEqual([expect.objectContaining({ title: 'À Alice', state: 'published' })]);
    for (const [method, path, token, scope] of [
      ['GET', '/me', reads, 'profile:read'],
      ['POST', '/listings', reads, 'listings:write'],
      ['GET', '/listings', profile, 'listings:read'],
      ['GET', '/peers', profile, 'listings:read'],
      ['GET', '/me/listings', profile, 'listings:read'],
      ['DELETE', '/listings/x', profile, 'listings:write'],
    ] as const) {
      const answer = await api(node, method, path, token, method === 'POST' ? {} : undefined);
      expect(answer.status, `${method} ${path}`).toBe(403);
      expect(answer.headers.get('www-authenticate')).toContain(`error="insufficient_scope"`);
      expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
      expect(answer.body['detail']).toContain(scope);
    }
    expect((await api(node, 'GET', '/me')).status).toBe(401);
    const withheld = (await api(node, 'GET', '/listings?q=Entre', reads)).body['items'] as object[];
    expect(withheld[0], 'from whom another keeps a listing is not hers to know').not.toHaveProperty('withheld');
    expect((mine.body['items'] as object[])[0]).toHaveProperty('withheld', []);
  });

  test('is on the member’s page with what it may do, and ends there', async () => {
    const tokens = await tokensFor(node, alice, client);
    expect(await page()).toContain('jamais utilisé');
    await api(node, 'GET', '/me', tokens['access_token']);
    const shown = await alice.open(`${node.origin}/account/apps`);
    for (const words of ['Marmite', 'publier, changer et supprimer vos annonces', 'utilisé'])
      expect(shown.text).toContain(words);
    const csrf = hiddenIn(shown, 'csrf');
    for (const [, id] of shown.text.matchAll(/action="\/account\/apps\/([^/"]+)\/end"/g))
      await alice.send(`${node.origin}/account/apps/${id}/end`, { csrf });
    expect((await api(node, 'GET', '/me', tokens['access_token'])).status).toBe(401);
    expect((await refresh(node, client, tokens['refresh_token'])).body['error']).toBe('invalid_grant');
    expect(await page()).toContain('Aucune application');
  });

  test('an hour ends an access token, sixty days without use all of it; nothing is kept of that', async () => {
    const { access_token, refresh_token } = await tokensFor(node, alice, client);
    now = new Date(now.getTime() + 3_601_000);
    expect((await api(node, 'GET', '/me', access_token)).status).toBe(401);
    const again = (await refresh(node, client, refresh_token)).body;
    expect((await api(node, 'GET', '/me', again['access_token'])).status).toBe(200);
    now = new Date(now.getTime() + 61 * 86_400_000);
    expect((await refresh(node, client, again['refresh_token'])).body['error']).toBe('invalid_grant');
    await node.db.write((tx) => sweepAccess(tx, now));
    expect([await count('appGrants'), await count('appTokens'), await count('appCodes')]).toEqual([0, 0, 0]);
    alice = await memberOf(node, 'alice');
  });

  test('a member’s own token has scopes, too; one from before, and an admin’s, read as they did', async () => {
    const url = `${node.origin}/account/apps`;
    const csrf = hiddenIn(await alice.open(url), 'csrf');
    const nothing = await alice.send(`${node.origin}/account/tokens`, { csrf, tokenName: 'site', days: '30' });
    expect([nothing.status, nothing.text.includes('Choisissez-en au moins une')]).toEqual([422, true]);
    const made = await alice.send(`${node.origin}/account/tokens`, {
      csrf,
      tokenName: 'site',
      scopes: 'profile:read',
      days: '30',
    });
    const token = /mln_[\w-]+/.exec(made.text)?.[0];
    expect(await page()).not.toContain(String(token));
    expect((await api(node, 'GET', '/me', token)).body['handle']).toBe('alice');
    expect((await api(node, 'GET', '/listings', token)).status).toBe(403);
    expect(await page()).toContain('lire votre nom, votre identifiant');
    const id = /\/account\/tokens\/([^/"]+)\/end/.exec(await page())?.[1] ?? '';
    const bob = await memberOf(node, 'bob');
    await bob.send(`${node.origin}/account/tokens/${id}/end`, { csrf: hiddenIn(await bob.open(url), 'csrf') });
    expect((await api(node, 'GET', '/me', token)).status, 'another member cannot end it').toBe(200);
    await alice.send(`${node.origin}/account/tokens/${id}/end`, { csrf });
    expect((await api(node, 'GET', '/me', token)).status).toBe(401);
    const old = await node.db.write((tx) => issueToken(tx, now, 'api', { data: { name: 'website' } }));
    expect(JSON.stringify((await api(node, 'GET', '/listings', old)).body)).toContain('Entre membres');
    const me = await api(node, 'GET', '/me', old);
    expect(me.status).toBe(403);
  });

  test('nothing acts for a member who is suspended, nor when they are back; a programme that is removed ends', async () => {
    const { id } = (await findAccountByHandle(node.db.read, 'alice'))!;
    const tokens = await tokensFor(node, alice, client);
    const own = await node.db.write((tx) =>
      issueToken(tx, now, 'api', { account: id, data: { scopes: 'profile:read' } }),
    );
    expect((await api(node, 'GET', '/me', own)).status).toBe(200);
    await node.db.write((tx) => suspendMember(tx, node.site, id));
    const all = async (): Promise<number[]> => [
      (await api(node, 'GET', '/me', tokens['access_token'])).status,
      (await api(node, 'GET', '/me', own)).status,
      (await refresh(node, client, tokens['refresh_token'])).status,
    ];
    expect(await all()).toEqual([401, 401, 400]);
    await node.db.write((tx) => reinstateMember(tx, node.site, id));
    expect(await all()).toEqual([401, 401, 400]);
    alice = await memberOf(node, 'alice');
    const more = await tokensFor(node, alice, client);
    const bob = await memberOf(node, 'bob');
    const csrf = hiddenIn(await bob.open(`${node.origin}/account/apps`), 'csrf');
    await alice.send(`${node.origin}/account/apps/registered/${client}/deletion`, {
      csrf: hiddenIn(await alice.open(`${node.origin}/account/apps`), 'csrf'),
    });
    expect((await api(node, 'GET', '/me', more['access_token'])).status, 'it is not hers to remove').toBe(200);
    await bob.send(`${node.origin}/account/apps/registered/${client}/deletion`, { csrf });
    expect((await api(node, 'GET', '/me', more['access_token'])).status).toBe(401);
    expect((await refresh(node, client, more['refresh_token'])).body['error']).toBe('invalid_client');
  });

  test('of twenty at once with one code or one refresh token one is given tokens at most, and none keeps them', async () => {
    const mine = await registered(node, 'bob', 'Course');
    const verifier = verifierOf();
    const code = await codeFor(node, alice, mine, verifier);
    const honest = await tokensFor(node, alice, mine);
    for (const send of [() => redeem(node, mine, code, verifier), () => refresh(node, mine, honest['refresh_token'])]) {
      const all = await Promise.all(Array.from({ length: 20 }, send));
      const given = all.filter((one) => one.status === 200);
      expect(given.length).toBe(1);
      expect((await api(node, 'GET', '/me', given[0]!.body['access_token'])).status).toBe(401);
      expect(all.filter((one) => one.body['error'] === 'invalid_grant').length).toBe(19);
    }
  });

  test('says what there is, to pages of any origin, and never with cookies', async () => {
    const other = await registered(node, 'bob', 'Autre');
    const answer = await post(node, '/oauth/revoke', { client_id: other, token: 'mlr_nothing' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const ask = await api(node, 'OPTIONS', '/listings', undefined, undefined, {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    });
    expect(ask.headers.get('access-control-allow-methods')).toContain('POST');
    expect(ask.headers.get('access-control-allow-credentials')).toBeNull();
    const cookie = [...alice.jars.values()].flatMap((jar) => [...jar]).map(([name, value]) => `${name}=${value}`);
    const tried = await api(node, 'POST', '/listings', undefined, { title: 'x' }, { cookie: cookie.join('; ') });
    expect(tried.status).toBe(401);
  });
});
