/** The areas of the admin's pages: opened from below on a telephone, by keyboard or thumb and without scripts; beside on a wide screen. */
import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, signIn } from '../support/browser.ts';
import { follow, press, sound, tabTo, telephone } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
let page: Page;

beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  await addMember(node, 'bob', 'Bob');
  await node.db.write(async (tx) => {
    await tx.update(tx.t.accounts).set({ role: 'moderator' }).where(eq(tx.t.accounts.handle, 'bob'));
  });
  page = await telephone(browser);
  await signIn(page, node.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});
const areas = (at: Page) => at.getByRole('navigation', { name: 'Administration' });

test('on a telephone: one button by keyboard, groups from below, and away again', async () => {
  await page.goto(`${node.origin}/admin`);
  expect(await areas(page).isVisible()).toBe(false);
  await sound(page);
  await press(page, /^Toutes les rubriques$/);
  expect(await areas(page).isVisible()).toBe(true);
  expect(await areas(page).getByRole('list').count()).toBe(6);
  await sound(page);
  // All of it is on the screen, and its lower end where the thumb is.
  const box = (await areas(page).boundingBox())!;
  expect([box.x, box.width, box.y + box.height]).toEqual([0, 360, 740]);
  for (const link of await areas(page).getByRole('link').all())
    expect((await link.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await tabTo(page, /^Partenaires$/);
  await page.keyboard.press('Escape');
  expect(await areas(page).isVisible()).toBe(false);
  await press(page, /^Toutes les rubriques$/);
  await follow(page, /^Partenaires$/, /\/admin\/peers$/);
  expect(await areas(page).isVisible()).toBe(false);
  await press(page, /^Toutes les rubriques$/);
  await press(page, /^Fermer$/);
  expect(await areas(page).isVisible()).toBe(false);
});

test('without scripts, by touch', async () => {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    locale: 'fr',
    javaScriptEnabled: false,
    hasTouch: true,
  });
  const plain = await context.newPage();
  await signIn(plain, node.origin, 'ada', PASSWORD);
  await plain.goto(`${node.origin}/admin/members`);
  await plain.tap('.areas-open');
  await areas(plain).getByRole('link', { name: 'Sauvegardes' }).tap();
  await plain.waitForURL(/\/admin\/backup$/);
  await context.close();
});

test('on a wide screen all areas stand beside the page', async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${node.origin}/admin/settings`);
  expect(await areas(page).getByRole('link').count()).toBe(15);
  expect(await page.isVisible('.areas-open')).toBe(false);
  const [beside, title] = [(await areas(page).boundingBox())!, (await page.locator('h1').boundingBox())!];
  expect(beside.x + beside.width).toBeLessThan(title.x);
  await sound(page);
  await follow(page, /^Courrier$/, /\/admin\/mail$/);
});

test('a moderator is shown what a moderator may open, and nothing else', async () => {
  const phone = await telephone(browser);
  await signIn(phone, node.origin, 'bob', PASSWORD);
  await phone.goto(`${node.origin}/admin`);
  await press(phone, /^Toutes les rubriques$/);
  const links = await areas(phone).getByRole('link').all();
  const addresses = await Promise.all(links.map((link) => link.getAttribute('href')));
  expect(addresses).toEqual(['/admin', '/admin/members', '/admin/reports']);
  for (const address of addresses) expect((await phone.goto(`${node.origin}${address}`))?.status()).toBe(200);
  await phone.context().close();
});
