/** The admin's pages of rules by domain and of who may become a partner, without JavaScript. */
import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { allowDomain, disallowDomain } from '#domain/peering-modes.ts';
import { listRules } from '#domain/rules.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { peerRow } from '../support/peer-row.ts';
import { peerUp } from '../support/peers.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let ada: Visitor;
beforeAll(async () => {
  [node, lyon] = await Promise.all([startNode('marseille'), startNode('lyon')]);
  await addMember(lyon, 'bob', 'Bob');
  await publish(lyon, 'bob', { title: 'Un vélo' });
  await publish(lyon, 'bob', { title: 'Une échelle' });
  await peerUp(lyon, node);
  ada = visit(node);
  await ada.signIn('ada');
});
afterAll(async () => {
  await Promise.all([node?.drop(), lyon?.drop()]);
});

const APPLY = { button: ['apply', '1'] as [string, string] };
const rules = async () => (await listRules(node.db.read, { limit: 99 })).map((one) => [one.domain, one.severity]);
const last = async () => (await listAudit(node.db.read, { limit: 1 }))[0];
const effect = (page: Visited): string => page.text('.notice');

test('a rule is shown before it is made: nothing is done by the first press, all of it by the second', async () => {
  const empty = await ada.open('/admin/rules');
  expect(empty.text('.empty')).toContain('Aucune règle');
  const blank = await ada.open('/admin/rules/new');
  expect(blank.values()).toMatchObject({ severity: ['suspend'], subdomains: ['1'] });
  const shown = await ada.send(blank, { domain: ` HTTP://LYON.localhost.:1234/@bob `, comment: 'Entre nous' });
  expect([shown.status, effect(shown)]).toEqual([
    200,
    'Ce que cela ferait1 partenariat prend fin.2 annonces de là-bas disparaissent d’ici.Appliquer',
  ]);
  expect(await rules()).toEqual([]);
  const done = await ada.send(shown, {}, APPLY);
  expect([done.path, await rules()]).toEqual(['/admin/rules', [['lyon.localhost', 'suspend']]]);
  expect(done.text('.lines')).toMatch(/^lyon\.localhostCoupéEntre nous/);
  expect(await last()).toMatchObject({ actor: 'ada', action: 'rule.added', subject: 'lyon.localhost' });
  expect((await ada.open('/listings')).text('main')).not.toContain('Un vélo');
  expect((await ada.open('/admin/peers')).text('.lines')).toContain('terminé');
});

test('what is wrong is said at its field, and what was typed stays', async () => {
  const blank = await ada.open('/admin/rules/new');
  const bad = await ada.send(blank, { domain: 'pas un nom', severity: 'noop', publicComment: 'Gardé' });
  expect(bad.status).toBe(422);
  expect(bad.faults().map(({ field, tied }) => [field, tied])).toEqual([
    ['domain', true],
    ['severity', true],
  ]);
  expect(bad.values()).toMatchObject({ domain: ['pas un nom'], publicComment: ['Gardé'], severity: ['noop'] });
  const ours = await ada.send(blank, { domain: 'marseille.localhost' });
  expect(ours.faults()[0]!.message).toContain('votre propre serveur');
  const twice = await ada.send(blank, { domain: 'Lyon.Localhost' });
  expect(twice.faults()[0]!.message).toContain('déjà une règle pour lyon.localhost');
});

