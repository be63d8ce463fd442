/** The client: members of partners sign in here with their own cooperative's account. */
import { createPrivateKey, timingSafeEqual } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import * as oidc from 'openid-client';
import type { Database } from '#db/database.ts';
import { takesSignIn } from '#domain/identity/guests.ts';
import { type IdentityKey, identityKeys } from '#domain/identity/keys.ts';
import type { IdentityPort } from '#domain/identity/ports.ts';
import type { Site } from '#domain/site.ts';
import { hashSecret, newSecret } from '#domain/tokens.ts';
import { type FieldError, fail, ok } from '#domain/types.ts';
import { describe, log } from '#src/log.ts';
import type { GuardedFetch } from '../fetch.ts';
import type { Resolver } from '../resolve.ts';
import { isObject } from '../vocab/json.ts';
import { readAttestations } from './attest.ts';
import { checkCompact } from './compact.ts';
import type { Entities, Entity } from './entities.ts';
import { publicJwk } from './statement.ts';

export type ClientDeps = { db: Database; site: Site; fetch: GuardedFetch; resolver: Resolver; entities: Entities };

export const CALLBACK_PATH = '/sign-in/callback';
const ATTEMPT_MS = 20 * 60_000;
const SKEW_S = 60;
const MAX_ANSWER = 32 * 1024;
/** Cut to fit, it would not be the one that home signs out. */
const MAX_SID = 200;
const LEVELS = ['member'];

class TokenRefused extends Error {
  override name = 'TokenRefused';
}

