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
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
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
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP: true });
  page = await context.newPage();
  await signIn(page, marseille.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

const sound = async (): Promise<void> => {
  expect(await seriousViolations(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
    true,
  );
};
const main = async (): Promise<string> => ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, ' ');
const open = async (path: string): Promise<void> => {
  await page.goto(`${marseille!.origin}${path}`);
  await sound();
};
/** Goes on by Tab until the focus is on what is named so, seen by its outline, and presses Enter. */
const press = async (name: RegExp): Promise<void> => {
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const [words, outline] = (await page.evaluate(
      '[document.activeElement.textContent.trim().replaceAll(/\\s+/g, " "), getComputedStyle(document.activeElement).outlineStyle]',
    )) as [string, string];
    if (!name.test(words)) continue;
    expect(outline).not.toBe('none');
    await page.keyboard.press('Enter');
    return;
  }
  throw new Error(`Nothing named ${name} can be reached by keyboard.`);
};
const said = async (): Promise<string> => (await page.textContent('[role=status]'))?.trim() ?? '';

test('the first page is emptied by keyboard: let in, put off', async () => {
  await open('/admin');
  expect(await main()).toMatch(/Zoé Martin demande à rejoindre.*Aucune sauvegarde/);
  await press(/^Plus tard : Aucune sauvegarde/);
  await press(/^La semaine prochaine : Aucune sauvegarde/);
  await page.waitForSelector('[role=status]');
  expect(await said()).toBe('Remis à la semaine prochaine.');
  expect(await main()).not.toContain('Aucune sauvegarde');
  await press(/^Accepter$/);
  await page.waitForURL(/\/admin\/members/);
  await marseille!.settled();
  await open('/admin');
  // Without a mail server the letter that welcomes her is handed over.
  expect(await main()).toContain('Une lettre à remettre');
  await press(/^Remis$/);
  await page.waitForSelector('[role=status]');
  expect(await main()).toContain('Rien ne vous attend. Bonne journée !');
});

test('a partner that is away: in the list, on its page, tried again by keyboard, and well again', async () => {
  await lyon!.down();
  await publish(marseille!, 'alice', { title: 'Pendant la panne' });
  await until('it fails', async () => {
    const [row] = await marseille!.db.read.select().from(marseille!.db.read.t.hosts);
    return row?.failing != null;
  });
  await open('/admin/peers');
  expect(await main()).toMatch(/Coop lyon.*En difficulté : le serveur est injoignable/);
  await open(peerPage);
  expect(await main()).toMatch(
    /En difficulté.*Envois en attente ?1 Retard du plus ancien|En difficulté.*Envois en attente ?1/,
  );
  await press(/^Les chiffres, jour par jour$/);
  expect(await page.isVisible('.chart table')).toBe(true);
  await sound();
  await lyon!.up();
  await page.reload();
  await press(/^Réessayer maintenant$/);
  await page.waitForSelector('[role=status]');
  await until('it is taken', async () => {
    const rows = await marseille!.db.read.select().from(marseille!.db.read.t.hosts);
    return rows.every((row) => row.failing === null);
  });
  await open(peerPage);
  expect(await main()).toContain('Tout va bien');
});

test('effects before a pause and a cut; and back without either', async () => {
  for (const [name, title] of [
    [/^Mettre en pause$/, 'Mettre Coop lyon en pause ?'],
    [/^Mettre fin au partenariat$/, 'Mettre fin au partenariat avec Coop lyon ?'],
  ] as const) {
    await open(peerPage);
    await press(name);
    await page.waitForSelector('.effects');
    expect((await page.textContent('h1'))?.replaceAll(/\s+/g, ' ')).toBe(title);
    await sound();
    await press(/^Annuler$/);
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
  expect(await main()).toContain('Coop lyon montre une nouvelle clé');
  await press(/^Décider Coop lyon$/);
  await page.waitForURL(`**${peerPage}`);
  await sound();
  const { signing, newSigning } = (await findPeerKeys(marseille!.db.read, lyon!.host))!;
  const shown = ((await page.textContent('main')) ?? '').replaceAll(/\s+/g, '');
  for (const one of [signing, newSigning!]) expect(shown).toContain(inGroups(one).replaceAll(' ', ''));
  await press(/^C’est bien sa clé : approuver$/);
  await page.waitForSelector('[role=status]');
  expect(await said()).toMatch(/^Nouvelle clé approuvée/);
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
  expect(await main()).toMatch(/Bouches-du-Rhône \(13\) ?60.*Italie ?10/);
});