test('a rule is changed, found, and removed, each shown before', async () => {
  const page = await ada.open('/admin/rules/of/lyon.localhost');
  expect(page.values()).toMatchObject({ severity: ['suspend'], comment: ['Entre nous'], subdomains: ['1'] });
  const shown = await ada.send(page, { severity: 'silence', rejectReports: '1', publicComment: 'Trop de pourriels' });
  expect(effect(shown)).toContain('1 serveur est de nouveau écouté.');
  await ada.send(shown, {}, APPLY);
  expect(await last()).toMatchObject({
    action: 'rule.changed',
    before: { severity: 'suspend', rejectReports: false, publicComment: '' },
    after: { severity: 'silence', rejectReports: true, publicComment: 'Trop de pourriels' },
  });
  expect((await ada.open('/admin/rules?q=POURRIELS')).text('.lines')).toContain(
    'Caché des listes, signalements écartés',
  );
  expect((await ada.open('/admin/rules?q=nobody.example')).text('.empty')).toContain('Aucune règle ne correspond');
  const removal = await ada.open('/admin/rules/of/lyon.localhost/removal');
  expect(removal.text('h1')).toBe('Retirer la règle pour lyon.localhost ?');
  await ada.send(removal, {});
  expect([await rules(), (await last())?.action]).toEqual([[], 'rule.removed']);
  expect((await ada.open('/admin/rules/of/lyon.localhost')).status).toBe(404);
});

const HEAD = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
test('a file is shown line by line, weakens nothing without a tick, and is applied once confirmed', async () => {
  const blank = await ada.open('/admin/rules/import');
  const nothing = await ada.send(blank, { text: 'evil.example\nworse.example' });
  expect([nothing.status, nothing.faults()[0]?.message]).toEqual([422, expect.stringContaining('#domain,#severity')]);
  expect(nothing.values()['text']![0]).toContain('worse.example');
  const first = `${HEAD}\nhard.example,suspend,,,,\nsoft.example,silence,,,,\n`;
  await ada.send(await ada.send(blank, { file: [new File([first], 'blocks.csv')] }), {}, APPLY);
  expect(await rules()).toEqual([
    ['hard.example', 'suspend'],
    ['soft.example', 'silence'],
  ]);
  const second = `${HEAD}\nhard.example,silence,,,,\nsoft.example,suspend,,,"Un, deux",\nnew.example,suspend,,,,\nbad name,suspend,,,,\n`;
  const shown = await ada.send(blank, { text: second });
  const words = shown.text('main');
  expect(words).toMatch(
    /Une faute.*ligne 5 : Ce n’est pas un nom de serveur.*Une règle nouvelle.*new\.example ligne 4.*Une règle durcie.*soft\.example ligne 3Caché des listes → Coupé.*Une règle serait affaiblie.*hard\.example ligne 2Coupé → Caché des listes/,
  );
  expect(await rules()).toHaveLength(2);
  await ada.send(shown, {}, APPLY);
  expect(await rules()).toEqual([
    ['hard.example', 'suspend'],
    ['new.example', 'suspend'],
    ['soft.example', 'suspend'],
  ]);
  const again = await ada.send(blank, { text: second });
  expect(again.html).not.toContain('name="apply"');
  const ticked = await ada.send(again, { weaken: ['hard.example'] });
  expect(ticked.values()['weaken']).toEqual(['hard.example']);
  // Somebody else changes a rule meanwhile: what would be done is no longer what was shown.
  const other = visit(node);
  await other.signIn('ada');
  await other.send(await other.open('/admin/rules/of/hard.example/removal'), {});
  const moved = await ada.send(ticked, {}, APPLY);
  expect(moved.text('main')).toContain('Les règles ont changé entre-temps');
  expect(await rules()).toHaveLength(2);
  await ada.send(moved, {}, APPLY);
  expect(await rules()).toContainEqual(['hard.example', 'silence']);
  expect((await ada.open('/admin/rules.csv')).html).toContain('soft.example,suspend,false,false,"Un, deux",false');
});

