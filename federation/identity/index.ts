/** Signing in between nodes, put together. The libraries behind it are loaded with the first request that needs them. */
import { networkOf } from '#domain/addresses.ts';
import { validOf } from '#domain/attestations/give.ts';
import { givenKinds } from '#domain/attestations/kinds.ts';
import { MOST_TOLD, noteShown } from '#domain/attestations/partners.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { givesSignIn } from '#domain/identity/guests.ts';
import { ownMarks } from '#domain/identity/anchors.ts';
import { type IdentityKey, identityKeys, keepIdentityKeys } from '#domain/identity/keys.ts';
import type { IdentityPort } from '#domain/identity/ports.ts';
import { noteVisit } from '#domain/identity/visits.ts';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Provider } from 'oidc-provider';
import { ATTESTATION_MS } from './attest.ts';
import { ask } from './bridge.ts';
import { CALLBACK_PATH, type ClientDeps, createClient } from './client.ts';
import { originOfHost } from './configuration.ts';
import { createEntities } from './entities.ts';
import { LOGOUT_PATH, hearGoodbye, sayGoodbye } from './goodbye.ts';
import { REVOCATION_PATH, hearLeft, tellHome } from './left.ts';
import { UMBRELLA_PATH, answerAsUmbrella, umbrellaMetadata } from './umbrella.ts';
import { SCOPE, checkAssertion, createProvider, learns } from './provider.ts';
import { STATEMENT_PATH, STATEMENT_TYPE, publicJwk, writeStatement } from './statement.ts';

export type Identity = Omit<IdentityPort, 'identityAt'> & {
  /** Answers what is asked of the issuer. @param address of whoever asks */
  fetch(request: Request, address: string): Promise<Response>;
  sayGoodbye(stop?: AbortSignal): Promise<'done' | 'later' | 'returned'>;
  /** A guest of ours has signed out: their home is told. */
  tellHome(left: { host: string; sid: string }): Promise<'done' | 'later'>;
};

/** Bytes of what is posted to the issuer; the largest that we make has a tenth of it. */
const MAX_BODY = 32 * 1024;
const KEYS_SURE_MS = 30_000;
/** From a consent to the code that is exchanged for what it lets be told, at most. */
const MINUTES_MS = 20 * 60_000;

