/** The admins see what members have registered, and end it for everybody. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listApps } from '#domain/apps/overview.ts';
import { listAudit } from '#domain/audit.ts';
import { composeLetter, letterOf } from '#domain/mail.ts';
import { api, memberOf, registered, tokensFor } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import { type Visitor, visit } from '../support/visitor.ts';

eachEngine('members’ apps', (engine) => {
  let node: TestNode;
  let [ada, mod]: Visitor[] = [];
  let client = '';
  let token: unknown;
  beforeAll(async () => {
    node = await startNode('apps', { engine });
    await addMember(node, 'bob', 'Bob');
    await addMember(node, 'alice', 'Alice');
    client = await registered(node, 'bob', 'Marmite');
    await registered(node, 'bob', 'Calepin');
    ({ access_token: token } = await tokensFor(node, await memberOf(node, 'alice'), client));
    [ada, mod] = [visit(node), visit(node)];
    await ada.signIn('ada');
    await mod.signIn('bob');
  });
  afterAll(() => node?.drop());

  test('are listed with who registered each, and how many let it in, a page at a time', async () => {
    expect((await api(node, 'GET', '/me', token)).status).toBe(200);
    expect((await mod!.open('/admin/apps')).status).toBe(404);
    expect((await ada!.open('/admin/members')).html).toContain('href="/admin/apps"');
    const page = await ada!.open('/admin/apps');
    expect(page.text('main')).toMatch(/Marmite.*@bob.*par un membre/);
    expect(page.text('main')).toMatch(/Calepin.*par personne.*jamais utilisé/);
    const [first] = await listApps(node.db.read, 1);
    expect((await listApps(node.db.read, 5, first!.app.id)).map(({ app }) => app.id)).not.toContain(first!.app.id);
    expect(await listApps(node.db.read, 5, first!.app.id)).toHaveLength(1);
  });

  test('are ended with a reason, which whoever registered it gets; nothing acts by it any more', async () => {
    const action = `/admin/apps/${client}/removal`;
    const page = await ada!.open('/admin/apps');
    const short = await ada!.send(page, { [`reason-${client}`]: 'non' }, { action });
    expect([short.status, short.faults()[0]?.tied]).toEqual([422, true]);
    expect(short.values(action)).toMatchObject({ [`reason-${client}`]: ['non'] });
    const done = await ada!.send(short, { [`reason-${client}`]: 'Elle a copié des annonces.' }, { action });
    expect(done.text('.notice')).toContain('n’agit plus pour personne');
    expect(done.text('main')).not.toContain('Marmite');
    expect((await api(node, 'GET', '/me', token)).status).toBe(401);
    const [line] = await listAudit(node.db.read, { limit: 1 });
    expect(line).toMatchObject({ actor: 'ada', action: 'app.ended', subject: 'Marmite', before: { members: 1 } });
    expect(JSON.stringify(line)).not.toContain('copié');
    const jobs = (await node.db.read.select().from(node.db.read.t.jobs)).filter((job) => job.type === 'mail');
    const letters = jobs.map((job) => composeLetter(letterOf(job)));
    expect(letters.find(({ subject }) => subject.includes('Marmite'))?.text).toContain('Elle a copié des annonces.');
    expect((await ada!.send(page, { [`reason-${client}`]: 'Encore une fois.' }, { action })).text('.notice')).toContain(
      'Introuvable',
    );
  });
});
