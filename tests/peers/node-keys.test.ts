/** A partner's node shows another key: what its old key vouches for is taken, anything else waits for an admin. */
import { and, eq } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { generateKeys, renewKeys } from '#domain/actors.ts';
import { follow } from '#domain/follows.ts';
import { nodeUri } from '#domain/ids.ts';
import { findListingByUri } from '#domain/listings.ts';
import { letterOf } from '#domain/mail.ts';
import { approveKeys, changedKeys, findPeerKeys } from '#domain/peer-keys.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { attemptHostNow } from '#domain/queue.ts';
import { type Clock, createClock } from '../faults/support/waiting.ts';
import { makePeer } from '../support/attack.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { startStranger } from '../support/stranger.ts';
import { adminsOf } from '../support/two-admins.ts';

const DAY_MS = 24 * 3_600_000;

eachEngine('a partner’s node key', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let clock: Clock;
  let replaced = 0;
  const start = async (): Promise<[TestNode, TestNode]> => {
    clock = createClock();
    const overrides = { now: clock.now };
    [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
    ]);
    await addMember(marseille, 'alice', 'Alice');
    await peerUp(lyon, marseille);
    await until('Lyon knows the key', async () => (await findPeerKeys(lyon!.db.read, marseille!.host)) !== undefined);
    return [marseille, lyon];
  };
  afterEach(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });
  /** As if somebody else had taken over the domain, or all was set up anew: the old keys are gone. */
  const replaceAllKeys = async (node: TestNode): Promise<void> => {
    for (const uri of [nodeUri(node.site), `${node.origin}/users/alice`, `${node.origin}/users/coop-marseille`]) {
      const keys = await generateKeys();
      await node.db.write(async (tx) => {
        await tx.delete(tx.t.keys).where(eq(tx.t.keys.actor, uri));
        const by = { actor: uri, created: node.site.now() };
        replaced++;
        await tx.insert(tx.t.keys).values([
          { ...by, id: `${uri}#other-key-${replaced}`, type: 'rsa', ...keys.rsa },
          { ...by, id: `${uri}#other-ed25519-key-${replaced}`, type: 'ed25519', ...keys.ed25519 },
        ]);
      });
      node.federation.forgetKeys(uri);
    }
  };
  const has = async (node: TestNode, uri: string): Promise<boolean> =>
    (await findListingByUri(node.db.read, uri)) !== undefined;
  /** The sender's rest is over, whatever it was told. */
  const comesAgain = async (from: TestNode, to: TestNode): Promise<void> => {
    clock.ahead += 60_000;
    await from.db.write((tx) => attemptHostNow(tx, from.site.now(), to.host));
  };
  const lettersOf = async (node: TestNode, name: string): Promise<string[]> =>
    (await node.db.read.select().from(node.db.read.t.jobs).where(eq(node.db.read.t.jobs.type, 'mail')))
      .map(letterOf)
      .filter((letter) => letter.name === name)
      .map((letter) => letter.params['host'] ?? '');

  test('renewed twice while the partner was away: the old one vouches, nothing waits and nothing is lost', async () => {
    const [here, there] = await start();
    const before = (await findPeerKeys(there.db.read, here.host))!;
    await there.down();
    const uris: string[] = [];
    for (const title of ['Entre deux clés', 'Avec la troisième']) {
      const keys = await generateKeys();
      await here.db.write((tx) => renewKeys(tx, here.site, nodeUri(here.site), keys));
      here.federation.forgetKeys(nodeUri(here.site));
      uris.push((await publish(here, 'alice', { title })).uri);
    }
    await there.up();
    await comesAgain(here, there);
    for (const uri of uris) await until(`${uri} is at Lyon`, () => has(there, uri));
    await until('the new key is trusted', async () => {
      const known = await findPeerKeys(there.db.read, here.host);
      return known!.renewed !== null && known!.signing !== before.signing && known!.proving !== before.proving;
    });
    expect(await changedKeys(there.db.read)).toEqual([]);
    expect(await lettersOf(there, 'keyChanged')).toEqual([]);
  });

  test('another key than the one that the admin saw before deciding waits, too', async () => {
    clock = createClock();
    const overrides = { now: clock.now };
    [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
    ]);
    await addMember(marseille, 'alice', 'Alice');
    const { ask, accepts, stateAt } = adminsOf(
      () => marseille!,
      () => lyon!,
    );
    await ask();
    await until('it is asked', async () => (await stateAt(marseille!)) === 'received');
    const seen = (await findPeerByHost(lyon.db.read, marseille.host))!.profile!.thumbprint!;
    await replaceAllKeys(marseille);
    clock.ahead += 15 * 60_000;
    await accepts(marseille);
    await until('Lyon holds the other key', async () => (await changedKeys(lyon!.db.read)).length === 1);
    expect((await findPeerKeys(lyon.db.read, marseille.host))?.signing).toBe(seen);
    expect(await lettersOf(lyon, 'keyChanged')).toContain(marseille.host);
  });

  test('a key that nothing vouches for: neither taken nor told anything, until an admin approves; then all comes', async () => {
    const [here, there] = await start();
    const known = (await publish(here, 'alice', { title: 'Avant' })).uri;
    await until('it is at Lyon', () => has(there, known));
    clock.ahead += 15 * 60_000;
    await replaceAllKeys(here);
    const { uri } = await publish(here, 'alice', { title: 'Avec une clé inconnue' });
    await until('it was noticed', async () => (await changedKeys(there.db.read)).length === 1);
    await comesAgain(here, there);
    await until('it was refused', async () => {
      const [host] = await here.db.read
        .select()
        .from(here.db.read.t.hosts)
        .where(eq(here.db.read.t.hosts.host, there.host));
      return /^503 .*an admin here has to approve it/.test(host?.error ?? '');
    });
    expect(await has(there, uri)).toBe(false);
    // Nor is it read: a comparison would bring whatever is there now.
    const compared = await there.federation.compare(await peerId(there, here));
    expect(compared).toMatchObject({ state: 'failed', detail: expect.stringMatching(/has changed/) });
    expect(await has(there, uri)).toBe(false);
    // Not by way of others either: what a third server passes on is fetched from where it lives.
    const friend = await startStranger('nantes');
    await makePeer(there, friend);
    const bob = await addMember(there, 'bob', 'Bob');
    await there.db.write(async (tx) => {
      await follow(tx, there.site, bob, { uri: friend.actor, local: false });
      await tx.update(tx.t.follows).set({ state: 'accepted' });
    });
    const passed = await friend.post(
      `${there.origin}/inbox`,
      {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${friend.origin}/announces/1`,
        type: 'Announce',
        actor: friend.actor,
        to: ['https://www.w3.org/ns/activitystreams#Public'],
        object: uri,
      },
      { now: clock.now() },
    );
    expect(passed.status).toBe(202);
    const [line] = await there.db.read
      .select()
      .from(there.db.read.t.received)
      .where(eq(there.db.read.t.received.uri, `${friend.origin}/announces/1`));
    expect([line?.outcome, line?.details?.['why']]).toEqual(['ignored', 'keyHeld']);
    expect(await has(there, uri)).toBe(false);
    await friend.close();
    // What is for it waits, and is not given up.
    const back = (await publish(there, 'bob', { title: 'Pour Marseille' })).uri;
    clock.ahead += 20 * DAY_MS;
    await there.federation.worker.idle();
    const { deliveries } = there.db.read.t;
    const waits = (state: string): Promise<number> =>
      there.db.read.$count(deliveries, and(eq(deliveries.host, here.host), eq(deliveries.state, state)));
    await until('it waits', async () => (await waits('waiting')) > 0);
    expect(await waits('dead')).toBe(0);
    expect(await has(here, back)).toBe(false);
    // One letter for one change.
    expect(await lettersOf(there, 'keyChanged')).toEqual([here.host]);

    const row = (await findPeerKeys(there.db.read, here.host))!;
    expect(row.newSigning).not.toBe(row.signing);
    const approve = (seen: string): Promise<boolean> =>
      there.db.write((tx) => approveKeys(tx, there.site.now(), here.host, seen));
    expect(await approve('something else')).toBe(false);
    clock.ahead -= 20 * DAY_MS;
    expect(await approve(`${row.newSigning} ${row.newProving}`)).toBe(true);
    await comesAgain(here, there);
    await until('what was sent meanwhile is at Lyon', () => has(there, uri));
    await comesAgain(there, here);
    await until('and what waited is at Marseille', () => has(here, back));
    expect(await there.federation.compare(await peerId(there, here))).toMatchObject({ state: 'equal' });
  });

  test('the old key again: nothing has to be decided; cut: it is looked at anew', async () => {
    const [here, there] = await start();
    const { keys } = here.db.read.t;
    const old = await here.db.read
      .select()
      .from(keys)
      .where(eq(keys.actor, nodeUri(here.site)));
    await replaceAllKeys(here);
    await there.federation.compare(await peerId(there, here));
    expect(await changedKeys(there.db.read)).toHaveLength(1);
    await here.db.write(async (tx) => {
      await tx.delete(tx.t.keys).where(eq(tx.t.keys.actor, nodeUri(here.site)));
      await tx.insert(tx.t.keys).values(old);
    });
    here.federation.forgetKeys(nodeUri(here.site));
    expect(await there.federation.compare(await peerId(there, here))).toMatchObject({ state: 'equal' });
    expect(await changedKeys(there.db.read)).toEqual([]);
    await replaceAllKeys(here);
    await there.federation.compare(await peerId(there, here));
    const peer = (await findPeerByHost(there.db.read, here.host))!;
    await there.db.write((tx) => cutPeer(tx, there.site, peer, true));
    expect(await findPeerKeys(there.db.read, here.host)).toBeUndefined();
    await until('Marseille hears of it', async () => (await findPeerByHost(here.db.read, there.host))?.state === 'cut');
  });
});
