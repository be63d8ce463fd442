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

  await page.goto(`${node.origin}/sign-in?next=/follows`);
  await page.focus('form[data-passkey] button');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${node.origin}/follows`);
  expect(await page.textContent('header')).toContain('alice');
  await page.goto(`${node.origin}/account/sign-in`);
  expect(await page.textContent('#f-passkey .lines')).toMatch(/Mon téléphone.*utilisée/s);

  // A device that shuts its window says so, and the form may be sent again.
  await signOut(page);
  await page.goto(`${node.origin}/sign-in`);
  await device.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false });
  await page.click('text=Se connecter avec une clé d’accès');
  await page.waitForSelector('text=Rien n’a été fait');
  await device.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: true });
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
  await page.goto(`${node.origin}/sign-in`);
  await page.click('text=Se connecter avec une clé d’accès');
  await page.waitForSelector('h1:has-text("Cette clé d’accès n’ouvre pas")');
  expect(await page.textContent('main')).toContain('liée à un compte ici');
  await context.close();
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
