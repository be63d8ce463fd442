/**
 * The issuer: our members prove at partners who they are. oidc-provider carries out the protocol; who is a client, who
 * a member, and what is told, is decided here. It keeps no session of its own: each sign-in asks the member, and our
 * own session alone says who that is.
 */
import { createHmac } from 'node:crypto';
import { Provider, errors, interactionPolicy } from 'oidc-provider';
import type { Adapter, Configuration } from 'oidc-provider';
import type { Database } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { givesSignIn } from '#domain/identity/guests.ts';
import type { IdentityKey } from '#domain/identity/keys.ts';
import { dropRecord, dropRecordsOf, putRecord, readRecord, useRecord } from '#domain/identity/records.ts';
import { nameVisit, visitHolds } from '#domain/identity/visits.ts';
import { findAccountByActor } from '#domain/members.ts';
import type { PeerRow } from '#domain/peers.ts';
import { givesProfiles } from '#domain/scopes.ts';
import type { Site } from '#domain/site.ts';
import { describe, log } from '#src/log.ts';
import { isObject } from '../vocab/json.ts';
import { tellAttestations } from './attest.ts';
import { checkCompact } from './compact.ts';
import type { Entities, Entity } from './entities.ts';
import { privateJwk } from './statement.ts';

export type ProviderDeps = { db: Database; site: Site; entities: Entities };

/** Seconds. A member may have to find their password first. */
const INTERACTION_S = 15 * 60;
const CODE_S = 60;
const TOKEN_S = 5 * 60;
const DAY_S = 86_400;
/** Clocks of two nodes may differ by so many seconds. */
export const SKEW_S = 60;
export const SCOPE = 'openid profile membership';

/** @param signing keys of both algorithms, of each the one that signs first */
export const createProvider = (deps: ProviderDeps, signing: IdentityKey[]): Provider => {
  const { db, site } = deps;
  const secure = site.origin.startsWith('https:');
  const configuration: Configuration = {
    adapter: (model: string) => createAdapter(deps, model),
    jwks: { keys: signing.map((key) => ({ ...privateJwk(key), kty: privateJwk(key).kty ?? 'OKP' })) as never },
    routes: {
      authorization: '/oidc/auth',
      token: '/oidc/token',
      jwks: '/oidc/jwks',
    },
    scopes: ['openid'],
    claims: { openid: ['sub'], profile: ['name', 'picture'], membership: ['membership'] },
    // What a partner may know is in the ID token; there is nothing to fetch later.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['EdDSA', 'ES256'], idTokenSigningAlgValues: ['EdDSA', 'ES256'] },
    pkce: { required: () => true },
    clockTolerance: SKEW_S,
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: false },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    cookies: {
      keys: [cookieSecret(signing)],
      short: { httpOnly: true, sameSite: 'lax', signed: true, path: '/', secure },
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/', secure },
      names: {
        // For all paths, as `__Host-` wants it: of two questions open in one browser, the later one counts.
        interaction: secure ? '__Host-oidc_interaction' : 'oidc_interaction',
        session: secure ? '__Host-oidc_session' : 'oidc_session',
        // The library binds it to the path of its one question, which `__Host-` forbids; signed by us, it is as good.
        resume: secure ? '__Secure-oidc_resume' : 'oidc_resume',
      },
    },
    ttl: {
      AccessToken: CODE_S,
      AuthorizationCode: CODE_S,
      Grant: INTERACTION_S,
      IdToken: TOKEN_S,
      Interaction: INTERACTION_S,
      Session: INTERACTION_S,
    },
    // There is no session of the issuer's that a code could end with.
    expiresWithSession: async () => false,
    issueRefreshToken: async () => false,
    interactions: {
      url: (_ctx, interaction) => `/sign-in/consent/${interaction.uid}`,
      policy: interactionPolicy.base(),
    },
    findAccount: async (_ctx, sub, token) => {
      const account = await findAccountByActor(db.read, sub);
      const actor = account === undefined ? undefined : await findActor(db.read, sub);
      if (account?.state !== 'active' || actor === undefined || actor.suspended) return undefined;
      return {
        accountId: sub,
        claims: async (_use, _scope, _claims, rejected) => {
          const cooperative = await getCooperative(db.read);
          const told = await attestationsIn(deps, sub, token);
          return {
            sub,
            name: actor.name,
            ...(actor.icon === null || rejected.includes('picture')
              ? {}
              : { picture: new URL(actor.icon, site.origin).href }),
            membership: {
              cooperative: cooperative?.name ?? site.host,
              level: 'member',
              since: account.created.toISOString().slice(0, 10),
              ...(told.length === 0 ? {} : { attestations: told }),
            },
          };
        },
      };
    },
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims, header) => {
      const bad = (reason: string): Error => new errors.InvalidClientAuth(reason);
      if (claims.aud !== site.origin) throw bad('The audience must be this issuer alone, as a text.');
      const odd = ['jwk', 'jku', 'x5c', 'x5u', 'crit'].find((name) => Object.hasOwn(header, name));
      if (odd !== undefined) throw bad(`The header has ${odd}.`);
      const { typ } = header;
      if (typ !== undefined && typ !== 'JWT' && typ !== 'client-authentication+jwt')
        throw bad('It is of another type.');
      if (typeof claims.exp !== 'number' || claims.exp > site.now().getTime() / 1_000 + TOKEN_S + SKEW_S)
        throw bad('It must run out within five minutes.');
    },
    renderError: async (ctx, out) => {
      // A page of ours says it in the reader's language.
      ctx.status = 303;
      ctx.redirect(`/sign-in/problem/${problemOf(out.error)}`);
    },
  };
  const provider = new Provider(site.origin, configuration);
  provider.proxy = true;
  provider.on('server_error', (_ctx, error) =>
    log.federation.error('A sign-in at a partner failed: {error}', { error: describe(error) }),
  );
  const refused = (_ctx: unknown, error: errors.OIDCProviderError): void =>
    log.federation.info('A sign-in was refused: {error}', {
      error: `${error.error}: ${error.error_description ?? ''} ${error.error_detail ?? ''}`.slice(0, 300),
    });
  provider.on('authorization.error', refused);
  provider.on('grant.error', refused);
  return provider;
};

