/** Flags in and answers back, by a partner's node, by Mastodon, and by those who have no business with them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAccountByHandle } from '#domain/members.ts';
import { decide } from '#domain/moderation/decide.ts';
import { type ReportRow, forward, report } from '#domain/reports.ts';
import { eachEngine } from '../../support/databases.ts';
import { listing, makePeer } from '../../support/attack.ts';
import { letters } from '../../support/letters.ts';
import { type TestNode, addMember, publish, startNode, until } from '../../support/nodes.ts';
import { type Json, type Person, type Stranger, startStranger } from '../../support/stranger.ts';

eachEngine('flags', (engine) => {
  let node: TestNode;
  let [friend, mastodon]: Stranger[] = [];
  let instance: Person;
  let alice = '';
  let id = 0;

  const reports = (): Promise<ReportRow[]> => node.db.read.select().from(node.db.read.t.reports);
  const outcome = async (uri: string): Promise<string> => {
    const rows = await node.db.read.select().from(node.db.read.t.received);
    const row = rows.find((one) => one.uri === uri);
    return `${row?.outcome} ${row?.code}`;
  };
  /** @returns what became of it, by outcome and reason */
  const tell = async (from: Stranger, by: Person, type: string, rest: Json): Promise<string> => {
    const fresh = `${by.actor}/activities/${++id}`;
    const activity = { id: fresh, type, actor: by.actor, ...rest };
    const answer = await from.post(
      `${node.origin}/inbox`,
      { '@context': 'https://www.w3.org/ns/activitystreams', ...activity },
      { by },
    );
    expect(answer.status).toBe(202);
    return outcome(activity.id);
  };

  beforeAll(async () => {
    [node, friend, mastodon] = await Promise.all([
      startNode('marseille', { engine }),
      startStranger('friend'),
      startStranger('mastodon'),
    ]);
    alice = await addMember(node, 'alice', 'Alice');
    await makePeer(node, friend!);
    instance = mastodon!.person('actor', { document: { type: 'Application' } });
  });
  afterAll(async () => {
    await node?.drop();
    await friend?.close();
    await mastodon?.close();
  });

  test('Mastodon names the account and the statuses: that is one report of each thing, and none of the account', async () => {
    const [one, two] = [
      await publish(node, 'alice', { title: 'Une' }),
      await publish(node, 'alice', { title: 'Deux' }),
    ];
    const object = [alice, one.uri, two.uri];
    expect(await tell(mastodon!, instance, 'Flag', { object, content: 'Spam & <b>arnaque</b>' })).toBe(
      'applied flagNoted',
    );
    const rows = await reports();
    const of = (uri: string, title: string) =>
      expect.objectContaining({ object: uri, subject: alice, title, host: mastodon!.host, flag: null });
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining([of(one.uri, 'Une'), of(two.uri, 'Deux')]));
    // Moderators are told once.
    await node.settled();
    expect((await letters(node)).filter((letter) => letter.name === 'newReport').length).toBe(1);
    // The same again, with another id: it only adds to the first.
    await tell(mastodon!, instance, 'Flag', { object, content: 'Encore' });
    expect(await reports()).toHaveLength(2);
    expect((await reports())[0]!.text).toContain('Encore');
  });

  test('a doubled Flag counts once; one about another’s things, a draft or what is for members not at all', async () => {
    const before = (await reports()).length;
    const shown = await publish(node, 'alice', { title: 'Trois' });
    const hidden = await publish(node, 'alice', { title: 'Entre nous', audience: 'members' });
    const flag = { id: `${friend!.actor}/activities/same`, object: [shown.uri], content: 'x', flagReason: 'dangerous' };
    expect(await tell(friend!, friend!.me, 'Flag', flag)).toBe('applied flagNoted');
    await tell(friend!, friend!.me, 'Flag', { ...flag, content: 'y' });
    const rows = (await reports()).filter((row) => row.host === friend!.host);
    expect(rows).toMatchObject([{ text: 'x', reason: 'dangerous', flag: flag.id }]);
    // Somebody else there reports the same: one report, and each is answered.
    const second = { ...flag, id: `${friend!.actor}/activities/second`, content: 'z' };
    expect(await tell(friend!, friend!.me, 'Flag', second)).toBe('applied flagNoted');
    const [told] = (await reports()).filter((row) => row.host === friend!.host);
    expect(told!.flag).toBe(`${flag.id} ${second.id}`);
    await node.db.write(async (tx) => {
      const ada = (await findAccountByHandle(tx, 'ada'))!;
      const none = { action: 'none', ground: '', groundText: '', reasons: '', days: '', also: [] };
      expect((await decide(tx, node.site, ada, told!.id, { ...none, answer: 'Rien à redire.' })).ok).toBe(true);
    });
    node.federation.port.wake();
    const answers = (): Json[] => friend!.received.filter((one) => one['type'] === 'Reject');
    await until('both are answered', async () => answers().length === 2);
    expect(answers().map((one) => (one['object'] as Json)['id'])).toEqual(expect.arrayContaining([flag.id, second.id]));
    expect(answers()[0]).toMatchObject({ actor: `${node.origin}/users/instance`, content: 'Rien à redire.' });
    for (const object of [
      [`${mastodon!.origin}/users/other/items/1`],
      [hidden.uri],
      [`${node.origin}/users/alice/items/nowhere`],
      [`${node.origin}/users/alice/messages/nowhere`],
      [],
      'no address',
    ])
      expect(await tell(friend!, friend!.me, 'Flag', { object, content: 'x' })).toBe('ignored flagNothing');
    expect(await reports()).toHaveLength(before + 1);
  });

  test('the answer counts from the server that was asked, to the report that it was asked about, and from nobody else', async () => {
    const note = listing(friend!, { name: 'Chez eux' });
    const bob = await addMember(node, 'bob', 'Bob');
    const row = await node.db.write(async (tx) => {
      const told = await report(
        tx,
        new Date(),
        { uri: String(note['id']), kind: 'listing', subject: friend!.actor, title: 'Chez eux' },
        { reporter: bob },
        { reason: 'scam', text: 'Bob le dit.' },
      );
      if (!told.ok) throw new Error('not told');
      expect((await forward(tx, node.site, told.value)).ok).toBe(true);
      return told.value;
    });
    node.federation.port.wake();
    await until('the Flag comes', async () => friend!.received.some((one) => one['type'] === 'Flag'));
    const flag = friend!.received.find((one) => one['type'] === 'Flag')!;
    // As Mastodon reads it: the account and the thing as addresses, a text, and no person.
    expect(flag).toMatchObject({
      actor: `${node.origin}/users/instance`,
      object: [friend!.actor, note['id']],
      content: 'Bob le dit.',
      flagReason: 'scam',
    });
    expect(JSON.stringify(flag)).not.toContain('users/bob');
    const answered = async (): Promise<ReportRow> => (await reports()).find((one) => one.id === row.id)!;
    const object = { id: flag['id'], type: 'Flag', actor: flag['actor'] };
    expect(await tell(mastodon!, instance, 'Accept', { object, content: 'Faux' })).toBe('refused flagAnswerOther');
    expect(await tell(mastodon!, instance, 'Accept', { object: flag['id'], content: 'Faux' })).toBe(
      'refused flagAnswerOther',
    );
    expect(
      await tell(friend!, friend!.me, 'Accept', {
        object: { ...object, id: `${node.origin}/users/instance/activities/no` },
      }),
    ).toBe('ignored answersNothing');
    expect(await tell(friend!, friend!.me, 'Accept', { object: { ...object, actor: alice } })).toBe(
      'refused flagAnswerOther',
    );
    expect((await answered()).answer).toBeNull();
    // By its id alone it is understood, too.
    expect(
      await tell(friend!, friend!.me, 'Reject', { object: flag['id'], content: '<p>Rien <script>vu</script></p>' }),
    ).toBe('applied flagAnswered');
    expect(await answered()).toMatchObject({ answer: 'rejected', answerText: 'Rien', state: 'open' });
    const told = (await letters(node)).findLast((one) => one.name === 'declinedThere')!;
    expect([told.to, told.text.includes('Rien')]).toEqual(['bob@example.org', true]);
  });
});
