/** What programs ask by themselves: a code or a refresh token for tokens, and ending them. No cookie is looked at. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '#domain/addresses.ts';
import { type Redeemed, redeemCode, refreshTokens, revokeByToken } from '#domain/apps/grants.ts';
import { findApp } from '#domain/apps/registry.ts';
import { APP_SCOPES, readScopes } from '#domain/apps/scopes.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { AUTHORIZE_PATH } from './request.ts';

const TOKEN_PATH = '/oauth/token';
const REVOKE_PATH = '/oauth/revoke';
const METADATA_PATH = '/.well-known/oauth-authorization-server';
const MAX_BODY = 16 * 1024;
/** Of one network in a minute. */
const PER_MINUTE = 120;

export const tokenRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const rate = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });

  const wrong = (c: Ctx, error: string, detail: string, status: 400 | 401 | 413 | 415 | 429 = 400): Response => {
    if (status === 401) c.header('www-authenticate', 'Basic realm="maillon"');
    return c.json({ error, error_description: detail }, status);
  };

  for (const path of [TOKEN_PATH, REVOKE_PATH, METADATA_PATH])
    app.use(path, cors({ origin: '*', allowMethods: ['GET', 'POST'], allowHeaders: ['Content-Type'], maxAge: 86_400 }));
  for (const path of [TOKEN_PATH, REVOKE_PATH]) {
    app.use(path, async (c, next) => {
      c.header('cache-control', 'no-store');
      if (c.req.method !== 'POST') {
        c.header('allow', 'POST');
        return c.json({ error: 'invalid_request', error_description: `Use POST, not ${c.req.method}.` }, 405);
      }
      const turn = await rate.consume(networkOf(c.env?.address ?? '') || 'unknown').catch(() => undefined);
      if (turn === undefined) {
        c.header('retry-after', '60');
        return wrong(c, 'slow_down', 'Too many requests: come again in a minute.', 429);
      }
      return next();
    });
    app.use(
      path,
      bodyLimit({
        maxSize: MAX_BODY,
        onError: (c: Ctx) => wrong(c, 'invalid_request', `More than ${MAX_BODY} bytes are not read.`, 413),
      }),
    );
  }

  /** The form that was sent, as a public client sends it; what is wrong is answered already. */
  const read = async (c: Ctx): Promise<{ form: URLSearchParams; client: string } | Response> => {
    if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? ''))
      return wrong(c, 'invalid_request', 'Send application/x-www-form-urlencoded.', 415);
    if (c.req.header('authorization') !== undefined)
      return wrong(c, 'invalid_client', 'Clients here have no secret: send client_id in the form alone.', 401);
    const form = new URLSearchParams(await c.req.text());
    const twice = [...form.keys()].find((name) => form.getAll(name).length > 1);
    if (twice !== undefined) return wrong(c, 'invalid_request', `${twice.slice(0, 50)} is there twice.`);
    const client = form.get('client_id') ?? '';
    if (client === '' || client.length > 100 || (await findApp(db.read, client)) === undefined)
      return wrong(c, 'invalid_client', 'There is no application with this client_id.', 401);
    return { form, client };
  };

  const answer = (c: Ctx, result: Redeemed): Response => {
    if (!result.ok)
      return result.error === 'invalid_scope'
        ? wrong(c, 'invalid_scope', 'A refresh can ask for what was granted, or less, and no more.')
        : wrong(c, 'invalid_grant', 'It has run out, was used, was revoked, or is not yours: ask the member again.');
    const { access, refresh, scopes, seconds } = result.value;
    return c.json({
      access_token: access,
      token_type: 'Bearer',
      expires_in: seconds,
      refresh_token: refresh,
      scope: scopes.join(' '),
    });
  };

  app.post(TOKEN_PATH, async (c) => {
    const given = await read(c);
    if (given instanceof Response) return given;
    const { form, client } = given;
    const grant = form.get('grant_type');
    if (grant === 'authorization_code') {
      const [code, verifier] = [form.get('code') ?? '', form.get('code_verifier') ?? ''];
      if (code === '') return wrong(c, 'invalid_request', 'code is missing.');
      if (!/^[\w.~-]{43,128}$/.test(verifier))
        return wrong(c, 'invalid_request', 'code_verifier is missing, or has not 43 to 128 characters.');
      const redirectUri = form.get('redirect_uri') ?? undefined;
      return answer(
        c,
        await db.write((tx) => redeemCode(tx, site.now(), { code, app: client, redirectUri, verifier })),
      );
    }
    if (grant === 'refresh_token') {
      const token = form.get('refresh_token') ?? '';
      if (token === '') return wrong(c, 'invalid_request', 'refresh_token is missing.');
      const asked = form.get('scope');
      const scopes = asked === null ? undefined : readScopes(asked);
      if (asked !== null && scopes === undefined)
        return wrong(c, 'invalid_scope', `scope has to be of: ${APP_SCOPES.join(' ')}.`);
      return answer(c, await db.write((tx) => refreshTokens(tx, site.now(), { token, app: client, scopes })));
    }
    return wrong(c, 'unsupported_grant_type', 'grant_type is authorization_code or refresh_token.');
  });

  app.post(REVOKE_PATH, async (c) => {
    const given = await read(c);
    if (given instanceof Response) return given;
    const token = given.form.get('token') ?? '';
    if (token === '') return wrong(c, 'invalid_request', 'token is missing.');
    await db.write((tx) => revokeByToken(tx, token, given.client));
    // The same for one that is not known, or another's (RFC 7009, 2.2).
    return c.body(null, 200);
  });

  app.get(METADATA_PATH, (c) => {
    const { origin } = site;
    c.header('cache-control', 'max-age=3600');
    return c.json({
      issuer: origin,
      authorization_endpoint: `${origin}${AUTHORIZE_PATH}`,
      token_endpoint: `${origin}${TOKEN_PATH}`,
      revocation_endpoint: `${origin}${REVOKE_PATH}`,
      scopes_supported: APP_SCOPES,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });
  return app;
};
