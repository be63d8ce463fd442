/** Signing in between nodes: who gets a session, whose it is, what it shows, and what ends it. */
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { findPin, holdPin, keepPin } from '#domain/identity/pins.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { pausePeer, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { endAllSessions } from '#domain/sessions.ts';
import { type Traveller, answer, hiddenIn } from '../../support/away.ts';
import { forged, newKey, seconds } from '../../support/crooked-partner.ts';
import {
  askUs,
  assertion,
  atThem,
  attack,
  claimsFor,
  comeBack,
  evil,
  guests,
  leave,
  node,
  publicText,
  redeem,
  refused,
  somebody,
  withPartner,
} from '../../support/identity-attack.ts';
import { PASSWORD, type TestNode, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import type { Json } from '../../support/stranger.ts';

withPartner();

attack('somebody else’s question put before a member', async () => {
  const before = await node.db.read.$count(node.db.read.t.visits);
  const attacker = somebody();
  const door = await attacker.open(askUs(), atThem);
  const question = new URL(hiddenIn(door, 'next'), node.origin).href;
  const bob = somebody();
  const shown = await bob.send(`${node.origin}/sign-in`, {
    login: 'bob',
    password: PASSWORD,
    next: new URL(question).pathname,
  });
  expect(shown.url).toContain('/sign-in/problem/expired');
  const home = await bob.open(`${node.origin}/account`);
  await bob.send(question, { csrf: hiddenIn(home, 'csrf'), answer: 'yes' });
  expect(await node.db.read.$count(node.db.read.t.visits)).toBe(before);
  const { url } = await attacker.open(question.replace('/sign-in/consent/', '/oidc/auth/'), atThem);
  expect(url).not.toContain('code=');
});
attack('a question answered with a session that is over by now', async () => {
  const { sessions, visits } = node.db.read.t;
  // Somebody has stolen Bob's session, answers a partner, and waits; or takes the code, and waits with that.
  const consented = async (): Promise<{ thief: Traveller; way: string }> => {
    const thief = somebody();
    const door = await thief.open(askUs(), atThem);
    const fields = { login: 'bob', password: PASSWORD, next: hiddenIn(door, 'next') };
    const question = await thief.send(`${node.origin}/sign-in`, fields);
    const back = await answer(thief, question, 'yes', (url) => url.includes('/oidc/auth/'));
    return { thief, way: back.url };
  };
  const noticed = async (): Promise<void> => {
    const bob = (await findAccountByHandle(node.db.read, 'bob'))!;
    await node.db.write((tx) => endAllSessions(tx, bob.id));
    expect(await node.db.read.$count(sessions)).toBe(0);
    await until('the partner has been told', async () => (await node.db.read.$count(visits)) === 0);
  };
  const waiting = await consented();
  const taken = await consented();
  const code = new URL((await taken.thief.open(taken.way, atThem)).url).searchParams.get('code')!;
  await noticed();
  const late = new URL((await waiting.thief.open(waiting.way, atThem)).url).searchParams.get('code');
  for (const one of [code, late ?? ''])
    expect((await redeem(one, await assertion())).text, 'a session of a day for a thief').toContain('invalid_grant');
});
attack('logout tokens that are none', async () => {
  await comeBack();
  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const claims: Json = {
    iss: evil.server.origin,
    aud: node.origin,
    sub: evil.member,
    sid: 'sid-1',
    jti: 'l',
    iat: seconds(),
    exp: seconds() + 60,
    events: event,
  };
  const say = async (token: string): Promise<number> =>
    (
      await shoot({
        url: `${node.origin}/oidc/backchannel-logout`,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
      })
    ).status;
  const typ = { typ: 'logout+jwt' };
  for (const token of [
    forged({ alg: 'none', ...typ }, claims),
    forged({ alg: 'HS256', ...typ }, claims, publicText()),
    await evil.sign(claims),
    await evil.sign(claims, { header: typ, key: newKey().privateKey }),
    await evil.sign(claims, { header: typ, claims: { aud: [node.origin] } }),
    await evil.sign(claims, { header: typ, claims: { exp: undefined } }),
    await evil.sign(claims, { header: typ, claims: { events: {} } }),
    await evil.sign(claims, { header: typ, claims: { nonce: 'n' } }),
    await evil.sign(claims, { header: typ, claims: { iss: 'https://elsewhere.example' } }),
    await evil.sign(claims, { header: typ, claims: { iat: seconds() - 1_000 } }),
  ])
    expect(await say(token)).toBe(400);
  expect(await guests()).toBe(1);
  // Of somebody who is not here: whoever sends a thousand of those makes us ask nobody for keys.
  const asked = evil.server.log.length;
  for (const change of [{ sub: `${evil.server.origin}/users/x` }, { sid: 'sid-2' }])
    expect(await say(await evil.sign(claims, { header: typ, claims: change, key: newKey().privateKey }))).toBe(400);
  expect(evil.server.log.length).toBe(asked);
  expect(await say(await evil.sign(claims, { header: typ }))).toBe(200);
  expect(await guests()).toBe(0);
});
attack('a member said to have signed out elsewhere, by whom they never visited, or without proof', async () => {
  const { visits } = node.db.read.t;
  const bob = `${node.origin}/users/bob`;
  const visit = { session: 's', actor: bob, created: new Date() };
  await node.db.write(async (tx) => {
    await tx.delete(tx.t.visits);
    await tx.insert(tx.t.visits).values([
      { ...visit, grant: 'g1', host: evil.server.host, sid: 'at-evil' },
      { ...visit, grant: 'g2', host: 'lyon.example', sid: 'at-lyon' },
    ]);
  });
  const sids = async () => (await node.db.read.select().from(visits).orderBy(visits.sid)).map((row) => row.sid);
  const say = async (proof: string | undefined, change: Record<string, string> = {}): Promise<number> => {
    const form = {
      token: 'at-evil',
      client_id: evil.server.origin,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      ...(proof === undefined ? {} : { client_assertion: proof }),
      ...change,
    };
    const answer = await shoot({
      url: `${node.origin}/oidc/revocation`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(form).toString()),
    });
    return answer.status;
  };
  const claims = { iss: evil.server.origin, sub: evil.server.origin, aud: node.origin, jti: 'r', exp: seconds() + 60 };
  for (const proof of [
    undefined,
    'x',
    forged({ alg: 'none' }, claims),
    forged({ alg: 'HS256', kid: 'one' }, claims, publicText()),
    await assertion({ key: newKey().privateKey }),
    await assertion({ claims: { aud: 'https://elsewhere.example' } }),
    await assertion({ claims: { aud: [node.origin] } }),
    await assertion({ claims: { exp: undefined } }),
    await assertion({ claims: { iat: seconds() - 1_000 } }),
    await assertion({ claims: { sub: 'https://elsewhere.example' } }),
    await assertion({ header: { typ: 'logout+jwt' } }),
  ])
    expect(await say(proof)).toBe(401);
  expect(await say(await assertion(), { client_id: 'https://lyon.example' })).toBe(401);
  expect(await say(await assertion(), { token: 'x'.repeat(500) })).toBe(401);
  // Its own words about what is another's, or nobody's, change nothing; about its own they count.
  expect(await say(await assertion(), { token: 'at-lyon' })).toBe(200);
  expect(await say(await assertion(), { token: 'nobody' })).toBe(200);
  expect(await sids()).toEqual(['at-evil', 'at-lyon']);
  expect(await say(await assertion())).toBe(200);
  expect(await sids()).toEqual(['at-lyon']);
});
attack('a sign-in that is under way while the partnership is rested and taken up again', async () => {
  const peer = (await findPeerByHost(node.db.read, evil.server.host))!;
  const usual = evil.server.answers.get('/token')!;
  const during = async (
    work: (tx: Parameters<Parameters<TestNode['db']['write']>[0]>[0]) => Promise<unknown>,
  ): Promise<void> => {
    evil.server.answers.set('/token', (request, response) => {
      void node.db.write((tx) => work(tx)).then(() => usual(request, response));
    });
    const page = await comeBack();
    evil.server.answers.set('/token', usual);
    expect(page.text).toContain('do not let their members sign in this way');
    expect(await guests(), 'it would wake up with the partnership').toBe(0);
  };
  const { host } = evil.server;
  await during((tx) => holdPin(tx, node.site, host, ['other']));
  await node.db.write(async (tx) => keepPin(tx, new Date(), host, (await findPin(tx, host))!.thumbprints));
  await during((tx) => pausePeer(tx, node.site, peer.id));
  await node.db.write((tx) => resumePeer(tx, node.site, peer.id));
  const without = { ...peer.take!, data: [] };
  await during((tx) => setScopes(tx, node.site, peer.id, { give: peer.give!, take: without }));
  await node.db.write((tx) => setScopes(tx, node.site, peer.id, { give: peer.give!, take: peer.take! }));
  expect((await comeBack()).status).toBe(200);
});
attack('what a partner says of a member: days that never were, a session’s name that is a book', async () => {
  await refused({ claims: { sid: 's'.repeat(201) } });
  for (const since of ['2024-99-99', '2024-02-31', '9999-01-01', '0000-00-00']) {
    const who = somebody();
    const asked = await leave(who);
    const claims = { ...claimsFor(asked), membership: { level: 'admin', since, cooperative: '<b>x' } };
    evil.next.token = await evil.sign(claims);
    const back = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin };
    await who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(back).toString()}`);
    const page = await who.open(`${node.origin}/guest`);
    expect(page.status, since).toBe(200);
    expect(page.text).not.toMatch(/Member since|<b>x|Administrator/i);
  }
});
attack('profiles for partners, by one that is given none', async () => {
  const { accounts, peers } = node.db.read.t;
  const read = async (): Promise<string> => (await shoot(evil.server.ask(`${node.origin}/users/bob`))).text;
  const give = async (data: ('profiles' | 'signIn')[]): Promise<void> =>
    node.db.write(async (tx) => {
      await tx.update(accounts).set({ showProfile: 'peers', text: 'Rue du Secret' }).where(eq(accounts.handle, 'bob'));
      await tx
        .update(peers)
        .set({ give: { ...OPEN_SCOPE, data } })
        .where(eq(peers.host, evil.server.host));
    });
  await give(['signIn', 'profiles']);
  expect(await read()).toContain('Rue du Secret');
  await give(['signIn']);
  expect(await read()).not.toContain('Rue du Secret');
});
attack(
  'an answer without a question: prompt=none, another response mode, a frame, a way out that leads elsewhere',
  async () => {
    const bob = somebody();
    const door = await bob.open(askUs(), atThem);
    const question = await bob.send(`${node.origin}/sign-in`, {
      login: 'bob',
      password: PASSWORD,
      next: hiddenIn(door, 'next'),
    });
    // Nobody puts it in a frame under another button, and its form leads to us and to who asked alone.
    const policy = question.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(new RegExp(`form-action 'self' ${evil.server.origin}(?:;|$)`));
    expect(question.headers.get('x-frame-options')).toMatch(/DENY|SAMEORIGIN/);
    // Signed in or not: a question that may not be shown is answered by no, at once, and with no code.
    for (const who of [bob, somebody()]) {
      const back = new URL((await who.open(askUs({ prompt: 'none' }), atThem)).url);
      expect(back.origin).toBe(evil.server.origin);
      expect(Object.fromEntries(back.searchParams)).toMatchObject({ state: 's', iss: node.origin });
      expect(back.searchParams.get('error')).toMatch(/^(?:login|consent|interaction)_required$/);
      expect(back.searchParams.has('code')).toBe(false);
    }
    // What comes back with such a word is a page and no second way there.
    const said = await comeBack({}, { error: 'login_required' });
    expect([said.status, new URL(said.url).pathname]).toEqual([422, '/sign-in/callback']);
    for (const mode of ['fragment', 'form_post', 'web_message', 'jwt']) {
      const page = await bob.open(askUs({ prompt: 'none', response_mode: mode }), atThem);
      expect(page.text, mode).not.toMatch(/name="code"/);
      expect(new URL(page.url).searchParams.has('code'), mode).toBe(false);
    }
    for (const to of ['https://evil.example/', 'javascript:alert(1)', `${evil.server.origin}/callback`])
      for (const path of ['/oidc/session/end', '/sign-out', '/guest/end']) {
        const page = await bob.open(
          `${node.origin}${path}?${new URLSearchParams({ post_logout_redirect_uri: to, next: to, return: to }).toString()}`,
          (url) => !url.startsWith(node.origin),
        );
        expect(new URL(page.url).origin, `${path} ${to}`).toBe(node.origin);
        expect(page.text, `${path} ${to}`).not.toMatch(/(?:href|action|value)="(?:javascript:|https:\/\/evil)/);
      }
    expect(await guests()).toBe(0);
  },
);

attack('a cut partner’s sessions end', async () => {
  const who = somebody();
  const asked = await leave(who);
  evil.next.token = await evil.sign(claimsFor(asked));
  const back = { code: 'c', state: asked.get('state') ?? '', iss: evil.server.origin };
  await who.open(`${node.origin}/sign-in/callback?${new URLSearchParams(back).toString()}`);
  expect((await who.open(`${node.origin}/`)).text).toContain('mallory (evil)');
  const peer = (await findPeerByHost(node.db.read, evil.server.host))!;
  await node.db.write((tx) => cutPeer(tx, node.site, peer, false));
  expect((await who.open(`${node.origin}/`)).text).not.toContain('mallory (evil)');
  expect(await guests()).toBe(0);
  expect((await somebody().open(askUs(), atThem)).url).toContain('/sign-in/problem/notAllowed');
  expect(await node.db.read.$count(node.db.read.t.entities)).toBe(0);
});
