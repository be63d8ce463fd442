/**
 * Every form of the node with wrong input of every kind: each fault names its field and the remedy, in the page's
 * language and tied to the field; what was typed is kept; nothing is half-saved.
 */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendMessage } from '#domain/conversations.ts';
import { report } from '#domain/reports.ts';
import { issueToken } from '#domain/tokens.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { type Visitor, visit } from '../support/visitor.ts';
import { type FormCase, ROOM, formCases, long } from './form-cases.ts';

eachEngine('every form', (engine) => {
  let node: TestNode;
  let partner: TestNode;
  const people: Partial<Record<FormCase['as'], Visitor>> = {};
  const paths: Record<string, string> = {};
  beforeAll(async () => {
    [node, partner] = await Promise.all([startNode('formulaires', { engine }), startNode('partenaire')]);
    const alice = await addMember(node, 'alice', 'Alice');
    const bob = await addMember(node, 'bob', 'Bob');
    await addMember(node, 'zoe', 'Zoé');
    const mine = await publish(node, 'alice', { title: 'Celle d’Alice' });
    const theirs = await publish(node, 'bob', { title: 'Celle de Bob' });
    const [zoe] = await node.db.write((tx) =>
      tx.update(tx.t.accounts).set({ state: 'pending' }).where(eq(tx.t.accounts.handle, 'zoe')).returning(),
    );
    const { token, thread, reported } = await node.db.write(async (tx) => {
      const [account] = await tx.select().from(tx.t.accounts).where(eq(tx.t.accounts.handle, 'bob'));
      const about = { uri: theirs.uri, title: theirs.title };
      const sent = await sendMessage(tx, node.site, bob, { uri: alice, local: true }, about, 'Bonjour');
      const told = await report(
        tx,
        new Date(),
        { uri: theirs.uri, kind: 'listing', subject: bob },
        { reporter: alice },
        { reason: 'spam', text: 'Encore.' },
      );
      return {
        token: await issueToken(tx, new Date(), 'reset', { account: account!.id, ttlMs: 3_600_000 }),
        thread: sent.ok ? sent.value.conversation : '',
        reported: told.ok ? told.value.id : '',
      };
    });
    Object.assign(paths, {
      mine: `/listings/${mine.id}`,
      theirs: `/listings/${theirs.id}`,
      report: `/reports/new?listing=${theirs.id}`,
      thread: `/conversations/${thread}`,
      reset: `/password-reset/${token}`,
      reported: `/admin/reports/${reported}/decision`,
      refusal: `/admin/members/${zoe!.id}/refusal`,
    });
    await node.settled();
    people.nobody = visit(node);
    people.alice = visit(node);
    await people.alice.signIn('alice');
    people.ada = visit(node);
    await people.ada.signIn('ada');
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), partner?.drop()]);
  });

  /** All that is stored; sessions aside, which note when they were last seen. */
  const stored = async (): Promise<string> => {
    const { sessions: _, ...tables } = node.db.read.t;
    const rows = await Promise.all(Object.values(tables).map((table) => node.db.read.select().from(table)));
    return JSON.stringify(rows);
  };

  const FORMS = formCases(paths);

  describe.each(FORMS)('$form', (one) => {
    test.each(one.faults)('%s: %s', async (field, typed, message) => {
      const visitor = people[one.as]!;
      const page = await visitor.open(await one.page());
      const filled = { ...one.right, [field]: typed };
      const before = await stored();
      const action = one.action?.();
      const back = await visitor.send(page, filled, {
        ...(action === undefined ? {} : { action }),
        ...(one.button === undefined ? {} : { button: one.button }),
      });
      expect(back.status).toBe(422);
      expect(back.faults()).toEqual([{ field, message: expect.stringMatching(message), tied: true }]);
      // Passwords are never sent back; the rest stands there as it was typed.
      const kept = back.values(action);
      for (const [name, value] of Object.entries(filled))
        if (!/password$/i.test(name)) expect(kept[name] ?? [], name).toEqual([value].flat());
      expect(await stored()).toBe(before);
    });
  });

  test('a decision needs its ground and its words, each said at its field, and keeps what was written', async () => {
    const ada = people.ada!;
    const page = await ada.open(`${paths['reported']!}?action=warn`);
    const before = await stored();
    const right = { groundText: 'Charte, 4', reasons: 'Vu.', answer: 'Merci.' };
    for (const [field, typed, message] of [
      ['groundText', '', 'À remplir.'],
      ['reasons', ' ', 'À remplir.'],
      ['reasons', 'Ceci : …\n\nDonc.', 'Remplacez les points de suspension par ce que vous avez constaté.'],
      ['answer', long(3_001), 'Au plus 3000 caractères.'],
      ['ground', 'caprice', 'Choisissez : la loi ou les règles.'],
    ] as const) {
      const back = await ada.send(page, { ...right, [field]: typed }, { action: paths['reported']! });
      expect(back.status).toBe(422);
      expect(back.faults()).toMatchObject([{ tied: true }]);
      expect(back.faults()[0]!.message.replaceAll(/\s/g, ' ').replace('3 000', '3000')).toBe(message);
      if (field !== 'ground') expect(back.values(paths['reported'])[field]).toEqual([typed]);
    }
    expect(await stored()).toBe(before);
  });

  test('a word to a partner that is too long comes back, with the partner still in view', async () => {
    const ada = people.ada!;
    const seen = await ada.send(
      await ada.open('/admin/peers'),
      { domain: partner.host },
      { action: '/admin/peers/preview' },
    );
    expect(seen.text('main')).toContain('Coop partenaire');
    const back = await ada.send(seen, { message: long(1_001) }, { action: '/admin/peers' });
    expect(back.faults()).toMatchObject([{ field: 'message', tied: true }]);
    expect(back.values('/admin/peers')['message']).toEqual([long(1_001)]);
    expect(back.text('main')).toContain('Coop partenaire');
    expect(await node.db.read.$count(node.db.read.t.peers)).toBe(0);
  });

  test('several faults are told at once, each at its field', async () => {
    const alice = people.alice!;
    const back = await alice.send(
      await alice.open('/listings/new?kind=lodging'),
      {
        ...ROOM,
        title: '',
        text: 'court',
        price: '-1',
        place: 'Nullepart',
        validUntil: '2020-01-01',
        'attributes.beds': 'x',
      },
      { button: ['as', 'publish'] },
    );
    expect(back.faults().map(({ field, tied }) => [field, tied])).toEqual(
      ['title', 'text', 'price', 'place', 'attributes.beds', 'validUntil'].map((field) => [field, true]),
    );
    expect(back.text('.summary')).toContain('6 choses à corriger');
  });

  test('a form that lost its token says so and keeps what was typed', async () => {
    const alice = people.alice!;
    for (const [path, action, filled] of [
      ['/account/profile', '/account/profile', { name: 'Alice bis' }],
      ['/listings/new?kind=goods', '/listings', { title: 'Perceuse' }],
      [`${paths['theirs']}/message`, `${paths['theirs']}/message`, { text: 'Bonjour' }],
      ['/follows', '/follows', { actor: '@bob' }],
      ['/invitations', '/invitations', { email: 'a@example.org' }],
    ] as const) {
      const back = await alice.send(await alice.open(path), { ...filled, csrf: 'stale' }, { action });
      expect(back.text('.summary'), path).toContain('Le formulaire avait expiré ; envoyez-le encore.');
      for (const [name, value] of Object.entries(filled)) expect(back.values(action)[name]).toEqual([value]);
    }
  });

  test('a search for a place that is nowhere says so at its field', async () => {
    const page = await people.nobody!.open('/listings?q=lit&place=Nullepart-les-Bains');
    expect(page.text('#f-place-error')).toContain('Lieu inconnu');
    expect(page.html).toContain('value="Nullepart-les-Bains"');
    expect(page.html).toContain('value="lit"');
  });

  test('what is no form at all, or far too large, is answered in words', async () => {
    const post = (path: string, body: BodyInit, type: string) =>
      node.fetch(new Request(`${node.origin}${path}`, { method: 'POST', body, headers: { 'content-type': type } }), {
        incoming: { socket: { remoteAddress: '198.51.100.7' } },
      });
    const odd = await post('/sign-up', '{"name":"Zoé"}', 'application/json');
    expect(odd.status).toBe(400);
    expect(await odd.text()).toContain('Revenez en arrière et recommencez');
    const large = await post(
      '/sign-up',
      new URLSearchParams({ name: long(600_000) }),
      'application/x-www-form-urlencoded',
    );
    expect(large.status).toBe(413);
    expect(await large.text()).toContain('Au plus 1 Mo à la fois');
  });
});
