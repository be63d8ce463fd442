/**
 * What an umbrella says of a cooperative (OpenID Federation 1.0): subordinate statements, trust marks, and whether a
 * mark still holds; written, and read with nothing taken on trust but the umbrella's own keys.
 */
import { type JWK, type JWTPayload, decodeJwt, jwtVerify } from 'jose';
import type { IdentityKey } from '#domain/identity/keys.ts';
import type { ShownMark } from '#domain/identity/anchors.ts';
import { cleanText } from '#domain/text.ts';
import { checkCompact } from './compact.ts';
import { STATEMENT_TYPE, keyOf, keysOf, sign } from './statement.ts';

export const MARK_TYPE = 'trust-mark+jwt';
export const STATUS_TYPE = 'trust-mark-status-response+jwt';
const DAY_S = 86_400;
const SUBORDINATE_S = 3 * DAY_S;
const LONGEST_SUBORDINATE_S = 7 * DAY_S;
/** A mark may hold long, for whether it still does is asked each time. */
const LONGEST_MARK_S = 2 * 366 * DAY_S;
const SKEW_S = 120;
/** An answer about a mark is of now. */
const STATUS_S = 300;
const MAX_SUBORDINATE = 16_384;
const MAX_MARK = 4_096;
const MAX_STATUS = 8_192;
/** Claims that would demand what is not done here. */
const NOT_UNDERSTOOD = [
  'crit',
  'metadata',
  'metadata_policy',
  'metadata_policy_crit',
  'constraints',
  'delegation',
  'source_endpoint',
];

type Read<T> = { ok: true; value: T } | { ok: false; reason: string };
/** An umbrella as it is pinned here. */
export type By = { id: string; keys: JWK[] };
const seconds = (date: Date): number => Math.floor(date.getTime() / 1_000);

export const writeSubordinate = (
  key: IdentityKey,
  origin: string,
  now: Date,
  subject: { id: string; jwks: Record<string, unknown>[] },
): Promise<string> =>
  sign(key, STATEMENT_TYPE, {
    iss: origin,
    sub: subject.id,
    iat: seconds(now),
    exp: seconds(now) + SUBORDINATE_S,
    jwks: { keys: subject.jwks },
  });

export const writeMark = (
  key: IdentityKey,
  origin: string,
  mark: { sub: string; type: string; given: Date; until: Date; name: string; text: string; link: string },
): Promise<string> =>
  sign(key, MARK_TYPE, {
    iss: origin,
    sub: mark.sub,
    iat: seconds(mark.given),
    exp: seconds(mark.until),
    trust_mark_type: mark.type,
    ref: mark.link === '' ? mark.type : mark.link,
    trust_mark_name: mark.name,
    trust_mark_text: mark.text,
  });

export const writeStatus = (
  key: IdentityKey,
  origin: string,
  now: Date,
  said: { mark: string; status: 'active' | 'expired' | 'revoked' | 'invalid' },
): Promise<string> =>
  sign(key, STATUS_TYPE, { iss: origin, iat: seconds(now), trust_mark: said.mark, status: said.status });

/** Verifies a token by one of the umbrella's keys: chosen by its name, of the algorithm that the key has. */
const verify = async (
  token: string,
  by: By,
  now: Date,
  expected: { typ: string; max: number; required: string[]; age?: number },
): Promise<Read<JWTPayload>> => {
  const checked = checkCompact(token, [expected.typ], expected.max);
  if (!checked.ok) return checked;
  const signer = by.keys.find((key) => key.kid === checked.kid);
  if (signer === undefined) return { ok: false, reason: 'It is signed by none of the keys of the umbrella.' };
  try {
    const { payload } = await jwtVerify(token, await keyOf(signer, checked.alg), {
      algorithms: [checked.alg],
      issuer: by.id,
      currentDate: now,
      clockTolerance: SKEW_S,
      requiredClaims: expected.required,
      ...(expected.age === undefined ? {} : { maxTokenAge: expected.age }),
    });
    const odd = NOT_UNDERSTOOD.find((name) => Object.hasOwn(payload, name));
    if (odd !== undefined) return { ok: false, reason: `It has ${odd}, which is not understood here.` };
    if (payload.aud !== undefined) return { ok: false, reason: 'It is for somebody else.' };
    if ((payload.iat ?? 0) > seconds(now) + SKEW_S) return { ok: false, reason: 'It is of the future.' };
    return { ok: true, value: payload };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message.slice(0, 200) : 'It cannot be read.' };
  }
};

/** @param sub entity id of the cooperative @returns the keys that the umbrella knows it by */
export const readSubordinate = async (token: string, by: By, sub: string, now: Date): Promise<Read<JWK[]>> => {
  const read = await verify(token, by, now, {
    typ: STATEMENT_TYPE,
    max: MAX_SUBORDINATE,
    required: ['iss', 'sub', 'iat', 'exp', 'jwks'],
  });
  if (!read.ok) return read;
  const { sub: named, exp = 0, iat = 0, jwks } = read.value;
  if (named !== sub) return { ok: false, reason: 'It is about somebody else.' };
  if (exp - iat > LONGEST_SUBORDINATE_S) return { ok: false, reason: 'It is valid for more than a week.' };
  const keys = keysOf(jwks);
  return keys === undefined ? { ok: false, reason: 'Its key set is no key set.' } : { ok: true, value: keys };
};

const textIn = (value: unknown, max: number): string =>
  typeof value === 'string' ? cleanText(value).trim().slice(0, max) : '';

/** @param types that this umbrella says it gives itself */
export const readMark = async (
  token: string,
  by: By,
  sub: string,
  types: string[],
  now: Date,
): Promise<Read<ShownMark>> => {
  const read = await verify(token, by, now, {
    typ: MARK_TYPE,
    max: MAX_MARK,
    required: ['iss', 'sub', 'iat', 'exp', 'trust_mark_type'],
  });
  if (!read.ok) return read;
  const { sub: named, exp = 0, iat = 0, trust_mark_type: type, ref } = read.value;
  if (named !== sub) return { ok: false, reason: 'It was given to somebody else.' };
  if (exp - iat > LONGEST_MARK_S) return { ok: false, reason: 'It is valid for more than two years.' };
  if (typeof type !== 'string' || !types.includes(type))
    return { ok: false, reason: 'It is of a kind that the umbrella does not give.' };
  const link =
    typeof ref === 'string' && ref.length <= 500 && /^https?:\/\//.test(ref) && URL.canParse(ref) ? ref : by.id;
  return {
    ok: true,
    value: {
      type,
      name: textIn(read.value['trust_mark_name'], 60) || new URL(by.id).host,
      text: textIn(read.value['trust_mark_text'], 500),
      link,
      until: new Date(exp * 1_000).toISOString(),
    },
  };
};

/** @returns whether the umbrella says now that this very mark holds */
export const readStatus = async (token: string, by: By, mark: string, now: Date): Promise<boolean> => {
  const read = await verify(token, by, now, {
    typ: STATUS_TYPE,
    max: MAX_STATUS,
    required: ['iss', 'iat', 'trust_mark', 'status'],
    age: STATUS_S,
  });
  return read.ok && read.value['trust_mark'] === mark && read.value['status'] === 'active';
};

/** By whom a mark claims to be, to know whom to ask; nothing of it is believed for that. */
export const claimedBy = (token: string): string | undefined => {
  try {
    return token.length > MAX_MARK ? undefined : decodeJwt(token).iss;
  } catch {
    return undefined;
  }
};
