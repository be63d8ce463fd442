/** What a program asks of a member, before anybody is asked: whether it may ask at all, and where the answer goes. */
import type { Reader } from '#db/database.ts';
import { MAX_REDIRECT, matchesRedirect } from '#domain/apps/redirects.ts';
import { type AppRow, findApp } from '#domain/apps/registry.ts';
import { APP_SCOPES, type AppScope, readScopes } from '#domain/apps/scopes.ts';

export const AUTHORIZE_PATH = '/oauth/authorize';
/** The form gives them back as they came. */
export const PARAMETERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const;

export type AskedAccess = {
  app: AppRow;
  redirectUri: string;
  state: string | undefined;
  scopes: AppScope[];
  challenge: string;
};
export type ReadRequest =
  | { ok: true; value: AskedAccess }
  /** `to` absent: it is not known who asks, or where to; the browser goes nowhere. */
  | { ok: false; error: string; detail: string; to?: string };

/** @param issuer our origin, which stands in every answer (RFC 9207) */
export const readRequest = async (db: Reader, params: URLSearchParams, issuer: string): Promise<ReadRequest> => {
  const twice = PARAMETERS.find((name) => params.getAll(name).length > 1);
  const one = (name: (typeof PARAMETERS)[number]): string | undefined => params.get(name) ?? undefined;
  const nowhere = (error: string, detail: string): ReadRequest => ({ ok: false, error, detail });
  if (twice !== undefined) return nowhere('invalid_request', `${twice} is there twice.`);
  const id = one('client_id') ?? '';
  const app = id === '' || id.length > 100 ? undefined : await findApp(db, id);
  if (app === undefined) return nowhere('invalid_client', 'There is no application with this client_id.');
  const redirectUri = one('redirect_uri') ?? '';
  if (redirectUri.length > MAX_REDIRECT || !matchesRedirect(app.redirectUris, redirectUri))
    return nowhere('invalid_request', 'This redirect_uri is not registered, character by character.');
  const state = one('state');
  if ((state?.length ?? 0) > 1_000) return nowhere('invalid_request', 'state has more than 1000 characters.');
  const refused = (error: string, detail: string): ReadRequest => ({
    ok: false,
    error,
    detail,
    to: answerTo(redirectUri, issuer, state, { error, error_description: detail }),
  });
  if (one('response_type') !== 'code') return refused('unsupported_response_type', 'response_type has to be code.');
  const challenge = one('code_challenge') ?? '';
  if (challenge === '') return refused('invalid_request', 'PKCE is needed: send code_challenge.');
  if (one('code_challenge_method') !== 'S256')
    return refused('invalid_request', 'code_challenge_method has to be S256; "plain" is not taken.');
  if (!/^[\w-]{43}$/.test(challenge))
    return refused('invalid_request', 'code_challenge has to be a SHA-256 in base64url: 43 characters.');
  const scopes = readScopes(one('scope') ?? '');
  if (scopes === undefined) return refused('invalid_scope', `scope has to be of: ${APP_SCOPES.join(' ')}.`);
  return { ok: true, value: { app, redirectUri, state, scopes, challenge } };
};

/** Where the browser is sent with an answer. */
export const answerTo = (
  redirectUri: string,
  issuer: string,
  state: string | undefined,
  answer: Record<string, string>,
): string => {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(state === undefined ? {} : { state }), iss: issuer }))
    url.searchParams.set(name, value);
  return url.href;
};
