/** What others' servers may make happen here, and what not: real signatures, real documents over HTTP, both engines. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { conversationsOf, messagesIn } from '#domain/conversations.ts';
import { createListing, findListingByUri } from '#domain/listings.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { journal } from '#domain/received.ts';
import { streamOf } from '#domain/stream.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, addMember, draft, startNode, until } from '../../support/nodes.ts';
import {
  PUBLIC,
  type Person,
  type Remote,
  becomePeer,
  followedBy,
  knownActor,
  listingOf,
  post,
  says,
  startRemote,
  tell,
} from './world.ts';

eachEngine('the inbox', (engine) => {
  let node: TestNode;
  let bob = '';
  let [lyon, mastodon, evil]: Remote[] = [];
  let [server, alice, mallory, carol, eve]: Person[] = [];
  let n = 0;
  let id = '';

  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    bob = await addMember(node, 'bob', 'Bob');
    [lyon, mastodon, evil] = await Promise.all([startRemote('lyon'), startRemote('mastodon'), startRemote('evil')]);
    server = await lyon.actor('instance', { type: 'Application' });
    [alice, mallory, carol, eve] = await Promise.all([
      lyon.actor('alice'),
      lyon.actor('mallory'),
      mastodon.actor('carol'),
      evil.actor('eve'),
    ]);
    await becomePeer(node, lyon, server);
  });
  afterAll(async () => {
    await node?.drop();
    await Promise.all([lyon?.down(), mastodon?.down(), evil?.down()]);
  });
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

  test('a fediverse user writes to a member; a reply comes into the same thread, and others’ titles stay hidden', async () => {
    const note = (from: Person, change: JsonObject): JsonObject => ({
      id: `${from.uri}/notes/${id}-${++n}`,
      type: 'Note',
      attributedTo: from.uri,
      to: [bob],
      content: '<p>Hello <b>Bob</b><img src=x onerror=alert(1)></p>',
      ...change,
    });
    const first = note(carol!, {});
    expect((await tell(node, carol!, says(carol!, 'Create', { to: [bob], object: first }))).outcome).toBe('applied');
    // The profile's address is as good as the actor's own, and the author may count among the readers.
    const second = note(carol!, {
      to: [`${node.origin}/@bob`, carol!.uri],
      inReplyTo: first['id'],
      content: '<p>Again</p>',
    });
    expect((await tell(node, carol!, says(carol!, 'Create', { to: [bob], object: second }))).outcome).toBe('applied');
    const [thread, ...more] = await conversationsOf(node.db.read, bob, 10);
    expect(more).toEqual([]);
    expect((await messagesIn(node.db.read, thread!.id)).map((message) => message.html)).toEqual([
      '<p>Hello <b>Bob</b></p>',
      '<p>Again</p>',
    ]);
    // Eve names the thread of the other two: she gets one of her own, with her own words as its title.
    expect(
      (
        await tell(
          node,
          eve!,
          says(eve!, 'Create', { to: [bob], object: note(eve!, { context: first['id'], content: '<p>Curious</p>' }) }),
        )
      ).outcome,
    ).toBe('applied');
    expect((await conversationsOf(node.db.read, bob, 10)).map((one) => one.title).toSorted()).toEqual([
      'Curious',
      'Hello Bob',
    ]);
    expect(await node.db.read.$count(node.db.read.t.jobs, eq(node.db.read.t.jobs.type, 'mail'))).toBeGreaterThan(0);
    expect(
      (
        await tell(
          node,
          carol!,
          says(carol!, 'Create', {
            to: [`${node.origin}/users/nobody`],
            object: note(carol!, { to: [`${node.origin}/users/nobody`] }),
          }),
        )
      ).outcome,
    ).toBe('ignored');
  });

  test('a public note of somebody whom a member follows is in the member’s stream; a note for followers is not kept', async () => {
    await followedBy(node, bob, carol!.uri);
    const object = {
      id: `${carol!.uri}/notes/${id}`,
      type: 'Note',
      attributedTo: carol!.uri,
      to: [PUBLIC],
      content: '<p>Good morning</p>',
      published: '2026-02-01T08:00:00Z',
    };
    expect((await tell(node, carol!, create(carol!, object))).outcome).toBe('applied');
    expect(
      (
        await tell(
          node,
          carol!,
          says(carol!, 'Create', {
            to: [`${carol!.uri}/followers`],
            object: { ...object, id: `${object.id}-f`, to: [`${carol!.uri}/followers`] },
          }),
        )
      ).outcome,
    ).toBe('ignored');
    expect(
      (await tell(node, carol!, says(carol!, 'Delete', { object: { id: object.id, type: 'Tombstone' } }))).outcome,
    ).toBe('applied');
    expect((await tell(node, carol!, create(carol!, object))).outcome).toBe('ignored');
    expect(await node.db.read.$count(node.db.read.t.posts, eq(node.db.read.t.posts.uri, object.id))).toBe(0);
  });

  test('Carol follows Bob by his page’s address, is accepted and told so, and takes it back', async () => {
    const asked = says(carol!, 'Follow', { object: `${node.origin}/@bob` });
    expect((await tell(node, carol!, asked)).outcome).toBe('applied');
    await until('the Accept comes', async () => mastodon!.inbox.some((one) => one['type'] === 'Accept'));
    expect(mastodon!.inbox.find((one) => one['type'] === 'Accept')).toMatchObject({
      actor: bob,
      object: { id: asked['id'], actor: carol!.uri, object: bob },
    });
    expect(
      (
        await tell(
          node,
          eve!,
          says(eve!, 'Undo', { object: { id: asked['id'], type: 'Follow', actor: carol!.uri, object: bob } }),
        )
      ).outcome,
    ).toBe('refused');
    expect((await tell(node, carol!, says(carol!, 'Undo', { object: asked['id'] }))).outcome).toBe('applied');
    expect(await node.db.read.$count(node.db.read.t.follows, eq(node.db.read.t.follows.follower, carol!.uri))).toBe(0);
  });

  test('an Undo that overtakes its Follow holds', async () => {
    const asked = says(eve!, 'Follow', { object: bob });
    await tell(
      node,
      eve!,
      says(eve!, 'Undo', { object: { id: asked['id'], type: 'Follow', actor: eve!.uri, object: bob } }),
    );
    expect((await tell(node, eve!, asked)).outcome).toBe('ignored');
    expect(await node.db.read.$count(node.db.read.t.follows, eq(node.db.read.t.follows.follower, eve!.uri))).toBe(0);
  });

  test('an answer counts from whom was asked alone, also when it re-makes the Follow with another id', async () => {
    await followedBy(node, bob, carol!.uri);
    const { follows } = node.db.read.t;
    await node.db.write((tx) => tx.update(follows).set({ state: 'pending' }).where(eq(follows.followed, carol!.uri)));
    const object = { id: `${carol!.uri}/made-up`, type: 'Follow', actor: bob, object: carol!.uri };
    expect((await tell(node, eve!, says(eve!, 'Accept', { object }))).outcome).toBe('ignored');
    expect((await tell(node, carol!, says(carol!, 'Accept', { object: { ...object, type: 'Offer' } }))).outcome).toBe(
      'ignored',
    );
    expect((await tell(node, carol!, says(carol!, 'Accept', { object }))).outcome).toBe('applied');
    expect((await node.db.read.select().from(follows).where(eq(follows.followed, carol!.uri)))[0]?.state).toBe(
      'accepted',
    );
  });

  test('servers become partners, people do not', async () => {
    expect(await tell(node, eve!, says(eve!, 'Follow', { object: `${node.origin}/users/instance` }))).toMatchObject({
      outcome: 'refused',
    });
    expect(await findPeerByHost(node.db.read, evil!.host)).toBeUndefined();
    // Nor does another actor of a partner's server speak for it.
    const bot = await lyon!.actor('bot', { type: 'Service' });
    expect((await tell(node, bot, says(bot, 'Follow', { object: `${node.origin}/users/instance` }))).outcome).toBe(
      'refused',
    );
    expect(await findPeerByHost(node.db.read, lyon!.host)).toMatchObject({ state: 'active', nodeActor: server!.uri });
  });

  test('a server asks with words, which come before its Follow, and an Undo ends it', async () => {
    const nantes = await startRemote('nantes');
    const theirs = await nantes.actor('instance', { type: 'Application', name: 'Nantes' });
    const target = `${node.origin}/users/instance`;
    await tell(
      node,
      theirs,
      says(theirs, 'Offer', {
        target,
        content: 'Bonjour de Nantes',
        object: { type: 'PeeringAgreement', id: `${theirs.uri}#agreement` },
      }),
    );
    const asked = says(theirs, 'Follow', { object: target });
    expect((await tell(node, theirs, asked)).outcome).toBe('applied');
    expect(await findPeerByHost(node.db.read, nantes.host)).toMatchObject({
      state: 'received',
      message: 'Bonjour de Nantes',
      name: 'Nantes',
    });
    expect(
      (await tell(node, theirs, says(theirs, 'Undo', { object: { ...asked, '@context': undefined } }))).outcome,
    ).toBe('applied');
    expect((await findPeerByHost(node.db.read, nantes.host))?.state).toBe('withdrawn');
    await nantes.down();
  });

  test('what a followed actor passes on is read from its owner, and taken back by whoever passed it on', async () => {
    await followedBy(node, bob, carol!.uri);
    const genuine = listingOf(alice!, id, 3);
    lyon!.documents.set(`/users/alice/items/${id}`, genuine);
    const announce = says(carol!, 'Announce', { object: { ...listingOf(alice!, id, 3), name: 'forged' } });
    expect((await tell(node, carol!, announce)).outcome).toBe('applied');
    expect((await seen(genuine['id']))?.title).toBe(`${id}, version 3`);
    const lines = () => node.db.read.$count(node.db.read.t.stream, eq(node.db.read.t.stream.actor, carol!.uri));
    const before = await lines();
    expect((await tell(node, carol!, says(carol!, 'Announce', { object: genuine['id'] }))).outcome).toBe('applied');
    expect(await lines()).toBe(before);
    expect((await tell(node, mallory!, says(mallory!, 'Undo', { object: announce['id'] }))).outcome).toBe('ignored');
    expect(
      (
        await tell(
          node,
          carol!,
          says(carol!, 'Undo', {
            object: { id: announce['id'], type: 'Announce', actor: carol!.uri, object: genuine['id'] },
          }),
        )
      ).outcome,
    ).toBe('applied');
    expect(await lines()).toBe(before - 1);
    expect(await seen(genuine['id'])).toBeDefined();
  });

  test('a server puts no words into the mouth of another’s people', async () => {
    await followedBy(node, bob, carol!.uri);
    evil!.documents.set(`/notes/${id}`, {
      id: `${evil!.origin}/notes/${id}`,
      type: 'Note',
      attributedTo: alice!.uri,
      to: [PUBLIC],
      content: '<p>I never said so</p>',
    });
    expect(
      (await tell(node, carol!, says(carol!, 'Announce', { object: `${evil!.origin}/notes/${id}` }))).outcome,
    ).toBe('refused');
    evil!.documents.set(`/listings/${id}`, { ...listingOf(alice!, id, 1), id: `${evil!.origin}/listings/${id}` });
    expect(
      (await tell(node, carol!, says(carol!, 'Announce', { object: `${evil!.origin}/listings/${id}` }))).outcome,
    ).toBe('ignored');
  });

  test('Lemmy’s Announce holds the activity; its likes and deletions are not fetched', async () => {
    await followedBy(node, bob, carol!.uri);
    const page = {
      id: `${mastodon!.origin}/post/${id}`,
      type: 'Page',
      attributedTo: carol!.uri,
      to: [PUBLIC],
      name: 'A page',
      content: '<p>Text</p>',
    };
    mastodon!.documents.set(`/post/${id}`, page);
    const inner = { id: `${mastodon!.origin}/activities/inner-${id}`, type: 'Create', actor: carol!.uri, object: page };
    expect((await tell(node, carol!, says(carol!, 'Announce', { object: inner }))).outcome).toBe('applied');
    const before = mastodon!.asked.length;
    expect(
      (
        await tell(
          node,
          carol!,
          says(carol!, 'Announce', { object: { ...inner, id: `${inner.id}-like`, type: 'Like' } }),
        )
      ).outcome,
    ).toBe('ignored');
    expect(mastodon!.asked.length).toBe(before);
  });

  test('a blocked server is not heard, nor what it owns through a friend', async () => {
    await followedBy(node, bob, carol!.uri);
    await node.db.write((tx) =>
      tx
        .insert(tx.t.domainRules)
        .values({ domain: 'evil.localhost', severity: 'block', comment: '', created: node.site.now() }),
    );
    const before = evil!.asked.length;
    const message = create(eve!, {
      id: `${eve!.uri}/notes/${id}`,
      type: 'Note',
      attributedTo: eve!.uri,
      to: [bob],
      content: 'x',
    });
    expect(await tell(node, eve!, message)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('blocked'),
    });
    expect((await post(node, eve!, says(eve!, 'Follow', { object: bob }))).status).toBe(202);
    evil!.documents.set(`/notes/${id}`, {
      id: `${evil!.origin}/notes/${id}`,
      type: 'Note',
      attributedTo: eve!.uri,
      to: [PUBLIC],
      content: 'x',
    });
    expect(
      (await tell(node, carol!, says(carol!, 'Announce', { object: `${evil!.origin}/notes/${id}` }))).outcome,
    ).toBe('refused');
    expect(evil!.asked.length).toBe(before);
    await node.db.write((tx) => tx.delete(tx.t.domainRules));
  });

  test('while the public part is closed, strangers are told 403 and may ask to be partners; partners are heard', async () => {
    await set({ publicOpen: false });
    const message = create(carol!, {
      id: `${carol!.uri}/notes/${id}`,
      type: 'Note',
      attributedTo: carol!.uri,
      to: [bob],
      content: 'x',
    });
    const answer = await post(node, carol!, message);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ remedy: expect.any(String) });
    expect((await tell(node, carol!, says(carol!, 'Follow', { object: bob }))).outcome).toBe('refused');
    await until('the Reject comes', async () => mastodon!.inbox.some((one) => one['type'] === 'Reject'));
    const instance = await mastodon!.actor('instance', { type: 'Application' });
    expect(
      (await tell(node, instance, says(instance, 'Follow', { object: `${node.origin}/users/instance` }))).outcome,
    ).toBe('applied');
    expect((await tell(node, alice!, create(alice!, listingOf(alice!, id, 1)))).outcome).toBe('applied');
    await set({ publicOpen: true });
    // What was turned away is taken when it comes again.
    expect((await tell(node, carol!, message)).outcome).toBe('applied');
  });

  test('a report names what is ours, and its server, never a person', async () => {
    const ours = await node.db.write((tx) => createListing(tx, node.site, 'bob', draft(), 'published'));
    const flag = says(carol!, 'Flag', {
      content: `<p>Spam</p>${'x'.repeat(4_000)}`,
      object: [bob, `${node.origin}/listings/${ours.id}`, ours.proposalUri, `${carol!.uri}/notes/1`],
    });
    expect((await tell(node, carol!, flag)).outcome).toBe('applied');
    const reports = await node.db.read.select().from(node.db.read.t.reports);
    expect(reports.map((one) => one.object).toSorted()).toEqual([ours.uri]);
    expect(
      reports.every(
        (one) => one.reporter === null && one.host === mastodon!.host && !JSON.stringify(one).includes('carol'),
      ),
    ).toBe(true);
    expect(
      (await tell(node, carol!, says(carol!, 'Flag', { object: [`${node.origin}/users/bob/items/nowhere`] }))).outcome,
    ).toBe('ignored');
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

  test('an account that is gone takes its listings and posts with it, though its key can no longer be asked for', async () => {
    const dora = await lyon!.actor('dora');
    await tell(node, dora, create(dora, listingOf(dora, id, 1)));
    const ed = await lyon!.actor('ed');
    await tell(node, ed, create(ed, listingOf(ed, `${id}-ed`, 1)));
    expect((await tell(node, dora, says(dora, 'Delete', { object: dora.uri }))).outcome).toBe('applied');
    expect(await seen(`${dora.uri}/items/${id}`)).toBeUndefined();
    // Ed's key was rotated away with his account: what speaks for the Delete is that his server answers 410.
    lyon!.documents.set('/users/ed', 410);
    const key = { ...ed, keyId: `${ed.uri}#new-key` };
    expect((await tell(node, key, says(ed, 'Delete', { object: ed.uri }))).outcome).toBe('applied');
    expect(await seen(`${ed.uri}/items/${id}-ed`)).toBeUndefined();
    // Of somebody never seen: taken, and nothing happens, not even a look-up.
    const ghost: Person = {
      uri: `${lyon!.origin}/users/ghost`,
      keyId: `${lyon!.origin}/users/ghost#main-key`,
      keys: alice!.keys,
    };
    expect((await post(node, ghost, says(ghost, 'Delete', { object: ghost.uri }))).status).toBe(202);
    expect(lyon!.asked).not.toContain('/users/ghost');
  });

  test('a partner that was cut is a stranger again, and its copies are gone', async () => {
    await tell(node, alice!, create(alice!, listingOf(alice!, id, 1)));
    const peer = (await findPeerByHost(node.db.read, lyon!.host))!;
    expect(peer.lastReceived).not.toBeNull();
    await node.db.write((tx) => cutPeer(tx, node.site, peer, false));
    expect(await seen(`${alice!.uri}/items/${id}`)).toBeUndefined();
    expect((await tell(node, alice!, create(alice!, listingOf(alice!, `${id}-late`, 1)))).outcome).toBe('ignored');
  });
});
