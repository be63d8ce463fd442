/** An admin on a telephone, without a mouse, in French: what waits is put off, a partner that fails is tried again, a new key is approved. */
import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKeys } from '#domain/actors.ts';
import { publishStatistics } from '#domain/cooperative.ts';
import { createDayCounter } from '#domain/host-days.ts';
import { nodeUri } from '#domain/ids.ts';
import { inGroups } from '#domain/thumbprint.ts';
import { findPeerKeys } from '#domain/peer-keys.ts';
import { keepSnapshot } from '#domain/snapshots.ts';
import { monthBefore } from '#domain/statistics.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { main, press, said, sound, telephone } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';

let browser: Browser;
let [marseille, lyon]: TestNode[] = [];
let page: Page;
let peerPage = '';

beforeAll(async () => {
  [browser, marseille, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await addMember(marseille, 'alice', 'Alice');
  await addMember(marseille, 'zoe', 'Zoé Martin');
  await publish(marseille, 'alice', { title: 'Chambre' });
  await peerUp(lyon, marseille);
  await marseille.db.write(async (tx) => {
    await tx.delete(tx.t.jobs).where(eq(tx.t.jobs.type, 'mail'));
    await tx
      .update(tx.t.accounts)
      .set({ state: 'pending', motivation: 'Je répare des vélos.' })
      .where(eq(tx.t.accounts.handle, 'zoe'));
  });
  for (let back = 0; back < 30; back++) {
    const days = createDayCounter(marseille.db, () => new Date(Date.now() - back * 86_400_000));
    days.count(lyon.host, 'delivered', 40 - back);
    days.count(lyon.host, 'received', (back * 7) % 30);
    if (back % 6 === 0) days.count(lyon.host, 'failed', 5);
    await days.flush();
  }
  peerPage = `/admin/peers/${await peerId(marseille, lyon)}`;
  page = await telephone(browser);
  await signIn(page, marseille.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

const open = async (path: string): Promise<void> => {
  await page.goto(`${marseille!.origin}${path}`);
  await sound(page);
};
test('the first page is emptied by keyboard: let in, put off', async () => {
  await open('/admin');
  expect(await main(page)).toMatch(/Zoé Martin demande à rejoindre.*Aucune sauvegarde/);
  await press(page, /^Plus tard : Aucune sauvegarde/);
  await press(page, /^La semaine prochaine : Aucune sauvegarde/);
  await page.waitForSelector('[role=status]');
  expect(await said(page)).toBe('Remis à la semaine prochaine.');
  expect(await main(page)).not.toContain('Aucune sauvegarde');
  await press(page, /^Accepter$/);
  await page.waitForURL(/\/admin\/members/);
  await marseille!.settled();
  await open('/admin');
  // Without a mail server the letter that welcomes her is handed over.
  expect(await main(page)).toContain('Une lettre à remettre');
  await press(page, /^Remis$/);
  await page.waitForSelector('[role=status]');
  expect(await main(page)).toContain('Rien ne vous attend. Bonne journée !');
});

test('a partner that is away: in the list, on its page, tried again by keyboard, and well again', async () => {
  await lyon!.down();
  await publish(marseille!, 'alice', { title: 'Pendant la panne' });
  await until('it fails', async () => {
    const [row] = await marseille!.db.read.select().from(marseille!.db.read.t.hosts);
    return row?.failing != null;
  });
  await open('/admin/peers');
  expect(await main(page)).toMatch(/Coop lyon.*En difficulté : le serveur est injoignable/);
  await open(peerPage);
  expect(await main(page)).toMatch(
    /En difficulté.*Envois en attente ?1 Retard du plus ancien|En difficulté.*Envois en attente ?1/,
  );
  await press(page, /^Les chiffres, jour par jour$/);
  expect(await page.isVisible('.chart table')).toBe(true);
  await sound(page);
  await lyon!.up();
  await page.reload();
  await press(page, /^Réessayer maintenant$/);
  await page.waitForSelector('[role=status]');
  await until('it is taken', async () => {
    const rows = await marseille!.db.read.select().from(marseille!.db.read.t.hosts);
    return rows.every((row) => row.failing === null);
  });
  await open(peerPage);
  expect(await main(page)).toContain('Tout va bien');
});

test('effects before a pause and a cut; and back without either', async () => {
  for (const [name, title] of [
    [/^Mettre en pause$/, 'Mettre Coop lyon en pause ?'],
    [/^Mettre fin au partenariat$/, 'Mettre fin au partenariat avec Coop lyon ?'],
  ] as const) {
    await open(peerPage);
    await press(page, name);
    await page.waitForSelector('.effects');
    expect((await page.textContent('h1'))?.replaceAll(/\s+/g, ' ')).toBe(title);
    await sound(page);
    await press(page, /^Annuler$/);
    await page.waitForURL(`**${peerPage}`);
  }
});

test('a partner’s new key: told on the first page, both shown, approved by keyboard', async () => {
  const keys = await generateKeys();
  const uri = nodeUri(lyon!.site);
  await lyon!.db.write(async (tx) => {
    await tx.delete(tx.t.keys).where(eq(tx.t.keys.actor, uri));
    const by = { actor: uri, created: new Date() };
    await tx.insert(tx.t.keys).values([
      { ...by, id: `${uri}#other`, type: 'rsa', ...keys.rsa },
      { ...by, id: `${uri}#other-ed25519`, type: 'ed25519', ...keys.ed25519 },
    ]);
  });
  lyon!.federation.forgetKeys(uri);
  await marseille!.federation.compare(await peerId(marseille!, lyon!));
  await open('/admin');
  expect(await main(page)).toContain('Coop lyon montre une nouvelle clé');
  await press(page, /^Décider Coop lyon$/);
  await page.waitForURL(`**${peerPage}`);
  await sound(page);
  const { signing, newSigning } = (await findPeerKeys(marseille!.db.read, lyon!.host))!;
  const shown = ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, '');
  for (const one of [signing, newSigning!]) expect(shown).toContain(inGroups(one).replaceAll(' ', ''));
  await press(page, /^C’est bien sa clé : approuver$/);
  await page.waitForSelector('[role=status]');
  expect(await said(page)).toMatch(/^Nouvelle clé approuvée/);
  expect((await findPeerKeys(marseille!.db.read, lyon!.host))?.signing).toBe(newSigning);
});

test('look, mail, backups, statistics, and what all weigh together', async () => {
  await marseille!.db.write(async (tx) => {
    await publishStatistics(tx, new Date(), true);
    const territory = { name: 'Marseille', latitude: 43.3, longitude: 5.4, radiusKm: 30 };
    for (const back of [1, 2, 3])
      await keepSnapshot(
        tx,
        new Date(),
        { host: marseille!.host, month: monthBefore(new Date(), back) },
        {
          body: {
            month: monthBefore(new Date(), back),
            name: 'Coop marseille',
            territory,
            members: 60 - back,
            exchanges: 30 - back * 2,
            listings: {
              total: 90,
              kinds: { lodging: 50, food: 25, service: 10 },
              areas: [
                { code: 'FR-13', latitude: 43.4, longitude: 5.4, n: 60 },
                { code: 'FR-69', latitude: 45.8, longitude: 4.8, n: 20 },
                { code: 'IT', latitude: 44.5, longitude: 11.3, n: 10 },
              ],
            },
          },
        },
      );
  });
  for (const path of ['/admin/look', '/admin/mail', '/admin/backup', '/admin/statistics', '/together'])
    await open(path);
  expect((await page.textContent('h1'))?.trim()).toBe('Ce que nous pesons ensemble');
  expect(await main(page)).toMatch(/Bouches-du-Rhône \(13\) ?60.*Italie ?10/);
});
