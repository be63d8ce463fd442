/** Attestations on their way between cooperatives: one signed text each, for one partner, about one member, for two days. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Database } from '#db/database.ts';
import type { Texts } from '#db/schema/attestations.ts';
import { attestationUri } from '#domain/attestations/give.ts';
import { MOST_TOLD, type VouchedAttestation, shownBy } from '#domain/attestations/partners.ts';
import { identityKeys } from '#domain/identity/keys.ts';
import { ATTESTATION_CODE } from '#domain/listing-access.ts';
import { nodeUri } from '#domain/ids.ts';
import { endOfDay } from '#domain/read.ts';
import type { Site } from '#domain/site.ts';
import { log } from '#src/log.ts';
import { readNames } from '../vocab/held.ts';
import { isObject } from '../vocab/json.ts';
import { checkCompact } from './compact.ts';
import type { Entity } from './entities.ts';
import { sign } from './statement.ts';

export const ATTESTATION_TYPE = 'coop-membership+jwt';
/** A guest's session lasts a day and brings new ones; a letter that is written meanwhile may be a day on its way. */
export const ATTESTATION_MS = 2 * 24 * 3_600_000;
/** Longer ones are not believed. */
const LONGEST_S = 7 * 24 * 3_600;
const SKEW_S = 120;
/** Characters. Ours have some seven hundred. */
const MAX_ATTESTATION = 2_048;

/** What a consent lets be told, signed by the key of our entity configuration. @param audience origin of the partner */
export const tellAttestations = async (
  { db, site }: { db: Database; site: Site },
  subject: string,
  grant: string,
  audience: string,
): Promise<string[]> => {
  const now = site.now();
  const rows = (await shownBy(db.read, now, grant)).filter((row) => row.member === subject && row.revoked === null);
  if (rows.length === 0) return [];
  const [key] = await identityKeys(db.read, site, 'federation');
  const iat = Math.floor(now.getTime() / 1_000);
  return Promise.all(
    rows.slice(0, MOST_TOLD).map((row) =>
      sign(key!, ATTESTATION_TYPE, {
        iss: site.origin,
        sub: subject,
        aud: audience,
        iat,
        exp: Math.min(iat + ATTESTATION_MS / 1_000, Math.floor(row.until.getTime() / 1_000)),
        jti: attestationUri(site, row.id),
        attestation: row.code,
        valid_until: row.until.toISOString().slice(0, 10),
      }),
    ),
  );
};

/** What a partner says of its member: each is believed by itself; one that is not right is left out, and noted in the log. */
export const readAttestations = async (
  said: unknown,
  entity: Pick<Entity, 'id' | 'keys'>,
  subject: string,
  site: Site,
): Promise<VouchedAttestation[]> => {
  if (!Array.isArray(said)) return [];
  const tokens: unknown[] = said.slice(0, MOST_TOLD * 2);
  const read = await Promise.all(tokens.map((token) => readAttestation(token, entity, subject, site)));
  return read.flatMap((one) => {
    if (one.ok) return [one.value];
    log.federation.warning('An attestation of {issuer} is not believed: {reason}', {
      issuer: entity.id,
      reason: one.reason,
    });
    return [];
  });
};

export type ReadAttestation = { ok: true; value: VouchedAttestation } | { ok: false; reason: string };

/** @param entity whose keys are those of the entity configuration that is pinned here @param subject who signed in */
export const readAttestation = async (
  token: unknown,
  entity: Pick<Entity, 'id' | 'keys'>,
  subject: string,
  site: Site,
): Promise<ReadAttestation> => {
  const no = (reason: string): ReadAttestation => ({ ok: false, reason });
  const checked = checkCompact(token, [ATTESTATION_TYPE], MAX_ATTESTATION);
  if (!checked.ok) return no(checked.reason);
  const key = entity.keys.find((one) => one.kid === checked.kid);
  if (key === undefined) return no('It is signed by no key of its cooperative.');
  try {
    const { payload } = await jwtVerify(String(token), createLocalJWKSet({ keys: [key] }), {
      algorithms: ['EdDSA'],
      issuer: entity.id,
      subject,
      currentDate: site.now(),
      clockTolerance: SKEW_S,
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti'],
    });
    const { iat, exp, aud, jti, attestation: code, valid_until: until } = payload;
    // As a text: of a list somebody else could be the one that is meant.
    if (aud !== site.origin) return no('It is for somebody else.');
    if (iat! > site.now().getTime() / 1_000 + SKEW_S) return no('It is of the future.');
    if (exp! - iat! > LONGEST_S) return no('It is valid for more than a week.');
    if (exp! <= iat!) return no('It ends before it begins.');
    if (typeof code !== 'string' || !ATTESTATION_CODE.test(code)) return no('It attests nothing that can be named.');
    const ends = typeof until === 'string' ? endOfDay(until) : undefined;
    if (ends === undefined) return no('It does not say until when.');
    if (ends <= site.now()) return no('What it attests is over.');
    if (!jti!.startsWith(`${nodeUri({ origin: entity.id })}/attestations/`) || jti!.length > 300)
      return no('Its id is not of its cooperative.');
    return { ok: true, value: { uri: jti!, code, until: ends, expires: new Date(exp! * 1_000) } };
  } catch (error) {
    return no(error instanceof Error ? error.message.slice(0, 200) : 'It cannot be read.');
  }
};

const NAMES_MAX = 40;
/** The list of attestations that a cooperative gives, as its entity configuration has it; whatever is odd is left out. */
export const readOffered = (said: unknown): { code: string; names: Texts }[] =>
  (Array.isArray(said) ? said.slice(0, NAMES_MAX) : []).flatMap((one: unknown) => {
    if (!isObject(one) || typeof one['code'] !== 'string' || !ATTESTATION_CODE.test(one['code'])) return [];
    return [{ code: one['code'], names: readNames(one['names']) }];
  });
