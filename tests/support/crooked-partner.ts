/** A partner that signs its members in, and signs in at us, as an attacker would: every token is made by hand. */
import { type KeyObject, createHmac, generateKeyPairSync } from 'node:crypto';
import { type JWK, SignJWT, calculateJwkThumbprint } from 'jose';
import { pinFirst } from '#domain/identity/pins.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import type { TestNode } from './nodes.ts';
import { peerRow } from './peer-row.ts';
import { type Json, type Stranger, startStranger } from './stranger.ts';

export type Token = {
  header?: Json;
  claims?: Json;
  key?: KeyObject;
  raw?: (token: string) => string | Promise<string>;
};
export type Partner = {
  server: Stranger;
  member: string;
  keys: { publicKey: KeyObject; privateKey: KeyObject };
  /** A token by its key, with whatever is to be other than usual; undefined leaves a claim out. */
  sign(claims: Json, how?: Token): Promise<string>;
  /** What its token endpoint answers next, made of the nonce that was asked with. */
  next: { token: string; asked: number };
  /** Shows an entity configuration. */
  declare(how?: Token & { metadata?: Json; client?: Json; jwks?: JWK[] }): Promise<void>;
};

export const newKey = (): Partner['keys'] => generateKeyPairSync('ed25519');
export const jwkOf = (key: KeyObject, kid = 'one'): JWK => ({
  ...key.export({ format: 'jwk' }),
  kid,
  alg: 'EdDSA',
  use: 'sig',
});
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const seconds = (): number => Math.floor(Date.now() / 1_000);

/** Without a signature, or by a secret that everybody knows. */
export const forged = (header: Json, claims: Json, secret?: string): string => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${secret === undefined ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
};

/** @returns a partner of `node` whose members may sign in there, and the other way round */
export const startPartner = async (name: string, node: TestNode): Promise<Partner> => {
  const server = await startStranger(name);
  const { origin } = server;
  const keys = newKey();
  const { actor: member } = server.person('mallory', { document: { oidcIssuer: origin } });
  const sign: Partner['sign'] = async (claims, how = {}) => {
    const all = Object.fromEntries(
      Object.entries({ ...claims, ...how.claims }).filter(([, value]) => value !== undefined),
    );
    const header = { alg: 'EdDSA', kid: 'one', ...how.header };
    const token = await new SignJWT(all).setProtectedHeader(header).sign(how.key ?? keys.privateKey);
    return how.raw === undefined ? token : how.raw(token);
  };
  const partner: Partner = {
    server,
    member,
    keys,
    sign,
    next: { token: '', asked: 0 },
    declare: async (how = {}) => {
      const set = { keys: how.jwks ?? [jwkOf(keys.publicKey)] };
      const body = await sign(
        {
          iss: origin,
          sub: origin,
          iat: seconds(),
          exp: seconds() + 3_600,
          jwks: set,
          metadata: {
            openid_provider: {
              issuer: origin,
              authorization_endpoint: `${origin}/auth`,
              token_endpoint: `${origin}/token`,
              jwks_uri: `${origin}/jwks`,
              ...how.metadata,
            },
            openid_relying_party: {
              redirect_uris: [`${origin}/callback`],
              jwks: { keys: [jwkOf(keys.publicKey)] },
              backchannel_logout_uri: `${origin}/logout`,
              ...how.client,
            },
          },
        },
        { ...how, header: { typ: 'entity-statement+jwt', ...how.header } },
      );
      server.files.set('/.well-known/openid-federation', { body, type: 'application/entity-statement+jwt' });
    },
  };
  server.files.set('/jwks', { body: JSON.stringify({ keys: [jwkOf(keys.publicKey)] }), type: 'application/json' });
  server.answers.set('/token', (request, response) => {
    partner.next.asked++;
    request.resume();
    request.on('end', () =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'x', token_type: 'bearer', id_token: partner.next.token })),
    );
  });
  server.answers.set('/logout', (request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end());
  });
  await partner.declare();
  const scope = { ...OPEN_SCOPE, data: ['signIn' as const] };
  await node.db.write(async (tx) => {
    await tx
      .insert(tx.t.peers)
      .values(
        peerRow({ host: server.host, nodeActor: server.actor, name, give: scope, take: scope, theirGive: scope }),
      );
    await pinFirst(tx, new Date(), server.host, [await calculateJwkThumbprint(jwkOf(keys.publicKey))]);
  });
  return partner;
};
