/** Against the door for apps: what an app, a thief of what passes by, or another site could try. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findAccountByHandle } from '#domain/members.ts';
import { hashSecret } from '#domain/tokens.ts';
import {
  type Said,
  api,
  askUrl,
  challengeOf,
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
} from '../../support/app.ts';
import { attack, beside } from '../../support/attack.ts';
import { type Traveller, hiddenIn, toConsent, traveller, trust } from '../../support/away.ts';
import { type TestNode, addMember, publish, startNode } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';

let node: TestNode;
let [alice, bob]: Traveller[] = [];
let [client, other]: string[] = [];
/** A password costs what it should. */
const SIGNING_IN = 60;
/** More than looking at a page. */
const WRITING = 5;
const WEB = 'https://app.example/back?tenant=1';

beforeAll(async () => {
  node = await startNode('door');
  await addMember(node, 'alice', 'Alice');
  await addMember(node, 'bob', 'Bob');
  client = await registered(node, 'bob', 'Marmite', `http://127.0.0.1/back\nhttp://[::1]:7000/back\n${WEB}`);
  other = await registered(node, 'bob', 'Autre', 'http://127.0.0.1/back');
  [alice, bob] = [await memberOf(node, 'alice'), await memberOf(node, 'bob')];
  // The API is loaded with the first question to it, which no attack is to pay for.
  await me('none');
  // An honest question, as a page.
  await beside(() => alice!.open(askUrl(node, client!, verifierOf())));
});
afterAll(() => node.drop());

const grants = (): Promise<number> => node.db.read.$count(node.db.read.t.appGrants);
const codes = (): Promise<number> => node.db.read.$count(node.db.read.t.appCodes);
const me = async (token: unknown): Promise<number> => (await api(node, 'GET', '/me', token)).status;
const refused = (said: Said, error = 'invalid_grant'): void => {
  expect([said.status, said.body['error']]).toEqual([error === 'invalid_client' ? 401 : 400, error]);
  expect(said.body['access_token']).toBeUndefined();
  expect(said.headers.get('cache-control')).toBe('no-store');
};

describe('codes', () => {
  attack('a code that is used again gives nothing, and ends what it gave', async () => {
    const verifier = verifierOf();
    const code = await codeFor(node, alice!, client!, verifier);
    const first = await redeem(node, client!, code, verifier);
    expect(await me(first.body['access_token'])).toBe(200);
    refused(await redeem(node, client!, code, verifier));
    expect(await me(first.body['access_token'])).toBe(401);
    refused(await refresh(node, client!, first.body['refresh_token']));
  });
  attack('another app’s code is worth nothing to an app, and nothing to its own any more', async () => {
    const verifier = verifierOf();
    const code = await codeFor(node, alice!, client!, verifier);
    refused(await redeem(node, other!, code, verifier));
    refused(await redeem(node, client!, code, verifier));
  });
  attack('a code without its verifier, with another one, or with the challenge itself is worth nothing', async () => {
    for (const given of [verifierOf(), '', 'short']) {
      const code = await codeFor(node, alice!, client!, verifierOf());
      refused(await redeem(node, client!, code, given), given.length < 43 ? 'invalid_request' : 'invalid_grant');
    }
    const verifier = verifierOf();
    const code = await codeFor(node, alice!, client!, verifier);
    refused(await redeem(node, client!, code, challengeOf(verifier)));
    refused(await redeem(node, client!, code, verifier));
  });
  attack('a code sent with another address to come back to is worth nothing', async () => {
    const verifier = verifierOf();
    const code = await codeFor(node, alice!, client!, verifier);
    refused(await redeem(node, client!, code, verifier, { redirect_uri: 'http://127.0.0.1:51235/back' }));
  });
  attack('PKCE left out, plain, or of another shape is refused before anybody is asked', async () => {
    for (const wish of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: undefined },
      { code_challenge_method: 'plain' },
      { code_challenge_method: 's256' },
      { code_challenge: 'x' },
      { code_challenge: '=' + 'A'.repeat(42) },
      { response_type: 'token' },
      { response_type: 'code id_token' },
    ]) {
      const page = await alice!.open(askUrl(node, client!, verifierOf(), wish), outside(node));
      expect([page.status, hiddenIn(page, 'client_id')], JSON.stringify(wish)).toEqual([400, '']);
    }
  });
});

