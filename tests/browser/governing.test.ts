/** An admin without a mouse, on a telephone and in French: looks, letters, backups, numbers, scopes, members; by Tab, Space and Enter. */
import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { invite } from '#domain/joining.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { findPeer } from '#domain/peers.ts';
import { makeKey } from '#src/backup/key.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { follow, main, press, said, sound, tabTo, telephone, tick, write } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerRow } from '../support/peer-row.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { type MailServer, startMailServer } from '../support/smtp.ts';

let browser: Browser;
let mail: MailServer;
let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let page: Page;

beforeAll(async () => {
  mail = await startMailServer();
  const { file } = await makeKey(new Date());
  const env = { SMTP_URL: mail.url, MAILLON_BACKUP_KEY: file.split('\n')[2]! };
  [browser, node, lyon] = await Promise.all([launchBrowser(), startNode('marseille', { env }), startNode('lyon')]);
  await Promise.all([addMember(node, 'alice', 'Alice'), addMember(node, 'zoe', 'Zoé')]);
  await publish(node, 'alice', { title: 'Chambre' });
  await peerUp(lyon, node);
  await node.db.write((tx) =>
    tx.update(tx.t.accounts).set({ state: 'pending' }).where(eq(tx.t.accounts.handle, 'zoe')),
  );
  page = await telephone(browser);
  await signIn(page, node.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([node?.drop(), lyon?.drop(), mail?.close()]);
});

const open = async (path: string): Promise<void> => {
  await page.goto(`${node.origin}${path}`);
};
/** Presses it, and reads what is said on the page that follows. */
const done = async (name: RegExp, words: string): Promise<void> => {
  await follow(page, name);
  expect(await said(page)).toBe(words);
  await sound(page);
};
const cooperative = async () => (await getCooperative(node.db.read))!;
const lastAction = async () => (await listAudit(node.db.read, { limit: 1 }))[0]?.action;

test('settings and look: changed by keyboard, each on its own page', async () => {
  await open('/admin/settings');
  await write(page, /^En une phrase$/, 'Les voisins du port.');
  await tick(page, /^Occitan$/);
  await done(/^Enregistrer$/, 'Enregistré.');
  expect(await cooperative()).toMatchObject({ summary: 'Les voisins du port.', languages: ['fr', 'oc'] });
  await press(page, /^Toutes les rubriques$/);
  await follow(page, /^Apparence$/, /\/admin\/look$/);
  await write(page, /^Français$/, 'Poussez la **porte** !');
  await done(/^Enregistrer$/, 'Enregistré.');
  expect((await cooperative()).welcome).toMatchObject({ fr: 'Poussez la **porte** !' });
});

test('a test letter is sent, and its answer read', async () => {
  await open('/admin/mail');
  await follow(page, /^Envoyer une lettre d’essai à ada@/);
  expect(await main(page)).toMatch(/Le serveur de courrier a pris la lettre pour ada@.*queued as TEST1/);
  await sound(page);
});

test('a backup is made, and fetched with the password', async () => {
  await open('/admin/backup');
  await done(/^Sauvegarder maintenant$/, 'La sauvegarde est en cours.');
  await until('it is there', async () => {
    await page.reload();
    return (await main(page)).includes('Télécharger');
  });
  await sound(page);
  await tabTo(page, /^password$/);
  await page.keyboard.insertText('pas le bon');
  await follow(page, /^Télécharger/);
  expect(await page.evaluate('document.activeElement.className')).toBe('summary');
  await sound(page);
  await tabTo(page, /^password$/);
  await page.keyboard.insertText(PASSWORD);
  const fetched = page.waitForResponse((answer) => answer.url().endsWith('/admin/backup/file'));
  await press(page, /^Télécharger/);
  expect((await fetched).headers()['content-disposition']).toMatch(/filename="maillon-.*\.tar\.age"$/);
  expect(await lastAction()).toBe('backup.fetched');
});

test('statistics are published, and stopped again', async () => {
  await open('/admin/statistics');
  await follow(page, /^Publier chaque mois$/);
  expect((await cooperative()).statistics).toBe(true);
  await sound(page);
  await follow(page, /^Ne plus publier$/);
  expect((await cooperative()).statistics).toBe(false);
});

test('what new partners get; what goes to Lyon, seen first; who may ask', async () => {
  await open('/admin/peers');
  await follow(page, /^Pour les nouveaux partenaires$/);
  await tick(page, /^Livraison$/);
  await done(/^Enregistrer$/, 'Enregistré.');
  expect((await cooperative()).defaultGive?.kinds).not.toContain('delivery');

  const id = await peerId(node, lyon);
  await open(`/admin/peers/${id}`);
  await follow(page, /^Changer$/);
  await tick(page, /^Hébergement$/);
  await tick(page, /^connexion des membres$/);
  await follow(page, /^Voir ce que cela ferait$/);
  expect(await main(page)).toMatch(
    /1 annonce quitte Coop lyon\..*Vos 2 membres peuvent se connecter à Coop lyon avec leur compte d’ici\./,
  );
  await sound(page);
  await done(/^Appliquer$/, 'Enregistré.');
  expect((await findPeer(node.db.read, id))?.give?.kinds).not.toContain('lodging');

  await open('/admin/rules/mode');
  await tabTo(page, /^Une personne qui administre décide$/);
  await page.keyboard.press('ArrowDown');
  await follow(page, /^Voir ce que cela ferait$/);
  expect(await main(page)).toMatch(
    /La liste est vide : toute demande.*Aucune demande n’attend.*Votre partenariat continue/,
  );
  expect((await cooperative()).peeringMode).toBe('approval');
  await sound(page);
  await done(/^Appliquer$/, 'Enregistré.');
  expect((await cooperative()).peeringMode).toBe('list');
});

test('members: a role, a refusal with its reason, an invitation taken back', async () => {
  const alice = (await findAccountByHandle(node.db.read, 'alice'))!;
  const coop = await cooperative();
  await node.db.write((tx) => invite(tx, node.site, coop, alice, 'camille@example.org'));
  await open('/admin/members');
  await tabTo(page, /^Rôle de Alice$/);
  await page.keyboard.type('Modé');
  await done(/^Enregistrer$/, 'Enregistré.');
  expect((await findAccountByHandle(node.db.read, 'alice'))?.role).toBe('moderator');
  await follow(page, /^Refuser$/, /\/refusal$/);
  await tabTo(page, /^Raison$/);
  await page.keyboard.insertText('Nous ne prenons que des voisins.');
  await done(/^Refuser$/, 'Enregistré.');
  expect(await findAccountByHandle(node.db.read, 'zoe')).toBeUndefined();
  await follow(page, /^Invitations des membres$/);
  expect(await main(page)).toMatch(/camille@example\.org ?par @alice/);
  await sound(page);
  await done(/^Annuler/, 'Invitation annulée.');
  expect(await lastAction()).toBe('member.inviteRevoked');
});

test('a cooperative that asks is refused with a reason; an invitation to another one is made and taken back', async () => {
  const origin = 'http://nantes.localhost:9';
  const asks = peerRow({
    host: 'nantes.localhost:9',
    nodeActor: `${origin}/users/instance`,
    name: 'Coop Nantes',
    state: 'received',
    followReceived: `${origin}/follows/1`,
    receivedAccepted: false,
    sentAccepted: false,
  });
  await node.db.write((tx) => tx.insert(tx.t.peers).values(asks));
  await open('/admin');
  await follow(page, /^Décider ?Coop Nantes$/);
  await follow(page, /^Refuser$/, /\/refusal$/);
  await sound(page);
  await tabTo(page, /^reason$/);
  await page.keyboard.insertText('Pas cette année.');
  await follow(page, /^Refuser$/);
  expect(await findPeer(node.db.read, asks.id)).toMatchObject({ state: 'refused', reason: 'Pas cette année.' });
  await open('/admin/peers/invitations');
  await tabTo(page, /^Pour vous en souvenir$/);
  await page.keyboard.insertText('Pour Grenoble');
  await follow(page, /^Créer une invitation$/);
  await done(/^Annuler$/, 'Invitation annulée.');
  expect(await lastAction()).toBe('peer.inviteRevoked');
});
