/** In a real browser with a device that the browser itself plays: a passkey is added, opens the account, proves an admin, and goes. */
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAccountByHandle } from '#domain/members.ts';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
let now = new Date();
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille', { overrides: { now: () => now } })]);
  await addMember(node, 'alice', 'Alice');
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});

/** A telephone that keeps passkeys, and verifies who holds it. */
const withDevice = async (
  more: { bypassCSP?: boolean } = {},
): Promise<{ page: Page; context: BrowserContext; device: CDPSession; id: string }> => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', ...more });
  const page = await context.newPage();
  await page.addInitScript(`const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (how) => {
      const answer = get(how);
      globalThis.waitsFor = how.mediation;
      return answer;
    };`);
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  const { authenticatorId: id } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, context, device, id };
};
/** A request that comes while nobody touches the device waits for good. */
const touched = (device: CDPSession, id: string, enabled: boolean): Promise<unknown> =>
  device.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled });
/** Opens the sign-in page, where the offer in the field waits, as it does while people look at the page. */
const atTheDoor = async (page: Page, device: CDPSession, id: string, next = '/'): Promise<void> => {
  await touched(device, id, false);
  await page.goto(`${node.origin}/sign-in?next=${next}`);
  await expect.poll(() => page.evaluate('globalThis.waitsFor')).toBe('conditional');
  await touched(device, id, true);
};
const dir = process.env['SHOTS'];
/** Fits on a telephone, and axe finds nothing serious. */
const look = async (page: Page, name: string): Promise<void> => {
  expect(await seriousViolations(page), name).toEqual([]);
  expect(
    await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
    name,
  ).toBe(true);
  if (dir === undefined) return;
  mkdirSync(dir, { recursive: true });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    await page.screenshot({ path: `${dir}/${name}-${width}.png`, fullPage: true });
  }
};
const add = async (page: Page, name: string): Promise<void> => {
  await page.goto(`${node.origin}/account/sign-in`);
  await page.fill('form[data-passkey] input[name=name]', name);
  await page.click('text=Ajouter une clé d’accès');
  await page.waitForSelector(`text=Clé d’accès ajoutée`);
};
const signOut = async (page: Page): Promise<void> => {
  await page.click('footer >> text=Se déconnecter');
  await page.waitForURL(`${node.origin}/`);
};

