/** A member changes what only they may change: password, address, language, devices; and leaves. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findActor } from '#domain/actors.ts';
import { sendMessage } from '#domain/conversations.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { heldLetters } from '#domain/mail.ts';
import { issueToken } from '#domain/tokens.ts';
import { deviceOf } from '#web/ui/device.ts';
import { api } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const NEW_PASSWORD = 'une toute autre phrase';
const PHONE = 'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0';
const LAPTOP =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15';

eachEngine('a member’s settings', (engine) => {
  let node: TestNode;
  let alice: Visitor;
  let handle = '';
  let n = 0;
  beforeAll(async () => {
    node = await startNode('reglages', { engine });
  });
  afterAll(() => node?.drop());
  beforeEach(async () => {
    handle = `alice${(n += 1)}`;
    await addMember(node, handle, 'Alice');
    alice = visit(node, 'fr', LAPTOP);
    await alice.signIn(handle);
  });
  const account = async () => (await findAccountByHandle(node.db.read, handle))!;
  const letters = async () => {
    await node.settled();
    return heldLetters(node.db.read);
  };
  const changePassword = async (by: Visitor, current: string, chosen: string) =>
    by.send(
      await by.open('/account/settings'),
      { currentPassword: current, newPassword: chosen },
      { action: '/account/password' },
    );

  test('a new password asks for the old one, and ends the other sessions, which is said', async () => {
    const phone = visit(node, 'fr', PHONE);
    await phone.signIn(handle);
    const before = alice.cookie('session');
    const faulty = await changePassword(alice, 'pas le bon', 'court');
    expect(faulty.status).toBe(422);
    expect(faulty.faults().map(({ field, tied }) => [field, tied])).toEqual([
      ['currentPassword', true],
      ['newPassword', true],
    ]);
    expect((await phone.open('/account')).path).toBe('/account');

    const changed = await changePassword(alice, PASSWORD, NEW_PASSWORD);
    expect(changed.text('.notice')).toBe('Mot de passe changé. Vos autres appareils ont été déconnectés.');
    expect(alice.cookie('session')).not.toBe(before);
    expect((await alice.open('/account')).path).toBe('/account');
    expect((await phone.open('/account')).path).toBe('/sign-in?next=%2Faccount');
    await expect(phone.signIn(handle, PASSWORD)).rejects.toThrow();
    await phone.signIn(handle, NEW_PASSWORD);
  });

  test('a new password ends apps and tokens, too, unless the member says otherwise', async () => {
    const { id } = await account();
    const token = (): Promise<string> =>
      node.db.write((tx) => issueToken(tx, new Date(), 'api', { account: id, data: { scopes: 'profile:read' } }));
    const works = async (it: string): Promise<boolean> => (await api(node, 'GET', '/me', it)).status === 200;
    expect((await alice.open('/account/settings')).html, 'nothing acts for her').not.toContain('endApps');
    const kept = await token();
    const page = await alice.open('/account/settings');
    expect(page.values('/account/password')).toMatchObject({ endApps: ['1'] });
    const faulty = await alice.send(
      page,
      { currentPassword: 'pas le bon', newPassword: NEW_PASSWORD, endApps: [] },
      { action: '/account/password' },
    );
    expect(faulty.values('/account/password')['endApps'] ?? []).toEqual([]);
    await alice.send(
      faulty,
      { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, endApps: [] },
      { action: '/account/password' },
    );
    expect(await works(kept)).toBe(true);
    await changePassword(alice, NEW_PASSWORD, PASSWORD);
    expect(await works(kept)).toBe(false);
  });

  test('guessing the old password is slow', async () => {
    for (let i = 0; i < 8; i++) await changePassword(alice, `essai ${i}`, NEW_PASSWORD);
    expect((await changePassword(alice, PASSWORD, NEW_PASSWORD)).text('.summary')).toContain('Trop d’essais');
    expect((await changePassword(alice, PASSWORD, NEW_PASSWORD)).status).toBe(422);
  });

  test('a new address counts once its link is followed, and the old address is told', async () => {
    const old = (await account()).email;
    const wanted = `${handle}@ailleurs.example`;
    const ask = async (email: string, emailPassword = PASSWORD) =>
      alice.send(await alice.open('/account/settings'), { email, emailPassword }, { action: '/account/email' });

    const faulty = await ask('alice chez moi');
    expect(faulty.faults()).toMatchObject([
      { field: 'email', message: 'Une adresse comme nom@exemple.fr.', tied: true },
    ]);
    expect(faulty.values('/account/email')['email']).toEqual(['alice chez moi']);
    expect((await ask(old)).faults()).toMatchObject([{ field: 'email', message: 'C’est déjà votre adresse.' }]);
    expect((await ask(wanted, 'pas le bon')).faults()).toMatchObject([{ field: 'emailPassword', tied: true }]);

    const asked = await ask(wanted);
    expect(asked.text('main')).toContain(`la coopérative vous remettra le lien qui confirme ${wanted}`);
    expect((await account()).email).toBe(old);
    const letter = (await letters()).find((one) => one.to === wanted)!;
    expect(letter.subject).toContain('confirmez votre nouvelle adresse');

    // It is opened elsewhere, where nobody is signed in; the link alone changes nothing.
    const anywhere = visit(node);
    const page = await anywhere.open(new URL(letter.link).pathname);
    expect(page.text('main')).toContain(wanted);
    expect((await account()).email).toBe(old);
    expect((await anywhere.send(page, {})).path).toBe('/sign-in');
    expect(await account()).toMatchObject({ email: wanted, emailKey: wanted });
    const told = (await letters()).find((one) => one.to === old && one.subject.includes('votre adresse a changé'));
    expect(told).toBeDefined();
    expect((await anywhere.open(new URL(letter.link).pathname)).status).toBe(422);
    await visit(node).signIn(wanted);
  });

  test('a change of address can be given up, and a second one makes the first void', async () => {
    const ask = async (email: string) =>
      alice.send(
        await alice.open('/account/settings'),
        { email, emailPassword: PASSWORD },
        { action: '/account/email' },
      );
    const linkTo = async (email: string) => new URL((await letters()).find((one) => one.to === email)!.link).pathname;
    await ask(`un-${handle}@example.org`);
    const waiting = await ask(`deux-${handle}@example.org`);
    expect((await alice.open(await linkTo(`un-${handle}@example.org`))).status).toBe(422);
    const quiet = await alice.send(waiting, {}, { action: '/account/email/withdrawal' });
    expect(quiet.text('main')).not.toContain('En attente');
    expect((await alice.open(await linkTo(`deux-${handle}@example.org`))).status).toBe(422);
    expect((await account()).email).toBe(`${handle}@example.org`);
  });

  test('an address that somebody else has is not given away', async () => {
    await addMember(node, `${handle}-b`, 'Bob');
    const page = await alice.send(
      await alice.open('/account/settings'),
      { email: `${handle}-b@example.org`, emailPassword: PASSWORD },
      { action: '/account/email' },
    );
    expect(page.status).toBe(200);
    const sent = (await letters()).filter((one) => one.to === `${handle}-b@example.org`);
    expect(sent.map((one) => one.subject)).toContain('Coop reglages : vous avez déjà un compte');
    expect(sent.filter((one) => one.link.includes('/email-confirmation/'))).toEqual([]);
  });

  test('language and letters', async () => {
    const saved = await alice.send(
      await alice.open('/account/settings'),
      { locale: 'en', mailMessages: [] },
      { action: '/account/preferences' },
    );
    expect(saved.text('h1')).toBe('Settings');
    expect(await account()).toMatchObject({ locale: 'en', mailMessages: false });
  });

  test('where one is signed in, in plain words, and the way to end it', async () => {
    const [phone, other] = [visit(node, 'fr', PHONE), visit(node, 'fr', '')];
    await phone.signIn(handle);
    await other.signIn(handle);
    const page = await alice.open('/account/devices');
    const lines = page.all('li').map((line) => page.html.slice(line.startIndex ?? 0, line.endIndex ?? 0));
    expect(lines).toHaveLength(3);
    expect(page.text('.lines')).toMatch(/^Safari sur Mac Cet appareil/);
    expect(page.text('.lines')).toContain('Firefox sur Android');
    expect(page.text('.lines')).toContain('Navigateur inconnu');
    expect(page.html).not.toContain(PHONE);

    const action = page
      .all('form')
      .map((form) => form.attribs['action'] ?? '')
      .find((one) => /devices\/(?!others)/.test(one));
    const ended = await alice.send(page, {}, { action: action! });
    expect(ended.text('.notice')).toBe('Appareil déconnecté.');
    expect([(await phone.open('/account')).path, (await other.open('/account')).path].toSorted()[1]).toContain(
      '/sign-in',
    );
    const all = await alice.send(ended, {}, { action: '/account/devices/others/end' });
    expect(all.text('main')).toContain('nulle part ailleurs');
    expect((await phone.open('/account')).path).toContain('/sign-in');
    expect((await other.open('/account')).path).toContain('/sign-in');
  });

  test('nobody ends the sessions of somebody else', async () => {
    const page = await alice.open('/account/devices');
    await addMember(node, `${handle}-b`, 'Bob');
    const bob = visit(node);
    await bob.signIn(`${handle}-b`);
    const [name] = (
      await node.db.read
        .select()
        .from(node.db.read.t.sessions)
        .where(eq(node.db.read.t.sessions.account, (await account()).id))
    ).map((row) => row.hash.slice(0, 22));
    const own = await bob.open('/account/profile');
    const csrf = own.values('/account/profile')['csrf']![0]!;
    await node.fetch(
      new Request(`${node.origin}/account/devices/${name}/end`, {
        method: 'POST',
        headers: { cookie: `session=${bob.cookie('session')}`, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ csrf }),
      }),
    );
    expect(page.status).toBe(200);
    expect((await alice.open('/account')).path).toBe('/account');
  });

  test('who leaves is told what will happen, gives the password, and takes everything along', async () => {
    await addMember(node, `${handle}-b`, 'Bob');
    const [uri, bob] = [`${node.origin}/users/${handle}`, `${node.origin}/users/${handle}-b`];
    const [room, secret] = [
      await publish(node, handle, { title: 'Chambre à retirer' }),
      await publish(node, handle, { title: 'Réservée', audience: 'members' }),
    ];
    await node.db.write((tx) =>
      sendMessage(tx, node.site, uri, { uri: bob, local: true }, { uri: room.uri, title: room.title }, 'Bonjour Bob'),
    );
    const page = await alice.open('/account/closure');
    expect(page.text('main')).toContain('Vos 2 annonces sont retirées');
    expect((await alice.send(page, { currentPassword: '' })).faults()).toMatchObject([
      { field: 'currentPassword', message: 'À remplir.', tied: true },
    ]);
    expect((await alice.send(page, { currentPassword: 'pas le bon' })).faults()).toMatchObject([{ tied: true }]);
    expect(await account()).toBeDefined();

    const left = await alice.send(page, { currentPassword: PASSWORD });
    expect(left.path).toMatch(/^\/closures\//);
    expect(left.text('.notice')).toContain('Votre compte est fermé');
    expect(await findAccountByHandle(node.db.read, handle)).toBeUndefined();
    expect(await findActor(node.db.read, uri)).toMatchObject({ name: '', html: '', icon: null });
    await expect(alice.signIn(handle)).rejects.toThrow();
    for (const path of [`/@${handle}`, `/listings/${room.id}`, `/listings/${secret.id}`])
      expect((await visit(node).open(path)).status).toBe(404);
    const as2 = await node.fetch(new Request(uri, { headers: { accept: 'application/activity+json' } }));
    expect(as2.status).toBe(410);
    expect(await as2.json()).toMatchObject({ id: uri, type: 'Tombstone' });

    // Bob keeps his letter, without the name; and nobody takes the handle.
    const reader = visit(node);
    await reader.signIn(`${handle}-b`);
    const thread = await reader.open('/conversations');
    const link = /\/conversations\/[0-9a-f-]{36}/.exec(thread.html)![0];
    const conversation = await reader.open(link);
    expect(conversation.text('main')).toContain('Compte fermé');
    expect(conversation.text('main')).toContain('Bonjour Bob');
    expect(conversation.all('textarea')).toEqual([]);
    const again = visit(node);
    const taken = await again.send(await again.open('/sign-up'), {
      name: 'Alice',
      handle,
      email: 'autre@example.org',
      password: PASSWORD,
    });
    expect(taken.faults()).toMatchObject([{ field: 'handle', tied: true }]);
  });

  test('the last admin finds a successor first', async () => {
    const ada = visit(node);
    await ada.signIn('ada');
    const page = await ada.send(await ada.open('/account/closure'), { currentPassword: PASSWORD });
    expect(page.status).toBe(422);
    expect(page.text('.summary')).toContain('dernière personne qui administre');
    expect((await ada.open('/admin')).status).toBe(200);
  });
});

test.each([
  [PHONE, 'Firefox', 'Android'],
  [LAPTOP, 'Safari', 'Mac'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
    'Edge',
    'Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet',
    'Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1',
    'Chrome',
    'iPhone',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 'Linux'],
  ['curl/8.5.0', undefined, undefined],
])('%s is called %s on %s', (userAgent, browser, system) => {
  expect(deviceOf(userAgent)).toEqual({
    ...(browser === undefined ? {} : { browser }),
    ...(system === undefined ? {} : { system }),
  });
});
