/** Whatever an admin or a moderator decides, by a page or at the terminal, stands in the log with who, what and when. */
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { report } from '#domain/reports.ts';
import { ok } from '#domain/types.ts';
import { adminRoutes } from '#web/admin/routes.ts';
import type { WebDeps } from '#web/context.ts';
import { machine } from '../support/cli.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Visitor, visit } from '../support/visitor.ts';

let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let ada: Visitor;
beforeAll(async () => {
  [node, lyon] = await Promise.all([startNode('marseille'), startNode('lyon')]);
  await addMember(node, 'bob', 'Bob');
  await addMember(node, 'zoe', 'Zoé');
  await peerUp(lyon, node);
  ada = visit(node);
  await ada.signIn('ada');
});
afterAll(async () => {
  await Promise.all([node?.drop(), lyon?.drop()]);
});

const last = async (n = 1) =>
  (await listAudit(node.db.read, { limit: n })).map(({ actor, action, subject, before, after }) => ({
    actor,
    action,
    subject,
    before,
    after,
  }));
const idOf = async (handle: string): Promise<string> => (await findAccountByHandle(node.db.read, handle))!.id;
const set = (handle: string, change: { state?: string; role?: string }): Promise<unknown> =>
  node.db.write((tx) => tx.update(tx.t.accounts).set(change).where(eq(tx.t.accounts.handle, handle)));

test('members: role, suspension, reinstatement, approval, refusal; nothing is noted that was refused', async () => {
  const bob = await idOf('bob');
  const members = await ada.open('/admin/members');
  await ada.send(members, { role: 'moderator' }, { action: `/admin/members/${bob}/role` });
  expect(await last()).toEqual([
    { actor: 'ada', action: 'member.role', subject: 'bob', before: { role: 'member' }, after: { role: 'moderator' } },
  ]);
  await set('bob', { state: 'suspended' });
  await ada.send(await ada.open('/admin/members'), {}, { action: `/admin/members/${bob}/reinstatement` });
  expect(await last()).toMatchObject([{ action: 'member.reinstated', after: { state: 'active' } }]);
  // The last admin keeps the role, and no line says otherwise.
  const own = await idOf('ada');
  await ada.send(members, { role: 'member' }, { action: `/admin/members/${own}/role` });
  expect(await last()).toMatchObject([{ action: 'member.reinstated' }]);

  await set('zoe', { state: 'pending' });
  await ada.send(await ada.open('/admin/members'), {}, { action: `/admin/members/${await idOf('zoe')}/approval` });
  expect(await last()).toMatchObject([{ action: 'member.approved', subject: 'zoe', before: { state: 'pending' } }]);
  await set('zoe', { state: 'pending' });
  const refusal = await ada.open(`/admin/members/${await idOf('zoe')}/refusal`);
  await ada.send(refusal, { reason: 'Des mots pour Zoé seule' });
  const [refused] = await last();
  expect(refused).toMatchObject({ action: 'member.refused', subject: 'zoe', after: null });
  expect(JSON.stringify(refused)).not.toMatch(/mots|example\.org/);
});

test('a moderator decides about a report: noted in the moderator’s name, without the words', async () => {
  const bob = visit(node);
  await bob.signIn('bob');
  const listing = await publish(node, 'zoe');
  const made = await node.db.write((tx) =>
    report(
      tx,
      node.site.now(),
      {
        uri: listing.uri,
        kind: 'listing',
        subject: listing.publisher,
        title: listing.title,
        snapshot: '',
        location: '',
      },
      {},
      { reason: 'spam', text: '' },
    ),
  );
  if (!made.ok) throw new Error('no report');
  const { id } = made.value;
  const page = await bob.open(`/admin/reports/${id}/decision?action=none`);
  await bob.send(
    page,
    { answer: 'Secret de famille, que personne ne lira' },
    { action: `/admin/reports/${id}/decision` },
  );
  expect(await last()).toEqual([
    {
      actor: 'bob',
      action: 'report.decided',
      subject: id,
      before: { state: 'open', action: null },
      after: { state: 'closed', action: 'none' },
    },
  ]);
  expect((await bob.open('/admin/audit')).status).toBe(404);
  expect((await bob.open('/admin/audit.json')).status).toBe(404);
});

