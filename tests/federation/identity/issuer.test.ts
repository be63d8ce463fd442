/** Each node is an OpenID Provider: held against an honest library as its client, by both algorithms, over a change of keys. */
import { generateKeyPairSync } from 'node:crypto';
import { createRemoteJWKSet, customFetch as fetchOfJose, decodeProtectedHeader, exportJWK, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replaceIdentityKeys } from '#domain/identity/keys.ts';
import { byHost } from '../../support/app.ts';
import { answer, hiddenIn, traveller } from '../../support/away.ts';
import { type Partner, startPartner } from '../../support/crooked-partner.ts';
import { eachEngine } from '../../support/databases.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../../support/nodes.ts';

eachEngine('an issuer', (engine) => {
  let node: TestNode;
  const partners: Partner[] = [];
  beforeAll(async () => {
    node = await startNode('issuer', { engine });
    await addMember(node, 'alice', 'Alice');
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), ...partners.map(({ server }) => server.close())]);
  });

  /** Signs its proofs by `alg`, and asks for ID tokens by it. */
  const partnerBy = async (
    alg: 'EdDSA' | 'ES256',
  ): Promise<{ partner: Partner; key: CryptoKey; goodbyes: string[] }> => {
    const partner = await startPartner(alg.toLowerCase(), node);
    partners.push(partner);
    const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: alg, alg, use: 'sig' };
    await partner.declare({ client: { id_token_signed_response_alg: alg, jwks: { keys: [jwk] } } });
    const goodbyes: string[] = [];
    partner.server.answers.set('/logout', (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        goodbyes.push(new URLSearchParams(body).get('logout_token') ?? '');
        response.writeHead(200).end();
      });
    });
    const how = alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
    const pem = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    return { partner, goodbyes, key: await crypto.subtle.importKey('pkcs8', pem, how, false, ['sign']) };
  };

  const keySet = () =>
    createRemoteJWKSet(new URL(`${node.origin}/oidc/jwks`), { [fetchOfJose]: byHost, cooldownDuration: 0 });
  const discovered = (partner: Partner, alg: string, key: CryptoKey): Promise<oidc.Configuration> =>
    oidc.discovery(
      new URL(node.origin),
      partner.server.origin,
      { id_token_signed_response_alg: alg },
      oidc.PrivateKeyJwt(
        { key, kid: alg },
        {
          [oidc.modifyAssertion]: (header, claims) => {
            // The library writes `Ed25519` (RFC 9864), which few know yet.
            header['alg'] = alg;
            claims['aud'] = node.origin;
          },
        },
      ),
      { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks], [oidc.customFetch]: byHost },
    );

  /** Alice signs in at the partner, and leaves her session at home behind. */
  const signIn = async (partner: Partner, config: oidc.Configuration) => {
    const alice = traveller();
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${partner.server.origin}/callback`,
      scope: 'openid profile membership',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const away = (to: string): boolean => to.startsWith(partner.server.origin);
    const door = await alice.open(url.href);
    const question = await alice.send(`${node.origin}/sign-in`, {
      login: 'alice',
      password: PASSWORD,
      next: hiddenIn(door, 'next').replaceAll('&amp;', '&'),
    });
    const back = new URL((await answer(alice, question, 'yes', away)).url);
    expect(back.searchParams.get('iss'), 'RFC 9207').toBe(node.origin);
    const tokens = await oidc.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return { alice, token: tokens.id_token!, claims: tokens.claims()! };
  };

  test.each(['EdDSA', 'ES256'] as const)('%s: discovery, proof of the client, ID token, sign-out', async (alg) => {
    const { partner, key, goodbyes } = await partnerBy(alg);
    const config = await discovered(partner, alg, key);
    expect(config.serverMetadata()).toMatchObject({
      issuer: node.origin,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
    });
    const { alice, token, claims } = await signIn(partner, config);
    expect(decodeProtectedHeader(token).alg).toBe(alg);
    expect(claims).toMatchObject({
      iss: node.origin,
      aud: partner.server.origin,
      sub: `${node.origin}/users/alice`,
      membership: { cooperative: 'Coop issuer', level: 'member' },
    });
    await jwtVerify(token, keySet(), { issuer: node.origin, audience: partner.server.origin });

    const home = await alice.open(`${node.origin}/`);
    await alice.send(`${node.origin}/sign-out`, { csrf: hiddenIn(home, 'csrf') });
    await until('the partner is told', async () => goodbyes.length > 0);
    const { payload } = await jwtVerify(goodbyes[0]!, keySet(), {
      issuer: node.origin,
      audience: partner.server.origin,
      typ: 'logout+jwt',
    });
    expect(payload).toMatchObject({ sub: claims.sub, sid: claims['sid'] });

    // Keys that others may have seen are replaced: what they signed is worth nothing any more, and signing in goes on.
    await replaceIdentityKeys(node.db, node.site);
    await node.down();
    await node.up();
    await expect(jwtVerify(token, keySet())).rejects.toThrow(/no applicable key/);
    const again = await signIn(partner, await discovered(partner, alg, key));
    await jwtVerify(again.token, keySet(), { issuer: node.origin, audience: partner.server.origin });
  });
});
