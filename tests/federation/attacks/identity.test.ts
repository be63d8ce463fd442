/** Signing in between nodes, with real tokens by a partner that lies, and by strangers in its name. */
import { eq } from 'drizzle-orm';
import { type LogRecord, configure, reset as resetLog } from '@logtape/logtape';
import { CompactEncrypt, calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { readGuest } from '#domain/identity/guests.ts';
import { approvePin, findPin, holdPin, keepPin, pinFirst, pinSeen } from '#domain/identity/pins.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { pausePeer, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { endAllSessions } from '#domain/sessions.ts';
import { beside, attack as bounded } from '../../support/attack.ts';
import { type Page, type Traveller, answer, hiddenIn, traveller } from '../../support/away.ts';
import {
  type Partner,
  type Token,
  forged,
  jwkOf,
  newKey,
  seconds,
  startPartner,
} from '../../support/crooked-partner.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../../support/nodes.ts';
import { type Answer, shoot } from '../../support/shots.ts';
import type { Json } from '../../support/stranger.ts';

/** Held against a whole honest sign-in, which is several requests: none of an attack's may take twice as much. */
const attack = (name: string, body: () => Promise<void>): void => bounded(name, body, 2);

let node: TestNode;
let evil: Partner;
let [visitors, assertions] = [0, 0];

/** From an address of its own: what one tries must not count for the next. */
const somebody = (): Traveller => traveller('en', `127.0.1.${(visitors = (visitors + 1) % 200) + 1}`);
const guests = (): Promise<number> => node.db.read.$count(node.db.read.t.guests);
beforeAll(async () => {
  node = await startNode('marseille');
  const bob = await addMember(node, 'bob', 'Bob');
  // Which this partner, to whom no profiles are given, must not learn of.
  await node.db.write(async (tx) => {
    await tx
      .update(tx.t.actors)
      .set({ icon: `${node.origin}/media/bob.webp` })
      .where(eq(tx.t.actors.uri, bob));
  });
  evil = await startPartner('evil', node);
  await beside(() => comeBack(), 10);
});
beforeEach(() => node.db.write(async (tx) => void (await tx.delete(tx.t.guests))));
afterAll(async () => {
  await Promise.all([node?.drop(), evil?.server.close()]);
});

/** Goes to the partner. @returns what was asked of it */
const leave = async (who: Traveller): Promise<URLSearchParams> => {
  const left = await who.send(`${node.origin}/sign-in/cooperative`, { home: evil.server.host }, (url) =>
    url.startsWith(`${evil.server.origin}/auth`),
  );
  expect(left.url, left.text.slice(0, 500)).toContain(`${evil.server.origin}/auth`);
  return new URL(left.url).searchParams;
};
const claimsFor = (asked: URLSearchParams): Json => ({
  iss: evil.server.origin,
  sub: evil.member,
  aud: node.origin,
  nonce: asked.get('nonce'),
  iat: seconds(),
  exp: seconds() + 120,
  sid: 'sid-1',
  membership: { level: 'member', since: '2024-05-01' },
});
/** Comes back with a token. @param how what is other than usual, or the whole token */
const comeBack = async (
  how: Token | ((claims: Json) => string | Promise<string>) = {},
  answerBy: Json = {},
  who = somebody(),
): Promise<Page> => {
  const asked = await leave(who);
  const claims = claimsFor(asked);
  evil.next.token = typeof how === 'function' ? await how(claims) : await evil.sign(claims, how);
  const query = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin, ...answerBy };
  return who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(query as Record<string, string>).toString()}`);
};
const refused = async (how: Parameters<typeof comeBack>[0], answerBy?: Json): Promise<void> => {
  const page = await comeBack(how, answerBy);
  expect(page.status).toBe(422);
  expect(page.text).toContain('You could not be signed in');
  expect(await guests()).toBe(0);
};
const publicText = (): string => evil.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

attack('the honest token, so that the others are refused for their fault', async () => {
  expect((await comeBack()).status).toBe(200);
  expect(await guests()).toBe(1);
});
attack('ID token: alg none', () => refused((claims) => forged({ alg: 'none' }, claims)));
attack('ID token: HS256 with a public key', () => refused((claims) => forged({ alg: 'HS256' }, claims, publicText())));
attack('ID token: JWE', () =>
  refused(async (claims) =>
    new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32)),
  ),
);
attack('ID token: embedded key', async () => {
  const own = newKey();
  await refused({ key: own.privateKey, header: { jwk: await exportJWK(own.publicKey) } });
});
attack('ID token: key of nobody', () => refused({ key: newKey().privateKey }));
attack('ID token: wrong typ', () => refused({ header: { typ: 'logout+jwt' } }));
attack('ID token: aud as list', () => refused({ claims: { aud: [node.origin, 'https://elsewhere.example'] } }));
attack('ID token: aud of another', () => refused({ claims: { aud: 'https://elsewhere.example' } }));
attack('ID token: no exp', () => refused({ claims: { exp: undefined } }));
attack('ID token: run out', () => refused({ claims: { exp: seconds() - 180, iat: seconds() - 300 } }));
attack('ID token: 1 MB', () => refused({ claims: { name: 'x'.repeat(1e6) } }));
attack('ID token: 10 KB', () => refused({ claims: { name: 'x'.repeat(1e4) } }));
attack('ID token: nonce of another sign-in', () => refused({ claims: { nonce: 'another' } }));
attack('ID token: a subject of another origin', () => refused({ claims: { sub: `${node.origin}/users/bob` } }));
attack('ID token: an actor who does not name the issuer', async () => {
  const { actor } = evil.server.person('nobody', { document: {} });
  await refused({ claims: { sub: actor } });
  const other = evil.server.person('other', { document: { oidcIssuer: node.origin } });
  await refused({ claims: { sub: other.actor } });
});
attack('clock skew', async () => {
  expect((await comeBack({ claims: { iat: seconds() - 150, exp: seconds() - 40 } })).status).toBe(200);
  await node.db.write(async (tx) => void (await tx.delete(tx.t.guests)));
  await refused({ claims: { iat: seconds() - 300, exp: seconds() - 100 } });
});
attack('two issuers mixed up', async () => {
  const before = evil.next.asked;
  await refused({}, { iss: 'https://lyon.example' });
  await refused({}, { iss: '' });
  // Not even the code was sent anywhere.
  expect(evil.next.asked).toBe(before);
});
attack('a state of another browser, and a second use of one', async () => {
  await refused({}, { state: 'another' });
  const who = somebody();
  const asked = await leave(who);
  evil.next.token = await evil.sign(claimsFor(asked));
  const back = `${node.origin}/sign-in/callback?code=c&state=${asked.get('state')}&iss=${encodeURIComponent(evil.server.origin)}`;
  expect((await somebody().open(back)).text).toContain('opened in another browser');
  expect((await who.open(back)).status).toBe(200);
  expect((await who.open(back)).status).toBe(422);
  expect(await guests()).toBe(1);
});
attack('linking by e-mail', async () => {
  const before = await node.db.read.select().from(node.db.read.t.accounts);
  const page = await comeBack({ claims: { email: 'bob@example.org', email_verified: true, name: 'Bob' } });
  expect(page.text).toContain('mallory (evil)');
  expect(await node.db.read.select().from(node.db.read.t.accounts)).toEqual(before);
  expect(await node.db.read.$count(node.db.read.t.sessions)).toBe(0);
});

const verifier = 'v'.repeat(50);
const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
const askUs = (change: Record<string, string | undefined> = {}): string => {
  const query = {
    client_id: evil.server.origin,
    response_type: 'code',
    scope: 'openid profile membership',
    redirect_uri: `${evil.server.origin}/callback`,
    state: 's',
    nonce: 'n',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  };
  return `${node.origin}/oidc/auth?${new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  ).toString()}`;
};
const atThem = (url: string): boolean => url.startsWith(`${evil.server.origin}/`);
/** Bob says yes. @returns the code that the partner gets */
const codeOf = async (): Promise<string> => {
  const bob = somebody();
  const door = await bob.open(askUs(), atThem);
  const question = await bob.send(`${node.origin}/sign-in`, {
    login: 'bob',
    password: PASSWORD,
    next: hiddenIn(door, 'next'),
  });
  const back = new URL((await answer(bob, question, 'yes', atThem)).url).searchParams;
  expect(back.get('iss')).toBe(node.origin);
  expect(back.get('code')).not.toBeNull();
  return back.get('code') ?? '';
};
const assertion = (how: Token = {}): Promise<string> =>
  evil.sign(
    {
      iss: evil.server.origin,
      sub: evil.server.origin,
      aud: node.origin,
      jti: `jti-${++assertions}`,
      iat: seconds(),
      exp: seconds() + 60,
    },
    how,
  );
const redeem = (code: string, proof: string, change: Record<string, string> = {}): Promise<Answer> =>
  shoot({
    url: `${node.origin}/oidc/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(
      new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${evil.server.origin}/callback`,
        code_verifier: verifier,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: proof,
        ...change,
      }).toString(),
    ),
  });

attack('code replay', async () => {
  const code = await codeOf();
  const first = await redeem(code, await assertion());
  expect(first.status, first.text).toBe(200);
  const claims = decodeJwt(String(JSON.parse(first.text).id_token));
  // What was agreed to, and nothing more.
  expect(Object.keys(claims).toSorted()).toEqual(
    ['aud', 'exp', 'iat', 'iss', 'membership', 'name', 'nonce', 'sid', 'sub'].toSorted(),
  );
  const second = await redeem(code, await assertion());
  expect(second.status).toBe(400);
  expect(second.text).toContain('invalid_grant');
  const both = await codeOf();
  const proofs = [await assertion(), await assertion()];
  const at = await Promise.all(proofs.map((proof) => redeem(both, proof)));
  expect(at.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
});
attack('PKCE downgrade', async () => {
  for (const change of [
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge: verifier, code_challenge_method: 'plain' },
    { code_challenge: verifier, code_challenge_method: undefined },
  ]) {
    const { url } = await somebody().open(askUs(change), atThem);
    expect(new URL(url).searchParams.get('error')).toBe('invalid_request');
  }
  expect((await redeem(await codeOf(), await assertion(), { code_verifier: 'w'.repeat(50) })).status).toBe(400);
  const bare = await redeem(await codeOf(), await assertion(), { code_verifier: '' });
  expect(bare.status).toBe(400);
});
attack('near-match redirect', async () => {
  const { origin, host } = evil.server;
  for (const uri of [
    `${origin}/callback/`,
    `${origin}/callback?x=1`,
    `${origin}/Callback`,
    `${origin}/x/../callback`,
    `${origin}/callback#x`,
    `http://x.${host}/callback`,
    `http://${host}@elsewhere.example/callback`,
    `${origin}:1/callback`,
    'https://elsewhere.example/callback',
  ]) {
    const page = await somebody().open(askUs({ redirect_uri: uri }), (url) => !url.startsWith(node.origin));
    expect(page.url, uri).toContain(`${node.origin}/sign-in/problem/`);
  }
});
attack('another flow, and a client that is no partner', async () => {
  for (const type of ['token', 'id_token', 'code id_token', 'none']) {
    const { url } = await somebody().open(askUs({ response_type: type }), atThem);
    expect(url, type).toContain('unsupported_response_type');
  }
  const page = await somebody().open(askUs({ client_id: 'http://stranger.localhost:9' }), atThem);
  expect(page.url).toContain('/sign-in/problem/notAllowed');
});
attack(
  'client assertions: alg none, HS256, JWE, embedded key, wrong typ, aud as list, no exp, long life, 1 MB, used twice',
  async () => {
    const code = await codeOf();
    const own = newKey();
    const claims = {
      iss: evil.server.origin,
      sub: evil.server.origin,
      aud: node.origin,
      jti: 'x',
      exp: seconds() + 60,
    };
    const bad: [string, string][] = [
      ['none', forged({ alg: 'none' }, claims)],
      ['HS256', forged({ alg: 'HS256', kid: 'one' }, claims, publicText())],
      ['embedded', await assertion({ key: own.privateKey, header: { jwk: await exportJWK(own.publicKey) } })],
      ['typ', await assertion({ header: { typ: 'logout+jwt' } })],
      ['aud', await assertion({ claims: { aud: [node.origin, 'https://elsewhere.example'] } })],
      ['exp', await assertion({ claims: { exp: undefined } })],
      ['long', await assertion({ claims: { exp: seconds() + 86_400 } })],
      ['five parts', 'a.b.c.d.e'],
    ];
    for (const [name, proof] of bad) expect((await redeem(code, proof)).status, name).toBe(401);
    expect((await redeem(code, await assertion({ claims: { name: 'x'.repeat(1e6) } }))).status).toBe(413);
    const proof = await assertion();
    expect((await redeem('nothing', proof)).status).toBe(400);
    expect((await redeem(code, proof)).status).toBe(401);
    expect((await redeem(code, await assertion())).status).toBe(200);
  },
);
attack('somebody else’s question put before a member', async () => {
  const before = await node.db.read.$count(node.db.read.t.visits);
  const attacker = somebody();
  const door = await attacker.open(askUs(), atThem);
  const question = new URL(hiddenIn(door, 'next'), node.origin).href;
  const bob = somebody();
  const shown = await bob.send(`${node.origin}/sign-in`, {
    login: 'bob',
    password: PASSWORD,
    next: new URL(question).pathname,
  });
  expect(shown.url).toContain('/sign-in/problem/expired');
  const home = await bob.open(`${node.origin}/account`);
  await bob.send(question, { csrf: hiddenIn(home, 'csrf'), answer: 'yes' });
  expect(await node.db.read.$count(node.db.read.t.visits)).toBe(before);
  const { url } = await attacker.open(question.replace('/sign-in/consent/', '/oidc/auth/'), atThem);
  expect(url).not.toContain('code=');
});
attack('a question answered with a session that is over by now', async () => {
  const { sessions, visits } = node.db.read.t;
  // Somebody has stolen Bob's session, answers a partner, and waits; or takes the code, and waits with that.
  const consented = async (): Promise<{ thief: Traveller; way: string }> => {
    const thief = somebody();
    const door = await thief.open(askUs(), atThem);
    const fields = { login: 'bob', password: PASSWORD, next: hiddenIn(door, 'next') };
    const question = await thief.send(`${node.origin}/sign-in`, fields);
    const back = await answer(thief, question, 'yes', (url) => url.includes('/oidc/auth/'));
    return { thief, way: back.url };
  };
  const noticed = async (): Promise<void> => {
    const bob = (await findAccountByHandle(node.db.read, 'bob'))!;
    await node.db.write((tx) => endAllSessions(tx, bob.id));
    expect(await node.db.read.$count(sessions)).toBe(0);
    await until('the partner has been told', async () => (await node.db.read.$count(visits)) === 0);
  };
  const waiting = await consented();
  const taken = await consented();
  const code = new URL((await taken.thief.open(taken.way, atThem)).url).searchParams.get('code')!;
  await noticed();
  const late = new URL((await waiting.thief.open(waiting.way, atThem)).url).searchParams.get('code');
  for (const one of [code, late ?? ''])
    expect((await redeem(one, await assertion())).text, 'a session of a day for a thief').toContain('invalid_grant');
});
attack('logout tokens that are none', async () => {
  await comeBack();
  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const claims: Json = {
    iss: evil.server.origin,
    aud: node.origin,
    sub: evil.member,
    sid: 'sid-1',
    jti: 'l',
    iat: seconds(),
    exp: seconds() + 60,
    events: event,
  };
  const say = async (token: string): Promise<number> =>
    (
      await shoot({
        url: `${node.origin}/oidc/backchannel-logout`,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
      })
    ).status;
  const typ = { typ: 'logout+jwt' };
  for (const token of [
    forged({ alg: 'none', ...typ }, claims),
    forged({ alg: 'HS256', ...typ }, claims, publicText()),
    await evil.sign(claims),
    await evil.sign(claims, { header: typ, key: newKey().privateKey }),
    await evil.sign(claims, { header: typ, claims: { aud: [node.origin] } }),
    await evil.sign(claims, { header: typ, claims: { exp: undefined } }),
    await evil.sign(claims, { header: typ, claims: { events: {} } }),
    await evil.sign(claims, { header: typ, claims: { nonce: 'n' } }),
    await evil.sign(claims, { header: typ, claims: { iss: 'https://elsewhere.example' } }),
    await evil.sign(claims, { header: typ, claims: { iat: seconds() - 1_000 } }),
  ])
    expect(await say(token)).toBe(400);
  expect(await guests()).toBe(1);
  // Of somebody who is not here: whoever sends a thousand of those makes us ask nobody for keys.
  const asked = evil.server.log.length;
  for (const change of [{ sub: `${evil.server.origin}/users/x` }, { sid: 'sid-2' }])
    expect(await say(await evil.sign(claims, { header: typ, claims: change, key: newKey().privateKey }))).toBe(400);
  expect(evil.server.log.length).toBe(asked);
  expect(await say(await evil.sign(claims, { header: typ }))).toBe(200);
  expect(await guests()).toBe(0);
});

