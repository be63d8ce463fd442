/** From a report to its answer, over two cooperatives: who sees what, who is told what, and what vanishes where. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { findAccountByHandle, setRole } from '#domain/members.ts';
import type { ReportRow } from '#domain/reports.ts';
import { eachEngine } from '../support/databases.ts';
import { letters, linkIn } from '../support/letters.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('moderation', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let [ada, mod, stranger]: Visitor[] = [];

  const reports = (node: TestNode): Promise<ReportRow[]> => node.db.read.select().from(node.db.read.t.reports);
  const titles = async (node: TestNode, viewer = { member: true }): Promise<string[]> =>
    (await searchCatalogue(node.db.read, new Date(), viewer, { limit: 100 })).items.map((row) => row.title);
  /** Goes from a report's page through the form of a measure. */
  const decide = async (who: Visitor, report: string, action: string, filled: Record<string, string> = {}) => {
    const form = await who.open(`/admin/reports/${report}/decision?action=${action}`);
    expect(form.status, form.text('h1')).toBe(200);
    const measure: Record<string, string> =
      action === 'none' ? {} : { groundText: 'Charte, point 4', reasons: 'Ce que nous avons vu.' };
    return who.send(form, { ...measure, ...filled }, { action: `/admin/reports/${report}/decision` });
  };
  const send = async (who: Visitor, path: string, filled: Record<string, string>): Promise<Visited> => {
    const form = await who.open(path);
    return who.send(form, { goodFaith: '1', ...filled }, { action: '/reports' });
  };

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(marseille!, 'alice', 'Alice');
    await addMember(marseille!, 'mod', 'Mona');
    await addMember(lyon!, 'bob', 'Bob');
    await publish(marseille!, 'alice', { title: 'Fausse chambre' });
    await publish(marseille!, 'alice', { title: 'Vraie chambre' });
    await marseille!.db.write(async (tx) => {
      await setRole(tx, new Date(), (await findAccountByHandle(tx, 'mod'))!.id, 'moderator');
    });
    await peerUp(lyon!, marseille!);
    await until('Lyon has the copies', async () => (await titles(lyon!)).length === 2);
    [ada, mod, stranger] = [visit(marseille!), visit(marseille!), visit(lyon!)];
    await Promise.all([ada!.signIn('ada'), mod!.signIn('mod')]);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('a visitor at Lyon reports a listing of Marseille; it is removed there, and the answer comes back', async () => {
    const copy = (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).find(
      (row) => row.title === 'Fausse chambre',
    )!;
    const page = await stranger!.open(`/listings/${copy.id}`);
    expect(page.html).toContain(`/reports/new?listing=${copy.id}`);
    const receipt = await send(stranger!, `/reports/new?listing=${copy.id}`, {
      reason: 'scam',
      text: 'On demande un virement avant la visite.',
      name: 'Zoé Martin',
      email: 'zoe@example.org',
      forward: '1',
    });
    expect(receipt.text('h1')).toBe('Votre signalement');
    expect(receipt.path).toMatch(/^\/reports\/[0-9a-f-]{36}\.[\w-]{32}$/);
    expect((await letters(lyon!)).find((one) => one.name === 'reportReceived')).toMatchObject({
      to: 'zoe@example.org',
    });

    await until('the Flag comes', async () => (await reports(marseille!)).length === 1);
    const [told] = await reports(marseille!);
    expect(told).toMatchObject({ host: lyon!.host, reason: 'scam', reporter: null, reporterName: null, state: 'open' });
    // Neither the row nor the activity knows who reported.
    const activities = await lyon!.db.read.select().from(lyon!.db.read.t.activities);
    const flag = activities.find((one) => one.type === 'Flag')!;
    expect(`${JSON.stringify(told)}${flag.body}`).not.toMatch(/Zoé|zoe@|Martin/);
    expect(JSON.parse(flag.body)).toMatchObject({
      actor: `${lyon!.origin}/users/instance`,
      object: [`${marseille!.origin}/users/alice`, copy.uri],
      content: 'On demande un virement avant la visite.',
    });

    const queue = await mod!.open('/admin/reports');
    expect(queue.text('main')).toContain(`De ${lyon!.host}`);
    const opened = await mod!.open(`/admin/reports/${told!.id}`);
    await mod!.send(opened, {}, { action: `/admin/reports/${told!.id}/claim` });
    expect((await mod!.open('/admin/reports?state=mine')).text('main')).toContain('Fausse chambre');
    const decided = await decide(mod!, told!.id, 'removeListing', { answer: 'C’était une arnaque : retirée.' });
    expect(decided.path).toBe(`/admin/reports/${told!.id}`);

    expect(await titles(marseille!)).toEqual(['Vraie chambre']);
    await until('it vanishes at Lyon', async () => (await titles(lyon!)).length === 1);
    await until('the answer comes', async () => (await reports(lyon!))[0]!.answer === 'accepted');
    const answer = (await letters(lyon!)).find((one) => one.name === 'answeredThere')!;
    expect(answer).toMatchObject({ to: 'zoe@example.org' });
    expect(answer.text).toContain('C’était une arnaque : retirée.');
    const back = await stranger!.open(linkIn(answer));
    expect(back.text('main')).toContain('Sa modération y a donné suite.');
    expect(back.text('main')).toContain('C’était une arnaque : retirée.');
    // Without the key the page is nobody's.
    expect((await stranger!.open(receipt.path.split('.')[0]!)).status).toBe(404);
    const [gone] = await marseille!.db.read
      .select()
      .from(marseille!.db.read.t.tombstones)
      .where(eq(marseille!.db.read.t.tombstones.uri, copy.uri));
    expect(gone).toMatchObject({ local: true });
    // Alice reads why.
    const statement = (await letters(marseille!)).find((one) => one.name === 'statement')!;
    expect(statement).toMatchObject({ to: 'alice@example.org' });
    expect(statement.text).not.toContain(lyon!.host);
  });
});