/** @param token the code that is exchanged: it names the consent that it hangs on, and the partner */
const attestationsIn = async (deps: ProviderDeps, sub: string, token: unknown): Promise<string[]> => {
  const { grantId, clientId } = isObject(token) ? token : {};
  return typeof grantId === 'string' && typeof clientId === 'string'
    ? tellAttestations(deps, sub, grantId, clientId)
    : [];
};

const problemOf = (error: string): string =>
  error === 'invalid_client' ? 'notAllowed' : error === 'invalid_request' ? 'expired' : 'invalid';

/** Changes with the keys, and cannot be told from them. */
const cookieSecret = (keys: IdentityKey[]): string =>
  createHmac('sha256', keys.map((key) => key.privatePem).join())
    .update('cookies')
    .digest('base64url');

/** What of a member this partner may know. */
export const learns = (peer: PeerRow): { picture: boolean } => ({
  picture: givesProfiles(peer),
});

/** The partner as oidc-provider wants a client. */
const clientOf = (entity: Entity): Record<string, unknown> => ({
  client_id: entity.id,
  client_name: entity.peer.name,
  application_type: 'web',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: entity.client.redirectUris,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: entity.client.jwks },
  id_token_signed_response_alg: entity.client.idTokenAlg,
  scope: SCOPE,
  backchannel_logout_uri: entity.client.logoutUri,
  backchannel_logout_session_required: true,
});

/** Where oidc-provider keeps things: in our tables, or nowhere. */
const createAdapter = ({ db, site, entities }: ProviderDeps, model: string): Adapter => {
  const key = (id: string): string => `${model}:${id}`.slice(0, 300);
  const none: Adapter = {
    upsert: async () => {},
    find: async () => undefined,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => {},
    destroy: async () => {},
    revokeByGrantId: async () => {},
  };
  // The entity id of a partner is its client id: nobody has to register.
  if (model === 'Client')
    return {
      ...none,
      find: async (id) => {
        if (id.length > 300 || !URL.canParse(id) || new URL(id).origin !== id) return undefined;
        const entity = await entities.of(new URL(id).host);
        return entity.ok && entity.value.id === id && givesSignIn(entity.value.peer)
          ? clientOf(entity.value)
          : undefined;
      },
    };
  if (model === 'Session' || model === 'AccessToken') return none;
  return {
    ...none,
    upsert: async (id, payload, expiresIn) => {
      const expires = new Date(site.now().getTime() + Math.min(expiresIn || INTERACTION_S, DAY_S) * 1_000);
      const grant = payload.grantId ?? null;
      await db.write(async (tx) => {
        await putRecord(tx, key(id), { ...payload }, grant, expires);
        if (model === 'AuthorizationCode' && grant !== null && typeof payload['sid'] === 'string')
          await nameVisit(tx, grant, payload['sid']);
      });
    },
    find: async (id) => {
      const record = await readRecord(db.read, site.now(), key(id));
      if (model !== 'AuthorizationCode' || record === undefined) return record;
      // Between the consent and here the member may have signed out, or somebody's theft of the session been noticed.
      const { grantId } = record;
      return typeof grantId === 'string' && (await visitHolds(db.read, grantId)) ? record : undefined;
    },
    consume: async (id) => {
      const first = await db.write((tx) => useRecord(tx, site.now(), key(id)));
      if (!first) throw new errors.InvalidGrant('It was used already.');
    },
    destroy: (id) => db.write((tx) => dropRecord(tx, key(id))),
    revokeByGrantId: (grant) =>
      db.write(async (tx) => {
        await dropRecordsOf(tx, grant);
      }),
  };
};

/** Also before oidc-provider parses it: nothing large, nothing locked, nothing that brings its own key. */
export const checkAssertion = (assertion: string | null): boolean =>
  assertion === null || checkCompact(assertion, [undefined, 'jwt', 'client-authentication+jwt']).ok;