describe('where a browser is sent', () => {
  const near = [
    'http://127.0.0.1:51234/back/',
    'http://127.0.0.1:51234/back?x=1',
    'http://127.0.0.1:51234/Back',
    'http://127.0.0.1:51234/%62ack',
    'http://127.0.0.1:51234/x/../back',
    'http://127.0.0.1:51234@evil.example/back',
    'http://127.0.0.1.evil.example/back',
    'http://127.0.0.2:51234/back',
    'http://2130706433/back',
    'http://localhost:51234/back',
    'https://127.0.0.1:51234/back',
    'http://[::1]:7000/back#x',
    'http://[::ffff:127.0.0.1]/back',
    'https://app.example/back',
    'https://app.example/back?tenant=2',
    'https://app.example/back?tenant=1&x=1',
    'https://app.example:8443/back?tenant=1',
    'https://app.example.evil.example/back?tenant=1',
    'https://evil.example/back?tenant=1',
    'https://app.example@evil.example/back?tenant=1',
    'HTTPS://APP.EXAMPLE/back?tenant=1',
    'http://app.example/back?tenant=1',
    '//app.example/back?tenant=1',
    'javascript:alert(1)',
    '',
  ];
  attack('nowhere but to what was registered, by every character', async () => {
    for (const redirect_uri of near) {
      const page = await alice!.open(askUrl(node, client!, verifierOf(), { redirect_uri }), outside(node));
      expect([page.status, page.url.startsWith(node.origin)], redirect_uri).toEqual([400, true]);
      expect(page.text, redirect_uri).not.toContain('evil.example');
      expect(page.text, 'nor is a link shown').not.toContain('Revenir à l’application');
    }
    const twice = `${askUrl(node, client!, verifierOf())}&redirect_uri=${encodeURIComponent('https://evil.example')}`;
    expect((await alice!.open(twice, outside(node))).status).toBe(400);
    const unknown = await alice!.open(askUrl(node, 'no-such-app', verifierOf()), outside(node));
    expect([unknown.status, unknown.text.includes('127.0.0.1')]).toEqual([400, false]);
  });
  attack('to any port of this machine, and only there', async () => {
    for (const redirect_uri of ['http://127.0.0.1:1/back', 'http://127.0.0.1/back', 'http://[::1]:9/back', WEB]) {
      const back = await decide(
        alice!,
        node,
        await alice!.open(askUrl(node, client!, verifierOf(), { redirect_uri })),
        'no',
      );
      expect(back.url.startsWith(redirect_uri), redirect_uri).toBe(true);
      expect(new URL(back.url).searchParams.get('iss')).toBe(node.origin);
    }
  });
  attack('by a form with another address in it: nowhere either', async () => {
    const question = await alice!.open(askUrl(node, client!, verifierOf()));
    const before = await codes();
    const page = await decide(
      alice!,
      node,
      { ...question, text: question.text.replace('http://127.0.0.1:51234/back', 'https://evil.example/back') },
      'yes',
    );
    expect([page.status, page.url.startsWith(node.origin), await codes()]).toEqual([400, true, before]);
  });
  attack('what cannot be registered: other schemes, fragments, passwords, wild cards, plain http', async () => {
    for (const uri of [
      'http://app.example/back',
      'https://app.example/back#x',
      'https://u:p@app.example/back',
      'https://*.app.example/back',
      'https://app.example/a/../back',
      'https://app',
      'com.example.app:/back',
      'javascript:alert(1)',
      'http://localhost/back',
      'http://127.0.0.1.evil.example/back',
      `https://app.example/${'x'.repeat(500)}`,
    ])
      await expect(registered(node, 'bob', 'Piège', uri), uri).rejects.toThrow('redirectUris');
  });
});

