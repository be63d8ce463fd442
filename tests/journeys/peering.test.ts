/** Two cooperatives, two servers, real HTTP and signatures between them. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActor, generateKeys } from '#domain/actors.ts';
import { searchCatalogue } from '#domain/catalogue.ts';
import { conversationsOf, messagesIn, sendMessage } from '#domain/conversations.ts';
import { follow } from '#domain/follows.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { findListing, findListingByUri, moveListing, updateListing } from '#domain/listings.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { streamOf } from '#domain/stream.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';

eachEngine('two cooperatives', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let alice = '';
  let bob = '';
  const seenAt = async (node: TestNode): Promise<string[]> =>
    (await searchCatalogue(node.db.read, new Date(), { member: true }, { limit: 100 })).items.map((row) => row.title);

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    alice = await addMember(marseille!, 'alice', 'Alice');
    bob = await addMember(lyon!, 'bob', 'Bob');
    for (let i = 0; i < 60; i++) await publish(marseille!, 'alice', { title: `Chambre numéro ${i}` });
    await publish(marseille!, 'alice', { title: 'Réservée aux membres', audience: 'members' });
    await publish(marseille!, 'alice', { title: 'Pour les partenaires', audience: 'peers' });
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('Lyon asks, Marseille accepts, and the catalogue is copied', async () => {
    const found = await lyon!.federation.port.inspect(marseille!.host);
    expect(found.ok && found.value.name).toBe('Coop marseille');
    if (!found.ok) return;
    expect(found.value.listings).toBe(60);
    await lyon!.db.write((tx) => requestPeering(tx, lyon!.site, found.value, 'Bonjour de Lyon'));
    await until(
      'Marseille sees the request',
      async () => (await findPeerByHost(marseille!.db.read, lyon!.host))?.state === 'received',
    );
    const asking = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    expect(asking.message).toBe('Bonjour de Lyon');
    await marseille!.db.write((tx) => acceptPeering(tx, marseille!.site, asking));
    await until(
      'both are partners',
      async () =>
        (await findPeerByHost(lyon!.db.read, marseille!.host))?.state === 'active' &&
        (await findPeerByHost(marseille!.db.read, lyon!.host))?.state === 'active',
    );
    await until(
      'the catalogue is there',
      async () => (await findPeerByHost(lyon!.db.read, marseille!.host))?.backfillState === 'done',
    );
    const titles = await seenAt(lyon!);
    expect(titles).toHaveLength(61);
    expect(titles).toContain('Pour les partenaires');
    expect(titles).not.toContain('Réservée aux membres');
  });

  test('what is published, edited, paused and deleted at Marseille is so at Lyon within two seconds', async () => {
    const row = await publish(marseille!, 'alice', { title: 'Canapé-lit à la Plaine' });
    await until('the listing appears', async () => (await seenAt(lyon!)).includes('Canapé-lit à la Plaine'), 2_000);
    const copy = (await findListingByUri(lyon!.db.read, row.uri))!;
    expect(copy).toMatchObject({
      kind: 'lodging',
      purpose: 'offer',
      priceType: 'money',
      priceAmount: 4250,
      currency: 'EUR',
      quantity: 2,
      attributes: { beds: 1, amenities: ['wifi', 'kitchen'] },
      publisher: alice,
      local: false,
      exactLatitude: null,
    });
    expect(copy.placeName).toBe('Marseille');
    const edited = await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, row, draft({ title: 'Canapé-lit, nouveau prix', price: '30' })),
    );
    await until('the edit arrives', async () => (await seenAt(lyon!)).includes('Canapé-lit, nouveau prix'), 2_000);
    const paused = await marseille!.db.write((tx) => moveListing(tx, marseille!.site, edited, 'paused'));
    await until('it is paused there', async () => !(await seenAt(lyon!)).includes('Canapé-lit, nouveau prix'), 2_000);
    if (!paused.ok) throw new Error('not paused');
    await marseille!.db.write((tx) => deleteListing(tx, marseille!.site, paused.value));
    await until('it is gone', async () => (await findListingByUri(lyon!.db.read, row.uri)) === undefined, 2_000);
    const gone = await fetch(row.uri.replace(`${marseille!.host}`, `127.0.0.1:${new URL(marseille!.origin).port}`), {
      headers: { accept: 'application/activity+json' },
    });
    expect(gone.status).toBe(410);
  });

  test('Bob follows Alice; pending until she is asked, then her listings come to his home', async () => {
    const found = await lyon!.federation.port.lookup(`@alice@${marseille!.host}`);
    expect(found.ok && found.value.uri).toBe(alice);
    const asked = await lyon!.db.write((tx) => follow(tx, lyon!.site, bob, { uri: alice, local: false }));
    expect(asked.ok && asked.value.state).toBe('pending');
    await until(
      'it is accepted',
      async () =>
        (await lyon!.db.read.$count(
          lyon!.db.read.t.follows,
          and(eq(lyon!.db.read.t.follows.follower, bob), eq(lyon!.db.read.t.follows.state, 'accepted')),
        )) === 1,
    );
    await publish(marseille!, 'alice', { title: 'Pour Bob' });
    await until('it is in his stream', async () =>
      (await streamOf(lyon!.db.read, bob, 10)).items.some(
        (item) => 'listing' in item && item.listing.title === 'Pour Bob',
      ),
    );
  });

  test('a community is a Group that members of a partner follow', async () => {
    const keys = await generateKeys();
    const group = await marseille!.db.write((tx) =>
      createActor(tx, marseille!.site, { kind: 'community', handle: 'jardins', name: 'Les jardins', html: '' }, keys),
    );
    const found = await lyon!.federation.port.lookup(`@jardins@${marseille!.host}`);
    expect(found).toMatchObject({ ok: true, value: { uri: group.uri, kind: 'community' } });
    const answer = await marseille!.fetch(
      new Request(group.uri, { headers: { host: marseille!.host, accept: 'application/activity+json' } }),
    );
    expect(await answer.json()).toMatchObject({ type: 'Group', preferredUsername: 'jardins' });
    await lyon!.db.write((tx) => follow(tx, lyon!.site, bob, { uri: group.uri, local: false }));
    await until(
      'the community accepted',
      async () =>
        (await lyon!.db.read.$count(
          lyon!.db.read.t.follows,
          and(eq(lyon!.db.read.t.follows.followed, group.uri), eq(lyon!.db.read.t.follows.state, 'accepted')),
        )) === 1,
    );
  });

  test('Bob writes to Alice about a listing, and her answer comes into the same thread', async () => {
    const listing = (await searchCatalogue(lyon!.db.read, new Date(), { member: true }, { limit: 1 })).items[0]!;
    await lyon!.db.write((tx) =>
      sendMessage(
        tx,
        lyon!.site,
        bob,
        { uri: alice, local: false },
        { uri: listing.uri, title: listing.title },
        'Est-elle **libre** en août ?',
      ),
    );
    await until('Alice has it', async () => (await conversationsOf(marseille!.db.read, alice, 5)).length === 1);
    const [thread] = await conversationsOf(marseille!.db.read, alice, 5);
    expect(thread).toMatchObject({ context: listing.uri, title: listing.title });
    expect((await messagesIn(marseille!.db.read, thread!.id))[0]!.html).toContain('<strong>libre</strong>');
    await marseille!.db.write((tx) =>
      sendMessage(
        tx,
        marseille!.site,
        alice,
        { uri: bob, local: false },
        { uri: thread!.context, title: thread!.title },
        'Oui, bien sûr.',
      ),
    );
    const [mine] = await conversationsOf(lyon!.db.read, bob, 5);
    await until('Bob has the answer', async () => (await messagesIn(lyon!.db.read, mine!.id)).length === 2);
    expect(await conversationsOf(lyon!.db.read, bob, 5)).toHaveLength(1);
    // Never in an outbox.
    const { activities } = lyon!.db.read.t;
    expect(
      await lyon!.db.read.$count(
        activities,
        and(eq(activities.type, 'Create'), eq(activities.actor, bob), eq(activities.listed, true)),
      ),
    ).toBe(0);
  });

  test('what Marseille publishes while Lyon is down arrives when it is back', async () => {
    await lyon!.down();
    const row = await publish(marseille!, 'alice', { title: 'Publiée pendant la panne' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await lyon!.up();
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null });
    });
    await until('it arrives', async () => (await findListingByUri(lyon!.db.read, row.uri)) !== undefined);
  });

  test('Marseille ends it: the copies are gone at both', async () => {
    const peer = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    await marseille!.db.write((tx) => cutPeer(tx, marseille!.site, peer, true));
    await until(
      'Lyon has none left',
      async () =>
        (await findPeerByHost(lyon!.db.read, marseille!.host))?.state === 'cut' &&
        (await lyon!.db.read.$count(lyon!.db.read.t.listings, eq(lyon!.db.read.t.listings.local, false))) === 0,
    );
    const row = await publish(marseille!, 'alice', { title: 'Après la fin' });
    await marseille!.settled();
    expect(await findListingByUri(lyon!.db.read, row.uri)).toBeUndefined();
    expect(await findListing(marseille!.db.read, row.id)).toBeDefined();
  });
});
