/** OpenID Connect Back-Channel Logout: telling partners that a session here is over, and being told. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { newId } from '#domain/ids.ts';
import type { Database } from '#db/database.ts';
import { endGuestsOf, hasGuestsOf } from '#domain/identity/guests.ts';
import { identityKeys } from '#domain/identity/keys.ts';
import { type VisitRow, dropVisits, visitsToEnd } from '#domain/identity/visits.ts';
import type { Site } from '#domain/site.ts';
import type { GuardedFetch } from '../fetch.ts';
import { checkCompact } from './compact.ts';
import type { Entities, Entity } from './entities.ts';
import { keysOf, sign } from './statement.ts';
import { isObject } from '../vocab/json.ts';

export type GoodbyeDeps = { db: Database; site: Site; fetch: GuardedFetch; entities: Entities };
export const LOGOUT_PATH = '/oidc/backchannel-logout';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const VALID_S = 120;
const SKEW_S = 60;

/** Tells wherever sessions that are over were used. @returns whether somebody is still to be told */
export const sayGoodbye = async (deps: GoodbyeDeps, stop?: AbortSignal): Promise<'done' | 'later' | 'returned'> => {
  let left = false;
  for (let after = ''; ;) {
    const visits = await visitsToEnd(deps.db.read, after);
    if (visits.length === 0) return left ? 'later' : 'done';
    const told: string[] = [];
    for (const visit of visits) {
      if (stop?.aborted === true) break;
      if (visit.sid === null || (await tell(deps, visit, visit.sid))) told.push(visit.grant);
      else left = true;
    }
    if (told.length > 0) await deps.db.write((tx) => dropVisits(tx, told));
    if (stop?.aborted === true) return 'returned';
    after = visits.at(-1)!.grant;
  }
};

/** @returns whether it was told, or need not be */
const tell = async ({ db, site, fetch, entities }: GoodbyeDeps, visit: VisitRow, sid: string): Promise<boolean> => {
  // A partnership that rests here rests here alone: over there the member is still signed in.
  const found = await entities.of(visit.host, undefined, true);
  // Who is no partner any more has ended these sessions itself.
  if (!found.ok) return found.code === 'notAllowed';
  const [key] = await identityKeys(db.read, site, 'oidc-eddsa');
  const iat = Math.floor(site.now().getTime() / 1_000);
  const token = await sign(key!, 'logout+jwt', {
    iss: site.origin,
    aud: found.value.id,
    sub: visit.actor,
    sid,
    iat,
    exp: iat + VALID_S,
    jti: newId(),
    events: { [EVENT]: {} },
  });
  const outcome = await fetch.request(found.value.client.logoutUri, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
    accept: ['*/*'],
    maxBytes: 4_096,
  });
  // 400: it does not know such a session, which is as good.
  return outcome.ok && (outcome.status < 300 || outcome.status === 400);
};

/** A partner says that a session of one of its members is over. @returns whether it was believed */
export const hearGoodbye = async (deps: GoodbyeDeps, token: string | null): Promise<boolean> => {
  const checked = checkCompact(token, ['logout+jwt']);
  if (!checked.ok || token === null) return false;
  const claimed = claimsOf(token);
  if (claimed === undefined) return false;
  const { issuer } = claimed;
  // Whoever names nobody who is here makes us fetch nothing.
  if (!(await hasGuestsOf(deps.db.read, issuer, claimed.sub, claimed.sid))) return false;
  const found = await deps.entities.of(new URL(issuer).host);
  if (!found.ok || found.value.id !== issuer) return false;
  const { site } = deps;
  try {
    const { payload } = await jwtVerify(token, await keySet(deps.fetch, found.value), {
      algorithms: [checked.alg],
      issuer,
      currentDate: site.now(),
      clockTolerance: SKEW_S,
      maxTokenAge: VALID_S + SKEW_S,
      requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub'],
    });
    const { events, sid, sub, aud } = payload;
    if (aud !== site.origin || payload['nonce'] !== undefined || sub === undefined) return false;
    if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
    if (sid !== undefined && typeof sid !== 'string') return false;
    await deps.db.write((tx) => endGuestsOf(tx, issuer, sub, sid));
    return true;
  } catch {
    return false;
  }
};

/** Only to know whose keys to ask for, and whether to: nothing else of it is believed before the signature is. */
const claimsOf = (token: string): { issuer: string; sub: string; sid: string | undefined } | undefined => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (!isObject(claims)) return undefined;
    const { iss, sub, sid } = claims;
    if (typeof iss !== 'string' || !URL.canParse(iss) || new URL(iss).origin !== iss) return undefined;
    if (typeof sub !== 'string' || (sid !== undefined && typeof sid !== 'string')) return undefined;
    return { issuer: iss, sub, sid };
  } catch {
    return undefined;
  }
};

const keySet = async (fetch: GuardedFetch, entity: Entity): Promise<ReturnType<typeof createLocalJWKSet>> => {
  const outcome = await fetch.request(entity.provider.jwksUri, {
    accept: ['application/jwk-set+json', 'application/json'],
    maxBytes: 32 * 1024,
    maxRedirects: 0,
  });
  const keys = outcome.ok && outcome.status === 200 ? keysOf(JSON.parse(outcome.body.toString('utf8'))) : undefined;
  if (keys === undefined) throw new Error('Its keys cannot be had.');
  return createLocalJWKSet({ keys });
};
