/** What a member goes through who is reported: warned, limited, suspended, let in again, heard; and who sees what of it. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findActor } from '#domain/actors.ts';
import { searchCatalogue } from '#domain/catalogue.ts';
import { askComparison, lastComparisons } from '#domain/comparisons.ts';
import { removeCopy } from '#domain/copies.ts';
import { sendMessage } from '#domain/conversations.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { actorUri, catalogueUri } from '#domain/ids.ts';
import { findAccountByHandle, setRole } from '#domain/members.ts';
import { APPEAL_MS } from '#domain/moderation/actions.ts';
import { endTimed } from '#domain/moderation/decide.ts';
import { sweepReports } from '#domain/moderation/keeping.ts';
import { countYear } from '#domain/moderation/statistics.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { eachEngine } from '../support/databases.ts';
import { letters, linkIn } from '../support/letters.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { shoot } from '../support/shots.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('a member who is reported', (engine) => {
  let [node, lyon]: TestNode[] = [];
  let [ada, mod, alice, bob, stranger]: Visitor[] = [];
  let now = new Date();
  let actor = '';

  const { told, nameAtLyon, titles, caseOf, decide, lastLetter, tell } = {
    /** What her actor's document says to anybody. */
    told: async (): Promise<Record<string, unknown>> => {
      const { text } = await shoot({ url: actor, method: 'GET', headers: { accept: 'application/activity+json' } });
      return JSON.parse(text) as Record<string, unknown>;
    },
    nameAtLyon: async (): Promise<string | undefined> => (await findActor(lyon!.db.read, actor))?.name,
    titles: async (at: TestNode, member: boolean): Promise<string[]> =>
      (await searchCatalogue(at.db.read, now, { member }, { limit: 100 })).items.map((row) => row.title),
    /** Bob reports Alice. @returns the id of the report */
    tell: async (text: string, who = bob!): Promise<string> => {
      const page = await who.open(`/reports/new?member=${encodeURIComponent(actor)}`);
      const sent = await who.send(page, { reason: 'harassment', text, goodFaith: '1' }, { action: '/reports' });
      expect(sent.text('h1'), sent.text('.summary')).toBe('Votre signalement');
      return /reports\/([0-9a-f-]{36})/.exec(sent.path)![1]!;
    },
    caseOf: (who: Visitor, id: string): Promise<Visited> => who.open(`/admin/reports/${id}`),
    decide: async (who: Visitor, id: string, action: string, more: Record<string, string> = {}): Promise<Visited> => {
      const form = await who.open(`/admin/reports/${id}/decision?action=${action}`);
      expect(form.status).toBe(200);
      const words = { groundText: 'Charte, point 4', reasons: 'Trois messages insultants.', answer: 'Merci, vu.' };
      return who.send(form, { ...words, ...more }, { action: `/admin/reports/${id}/decision` });
    },
    lastLetter: async (name: string, to: string) =>
      (await letters(node!)).findLast((one) => one.name === name && one.to === to)!,
  };

  beforeAll(async () => {
    [node, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides: { now: () => now } }),
      startNode('lyon', { engine, overrides: { now: () => now } }),
    ]);
    actor = await addMember(node!, 'alice', 'Alice');
    await addMember(node!, 'bob', 'Bob');
    await addMember(node!, 'mod', 'Mona');
    await publish(node!, 'alice', { title: 'Chez Alice' });
    await node!.db.write(async (tx) => {
      await setRole(tx, now, (await findAccountByHandle(tx, 'mod'))!.id, 'moderator');
    });
    await peerUp(lyon!, node!);
    [ada, mod, alice, bob, stranger] = Array.from({ length: 5 }, () => visit(node!));
    for (const [who, login] of [
      [ada, 'ada'],
      [mod, 'mod'],
      [alice, 'alice'],
      [bob, 'bob'],
    ] as const)
      await who!.signIn(login);
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), lyon?.drop()]);
  });

  test('is warned, reads it at home until it is confirmed, and by letter; Bob is told, and not named', async () => {
    const report = await tell('Elle m’insulte, dit Bob.');
    const page = await caseOf(mod!, report);
    expect(page.text('main')).toContain('Elle m’insulte, dit Bob.');
    await mod!.send(page, { note: 'Déjà vu en mars.' }, { action: `/admin/reports/${report}/notes` });
    // The words that it begins with are in the language of who reads them.
    const form = await mod!.open(`/admin/reports/${report}/decision?action=warn`);
    expect(form.values(`/admin/reports/${report}/decision`)['reasons']![0]).toContain('Merci de le corriger');
    await decide(mod!, report, 'warn');
    const home = await alice!.open('/');
    expect(home.text('main')).toContain('Trois messages insultants.');
    const statement = await alice!.open(linkIn(await lastLetter('statement', 'alice@example.org')));
    expect(statement.text('main')).toContain('Charte, point 4');
    expect(statement.text('main')).toContain('Aucun moyen automatisé');
    expect(statement.text('main')).toContain('règlement extrajudiciaire');
    for (const seen of [home, statement, await alice!.open('/account/moderation')])
      expect(seen.html).not.toMatch(/Bob|Elle m’insulte|Déjà vu|Mona/);
    const confirmation = /\/statements\/[0-9a-f-]{36}\/confirmation/.exec(home.html)![0];
    const confirmed = await alice!.send(home, {}, { action: confirmation });
    expect(confirmed.text('main')).not.toContain('Trois messages insultants.');
    const answer = await lastLetter('reportDecided', 'bob@example.org');
    expect(answer.text).toContain('Merci, vu.');
    expect((await bob!.open(linkIn(answer))).text('main')).toContain('Merci, vu.');
    expect((await caseOf(mod!, report)).text('main')).toContain('Lu par la personne concernée');
  });

  test('is limited: what she publishes waits, and strangers see nothing of hers; lifted, it is as before', async () => {
    const report = await tell('Encore.');
    const [listing] = await node!.db.read.select().from(node!.db.read.t.listings);
    const asStranger = (url: string) => shoot({ url, method: 'GET', headers: { accept: 'application/activity+json' } });
    const cooperative = actorUri(node!.site, (await getCooperative(node!.db.read))!.handle);
    const catalogue = async (): Promise<string> => (await asStranger(`${catalogueUri(cooperative)}?page=first`)).text;
    const outbox = async (): Promise<string> => (await asStranger(`${actor}/outbox?page=first`)).text;
    const everywhere = [() => asStranger(listing!.uri).then(({ text }) => text), catalogue, outbox];
    for (const shown of everywhere) expect(await shown()).toContain('Chez Alice');
    await decide(mod!, report, 'limit', { days: '30' });
    expect(await titles(node!, false)).toEqual([]);
    expect((await asStranger(listing!.uri)).status).toBe(404);
    expect((await asStranger(listing!.proposalUri)).status).toBe(404);
    for (const shown of everywhere) expect(await shown()).not.toContain('Chez Alice');
    // Partners keep what they have, and may look it up anew: what is lost there comes back, for their members.
    await lyon!.db.write((tx) => removeCopy(tx, [listing!.uri, listing!.proposalUri], actor, listing!.updated));
    await lyon!.db.write(async (tx) => void (await tx.delete(tx.t.tombstones)));
    const compared = await lyon!.federation.compare(await peerId(lyon!, node!));
    expect(compared).toMatchObject({ state: 'repaired', added: 1, removed: 0 });
    expect([await titles(lyon!, false), await titles(lyon!, true)]).toEqual([[], ['Chez Alice']]);
    expect(await titles(node!, true)).toEqual(['Chez Alice']);
    const held = await publish(node!, 'alice', { title: 'Nouvelle chambre' });
    expect(held.state).toBe('draft');
    expect((await alice!.open(`/listings/${held.id}`)).text('.notice')).toContain('attend la relecture');
    const waiting = await mod!.open('/admin/reports/listings');
    expect(waiting.text('main')).toContain('Nouvelle chambre');
    await mod!.send(waiting, {}, { action: `/admin/reports/listings/${held.id}/publication` });
    expect((await titles(node!, true)).toSorted()).toEqual(['Chez Alice', 'Nouvelle chambre']);
    const other = await publish(node!, 'alice', { title: 'Mauvaise chambre' });
    const again = await mod!.open('/admin/reports/listings');
    const kept = await mod!.send(again, {}, { action: `/admin/reports/listings/${other.id}/case` });
    expect(kept.text('h1')).toBe('Ne pas publier l’annonce');
    await mod!.send(kept, { groundText: 'Charte', reasons: 'Pas à vous.' });
    expect((await mod!.open('/admin/reports/listings')).text('main')).toContain('Aucune annonce n’attend');
    // Its time is over by itself. What waits to be sent would be given up by then.
    await until('Lyon has both', async () => (await titles(lyon!, true)).length === 2);
    now = new Date(now.getTime() + 31 * 86_400_000);
    await node!.db.write(async (tx) => {
      await endTimed(tx, node!.site);
    });
    expect((await titles(node!, false)).toSorted()).toEqual(['Chez Alice', 'Nouvelle chambre']);
    await until('Lyon shows both to everybody', async () => (await titles(lyon!, false)).length === 2);
    for (const shown of everywhere) expect(await shown()).toContain('Chez Alice');
    expect((await publish(node!, 'alice', { title: 'Libre' })).state).toBe('published');
    for (const [who, login] of [
      [ada, 'ada'],
      [mod, 'mod'],
      [alice, 'alice'],
      [bob, 'bob'],
    ] as const)
      await who!.signIn(login);
  });

  test('is suspended, also at partners; contests it without signing in; another moderator hears her', async () => {
    await until('Lyon has all three', async () => (await titles(lyon!, true)).length === 3);
    const report = await tell('Et encore.');
    await decide(mod!, report, 'suspend');
    expect(await titles(node!, true)).toEqual([]);
    await until('they vanish at Lyon', async () => (await titles(lyon!, true)).length === 0);
    // No comparison brings them back.
    const peer = await peerId(lyon!, node!);
    await lyon!.db.write((tx) => askComparison(tx, new Date(now.getTime() + 1_000), peer));
    now = new Date(now.getTime() + 5_000);
    lyon!.jobs.wake();
    await until('Lyon compares', async () => {
      const last = (await lastComparisons(lyon!.db.read, [peer])).get(peer);
      return last !== undefined && last.at >= now;
    });
    expect((await lastComparisons(lyon!.db.read, [peer])).get(peer)!.state).toBe('equal');
    expect(await titles(lyon!, true)).toEqual([]);
    const [mine] = await node!.db.read.select().from(node!.db.read.t.listings);
    expect(
      (
        await node!.fetch(
          new Request(mine!.uri, { headers: { accept: 'application/activity+json', host: node!.host } }),
        )
      ).status,
    ).toBe(404);
    expect((await alice!.open('/account')).path).toContain('/sign-in');
    // Nothing is told of her but the name that others address her by, and as Mastodon says it.
    expect(await told()).toMatchObject({ name: 'alice', summary: '', suspended: true, preferredUsername: 'alice' });
    await until('Lyon forgets her name', async () => (await nameAtLyon()) === 'alice');
    const link = linkIn(await lastLetter('statement', 'alice@example.org'));
    expect((await stranger!.open(link.split('.')[0]!)).status).toBe(404);
    const statement = await stranger!.open(link);
    const empty = await stranger!.send(statement, { text: ' ' });
    expect(empty.faults()).toEqual([{ field: 'text', message: 'À remplir.', tied: true }]);
    const contested = await stranger!.send(statement, { text: 'Ce n’était pas moi.' });
    expect(contested.text('main')).toContain('Attend une réponse');

    const queue = await mod!.open('/admin/reports?state=appealed');
    expect(queue.text('main')).toContain('Alice');
    // She who decided does not answer as long as somebody else can.
    const hers = await caseOf(mod!, report);
    expect(hers.text('main')).toContain('C’est vous qui aviez décidé');
    const [waiting] = await node!.db.read.select().from(node!.db.read.t.appeals);
    const action = `/admin/reports/${report}/appeals/${waiting!.id}`;
    const others = await caseOf(ada!, report);
    const refused = await ada!.send(others, { answer: '' }, { action });
    expect(refused.faults().map((one) => [one.field, one.tied])).toEqual([
      ['outcome', true],
      ['answer', true],
    ]);
    await ada!.send(others, { outcome: 'reversed', answer: 'Vous aviez raison, pardon.' }, { action });
    expect((await findAccountByHandle(node!.db.read, 'alice'))!.state).toBe('active');
    expect((await lastLetter('appealReversed', 'alice@example.org')).text).toContain('Vous aviez raison, pardon.');
    await alice!.signIn('alice');
    expect((await titles(node!, true)).length).toBe(3);
    await until('they are back at Lyon', async () => (await titles(lyon!, true)).length === 3);
    expect(await told()).toMatchObject({ name: 'Alice' });
    expect(await told()).not.toHaveProperty('suspended');
    await until('Lyon knows her name again', async () => (await nameAtLyon()) === 'Alice');
  });

  test('nothing is done; Bob contests it in time, once; it is open again', async () => {
    const report = await tell('Toujours.');
    await decide(ada!, report, 'none', { answer: 'Rien vu.' });
    const path = linkIn(await lastLetter('reportDecided', 'bob@example.org'));
    const contested = await bob!.send(await bob!.open(path), { text: 'Regardez mieux.' });
    expect(contested.text('main')).toContain('Regardez mieux.');
    const { appeals } = node!.db.read.t;
    const [mine] = await node!.db.read.select().from(appeals).where(eq(appeals.report, report));
    const judged = await mod!.send(
      await caseOf(mod!, report),
      { outcome: 'reversed', answer: 'Nous regardons de nouveau.' },
      { action: `/admin/reports/${report}/appeals/${mine!.id}` },
    );
    expect(judged.text('main')).toContain('Rouvert');
    expect((await mod!.open('/admin/reports')).text('main')).toContain('Alice');
    await decide(mod!, report, 'warn');
    now = new Date(now.getTime() + APPEAL_MS + 1_000);
    expect((await stranger!.open(path)).all('textarea')).toEqual([]);
    now = new Date(now.getTime() - APPEAL_MS - 1_000);
  });

  test('both contest one decision: the answer to one does not put the other out of sight', async () => {
    const report = await tell('Trop peu.');
    await decide(ada!, report, 'warn');
    await bob!.send(await bob!.open(linkIn(await lastLetter('reportDecided', 'bob@example.org'))), {
      text: 'Trop peu !',
    });
    const hers = linkIn(await lastLetter('statement', 'alice@example.org'));
    await alice!.send(await alice!.open(hers), { text: 'Trop !' });
    const twice = await alice!.open(hers);
    expect(twice.all('textarea')).toEqual([]);
    const { appeals } = node!.db.read.t;
    const waiting = (await node!.db.read.select().from(appeals)).filter((one) => one.state === 'open');
    expect(waiting).toHaveLength(2);
    const answer = async (one: { id: string }): Promise<Visited> =>
      mod!.send(
        await caseOf(mod!, report),
        { outcome: 'upheld', answer: 'Cela reste.' },
        { action: `/admin/reports/${report}/appeals/${one.id}` },
      );
    const contested = async (): Promise<string> => (await mod!.open('/admin/reports?state=appealed')).text('.lines');
    await answer(waiting.find((one) => one.report !== '')!);
    expect(await contested()).toContain('Alice');
    await answer(waiting.find((one) => one.report === '')!);
    expect(await contested()).not.toContain('Alice');
    expect((await alice!.open(hers)).text('main')).toContain('La décision est maintenue');
  });

  test('a message is removed and given back; only the two who read it can report it', async () => {
    const thread = await node!.db.write((tx) =>
      sendMessage(
        tx,
        node!.site,
        actor,
        { uri: actor.replace('alice', 'bob'), local: true },
        { uri: actor, title: 'Bonjour' },
        'Une insulte',
      ),
    );
    if (!thread.ok) throw new Error('not sent');
    const { uri } = thread.value.message;
    const form = `/reports/new?message=${encodeURIComponent(uri)}`;
    for (const who of [stranger!, mod!, alice!]) expect((await who.open(form)).status).toBe(404);
    const page = await bob!.open(form);
    await bob!.send(page, { reason: 'harassment', text: 'Lisez.', goodFaith: '1' }, { action: '/reports' });
    const [report] = await node!.db.read
      .select()
      .from(node!.db.read.t.reports)
      .where(eq(node!.db.read.t.reports.object, uri));
    await decide(mod!, report!.id, 'removeMessage');
    const conversation = `/conversations/${thread.value.conversation}`;
    expect((await bob!.open(conversation)).text('.bubbles')).toContain('retiré par la modération');
    expect((await bob!.open(conversation)).html).not.toContain('Une insulte');
    await mod!.send(
      await caseOf(mod!, report!.id),
      { reasons: 'À tort.' },
      { action: `/admin/reports/${report!.id}/lifting` },
    );
    expect((await bob!.open(conversation)).text('.bubbles')).toContain('Une insulte');
  });

  test('a listing that was removed by mistake comes back as a draft, with its words', async () => {
    const { listings } = node!.db.read.t;
    const [row] = await node!.db.read.select().from(listings).where(eq(listings.title, 'Libre'));
    const form = await bob!.open(`/reports/new?listing=${row!.id}`);
    const sent = await bob!.send(form, { reason: 'scam', text: 'Fausse.', goodFaith: '1' }, { action: '/reports' });
    const report = /reports\/([0-9a-f-]{36})/.exec(sent.path)![1]!;
    await decide(mod!, report, 'removeListing');
    expect((await alice!.open(`/listings/${row!.id}`)).status).toBe(404);
    const [aside] = await node!.db.read.select().from(listings).where(eq(listings.title, 'Libre'));
    expect(aside!.state).toBe('removed');
    // Nobody gets at what is put aside, not even by its address.
    for (const who of [alice!, bob!, ada!]) expect((await who.open(`/listings/${aside!.id}`)).status).toBe(404);
    expect((await alice!.open(`/listings/${aside!.id}/edit`)).status).toBe(404);
    await mod!.send(await caseOf(mod!, report), { reasons: 'À tort.' }, { action: `/admin/reports/${report}/lifting` });
    expect((await alice!.open(`/listings/${aside!.id}`)).text('h1')).toBe('Libre');
  });

  test('of two moderators who decide at once one does', async () => {
    const report = await tell('À deux.');
    const { decisions } = node!.db.read.t;
    const before = await node!.db.read.$count(decisions);
    const forms = await Promise.all(
      [ada!, mod!].map((who) => who.open(`/admin/reports/${report}/decision?action=warn`)),
    );
    const words = { groundText: 'Charte', reasons: 'Vu.', answer: 'Merci.' };
    const said = await Promise.all(
      [ada!, mod!].map((who, i) => who.send(forms[i]!, words, { action: `/admin/reports/${report}/decision` })),
    );
    expect(said.map((page) => page.text('.notice')).toSorted()).toEqual([
      'Décidé. Les lettres partent.',
      'Introuvable, ou déjà traité.',
    ]);
    expect(await node!.db.read.$count(decisions)).toBe(before + 1);
  });

  test('two moderators do not work on one report; a moderator sees nothing of what is said of herself', async () => {
    const report = await tell('Une dernière.');
    await mod!.send(await caseOf(mod!, report), {}, { action: `/admin/reports/${report}/claim` });
    const form = await ada!.open(`/admin/reports/${report}/decision?action=none`);
    const refused = await ada!.send(form, { answer: 'Moi aussi.' }, { action: `/admin/reports/${report}/decision` });
    expect(refused.text('.notice')).toBe('Quelqu’un d’autre s’en occupe.');
    await mod!.send(await caseOf(mod!, report), {}, { action: `/admin/reports/${report}/release` });
    await ada!.send(await caseOf(ada!, report), {}, { action: `/admin/reports/${report}/claim` });
    expect((await caseOf(mod!, report)).text('main')).toContain('chez Ada');

    const page = await bob!.open(`/reports/new?member=${encodeURIComponent(actor.replace('alice', 'mod'))}`);
    const sent = await bob!.send(
      page,
      { reason: 'rules', text: 'Mona abuse.', goodFaith: '1' },
      { action: '/reports' },
    );
    const about = /reports\/([0-9a-f-]{36})/.exec(sent.path)![1]!;
    expect((await caseOf(mod!, about)).status).toBe(404);
    for (const state of ['open', 'mine', 'closed', 'appealed'])
      expect((await mod!.open(`/admin/reports?state=${state}`)).html).not.toContain('Mona abuse');
    expect((await caseOf(ada!, about)).text('main')).toContain('Mona abuse.');
    // About an admin an admin decides.
    const above = await bob!.open(`/reports/new?member=${encodeURIComponent(actor.replace('alice', 'ada'))}`);
    const up = await bob!.send(above, { reason: 'rules', text: 'Ada aussi.', goodFaith: '1' }, { action: '/reports' });
    const back = await decide(mod!, /reports\/([0-9a-f-]{36})/.exec(up.path)![1]!, 'warn');
    expect(back.faults()).toEqual([
      { field: 'action', message: expect.stringContaining('Seule une personne qui administre'), tied: true },
    ]);
    // Nobody else sees any of it.
    for (const who of [alice!, bob!, stranger!])
      for (const path of [
        '/admin/reports',
        `/admin/reports/${report}`,
        '/admin/reports/year.csv',
        '/admin/decision-texts',
      ])
        expect([404, 200], path).toContain((await who.open(path)).status);
    expect((await alice!.open(`/reports/${report}`)).status).toBe(404);
  });

  test('the year in numbers names nobody; a year later neither does anything else', async () => {
    const count = await countYear(node!.db.read, now.getUTCFullYear());
    expect(count.reasons.find((one) => one.reason === 'harassment')!.forms).toBeGreaterThan(0);
    expect(count.appeals.reversed).toBeGreaterThan(0);
    const csv = await ada!.open(`/admin/reports/year.csv?year=${now.getUTCFullYear()}`);
    expect(csv.html).toContain('Harcèlement');
    expect(csv.html).not.toMatch(/Bob|Alice|Mona/);
    const later = new Date(now.getTime() + DEFAULT_LIMITS.keep.reportsMs + 86_400_000);
    await node!.db.write((tx) => sweepReports(tx, later, DEFAULT_LIMITS.keep.reportsMs));
    const { reports, decisions, moderationLines } = node!.db.read.t;
    const closed = (await node!.db.read.select().from(reports)).filter((row) => row.state === 'closed');
    expect(closed.length).toBeGreaterThan(3);
    expect(JSON.stringify(closed)).not.toMatch(/users\/|Bob|insult|Charte|Merci/);
    expect(JSON.stringify(await node!.db.read.select().from(decisions))).not.toMatch(/users\/alice|insult/);
    const kept = await node!.db.read.select().from(moderationLines);
    expect(kept.every((line) => closed.every((row) => row.id !== line.report))).toBe(true);
    // The counts are the same.
    expect((await countYear(node!.db.read, now.getUTCFullYear())).reasons).toEqual(count.reasons);
  });
});