export const createClient = (deps: ClientDeps): Pick<IdentityPort, 'leave' | 'comeBack'> => {
  const { db, site, entities } = deps;
  /** @param next where they wanted to go, which a second try keeps */
  const problem = (code: string, name = '', next = '/'): { ok: false; errors: FieldError[] } =>
    fail({ field: 'home', code: `signInAway.${code}`, params: { name, next } });

  const configure = async (entity: Entity): Promise<oidc.Configuration> => {
    const [key] = await identityKeys(db.read, site, 'oidc-eddsa');
    const configuration = new oidc.Configuration(
      {
        issuer: entity.id,
        authorization_endpoint: entity.provider.authorizationEndpoint,
        token_endpoint: entity.provider.tokenEndpoint,
        jwks_uri: entity.provider.jwksUri,
        // Whatever it says of itself: an answer without its issuer is taken from nobody.
        authorization_response_iss_parameter_supported: true,
        id_token_signing_alg_values_supported: ['EdDSA'],
      },
      site.origin,
      {
        id_token_signed_response_alg: 'EdDSA',
        [oidc.clockTolerance]: SKEW_S,
        [oidc.clockSkew]: Math.round((site.now().getTime() - Date.now()) / 1_000),
      },
      await proofBy(key!, entity.id),
    );
    // Else an ID token is believed for the connection that it came by, and its signature is not looked at.
    oidc.enableNonRepudiationChecks(configuration);
    if (entity.id.startsWith('http:')) oidc.allowInsecureRequests(configuration);
    configuration[oidc.customFetch] = fetchBy(deps.fetch);
    return configuration;
  };

  return {
    leave: async (host, next) => {
      // Asked now: nobody is sent to a server that does not answer.
      const found = await entities.of(host, 0);
      if (!found.ok) return problem(found.code, found.peer?.name ?? host, next);
      const entity = found.value;
      if (!takesSignIn(entity.peer)) return problem('notAllowed', entity.peer.name, next);
      const [secret, state, nonce, verifier] = [
        newSecret(),
        oidc.randomState(),
        oidc.randomNonce(),
        oidc.randomPKCECodeVerifier(),
      ];
      const now = site.now();
      await db.write(async (tx) => {
        await tx.insert(tx.t.signInAttempts).values({
          hash: hashSecret(secret),
          host: entity.peer.host,
          state,
          nonce,
          verifier,
          next: next.slice(0, 500),
          expires: new Date(now.getTime() + ATTEMPT_MS),
        });
      });
      const url = oidc.buildAuthorizationUrl(await configure(entity), {
        redirect_uri: `${site.origin}${CALLBACK_PATH}`,
        scope: 'openid profile membership',
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return ok({ url: url.href, secret });
    },

    comeBack: async (query, secret) => {
      const { signInAttempts: a } = db.read.t;
      // Used up by whoever comes first, right or wrong: there is no second try with the same state.
      const [attempt] = await db.write((tx) =>
        tx
          .delete(a)
          .where(and(eq(a.hash, hashSecret(secret)), gt(a.expires, site.now())))
          .returning(),
      );
      if (attempt === undefined) return problem('expired');
      const { next } = attempt;
      const found = await entities.of(attempt.host);
      if (!found.ok) return problem(found.code, found.peer?.name ?? attempt.host, next);
      const entity = found.value;
      const { name } = entity.peer;
      if (!takesSignIn(entity.peer)) return problem('notAllowed', name, next);
      // Before anything is sent anywhere: is it an answer to this question, by the one who was asked?
      if (!same(query.get('state'), attempt.state) || query.get('iss') !== entity.id)
        return problem('invalid', name, next);
      const error = query.get('error');
      if (error !== null)
        return problem(
          error === 'access_denied' ? 'refused' : error === 'server_error' ? 'down' : 'invalid',
          name,
          next,
        );
      let claims: oidc.IDToken | undefined;
      try {
        const answer = new URL(`${site.origin}${CALLBACK_PATH}?${query.toString()}`);
        const tokens = await oidc.authorizationCodeGrant(await configure(entity), answer, {
          pkceCodeVerifier: attempt.verifier,
          expectedState: attempt.state,
          expectedNonce: attempt.nonce,
          idTokenExpected: true,
        });
        claims = tokens.claims();
      } catch (error) {
        log.federation.warning('A sign-in from {host} failed: {error}', {
          host: attempt.host,
          error: describe(error).slice(0, 400),
        });
        return problem(
          error instanceof Unreachable || causeOf(error) instanceof Unreachable ? 'down' : 'invalid',
          name,
          next,
        );
      }
      const { sub, sid } = claims ?? { sub: undefined, sid: undefined };
      if (
        claims === undefined ||
        claims.aud !== site.origin ||
        sub === undefined ||
        typeof sid !== 'string' ||
        sid.length > MAX_SID
      )
        return problem('invalid', name, next);
      // The issuer speaks for actors of its own origin alone, and each of them has to name it.
      if (!URL.canParse(sub) || new URL(sub).origin !== entity.id || sub.length > 500)
        return problem('invalid', name, next);
      const actor = await deps.resolver.freshActor(sub);
      if (!actor.ok) return problem(actor.gone === true ? 'unknown' : 'down', name, next);
      const { row, document } = actor.value;
      if (row.uri !== sub || row.kind !== 'member' || document.oidcIssuer !== entity.id)
        return problem('unknown', name, next);
      const { membership } = claims;
      const vouched = isObject(membership) ? membership : {};
      const since = typeof vouched['since'] === 'string' ? vouched['since'] : '';
      return ok({
        next: attempt.next,
        who: {
          issuer: entity.id,
          actor: sub,
          host: entity.peer.host,
          sid,
          level: LEVELS.find((one) => one === vouched['level']) ?? 'member',
          attestations: await readAttestations(vouched['attestations'], entity, sub, site),
          since: isPastDay(since, site.now()) ? since : '',
        },
      });
    },
  };
};

/** The other node did not answer, rather than answering wrongly. */
class Unreachable extends Error {
  override name = 'Unreachable';
}
const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** A day that there was, as `2024-05-01`; tomorrow may have begun where home is. */
const isPastDay = (text: string, now: Date): boolean => {
  const day = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(text) &&
    day.getTime() < now.getTime() + 86_400_000
  );
};

const same = (given: string | null, expected: string): boolean => {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const proofBy = async (key: IdentityKey, issuer: string): Promise<oidc.ClientAuth> => {
  const pkcs8 = createPrivateKey(key.privatePem).export({ type: 'pkcs8', format: 'der' });
  const signing = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return oidc.PrivateKeyJwt(
    { key: signing, kid: String(publicJwk(key).kid) },
    {
      [oidc.modifyAssertion]: (header, payload) => {
        header['alg'] = 'EdDSA';
        payload['aud'] = issuer;
      },
    },
  );
};

/** openid-client's requests, by the one fetch that everything leaves by; an ID token is looked at before it is parsed. */
const fetchBy =
  (fetch: GuardedFetch): oidc.CustomFetch =>
  async (url, options) => {
    // Forms alone are posted.
    const body = options.body instanceof URLSearchParams ? Buffer.from(options.body.toString()) : undefined;
    const outcome = await fetch.request(url, {
      method: options.method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(
        Object.entries(options.headers).filter(([name]) => !['accept', 'user-agent'].includes(name)),
      ),
      ...(body === undefined ? {} : { body }),
      accept: ['application/json', 'application/jwk-set+json'],
      maxBytes: MAX_ANSWER,
      maxRedirects: 0,
      urgent: true,
    });
    if (!outcome.ok) {
      if (['too-large', 'wrong-type'].includes(outcome.code)) throw new TokenRefused(outcome.detail);
      throw new Unreachable(outcome.detail);
    }
    if (outcome.status >= 500) throw new Unreachable(`It answers ${outcome.status}.`);
    const text = outcome.body.toString('utf8');
    if (outcome.status === 200 && options.method === 'POST') {
      const answer: unknown = JSON.parse(text);
      const token = typeof answer === 'object' && answer !== null && 'id_token' in answer ? answer.id_token : undefined;
      const checked = checkCompact(token, [undefined, 'jwt']);
      if (!checked.ok) throw new TokenRefused(checked.reason);
    }
    return new Response(text, { status: outcome.status, headers: { 'content-type': 'application/json' } });
  };
