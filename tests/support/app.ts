/** A program that members let act for them: registered at a node, with requests of its own making. */
import { createHash, randomBytes } from 'node:crypto';
import { registerApp } from '#domain/apps/registry.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { type Page, type Traveller, hiddenIn, traveller } from './away.ts';
import { PASSWORD, type TestNode } from './nodes.ts';
import { type Answer, shoot } from './shots.ts';

export const REDIRECT = 'http://127.0.0.1/back';

/** @param maker handle of the member who registers it @returns its client id */
export const registered = async (
  node: TestNode,
  maker: string,
  name: string,
  redirectUris = REDIRECT,
): Promise<string> => {
  const account = (await findAccountByHandle(node.db.read, maker))!;
  const input = { name, website: 'https://app.example', redirectUris };
  const result = await node.db.write((tx) => registerApp(tx, new Date(), account.id, input));
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value.id;
};

export const verifierOf = (): string => randomBytes(32).toString('base64url');
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');

export type Wish = Record<string, string | undefined>;
/** An authorization request; what is `undefined` in `wish` is left out. */
export const askUrl = (node: TestNode, client: string, verifier: string, wish: Wish = {}): string => {
  const all: Wish = {
    response_type: 'code',
    client_id: client,
    redirect_uri: 'http://127.0.0.1:51234/back',
    scope: 'listings:read listings:write profile:read',
    state: 'xyz',
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...wish,
  };
  const params = new URLSearchParams(
    Object.entries(all).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );
  return `${node.origin}/oauth/authorize?${params}`;
};

/** A member at their browser, signed in. */
export const memberOf = async (node: TestNode, handle: string): Promise<Traveller> => {
  const who = traveller();
  await who.send(`${node.origin}/sign-in`, { login: handle, password: PASSWORD, next: '/' });
  return who;
};

export const outside = (node: TestNode) => (url: string) => !url.startsWith(node.origin);
/** Says yes or no to the question of a page. @returns where the browser is sent */
export const decide = (who: Traveller, node: TestNode, question: Page, answer: 'yes' | 'no', csrf?: string) => {
  const fields = Object.fromEntries(
    [...question.text.matchAll(/<input type="hidden" name="([a-z_]+)" value="([^"]*)"/g)]
      .filter((one) => one[1] !== 'back' && one[1] !== 'csrf')
      .map((one) => [one[1]!, one[2]!.replaceAll('&amp;', '&')]),
  );
  return who.send(
    `${node.origin}/oauth/authorize`,
    { ...fields, csrf: csrf ?? hiddenIn(question, 'csrf'), answer },
    outside(node),
  );
};

export type Said = { status: number; body: Record<string, unknown>; headers: Headers };
const said = (answer: Answer): Said => ({
  status: answer.status,
  headers: answer.headers,
  body: answer.text.startsWith('{') ? JSON.parse(answer.text) : {},
});
export const post = async (node: TestNode, path: string, form: Record<string, string>): Promise<Said> =>
  said(
    await shoot({
      url: `${node.origin}${path}`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(form).toString()),
    }),
  );
export const redeem = (
  node: TestNode,
  client: string,
  code: string,
  verifier: string,
  more: Record<string, string> = {},
) =>
  post(node, '/oauth/token', {
    grant_type: 'authorization_code',
    client_id: client,
    code,
    code_verifier: verifier,
    redirect_uri: 'http://127.0.0.1:51234/back',
    ...more,
  });
export const refresh = (node: TestNode, client: string, token: unknown, more: Record<string, string> = {}) =>
  post(node, '/oauth/token', {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: typeof token === 'string' ? token : '',
    ...more,
  });

/** The API, by a token. */
export const api = async (
  node: TestNode,
  method: string,
  path: string,
  token?: unknown,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Said> =>
  said(
    await shoot({
      url: `${node.origin}/api/v1${path}`,
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : ''}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
    }),
  );

/** Through the whole flow. @returns the code, not used yet */
export const codeFor = async (
  node: TestNode,
  who: Traveller,
  client: string,
  verifier: string,
  wish: Wish = {},
): Promise<string> => {
  const back = await decide(who, node, await who.open(askUrl(node, client, verifier, wish)), 'yes');
  return new URL(back.url).searchParams.get('code') ?? '';
};
/** Through the whole flow. @returns what the token endpoint says */
export const tokensFor = async (node: TestNode, who: Traveller, client: string, wish: Wish = {}) => {
  const verifier = verifierOf();
  return (await redeem(node, client, await codeFor(node, who, client, verifier, wish), verifier)).body;
};

/** For a library: its requests, sent to this machine whatever the name. */
export const byHost = async (
  url: string,
  options: { method: string; headers: Headers | Record<string, string>; body?: unknown },
): Promise<Response> => {
  const { body, method } = options;
  const headers = Object.fromEntries(new Headers(options.headers).entries());
  const answer = await shoot({
    url,
    method,
    headers,
    ...(body instanceof URLSearchParams ? { body: Buffer.from(body.toString()) } : {}),
  });
  return new Response(answer.text, { status: answer.status, headers: answer.headers });
};