test('partners: scopes, pause, resumption, end, asking, and refusing who asks', async () => {
  const peer = (await findPeerByHost(node.db.read, lyon.host))!;
  const scopes = await ada.open(`/admin/peers/${peer.id}/scopes`);
  await ada.send(scopes, { 'give.kinds': ['food'] }, { button: ['apply', '1'] });
  const [scoped] = await last();
  expect(scoped).toMatchObject({ actor: 'ada', action: 'peer.scopes', subject: lyon.host });
  expect(scoped!.after?.['give']).toMatchObject({ kinds: ['food'] });
  const press = async (what: string, from = ''): Promise<void> => {
    const page = await ada.open(`/admin/peers/${peer.id}${from}`);
    await ada.send(page, {}, { action: `/admin/peers/${peer.id}/${what}` });
  };
  await press('pause', '/rest');
  expect(await last()).toMatchObject([{ action: 'peer.paused', after: { state: 'paused' } }]);
  await press('resumption');
  expect(await last()).toMatchObject([{ action: 'peer.resumed', after: { state: 'active' } }]);
  await press('end', '/cut');
  expect(await last()).toMatchObject([{ action: 'peer.cut', after: { state: 'cut' } }]);
  await until('Lyon knows', async () => (await findPeerByHost(lyon.db.read, node.host))?.state === 'cut');
  const look = await ada.send(
    await ada.open('/admin/peers'),
    { domain: lyon.host },
    { action: '/admin/peers/preview' },
  );
  await ada.send(look, { message: 'Encore ?' }, { action: '/admin/peers' });
  expect(await last()).toMatchObject([{ action: 'peer.asked', subject: lyon.host, after: { state: 'asked' } }]);
  await node.db.write((tx) =>
    tx
      .update(tx.t.peers)
      .set({ state: 'received', followReceived: `${lyon.origin}/follow` })
      .where(eq(tx.t.peers.id, peer.id)),
  );
  await ada.send(await ada.open(`/admin/peers/${peer.id}/refusal`), { reason: 'Des mots pour Lyon seul' });
  const [refused] = await last();
  expect(refused).toMatchObject({ action: 'peer.refused', after: { state: 'refused' } });
  expect(JSON.stringify(refused)).not.toContain('mots');
});

test('look, statistics, texts of decisions, what new partners get, invitations', async () => {
  const send = async (path: string, fields: Record<string, string | string[]>, action = path): Promise<void> => {
    await ada.send(await ada.open(path), fields, { action });
  };
  await send('/admin/look', { accent: '#7a1f5c' });
  expect(await last()).toMatchObject([{ action: 'cooperative.look', after: { accent: '#7a1f5c' } }]);
  await send('/admin/statistics', {});
  expect(await last()).toMatchObject([{ action: 'statistics.published', after: { statistics: true } }]);
  await send('/admin/decision-texts/warn', { fr: 'Nous vous prévenons.', en: 'We warn you.' });
  expect(await last()).toMatchObject([{ actor: 'ada', action: 'report.texts', subject: 'warn' }]);
  await send('/admin/peers/defaults', { 'give.kinds': ['food'] });
  const [defaults] = await last();
  expect(defaults).toMatchObject({ action: 'peering.defaults', after: { give: { kinds: ['food'] } } });
  await send('/admin/peers/invitations', { note: 'Pour Lyon', host: 'lyon.example' });
  expect(await last()).toMatchObject([{ action: 'peer.invited', subject: 'lyon.example' }]);
  const page = await ada.open('/admin/peers/invitations');
  const revocation = /\/admin\/peers\/invitations\/[\w-]+\/revocation/.exec(page.html)![0];
  await ada.send(page, {}, { action: revocation });
  expect(await last()).toMatchObject([{ action: 'peer.inviteRevoked' }]);
});

