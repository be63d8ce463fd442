/** The whole handshake on a telephone and without a mouse: two admins, two nodes, from the address to the first listings. */
import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { follow, main, press, sound, tabTo, telephone, tick } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';

let browser: Browser;
let [marseille, lyon]: TestNode[] = [];
let [ada, leo]: Page[] = [];

const pageOf = async (node: TestNode, other: TestNode, page: Page): Promise<void> => {
  const peer = await findPeerByHost(node.db.read, other.host);
  await page.goto(`${node.origin}/admin/peers/${peer!.id}`);
};
const state = async (node: TestNode, other: TestNode) => (await findPeerByHost(node.db.read, other.host))?.state;

beforeAll(async () => {
  [browser, marseille, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await addMember(marseille!, 'alice', 'Alice');
  await publish(marseille!, 'alice', { title: 'Chambre' });
  await publish(marseille!, 'alice', { title: 'Panier', kind: 'food' });
  [ada, leo] = await Promise.all(
    [marseille!, lyon!].map(async (node) => {
      const page = await telephone(browser);
      await signIn(page, node.origin, 'ada', PASSWORD);
      return page;
    }),
  );
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

test('Lyon looks who answers at Marseille, and asks with a word', async () => {
  await leo!.goto(`${lyon!.origin}/admin/peers`);
  await sound(leo!);
  await tabTo(leo!, /^Adresse du serveur$/);
  await leo!.keyboard.type(marseille!.host);
  await Promise.all([leo!.waitForEvent('load'), leo!.keyboard.press('Enter')]);
  const seen = await main(leo!);
  expect(seen).toMatch(/Nom ?Coop marseille.*Territoire ?Marseille.*Langues ?Français/);
  expect(seen).toMatch(/Logiciel ?maillon 0\.1\.0.*Hébergement 1 · .* 1/);
  expect(seen).toMatch(/Empreinte de sa clé ?(?:[0-9A-F]{4} ){15}[0-9A-F]{4}/);
  await sound(leo!);
  await tabTo(leo!, /^Un mot pour son admin$/);
  await leo!.keyboard.type('Bonjour de Lyon');
  await follow(leo!, /^Demander le partenariat$/);
  expect(await main(leo!)).toContain('demandé, en attente de réponse');
  await sound(leo!);
});

test('Marseille sees who asks, compares the keys, and proposes less', async () => {
  await until('it is asked', async () => (await state(marseille!, lyon!)) === 'received');
  await ada!.goto(`${marseille!.origin}/admin`);
  await follow(ada!, /^Décider/);
  expect(await main(ada!)).toMatch(
    /Coop lyon vous écrit : ?Bonjour de Lyon.*Ce que propose Coop lyon.*Vous donneriez ?toutes les sortes/,
  );
  const thumbprint = /Empreinte de sa clé ?((?:[0-9A-F]{4} ){15}[0-9A-F]{4})/.exec(await main(ada!))?.[1];
  await press(ada!, /^Vérifier par téléphone/);
  await sound(ada!);
  expect(await main(leo!)).toContain(`Empreinte de votre clé${thumbprint}`);
  await follow(ada!, /^Proposer autre chose$/);
  await sound(ada!);
  // All kinds but lodging are taken out of what would be given.
  for (const kind of ['Service', 'Alimentation', 'Fabrication', 'Objet', 'Livraison']) {
    await tick(ada!, new RegExp(`^${kind}`, 'i'));
  }
  await tabTo(ada!, /^Un mot pour son admin$/);
  await ada!.keyboard.type('D’abord les chambres.');
  await follow(ada!, /^Envoyer la proposition$/);
  expect(await main(ada!)).toMatch(/vous avez proposé d’autres conditions.*Ce que vous avez changé/);
  await sound(ada!);
});

test('Lyon sees what changes, accepts, and has the listings', async () => {
  await until('Lyon hears of it', async () => (await state(lyon!, marseille!)) === 'countered');
  await leo!.goto(`${lyon!.origin}/admin`);
  expect(await main(leo!)).toContain('Coop marseille propose d’autres conditions');
  await follow(leo!, /^Décider/);
  const seen = await main(leo!);
  expect(seen).toMatch(/autres conditions proposées, à vous de décider.*D’abord les chambres/);
  expect(seen).toMatch(/Vous prendriez en moins : .*Alimentation/i);
  await sound(leo!);
  await follow(leo!, /^Accepter$/);
  await until(
    'both are partners',
    async () => (await state(lyon!, marseille!)) === 'active' && (await state(marseille!, lyon!)) === 'active',
  );
  await until('the catalogue is there', async () => {
    const found = await searchCatalogue(
      lyon!.db.read,
      new Date(),
      { member: true },
      { limit: 9, host: marseille!.host },
    );
    return found.items.map((row) => row.title).join() === 'Chambre';
  });
  for (const [node, other, page] of [
    [lyon!, marseille!, leo!],
    [marseille!, lyon!, ada!],
  ] as const) {
    await pageOf(node, other, page);
    expect(await main(page)).toContain('partenaire');
    await sound(page);
  }
});

test('they part; Marseille makes an invitation, whose page leads to Lyon, where it is accepted', async () => {
  const peer = await findPeerByHost(marseille!.db.read, lyon!.host);
  await marseille!.db.write((tx) => cutPeer(tx, marseille!.site, peer!, true));
  await until('Lyon hears of it', async () => (await state(lyon!, marseille!)) === 'cut');
  await ada!.goto(`${marseille!.origin}/admin/peers`);
  await follow(ada!, /^Invitations$/);
  await tabTo(ada!, /^Pour vous en souvenir$/);
  await ada!.keyboard.type('Pour Nantes');
  await follow(ada!, /^Créer une invitation$/);
  await sound(ada!);
  const link = /http:\S+\/peering\/invitations\/[\w-]{43}/.exec(await main(ada!))?.[0] ?? '';
  const page = await telephone(browser);
  await page.goto(link);
  await tabTo(page, /^Adresse de votre coopérative$/);
  await page.keyboard.type(lyon!.host);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  await sound(page);
  await follow(page, /^Aller chez lyon\.localhost/);
  expect(page.url()).toMatch(new RegExp(`^${lyon!.origin}/sign-in\\?next=`));
  await page.fill('input[name=login]', 'ada');
  await page.fill('input[name=password]', PASSWORD);
  await Promise.all([page.waitForURL(/\/admin\/peers\/new\?invite=/), page.keyboard.press('Enter')]);
  expect(await main(page)).toMatch(/Coop marseille vous invite.*terminé.*Ce qui passerait/);
  await sound(page);
  await follow(page, /^Devenir partenaires$/);
  await until('both are partners again', async () => (await state(marseille!, lyon!)) === 'active');
  await page.context().close();
  await ada!.goto(`${marseille!.origin}/admin/peers/defaults`);
  await sound(ada!);
});

test('a member keeps a listing away from Lyon, by keyboard', async () => {
  await ada!.goto(`${marseille!.origin}/listings/new?kind=service`);
  await tabTo(ada!, /^Titre$/);
  await ada!.keyboard.type('Coupe de cheveux');
  await press(ada!, /^Cacher à certains partenaires$/);
  await tick(ada!, /^Coop lyon$/);
  await sound(ada!);
  await follow(ada!, /brouillon/);
  const { listings } = marseille!.db.read.t;
  const rows = await marseille!.db.read.select().from(listings).where(eq(listings.title, 'Coupe de cheveux'));
  expect(rows.map((row) => row.withheld)).toEqual([[lyon!.host]]);
});
