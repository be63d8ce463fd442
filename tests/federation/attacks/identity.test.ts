/** Signing in between nodes: tokens, codes, assertions and keys by a partner that lies, and by strangers in its name. */
import { type LogRecord, configure, reset as resetLog } from '@logtape/logtape';
import { CompactEncrypt, calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import { expect } from 'vitest';
import { readGuest } from '#domain/identity/guests.ts';
import { approvePin, findPin, pinFirst, pinSeen } from '#domain/identity/pins.ts';
import type { Page } from '../../support/away.ts';
import { type Partner, forged, jwkOf, newKey, seconds } from '../../support/crooked-partner.ts';
import {
  askUs,
  assertion,
  atThem,
  attack,
  claimsFor,
  codeOf,
  comeBack,
  evil,
  guests,
  leave,
  node,
  publicText,
  redeem,
  refused,
  somebody,
  verifier,
  withPartner,
} from '../../support/identity-attack.ts';

withPartner();

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
