/** Listings and documents that others' servers send: whose they are, and what is believed. Real signatures, real documents over HTTP, both engines. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { findListingByUri } from '#domain/listings.ts';
import { journal } from '#domain/received.ts';
import { streamOf } from '#domain/stream.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode } from '../../support/nodes.ts';
import { PUBLIC, type Person, type Remote, followedBy, knownActor, listingOf, post, says, tell } from './world.ts';
import { type Scene, startScene } from './scene.ts';

eachEngine('listings that come in', (engine) => {
  let scene: Scene | undefined;
  let node: TestNode;
  let bob = '';
  let [lyon, , evil]: Remote[] = [];
  let [, alice, mallory, carol, eve]: Person[] = [];
  let n = 0;
  let id = '';

  beforeAll(async () => {
    scene = await startScene(engine);
    ({ node, bob } = scene);
    [lyon, , evil] = scene.remotes;
    [, alice, mallory, carol, eve] = scene.people;
  });
  afterAll(() => scene?.drop());
  beforeEach(() => {
    id = `thing-${++n}`;
  });

  const seen = async (uri: unknown) => findListingByUri(node.db.read, String(uri));
  const create = (from: Person, object: JsonObject): JsonObject => says(from, 'Create', { object });
  const set = async (values: { publicOpen?: boolean; kinds?: string[] }): Promise<void> => {
    await node.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set(values);
    });
  };

  test('a partner publishes a listing, and it is in the catalogue without its script', async () => {
    const listing = listingOf(alice!, id, 1);
    expect(await tell(node, alice!, create(alice!, listing))).toMatchObject({
      outcome: 'applied',
      host: lyon!.host,
      object: listing['id'],
    });
    const row = await seen(listing['id']);
    expect(row).toMatchObject({
      title: `${id}, version 1`,
      publisher: alice!.uri,
      local: false,
      priceAmount: 1250,
      currency: 'EUR',
      html: '<p>Calm.</p>',
      audience: 'public',
    });
    expect(
      (await searchCatalogue(node.db.read, new Date(), { member: false }, { limit: 50 })).items.map((one) => one.uri),
    ).toContain(listing['id']);
  });

  test('what comes five times at once, to the shared and to a personal inbox, has one effect', async () => {
    const activity = create(alice!, listingOf(alice!, id, 1));
    const answers = await Promise.all(
      ['/inbox', '/users/bob/inbox', '/inbox', '/users/bob/inbox', '/inbox'].map((path) =>
        post(node, alice!, activity, { path }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
    expect((await journal(node.db.read, { limit: 100 })).filter((line) => line.uri === activity['id'])).toHaveLength(1);
    expect(
      await node.db.read.$count(node.db.read.t.listings, eq(node.db.read.t.listings.uri, `${alice!.uri}/items/${id}`)),
    ).toBe(1);
  });

  test('the same id with another body changes nothing', async () => {
    const first = create(alice!, listingOf(alice!, id, 1));
    await tell(node, alice!, first);
    expect((await post(node, alice!, { ...first, object: listingOf(alice!, id, 9) })).status).toBe(202);
    expect((await seen(`${alice!.uri}/items/${id}`))?.title).toBe(`${id}, version 1`);
  });

  test('unsigned, signed by another, signed for another actor: 401, and no trace', async () => {
    const activity = create(alice!, listingOf(alice!, id, 1));
    const bare = await node.fetch(
      new Request(`${node.origin}/inbox`, {
        method: 'POST',
        body: JSON.stringify(activity),
        headers: { 'content-type': 'application/activity+json' },
      }),
    );
    expect(bare.status).toBe(401);
    const neighbour = await lyon!.actor('neighbour');
    expect((await post(node, alice!, activity, { signer: neighbour })).status).toBe(401);
    expect((await post(node, alice!, activity, { signer: eve! })).status).toBe(401);
    expect((await post(node, alice!, activity, { signer: { ...alice!, keys: neighbour.keys } })).status).toBe(401);
    expect(await seen(`${alice!.uri}/items/${id}`)).toBeUndefined();
    // The genuine one is not shut out by those who came before it.
    expect((await tell(node, alice!, activity)).outcome).toBe('applied');
  });

  test('nobody shuts Mallory out by naming her key beside another actor', async () => {
    expect((await post(node, alice!, create(alice!, listingOf(alice!, id, 1)), { signer: mallory! })).status).toBe(401);
    expect((await tell(node, mallory!, create(mallory!, listingOf(mallory!, id, 1)))).outcome).toBe('applied');
  });

  test('a neighbour’s Delete of what was never here does not keep it out', async () => {
    expect(
      (await tell(node, mallory!, says(mallory!, 'Delete', { object: `${alice!.uri}/items/${id}` }))).outcome,
    ).toBe('ignored');
    expect((await tell(node, alice!, create(alice!, listingOf(alice!, id, 1)))).outcome).toBe('applied');
  });

  test('nobody publishes, changes or deletes what is another’s, on the same server or another', async () => {
    const listing = listingOf(alice!, id, 1);
    expect((await tell(node, mallory!, create(mallory!, listing))).outcome).toBe('refused');
    await tell(node, alice!, create(alice!, listing));
    for (const thief of [mallory!, eve!]) {
      expect((await tell(node, thief, says(thief, 'Update', { object: listingOf(alice!, id, 5) }))).outcome).toBe(
        'refused',
      );
      expect((await tell(node, thief, says(thief, 'Delete', { object: listing['id'] }))).outcome).toBe('refused');
      expect(
        (await tell(node, thief, says(thief, 'Delete', { object: { id: alice!.uri, type: 'Person' } }))).outcome,
      ).toBe('refused');
    }
    expect((await tell(node, alice!, says(alice!, 'Update', { object: listingOf(alice!, id, 6) }))).outcome).toBe(
      'applied',
    );
    expect((await seen(listing['id']))?.title).toBe(`${id}, version 6`);
  });

  test('a Note keeps its Proposal and its owner', async () => {
    const listing = listingOf(alice!, id, 1);
    await tell(node, alice!, create(alice!, listing));
    const other = listingOf(alice!, `${id}-other`, 2);
    expect(await tell(node, alice!, says(alice!, 'Update', { object: { ...other, id: listing['id'] } }))).toMatchObject(
      { outcome: 'refused' },
    );
    const taken = listingOf(mallory!, `${id}-taken`, 2);
    expect(await tell(node, mallory!, create(mallory!, { ...taken, id: listing['id'] }))).toMatchObject({
      outcome: 'refused',
    });
    expect((await seen(listing['id']))?.publisher).toBe(alice!.uri);
  });

  test('a stranger’s listing stays out, unless a member follows its publisher', async () => {
    const listing = listingOf(carol!, id, 1);
    expect(await tell(node, carol!, create(carol!, listing))).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringContaining('no partner'),
    });
    await followedBy(node, bob, carol!.uri);
    expect((await tell(node, carol!, create(carol!, listing))).outcome).toBe('applied');
    expect(
      (await searchCatalogue(node.db.read, new Date(), { member: true }, { limit: 100 })).items.map((one) => one.uri),
    ).not.toContain(listing['id']);
    expect(
      (await streamOf(node.db.read, bob, 20)).items.some(
        (item) => 'listing' in item && item.listing.uri === listing['id'],
      ),
    ).toBe(true);
  });

  test('a partner may share a kind that is not offered here', async () => {
    await set({ kinds: ['lodging'] });
    expect(await tell(node, alice!, create(alice!, listingOf(alice!, id, 1)))).toMatchObject({ outcome: 'applied' });
    await set({ kinds: ['lodging', 'service', 'food', 'making', 'goods', 'delivery'] });
  });

  test('a listing from the future does not stand on top for ever', async () => {
    await tell(node, alice!, create(alice!, listingOf(alice!, id, 1, { published: '2150-01-01T00:00:00Z' })));
    expect((await seen(`${alice!.uri}/items/${id}`))!.published!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('a Create that only names its object has it read from its own server', async () => {
    const listing = listingOf(alice!, id, 1);
    lyon!.documents.set(`/users/alice/items/${id}`, listing);
    expect((await tell(node, alice!, says(alice!, 'Create', { object: listing['id'] }))).outcome).toBe('applied');
    expect(await tell(node, alice!, says(alice!, 'Create', { object: `${alice!.uri}/items/nowhere` }))).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringContaining('404'),
    });
  });

  test('Epicyon’s shared item is a listing of kind goods', async () => {
    const object = {
      id: `${alice!.uri}/statuses/${id}`,
      type: 'Offer',
      displayName: 'A drill',
      itemPrice: '5.00',
      itemCurrency: 'EUR',
      itemQty: 2,
      location: 'Lyon',
      summary: 'Works',
      to: [PUBLIC],
      published: '2026-01-02T00:00:00Z',
    };
    expect((await tell(node, alice!, says(alice!, 'Add', { object, target: `${alice!.uri}/shares` }))).outcome).toBe(
      'applied',
    );
    expect(await seen(object.id)).toMatchObject({
      kind: 'goods',
      priceAmount: 500,
      quantity: 2,
      publisher: alice!.uri,
    });
  });

  test('an actor’s change is read from its own server, and its inbox stays there', async () => {
    lyon!.documents.set('/users/alice', { ...(lyon!.documents.get('/users/alice') as JsonObject), name: 'Alice B.' });
    expect(
      (
        await tell(
          node,
          alice!,
          says(alice!, 'Update', { object: { id: alice!.uri, type: 'Person', name: 'not this' } }),
        )
      ).outcome,
    ).toBe('applied');
    expect((await knownActor(node, alice!.uri))?.name).toBe('Alice B.');
    lyon!.documents.set('/users/alice', {
      ...(lyon!.documents.get('/users/alice') as JsonObject),
      inbox: `${evil!.origin}/steal`,
    });
    expect(
      (await tell(node, alice!, says(alice!, 'Update', { object: { id: alice!.uri, type: 'Person' } }))).outcome,
    ).toBe('ignored');
    expect((await knownActor(node, alice!.uri))?.inbox).toBe(`${alice!.uri}/inbox`);
    lyon!.documents.set('/users/alice', {
      ...(lyon!.documents.get('/users/alice') as JsonObject),
      inbox: `${alice!.uri}/inbox`,
    });
  });

  test('an uploaded file that claims to be Alice is not believed', async () => {
    const forged = { ...(lyon!.documents.get('/users/alice') as JsonObject), name: 'Forged' };
    lyon!.documents.set('/media/forged.json', forged);
    await node.federation.port.lookup(`${lyon!.origin}/media/forged.json`);
    expect((await knownActor(node, alice!.uri))?.name).toBe('Alice B.');
  });

  test('what is unknown, odd or hostile is taken with a reason and does nothing', async () => {
    const odd: [JsonObject, string][] = [
      [says(alice!, 'Like', { object: `${bob}` }), 'not understood'],
      [says(alice!, 'Move', { object: alice!.uri, target: eve!.uri }), 'Nobody here follows it'],
      [says(alice!, 'Create', {}), 'names no object'],
      [says(alice!, 'Create', { object: { type: 'schema:Thing', id: `${alice!.uri}/x` } }), ''],
      [says(alice!, 'Create', { object: [null, 7] }), ''],
      [says(alice!, 'Undo', { object: { type: 'Block', id: `${alice!.uri}/b` } }), 'taken back'],
      [says(alice!, 'Delete', { object: 'not a url' }), 'names no object'],
      [says(alice!, 'Announce', { object: 42 }), ''],
      [says(alice!, 'Follow', { object: `${node.origin}/users/nobody` }), 'nobody of this name'],
      [says(alice!, 'Accept', { object: { type: 'Follow' } }), 'nothing that was asked'],
      [says(alice!, 'Li\u0000ke', { object: 'https://a.example/\u0000', summary: '\uD800' }), ''],
      [
        {
          ...says(alice!, 'Create', { object: listingOf(alice!, id, 1) }),
          '@context': [{ actor: 'https://evil.example/#whoever' }],
        },
        'another meaning',
      ],
      [{ ...says(alice!, 'Create', { object: listingOf(alice!, id, 1) }), '@graph': [] }, '@graph'],
    ];
    for (const [activity, reason] of odd)
      expect(await tell(node, alice!, activity), JSON.stringify(activity).slice(0, 300)).toMatchObject({
        outcome: expect.stringMatching(/ignored|refused/),
        reason: expect.stringContaining(reason),
      });
    expect(await seen(`${alice!.uri}/items/${id}`)).toBeUndefined();
  });
});