test('settings, letters, work that failed, deliveries that were given up', async () => {
  const settings = await ada.open('/admin/settings');
  await ada.send(settings, { summary: 'Tout autre chose.', publicOpen: [] });
  // The colour belongs to the look, and stays.
  expect(settings.values()).not.toHaveProperty('accent');
  expect((await node.db.read.select().from(node.db.read.t.cooperative))[0]?.accent).toBe('#7a1f5c');
  expect(await last()).toMatchObject([
    {
      action: 'cooperative.changed',
      subject: 'coop-marseille',
      before: { summary: 'Les voisins de marseille.', publicOpen: true },
      after: { summary: 'Tout autre chose.', publicOpen: false },
    },
  ]);
  await node.db.write(async (tx) => {
    const now = node.site.now();
    const job = { data: { to: 'x@example.org', name: 'reset', 'p.link': 'https://secret.example' }, attempts: 1 };
    await tx.insert(tx.t.jobs).values([
      { ...job, type: 'mail', state: 'held', due: now, created: now },
      { ...job, type: 'files', state: 'dead', error: 'x', due: now, created: now },
    ]);
    const dead = (n: number) => ({
      activity: `https://a/${n}`,
      inbox: 'https://far.example/inbox',
      host: 'far.example',
      key: 'k',
      priority: 5,
      state: 'dead',
      attempts: 9,
      due: now,
      created: now,
      finished: now,
    });
    await tx.insert(tx.t.deliveries).values([dead(1), dead(2), dead(3)]);
  });
  await ada.send(await ada.open('/admin'), {}, { action: '/admin/letters/handed-over' });
  const [letter] = await last();
  expect(letter).toMatchObject({ action: 'letter.handedOver', before: { type: 'mail', state: 'held' }, after: null });
  expect(JSON.stringify(letter)).not.toMatch(/example/);
  const operation = await ada.open('/admin/operation');
  const removal = /\/admin\/operation\/jobs\/\d+\/removal/.exec(operation.html)![0];
  await ada.send(operation, {}, { action: removal });
  expect(await last()).toMatchObject([{ action: 'job.discarded', before: { type: 'files', state: 'dead' } }]);
  const host = '/admin/operation/hosts/far.example';
  const page = await ada.open(host);
  const one = /\/admin\/operation\/hosts\/far\.example\/letters\/\d+\/removal/.exec(page.html)![0];
  await ada.send(page, {}, { action: one });
  await ada.send(await ada.open(host), {}, { action: `${host}/removal` });
  expect(await last(2)).toMatchObject([
    { action: 'letters.discarded', subject: 'far.example', after: { letters: 2 } },
    { action: 'letters.discarded', subject: 'far.example', after: { letters: 1 } },
  ]);
});

test('what is done at the terminal is the command line’s; the doctor says that the log is whole, and where it is not', async () => {
  const box = machine(node.env);
  const run = async (...words: string[]): Promise<void> => {
    expect((await box.maillon(words)).code).toBe(0);
  };
  await run('member', 'demote', 'bob');
  await run('member', 'reset-link', 'bob');
  await run('member', 'invite');
  await run('token', 'issue', '--name', 'site');
  await run('keys', 'renew', 'bob');
  await run('export', '--output', join(node.dir, 'listings.csv'));
  await run('backup', '--plain', '--to', join(node.dir, 'all.tar'));
  const lines = await last(7);
  expect(lines.map((line) => [line.actor, line.action, line.subject])).toEqual([
    ['command line', 'backup.made', 'all.tar'],
    ['command line', 'listings.exported', '*'],
    ['command line', 'keys.renewed', 'bob'],
    ['command line', 'token.issued', 'site'],
    ['command line', 'member.invited', 'ada'],
    ['command line', 'member.resetLink', 'bob'],
    ['command line', 'member.role', 'bob'],
  ]);
  const [newest] = await listAudit(node.db.read, { limit: 1 });
  const { hash, n } = newest!;
  expect((await box.maillon(['doctor', '--offline'])).out).toContain(
    `✓ log of decisions: whole, ${n + 1} entries; the last has the hash ${hash}`,
  );
  await node.db.write((tx) => tx.update(tx.t.audit).set({ actor: 'nobody' }).where(eq(tx.t.audit.n, 3)));
  const sick = await box.maillon(['doctor', '--offline']);
  expect([sick.code, sick.out]).toEqual([1, expect.stringContaining('✗ log of decisions: entry 3 is not as it was')]);
  await node.db.write((tx) => tx.update(tx.t.audit).set({ actor: 'ada' }).where(eq(tx.t.audit.n, 3)));
  box.drop();
});

test('the page shows who did what, filtered, and gives it as files', async () => {
  const page = await ada.open('/admin/audit');
  expect(page.text('main')).toMatch(/Clés renouvelées.*bob.*Ligne de commande/);
  const mine = await ada.open('/admin/audit?actor=ada&action=member.role');
  expect(mine.all('.lines')).toHaveLength(1);
  expect(mine.text('.lines')).toMatch(/^Rôle changé : bob@ada · .*Rôle : membre → modération$/);
  expect((await ada.open('/admin/audit?from=2000-01-01&to=2000-01-02')).text('.empty')).toContain('Rien ne correspond');
  const wrong = await ada.open('/admin/audit?from=hier');
  expect([wrong.status, wrong.faults()[0]]).toMatchObject([422, { field: 'from', tied: true }]);
  const file = await ada.open('/admin/audit.json?actor=ada');
  const rows: { actor: string }[] = JSON.parse(file.html);
  expect(rows.length).toBeGreaterThan(8);
  expect(new Set(rows.map((row) => row.actor))).toEqual(new Set(['ada']));
  const csv = await ada.open('/admin/audit.csv');
  expect(csv.html).toContain('n,created,actor,action,subject');
  expect(csv.cache).toBe('no-store');
});

