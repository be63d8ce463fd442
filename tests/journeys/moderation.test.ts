/** From a report to its answer, over two cooperatives: who sees what, who is told what, and what vanishes where. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { follow } from '#domain/follows.ts';
import { updateListing } from '#domain/listings.ts';
import { findAccountByHandle, setRole } from '#domain/members.ts';
import type { ReportRow } from '#domain/reports.ts';
import { eachEngine } from '../support/databases.ts';
import { letters, linkIn } from '../support/letters.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';
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
    const [id, key] = receipt.path.split('.');
    for (const path of [id!, `${id}.`, `${id}.${key!.slice(1)}`, `${id}.${'A'.repeat(32)}`, `${id}.${key}x`])
      expect((await stranger!.open(path)).status, path).toBe(404);
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

  test('what Marseille leaves, Lyon hides for itself: the listing, then whoever publishes it, and shows both again', async () => {
    const copy = (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).find(
      (row) => row.title === 'Vraie chambre',
    )!;
    const bob = visit(lyon!);
    await bob.signIn('bob');
    const chief = visit(lyon!);
    await chief.signIn('ada');
    await lyon!.db.write(async (tx) => {
      await follow(tx, lyon!.site, (await findAccountByHandle(tx, 'bob'))!.actor, {
        uri: copy.publisher,
        local: false,
      });
      await tx.update(tx.t.follows).set({ state: 'accepted' });
    });
    expect((await bob.open('/')).text('main')).toContain('Vraie chambre');
    const sent = await send(bob, `/reports/new?listing=${copy.id}`, {
      reason: 'rules',
      text: 'Trop cher, selon nous.',
    });
    const id = /reports\/([0-9a-f-]{36})/.exec(sent.path)![1]!;
    // Bob did not agree to have it forwarded; the moderator does.
    expect((await reports(marseille!)).length).toBe(1);
    const seen = await chief.open(`/admin/reports/${id}`);
    await chief.send(seen, {}, { action: `/admin/reports/${id}/forwarding` });
    await until('the Flag comes', async () => (await reports(marseille!)).length === 2);
    const theirs = (await reports(marseille!)).find((row) => row.state === 'open')!;
    await decide(ada!, theirs.id, 'none', { answer: 'Le prix est libre.' });
    await until('the answer comes', async () => (await reports(lyon!)).some((row) => row.answer === 'rejected'));
    expect((await chief.open(`/admin/reports/${id}`)).text('main')).toContain('Le prix est libre.');

    await decide(chief, id, 'hideListing', { answer: 'Masquée chez nous.' });
    expect(await titles(lyon!)).toEqual([]);
    expect(await titles(marseille!)).toEqual(['Vraie chambre']);
    expect((await bob.open(`/listings/${copy.id}`)).status).toBe(404);
    expect((await bob.open('/')).text('main')).not.toContain('Vraie chambre');
    // It stays hidden when its owner changes it.
    const [row] = await marseille!.db.read
      .select()
      .from(marseille!.db.read.t.listings)
      .where(eq(marseille!.db.read.t.listings.uri, copy.uri));
    await marseille!.db.write((tx) => updateListing(tx, marseille!.site, row!, draft({ title: 'Encore plus vraie' })));
    await until('the change comes', async () =>
      (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).some((one) => one.title === 'Encore plus vraie'),
    );
    expect(await titles(lyon!)).toEqual([]);
    const lifting = { action: `/admin/reports/${id}/lifting` };
    const none = await chief.send(await chief.open(`/admin/reports/${id}`), { reasons: '' }, lifting);
    expect(none.faults()).toMatchObject([{ field: 'reasons', tied: true }]);
    await chief.send(none, { reasons: 'Le prix a baissé.' }, lifting);
    expect(await titles(lyon!)).toEqual(['Encore plus vraie']);

    const person = await send(bob, `/reports/new?member=${encodeURIComponent(copy.publisher)}`, {
      reason: 'rules',
      text: 'Toujours.',
    });
    const about = /reports\/([0-9a-f-]{36})/.exec(person.path)![1]!;
    await decide(chief, about, 'hideMember');
    expect(await titles(lyon!)).toEqual([]);
    expect((await bob.open('/')).text('main')).not.toContain('Encore plus vraie');
    // Nothing of it left Lyon.
    const said = await lyon!.db.read.select().from(lyon!.db.read.t.activities);
    expect(said.filter((one) => !['Offer', 'Follow', 'Accept', 'Flag'].includes(one.type))).toEqual([]);
  });

  test('an admin’s own words begin the letters; a moderator does not change them', async () => {
    expect((await mod!.open('/admin/decision-texts')).status).toBe(404);
    const texts = await ada!.open('/admin/decision-texts/warn');
    const half = await ada!.send(texts, { fr: 'Attention, {title} !', en: '' });
    expect(half.faults()).toMatchObject([{ field: 'en', tied: true }]);
    await ada!.send(half, { en: 'Mind {title}!' });
    const about = await visit(marseille!).open(`/reports/new?member=${marseille!.origin}/users/alice`);
    const told = await visit(marseille!, 'en').send(
      about,
      { reason: 'spam', text: 'x', name: 'Al', email: 'al@example.org', goodFaith: '1' },
      { action: '/reports' },
    );
    const id = /reports\/([0-9a-f-]{36})/.exec(told.path)![1]!;
    const form = await mod!.open(`/admin/reports/${id}/decision?action=warn`);
    const values = form.values(`/admin/reports/${id}/decision`);
    expect(values['reasons']![0]).toContain('Attention, Alice (@alice@');
    // Each reads their own language: the reporter's page was in English.
    expect(values['answer']![0]).toContain('You were right to tell us');
    await ada!.send(await ada!.open('/admin/decision-texts/warn'), { fr: '', en: '' });
    expect((await ada!.open('/admin/decision-texts/warn')).html).toContain('Merci de le corriger');
  });
});
