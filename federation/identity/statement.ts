/** Entity configurations (OpenID Federation 1.0): what a node says of itself, signed, and reading what another says. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { type JWK, SignJWT, calculateJwkThumbprint, createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type { IdentityKey } from '#domain/identity/keys.ts';
import { checkCompact } from './compact.ts';

export const STATEMENT_TYPE = 'entity-statement+jwt';
export const STATEMENT_PATH = '/.well-known/openid-federation';
/** Shorter than the week that is allowed. */
const VALID_MS = 3 * 24 * 3_600_000;
const LONGEST_S = 7 * 24 * 3_600;
const MAX_STATEMENT = 32_768;
const SKEW_S = 120;
const MAX_KEYS = 10;
/** What could narrow or widen a statement by rules that we do not carry out: such a statement is not believed at all. */
const NOT_UNDERSTOOD = ['crit', 'metadata_policy', 'metadata_policy_crit', 'constraints', 'source_endpoint'];

type Json = Record<string, unknown>;
export type Statement = { thumbprints: string[]; keys: JWK[]; metadata: Json; expires: Date };
export type ReadStatement =
  | { ok: true; value: Statement }
  /** `key`: it is right in itself, and signed by nobody that we know. */
  | { ok: false; code: 'invalid' | 'key'; reason: string };

const algOf = (key: Pick<IdentityKey, 'use'>): string => (key.use === 'oidc-es256' ? 'ES256' : 'EdDSA');
const kidOf = (key: Pick<IdentityKey, 'id'>): string => key.id.slice(key.id.indexOf('#') + 1);

/** The public half, as it stands in a key set. */
export const publicJwk = (key: IdentityKey): JWK => ({
  ...createPublicKey(key.publicPem).export({ format: 'jwk' }),
  kid: kidOf(key),
  alg: algOf(key),
  use: 'sig',
});
/** Both halves, as oidc-provider wants them. */
export const privateJwk = (key: IdentityKey): JWK => ({
  ...createPrivateKey(key.privatePem).export({ format: 'jwk' }),
  kid: kidOf(key),
  alg: algOf(key),
  use: 'sig',
});

/** @param typ of the token @returns it, signed */
export const sign = (key: IdentityKey, typ: string, claims: Json): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: algOf(key), kid: kidOf(key), typ })
    .sign(createPrivateKey(key.privatePem));

/** @param keys of the federation, the one that signs first */
export const writeStatement = (origin: string, now: Date, keys: IdentityKey[], metadata: Json): Promise<string> => {
  const iat = Math.floor(now.getTime() / 1_000);
  return sign(keys[0]!, STATEMENT_TYPE, {
    iss: origin,
    sub: origin,
    iat,
    exp: iat + VALID_MS / 1_000,
    jwks: { keys: keys.map(publicJwk) },
    metadata,
  });
};

/**
 * Reads what a node says of itself. @param known thumbprints of the keys that it may be signed with; undefined = it is
 * seen for the first time, and the connection to its own origin stands for it
 */
export const readStatement = async (
  token: string,
  origin: string,
  now: Date,
  known: string[] | undefined,
): Promise<ReadStatement> => {
  const invalid = (reason: string): ReadStatement => ({ ok: false, code: 'invalid', reason });
  const checked = checkCompact(token, [STATEMENT_TYPE], MAX_STATEMENT);
  if (!checked.ok) return invalid(checked.reason);
  if (checked.kid === undefined) return invalid('It does not name its key.');
  try {
    const claims = decodeJwt(token);
    const keys = keysOf(claims['jwks']);
    if (keys === undefined) return invalid('Its key set is no key set.');
    const signer = keys.find((key) => key.kid === checked.kid);
    if (signer === undefined) return invalid('It is not signed by a key that it lists.');
    // A set of one: the key is chosen by its name and its algorithm, never by what the token would like.
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [signer] }), {
      algorithms: [checked.alg],
      issuer: origin,
      subject: origin,
      currentDate: now,
      clockTolerance: SKEW_S,
      requiredClaims: ['iss', 'sub', 'iat', 'exp'],
    });
    const odd = NOT_UNDERSTOOD.find((name) => Object.hasOwn(payload, name));
    if (odd !== undefined) return invalid(`It has ${odd}, which is not understood here.`);
    if (payload.exp! - payload.iat! > LONGEST_S) return invalid('It is valid for more than a week.');
    if (payload.iat! > now.getTime() / 1_000 + SKEW_S) return invalid('It is of the future.');
    if (payload.aud !== undefined) return invalid('It is for somebody else.');
    const { metadata } = payload;
    if (typeof metadata !== 'object' || metadata === null) return invalid('It says nothing of the node.');
    const thumbprints = await Promise.all(keys.map((key) => calculateJwkThumbprint(key)));
    if (known !== undefined && !known.includes(await calculateJwkThumbprint(signer)))
      return { ok: false, code: 'key', reason: 'It is signed by a key that is not known here.' };
    return {
      ok: true,
      value: { thumbprints, keys, metadata: { ...metadata }, expires: new Date(payload.exp! * 1_000) },
    };
  } catch (error) {
    return invalid(error instanceof Error ? error.message.slice(0, 200) : 'It cannot be read.');
  }
};

/** Public keys alone, few, each with a name of its own; undefined if anything else is among them. */
export const keysOf = (set: unknown): JWK[] | undefined => {
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) return undefined;
  const list: unknown[] = set.keys;
  if (list.length === 0 || list.length > MAX_KEYS) return undefined;
  const keys = list.filter((key): key is JWK => {
    if (typeof key !== 'object' || key === null || 'd' in key || 'k' in key || !('kid' in key) || !('kty' in key))
      return false;
    return typeof key.kid === 'string' && (key.kty === 'OKP' || key.kty === 'EC');
  });
  return keys.length === list.length && new Set(keys.map((key) => key.kid)).size === keys.length ? keys : undefined;
};
