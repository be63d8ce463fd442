/** Who may change what: everything counts from its owner alone, whoever signs, on the same server or another. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { TAKEN, attack, createJudge, listing, makePeer, message, says } from '../../support/attack.ts';
import { sendMessage } from '#domain/conversations.ts';
import { siteOf } from '#domain/site.ts';
import { addMember, publish, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Json, type Person, type Stranger, newKeys, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

let target: Target;
let [m, f, victim]: [Stranger, Stranger, Stranger] = [undefined as never, undefined as never, undefined as never];
/** On the partner's own server: Eve lives beside the owner of what she wants. */
let eve: Person;
let alice = '';
let ours = '';

const judge = createJudge(() => ({
  target,
  strangers: [m, f, victim],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));

beforeAll(async () => {
  [m, f, victim] = await Promise.all([startStranger('mallory'), startStranger('friend'), startStranger('victim')]);
  eve = f.person('eve', { keys: newKeys() });
  target = await startTarget('marseille', async (node) => {
    alice = await addMember(node, 'alice', 'Alice');
    ours = (await publish(node, 'alice', { title: 'Chez Alice' })).uri;
    await makePeer(node, f);
    // Alice follows the friend's owner, and has been answered; she waits for the victim's answer.
    const now = new Date();
    await node.db.write(async (tx) => {
      await tx.insert(tx.t.follows).values([
        {
          id: 'one',
          uri: `${alice}/activities/one`,
          follower: alice,
          followed: f.actor,
          state: 'accepted',
          created: now,
          updated: now,
        },
        {
          id: 'two',
          uri: `${alice}/activities/two`,
          follower: alice,
          followed: victim.actor,
          state: 'pending',
          created: now,
          updated: now,
        },
      ]);
    });
  });
  for (const by of [m.me, f.me, eve]) {
    const from = by === m.me ? m : f;
    await from.post(target.inbox, says(from, 'Like', { actor: by.actor }), { by });
  }
});
afterAll(async () => {
  await Promise.all([target?.drop(), m?.close(), f?.close(), victim?.close()]);
});

const line = async (uri: unknown): Promise<{ outcome: string; reason: string } | undefined> => {
  const { received } = target.db.read.t;
  return (
    await target.db.read
      .select()
      .from(received)
      .where(eq(received.uri, String(uri)))
  )[0];
};
const row = async (uri: unknown) => {
  const { listings } = target.db.read.t;
  return (
    await target.db.read
      .select()
      .from(listings)
      .where(eq(listings.uri, String(uri)))
  )[0];
};
/** The friend's listing, as it is here. */
const stored = async (): Promise<Json> => {
  const object = listing(f);
  expect((await f.post(target.inbox, says(f, 'Create', { object }))).status).toBe(202);
  expect((await row(object['id']))?.title).toBe(object['name']);
  return object;
};
const later = (object: Json, change: Json): Json => ({
  ...object,
  updated: new Date(Date.now() + 1_000).toISOString(),
  ...change,
});
/** Sends it and expects that it does nothing, and costs little. */
const tried = async (from: Stranger, by: Person, activity: Json): Promise<void> => {
  const shot = from.sign(
    target.inbox,
    { ...activity, actor: by.actor, id: `${by.actor}/activities/${Math.random()}` },
    { by },
  );
  const { answers, each } = await judge.cost([shot]);
  expect(answers[0]!.status, answers[0]!.text).toBe(202);
  const said = await line(JSON.parse(shot.body!.toString())['id']);
  expect(['refused', 'ignored'], said?.reason).toContain(said?.outcome);
  expect(each).toBeLessThan(TAKEN * 4);
};
/** A stranger elsewhere, and a neighbour of the owner. */
const attackers = (): [Stranger, Person][] => [
  [m, m.me],
  [f, eve],
];

attack('Update by another actor, on the same host and another', async () => {
  const object = await stored();
  for (const [from, by] of attackers()) {
    await tried(from, by, says(from, 'Update', { object: later(object, { name: 'Volé' }) }));
    await tried(from, by, says(from, 'Update', { object: later(object, { name: 'Volé', attributedTo: by.actor }) }));
    await tried(from, by, says(from, 'Create', { object: later(object, { name: 'Volé' }) }));
    await tried(
      from,
      by,
      says(from, 'Update', { object: { id: f.actor, type: 'Person', name: 'Volé', inbox: `${by.actor}/inbox` } }),
    );
    await tried(from, by, says(from, 'Update', { object: { ...later(object, { name: 'Volé' }), id: ours } }));
  }
  expect((await row(object['id']))?.title).toBe(object['name']);
  expect((await row(ours))?.title).toBe('Chez Alice');
});

attack('Delete by another actor, on the same host and another', async () => {
  const object = await stored();
  for (const [from, by] of attackers()) {
    for (const uri of [object['id'], ours, `${String(object['id'])}/proposal`, f.actor, alice]) {
      await tried(from, by, says(from, 'Delete', { object: uri }));
      await tried(
        from,
        by,
        says(from, 'Delete', { object: { id: uri, type: 'Tombstone', deleted: '2099-01-01T00:00:00Z' } }),
      );
    }
  }
  expect(await row(object['id'])).toBeDefined();
  expect(await row(ours)).toBeDefined();
  // And the owner's own Delete counts afterwards.
  expect((await f.post(target.inbox, says(f, 'Delete', { object: object['id'] }))).status).toBe(202);
  expect(await row(object['id'])).toBeUndefined();
});

attack('Undo by another actor, on the same host and another', async () => {
  const follow = says(f, 'Follow', { object: alice });
  expect((await f.post(target.inbox, follow)).status).toBe(202);
  for (const [from, by] of attackers()) {
    await tried(from, by, says(from, 'Undo', { object: follow }));
    await tried(from, by, says(from, 'Undo', { object: { ...follow, actor: by.actor } }));
    await tried(from, by, says(from, 'Undo', { object: follow['id'] }));
    await tried(from, by, says(from, 'Undo', { object: { type: 'Follow', actor: alice, object: f.actor } }));
  }
  const { follows, peers } = target.db.read.t;
  expect(await target.db.read.$count(follows, and(eq(follows.follower, f.actor), eq(follows.followed, alice)))).toBe(1);
  expect((await target.db.read.select().from(peers))[0]!.state).toBe('active');
});

attack('Accept or Reject by another actor, on the same host and another', async () => {
  for (const [from, by] of attackers())
    for (const type of ['Accept', 'Reject']) {
      await tried(from, by, says(from, type, { object: `${alice}/activities/two` }));
      await tried(
        from,
        by,
        says(from, type, {
          object: { id: `${alice}/activities/two`, type: 'Follow', actor: alice, object: victim.actor },
        }),
      );
      await tried(from, by, says(from, type, { object: `${alice}/activities/one` }));
      await tried(
        from,
        by,
        says(from, type, {
          object: {
            type: 'Follow',
            actor: `${target.origin}/users/instance`,
            object: `${target.origin}/users/instance`,
          },
        }),
      );
    }
  const { follows } = target.db.read.t;
  const states = await target.db.read.select().from(follows).where(eq(follows.follower, alice));
  expect(Object.fromEntries(states.map((one) => [one.id, one.state]))).toEqual({ one: 'accepted', two: 'pending' });
});

attack('a message said not to have arrived, by somebody to whom it did not go', async () => {
  const { messages } = target.db.read.t;
  const sent = await target.db.write((tx) =>
    sendMessage(
      tx,
      siteOf(target.origin),
      alice,
      { uri: f.actor, local: false },
      { uri: `${f.actor}/items/1`, title: 'Chambre' },
      'Bonjour',
    ),
  );
  if (!sent.ok) throw new Error(JSON.stringify(sent.errors));
  const { uri } = sent.value.message;
  const refused = async () => (await target.db.read.select().from(messages).where(eq(messages.uri, uri)))[0]!.refused;
  const no = (by: string): Json => ({
    actor: by,
    object: { id: uri, type: 'Note', attributedTo: alice },
    refusal: 'notHolder',
    content: '<p>Non <script>alert(1)</script></p>',
  });
  for (const [from, by] of attackers()) {
    await tried(from, by, says(from, 'Reject', no(by.actor)));
    await tried(from, by, says(from, 'Reject', { ...no(by.actor), object: uri }));
  }
  expect(await refused()).toBeNull();
  // By its reader it counts, once, as plain words.
  expect((await f.post(target.inbox, says(f, 'Reject', no(f.actor)))).status).toBe(202);
  expect((await f.post(target.inbox, says(f, 'Reject', { ...no(f.actor), content: 'Autre chose' }))).status).toBe(202);
  expect(await refused()).toEqual({ code: 'notHolder', words: expect.stringMatching(/^Non[^<]*$/) });
});

attack('object without id attributed to someone', async () => {
  await judge.traces();
  const bare = { ...listing(f), id: undefined };
  await tried(m, m.me, says(m, 'Create', { object: bare }));
  await tried(m, m.me, says(m, 'Create', { object: { ...bare, id: '' } }));
  await tried(
    m,
    m.me,
    says(m, 'Create', { object: { type: 'Note', attributedTo: f.actor, to: [alice], content: 'Je suis un ami' } }),
  );
  await tried(m, m.me, message(m, alice, { attributedTo: f.actor }));
  await tried(m, m.me, message(m, alice, { attributedTo: victim.actor, id: `${victim.origin}/notes/1` }));
  await tried(m, m.me, message(m, alice, { attributedTo: [m.actor, f.actor], id: `${f.origin}/notes/2` }));
  expect(Object.keys((await judge.traces()).rows)).toEqual(['received']);
});

attack('Update that changes id, type or owner', async () => {
  const object = await stored();
  const [proposal] = object['attachment'] as Json[];
  const update = (change: Json): Promise<void> =>
    tried(f, f.me, says(f, 'Update', { object: later(object, { name: 'Autre', ...change }) }));
  await update({ attachment: [{ ...proposal, id: `${f.actor}/another` }] });
  await update({ id: `${f.actor}/another` });
  await update({ attributedTo: eve.actor });
  await update({ attachment: [{ ...proposal, attributedTo: eve.actor }] });
  await update({ type: 'Note', attachment: [] });
  await update({ type: 'Person', inbox: `${f.actor}/inbox`, attachment: [] });
  await update({ attachment: [{ ...proposal, id: `${m.origin}/proposal` }] });
  const after = await row(object['id']);
  expect(after).toMatchObject({ title: object['name'], publisher: f.actor, proposalUri: proposal!['id'] });
  const { posts } = target.db.read.t;
  expect(await target.db.read.$count(posts, eq(posts.uri, String(object['id'])))).toBe(0);
});

attack('inbox moved to a third party’s host', async () => {
  const before = f.documents.get('/users/friend') as Json;
  const actors = target.db.read.t.actors;
  const known = async () => (await target.db.read.select().from(actors).where(eq(actors.uri, f.actor)))[0]!;
  for (const change of [
    { inbox: `${victim.origin}/inbox` },
    { inbox: `${victim.origin}/inbox`, endpoints: { sharedInbox: `${victim.origin}/inbox` } },
    { inbox: `${f.origin.replace('friend', 'other')}/inbox` },
    { inbox: 'http://127.0.0.1:1/inbox' },
  ]) {
    f.documents.set('/users/friend', { ...before, ...change });
    await tried(f, f.me, says(f, 'Update', { object: { ...before, ...change } }));
  }
  // A shared inbox elsewhere is left out, and the rest believed.
  f.documents.set('/users/friend', { ...before, endpoints: { sharedInbox: `${victim.origin}/inbox` } });
  expect((await f.post(target.inbox, says(f, 'Update', { object: f.actor }))).status).toBe(202);
  f.documents.set('/users/friend', before);
  expect(await known()).toMatchObject({ inbox: before['inbox'], sharedInbox: null });
  // What is told goes where it went before.
  const asked = says(f, 'Follow', { object: alice });
  expect((await f.post(target.inbox, asked)).status).toBe(202);
  await until('the answer comes', async () =>
    f.received.some((one) => JSON.stringify(one).includes(String(asked['id']))),
  );
  expect(victim.log).toEqual([]);
});

attack('a partner that lists what belongs to others', async () => {
  const [proposal] = listing(f)['attachment'] as Json[];
  for (const object of [
    listing(victim),
    listing(f, { attributedTo: victim.actor }),
    listing(f, { id: `${victim.origin}/items/1` }),
    listing(f, { id: `${target.origin}/users/alice/items/1`, attributedTo: alice }),
    listing(f, { attachment: [{ ...proposal, id: `${target.origin}/users/alice/proposals/1` }] }),
  ])
    await tried(f, f.me, says(f, 'Create', { object }));
  const { listings } = target.db.read.t;
  expect(await target.db.read.$count(listings, eq(listings.host, victim.host))).toBe(0);
  expect(await target.db.read.$count(listings, eq(listings.publisher, alice))).toBe(1);
});

attack('an id that is ours, or of another scheme or host in disguise', async () => {
  for (const id of [
    `${f.origin}@evil.example/activities/1`,
    `${f.origin}:80/activities/1`,
    'javascript:alert(1)',
    `${f.origin}.evil.example/1`,
    `${target.origin}/users/alice/activities/1`,
    'https://',
    { id: 'x' },
    ['x'],
  ]) {
    const answer = await shoot(f.sign(target.inbox, { ...says(f, 'Like', {}), id }));
    expect([400, 401], JSON.stringify(id)).toContain(answer.status);
  }
});

attack('a listing that hides where people would look', async () => {
  // Further than now, so that it would stand on top for ever; and in the name of a community that does not list it.
  const object = listing(f, { published: '2199-01-01T00:00:00Z', audience: `${target.origin}/users/coop-marseille` });
  expect((await f.post(target.inbox, says(f, 'Create', { object }))).status).toBe(202);
  const kept = (await row(object['id']))!;
  expect(kept.published!.getTime()).toBeLessThanOrEqual(Date.now());
  const page = await shoot({
    url: `${target.origin}/listings/${kept.id}`,
    method: 'GET',
    headers: { accept: 'text/html' },
  });
  expect(page.status).toBe(200);
  expect(page.text).toContain('Friend');
  const badges = [...page.text.matchAll(/class="chip (?:own|peer)"/g)].map((found) => found[0]);
  expect(badges).toEqual(['class="chip peer"']);
});
