/** The form: what it asks of whom, what it says when something lacks, and what nobody gets to see by it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { eachEngine } from '../support/databases.ts';
import { letters } from '../support/letters.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('reporting', (engine) => {
  let node: TestNode | undefined;
  let [ada, stranger]: Visitor[] = [];
  let actor = '';

  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    actor = await addMember(node, 'alice', 'Alice');
    await addMember(node, 'bob', 'Bob');
    [ada, stranger] = [visit(node), visit(node)];
    await ada!.signIn('ada');
  });
  afterAll(() => node?.drop());

  test('a visitor’s report: every field says what it lacks; who need not be named is not', async () => {
    const page = await stranger!.open(`/reports/new?member=${encodeURIComponent(actor)}`);
    const before = await node!.db.read.$count(node!.db.read.t.reports);
    const wrong = await stranger!.send(page, { email: 'pas une adresse' }, { action: '/reports' });
    expect(wrong.status).toBe(422);
    expect(wrong.faults().map(({ field, tied }) => [field, tied])).toEqual([
      ['reason', true],
      ['text', true],
      ['name', true],
      ['email', true],
      ['goodFaith', true],
    ]);
    expect(wrong.values('/reports')['email']).toEqual(['pas une adresse']);
    expect(await node!.db.read.$count(node!.db.read.t.reports)).toBe(before);
    const nowhere = await stranger!.send(await stranger!.open('/reports/new'), {
      location: 'https://nowhere.invalid/x',
      reason: 'scam',
      text: 'Là-bas.',
      name: 'Zoé',
      email: 'zoe@example.org',
      goodFaith: '1',
    });
    expect(nowhere.faults()).toMatchObject([{ field: 'location', tied: true }]);
    const anonymous = await stranger!.send(await stranger!.open('/reports/new'), {
      location: `${node!.origin}/@alice`,
      reason: 'minors',
      text: 'Il faut regarder.',
      goodFaith: '1',
    });
    expect(anonymous.text('main')).toContain('Gardez l’adresse de cette page');
  });

  test('whoever types another’s address is not shown what the other wrote; one decision answers all, each in their language', async () => {
    const path = `/reports/new?member=${encodeURIComponent(actor)}`;
    const say = async (language: string, text: string): Promise<Visited> => {
      const who = visit(node!, language);
      const filled = { reason: 'scam', text, name: 'X', email: 'same@example.org', goodFaith: '1' };
      return who.send(await who.open(path), filled, { action: '/reports' });
    };
    const [one, two] = [await say('fr', 'Mon secret.'), await say('en', 'Something else.')];
    expect(two.html).not.toContain('Mon secret');
    const [first, second] = [one, two].map((page) => /reports\/([0-9a-f-]{36})/.exec(page.path)![1]!);
    expect(first).not.toBe(second);
    const form = await ada!.open(`/admin/reports/${first}/decision?action=warn`);
    const action = `/admin/reports/${first}/decision`;
    // Those of the same thing are ticked.
    expect(form.values(action)['also']).toContain(second);
    await ada!.send(
      form,
      { groundText: 'Charte', reasons: 'Vu.', answer: 'Thanks, merci.', also: [second!] },
      { action },
    );
    expect((await ada!.open(`/admin/reports/${second}`)).text('.state')).toBe('Décidé');
    const told = (await letters(node!)).filter(({ name, to }) => name === 'reportDecided' && to === 'same@example.org');
    expect(told.map((letter) => letter.locale).toSorted()).toEqual(['en', 'fr']);
  });

  test('at most so many reports an hour', async () => {
    const flood = visit(node!);
    await flood.signIn('bob');
    let last: Visited | undefined;
    for (let i = 0; i <= DEFAULT_LIMITS.web.reportsPerHour && last?.status !== 422; i++) {
      const page = await flood.open(`/reports/new?member=${encodeURIComponent(actor)}`);
      last = await flood.send(page, { reason: 'spam', text: `Fois ${i}`, goodFaith: '1' }, { action: '/reports' });
    }
    expect(last!.faults()).toMatchObject([
      { field: 'reason', message: expect.stringContaining('beaucoup'), tied: true },
    ]);
  });
});
