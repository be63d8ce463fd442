/** On a telephone, in French, without a mouse: a stranger reports a listing, a moderator decides about it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
let listing = '';
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  await addMember(node, 'alice', 'Alice');
  listing = (await publish(node, 'alice', { title: 'Chambre calme' })).id;
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser?.close();
  await node?.drop();
});

const phone = async (): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  contexts.push(context);
  return context.newPage();
};
const sound = async (page: Page): Promise<void> => {
  expect(await seriousViolations(page), page.url()).toEqual([]);
  const fits = await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  expect(fits, page.url()).toBe(true);
};
const main = async (page: Page): Promise<string> => ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, ' ');
/** Goes on by Tab until the focus is on what is named so, by its words or its name, seen by its outline. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const [words, outline] = (await page.evaluate(
      '[`${document.activeElement.textContent.trim()} ${document.activeElement.name ?? ""}`, getComputedStyle(document.activeElement).outlineStyle]',
    )) as [string, string];
    if (name.test(words)) {
      expect(outline, words).not.toBe('none');
      return;
    }
  }
  throw new Error(`Nothing named ${name} can be reached by keyboard.`);
};
const press = async (page: Page, key: string): Promise<void> => {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
};

test('a stranger reports a listing by keyboard, is told what is missing, and follows it', async () => {
  const page = await phone();
  await page.goto(`${node.origin}/listings/${listing}`);
  await tabTo(page, /^Signaler\s*$/);
  await press(page, 'Enter');
  await sound(page);
  // Nothing filled in: what is missing is said on top, and the focus is there.
  await tabTo(page, /Envoyer le signalement/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.summary');
  await sound(page);
  expect(await page.evaluate('document.activeElement.className')).toBe('summary');
  await tabTo(page, / reason$/);
  await page.keyboard.type('Arn');
  await tabTo(page, / text$/);
  await page.keyboard.type('La photo n’est pas celle de cette chambre.');
  await tabTo(page, / name$/);
  await page.keyboard.type('Zoé Martin');
  await tabTo(page, / email$/);
  await page.keyboard.type('zoe@example.org');
  await tabTo(page, / goodFaith$/);
  await page.keyboard.press('Space');
  await tabTo(page, /Envoyer le signalement/);
  await press(page, 'Enter');
  expect(await main(page)).toContain('Votre signalement');
  expect(await main(page)).toContain('Bien reçu');
  expect(await main(page)).toContain('Arnaque');
  await sound(page);
});

test('a moderator claims, reads and decides by keyboard; the member finds it at home; each page is sound', async () => {
  const page = await phone();
  await signIn(page, node.origin, 'ada', PASSWORD);
  await page.goto(`${node.origin}/admin/reports`);
  await sound(page);
  await tabTo(page, /^Chambre calme/);
  await press(page, 'Enter');
  expect(await main(page)).toContain('Zoé Martin');
  await sound(page);
  await tabTo(page, /Je m’en occupe/);
  await press(page, 'Enter');
  await tabTo(page, /Choisir.*Avertir/);
  await press(page, 'Enter');
  await sound(page);
  await tabTo(page, / groundText$/);
  await page.keyboard.type('Charte, point 4');
  await tabTo(page, / reasons$/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('La photo montre une autre chambre.');
  await tabTo(page, /Décider ainsi/);
  await press(page, 'Enter');
  expect(await main(page)).toContain('La photo montre une autre chambre.');
  await sound(page);
  for (const path of [
    '/admin/reports?state=closed',
    '/admin/reports/year',
    '/admin/reports/listings',
    '/admin/decision-texts',
    '/admin/decision-texts/warn',
  ]) {
    await page.goto(`${node.origin}${path}`);
    await sound(page);
  }

  const hers = await phone();
  await signIn(hers, node.origin, 'alice', PASSWORD);
  expect(await main(hers)).toContain('La photo montre une autre chambre.');
  await sound(hers);
  await tabTo(hers, /Voir la décision entière/);
  await press(hers, 'Enter');
  expect(await main(hers)).toContain('Charte, point 4');
  await sound(hers);
  await hers.goto(`${node.origin}/account/moderation`);
  await sound(hers);
});