/** @param deps.perMinute requests of one network: of partners, and of browsers that are sent here */
export const createIdentity = (deps: Omit<ClientDeps, 'entities'> & { perMinute: number }): Identity => {
  const { db, site } = deps;
  const entities = createEntities(deps);
  const client = createClient({ ...deps, entities });
  const rate = new RateLimiterMemory({ points: deps.perMinute, duration: 60 });

  let current: { name: string; until: number; provider: Provider; keys: Record<string, IdentityKey[]> } | undefined;
  let making: Promise<NonNullable<typeof current>> | undefined;
  const make = async (): Promise<NonNullable<typeof current>> => {
    await keepIdentityKeys(db, site);
    const [ed, ec, federation] = await Promise.all([
      identityKeys(db.read, site, 'oidc-eddsa'),
      identityKeys(db.read, site, 'oidc-es256'),
      identityKeys(db.read, site, 'federation'),
    ]);
    const name = [...ed, ...ec, ...federation].map((key) => key.id).join(' ');
    const until = performance.now() + KEYS_SURE_MS;
    if (current?.name === name) return (current = { ...current, until });
    const provider = createProvider({ db, site, entities }, [...ed, ...ec]);
    return (current = { name, until, provider, keys: { client: [...ed, ...ec], federation } });
  };
  /** With the keys of now: another process may have renewed them. */
  const state = (): Promise<NonNullable<typeof current>> => {
    if (current !== undefined && performance.now() < current.until) return Promise.resolve(current);
    making ??= make().finally(() => {
      making = undefined;
    });
    return making;
  };

  const statement = async (): Promise<Response> => {
    const { keys } = await state();
    const cooperative = await getCooperative(db.read);
    const { origin } = site;
    const [umbrella, above] = [await umbrellaMetadata(deps), await ownMarks(db.read, site.now())];
    const metadata = {
      federation_entity: { organization_name: cooperative?.name ?? site.host, ...umbrella.metadata },
      openid_provider: {
        issuer: origin,
        authorization_endpoint: `${origin}/oidc/auth`,
        token_endpoint: `${origin}/oidc/token`,
        jwks_uri: `${origin}/oidc/jwks`,
        revocation_endpoint: `${origin}${REVOCATION_PATH}`,
        client_registration_types_supported: ['automatic'],
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        scopes_supported: SCOPE.split(' '),
        id_token_signing_alg_values_supported: ['EdDSA', 'ES256'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['EdDSA', 'ES256'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        attestations_supported: (await givenKinds(db.read)).map(({ code, names }) => ({ code, names })),
      },
      openid_relying_party: {
        client_name: cooperative?.name ?? site.host,
        client_registration_types: ['automatic'],
        redirect_uris: [`${origin}${CALLBACK_PATH}`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'EdDSA',
        id_token_signed_response_alg: 'EdDSA',
        backchannel_logout_uri: `${origin}${LOGOUT_PATH}`,
        backchannel_logout_session_required: true,
        jwks: { keys: (keys['client'] ?? []).map(publicJwk) },
      },
    };
    const token = await writeStatement(origin, site.now(), keys['federation'] ?? [], metadata, {
      ...umbrella.claims,
      ...(above.hosts.length === 0 ? {} : { authority_hints: above.hosts.map((host) => originOfHost(site, host)) }),
      ...(above.marks.length === 0
        ? {}
        : { trust_marks: above.marks.map((mark) => ({ trust_mark_type: mark.type, trust_mark: mark.token })) }),
    });
    return new Response(token, {
      headers: {
        'content-type': `application/${STATEMENT_TYPE}`,
        'cache-control': 'max-age=3600',
        'access-control-allow-origin': '*',
      },
    });
  };

  const refuse = (status: number, error: string, remedy: string): Response =>
    Response.json({ error, error_description: error, remedy }, { status, headers: { 'cache-control': 'no-store' } });

  return {
    ...client,
    leave: async (host, next) => {
      await state();
      return client.leave(host, next);
    },
    comeBack: async (query, secret) => {
      await state();
      return client.comeBack(query, secret);
    },
    sayGoodbye: async (stop) => {
      await state();
      return sayGoodbye({ ...deps, entities }, stop);
    },
    tellHome: async (left) => {
      await state();
      return tellHome({ ...deps, entities }, left);
    },
    fetch: async (request, address) => {
      const turn = await rate.consume(networkOf(address) || 'unknown').catch(() => undefined);
      if (turn === undefined) return refuse(429, 'Too many requests.', 'Come again in a minute.');
      const { pathname, search } = new URL(request.url);
      if (search.length > 8_192) return refuse(414, 'The address is too long.', 'Send fewer parameters.');
      const body = await bounded(request);
      if (body === undefined) return refuse(413, `More than ${MAX_BODY} bytes are not read.`, 'Send less.');
      if (pathname === STATEMENT_PATH) return statement();
      const posted = request.method === 'POST' ? new URLSearchParams(body.toString('utf8')) : new URLSearchParams();
      if (pathname.startsWith(UMBRELLA_PATH)) {
        const { keys } = await state();
        return answerAsUmbrella(deps, keys['federation'] ?? [], {
          method: request.method,
          url: new URL(request.url),
          posted,
        });
      }
      if (pathname === LOGOUT_PATH) {
        const heard =
          request.method === 'POST' && (await hearGoodbye({ ...deps, entities }, posted.get('logout_token')));
        return heard
          ? new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
          : refuse(400, 'invalid_request', 'Send a logout_token of a partner, signed with its key of today.');
      }
      if (pathname === REVOCATION_PATH)
        return request.method === 'POST' && (await hearLeft({ ...deps, entities }, posted))
          ? new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
          : refuse(
              401,
              'invalid_client',
              'Post token, client_id and a client_assertion of a partner, signed with its key of today.',
            );
      if (!checkAssertion(posted.get('client_assertion')))
        return Response.json(
          { error: 'invalid_client', error_description: 'The client assertion is not of a kind that is taken.' },
          { status: 401, headers: { 'cache-control': 'no-store' } },
        );
      return ask((await state()).provider.callback(), request, body, site.origin);
    },
    consentAsked: async (uid) => {
      const { provider } = await state();
      const interaction = await provider.Interaction.find(uid);
      const clientId = interaction?.params['client_id'];
      if (interaction === undefined || typeof clientId !== 'string' || !URL.canParse(clientId)) return undefined;
      const found = await entities.of(new URL(clientId).host);
      if (!found.ok || found.value.id !== clientId || !givesSignIn(found.value.peer)) return undefined;
      return { peer: found.value.peer, learns: learns(found.value.peer) };
    },
    attestationsOffered: async (host) => {
      const found = await entities.of(host, 60_000);
      return found.ok ? found.value.attestations : undefined;
    },
    consentGiven: async (uid, who) => {
      const { provider } = await state();
      const interaction = await provider.Interaction.find(uid);
      const clientId = interaction?.params['client_id'];
      // Of two answers to one question the first counts.
      if (interaction === undefined || typeof clientId !== 'string' || interaction.result !== undefined)
        return undefined;
      if (who === undefined) interaction.result = { error: 'access_denied', error_description: 'The member said no.' };
      else {
        const found = await entities.of(new URL(clientId).host);
        if (!found.ok || !givesSignIn(found.value.peer)) return undefined;
        const grant = new provider.Grant({ accountId: who.actor, clientId });
        grant.addOIDCScope(SCOPE);
        if (!learns(found.value.peer).picture) grant.rejectOIDCClaims(['picture']);
        const grantId = await grant.save();
        const own = new Set((await validOf(db.read, site.now(), who.actor)).map((row) => row.id));
        const told = (who.attestations ?? []).filter((id) => own.has(id)).slice(0, MOST_TOLD);
        await db.write(async (tx) => {
          await noteVisit(tx, {
            grant: grantId,
            session: who.session,
            actor: who.actor,
            host: found.value.peer.host,
            created: site.now(),
          });
          await noteShown(
            tx,
            {
              grant: grantId,
              host: found.value.peer.host,
              expires: new Date(site.now().getTime() + ATTESTATION_MS + MINUTES_MS),
            },
            told,
          );
        });
        interaction.result = { login: { accountId: who.actor, remember: false }, consent: { grantId } };
      }
      await interaction.persist();
      return interaction.returnTo;
    },
  };
};

/** The whole body, or undefined if it is too large. */
const bounded = async (request: Request): Promise<Buffer | undefined> => {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
