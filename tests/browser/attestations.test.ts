/** Attesting in a real browser: by keyboard, on a phone, without anything that axe finds serious. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

let node: TestNode;
let browser: Browser;
beforeAll(async () => {
  [node, browser] = await Promise.all([startNode('marseille'), launchBrowser()]);
  await addMember(node, 'bob', 'Bob');
  await addMember(node, 'alice', 'Alice');
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});

const phone = async (handle?: string): Promise<Page> => {
  const context = await browser.newContext({ locale: 'fr', bypassCSP: true, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  if (handle !== undefined) await signIn(page, node.origin, handle, PASSWORD);
  return page;
};
const looksRight = async (page: Page, path: string): Promise<void> => {
  await page.goto(`${node.origin}${path}`);
  expect(await seriousViolations(page), path).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360);
};

test('Ada attests of Alice by keyboard; Alice reads what Bob reserved, and strangers the teaser', async () => {
  const ada = await phone('ada');
  await ada.goto(`${node.origin}/attestations/members`);
  await ada.focus('[name=member]');
  await ada.keyboard.type('@alice');
  await ada.keyboard.press('Enter');
  await ada.waitForURL(/members\/alice$/);
  await ada.focus('[name=code]');
  await ada.keyboard.type('Personnel');
  await ada.focus('[name=note]');
  await ada.keyboard.type('Carte professionnelle vue.');
  await ada.keyboard.press('Tab');
  await ada.keyboard.press('Enter');
  await ada.waitForSelector('.state.good');
  expect(await ada.textContent('main')).toMatch(/Personnel soignant.*par Ada/);

  const { id } = await publish(node, 'bob', {
    title: 'Chambre près de l’hôpital',
    text: 'La clé est chez la voisine.',
    access: 'reserved',
    attestations: ['care-worker'],
  });
  const alice = await phone('alice');
  await looksRight(alice, `/listings/${id}`);
  expect(await alice.textContent('main')).toContain('voisine');
  const stranger = await phone();
  await looksRight(stranger, `/listings/${id}`);
  expect(await stranger.textContent('main')).not.toContain('voisine');
  const bob = await phone('bob');
  await looksRight(bob, `/listings/${id}/edit`);
  for (const path of ['/account/attestations', '/@alice', '/attestations']) await looksRight(alice, path);
  for (const path of ['/admin/attestations', '/admin/attestations/new', '/attestations/members/alice'])
    await looksRight(ada, path);
  await ada.click('a.danger');
  await ada.waitForURL(/revocation$/);
  expect(await seriousViolations(ada)).toEqual([]);
});
