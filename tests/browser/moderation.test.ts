/** On a telephone, in French, without a mouse: a stranger reports a listing, a moderator decides about it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, signIn } from '../support/browser.ts';
import { follow, main, press, sound, tabTo, telephone, tick, write } from '../support/keyboard.ts';
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
  const page = await telephone(browser);
  contexts.push(page.context());
  return page;
};

test('a stranger reports a listing by keyboard, is told what is missing, and follows it', async () => {
  const page = await phone();
  await page.goto(`${node.origin}/listings/${listing}`);
  await follow(page, /^Signaler$/);
  await sound(page);
  // Nothing filled in: what is missing is said on top, and the focus is there.
  await press(page, /Envoyer le signalement/);
  await page.waitForSelector('.summary');
  await sound(page);
  expect(await page.evaluate('document.activeElement.className')).toBe('summary');
  await tabTo(page, /^reason$/);
  await page.keyboard.type('Arn');
  await tabTo(page, /^text$/);
  await page.keyboard.type('La photo n’est pas celle de cette chambre.');
  await tabTo(page, /^name$/);
  await page.keyboard.type('Zoé Martin');
  await tabTo(page, /^email$/);
  await page.keyboard.type('zoe@example.org');
  await tick(page, /^goodFaith$/);
  await follow(page, /Envoyer le signalement/);
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
  await follow(page, /^Chambre calme/);
  expect(await main(page)).toContain('Zoé Martin');
  await sound(page);
  await follow(page, /Je m’en occupe/);
  await follow(page, /Choisir.*Avertir/);
  await sound(page);
  await tabTo(page, /^groundText$/);
  await page.keyboard.type('Charte, point 4');
  await write(page, /^reasons$/, 'La photo montre une autre chambre.');
  await follow(page, /Décider ainsi/);
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
  await follow(hers, /Voir la décision entière/);
  expect(await main(hers)).toContain('Charte, point 4');
  await sound(hers);
  await hers.goto(`${node.origin}/account/moderation`);
  await sound(hers);
});
