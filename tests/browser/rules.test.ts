/** An admin on a telephone and without a mouse: makes a rule, imports a file, reads who decided what. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '#domain/audit.ts';
import { listRules } from '#domain/rules.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { follow, main, press, sound, tabTo, telephone, tick } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

let browser: Browser;
let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let page: Page;

beforeAll(async () => {
  [browser, node, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await addMember(lyon, 'bob', 'Bob');
  for (const title of ['Un vélo', 'Une échelle', 'Une remorque']) await publish(lyon, 'bob', { title });
  await peerUp(lyon, node);
  page = await telephone(browser);
  await signIn(page, node.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([node?.drop(), lyon?.drop()]);
});

/** For a page that leads to its own address. */
const saved = async (name: RegExp): Promise<void> => {
  await press(page, name);
  await page.waitForSelector('main > .notice >> text=Enregistré.');
};

test('a rule is added by keyboard: seen first, then made', async () => {
  await page.goto(`${node.origin}/admin`);
  await press(page, /^Toutes les rubriques$/);
  await follow(page, /^Règles$/, /\/admin\/rules$/);
  expect(await main(page)).toContain('Aucune règle : tous les serveurs sont écoutés.');
  await sound(page);
  await follow(page, /^Ajouter une règle$/, /\/admin\/rules\/new$/);
  await sound(page);
  await tabTo(page, /^Nom du serveur$/);
  await page.keyboard.type('LYON.localhost.');
  await tabTo(page, /^Commentaire public$/);
  await page.keyboard.type('Annonces trompeuses');
  await press(page, /^Voir ce que cela ferait$/);
  await page.waitForSelector('.notice');
  expect(await page.textContent('.notice')).toMatch(/1 partenariat prend fin\.\s*3 annonces de là-bas disparaissent/);
  expect(await listRules(node.db.read, { limit: 9 })).toEqual([]);
  await sound(page);
  await saved(/^Appliquer$/);
  expect(await main(page)).toMatch(/Enregistré\..*lyon\.localhost.*Coupé.*Annonces trompeuses/);
  await sound(page);
  await follow(page, /^Modifier lyon\.localhost$/, /\/of\/lyon\.localhost$/);
  await sound(page);
  await follow(page, /^Retirer la règle$/, /\/removal$/);
  await sound(page);
});

test('a file is imported by keyboard, its faults and what it would weaken are read', async () => {
  await page.goto(`${node.origin}/admin/rules/import`);
  await sound(page);
  await tabTo(page, /^Ou collez son contenu$/);
  await page.keyboard.insertText(
    `#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
lyon.localhost,silence,false,false,,false
très-long-nom-de-serveur-qui-ne-tient-pas-sur-un-petit-écran.sous-domaine.example,suspend,false,false,,false
bad name,suspend,false,false,,false`,
  );
  await press(page, /^Voir ce que cela ferait$/);
  await page.waitForSelector('.notice');
  expect(await main(page)).toMatch(/ligne 4 : Ce n’est pas un nom.*Une règle nouvelle.*Une règle serait affaiblie/);
  await sound(page);
  await tick(page, /^Affaiblir quand même/);
  await follow(page, /^Appliquer \(une règle\)$/, /\/admin\/rules$/);
  const [first] = await listRules(node.db.read, { limit: 9 });
  expect([first?.domain, first?.severity]).toEqual(['lyon.localhost', 'silence']);
  await page.goto(`${node.origin}/admin/rules/mode`);
  expect(await main(page)).toContain('Une personne qui administre décide');
  await sound(page);
});

test('the log of decisions is read, filtered and turned over by keyboard; the public page is sound, too', async () => {
  await node.db.write(async (tx) => {
    for (let n = 0; n < 60; n++)
      await audit(tx, new Date(), {
        actor: 'ada',
        action: 'peer.scopes',
        subject: `un-serveur-au-nom-vraiment-très-long-${n}.example.org:8443`,
        before: { give: null },
        after: { give: { kinds: ['food', 'lodging'], requests: true, data: ['profiles'] } },
      });
  });
  await page.goto(`${node.origin}/admin`);
  await press(page, /^Toutes les rubriques$/);
  await follow(page, /^Registre$/, /\/admin\/audit$/);
  expect(await page.locator('.lines > li').count()).toBe(50);
  expect(await main(page)).toMatch(/Ce qui passe avec un partenaire.*@ada/);
  await sound(page);
  await follow(page, /^La suite$/, /before=/);
  expect(await main(page)).toContain('Règle ajoutée : lyon.localhost');
  await page.goto(`${node.origin}/admin/audit`);
  await page.selectOption('[name=action]', 'rule.changed');
  await page.focus('[name=action]');
  await follow(page, /^Filtrer$/, /action=rule\.changed/);
  expect(await page.locator('.lines > li').count()).toBe(1);
  expect(await main(page)).toMatch(/Sévérité : coupé → caché/);
  await sound(page);
  await page.goto(`${node.origin}/admin/rules`);
  await saved(/^Publier les règles$/);
  await page.goto(`${node.origin}/about/rules`);
  expect(await main(page)).toContain('Caché des listes');
  await sound(page);
});
