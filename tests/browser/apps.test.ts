/** In a real browser: a member registers an app, lets it in by the keyboard, makes a token, and ends both, on a phone. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askUrl, redeem, verifierOf } from '../support/app.ts';
import { launchBrowser, seriousViolations } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';

let browser: Browser;
let node: TestNode;
/** The program on the member's own machine. */
const program = createServer((_request, response) => response.end('Merci, vous pouvez fermer cette page.'));
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  await addMember(node, 'alice', 'Alice');
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', () => resolve()));
});
afterAll(async () => {
  await browser?.close();
  program.close();
  await node?.drop();
});

test('registering, letting in, making a token and ending both', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  const page: Page = await context.newPage();
  const dir = process.env['SHOTS'];
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const look = async (name: string): Promise<void> => {
    expect(await seriousViolations(page), name).toEqual([]);
    expect(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      name,
    ).toBe(true);
    if (dir !== undefined) await page.screenshot({ path: `${dir}/${name}-360.png`, fullPage: true });
  };
  await page.goto(`${node.origin}/sign-in?next=/account/apps`);
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', PASSWORD);
  await page.click('main form button');
  await page.waitForURL(`${node.origin}/account/apps`);
  await page.click('summary:has-text("Inscrire une application")');
  await page.fill('input[name=name]', 'Marmite');
  await page.fill('input[name=website]', 'https://app.example');
  await page.fill('textarea[name=redirectUris]', 'http://localhost/back');
  await page.click('button:has-text("Inscrire une application")');
  await page.waitForSelector('.summary');
  await look('apps-wrong');
  await page.fill('textarea[name=redirectUris]', 'http://127.0.0.1/back');
  await page.click('button:has-text("Inscrire une application")');
  await page.waitForSelector('text=Application inscrite');
  const [row] = await node.db.read.select().from(node.db.read.t.apps);

  const { port } = program.address() as AddressInfo;
  const verifier = verifierOf();
  const redirect_uri = `http://127.0.0.1:${port}/back`;
  await page.goto(askUrl(node, row!.id, verifier, { redirect_uri }));
  await look('apps-ask');
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if (String(await page.evaluate('document.activeElement?.textContent')).startsWith('Oui')) break;
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(`${redirect_uri}?*`);
  expect(await page.textContent('body')).toContain('Merci');
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  expect((await redeem(node, row!.id, code, verifier, { redirect_uri })).status).toBe(200);
  await page.goto(askUrl(node, row!.id, verifier, { code_challenge: undefined }));
  await look('apps-problem');

  await page.goto(`${node.origin}/account/apps`);
  await page.click('summary:has-text("Créer un jeton")');
  await page.fill('input[name=tokenName]', 'site du collectif');
  await page.click('button:has-text("Créer")');
  await page.waitForSelector('text=il ne sera plus montré');
  expect(await page.textContent('main')).toMatch(/mln_/);
  await look('apps-token');
  await page.click('button:has-text("Retirer l’accès")');
  await page.waitForSelector('text=ne peut plus rien faire en votre nom');
  await page.click('button:has-text("Mettre fin")');
  await page.waitForSelector('text=Ce jeton ne fonctionne plus');
  await look('apps-none');
});
