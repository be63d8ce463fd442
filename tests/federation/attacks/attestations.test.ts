/** Attestations between cooperatives, with real tokens by a partner that lies, and by strangers in its name. */
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT, exportJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { attack, freshId } from '../../support/attack.ts';
import { type Page, type Traveller, traveller } from '../../support/away.ts';
import { type Partner, forged, jwkOf, newKey, seconds, startPartner } from '../../support/crooked-partner.ts';
import { type TestNode, addMember, publish, startNode } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Json, type Stranger, startStranger } from '../../support/stranger.ts';

const SECRET = 'La clé est chez la voisine du deuxième';
let node: TestNode;
let evil: Partner;
let stranger: Stranger;
let room = '';
let [visitors, count] = [0, 0];
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const vouched = (): Promise<number> => node.db.read.$count(node.db.read.t.vouchedAttestations);
beforeAll(async () => {
  node = await startNode('marseille');
  await addMember(node, 'bob', 'Bob');
  [evil, stranger] = [await startPartner('evil', node), await startStranger('stranger')];
  await evil.declare({
    jwks: [
      jwkOf(evil.keys.publicKey),
      { ...(await exportJWK(elliptic.publicKey)), kid: 'elliptic', alg: 'ES256', use: 'sig' },
    ],
  });
  const { host } = evil.server;
  await node.db.write(async (tx) => {
    await tx.insert(tx.t.recognitions).values({ host, theirs: 'care-worker', ours: 'care-worker' });
  });
  room = (
    await publish(node, 'bob', {
      title: 'Chambre',
      text: SECRET,
      access: 'reserved',
      attestations: ['care-worker'],
    })
  ).id;
});
beforeEach(() =>
  node.db.write(async (tx) => {
    await tx.delete(tx.t.guests);
    await tx.delete(tx.t.vouchedAttestations);
  }),
);
afterAll(async () => {
  await Promise.all([node?.drop(), evil?.server.close(), stranger?.close()]);
});

const claimsOf = (id = `a${++count}`): Json => ({
  iss: evil.server.origin,
  sub: evil.member,
  aud: node.origin,
  iat: seconds(),
  exp: seconds() + 86_400,
  jti: `${evil.server.origin}/users/instance/attestations/${id}`,
  attestation: 'care-worker',
  valid_until: '2099-12-31',
});
const TYP = { typ: 'coop-membership+jwt' };
const token = (claims: Json = {}, header: Json = {}, key?: Parameters<Partner['sign']>[1]): Promise<string> =>
  evil.sign({ ...claimsOf(), ...claims }, { ...key, header: { ...TYP, ...header } });

/** Signs in with these attestations. @returns whoever did */
const signIn = async (attestations: unknown): Promise<Traveller> => {
  const who = traveller('en', `127.0.2.${(visitors = (visitors + 1) % 200) + 1}`);
  const left = await who.send(`${node.origin}/sign-in/cooperative`, { home: evil.server.host }, (url) =>
    url.startsWith(`${evil.server.origin}/auth`),
  );
  const asked = new URL(left.url).searchParams;
  evil.next.token = await evil.sign({
    iss: evil.server.origin,
    sub: evil.member,
    aud: node.origin,
    nonce: asked.get('nonce'),
    iat: seconds(),
    exp: seconds() + 120,
    sid: 'sid-1',
    membership: { level: 'member', since: '2024-05-01', attestations },
  });
  const query = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin });
  const back = await who.open(`${node.origin}/sign-in/callback?${query.toString()}`);
  expect(back.status).toBe(200);
  return who;
};
const look = (who: Traveller): Promise<Page> => who.open(`${node.origin}/listings/${room}`);
/** Who brings it is signed in, as every member is, and reads no more than the teaser. */
const worthless = async (attestations: unknown): Promise<void> => {
  const who = await signIn(attestations);
  expect(await vouched()).toBe(0);
  const page = await look(who);
  expect(page.text).toContain('mallory (evil)');
  expect(page.text).toContain('Reserved: Care worker');
  expect(page.text).not.toContain('voisine');
};