test('the rules are for everybody if the admins want it so: public comments, masked names, nothing else', async () => {
  const stranger = visit(node);
  expect((await stranger.open('/about/rules')).status).toBe(404);
  const page = await ada.open('/admin/rules/of/soft.example');
  const masked = { obfuscate: '1', comment: 'Entre nous' };
  await ada.send(await ada.send(page, masked), {}, APPLY);
  await ada.send(await ada.open('/admin/rules'), {}, { action: '/admin/rules/shown' });
  expect(await last()).toMatchObject({ action: 'rules.shown', before: { shown: false }, after: { shown: true } });
  const shown = await stranger.open('/about/rules');
  expect(shown.text('.lines')).toMatch(/s\*\*t\.exampleCoupéUn, deux/);
  expect(shown.html).not.toMatch(/soft\.example|Entre nous/);
  expect((await stranger.open('/')).text('footer')).toContain('Nos règles envers d’autres serveurs');
  await ada.send(await ada.open('/admin/rules'), {}, { action: '/admin/rules/shown' });
  expect((await stranger.open('/about/rules')).status).toBe(404);
});

test('who may become a partner: mode and list, each noted', async () => {
  const page = await ada.open('/admin/rules/mode');
  expect(page.values()).toMatchObject({ mode: ['approval'] });
  const asked = peerRow({ host: 'inconnu.example', nodeActor: 'https://inconnu.example/', state: 'received' });
  const friend = peerRow({ host: 'un.amis.example', nodeActor: 'https://un.amis.example/', state: 'received' });
  await node.db.write(async (tx) => {
    await tx.insert(tx.t.peers).values([asked, friend]);
    await allowDomain(tx, new Date(), 'ada', { domain: 'amis.example', subdomains: true, comment: '' });
  });
  const noted = await last();
  const seen = await ada.send(page, { mode: 'list' });
  expect(seen.text('.notice')).toMatch(
    /La liste a 1 nom : les demandes de tous les autres sont refusées\. ?Les 2 demandes qui attendent restent à décider\. ?L’une d’elles vient d’un serveur qui n’est pas sur la liste/,
  );
  // Only shown so far.
  expect([await last(), (await ada.open('/admin/rules/mode')).values()['mode']]).toEqual([noted, ['approval']]);
  await node.db.write(async (tx) => {
    await tx.delete(tx.t.peers).where(inArray(tx.t.peers.id, [asked.id, friend.id]));
    await disallowDomain(tx, new Date(), 'ada', 'amis.example');
  });
  await ada.send(seen, {}, { action: '/admin/rules/mode', button: ['apply', '1'] });
  expect(await last()).toMatchObject({ action: 'peering.mode', before: { mode: 'approval' }, after: { mode: 'list' } });
  const bad = await ada.send(page, { domain: 'pas un nom', comment: 'Gardé' }, { action: '/admin/rules/allowed' });
  expect([bad.status, bad.faults()[0], bad.values('/admin/rules/allowed')['comment']]).toMatchObject([
    422,
    { field: 'domain', tied: true },
    ['Gardé'],
  ]);
  const listed = await ada.send(
    page,
    { domain: 'https://Amis.example:8443/', subdomains: '1', comment: 'Du congrès' },
    { action: '/admin/rules/allowed' },
  );
  expect(listed.text('.lines')).toMatch(/^amis\.example avec les sous-domainesDu congrès/);
  expect(await last()).toMatchObject({ action: 'peering.allowed', subject: 'amis.example' });
  await ada.send(listed, {}, { action: '/admin/rules/allowed/removal' });
  expect(await last()).toMatchObject({ action: 'peering.disallowed', subject: 'amis.example' });
  const cooked = await ada.send(page, { mode: 'anarchy' });
  expect(cooked.status).toBe(422);
});

test('a moderator, a member and a stranger see none of the admin’s pages', async () => {
  await addMember(node, 'mo', 'Mo');
  await node.db.write((tx) => tx.update(tx.t.accounts).set({ role: 'moderator' }));
  const mo = visit(node);
  await mo.signIn('mo');
  for (const path of ['', '/new', '/import', '/mode', '/of/soft.example', '.csv'])
    expect((await mo.open(`/admin/rules${path}`)).status, path).toBe(404);
  expect((await visit(node).open('/admin/rules')).path).toMatch(/^\/sign-in/);
});
