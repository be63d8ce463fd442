/**
 * A guest signs out at a partner alone: home is told, so that its list of where one is signed in is true. Token
 * revocation (RFC 7009) of what the client has of home's session, the `sid` of the ID token; the client proves itself by
 * `private_key_jwt` as at the token endpoint.
 */
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Database } from '#db/database.ts';
import { newId } from '#domain/ids.ts';
import { identityKeys } from '#domain/identity/keys.ts';
import { dropVisitOf } from '#domain/identity/visits.ts';
import type { Site } from '#domain/site.ts';
import type { GuardedFetch } from '../fetch.ts';
import { hostOfUri } from '../hosts.ts';
import { checkCompact } from './compact.ts';
import type { Entities } from './entities.ts';
import { sign } from './statement.ts';

export type LeftDeps = { db: Database; site: Site; fetch: GuardedFetch; entities: Entities };
export const REVOCATION_PATH = '/oidc/revocation';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const VALID_S = 60;
const SKEW_S = 60;
const MAX_SID = 200;

/** @param left `host` of home, and the `sid` that it gave @returns `later` if it cannot be told now */
export const tellHome = async (deps: LeftDeps, left: { host: string; sid: string }): Promise<'done' | 'later'> => {
  const { db, site, fetch, entities } = deps;
  const found = await entities.of(left.host, undefined, true);
  // Who is no partner any more ends what hangs on the partnership by itself.
  if (!found.ok) return found.code === 'down' ? 'later' : 'done';
  const { revocationEndpoint } = found.value.provider;
  if (revocationEndpoint === undefined) return 'done';
  const [key] = await identityKeys(db.read, site, 'oidc-eddsa');
  const iat = Math.floor(site.now().getTime() / 1_000);
  const assertion = await sign(key!, 'JWT', {
    iss: site.origin,
    sub: site.origin,
    aud: found.value.id,
    jti: newId(),
    iat,
    exp: iat + VALID_S,
  });
  const form = {
    token: left.sid,
    client_id: site.origin,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  };
  const outcome = await fetch.request(revocationEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(form).toString()),
    accept: ['*/*'],
    maxBytes: 4_096,
  });
  if (!outcome.ok) return 'later';
  // What it does not take today it will not take tomorrow.
  return outcome.status >= 500 || outcome.status === 429 ? 'later' : 'done';
};

/** A partner says that a member of ours has signed out there. @returns whether it was believed; nothing to drop is no fault (RFC 7009, 2.2) */
export const hearLeft = async (deps: LeftDeps, posted: URLSearchParams): Promise<boolean> => {
  const { db, site, entities } = deps;
  const [token, assertion, client] = ['token', 'client_assertion', 'client_id'].map((name) => posted.get(name) ?? '');
  const checked = checkCompact(assertion, [undefined, 'jwt', 'client-authentication+jwt']);
  if (!checked.ok || posted.get('client_assertion_type') !== ASSERTION_TYPE) return false;
  if (token === undefined || token === '' || token.length > MAX_SID) return false;
  const host = hostOfUri(client ?? '');
  const found = host === undefined ? undefined : await entities.of(host, undefined, true);
  if (found?.ok !== true || found.value.id !== client) return false;
  try {
    const { payload } = await jwtVerify(assertion!, createLocalJWKSet({ keys: found.value.client.jwks }), {
      algorithms: [checked.alg],
      issuer: client,
      subject: client,
      currentDate: site.now(),
      clockTolerance: SKEW_S,
      maxTokenAge: VALID_S + SKEW_S,
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti'],
    });
    if (payload.aud !== site.origin) return false;
  } catch {
    return false;
  }
  await db.write((tx) => dropVisitOf(tx, found.value.peer.host, token));
  return true;
};
