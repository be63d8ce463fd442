/** What members, moderators and admins may do to one another, and by which ways they get there. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { createListing } from '#domain/listings.ts';
import { findAccountByHandle, setRole, suspendMember } from '#domain/members.ts';
import { attack, beside } from '../../support/attack.ts';
import { type TestNode, addMember, draft, publish, startNode } from '../../support/nodes.ts';
import { type Intruder, intruder } from '../../support/intruder.ts';

let node: TestNode;
let visitors: Record<'stranger' | 'moderator' | 'admin', Intruder>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  node = await startNode('marseille');
  for (const [handle, name] of [
    ['alice', 'Alice'],
    ['bob', 'Bob'],
    ['mod', 'Mod'],
  ] as const)
    await addMember(node, handle, name);
  const idOf = async (handle: string): Promise<string> => (await findAccountByHandle(node.db.read, handle))!.id;
  for (const [name, handle] of [
    ['admin', 'ada'],
    ['mod', 'mod'],
    ['bob', 'bob'],
  ] as const)
    ids[name] = await idOf(handle);
  await node.db.write(async (tx) => {
    await setRole(tx, new Date(), ids['mod']!, 'moderator');
    ids['draft'] = (await createListing(tx, node.site, 'alice', draft({ title: 'Brouillon secret' }), 'draft')).id;
  });
  visitors = { stranger: intruder(node.origin), moderator: intruder(node.origin), admin: intruder(node.origin) };
  expect((await visitors.moderator.signIn('mod')).status).toBe(303);
  expect((await visitors.admin.signIn('ada')).status).toBe(303);
  await beside(() => visitors.admin.get('/listings'));
});
afterAll(() => node?.drop());

attack('a member who has not been let in, or was suspended', async () => {
  await addMember(node, 'dora', 'Dora');
  await publish(node, 'dora', { title: 'Chez Dora' });
  const dora = (await findAccountByHandle(node.db.read, 'dora'))!;
  const set = (state: string): Promise<void> =>
    node.db.write(async (tx) => {
      await tx.update(tx.t.accounts).set({ state }).where(eq(tx.t.accounts.id, dora.id));
    });
  const paths = ['/users/dora', '/users/dora/outbox', `/.well-known/webfinger?resource=acct:dora@${node.host}`];
  const answers = async (): Promise<number[]> =>
    Promise.all(
      paths.map(async (path) => (await visitors.stranger.get(path, { accept: 'application/activity+json' })).status),
    );
  expect(await answers()).toEqual([200, 200, 200]);
  for (const state of ['unconfirmed', 'pending']) {
    await set(state);
    expect(await answers()).toEqual([404, 404, 404]);
    expect((await visitors.stranger.get('/@dora')).status).toBe(404);
    expect((await intruder(node.origin, '127.0.3.1').signIn('dora')).status).toBe(422);
  }
  await set('active');
  const hers = intruder(node.origin, '127.0.3.1');
  await hers.signIn('dora');
  await node.db.write((tx) => suspendMember(tx, node.site, dora.id));
  expect((await hers.get('/account')).status).toBe(303);
  expect((await hers.post('/listings', { title: 'x' })).headers.get('location')).toMatch(/^\/sign-in/);
  expect((await visitors.stranger.get('/@dora')).status).toBe(404);
  expect((await visitors.stranger.get('/listings?q=Dora')).text).not.toContain('Chez Dora');
});

/** As the pages do it: a case of one's own accord, then the decision. */
const suspend = async (who: Intruder, id: string): Promise<void> => {
  const opened = await who.post(`/admin/members/${id}/case`);
  const path = /^\/admin\/reports\/[\w-]{36}$/.exec(opened.headers.get('location') ?? '')?.[0];
  if (path === undefined) return;
  const reasons = { ground: 'rules', groundText: 'Charte', reasons: 'Vu par nous.', answer: 'Merci.' };
  await who.post(`${path}/decision`, { action: 'suspend', ...reasons });
};

attack('a moderator who would be admin', async () => {
  const { accounts, jobs } = node.db.read.t;
  const role = async (id: string): Promise<string> =>
    (await node.db.read.select().from(accounts).where(eq(accounts.id, id)))[0]!.role;
  const state = async (id: string): Promise<string> =>
    (await node.db.read.select().from(accounts).where(eq(accounts.id, id)))[0]!.state;
  // Another admin, so that it is not the last one's own protection that holds.
  await addMember(node, 'eva', 'Eva');
  const eva = (await findAccountByHandle(node.db.read, 'eva'))!;
  await node.db.write((tx) => setRole(tx, new Date(), eva.id, 'admin'));
  await visitors.moderator.post(`/admin/members/${ids['mod']}/role`, { role: 'admin' });
  expect(await role(ids['mod']!)).toBe('moderator');
  for (const id of [eva.id, ids['admin']!, ids['mod']!]) {
    await suspend(visitors.moderator, id);
    expect(await state(id)).toBe('active');
  }
  // A reset link of an admin's, that waits to be handed over: admins see it, moderators do not.
  await visitors.stranger.post('/password-reset', { login: 'ada' });
  await node.settled();
  expect((await node.db.read.select().from(jobs)).map((job) => job.state)).toContain('held');
  expect((await visitors.admin.get('/admin')).text).toMatch(/\/password-reset\/[\w-]{43}/);
  const seen = await visitors.moderator.get('/admin');
  expect(seen.status).toBe(200);
  expect(seen.text).not.toMatch(/password-reset|ada@marseille/);
  // What is theirs to do, they may.
  await suspend(visitors.moderator, ids['bob']!);
  expect(await state(ids['bob']!)).toBe('suspended');
  await visitors.moderator.post(`/admin/members/${ids['bob']}/reinstatement`);
  expect(await state(ids['bob']!)).toBe('active');
});

attack('last admin, on the pages', async () => {
  const eva = (await findAccountByHandle(node.db.read, 'eva'))!;
  await visitors.admin.post(`/admin/members/${eva.id}/role`, { role: 'member' });
  for (const [what, fields] of [
    ['role', { role: 'member' }],
    ['role', { role: 'moderator' }],
  ] as const)
    await visitors.admin.post(`/admin/members/${ids['admin']}/${what}`, fields);
  await suspend(visitors.admin, ids['admin']!);
  const ada = (await findAccountByHandle(node.db.read, 'ada'))!;
  expect([ada.role, ada.state]).toEqual(['admin', 'active']);
});

attack('paths in disguise', async () => {
  for (const path of [
    '/admin/../admin/settings',
    '/admin/members/../settings',
    '/admin/members/%2e%2e/settings',
    '/admin/members%2f..%2fsettings',
    '/%61dmin/settings',
    '//admin/settings',
    '/admin//settings',
    '/ADMIN/settings',
    '/admin/settings/',
    '/admin/members;/settings',
    '/media/..%2f..%2fmaillon.db',
    '/media/../maillon.db',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/../app.ts',
    '/media/' + '%2e%2e%2f'.repeat(8) + 'etc/passwd',
    '/listings/%00',
    '/@%00',
    '/users/%00',
    `/users/alice/items/${ids['draft']}%00`,
  ]) {
    const { status, text } = await visitors.moderator.get(path);
    expect([301, 303, 400, 404], `${path}: ${status}`).toContain(status);
    expect(text, path).not.toMatch(/SQLite format|root:|"name": "maillon"|publicOpen/);
  }
});
