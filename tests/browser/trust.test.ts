/** Networks of trust on a telephone, without a mouse: a mark is made and given, a network is trusted, a badge is read. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAnchor, ownMarks, trustedAnchors } from '#domain/identity/anchors.ts';
import { givenTo } from '#domain/identity/vouching.ts';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

let browser: Browser;
let [union, lyon, marseille]: TestNode[] = [];

beforeAll(async () => {
  [browser, union, lyon, marseille] = await Promise.all([
    launchBrowser(),
    startNode('union'),
    startNode('lyon'),
    startNode('marseille'),
  ]);
  await addMember(lyon, 'alice', 'Alice');
  await publish(lyon, 'alice', { title: 'Chambre de Lyon' });
  await peerUp(lyon, marseille);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([union?.drop(), lyon?.drop(), marseille?.drop()]);
});

const adminOf = async (node: TestNode): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  const page = await context.newPage();
  await signIn(page, node.origin, 'ada', PASSWORD);
  return page;
};
const sound = async (page: Page): Promise<void> => {
  expect(await seriousViolations(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
    true,
  );
};
/** Goes on by Tab until the focus is on what has this name or text, seen by its outline. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const [words, outline] = (await page.evaluate(
      '[(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replaceAll(/\\s+/g, " "), getComputedStyle(document.activeElement).outlineStyle]',
    )) as [string, string];
    if (!name.test(words)) continue;
    expect(outline).not.toBe('none');
    return;
  }
  throw new Error(`Nothing named ${name} can be reached by keyboard.`);
};
const type = async (page: Page, name: RegExp, text: string): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.type(text);
};
const press = async (page: Page, name: RegExp): Promise<void> => {
  await tabTo(page, name);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
};

test('the network makes a mark, vouches and gives it', async () => {
  const page = await adminOf(union!);
  await page.goto(`${union!.origin}/admin/trust`);
  await sound(page);
  await press(page, /^Se porter garant de coopératives$/);
  await type(page, /^Nom du label$/, 'Charte du réseau');
  await type(page, /^Adresse$/, 'charte');
  await type(page, /^Ce qu’il veut dire$/, 'Signée et tenue.');
  await press(page, /^Créer ce label$/);
  await type(page, /^Adresse de la coopérative$/, lyon!.host);
  await press(page, /^Voir qui répond$/);
  await sound(page);
  await press(page, /^C’est bien elle/);
  await press(page, /^Donner ce label$/);
  await sound(page);
  expect(await givenTo(union!.db.read, [lyon!.host])).toMatchObject([{ slug: 'charte', revoked: null }]);
  await page.goto(`${union!.origin}/marks/charte`);
  await sound(page);
});

test('an admin trusts it, and the badge stands on the listing, in words, with a link', async () => {
  const found = await lyon!.federation.identity.port.identityAt(union!.host);
  if (!found.ok) throw new Error(JSON.stringify(found.errors));
  await lyon!.db.write((tx) => addAnchor(tx, lyon!.site, found.value, { ours: true, trusted: false }));
  await until('Lyon has its mark', async () => (await ownMarks(lyon!.db.read, new Date())).marks.length === 1);
  const page = await adminOf(marseille!);
  await page.goto(`${marseille!.origin}/admin/trust`);
  await type(page, /^Adresse du réseau$/, union!.host);
  await press(page, /^Voir qui répond$/);
  await sound(page);
  await press(page, /^Ajouter ce réseau$/);
  await sound(page);
  expect((await trustedAnchors(marseille!.db.read)).map(({ host }) => host)).toEqual([union!.host]);
  await until('the mark is known', async () => {
    await page.goto(`${marseille!.origin}/listings`);
    return (await page.locator('.vouch').count()) === 1;
  });
  await sound(page);
  await tabTo(page, /^Charte du réseau \(label de Coop union\)$/);
  expect(await page.getAttribute('.vouch', 'href')).toBe(`${union!.origin}/marks/charte`);
});
