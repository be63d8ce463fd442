/** People of other servers write, follow, pass on and leave. Real signatures, real documents over HTTP, both engines. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { conversationsOf, messagesIn } from '#domain/conversations.ts';
import { findListingByUri } from '#domain/listings.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, until } from '../../support/nodes.ts';
import { PUBLIC, type Person, type Remote, followedBy, listingOf, post, says, tell } from './world.ts';
import { type Scene, startScene } from './scene.ts';

eachEngine('people of elsewhere', (engine) => {
  let scene: Scene | undefined;
  let node: TestNode;
  let bob = '';
  let [lyon, mastodon, evil]: Remote[] = [];
  let [, alice, mallory, carol, eve]: Person[] = [];
  let n = 0;
  let id = '';

  beforeAll(async () => {
    scene = await startScene(engine);
    ({ node, bob } = scene);
    [lyon, mastodon, evil] = scene.remotes;
    [, alice, mallory, carol, eve] = scene.people;
  });
  afterAll(() => scene?.drop());
  beforeEach(() => {
    id = `thing-${++n}`;
  });

  const seen = async (uri: unknown) => findListingByUri(node.db.read, String(uri));
  const create = (from: Person, object: JsonObject): JsonObject => says(from, 'Create', { object });

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
});