attack('the honest attestation, so that the others are refused for their fault', async () => {
  const who = await signIn([await token()]);
  expect((await look(who)).text).toContain(SECRET);
});
attack('attestation: alg none', () => worthless([forged({ alg: 'none', kid: 'one', ...TYP }, claimsOf())]));
attack('attestation: HS256 with a public key', () =>
  worthless([
    forged(
      { alg: 'HS256', kid: 'one', ...TYP },
      claimsOf(),
      evil.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ),
  ]),
);
attack('attestation: ES256, by a key that is its own', async () =>
  worthless([
    await new SignJWT(claimsOf())
      .setProtectedHeader({ alg: 'ES256', kid: 'elliptic', ...TYP })
      .sign(elliptic.privateKey),
  ]),
);
attack('attestation: forged, by a key of nobody', async () =>
  worthless([await token({}, {}, { key: newKey().privateKey })]),
);
attack('attestation: an embedded key', async () => {
  const own = newKey();
  await worthless([await token({}, { jwk: await exportJWK(own.publicKey) }, { key: own.privateKey })]);
});
attack('attestation: a key that its cooperative does not list', async () =>
  worthless([await token({}, { kid: 'two' })]),
);
attack('attestation: changed on the way', async () => {
  const [head, , signature] = (await token({ attestation: 'producer' })).split('.');
  const body = Buffer.from(JSON.stringify(claimsOf())).toString('base64url');
  await worthless([`${head}.${body}.${signature}`]);
});
attack('attestation: crit', async () => worthless([await token({}, { crit: ['b64'], b64: true })]));
attack('attestation: wrong typ', async () => {
  await worthless([await token({}, { typ: 'JWT' })]);
  await worthless([await token({}, { typ: 'logout+jwt' })]);
  await worthless([await token({}, { typ: undefined })]);
});
attack('attestation: for another audience', async () => worthless([await token({ aud: 'https://lyon.example' })]));
attack('attestation: an audience that is a list', async () => worthless([await token({ aud: [node.origin] })]));
attack('attestation: by another issuer', async () => {
  await worthless([await token({ iss: 'https://lyon.example' })]);
  await worthless([await token({ jti: 'https://lyon.example/users/instance/attestations/1' })]);
});
attack('attestation: of another subject', async () => {
  const { actor } = evil.server.person('alice');
  await worthless([await token({ sub: actor })]);
  await worthless([await token({ sub: undefined })]);
});
attack('attestation: a life of more than a week', async () =>
  worthless([await token({ exp: seconds() + 8 * 86_400 })]),
);
attack('attestation: without an end', async () => worthless([await token({ exp: undefined })]));
attack('attestation: run out, or of the future', async () => {
  await worthless([await token({ iat: seconds() - 90_000, exp: seconds() - 600 })]);
  await worthless([await token({ iat: seconds() + 600, exp: seconds() + 6_000 })]);
  await worthless([await token({ valid_until: '2020-01-01' })]);
});
attack('attestation: larger than it can be', async () => worthless([await token({ more: 'x'.repeat(2_000) })]));
attack('attestation: what is no list, and a list of junk', async () => {
  await worthless(await token());
  await worthless({ 0: await token() });
  await worthless([null, 1, {}, 'a.b.c', '']);
});
attack('attestation: one that is not recognised here', async () => {
  const who = await signIn([await token({ attestation: 'producer' })]);
  expect(await vouched()).toBe(1);
  const page = await look(who);
  expect(page.text).not.toContain('voisine');
  expect(page.text).toContain('does not recognise this attestation of evil');
});

const gone = (actor: string, id: string, by = evil.server): Json => ({
  '@context': 'https://www.w3.org/ns/activitystreams',
  id: freshId(by),
  type: 'Delete',
  actor,
  to: [`${node.origin}/users/instance`],
  object: {
    id: `${evil.server.origin}/users/instance/attestations/${id}`,
    type: 'Tombstone',
    formerType: 'MembershipAttestation',
    deleted: new Date().toISOString(),
  },
});
const inbox = (): string => `${node.origin}/inbox`;
attack('attestation: replayed after it was revoked', async () => {
  const one = await evil.sign(claimsOf('revoked'), { header: TYP });
  const who = await signIn([one]);
  expect((await look(who)).text).toContain(SECRET);
  expect((await shoot(evil.server.sign(inbox(), gone(evil.server.actor, 'revoked')))).status).toBe(202);
  expect((await look(who)).text).not.toContain('voisine');
  await worthless([one]);
});
attack('attestation: revoked before the sign-in that shows it has ended', async () => {
  expect((await shoot(evil.server.sign(inbox(), gone(evil.server.actor, 'early')))).status).toBe(202);
  await worthless([await evil.sign(claimsOf('early'), { header: TYP })]);
});
attack('attestation: revoked by somebody else', async () => {
  const who = await signIn([await evil.sign(claimsOf('mine'), { header: TYP })]);
  const mallory = evil.server.person('mallory');
  await shoot(evil.server.sign(inbox(), gone(mallory.actor, 'mine'), { by: mallory }));
  await shoot(stranger.sign(inbox(), gone(stranger.actor, 'mine', stranger)));
  expect((await look(who)).text).toContain(SECRET);
  expect(await vouched()).toBe(1);
});
