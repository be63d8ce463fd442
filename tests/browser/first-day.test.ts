/** A cooperative's first day, in a real browser: set up, publish, join, write; by pages that axe finds nothing serious in. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, signIn } from '../support/browser.ts';
import { main, sound } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, startNode } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille', { setUp: false })]);
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});

const open = async (options: { javaScriptEnabled?: boolean; locale?: string } = {}): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    locale: 'fr',
    bypassCSP: true,
    ...options,
  });
  return context.newPage();
};
test('set-up by the one-time link: faults are told and nothing typed is lost, then the cooperative is there', async () => {
  const link = (await node.setupLink())!;
  const page = await open();
  await page.goto(link);
  expect(await page.textContent('h1')).toBe('Créer votre coopérative');
  await sound(page);
  await page.fill('[name=name]', 'Les Volets Ouverts');
  await page.fill('[name=handle]', 'admin');
  await page.fill('[name=territory]', 'Marseille');
  await page.fill('[name="admin.name"]', 'Ada');
  await page.fill('[name="admin.handle"]', 'ada');
  await page.fill('[name="admin.email"]', 'ada@example.org');
  await page.fill('[name="admin.password"]', PASSWORD);
  await page.click('main form button');
  expect(await page.textContent('.summary')).toContain('réservé');
  expect(await page.inputValue('[name=name]')).toBe('Les Volets Ouverts');
  await page.fill('[name=handle]', 'volets-ouverts');
  await page.fill('[name="admin.password"]', PASSWORD);
  await page.click('main form button');
  await page.waitForURL(`${node.origin}/admin`);
  expect(await page.textContent('[role=status]')).toContain('Votre coopérative est prête');
  // What to begin with, each a press away.
  expect(await page.$$eval('[aria-labelledby=first] a', (all) => all.map((one) => one.getAttribute('href')))).toEqual([
    '/listings/new',
    '/invitations',
    '/admin/peers',
  ]);
  await sound(page);
  const again = await page.goto(link);
  expect(again?.status()).toBe(410);
  expect(await page.textContent('h1')).toBe('Votre coopérative est déjà créée');
});

test('without JavaScript: a member publishes a listing, first with a fault', async () => {
  const page = await open({ javaScriptEnabled: false });
  await signIn(page, node.origin, 'ada', PASSWORD);
  await page.goto(`${node.origin}/listings/new`);
  await page.click('a[href="/listings/new?kind=lodging"]');
  await page.fill('[name=title]', 'Chambre calme');
  await page.fill('[name=text]', 'Une chambre **claire** près de l’hôpital.');
  await page.fill('[name=price]', 'beaucoup');
  await page.fill('[name=place]', 'Marseille');
  await page.click('.dock button:first-of-type');
  expect(await page.textContent('#f-price-error')).toContain('42,50');
  expect(await page.inputValue('[name=title]')).toBe('Chambre calme');
  await page.fill('[name=price]', '28,50');
  await page.click('.dock button:first-of-type');
  await page.waitForURL(/\/listings\/[0-9a-f-]{36}$/);
  expect(await page.textContent('.price')).toMatch(/28,50\s€ \/ nuit/);
  expect(await page.innerHTML('.prose')).toContain('<strong>claire</strong>');
});

test('a neighbour asks to join, confirms, is approved, and writes about the listing', async () => {
  const page = await open();
  await page.goto(`${node.origin}/sign-up`);
  await sound(page);
  await page.fill('[name=name]', 'Bob');
  await page.fill('[name=handle]', 'bob');
  await page.fill('[name=email]', 'bob@example.org');
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button');
  expect(await page.textContent('h1')).toBe('Encore une étape');
  await node.settled();

  const admin = await open();
  await signIn(admin, node.origin, 'ada', PASSWORD);
  await admin.goto(`${node.origin}/admin`);
  await sound(admin);
  const link = (await admin.textContent('.lines .code'))!;
  await page.goto(link);
  await page.click('main form button');
  await page.waitForURL(/\/sign-in$/);
  await admin.goto(`${node.origin}/admin/members`);
  await admin.click('form[action$="/approval"] button');
  await signIn(page, node.origin, 'bob@example.org', PASSWORD);
  await page.goto(`${node.origin}/listings`);
  await sound(page);
  await page.click('.listing h3 a');
  await page.waitForURL(/\/listings\/[0-9a-f-]{36}$/);
  await sound(page);
  await page.click('a[href$="/message"]');
  await page.fill('[name=text]', 'Bonjour, est-elle libre en août ?');
  await page.click('main form button');
  expect(await page.textContent('.bubble.mine')).toContain('libre en août');
  await admin.goto(`${node.origin}/`);
  expect(await admin.textContent('.nav .unread')).toContain('1');
  // Without a mail server the welcome is to be handed over, but not the news that somebody wrote: its page tells.
  await node.settled();
  await admin.goto(`${node.origin}/admin`);
  expect(await main(admin)).toContain('Bienvenue chez');
  expect(await main(admin)).not.toMatch(/vous écrit|demande à rejoindre/);
});

test('what a form of another site sends is refused; a stranger sees no admin page', async () => {
  const page = await open();
  await signIn(page, node.origin, 'bob', PASSWORD);
  expect((await page.goto(`${node.origin}/admin`))?.status()).toBe(404);
  const cookie = (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
  const answer = await node.fetch(
    new Request(`${node.origin}/account/profile`, {
      method: 'POST',
      headers: { cookie, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=Mallory',
    }),
  );
  expect(answer.status).toBe(403);
  const headers = (await page.goto(`${node.origin}/`))!.headers();
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['referrer-policy']).toBe('same-origin');
});
