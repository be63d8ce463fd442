/** What strangers, partners and members see of a cooperative that opens less than all. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findActor } from '#domain/actors.ts';
import { findListingByUri } from '#domain/listings.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { updateProfile } from '#domain/profiles.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';

eachEngine('a cooperative that is careful', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let alice = '';

  const page = async (node: TestNode, path: string): Promise<{ status: number; text: string }> => {
    const answer = await node.fetch(
      new Request(`${node.origin}${path}`, { headers: { host: node.host, accept: 'text/html' } }),
    );
    return { status: answer.status, text: await answer.text() };
  };
  const as2 = async (node: TestNode, uri: string): Promise<Response> =>
    node.fetch(new Request(uri, { headers: { host: node.host, accept: 'application/activity+json' } }));

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    alice = await addMember(marseille!, 'alice', 'Alice');
    await publish(marseille!, 'alice', { title: 'Chambre du port' });
    await publish(marseille!, 'alice', { title: 'Paniers du jeudi', kind: 'food' });
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ kinds: ['lodging', 'service'] });
    });
    const found = await lyon!.federation.port.inspect(marseille!.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await lyon!.db.write((tx) => requestPeering(tx, lyon!.site, found.value, ''));
    await until('asked', async () => (await findPeerByHost(marseille!.db.read, lyon!.host))?.state === 'received');
    const asking = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    await marseille!.db.write((tx) => acceptPeering(tx, marseille!.site, asking));
    await until('copied', async () => (await findPeerByHost(lyon!.db.read, marseille!.host))?.backfillState === 'done');
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('a partner gets what is shared, also of kinds that it does not offer itself', async () => {
    const rows = await lyon!.db.read.select().from(lyon!.db.read.t.listings);
    expect(rows.map((row) => row.title).toSorted()).toEqual(['Chambre du port', 'Paniers du jeudi']);
  });

  test('what a member tells partners reaches a partner, and nobody else', async () => {
    const account = (await findAccountByHandle(marseille!.db.read, 'alice'))!;
    const told = await marseille!.db.write((tx) =>
      updateProfile(tx, marseille!.site, account, {
        name: 'Alice',
        text: 'Infirmière à la **Timone**.',
        languages: ['fr'],
        showProfile: 'peers',
        indexable: false,
      }),
    );
    expect(told.ok).toBe(true);
    await until(
      'Lyon read it',
      async () => (await findActor(lyon!.db.read, alice))?.html.includes('<strong>Timone</strong>') === true,
    );
    const unsigned = await as2(marseille!, alice);
    expect(unsigned.status).toBe(200);
    expect(await unsigned.text()).not.toContain('Timone');
  });

  test('while the public part is closed, a stranger finds a name and a door, a partner all that is shared', async () => {
    const shared = (await marseille!.db.read.select().from(marseille!.db.read.t.listings)).find(
      (row) => row.kind === 'lodging',
    )!;
    expect((await page(marseille!, `/listings/${shared.id}`)).status).toBe(200);
    expect((await as2(marseille!, shared.uri)).status).toBe(200);
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ publicOpen: false });
    });
    expect((await as2(marseille!, shared.uri)).status).toBe(404);
    const home = await page(marseille!, '/');
    expect(home.text).toContain('Coop marseille');
    for (const path of ['/', '/listings', '/listings?q=chambre', '/@alice', `/listings/${shared.id}`])
      expect((await page(marseille!, path)).text, path).not.toMatch(/Chambre du port|Alice|Coop lyon/);
    expect((await page(marseille!, '/@alice')).status).toBe(404);
    expect((await page(marseille!, `/listings/${shared.id}`)).status).toBe(404);
    expect((await as2(marseille!, `${marseille!.origin}/users/alice/outbox?page=first`)).status).toBe(404);
    expect((await as2(marseille!, `${marseille!.origin}/users/coop-marseille/catalogue?page=first`)).status).toBe(404);

    await publish(marseille!, 'alice', { title: 'Chambre du Panier' });
    await until('the partner has it', async () =>
      (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).some((row) => row.title === 'Chambre du Panier'),
    );
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ publicOpen: true });
    });
  });

  test('the listings of who is suspended, and of a former partner, are gone from their pages', async () => {
    const rows = await lyon!.db.read.select().from(lyon!.db.read.t.listings);
    const copy = rows.find((row) => row.title === 'Chambre du port')!;
    expect((await page(lyon!, `/listings/${copy.id}`)).status).toBe(200);
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.peers).set({ state: 'paused' }).where(eq(tx.t.peers.host, marseille!.host));
    });
    expect((await page(lyon!, `/listings/${copy.id}`)).status).toBe(404);
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.peers).set({ state: 'active' }).where(eq(tx.t.peers.host, marseille!.host));
      await tx.update(tx.t.actors).set({ suspended: true }).where(eq(tx.t.actors.uri, alice));
    });
    expect((await page(lyon!, `/listings/${copy.id}`)).status).toBe(404);
    const peer = (await findPeerByHost(lyon!.db.read, marseille!.host))!;
    await lyon!.db.write((tx) => cutPeer(tx, lyon!.site, peer, true));
    expect(await findListingByUri(lyon!.db.read, copy.uri)).toBeUndefined();
  });
});
