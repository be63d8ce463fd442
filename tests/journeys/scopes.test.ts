/** The admins of two nodes decide what flows between them, change their minds, rest and go on. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { findListing, moveListing, updateListing } from '#domain/listings.ts';
import { pausePeer, previewScopes, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE, type Scope } from '#domain/scopes.ts';
import { eachEngine } from '../support/databases.ts';
import type { Kind } from '#domain/types.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';

eachEngine('two admins', (engine) => {
  let [marseille, lyon]: TestNode[] = [];

  /** Titles in the catalogue of a node, of another's listings alone. */
  const copiesAt = async (node: TestNode, from: TestNode): Promise<string[]> => {
    const page = await searchCatalogue(node.db.read, new Date(), { member: true }, { limit: 100, host: from.host });
    return page.items.map((row) => row.title).toSorted();
  };
  const sees = async (node: TestNode, from: TestNode, titles: string[]): Promise<void> => {
    let found: string[] = [];
    const right = async (): Promise<boolean> => {
      found = await copiesAt(node, from);
      return JSON.stringify(found) === JSON.stringify(titles.toSorted());
    };
    await until(`${node.host} has what it should`, right, 20_000).catch(() => expect(found).toEqual(titles.toSorted()));
  };
  const peerAt = async (node: TestNode, other: TestNode) => (await findPeerByHost(node.db.read, other.host))!;
  const scope = async (node: TestNode, other: TestNode, change: { give?: Partial<Scope>; take?: Partial<Scope> }) => {
    const peer = await peerAt(node, other);
    const next = { give: { ...OPEN_SCOPE, ...change.give }, take: { ...OPEN_SCOPE, ...change.take } };
    const shown = await previewScopes(node.db.read, peer, next);
    const done = await node.db.write((tx) => setScopes(tx, node.site, peer.id, next));
    if (!done.ok) throw new Error(JSON.stringify(done.errors));
    // What was shown before is what was done.
    expect(done.value).toEqual(shown);
    return done.value;
  };
  const ALL = ['Chambre', 'Cherche un toit', 'Panier', 'Vélo à Lyon'];

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(marseille!, 'alice', 'Alice');
    await publish(marseille!, 'alice', { title: 'Chambre' });
    await publish(marseille!, 'alice', { title: 'Cherche un toit', purpose: 'request' });
    await publish(marseille!, 'alice', { title: 'Panier', kind: 'food' });
    await publish(marseille!, 'alice', { title: 'Vélo à Lyon', kind: 'goods', place: 'Lyon' });
    const found = await lyon!.federation.port.inspect(marseille!.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await lyon!.db.write((tx) => requestPeering(tx, lyon!.site, found.value, ''));
    await until('asked', async () => (await peerAt(marseille!, lyon!))?.state === 'received');
    const asking = await peerAt(marseille!, lyon!);
    await marseille!.db.write((tx) => acceptPeering(tx, marseille!.site, asking));
    await sees(lyon!, marseille!, ALL);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('Marseille gives fewer kinds: their listings vanish at Lyon, and come back with the kinds', async () => {
    const narrowed = await scope(marseille!, lyon!, { give: { kinds: ['lodging'] } });
    expect(narrowed).toEqual({ leave: 2, come: 0, drop: 0 });
    await sees(lyon!, marseille!, ['Chambre', 'Cherche un toit']);
    await until('Lyon knows', async () => (await peerAt(lyon!, marseille!)).theirGive?.kinds.length === 1);
    await publish(marseille!, 'alice', { title: 'Confiture', kind: 'food' });
    const widened = await scope(marseille!, lyon!, {});
    expect(widened).toEqual({ leave: 0, come: 3, drop: 0 });
    await sees(lyon!, marseille!, [...ALL, 'Confiture']);
  });

  test('Marseille keeps its requests, and what is far away, to itself', async () => {
    const near = { name: 'Marseille', latitude: 43.2965, longitude: 5.3698, radiusKm: 50 };
    expect(await scope(marseille!, lyon!, { give: { requests: false, territory: near } })).toMatchObject({ leave: 2 });
    await sees(lyon!, marseille!, ['Chambre', 'Confiture', 'Panier']);
    await scope(marseille!, lyon!, {});
    await sees(lyon!, marseille!, [...ALL, 'Confiture']);
  });

  test('Lyon takes less than it is given, and more again', async () => {
    expect(await scope(lyon!, marseille!, { take: { kinds: ['food', 'goods'] } })).toMatchObject({ drop: 2 });
    await sees(lyon!, marseille!, ['Confiture', 'Panier', 'Vélo à Lyon']);
    await publish(marseille!, 'alice', { title: 'Studio' });
    await publish(marseille!, 'alice', { title: 'Figues', kind: 'food' });
    await sees(lyon!, marseille!, ['Confiture', 'Figues', 'Panier', 'Vélo à Lyon']);
    await scope(lyon!, marseille!, {});
    await sees(lyon!, marseille!, [...ALL, 'Confiture', 'Figues', 'Studio']);
  });

  test('Alice keeps a listing away from Lyon alone', async () => {
    const rows = await marseille!.db.read.select().from(marseille!.db.read.t.listings);
    const room = rows.find((row) => row.title === 'Studio')!;
    await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, room, { ...draft({ title: 'Studio' }), withheld: [lyon!.host] }),
    );
    await sees(lyon!, marseille!, [...ALL, 'Confiture', 'Figues']);
    const kept = (await findListing(marseille!.db.read, room.id))!;
    expect(kept.withheld).toEqual([lyon!.host]);
    const edited = await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, kept, draft({ title: 'Studio', price: '40' })),
    );
    expect(edited.withheld, 'whoever does not speak of it changes nothing').toEqual([lyon!.host]);
    await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, edited, { ...draft({ title: 'Studio' }), withheld: [] }),
    );
    await sees(lyon!, marseille!, [...ALL, 'Confiture', 'Figues', 'Studio']);
  });

  test('after a rest that Marseille alone took, Lyon has what is its to have, and no more', async () => {
    const { db, site } = marseille!;
    const theirs = await peerAt(marseille!, lyon!);
    const quiet: Scope = { ...OPEN_SCOPE, kinds: OPEN_SCOPE.kinds.filter((kind) => kind !== 'goods') };
    await scope(marseille!, lyon!, { give: { kinds: OPEN_SCOPE.kinds.filter((kind) => kind !== 'service') } });
    await publish(marseille!, 'alice', { title: 'Ménage', kind: 'service' });
    await sees(lyon!, marseille!, [...ALL, 'Confiture', 'Figues', 'Studio']);
    expect((await db.write((tx) => pausePeer(tx, site, theirs.id))).ok).toBe(true);
    // Without a word to Lyon: kept away, for members now, out of a narrower scope, into a wider one.
    const row = async (title: string) =>
      (await db.read.select().from(db.read.t.listings)).find((one) => one.title === title)!;
    const change = async (title: string, to: Parameters<typeof draft>[0] & { withheld?: string[] }): Promise<void> => {
      const before = await row(title);
      await db.write((tx) =>
        updateListing(tx, site, before, { ...draft({ title, kind: before.kind as Kind }), ...to }),
      );
    };
    await change('Studio', { withheld: [lyon!.host] });
    await change('Figues', { audience: 'members' });
    const next = { give: quiet, take: OPEN_SCOPE };
    expect((await db.write((tx) => setScopes(tx, site, theirs.id, next))).ok).toBe(true);
    expect((await db.write((tx) => resumePeer(tx, site, theirs.id))).ok).toBe(true);
    await sees(lyon!, marseille!, ['Chambre', 'Cherche un toit', 'Panier', 'Confiture', 'Ménage']);
    await change('Studio', { withheld: [] });
    await change('Figues', { audience: 'public' });
    await scope(marseille!, lyon!, {});
    await sees(lyon!, marseille!, [...ALL, 'Confiture', 'Figues', 'Studio', 'Ménage']);
  });

  test('through a rest of fifty changes both end equal', async () => {
    const peer = await peerAt(lyon!, marseille!);
    expect((await lyon!.db.write((tx) => pausePeer(tx, lyon!.site, peer.id))).ok).toBe(true);
    expect(await copiesAt(lyon!, marseille!), 'hidden').toEqual([]);
    const theirs = await peerAt(marseille!, lyon!);
    await marseille!.db.write((tx) => pausePeer(tx, marseille!.site, theirs.id));
    for (let i = 0; i < 25; i++) await publish(marseille!, 'alice', { title: `Pendant la pause ${i}` });
    const rows = await marseille!.db.read.select().from(marseille!.db.read.t.listings);
    for (const row of rows.filter((one) => one.title.startsWith('Pendant la pause 1')))
      await marseille!.db.write((tx) => deleteListing(tx, marseille!.site, row));
    for (const row of rows.filter((one) => ['Panier', 'Figues'].includes(one.title)))
      await marseille!.db.write((tx) => deleteListing(tx, marseille!.site, row));
    for (const row of rows.filter((one) => one.title.startsWith('Pendant la pause 2')))
      await marseille!.db.write((tx) => moveListing(tx, marseille!.site, row, 'paused'));
    const expected = (await marseille!.db.read.select().from(marseille!.db.read.t.listings))
      .filter((row) => row.state === 'published')
      .map((row) => row.title);
    expect((await marseille!.db.write((tx) => resumePeer(tx, marseille!.site, theirs.id))).ok).toBe(true);
    expect((await lyon!.db.write((tx) => resumePeer(tx, lyon!.site, peer.id))).ok).toBe(true);
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null });
    });
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null }).where(eq(tx.t.hosts.host, lyon!.host));
    });
    await sees(lyon!, marseille!, expected);
  });
});
