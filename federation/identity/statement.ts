/** Entity configurations (OpenID Federation 1.0): what a node says of itself, signed, and reading what another says. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { type CryptoKey, type JWK, SignJWT, decodeJwt, importJWK, jwtVerify } from 'jose';
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
const NOT_UNDERSTOOD = [
  'crit',
  'metadata_policy',
  'metadata_policy_crit',
  'constraints',
  'source_endpoint',
  'trust_mark_owners',
];
/** Umbrellas above one node, marks that it shows, kinds of marks that it gives: a list with more is not read. */
const MOST = { hints: 10, marks: 20, issuers: 20 };

type Json = Record<string, unknown>;
export type Statement = {
  thumbprints: string[];
  keys: JWK[];
  /** Thumbprint of the key that signed it. */
  signer: string;
  metadata: Json;
  expires: Date;
  /** Entity ids of those that it says vouch for it. */
  hints: string[];
  /** Marks that it shows, as they came, each with the type that it is said to be of. */
  marks: { type: string; token: string }[];
  /** Types of marks that it says are given, with who gives them. */
  issuers: Record<string, unknown>;
};
export type ReadStatement =
  | { ok: true; value: Statement }
  | { ok: false; code: 'invalid'; reason: string }
  /** It is right in itself, and signed by nobody that we know. */
  | { ok: false; code: 'key'; reason: string; thumbprints: string[] };

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

/** @param keys of the federation, the one that signs first @param more claims beside those that all have */
export const writeStatement = (
  origin: string,
  now: Date,
  keys: IdentityKey[],
  metadata: Json,
  more: Json = {},
): Promise<string> => {
  const iat = Math.floor(now.getTime() / 1_000);
  return sign(keys[0]!, STATEMENT_TYPE, {
    iss: origin,
    sub: origin,
    iat,
    exp: iat + VALID_MS / 1_000,
    jwks: { keys: keys.map(publicJwk) },
    metadata,
    ...more,
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
    // One key: chosen by its name, and of its own algorithm, never by what the token would like.
    const { payload } = await jwtVerify(token, await keyOf(signer, checked.alg), {
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
    const above = listsOf(payload, origin);
    if (above === undefined) return invalid('Its lists of umbrellas or marks are too long, or none.');
    const thumbprints = keys.map(thumbprintOfJwk);
    const signedBy = thumbprintOfJwk(signer);
    if (known !== undefined && !known.includes(signedBy))
      return { ok: false, code: 'key', reason: 'It is signed by a key that is not known here.', thumbprints };
    const expires = new Date(payload.exp! * 1_000);
    return {
      ok: true,
      value: { thumbprints, keys, signer: signedBy, metadata: { ...metadata }, expires, ...above },
    };
  } catch (error) {
    return invalid(error instanceof Error ? error.message.slice(0, 200) : 'It cannot be read.');
  }
};

/** What it says of umbrellas and marks, if that is bounded and of the right shape; nobody is above themselves. */
const listsOf = (payload: Json, origin: string): Pick<Statement, 'hints' | 'marks' | 'issuers'> | undefined => {
  const { authority_hints: hints = [], trust_marks: marks = [], trust_mark_issuers: issuers = {} } = payload;
  if (!Array.isArray(hints) || hints.length > MOST.hints || !Array.isArray(marks) || marks.length > MOST.marks)
    return undefined;
  if (typeof issuers !== 'object' || issuers === null || Object.keys(issuers).length > MOST.issuers) return undefined;
  const above: unknown[] = hints;
  const texts = above.filter((hint): hint is string => typeof hint === 'string' && hint.length < 500);
  if (texts.length !== above.length || texts.includes(origin)) return undefined;
  const shown: unknown[] = marks;
  const whole = shown.flatMap((one) =>
    typeof one === 'object' &&
    one !== null &&
    'trust_mark' in one &&
    typeof one.trust_mark === 'string' &&
    'trust_mark_type' in one &&
    typeof one.trust_mark_type === 'string'
      ? [{ type: one.trust_mark_type, token: one.trust_mark }]
      : [],
  );
  return whole.length === shown.length ? { hints: texts, marks: whole, issuers: { ...issuers } } : undefined;
};

/** RFC 7638, of a key as `keysOf` lets it through. */
export const thumbprintOfJwk = ({ kty, crv, x, y }: JWK): string =>
  createHash('sha256')
    .update(JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }))
    .digest('base64url');

const imported = new WeakMap<JWK, Promise<CryptoKey | Uint8Array>>();
/** A key that several tokens are held to is made ready once. @throws if it is not for this algorithm */
export const keyOf = (jwk: JWK, alg: string): Promise<CryptoKey | Uint8Array> => {
  if (jwk.kty !== (alg === 'ES256' ? 'EC' : 'OKP') || (jwk.alg !== undefined && jwk.alg !== alg))
    return Promise.reject(new TypeError('Its key is not for its algorithm.'));
  const known = imported.get(jwk) ?? importJWK(jwk, alg);
  imported.set(jwk, known);
  return known;
};

/** Public keys alone, few, each with a name of its own; undefined if anything else is among them. */
export const keysOf = (set: unknown): JWK[] | undefined => {
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) return undefined;
  const list: unknown[] = set.keys;
  if (list.length === 0 || list.length > MAX_KEYS) return undefined;
  const keys = list.filter((key): key is JWK => {
    if (typeof key !== 'object' || key === null || 'd' in key || 'k' in key || !('kid' in key) || !('kty' in key))
      return false;
    if (!('crv' in key && 'x' in key) || typeof key.crv !== 'string' || typeof key.x !== 'string') return false;
    if (key.kty === 'EC' && !('y' in key && typeof key.y === 'string')) return false;
    return typeof key.kid === 'string' && (key.kty === 'OKP' || key.kty === 'EC');
  });
  return keys.length === list.length && new Set(keys.map((key) => key.kid)).size === keys.length ? keys : undefined;
};
