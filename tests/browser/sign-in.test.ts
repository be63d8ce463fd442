/** In a real browser: a member of Lyon signs in at Marseille with Lyon's account, on a phone, in French, without JavaScript. */
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { trust } from '../support/away.ts';
import { sound } from '../support/keyboard.ts';
import { launchBrowser } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

/** As long as names are: it has to fit into the bar. */
const NAME = 'Alice Martin-Delacroix de la Roche-Guyon';

let browser: Browser;
let [marseille, lyon]: TestNode[] = [];
beforeAll(async () => {
  [browser, marseille, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await addMember(lyon, 'alice', NAME);
  await addMember(marseille, 'bob', 'Bob');
  await trust(marseille, lyon);
  await publish(marseille, 'bob', { title: 'Pour les partenaires', audience: 'peers' });
});
// Each journey keeps and follows for itself.
beforeEach(async () => {
  await lyon!.db.write(async (tx) => {
    await tx.delete(tx.t.saved);
    await tx.delete(tx.t.follows);
  });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

const phone = (more: { javaScriptEnabled?: boolean; bypassCSP?: boolean }): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', ...more });
/** Goes to a link or button by the Tab key, and presses it. @param name how it begins */
const byKeyboard = async (page: Page, name: string): Promise<void> => {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const focused = String(
      await page.evaluate('document.activeElement?.closest("main") ? document.activeElement.textContent : ""'),
    );
    if (focused.trim().startsWith(name)) return page.keyboard.press('Enter');
  }
  throw new Error(`"${name}" is not reached by the keyboard.`);
};
/** Each page on the way, for whoever looks at it. */
const journey = async (page: Page, look: (name: string) => Promise<void>): Promise<void> => {
  await page.goto(`${marseille!.origin}/sign-in?next=/listings`);
  await look('door');
  await page.click('text=Se connecter avec ma coopérative');
  await look('choice');
  await page.click(`button[value="${lyon!.host}"]`);
  await page.waitForURL(`${lyon!.origin}/sign-in?*`);
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', PASSWORD);
  await page.click('main form button');
  await page.waitForURL(`${lyon!.origin}/sign-in/consent/*`);
  expect(await page.textContent('h1')).toContain('Coop marseille');
  expect(await page.textContent('main ul')).toContain('membre de Coop lyon depuis');
  await look('consent');
  await page.click('button[value=yes]');
  await page.waitForURL(`${marseille!.origin}/listings`);
  expect(await page.textContent('header')).toContain(`${NAME} (Coop lyon)`);
  expect(await page.textContent('main')).toContain('Pour les partenaires');
  await look('inside');
  await page.click('main article a');
  expect(await page.textContent('main')).toContain('Vous écrirez depuis Coop lyon');
  await look('listing');
  const there = page.url();
  await byKeyboard(page, 'Garder');
  await page.waitForURL(`${lyon!.origin}/keep-here?*`);
  await look('keep');
  await byKeyboard(page, 'Garder');
  await page.waitForSelector('h1:has-text("Cette annonce est gardée")');
  await look('kept');
  await byKeyboard(page, 'Annonces gardées');
  await page.waitForURL(`${lyon!.origin}/saved`);
  expect(await page.textContent('main')).toContain('Pour les partenaires');
  await look('saved');
  await page.goto(there);
  await byKeyboard(page, 'Suivre Bob');
  await page.waitForURL(`${lyon!.origin}/follow-from-here?*`);
  await look('follow');
  await byKeyboard(page, 'Suivre');
  await page.waitForURL(`${lyon!.origin}/follows`);
  expect(await page.textContent('main')).toContain('Bob');
  await page.goto(`${lyon!.origin}/sign-out`);
  await look('everywhere');
  await page.goto(
    `${lyon!.origin}/keep-here?listing=${encodeURIComponent(`${marseille!.origin}/users/bob/items/none`)}`,
  );
  await look('not-here');
  await page.goto(`${marseille!.origin}/guest`);
  await look('guest');
  await page.click('footer >> text=Se déconnecter');
  await page.waitForURL(`${marseille!.origin}/`);
  expect(await page.textContent('header')).not.toContain('Alice');
  await page.goto(`${marseille!.origin}/sign-in/problem/down`);
  await look('problem');
};

test('without JavaScript, under the policy that the pages set', async () => {
  const page = await (await phone({ javaScriptEnabled: false })).newPage();
  await journey(page, async () => {});
});
test('every page on the way fits on a phone, and axe finds nothing serious', async () => {
  const page = await (await phone({ bypassCSP: true })).newPage();
  const dir = process.env['SHOTS'];
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  await journey(page, async (name) => {
    await sound(page);
    if (dir === undefined) return;
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      await page.screenshot({ path: `${dir}/${name}-${width}.png`, fullPage: true });
    }
  });
});
