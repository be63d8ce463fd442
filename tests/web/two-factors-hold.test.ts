/** An account with two factors stays one: what is lost takes its strength along, and a password alone carries nothing away. */
import { and, eq, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { heldLetters } from '#domain/mail.ts';
import { findAccountByHandle, reinstateMember, setRole, suspendMember } from '#domain/members.ts';
import { requireTwoFactors, resetWaysIn } from '#domain/sign-in/factors.ts';
import { askSignInLink } from '#domain/sign-in/links.ts';
import { readNewKey } from '#domain/sign-in/passkey-answers.ts';
import { issueToken } from '#domain/tokens.ts';
import { askUrl, decide, memberOf, outside, registered, verifierOf } from '../support/app.ts';
import { hiddenIn } from '../support/away.ts';
import { codeAt, turnCodesOn } from '../support/codes.ts';
import { eachEngine } from '../support/databases.ts';
import { type Intruder, intruder } from '../support/intruder.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';
import { type SoftKey, attestationOf, keepKey, softKey } from '../support/passkeys.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const WAYS = '/account/sign-in';
const CODES = `${WAYS}/codes`;

eachEngine('an account with two factors', (engine) => {
  let node: TestNode;
  let alice: Visitor;
  let now = new Date();
  let handle = '';
  let n = 0;
  beforeAll(async () => {
    node = await startNode('deux', { engine, overrides: { now: () => now } });
  });
  afterAll(() => node?.drop());
  beforeEach(async () => {
    handle = `alice${(n += 1)}`;
    await addMember(node, handle, 'Alice');
    alice = visit(node);
    await alice.signIn(handle);
  });
  const later = (minutes: number): void => {
    now = new Date(now.getTime() + minutes * 60_000);
  };
  const account = async () => (await findAccountByHandle(node.db.read, handle))!;
  const strong = async (): Promise<boolean[]> => {
    const { sessions } = node.db.read.t;
    const rows = await node.db.read
      .select()
      .from(sessions)
      .where(eq(sessions.account, (await account()).id));
    return rows.map((row) => row.strong);
  };
  const letters = async () => {
    await node.settled();
    return (await heldLetters(node.db.read)).filter((one) => one.to === `${handle}@example.org`);
  };
  /** Tokens of this member that still open something, by what they are for. */
  const waiting = async (): Promise<string[]> => {
    const { tokens } = node.db.read.t;
    const rows = await node.db.read
      .select()
      .from(tokens)
      .where(and(eq(tokens.account, (await account()).id), isNull(tokens.used)));
    // That of the sign-up stays: members are made active here without it.
    return rows
      .map((row) => row.purpose)
      .filter((purpose) => purpose !== 'confirm')
      .toSorted();
  };
  const beginAll = async (): Promise<void> => {
    const { id } = await account();
    await node.db.write(async (tx) => {
      await askSignInLink(tx, node.site, handle);
      for (const purpose of ['reset', 'email', 'api'] as const)
        await issueToken(tx, now, purpose, { account: id, data: { email: 'x@example.org' }, ttlMs: 3_600_000 });
    });
    expect(await waiting()).toEqual(['api', 'email', 'reset', 'signIn']);
  };
  let last = 0;
  const somebody = (): Intruder => intruder(node.origin, `127.0.8.${(last += 1)}`);
  const challenge = async (who: Intruder, path: string): Promise<string> => {
    const asked = await who.post(`${path}/challenge`);
    expect(asked.status, asked.text).toBe(200);
    return (JSON.parse(asked.text) as { options: { challenge: string } }).options.challenge;
  };
  const byPasskey = async (key: SoftKey, counter = 6): Promise<{ who: Intruder; status: number; text: string }> => {
    const who = somebody();
    const sent = await who.post('/sign-in/passkey', {
      answer: key.assertion(await challenge(who, '/sign-in/passkey'), { counter }),
    });
    return { who, ...sent };
  };

  test('what is strong about a session goes with the last second factor, not before', async () => {
    await turnCodesOn(alice, now);
    const key = softKey(node, `key of ${handle}`);
    await keepKey(node, handle, key);
    expect(await strong()).toEqual([true]);
    await alice.send(await alice.open(WAYS), {}, { action: `${CODES}/end` });
    expect(await strong(), 'there is a passkey still').toEqual([true]);
    await alice.send(await alice.open(WAYS), {}, { action: `${WAYS}/passkeys/${key.id}/end` });
    expect(await strong()).toEqual([false]);
    await turnCodesOn(alice, (later(2), now));
    expect(await strong()).toEqual([true]);
    await alice.send(await alice.open(WAYS), {}, { action: `${CODES}/end` });
    expect(await strong()).toEqual([false]);
  });

  test('its password alone changes no address and no password, takes no file along, moves nowhere and closes nothing', async () => {
    const { secret } = await turnCodesOn(alice, now);
    later(1);
    const doors: [page: string, action: string, filled: Record<string, string>, field: string][] = [
      ['/account/settings', '/account/email', { email: 'a@example.org', emailPassword: PASSWORD }, 'emailCode'],
      ['/account/settings', '/account/password', { currentPassword: PASSWORD, newPassword: `${PASSWORD} !` }, 'code'],
      ['/account/moving/exports', '/account/moving/exports', { currentPassword: PASSWORD }, 'code'],
      [
        '/account/moving/departure',
        '/account/moving/departure',
        { currentPassword: PASSWORD, target: 'https://ailleurs.example/u/a' },
        'code',
      ],
      ['/account/closure', '/account/closure', { currentPassword: PASSWORD }, 'code'],
    ];
    const before = await node.db.read.$count(node.db.read.t.exports);
    for (const [page, action, filled, field] of doors) {
      const asked = await alice.open(page);
      for (const code of ['', '000000']) {
        const said = await alice.send(asked, { ...filled, [field]: code }, { action });
        expect([said.status, said.faults().map((one) => one.field)], action).toEqual([422, [field]]);
        expect(said.faults()[0]!.tied, action).toBe(true);
        // As with a right one: the wrong ones before are forgiven.
        later(1);
        const proof = await alice.open('/password-confirmation?next=/follows');
        expect((await alice.send(proof, { password: PASSWORD, code: codeAt(secret, now) })).path).toBe('/follows');
      }
    }
    expect(await waiting()).toEqual([]);
    expect(await node.db.read.$count(node.db.read.t.exports)).toBe(before);
    later(1);
    // No code is used up for what is refused anyway.
    const code = codeAt(secret, now);
    const settings = await alice.open('/account/settings');
    const faulty = { email: 'chez moi', emailPassword: PASSWORD, emailCode: code };
    const said = await alice.send(settings, faulty, { action: '/account/email' });
    expect(said.faults().map((one) => one.field)).toEqual(['email']);
    const closing = await alice.open('/account/closure');
    expect((await alice.send(closing, { currentPassword: PASSWORD, code })).status).toBe(200);
    expect(await findAccountByHandle(node.db.read, handle)).toBeUndefined();
  });

  test('all doors count wrong passwords together', async () => {
    const wrong = async (path: string, filled: Record<string, string>, action = path): Promise<string> =>
      (await alice.send(await alice.open(path), filled, { action })).faults()[0]?.message ?? '';
    const said: string[] = [];
    for (let i = 0; i < 4; i++) {
      said.push(await wrong('/password-confirmation', { password: `faux ${i}` }));
      said.push(await wrong('/account/closure', { currentPassword: `faux ${i}` }));
    }
    expect(said.filter((one) => one.includes('Trop d’essais'))).toEqual([]);
    for (const [path, field] of [
      ['/password-confirmation', 'password'],
      ['/account/closure', 'currentPassword'],
    ] as const)
      expect(await wrong(path, { [field]: PASSWORD }), path).toContain('Trop d’essais');
  });

  test('a token is made, and an app registered and let in, only shortly after a proof of who it is', async () => {
    const client = await registered(node, handle, 'Marmite');
    const who = await memberOf(node, handle);
    const apps = `${node.origin}/account/apps`;
    const page = await who.open(apps);
    const csrf = hiddenIn(page, 'csrf');
    expect(page.text).toContain('action="/account/tokens"');
    const question = await who.open(askUrl(node, client, verifierOf()));
    later(16);
    const shut = await who.open(apps);
    expect(shut.text).toContain('montrez d’abord que c’est bien vous');
    for (const action of ['/account/tokens"', '/account/apps"']) expect(shut.text).not.toContain(`action="${action}`);
    const asked = await who.open(askUrl(node, client, verifierOf()));
    expect(asked.url).toContain(`${node.origin}/password-confirmation?next=${encodeURIComponent('/oauth/authorize?')}`);
    later(15);
    const token = { csrf, tokenName: 'x', scopes: 'listings:read', days: '30' };
    const program = { csrf, name: 'Volée', website: 'https://app.example', redirectUris: 'http://127.0.0.1/back' };
    expect((await who.send(`${node.origin}/account/tokens`, token)).url).toContain('/password-confirmation');
    expect((await who.send(apps, program)).url).toContain('/password-confirmation');
    const late = await decide(who, node, question, 'yes');
    expect(late.url).toContain(`${node.origin}/password-confirmation?next=`);
    expect((await decide(who, node, question, 'no')).url, 'no is no at any time').toContain('access_denied');
    expect(await waiting()).toEqual([]);
    expect(await node.db.read.$count(node.db.read.t.appCodes)).toBe(0);
    // The proof leads back to the very question.
    const proof = { csrf: hiddenIn(late, 'csrf'), next: hiddenIn(late, 'next').replaceAll('&amp;', '&') };
    const again = await who.send(`${node.origin}/password-confirmation`, { ...proof, password: PASSWORD });
    expect(again.url).toContain('/oauth/authorize?');
    expect((await decide(who, node, again, 'yes')).url).toContain('code=');
    expect(outside(node)(again.url)).toBe(false);
  });

  test('challenges are not given without end', async () => {
    const who = somebody();
    await who.signIn(handle);
    const { signInSteps } = node.db.read.t;
    for (const path of ['/password-confirmation/passkey', `${WAYS}/passkeys`]) {
      const before = await node.db.read.$count(signInSteps);
      const statuses: number[] = [];
      for (let i = 0; i < 33; i++) statuses.push((await who.post(`${path}/challenge`)).status);
      expect(
        statuses.filter((status) => status === 429),
        path,
      ).toHaveLength(3);
      expect(await node.db.read.$count(signInSteps), path).toBe(before + 30);
    }
  });

  test('a counter that two say at once lets one of them in', async () => {
    const key = softKey(node, `key of ${handle}`);
    await keepKey(node, handle, key);
    const both = await Promise.all([byPasskey(key, 9), byPasskey(key, 9)]);
    expect(both.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([303, 422]);
    expect((await byPasskey(key, 9)).text).toContain('its counter went back');
    expect((await byPasskey(key, 10)).status).toBe(303);
  });

  test('what was lost takes links, programs and steps along, and so does suspending, for good', async () => {
    for (const end of [
      async () => {
        await keepKey(node, handle, softKey(node, `key of ${handle}`));
        const row = await account();
        expect((await node.db.write((tx) => resetWaysIn(tx, node.site, row, 'Perdu'))).ok).toBe(true);
      },
      async () => {
        const { id } = await account();
        await node.db.write(async (tx) => suspendMember(tx, node.site, id));
        await node.db.write(async (tx) => reinstateMember(tx, node.site, id));
      },
    ]) {
      await beginAll();
      await end();
      expect(await waiting()).toEqual([]);
    }
  });

  test('another password voids an address that is awaited, which whoever had the account may have asked for', async () => {
    for (const by of ['reset', 'settings']) {
      await beginAll();
      if (by === 'settings') {
        await alice.signIn(handle);
        const fields = { currentPassword: PASSWORD, newPassword: `${PASSWORD} !` };
        await alice.send(await alice.open('/account/settings'), fields, { action: '/account/password' });
      } else {
        const { id } = await account();
        const reset = await node.db.write((tx) => issueToken(tx, now, 'reset', { account: id, ttlMs: 3_600_000 }));
        const page = await visit(node).open(`/password-reset/${reset}`);
        await visit(node).send(page, { password: PASSWORD });
      }
      expect(await waiting(), by).not.toContain('email');
      await node.db.write(async (tx) => void (await tx.delete(tx.t.tokens)));
    }
  });

  test('a suspended member’s passkey and link open nothing', async () => {
    const key = softKey(node, `key of ${handle}`);
    await keepKey(node, handle, key);
    const { id } = await account();
    const link = await node.db.write((tx) => issueToken(tx, now, 'signIn', { account: id, ttlMs: 900_000 }));
    const opened = await visit(node).open(`/sign-in/link/${link}`);
    expect(opened.status).toBe(200);
    await node.db.write(async (tx) => {
      await tx.update(tx.t.accounts).set({ state: 'suspended' }).where(eq(tx.t.accounts.id, id));
    });
    const phone = visit(node);
    expect((await phone.send(opened, {})).status).toBe(422);
    expect((await phone.open('/account')).path).toMatch(/^\/sign-in/);
    const { who, status } = await byPasskey(key);
    expect([status, who.cookies.has('session')]).toEqual([422, false]);
  });

  test('where two factors are demanded a passkey is both, and the password beside it is not asked for', async () => {
    const key = softKey(node, `key of ${handle}`);
    await keepKey(node, handle, key);
    const { id } = await account();
    await node.db.write(async (tx) => {
      await setRole(tx, now, id, 'admin');
      await requireTwoFactors(tx, true);
    });
    const asked = await alice.open('/admin/settings');
    expect(asked.path).toContain('/password-confirmation');
    expect(asked.html).not.toContain('type="password"');
    const { who } = await byPasskey(key);
    expect((await who.get('/admin/settings')).status).toBe(200);
    await node.db.write((tx) => requireTwoFactors(tx, false));
  });

  test('a passkey that comes and one that goes are told by letter', async () => {
    const who = somebody();
    await who.signIn(handle);
    const key = softKey(node, `key of ${handle}`);
    const answer = key.fresh(await challenge(who, `${WAYS}/passkeys`));
    expect((await who.post(`${WAYS}/passkeys`, { answer, name: 'Téléphone' })).status).toBe(303);
    const added = await letters();
    expect(added.some((one) => one.subject.includes('nouvelle clé d’accès'))).toBe(true);
    expect((await who.post(`${WAYS}/passkeys/${key.id}/end`)).status).toBe(303);
    expect((await letters()).some((one) => one.subject.includes('clé d’accès retirée'))).toBe(true);
    // One with a certificate is refused, and nothing is told of it.
    const told = (await letters()).length;
    const forged = key.fresh(await challenge(who, `${WAYS}/passkeys`), attestationOf('packed', Buffer.alloc(64, 1)));
    expect((await who.post(`${WAYS}/passkeys`, { answer: forged, name: 'x' })).status).toBe(422);
    expect((await letters()).length).toBe(told);
  });
});

test('a new passkey that comes with certificates is refused before anything checks them', async () => {
  const key = softKey({ origin: 'http://x.localhost' }, 'key');
  const certificate = Buffer.alloc(64, 1);
  const read = (attestation: Buffer) => readNewKey(key.fresh('challenge', attestation));
  expect(await read(attestationOf('none'))).toBeDefined();
  expect(await read(attestationOf('packed'))).toBeDefined();
  for (const format of ['packed', 'fido-u2f', 'android-key', 'tpm', 'apple'])
    expect(await read(attestationOf(format, certificate)), format).toBeUndefined();
});
