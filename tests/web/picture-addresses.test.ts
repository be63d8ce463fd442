/** Who could see a listing and no longer can does not go on opening its pictures by addresses that they have kept. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listingsOf, touchListing, updateListing } from '#domain/listings.ts';
import { attachPicture, listPictures, preparePicture, savePictureFiles } from '#domain/media.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { painted } from '../support/photographs.ts';
import { shoot } from '../support/shots.ts';
import { visit } from '../support/visitor.ts';

eachEngine('pictures of what fewer may see', (engine) => {
  let [node, lyon]: TestNode[] = [];
  let bob = '';
  beforeAll(async () => {
    [node, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    bob = await addMember(node!, 'bob', 'Bob');
    await peerUp(node!, lyon!);
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), lyon?.drop()]);
  });

  const current = async (title: string) =>
    (await listingsOf(node!.db.read, bob, ['published'])).find((row) => row.title === title)!;
  const withPicture = async (title: string) => {
    const listing = await publish(node!, 'bob', { title });
    const picture = await preparePicture(await painted());
    if (!picture.ok) throw new Error(JSON.stringify(picture.errors));
    await savePictureFiles(`${node!.dir}/media`, picture.value);
    await node!.db.write(async (tx) => {
      await attachPicture(tx, new Date(), picture.value, { owner: bob, listing: listing.id, alt: 'Mur', position: 0 });
      await touchListing(tx, node!.site, listing);
    });
    return listing;
  };
  const keyOf = async (listing: string): Promise<string> => (await listPictures(node!.db.read, [listing]))[0]!.key;
  const status = async (key: string, size = 800): Promise<number> =>
    (await shoot({ url: `${node!.origin}/media/${key}-${size}.webp`, method: 'GET', headers: {} })).status;
  const change = async (title: string, to: Record<string, string | string[]>): Promise<void> => {
    const before = await current(title);
    await node!.db.write((tx) => updateListing(tx, node!.site, before, draft({ title, ...to })));
  };

  test('reserved, for partners, for members: the old address is gone, the new one is on the page of whoever may see it', async () => {
    // The same picture on another listing stays where it is.
    const open = await withPicture('Reste ouverte');
    const shared = await keyOf(open.id);
    const narrower: [string, Record<string, string | string[]>][] = [
      ['Réservée', { access: 'reserved', attestations: ['care-worker'] }],
      ['Entre partenaires', { audience: 'peers' }],
      ['Entre membres', { audience: 'members' }],
    ];
    for (const [title, to] of narrower) {
      const listing = await withPicture(title);
      expect(await keyOf(listing.id), 'named by its content').toBe(shared);
      await change(title, to);
      await until('it has another', async () => (await keyOf(listing.id)) !== shared);
      const key = await keyOf(listing.id);
      expect(await status(key)).toBe(200);
      const owner = visit(node!);
      await owner.signIn('bob');
      expect((await owner.open(`/listings/${listing.id}`)).html, title).toContain(`/media/${key}-`);
    }
    expect(await status(shared)).toBe(200);
    // Once nothing shows it by that name, nobody opens it by that name.
    await change('Reste ouverte', { audience: 'members' });
    await until('it is gone', async () => (await status(shared)) === 404);
    for (const size of [320, 800, 1600]) expect(await status(shared, size)).toBe(404);
    const kept = await keyOf(open.id);
    await change('Reste ouverte', { audience: 'members', text: 'Un autre texte.' });
    await node!.settled();
    expect(await keyOf(open.id), 'as few as before').toBe(kept);
  });

  test('a partner that may still have it gets the new address', async () => {
    const there = async () =>
      (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).find((row) => row.title === 'Entre partenaires');
    const key = await keyOf((await current('Entre partenaires')).id);
    await until('Lyon has it', async () => JSON.stringify((await there())?.remotePictures).includes(key));
  });
});
