/** A member's own pages on a telephone, in French: each that the app has, and what is done on them, by keyboard. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { codeAt } from '../support/codes.ts';
import { follow, main, press, said, sound, telephone, tooWide, write } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { faultsOf } from '../support/page-faults.ts';
import { routesOf } from '../support/routes.ts';

let browser: Browser;
let node: TestNode;
let page: Page;
let listing: string;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  await addMember(node, 'alice', 'Alice');
  await addMember(node, 'bob', 'Bob');
  listing = (await publish(node, 'bob', { title: 'Panier de légumes' })).id;
  page = await telephone(browser);
  await signIn(page, node.origin, 'alice', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});
const open = (path: string) => page.goto(`${node.origin}${path}`);

test('what was put aside is found again from one’s account and let go', async () => {
  await open(`/listings/${listing}`);
  await follow(page, /^Garder$/);
  await follow(page, /^alice$/, /\/account$/);
  await sound(page);
  await follow(page, /^Annonces gardées/, /\/saved$/);
  expect(await main(page)).toContain('Panier de légumes');
  await sound(page);
  await follow(page, /^Ne plus garder/);
  expect(await main(page)).not.toContain('Panier de légumes');
  await follow(page, /^Mon compte$/, /\/account$/);
});

test('codes are turned on and off, and the recovery codes shown once', async () => {
  await follow(page, /^Ma connexion/, /\/account\/sign-in$/);
  await follow(page, /^Activer les codes/, /\/codes$/);
  const secret = (await page.textContent('main code'))!.replaceAll(' ', '');
  await write(page, /^Le code/, '000');
  await press(page, /^Activer les codes/);
  await page.waitForSelector('.summary');
  await sound(page);
  await write(page, /^Le code/, codeAt(secret, new Date()));
  await press(page, /^Activer les codes/);
  await page.waitForSelector('.recovery');
  expect(await page.locator('.recovery code').count()).toBe(10);
  await sound(page);
  await follow(page, /^Je les ai notés/, /\/account\/sign-in$/);
  await sound(page);
  await press(page, /^Désactiver les codes/);
  await page.waitForSelector('text=Activer les codes');
  expect(await said(page)).not.toBe('');
});

test('a token is made and ended, a file asked for, an address that is none refused', async () => {
  await open('/account');
  await follow(page, /^Applications et jetons/, /\/account\/apps$/);
  await press(page, /^Créer un jeton$/);
  await write(page, /^tokenName$/, '   ');
  await press(page, /^Créer$/);
  await page.waitForSelector('.summary');
  await sound(page);
  await write(page, /^tokenName$/, 'Site du collectif');
  await press(page, /^Créer$/);
  await page.waitForSelector('.notice .code');
  expect(await page.textContent('.notice .code')).toMatch(/^mln_/);
  await follow(page, /^Mettre fin/);
  expect(await said(page)).toContain('ne fonctionne plus');

  await open('/account');
  await follow(page, /^Partir ou déménager/, /\/account\/moving$/);
  await follow(page, /^Préparer mon fichier$/, /\/exports$/);
  await write(page, /^currentPassword$/, 'ce n’est pas lui');
  await press(page, /^Préparer mon fichier$/);
  await page.waitForSelector('.summary');
  await sound(page);
  await write(page, /^currentPassword$/, PASSWORD);
  await press(page, /^Préparer mon fichier$/);
  await page.waitForSelector('text=Votre fichier se prépare');
  await sound(page);
  await follow(page, /^Partir ou déménager$/, /\/account\/moving$/);
  await follow(page, /^Déménager…$/, /\/departure$/);
  await write(page, /^target$/, 'nulle part');
  await write(page, /^currentPassword$/, PASSWORD);
  await press(page, /^Déménager$/);
  await page.waitForSelector('.summary');
  expect(await page.inputValue('[name=target]')).toBe('nulle part');
  await sound(page);
  await follow(page, /^Annuler$/, /\/account\/moving$/);
  await follow(page, /^Fermer mon compte/, /\/closure$/);
  await sound(page);
});

test('every page of the account: in French, at both widths, for keyboard and screen reader', async () => {
  await open('/account/sign-in');
  await press(page, /^Activer les codes/);
  await page.waitForURL(/\/codes$/);
  const paths = routesOf(node)
    .filter(({ method, path }) => method === 'GET' && /^\/account(?:\/|$)/.test(path))
    .map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(12);
  const problems: string[] = [];
  for (const path of [...paths.filter((one) => !one.includes(':')), '/saved', '/invitations', '/listings/mine']) {
    const answer = await open(path);
    if (answer?.status() !== 200) problems.push(`${path}: ${answer?.status()}`);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      if (await tooWide(page)) problems.push(`${path}: wider than ${width}`);
      problems.push(...(await seriousViolations(page)).map((one) => `${path} ${width}: ${one}`));
      const here = page.locator('.account > nav [aria-current=page]');
      if (width === 1280 && (await page.locator('.account').count()) > 0 && (await here.count()) !== 1)
        problems.push(`${path}: said to be in ${await here.count()} areas`);
    }
    problems.push(...(await faultsOf(page)).map((one) => `${path}: ${one}`));
  }
  expect(problems).toEqual([]);
}, 60_000);
