/** A member turns on one-time codes, signs in with them, loses the phone, and turns them off. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeAccount } from '#domain/closing.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { heldLetters } from '#domain/mail.ts';
import { findAccountByHandle, suspendMember } from '#domain/members.ts';
import { codeAt, recoveryOn, turnCodesOn } from '../support/codes.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const CODES = '/account/sign-in/codes';

eachEngine('signing in with more than a password', (engine) => {
  let node: TestNode;
  let alice: Visitor;
  let now = new Date();
  let handle = '';
  let n = 0;
  beforeAll(async () => {
    node = await startNode('facteurs', { engine, overrides: { now: () => now } });
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
  const subjects = async (): Promise<string[]> => {
    await node.settled();
    return (await heldLetters(node.db.read))
      .filter((one) => one.to === `${handle}@example.org`)
      .map((one) => one.subject);
  };
  /** Up to the page that asks for the code. */
  const password = async (who: Visitor) =>
    who.send(await who.open('/sign-in?next=/follows'), { login: handle, password: PASSWORD });

  test('codes count once the app’s first one was typed; then the password alone opens nothing', async () => {
    const asked = await alice.send(await alice.open('/account/sign-in'), {}, { action: CODES });
    expect(asked.path).toBe(CODES);
    expect(asked.all('svg').some((svg) => svg.attribs['class'] === 'qr')).toBe(true);
    const faulty = await alice.send(asked, { code: '000000' }, { action: `${CODES}/confirmation` });
    expect([faulty.status, faulty.faults()[0]?.tied]).toEqual([422, true]);
    // Not yet: whoever stops here is not locked out.
    expect((await password(visit(node))).path).toBe('/follows');

    const { secret, recovery } = await turnCodesOn(alice, now);
    expect(recovery).toHaveLength(10);
    expect((await alice.open('/account/sign-in')).text('#codes')).toContain('10 codes de secours');
    expect((await alice.open('/account/sign-in')).html).not.toContain(secret);
    expect((await subjects()).some((subject) => subject.includes('codes à usage unique activés'))).toBe(true);

    const phone = visit(node);
    const second = await password(phone);
    expect(second.path).toBe('/sign-in/code');
    expect((await phone.open('/account')).path).toMatch(/^\/sign-in/);
    later(1);
    const wrong = await phone.send(second, { code: '12345' });
    expect([wrong.status, wrong.faults()[0]?.message]).toEqual([422, expect.stringContaining('pas juste')]);
    const inside = await phone.send(second, { code: codeAt(secret, now).replace(/(...)/, '$1 ') });
    expect(inside.path).toBe('/follows');
  });

  test('what is stored of codes opens nothing', async () => {
    const { secret, recovery } = await turnCodesOn(alice, now);
    const { oneTimeCodes, recoveryCodes } = node.db.read.t;
    const stored = JSON.stringify([
      await node.db.read.select().from(oneTimeCodes),
      await node.db.read.select().from(recoveryCodes),
    ]);
    for (const plain of [secret, Buffer.from(secret).toString('base64url'), ...recovery])
      expect(stored).not.toContain(plain);
  });

  test('a recovery code opens once, is told, and ten new ones make the old void', async () => {
    const { recovery } = await turnCodesOn(alice, now);
    const phone = visit(node);
    const inside = await phone.send(await password(phone), { code: recovery[0]!.toUpperCase().replaceAll('-', ' ') });
    expect(inside.path).toBe('/follows');
    expect((await subjects()).some((subject) => subject.includes('un code de secours a servi'))).toBe(true);
    expect((await phone.open('/account/sign-in')).text('#codes')).toContain('9 codes de secours');
    const thief = visit(node);
    expect((await thief.send(await password(thief), { code: recovery[0]! })).status).toBe(422);

    const renewed = recoveryOn(
      await phone.send(await phone.open('/account/sign-in'), {}, { action: `${CODES}/recovery` }),
    );
    expect(renewed).toHaveLength(10);
    expect((await thief.send(await password(thief), { code: recovery[1]! })).status).toBe(422);
    expect((await thief.send(await password(thief), { code: renewed[1]! })).path).toBe('/follows');
  });

  test('a change asks who it is a quarter of an hour later; the password alone does not prove it any more', async () => {
    const { secret } = await turnCodesOn(alice, now);
    const before = await alice.open('/account/sign-in');
    later(16);
    const page = await alice.open('/account/sign-in');
    expect(page.text('.notice')).toContain('montrez d’abord');
    expect(() => page.values(`${CODES}/end`)).toThrow();
    // Opened in time, sent a little later; then no more.
    expect((await alice.send(before, {}, { action: `${CODES}/recovery` })).text('h2')).toBe('Vos codes de secours');
    later(15);
    const asked = await alice.send(before, {}, { action: `${CODES}/end` });
    expect(asked.path).toBe('/password-confirmation?next=%2Faccount%2Fsign-in');
    expect((await alice.send(asked, { password: PASSWORD })).faults().map(({ field }) => field)).toEqual(['code']);
    expect((await alice.send(asked, { password: 'pas le bon', code: codeAt(secret, now) })).status).toBe(422);
    const proved = await alice.send(asked, { password: PASSWORD, code: codeAt(secret, now) });
    expect(proved.path).toBe('/account/sign-in');
    await alice.send(proved, {}, { action: `${CODES}/end` });
    expect((await subjects()).some((subject) => subject.includes('désactivés'))).toBe(true);
    expect((await password(visit(node))).path).toBe('/follows');
  });

  test('the token of the second step lasts ten minutes, and a suspended member’s opens nothing', async () => {
    const { secret } = await turnCodesOn(alice, now);
    later(1);
    const [slow, suspended] = [visit(node), visit(node)];
    const second = await password(slow);
    later(11);
    expect((await slow.send(second, { code: codeAt(secret, now) })).path).toBe('/sign-in?next=%2F');
    const third = await password(suspended);
    await node.db.write(async (tx) => suspendMember(tx, node.site, (await account()).id));
    expect((await suspended.send(third, { code: codeAt(secret, now) })).path).toBe('/sign-in?next=%2F');
    expect((await suspended.open('/account')).path).toMatch(/^\/sign-in/);
  });

  test('a link by letter signs in once, by its button, and asks for the code if there is one', async () => {
    const link = async (): Promise<string> => {
      const guest = visit(node);
      await guest.send(await guest.open('/sign-in/link'), { login: handle });
      await node.settled();
      const letter = (await heldLetters(node.db.read)).find(
        (one) => one.to === `${handle}@example.org` && one.link.includes('/sign-in/link/'),
      );
      return new URL(letter!.link).pathname;
    };
    const path = await link();
    const phone = visit(node);
    const opened = [await phone.open(path), await visit(node).open(path)];
    expect(opened.map((page) => page.status)).toEqual([200, 200]);
    expect((await phone.open('/account')).path).toMatch(/^\/sign-in/);
    expect((await phone.send(opened[0]!, {})).path).toBe('/');
    // A letter alone changes nothing of what one signs in with.
    expect((await phone.open('/account/sign-in')).text('.notice')).toContain('montrez d’abord');
    const thief = visit(node);
    expect((await thief.send(opened[1]!, {})).status).toBe(422);

    const late = visit(node);
    const waiting = await late.open(await link());
    later(16);
    expect((await late.send(waiting, {})).status).toBe(422);

    await alice.signIn(handle);
    const { recovery } = await turnCodesOn(alice, now);
    const second = await late.send(await late.open(await link()), {});
    expect(second.path).toBe('/sign-in/code');
    expect((await late.send(second, { code: recovery[0]! })).path).toBe('/');
  });

  test('an admin asks for two factors, is led to set one up, and takes a member’s lost ones away with a reason', async () => {
    await turnCodesOn(alice, now);
    const ada = visit(node);
    await ada.signIn('ada');
    const settings = await ada.open('/admin/settings');
    const asked = await ada.send(settings, { required: '1' }, { action: '/admin/two-factors' });
    expect([asked.path, asked.text('.notice')]).toEqual([
      '/account/sign-in',
      expect.stringContaining('demande deux facteurs'),
    ]);
    await turnCodesOn(ada, now);
    const { id } = await account();
    const reset = await ada.open(`/admin/members/${id}/factors`);
    expect((await ada.send(reset, { reason: ' ' })).faults().map(({ field }) => field)).toEqual(['reason']);
    expect((await ada.send(reset, { reason: 'Téléphone perdu' })).path).toBe('/admin/members');
    expect((await ada.open('/admin/audit')).text('main')).toContain('Moyens de connexion perdus retirés');
    expect((await alice.open('/account')).path).toMatch(/^\/sign-in/);
    expect((await subjects()).some((subject) => subject.includes('remis à zéro'))).toBe(true);
    expect((await password(visit(node))).path).toBe('/follows');
    await ada.send(await ada.open('/admin/settings'), { required: [] }, { action: '/admin/two-factors' });
  });

  test('with the account all of it goes', async () => {
    await turnCodesOn(alice, now);
    const { id } = await account();
    await password(visit(node));
    await node.db.write(async (tx) => closeAccount(tx, node.site, (await getCooperative(tx))!, await account()));
    const { oneTimeCodes, recoveryCodes, signInSteps } = node.db.read.t;
    for (const table of [oneTimeCodes, recoveryCodes, signInSteps])
      expect((await node.db.read.select().from(table)).filter((row) => row.account === id)).toEqual([]);
  });
});
