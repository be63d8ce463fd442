/** A member of one cooperative leaves; a partner, a follower and a correspondent elsewhere are told, and keep nothing of hers. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findActor } from '#domain/actors.ts';
import { closeAccount, sweepClosed } from '#domain/closing.ts';
import { sendMessage } from '#domain/conversations.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { follow } from '#domain/follows.ts';
import { findListingByUri } from '#domain/listings.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

eachEngine('a member leaves', (engine) => {
  let marseille: TestNode;
  let lyon: TestNode;
  let stranger: Stranger;
  let [alice, bob] = ['', ''];
  beforeAll(async () => {
    [marseille, lyon, stranger] = await Promise.all([
      startNode('marseille', { engine }),
      startNode('lyon', { engine }),
      startStranger('mona'),
    ]);
    alice = await addMember(marseille, 'alice', 'Alice');
    bob = await addMember(lyon, 'bob', 'Bob');
    const found = await lyon.federation.port.inspect(marseille.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await lyon.db.write((tx) => requestPeering(tx, lyon.site, found.value, ''));
    const peer = () => findPeerByHost(marseille.db.read, lyon.host);
    await until('Marseille is asked', async () => (await peer())?.state === 'received');
    const asking = (await peer())!;
    await marseille.db.write((tx) => acceptPeering(tx, marseille.site, asking));
    await until(
      'both are partners',
      async () =>
        (await findPeerByHost(lyon.db.read, marseille.host))?.state === 'active' && (await peer())?.state === 'active',
    );
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), stranger?.close()]);
  });

  test('her listings, her name and her follows are gone everywhere, and whoever she wrote to is told', async () => {
    const rows = [
      await publish(marseille, 'alice', { title: 'Une' }),
      await publish(marseille, 'alice', { title: 'Deux' }),
    ];
    for (const row of rows)
      await until('Lyon has it', async () => (await findListingByUri(lyon.db.read, row.uri)) !== undefined);
    await lyon.federation.port.lookup(alice);
    await lyon.db.write((tx) => follow(tx, lyon.site, bob, { uri: alice, local: false }));
    const follows = (node: TestNode) => {
      const { follows: f } = node.db.read.t;
      return node.db.read.$count(f, and(eq(f.follower, bob), eq(f.followed, alice), eq(f.state, 'accepted')));
    };
    await until('Bob follows her', async () => (await follows(lyon)) === 1 && (await follows(marseille)) === 1);
    await marseille.federation.port.lookup(stranger.actor);
    await marseille.db.write((tx) =>
      sendMessage(
        tx,
        marseille.site,
        alice,
        { uri: stranger.actor, local: false },
        { uri: rows[0]!.uri, title: 'Une' },
        'Bonjour',
      ),
    );
    await until('Mona has her letter', async () => stranger.received.some((activity) => activity['type'] === 'Create'));

    const [account, cooperative] = [
      (await findAccountByHandle(marseille.db.read, 'alice'))!,
      (await getCooperative(marseille.db.read))!,
    ];
    const left = await marseille.db.write((tx) => closeAccount(tx, marseille.site, cooperative, account));
    expect(left.ok).toBe(true);
    await until('Lyon knows that she is gone', async () => (await findActor(lyon.db.read, alice))?.deleted != null);
    for (const row of rows) expect(await findListingByUri(lyon.db.read, row.uri)).toBeUndefined();
    expect(await follows(lyon)).toBe(0);
    await until('Mona is told', async () =>
      stranger.received.some(
        (activity) => activity['type'] === 'Delete' && JSON.stringify(activity['object']).includes(alice),
      ),
    );
    const { conversations, messages } = marseille.db.read.t;
    expect(await marseille.db.read.$count(conversations)).toBe(0);
    expect(await marseille.db.read.$count(messages)).toBe(0);

    await marseille.settled();
    // What the farewell needed goes when nobody can be waiting for it any more.
    const { keys, follows: f } = marseille.db.read.t;
    const inThreeWeeks = new Date(Date.now() + 21 * 24 * 3_600_000);
    await marseille.db.write((tx) => sweepClosed(tx, new Date()));
    expect(await marseille.db.read.$count(keys, eq(keys.actor, alice))).toBe(2);
    await marseille.db.write((tx) => sweepClosed(tx, inThreeWeeks));
    expect(await marseille.db.read.$count(keys, eq(keys.actor, alice))).toBe(0);
    expect(await marseille.db.read.$count(f, eq(f.followed, alice))).toBe(0);
  });
});