/** What changes nothing that lasts, and needs no line. */
const UNNOTED = [
  // It shows who answers at a domain.
  '/peers/preview',
  '/trust/preview',
  '/trust/vouching/preview',
  // An admin has read it.
  '/peers/:id/marks-read',
  // Something is tried earlier than it would be by itself.
  '/peers/:id/comparison',
  '/operation/hosts/:host/attempt',
  '/peers/:id/attempt',
  '/trust/of/:host/attempt',
  '/peers/:id/reminder',
  '/mail/letters/:row/attempt',
  // A letter to oneself.
  '/mail',
  // What one does not want to see today.
  '/put-off',
  // Work on a report, which has a history of its own; what is decided of it is noted.
  '/members/:id/case',
  '/reports/:id/claim',
  '/reports/:id/release',
  '/reports/:id/notes',
  '/reports/:id/forwarding',
  '/reports/listings/:id/case',
];
/** What is noted; most of it is driven by the tests above and by those of rules, handshake and moderation. */
const NOTED = [
  '/attestations/new',
  '/attestations/:code',
  '/attestations/:code/retirement',
  '/attestations/:code/return',
  '/attestations/verifiers',
  '/attestations/verifiers/:handle/removal',
  '/peers/:id/attestations',
  '/backup',
  '/backup/file',
  '/decision-texts/:id',
  '/look',
  '/statistics',
  '/peers/:id/keys',
  '/peers/:id/identity-keys',
  '/trust',
  '/trust/of/:host',
  '/trust/of/:host/removal',
  '/trust/of/:host/keys',
  '/trust/vouching',
  '/trust/vouching/marks',
  '/trust/vouching/of/:host/marks',
  '/trust/vouching/of/:host/marks/removal',
  '/trust/vouching/of/:host/removal',
  '/trust/vouching/of/:host/keys',
  '/peers/:id/proposal',
  '/peers/:id/withdrawal',
  '/peers/:id/replay',
  '/peers/:id/removal',
  '/peers/:id/letters/:row/replay',
  '/peers/:id/letters/:row/removal',
  '/peers/defaults',
  '/peers/invitations',
  '/peers/invitations/:id/revocation',
  '/members/invitations/:id/revocation',
  '/apps/:id/removal',
  '/reports/:id/decision',
  '/reports/:id/lifting',
  '/reports/:id/appeals/:appeal',
  '/reports/listings/:id/publication',
  '/letters/handed-over',
  '/restored/confirmation',
  '/members/:id/approval',
  '/members/:id/reinstatement',
  '/members/:id/role',
  '/members/:id/factors',
  '/members/:id/refusal',
  '/peers',
  '/peers/:id/acceptance',
  '/peers/:id/refusal',
  '/peers/:id/end',
  '/peers/:id/scopes',
  '/peers/:id/pause',
  '/peers/:id/resumption',
  '/settings',
  '/two-factors',
  '/operation/jobs/:row/attempt',
  '/operation/jobs/:row/removal',
  '/operation/hosts/:host/replay',
  '/operation/hosts/:host/letters/:row/replay',
  '/operation/hosts/:host/removal',
  '/operation/hosts/:host/letters/:row/removal',
  '/rules',
  '/rules/of/:domain',
  '/rules/of/:domain/removal',
  '/rules/shown',
  '/rules/import',
  '/rules/mode',
  '/rules/allowed',
  '/rules/allowed/removal',
];

test('no form of the admin’s pages is forgotten: each is noted, or there is a reason why not', () => {
  const deps = { db: {}, site: {}, limits: {} } as unknown as WebDeps;
  const forms = adminRoutes(deps, async () => ok('password'))
    .routes.filter((route) => route.method === 'POST')
    .map((route) => route.path);
  expect([...new Set(forms)].toSorted()).toEqual([...NOTED, ...UNNOTED].toSorted());
});
