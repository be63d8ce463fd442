/** Somebody on a telephone, in French, without a mouse: goes by Tab, presses Enter, and sees where the focus is. */
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { seriousViolations } from './browser.ts';

/** A browser of one's own with nothing in it. Close its context. */
export const telephone = async (browser: Browser): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  return context.newPage();
};

/** axe finds nothing serious, and nothing is wider than the screen. */
export const sound = async (page: Page): Promise<void> => {
  expect(await seriousViolations(page), page.url()).toEqual([]);
  expect(await tooWide(page), page.url()).toBe(false);
};

/** Would one have to scroll sideways? */
export const tooWide = async (page: Page): Promise<boolean> =>
  (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')) === true;

/** What the page says, blanks made one. */
export const main = async (page: Page): Promise<string> =>
  ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, ' ');

/** What was said after the last change. */
export const said = async (page: Page): Promise<string> => (await page.textContent('[role=status]'))?.trim() ?? '';

/** Its label or its words, its own words, its `name`; then whether its focus shows. */
const FOCUSED = `(() => {
  const focused = document.activeElement;
  const words = (one) => (one?.textContent ?? '').trim().replaceAll(/\\s+/g, ' ');
  return [words(focused.labels?.[0] ?? focused), words(focused), focused.name ?? '', getComputedStyle(focused).outlineStyle];
})()`;

/** Goes on by Tab until the focus, seen by its outline, is on what has this label, these words, or this `name`. */
export const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let i = 0; i < 160; i++) {
    await page.keyboard.press('Tab');
    const [label, words, field, outline] = (await page.evaluate(FOCUSED)) as [string, string, string, string];
    if (![label, words, field].some((one) => name.test(one))) continue;
    expect(outline, label).not.toBe('none');
    return;
  }
  throw new Error(`Nothing named ${name} can be reached by keyboard at ${page.url()}.`);
};

/** Goes to what is named so and presses Enter. */
export const press = async (page: Page, name: RegExp): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
};

/** Presses what is named so and waits for the page that follows. @param to its address, if it has another one */
export const follow = async (page: Page, name: RegExp, to?: RegExp): Promise<void> => {
  await tabTo(page, name);
  await Promise.all([to === undefined ? page.waitForEvent('load') : page.waitForURL(to), page.keyboard.press('Enter')]);
};

/** Ticks, unticks or chooses what is named so. */
export const tick = async (page: Page, name: RegExp): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.press('Space');
};

/** Writes into the field that is named so, in place of what is there. */
export const write = async (page: Page, name: RegExp, text: string): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
};
