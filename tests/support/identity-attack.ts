/** Signing in between a node and a partner that lies: what the attacks on it have in common. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { beside, attack as bounded } from './attack.ts';
import { type Page, type Traveller, answer, hiddenIn, traveller } from './away.ts';
import { type Partner, type Token, seconds, startPartner } from './crooked-partner.ts';
import { PASSWORD, type TestNode, addMember, startNode } from './nodes.ts';
import { type Answer, shoot } from './shots.ts';
import type { Json } from './stranger.ts';

/** Held against a whole honest sign-in, which is several requests: none of an attack's may take twice as much. */
export const attack = (name: string, body: () => Promise<void>): void => bounded(name, body, 2);

export let node: TestNode;
export let evil: Partner;
let [visitors, assertions] = [0, 0];

/** From an address of its own: what one tries must not count for the next. */
export const somebody = (): Traveller => traveller('en', `127.0.1.${(visitors = (visitors + 1) % 200) + 1}`);
export const guests = (): Promise<number> => node.db.read.$count(node.db.read.t.guests);
/** A node, and a partner of it that lies; nobody is a guest when an attack begins. */
export const withPartner = (): void => {
  beforeAll(async () => {
    node = await startNode('marseille');
    const bob = await addMember(node, 'bob', 'Bob');
    // Which this partner, to whom no profiles are given, must not learn of.
    await node.db.write(async (tx) => {
      await tx
        .update(tx.t.actors)
        .set({ icon: `${node.origin}/media/bob.webp` })
        .where(eq(tx.t.actors.uri, bob));
    });
    evil = await startPartner('evil', node);
    await beside(() => comeBack(), 10);
  });
  beforeEach(() => node.db.write(async (tx) => void (await tx.delete(tx.t.guests))));
  afterAll(async () => {
    await Promise.all([node?.drop(), evil?.server.close()]);
  });
};

/** Goes to the partner. @returns what was asked of it */
export const leave = async (who: Traveller): Promise<URLSearchParams> => {
  const left = await who.send(`${node.origin}/sign-in/cooperative`, { home: evil.server.host }, (url) =>
    url.startsWith(`${evil.server.origin}/auth`),
  );
  expect(left.url, left.text.slice(0, 500)).toContain(`${evil.server.origin}/auth`);
  return new URL(left.url).searchParams;
};
export const claimsFor = (asked: URLSearchParams): Json => ({
  iss: evil.server.origin,
  sub: evil.member,
  aud: node.origin,
  nonce: asked.get('nonce'),
  iat: seconds(),
  exp: seconds() + 120,
  sid: 'sid-1',
  membership: { level: 'member', since: '2024-05-01' },
});
/** Comes back with a token. @param how what is other than usual, or the whole token */
export const comeBack = async (
  how: Token | ((claims: Json) => string | Promise<string>) = {},
  answerBy: Json = {},
  who = somebody(),
): Promise<Page> => {
  const asked = await leave(who);
  const claims = claimsFor(asked);
  evil.next.token = typeof how === 'function' ? await how(claims) : await evil.sign(claims, how);
  const query = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin, ...answerBy };
  return who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(query as Record<string, string>).toString()}`);
};
export const refused = async (how: Parameters<typeof comeBack>[0], answerBy?: Json): Promise<void> => {
  const page = await comeBack(how, answerBy);
  expect(page.status).toBe(422);
  expect(page.text).toContain('You could not be signed in');
  expect(await guests()).toBe(0);
};
export const publicText = (): string => evil.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

export const verifier = 'v'.repeat(50);
export const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString(
  'base64url',
);
export const askUs = (change: Record<string, string | undefined> = {}): string => {
  const query = {
    client_id: evil.server.origin,
    response_type: 'code',
    scope: 'openid profile membership',
    redirect_uri: `${evil.server.origin}/callback`,
    state: 's',
    nonce: 'n',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  };
  return `${node.origin}/oidc/auth?${new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  ).toString()}`;
};
export const atThem = (url: string): boolean => url.startsWith(`${evil.server.origin}/`);
/** Bob says yes. @returns the code that the partner gets */
export const codeOf = async (): Promise<string> => {
  const bob = somebody();
  const door = await bob.open(askUs(), atThem);
  const question = await bob.send(`${node.origin}/sign-in`, {
    login: 'bob',
    password: PASSWORD,
    next: hiddenIn(door, 'next'),
  });
  const back = new URL((await answer(bob, question, 'yes', atThem)).url).searchParams;
  expect(back.get('iss')).toBe(node.origin);
  expect(back.get('code')).not.toBeNull();
  return back.get('code') ?? '';
};
export const assertion = (how: Token = {}): Promise<string> =>
  evil.sign(
    {
      iss: evil.server.origin,
      sub: evil.server.origin,
      aud: node.origin,
      jti: `jti-${++assertions}`,
      iat: seconds(),
      exp: seconds() + 60,
    },
    how,
  );
export const redeem = (code: string, proof: string, change: Record<string, string> = {}): Promise<Answer> =>
  shoot({
    url: `${node.origin}/oidc/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(
      new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${evil.server.origin}/callback`,
        code_verifier: verifier,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: proof,
        ...change,
      }).toString(),
    ),
  });
