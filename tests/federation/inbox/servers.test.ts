/** Servers ask to be partners, report, are shut out or part. Real signatures, real documents over HTTP, both engines. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createListing, findListingByUri } from '#domain/listings.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, draft, until } from '../../support/nodes.ts';
import {
  PUBLIC,
  type Person,
  type Remote,
  followedBy,
  listingOf,
  post,
  says,
  startRemote,
  tell,
  becomePeer,
} from './world.ts';
import { type Scene, startScene } from './scene.ts';

eachEngine('other servers', (engine) => {
  let scene: Scene | undefined;
  let node: TestNode;
  let bob = '';
  let [lyon, mastodon, evil]: Remote[] = [];
  let [server, alice, , carol, eve]: Person[] = [];
  let n = 0;
  let id = '';

  beforeAll(async () => {
    scene = await startScene(engine);
    ({ node, bob } = scene);
    [lyon, mastodon, evil] = scene.remotes;
    [server, alice, , carol, eve] = scene.people;
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

  test('of two words about what a partner gives, the one said later counts, whichever comes last', async () => {
    const terms = (published: string, kinds: string[]): JsonObject => ({
      ...says(server!, 'Update', {
        target: `${node.origin}/users/instance`,
        object: {
          id: `${server!.uri}/terms/${published}`,
          type: 'PeeringAgreement',
          attributedTo: server!.uri,
          gives: { ...OPEN_SCOPE, kinds },
          takes: OPEN_SCOPE,
        },
      }),
      published,
    });
    const [first, second] = [2_000, 0].map((ago) => new Date(Date.now() - ago).toISOString());
    expect(await tell(node, server!, terms(second!, ['food']))).toMatchObject({ outcome: 'applied' });
    expect(await tell(node, server!, terms(first!, ['lodging']))).toMatchObject({ outcome: 'ignored' });
    expect((await findPeerByHost(node.db.read, lyon!.host))?.theirGive?.kinds).toEqual(['food']);
  });

  test('a partner that takes back its yes ends the partnership: its copies are gone', async () => {
    const toulouse = await startRemote('toulouse');
    const theirs = await toulouse.actor('instance', { type: 'Application' });
    const dora = await toulouse.actor('dora');
    await becomePeer(node, toulouse, theirs);
    await tell(node, dora, create(dora, listingOf(dora, id, 1)));
    expect(await seen(`${dora.uri}/items/${id}`)).toBeDefined();
    const { followSent } = (await findPeerByHost(node.db.read, toulouse.host))!;
    const follow = { id: followSent, type: 'Follow', actor: `${node.origin}/users/instance`, object: theirs.uri };
    const reject = says(theirs, 'Reject', { object: follow, content: 'Nous fermons.' });
    expect((await tell(node, theirs, reject)).outcome).toBe('applied');
    expect(await findPeerByHost(node.db.read, toulouse.host)).toMatchObject({
      state: 'cut',
      reason: 'Nous fermons.',
      receivedAccepted: false,
    });
    expect(await seen(`${dora.uri}/items/${id}`)).toBeUndefined();
    await toulouse.down();
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
