/** An attestation that ends is told of in time: to its holder once, to those who attest until it was looked at again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remindEnding } from '#domain/attestations/ending.ts';
import { attest } from '#domain/attestations/give.ts';
import { composeLetter, letterOf } from '#domain/mail.ts';
import { toDecide } from '#domain/to-decide.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

const DAY = 24 * 3_600_000;

eachEngine('an attestation that ends', (engine) => {
  let node: TestNode;
  let now = new Date();
  const dayIn = (days: number): string => new Date(now.getTime() + days * DAY).toISOString().slice(0, 10);
  const give = async (handle: string, code: string, days: number): Promise<void> => {
    const [by, member] = [`${node.origin}/users/ada`, `${node.origin}/users/${handle}`];
    const done = await node.db.write((tx) =>
      attest(tx, node.site, { by, member, may: [code] }, { code, until: dayIn(days), note: 'Carte vue.' }),
    );
    if (!done.ok) throw new Error(JSON.stringify(done.errors));
  };
  const remind = (): Promise<number> => node.db.write((tx) => remindEnding(tx, node.site));
  const reminders = async () =>
    (await node.db.read.select().from(node.db.read.t.jobs))
      .filter((job) => job.type === 'mail')
      .map((job) => composeLetter(letterOf(job)))
      .filter(({ subject }) => subject.includes('prend fin'));
  const line = async () => (await toDecide(node.db.read, now, { admin: true })).find((one) => one.kind === 'ending');

  beforeAll(async () => {
    node = await startNode('marseille', { engine, overrides: { now: () => now } });
    for (const handle of ['bob', 'vera', 'alice']) await addMember(node, handle, handle);
    await give('alice', 'care-worker', 40);
    await give('bob', 'care-worker', 10);
    await give('bob', 'care-worker', 200);
    await give('vera', 'producer', 60);
  });
  afterAll(() => node?.drop());

  test('not while there is time, nor of what is attested for longer already', async () => {
    expect(await remind()).toBe(0);
    expect(await line()).toBeUndefined();
  });

  test('two weeks before: one letter, a line for the admins, a mark on the member’s page', async () => {
    now = new Date(now.getTime() + 27 * DAY);
    expect(await remind()).toBe(1);
    expect(await remind(), 'once').toBe(0);
    const [letter] = await reminders();
    expect(await reminders()).toHaveLength(1);
    expect(letter!.subject).toMatch(/^Coop marseille : l’attestation « Personnel soignant » prend fin le /);
    expect(letter!.text).toContain('alice');
    expect(letter!.text).toContain('/account/attestations');
    expect(await line()).toMatchObject({ n: 1 });
    const alice = visit(node);
    await alice.signIn('alice');
    expect((await alice.open('/account/attestations')).text('main')).toContain('Prend fin bientôt');
  });

  test('whoever attests finds whom to look at again, one press away, and then it is done', async () => {
    const ada = visit(node);
    await ada.signIn('ada');
    expect((await ada.open('/admin')).text('main')).toContain('Une attestation prend fin dans les deux semaines');
    const list = await ada.open('/attestations/members');
    expect(list.text('main')).toContain('Prennent fin bientôt');
    expect(list.html).toContain('href="/attestations/members/alice?code=care-worker"');
    expect(list.text('main')).not.toContain('@bob');
    const form = await ada.open('/attestations/members/alice?code=care-worker');
    expect(form.values('/attestations/members/alice')).toMatchObject({ code: ['care-worker'] });
    await ada.send(form, { note: 'Nouveau contrat vu.' }, { action: '/attestations/members/alice' });
    expect(await line()).toBeUndefined();
    expect((await ada.open('/attestations/members')).text('main')).not.toContain('Prennent fin bientôt');
    const alice = visit(node);
    await alice.signIn('alice');
    expect((await alice.open('/account/attestations')).text('main')).not.toContain('Prend fin bientôt');
  });

  test('what was put off comes back with another that ends', async () => {
    now = new Date(now.getTime() + 25 * DAY);
    const first = (await line())?.item;
    expect(first).toBeDefined();
    await give('bob', 'producer', 12);
    expect((await line())?.item).not.toBe(first);
  });
});