describe('consent', () => {
  attack('another site cannot say yes, nor can a form without the member’s own token', async () => {
    const url = askUrl(node, client!, verifierOf());
    const question = await alice!.open(url);
    const before = await codes();
    for (const csrf of ['', 'guessed', hiddenIn(await bob!.open(url), 'csrf')])
      expect((await decide(alice!, node, question, 'yes', csrf)).status, csrf).toBe(422);
    const jar = [...alice!.jars.get(node.host)!].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = new URLSearchParams({
      ...Object.fromEntries(new URL(url).searchParams),
      csrf: hiddenIn(question, 'csrf'),
      answer: 'yes',
    });
    const cross = await shoot({
      url: `${node.origin}/oauth/authorize`,
      method: 'POST',
      headers: {
        cookie: jar,
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.example',
      },
      body: Buffer.from(body.toString()),
    });
    expect([cross.status, await codes()]).toEqual([403, before]);
    expect((await alice!.open(url)).status, 'opening the question again says nothing').toBe(200);
    expect(await codes()).toBe(before);
    expect(question.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(question.headers.get('x-frame-options')).toBe('DENY');
  });
  attack('whose name is HTML is shown as it is written', async () => {
    const odd = await registered(node, 'bob', '<b onclick=x>Gras</b>');
    const page = await alice!.open(askUrl(node, odd, verifierOf(), { state: '"><script>x</script>' }));
    expect(page.text).not.toContain('<b onclick');
    expect(page.text).not.toContain('<script>x');
  });
  attack(
    'a guest is asked nothing: apps are for members',
    async () => {
      const lyon = await startNode('lyon');
      await addMember(lyon, 'carla', 'Carla');
      await trust(node, lyon);
      const carla = traveller();
      const question = await toConsent(carla, node, lyon, 'carla');
      await carla.send(question.url, { csrf: hiddenIn(question, 'csrf'), answer: 'yes' });
      expect((await carla.open(`${node.origin}/guest`)).text).toContain('Carla (Coop lyon)');
      expect((await carla.open(askUrl(node, client!, verifierOf()))).url).toContain('/sign-in?next=');
      // And a partner is no app, nor an app a partner.
      const partner = await alice!.open(askUrl(node, lyon.origin, verifierOf()), outside(node));
      expect(partner.status).toBe(400);
      const url = askUrl(node, client!, verifierOf(), { scope: 'openid profile membership' });
      const app = await alice!.open(url.replace('/oauth/authorize', '/oidc/auth'), outside(node));
      expect(app.url).toContain('/sign-in/problem/');
      const tokens = await tokensFor(node, alice!, client!);
      expect(Object.keys(tokens).toSorted()).toEqual([
        'access_token',
        'expires_in',
        'refresh_token',
        'scope',
        'token_type',
      ]);
      await lyon.drop();
    },
    SIGNING_IN,
  );
});

describe('tokens', () => {
  attack('a refresh token that comes again ends all of its family, whoever brings it', async () => {
    const first = await tokensFor(node, alice!, client!);
    const second = (await refresh(node, client!, first['refresh_token'])).body;
    const third = (await refresh(node, client!, second['refresh_token'])).body;
    const before = await grants();
    refused(await refresh(node, client!, first['refresh_token']));
    expect(await me(third['access_token'])).toBe(401);
    refused(await refresh(node, client!, third['refresh_token']));
    expect(await grants()).toBe(before - 1);
  });
  attack('another app’s refresh token is worth nothing to an app, and cannot be ended by it', async () => {
    const tokens = await tokensFor(node, alice!, client!);
    refused(await refresh(node, other!, tokens['refresh_token']));
    const revoked = await post(node, '/oauth/revoke', { client_id: other!, token: String(tokens['refresh_token']) });
    expect(revoked.status).toBe(200);
    expect(await me(tokens['access_token'])).toBe(200);
    expect((await refresh(node, client!, tokens['refresh_token'])).status).toBe(200);
  });
  attack('nobody gets more than was said yes to', async () => {
    const tokens = await tokensFor(node, alice!, client!, { scope: 'listings:read' });
    for (const scope of ['listings:read listings:write', 'profile:read', 'openid', 'admin', ''])
      refused(await refresh(node, client!, tokens['refresh_token'], { scope }), 'invalid_scope');
    const verifier = verifierOf();
    const code = await codeFor(node, alice!, client!, verifier, { scope: 'profile:read' });
    const said = await redeem(node, client!, code, verifier, { scope: 'listings:write' });
    expect(said.body['scope']).toBe('profile:read');
    expect((await api(node, 'POST', '/listings', said.body['access_token'], { title: 'x' })).status).toBe(403);
    const fewer = (await refresh(node, client!, said.body['refresh_token'], { scope: 'profile:read' })).body;
    expect(fewer['scope']).toBe('profile:read');
  });
  attack('a refresh token opens no API, an access token refreshes nothing, a session is no token', async () => {
    const tokens = await tokensFor(node, alice!, client!);
    expect(await me(tokens['refresh_token'])).toBe(401);
    refused(await refresh(node, client!, tokens['access_token']));
    expect(await me(alice!.jars.get(node.host)!.get('session'))).toBe(401);
    const page = await shoot({
      url: `${node.origin}/account`,
      method: 'GET',
      headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
    });
    expect([page.status, page.headers.get('location')?.startsWith('/sign-in')]).toEqual([303, true]);
  });
  attack(
    'one member’s token reads and writes nothing of another’s',
    async () => {
      const hers = await publish(node, 'alice', { title: 'À Alice seule' });
      const { access_token } = await tokensFor(node, bob!, client!);
      const change = await api(node, 'PATCH', `/listings/${hers.id}`, access_token, { title: 'À Bob' });
      const gone = await api(node, 'DELETE', `/listings/${hers.id}`, access_token);
      expect([change.status, gone.status]).toEqual([404, 404]);
      expect(JSON.stringify((await api(node, 'GET', '/me/listings', access_token)).body)).not.toContain(
        'À Alice seule',
      );
      const { listings } = node.db.read.t;
      expect(await node.db.read.$count(listings, eq(listings.title, 'À Alice seule'))).toBe(1);
    },
    WRITING,
  );
  attack('in the database are hashes only', async () => {
    const tokens = await tokensFor(node, alice!, client!);
    const rows = JSON.stringify([
      await node.db.read.select().from(node.db.read.t.appTokens),
      await node.db.read.select().from(node.db.read.t.appCodes),
      await node.db.read.select().from(node.db.read.t.appGrants),
    ]);
    expect(rows).toContain(hashSecret(String(tokens['access_token'])));
    for (const name of ['access_token', 'refresh_token']) expect(rows).not.toContain(String(tokens[name]));
  });
  attack('of one member’s grants the oldest ends with the fifty-first', async () => {
    const { id } = (await findAccountByHandle(node.db.read, 'bob'))!;
    const first = await tokensFor(node, bob!, other!);
    await node.db.write(async (tx) => {
      const later = new Date(Date.now() + 1_000);
      await tx.insert(tx.t.appGrants).values(
        Array.from({ length: 49 }, (_, i) => ({
          id: `g${i}`,
          app: other!,
          account: id,
          scopes: [],
          created: later,
          seen: null,
          expires: later,
        })),
      );
    });
    await tokensFor(node, bob!, other!);
    expect(await me(first['access_token'])).toBe(401);
  });
});

describe('the token endpoint', () => {
  attack('takes a form by POST, each field once, of a client that is known and has no secret', async () => {
    const raw = (headers: Record<string, string>, body: string, method = 'POST') =>
      shoot({ url: `${node.origin}/oauth/token`, method, headers, body: Buffer.from(body) });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const known = `client_id=${client}`;
    for (const [answer, status] of [
      [raw({ 'content-type': 'application/json' }, '{}'), 415],
      [raw(form, `${known}&grant_type=refresh_token&refresh_token=a&refresh_token=b`), 400],
      [raw({ ...form, authorization: 'Basic eDp5' }, known), 401],
      [raw(form, 'grant_type=authorization_code&client_id=nobody&code=x'), 401],
      [raw(form, `${known}&grant_type=password&username=alice&password=x`), 400],
      [raw(form, `${known}&grant_type=client_credentials`), 400],
      [raw(form, `${known}&grant_type=refresh_token&refresh_token=${'x'.repeat(20_000)}`), 413],
    ] as const)
      expect((await answer).status).toBe(status);
    const got = await shoot({ url: `${node.origin}/oauth/token?${known}`, method: 'GET', headers: {} });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
