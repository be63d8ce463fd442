/** On a telephone, in French: a member takes her data along, brings them elsewhere, moves, and closes the account. */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';

let browser: Browser;
let [marseille, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [browser, marseille, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'alice', 'Alix')]);
  await publish(marseille, 'alice', { title: 'Chambre calme' });
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

const phone = async (node: TestNode, who: string): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  contexts.push(context);
  const page = await context.newPage();
  await signIn(page, node.origin, who, PASSWORD);
  return page;
};
const sound = async (page: Page): Promise<void> => {
  expect(await seriousViolations(page), page.url()).toEqual([]);
  const fits = await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  expect(fits, page.url()).toBe(true);
};
const main = async (page: Page): Promise<string> => ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, ' ');
const send = async (page: Page, words: RegExp): Promise<void> => {
  await Promise.all([page.waitForNavigation(), page.locator('main button').filter({ hasText: words }).first().click()]);
};
/** Reloads until it says so, as the page itself proposes. */
const reloadUntil = (page: Page, words: RegExp): Promise<void> =>
  until(`${page.url()} says ${words}`, async () => {
    if (words.test(await main(page))) return true;
    await page.reload();
    return false;
  });

test('she takes her data along, arrives elsewhere, moves and leaves', async () => {
  const [from, to] = [await phone(marseille, 'alice'), await phone(lyon, 'alice')];
  await from.goto(`${marseille.origin}/account/moving`);
  await sound(from);
  await from.click('text=Préparer mon fichier');
  await sound(from);
  await from.fill('[name=currentPassword]', PASSWORD);
  await send(from, /Préparer/);
  await reloadUntil(from, /Télécharger/);
  await sound(from);
  const [download]: [Download, void] = await Promise.all([
    from.waitForEvent('download'),
    from.click('text=Télécharger'),
  ]);
  expect(download.suggestedFilename()).toMatch(/^alice-marseille\.localhost-\d+-\d{4}-\d\d-\d\d\.tar$/);
  const file = await download.path();
  expect(readFileSync(file).length % 512).toBe(0);

  await to.goto(`${lyon.origin}/account/moving/arrivals`);
  await sound(to);
  await to.setInputFiles('[name=file]', {
    name: 'x.tar',
    mimeType: 'application/x-tar',
    buffer: Buffer.from('no tar'),
  });
  await send(to, /Envoyer/);
  await reloadUntil(to, /Ce n’est pas un fichier \.tar/);
  await sound(to);
  await to.goto(`${lyon.origin}/account/moving/arrivals`);
  await to.setInputFiles('[name=file]', file);
  await send(to, /Envoyer/);
  await reloadUntil(to, /Que reprendre/);
  await sound(to);
  await send(to, /^Reprendre/);
  await reloadUntil(to, /1 nouvelle/);
  await sound(to);
  await send(to, /Ajouter cette adresse/);
  expect(await main(to)).toContain(`@alice@${marseille.host}`);
  await sound(to);

  await from.goto(`${marseille.origin}/account/moving/departure`);
  await sound(from);
  await from.fill('[name=target]', `@alice@${lyon.host}`);
  await from.fill('[name=currentPassword]', PASSWORD);
  await send(from, /^Déménager/);
  await sound(from);
  await from.goto(`${marseille.origin}/@alice`);
  expect(await main(from)).toContain(`Alice a déménagé et se trouve désormais à l’adresse @alice@${lyon.host}`);
  await sound(from);

  await from.goto(`${marseille.origin}/account/closure`);
  await sound(from);
  await from.fill('[name=currentPassword]', PASSWORD);
  await send(from, /Fermer/);
  expect(from.url()).toContain('/closures/');
  await sound(from);
  const admin = await phone(marseille, 'ada');
  await admin.goto(`${marseille.origin}/admin/closures`);
  expect(await main(admin)).toContain('@alice');
  await sound(admin);
});