/** Shows another entity configuration, and tries to sign in by it. */
const declared = async (how: Parameters<Partner['declare']>[0]): Promise<Page> => {
  await evil.declare(how);
  return somebody().send(`${node.origin}/sign-in/cooperative`, { home: evil.server.host }, atThem);
};
attack('entity configurations with crit, policy, a long life, another typ or other people’s addresses', async () => {
  for (const how of [
    { claims: { crit: ['x'] } },
    { header: { crit: ['x'], x: 1 } },
    { claims: { metadata_policy: {} } },
    { claims: { constraints: { max_path_length: 1 } } },
    { claims: { exp: seconds() + 8 * 86_400 } },
    { claims: { exp: undefined } },
    { claims: { sub: 'https://elsewhere.example' } },
    { header: { typ: 'JWT' } },
    { metadata: { token_endpoint: 'https://elsewhere.example/token' } },
    { metadata: { issuer: 'https://elsewhere.example' } },
    { jwks: [jwkOf(newKey().publicKey)] },
  ]) {
    // A header that names `crit` cannot be made by a library that keeps to the norm.
    const page = await declared(how).catch(() => undefined);
    if (page !== undefined) expect(page.text, JSON.stringify(how)).toContain('was not believed');
  }
  expect((await declared({})).status).toBe(0);
});
attack(
  'a partner’s key changed: not believed until its admin has been heard; one that the old key names is',
  async () => {
    const [next, stolen] = [newKey(), newKey()];
    const both = [jwkOf(evil.keys.publicKey), jwkOf(next.publicKey, 'two')];
    expect((await declared({ jwks: both })).status).toBe(0);
    expect((await declared({ jwks: [both[1]!], key: next.privateKey, header: { kid: 'two' } })).status).toBe(0);
    const inside = somebody();
    await comeBack({ key: evil.keys.privateKey }, {}, inside);
    const isIn = async (): Promise<boolean> =>
      (await readGuest(node.db.read, new Date(), inside.jars.get(node.host)?.get('guest') ?? '')) !== undefined;
    expect(await isIn()).toBe(true);
    const lines: LogRecord[] = [];
    await configure({
      sinks: { kept: (record) => lines.push(record) },
      loggers: [
        { category: 'maillon', sinks: ['kept'] },
        { category: ['logtape', 'meta'], sinks: [] },
      ],
    });
    const page = await declared({ jwks: [jwkOf(stolen.publicKey)], key: stolen.privateKey });
    expect(page.text).toContain('shows a new key');
    const [row] = await node.db.read.select().from(node.db.read.t.entities);
    expect(row?.thumbprints).toEqual([await calculateJwkThumbprint(jwkOf(next.publicKey))]);
    const pin = await findPin(node.db.read, evil.server.host);
    expect(pin?.newThumbprints).toEqual([await calculateJwkThumbprint(jwkOf(stolen.publicKey))]);
    expect(await isIn(), 'whoever was signed in rests, as nobody may come in').toBe(false);
    expect(lines.filter(({ rawMessage }) => String(rawMessage).includes('shows a new key'))).toMatchObject([
      { level: 'warning', properties: { host: evil.server.host } },
    ]);
    await resetLog();
    // Asked again at once, nobody is asked; and another one than the admin saw is not approved.
    expect((await declared({ jwks: [both[1]!], key: next.privateKey, header: { kid: 'two' } })).text).toContain(
      'a new key',
    );
    expect(await node.db.write((tx) => approvePin(tx, new Date(), evil.server.host, 'x'))).toBe(false);
    expect(await node.db.write((tx) => approvePin(tx, new Date(), evil.server.host, pinSeen(pin!)))).toBe(true);
    expect(await isIn(), 'approved, it goes on').toBe(true);
    expect((await declared({ jwks: [jwkOf(stolen.publicKey)], key: stolen.privateKey })).status).toBe(0);
    await node.db.write(async (tx) => {
      await tx.delete(tx.t.entities);
      await tx.delete(tx.t.entityPins);
      await pinFirst(tx, new Date(), evil.server.host, [await calculateJwkThumbprint(both[0]!)]);
    });
    await evil.declare();
  },
);
attack('a sign-in that is under way while the partnership is rested and taken up again', async () => {
  const peer = (await findPeerByHost(node.db.read, evil.server.host))!;
  const usual = evil.server.answers.get('/token')!;
  const during = async (
    work: (tx: Parameters<Parameters<TestNode['db']['write']>[0]>[0]) => Promise<unknown>,
  ): Promise<void> => {
    evil.server.answers.set('/token', (request, response) => {
      void node.db.write((tx) => work(tx)).then(() => usual(request, response));
    });
    const page = await comeBack();
    evil.server.answers.set('/token', usual);
    expect(page.text).toContain('do not let their members sign in this way');
    expect(await guests(), 'it would wake up with the partnership').toBe(0);
  };
  const { host } = evil.server;
  await during((tx) => holdPin(tx, node.site, host, ['other']));
  await node.db.write(async (tx) => keepPin(tx, new Date(), host, (await findPin(tx, host))!.thumbprints));
  await during((tx) => pausePeer(tx, node.site, peer.id));
  await node.db.write((tx) => resumePeer(tx, node.site, peer.id));
  const without = { ...peer.take!, data: [] };
  await during((tx) => setScopes(tx, node.site, peer.id, { give: peer.give!, take: without }));
  await node.db.write((tx) => setScopes(tx, node.site, peer.id, { give: peer.give!, take: peer.take! }));
  expect((await comeBack()).status).toBe(200);
});
attack('what a partner says of a member: days that never were, a session’s name that is a book', async () => {
  await refused({ claims: { sid: 's'.repeat(201) } });
  for (const since of ['2024-99-99', '2024-02-31', '9999-01-01', '0000-00-00']) {
    const who = somebody();
    const asked = await leave(who);
    const claims = { ...claimsFor(asked), membership: { level: 'admin', since, cooperative: '<b>x' } };
    evil.next.token = await evil.sign(claims);
    const back = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin };
    await who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(back).toString()}`);
    const page = await who.open(`${node.origin}/guest`);
    expect(page.status, since).toBe(200);
    expect(page.text).not.toMatch(/Member since|<b>x|Administrator/i);
  }
});
attack('profiles for partners, by one that is given none', async () => {
  const { accounts, peers } = node.db.read.t;
  const read = async (): Promise<string> => (await shoot(evil.server.ask(`${node.origin}/users/bob`))).text;
  const give = async (data: ('profiles' | 'signIn')[]): Promise<void> =>
    node.db.write(async (tx) => {
      await tx.update(accounts).set({ showProfile: 'peers', text: 'Rue du Secret' }).where(eq(accounts.handle, 'bob'));
      await tx
        .update(peers)
        .set({ give: { ...OPEN_SCOPE, data } })
        .where(eq(peers.host, evil.server.host));
    });
  await give(['signIn', 'profiles']);
  expect(await read()).toContain('Rue du Secret');
  await give(['signIn']);
  expect(await read()).not.toContain('Rue du Secret');
});
attack('a cut partner’s sessions end', async () => {
  const who = somebody();
  const asked = await leave(who);
  evil.next.token = await evil.sign(claimsFor(asked));
  const back = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin };
  await who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(back).toString()}`);
  expect((await who.open(`${node.origin}/`)).text).toContain('mallory (evil)');
  const peer = (await findPeerByHost(node.db.read, evil.server.host))!;
  await node.db.write((tx) => cutPeer(tx, node.site, peer, false));
  expect((await who.open(`${node.origin}/`)).text).not.toContain('mallory (evil)');
  expect(await guests()).toBe(0);
  expect((await somebody().open(askUs(), atThem)).url).toContain('/sign-in/problem/notAllowed');
  expect(await node.db.read.$count(node.db.read.t.entities)).toBe(0);
});