test('a member adds a passkey under the pages’ own policy, and signs in by the keyboard with nothing typed', async () => {
  const { page, context, device, id } = await withDevice();
  await signIn(page, node.origin, 'alice', PASSWORD);
  await add(page, 'Mon téléphone');
  const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId: id });
  expect(credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential])).toEqual([
    ['marseille.localhost', true],
  ]);
  await signOut(page);

  await atTheDoor(page, device, id, '/follows');
  await page.focus('form[data-passkey] button');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${node.origin}/follows`);
  expect(await page.textContent('header')).toContain('alice');
  await page.goto(`${node.origin}/account/sign-in`);
  expect(await page.textContent('#f-passkey .lines')).toMatch(/Mon téléphone.*utilisée/s);

  // A device that shuts its window says so, and the form may be sent again.
  await signOut(page);
  await atTheDoor(page, device, id);
  await device.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false });
  await page.click('text=Se connecter avec une clé d’accès');
  await page.waitForSelector('text=Rien n’a été fait');
  // The offer in the field waits again, and must not be answered before the button is pressed.
  await touched(device, id, false);
  await expect.poll(() => page.evaluate('globalThis.waitsFor')).toBe('conditional');
  await device.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: true });
  await touched(device, id, true);
  await page.click('text=Se connecter avec une clé d’accès');
  await page.waitForURL(`${node.origin}/`);

  // Another name; then it is removed, here, and opens nothing any more.
  await page.goto(`${node.origin}/account/sign-in`);
  await page.click('text=Renommer');
  await page.fill('details input[required]', 'Le vieux');
  await page.click('details button');
  await page.waitForSelector('text=Enregistré.');
  expect(await page.textContent('#f-passkey .lines')).toContain('Le vieux');
  await page.click('#f-passkey .lines >> text=Retirer');
  await page.waitForSelector('text=Clé d’accès retirée');
  await signOut(page);
  await atTheDoor(page, device, id);
  await page.click('text=Se connecter avec une clé d’accès');
  await page.waitForSelector('h1:has-text("Cette clé d’accès n’ouvre pas")');
  expect(await page.textContent('main')).toContain('liée à un compte ici');
  await context.close();
});

test('the field of the name offers the passkey, and takes nothing from a second step in another tab', async () => {
  const { page, context, device, id } = await withDevice();
  await addMember(node, 'bea', 'Béa');
  await signIn(page, node.origin, 'bea', PASSWORD);
  await add(page, 'Mon téléphone');
  await signOut(page);
  await context.addCookies([{ name: 'step', value: 'waits', url: node.origin }]);
  await atTheDoor(page, device, id);
  expect(await page.getAttribute('input[name=login]', 'autocomplete')).toBe('username webauthn');
  // Nothing typed and no button pressed: what is chosen in the field signs in, and leads where one wanted to go.
  await page.goto(`${node.origin}/sign-in?next=/follows`);
  await page.waitForURL(`${node.origin}/follows`);
  expect(await page.textContent('header')).toContain('bea');
  expect((await context.cookies()).find(({ name }) => name === 'step')?.value).toBe('waits');
  await context.close();
});

test('a browser that offers no passkeys in fields is asked nothing, and signs in by the button or the password', async () => {
  const { page, context } = await withDevice();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
  await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable');
  await page.goto(`${node.origin}/sign-in`, { waitUntil: 'networkidle' });
  expect(await page.isVisible('form[data-passkey] button')).toBe(true);
  expect(asked).not.toContain('/sign-in/passkey/challenge');
  await signIn(page, node.origin, 'bea', PASSWORD);
  await context.close();
  // Without a script there is the password alone.
  const plain = await (await browser.newContext({ javaScriptEnabled: false, locale: 'fr' })).newPage();
  await signIn(plain, node.origin, 'bea', PASSWORD);
  await plain.goto(`${node.origin}/account`);
  expect(plain.url()).toBe(`${node.origin}/account`);
  await plain.context().close();
});

test('an admin proves by passkey who she is when the admin pages ask', async () => {
  const { page, context } = await withDevice();
  await signIn(page, node.origin, 'ada', PASSWORD);
  await add(page, 'Clé d’Ada');
  now = new Date(now.getTime() + 5 * 3_600_000);
  await page.goto(`${node.origin}/admin/settings`);
  expect(page.url()).toContain('/password-confirmation?next=');
  await page.click('text=Confirmer avec une clé d’accès');
  await page.waitForURL(`${node.origin}/admin/settings`);
  const { sessions } = node.db.read.t;
  const account = (await findAccountByHandle(node.db.read, 'ada'))!;
  const [session] = (await node.db.read.select().from(sessions)).filter((row) => row.account === account.id);
  expect(session).toMatchObject({ strong: true, confirmed: now });
  await context.close();
});

test('each page on the way fits on a phone, and axe finds nothing serious', async () => {
  const { page, context } = await withDevice({ bypassCSP: true });
  await addMember(node, 'carla', 'Carla');
  await page.goto(`${node.origin}/sign-in`);
  await look(page, 'door');
  await signIn(page, node.origin, 'carla', PASSWORD);
  await add(page, 'Mon téléphone');
  await look(page, 'ways-in');
  await page.click('text=Activer les codes');
  await page.waitForURL(`${node.origin}/account/sign-in/codes`);
  await look(page, 'codes');
  now = new Date(now.getTime() + 3_600_000);
  await page.goto(`${node.origin}/account/sign-in`);
  await look(page, 'prove-first');
  await page.click('text=Confirmer que c’est moi');
  await look(page, 'proof');
  await context.close();
});
