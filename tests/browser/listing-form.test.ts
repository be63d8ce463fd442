/** A member writes a listing on a phone, with scripts: the card follows, pictures come and move, faults are met at once. */
import sharp from 'sharp';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listPictures } from '#domain/media.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { sound } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  await addMember(node, 'alice', 'Alice');
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});

const photo = async (name: string, background: string) => ({
  name,
  mimeType: 'image/png',
  buffer: await sharp({ create: { width: 80, height: 60, channels: 3, background } })
    .png()
    .toBuffer(),
});
const said = async (page: Page, selector: string): Promise<string> =>
  ((await page.textContent(selector)) ?? '').replaceAll(/\s+/g, ' ').trim();

test('the card beside the form shows what is typed, as the catalogue will', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'fr' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await signIn(page, node.origin, 'alice', PASSWORD);
  await page.goto(`${node.origin}/listings/new?kind=lodging`);
  expect(await page.isVisible('.no-script button')).toBe(false);
  const drawn = () => page.waitForResponse((response) => response.url().endsWith('/listings/card'));

  await page.fill('[name=text]', 'Une chambre claire, à dix minutes du port.');
  await page.fill('[name=price]', '28,50');
  await page.fill('[name=place]', 'Marseille');
  await page.check('[name=purpose][value=request]');
  await drawn();
  const answered = drawn();
  await page.fill('[name=title]', 'Une <i>grande</i> chambre & un jardin');
  await answered;
  await page.locator('#preview h3', { hasText: 'jardin' }).waitFor();
  expect(await said(page, '#preview .price')).toMatch(/28,50\s€ \/ nuit/);
  expect(await said(page, '#preview .chip.request')).toContain('Recherché');

  // Pictures: one that is none is named, the others come at once and may be moved by keyboard.
  await page.setInputFiles('[name=photos]', [
    await photo('mer.png', '#06c'),
    { name: 'note.png', mimeType: 'image/png', buffer: Buffer.from('no picture') },
    await photo('lit.png', '#c60'),
  ]);
  await page.waitForSelector('.picture-list li:nth-child(2)');
  expect(await said(page, '.picture-add .error')).toContain('« note.png »');
  const [sea, bed] = await page.$$eval('.picture-list li', (items) =>
    items.map((item) => item.getAttribute('data-picture')),
  );
  await page.fill(`[name="alt.${sea}"]`, 'La mer');
  await page.fill(`[name="alt.${bed}"]`, 'Un lit');
  await page.focus(`button[value="up:${bed}"]`);
  const redrawn = drawn();
  await page.keyboard.press('Enter');
  await redrawn;
  expect(
    await page.$$eval('.picture-list li', (items) => items.map((item) => item.getAttribute('data-picture'))),
  ).toEqual([bed, sea]);
  expect(await said(page, '.picture-list li:first-child label')).toBe('Ce que montre la photo 1');
  // By the page's own rules nothing may be evaluated in it: it is asked from here.
  await page.locator('#preview img[alt="Un lit"]').waitFor();
  await until('the picture is there', () =>
    page.$eval('#preview img', (image) => 'complete' in image && image.complete === true),
  );
  const preview = await page.innerHTML('#preview');

  await page.click('.dock button[value=publish]');
  await page.waitForURL(/\/listings\/[0-9a-f-]{36}$/);
  const id = page.url().slice(-36);
  expect((await listPictures(node.db.read, [id])).map((picture) => picture.alt)).toEqual(['Un lit', 'La mer']);
  await page.goto(`${node.origin}/listings`);
  const card = await page.innerHTML('.grid li');
  expect(preview.trim()).toBe(card.replace(/<h3><a [^>]*>([\s\S]*?)<\/a><\/h3>/, '<h3>$1</h3>').trim());
  expect(complaints).toEqual([]);
  await context.close();
});

test('on the phone: Enter sends nothing by mistake, the summary has the focus, and its links lead to the fields', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  const page = await context.newPage();
  await signIn(page, node.origin, 'alice', PASSWORD);
  await page.goto(`${node.origin}/listings/new?kind=lodging`);
  await page.fill('[name=title]', 'Ma');
  await page.press('[name=title]', 'Enter');
  await page.fill('[name="attributes.beds"]', '1,5');
  await page.fill('[name=price]', '12,505');
  await page.fill('[name=place]', 'Nullepart-les-Bains');
  expect(page.url()).toContain('kind=lodging');
  await page.click('.dock button[value=publish]');
  await page.waitForSelector('.summary');
  expect(await page.evaluate("document.activeElement.classList.contains('summary')")).toBe(true);
  const links = await page.$$eval('.summary a', (all) => all.map((link) => link.getAttribute('href')));
  expect(links).toEqual(['#f-title', '#f-text', '#f-price', '#f-place', '#f-attributes-beds']);
  for (const link of links) expect(await page.isVisible(link!), link!).toBe(true);
  await page.click('.summary a[href="#f-attributes-beds"]');
  expect(
    await page.evaluate("document.querySelector('#f-attributes-beds').getBoundingClientRect().top < innerHeight"),
  ).toBe(true);
  expect(await page.inputValue('[name="attributes.beds"]')).toBe('1,5');
  expect(await page.inputValue('[name=price]')).toBe('12,505');
  await sound(page);
  // What costs nothing has no price to fill in.
  await page.selectOption('[name=priceType]', 'free');
  expect(await page.isDisabled('[name=price]')).toBe(true);
  await context.close();
});
