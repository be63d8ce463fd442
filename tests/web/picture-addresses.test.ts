/** Who could see a listing and no longer can does not go on opening its pictures by addresses that they have kept. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listingsOf, touchListing, updateListing } from '#domain/listings.ts';
import { findAccountByActor } from '#domain/members.ts';
import { attachPicture, listPictures, preparePicture, savePictureFiles } from '#domain/media.ts';
import { issueToken } from '#domain/tokens.ts';
import { attestByHand, revokeByHand } from '../support/attesting.ts';
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
  const withPicture = async (title: string, colour?: string) => {
    const listing = await publish(node!, 'bob', { title });
    const picture = await preparePicture(await painted(60, 40, colour));
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
      // A reserved one's is opened by its address alone no more.
      expect(await status(key)).toBe(title === 'Réservée' ? 404 : 200);
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

  test('a reserved one’s picture is opened by whoever may read it now, each time anew', async () => {
    const { id } = await current('Réservée');
    const key = await keyOf(id);
    const path = `/media/${key}-800.webp`;
    for (const handle of ['dora', 'vera']) await addMember(node!, handle, handle);
    const attested = await attestByHand(node!, 'vera');
    const people = Object.fromEntries(
      await Promise.all(
        ['bob', 'ada', 'dora', 'vera'].map(async (handle) => {
          const who = visit(node!);
          await who.signIn(handle);
          return [handle, who] as const;
        }),
      ),
    );
    const opens = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(people).map(async ([handle, who]) => [handle, (await who.open(path)).status] as const),
        ),
      );
    expect(await opens()).toEqual({ bob: 200, ada: 200, dora: 404, vera: 200 });
    await revokeByHand(node!, attested);
    expect(await opens(), 'she has kept the address').toEqual({ bob: 200, ada: 200, dora: 404, vera: 404 });

    // Programs: its publisher's own.
    const get = (token?: string, file = key) =>
      shoot({
        url: `${node!.origin}/media/${file}-800.webp`,
        method: 'GET',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    const token = async (handle?: string): Promise<string> => {
      const who =
        handle === undefined ? undefined : await findAccountByActor(node!.db.read, `${node!.origin}/users/${handle}`);
      return node!.db.write((tx) => issueToken(tx, new Date(), 'api', who === undefined ? {} : { account: who.id }));
    };
    const [own, others, admins] = [await token('bob'), await token('dora'), await token()];
    const seen = await get(own);
    expect(seen.status).toBe(200);
    expect(seen.headers.get('cache-control')).toBe('private, no-store');
    for (const wrong of [undefined, others, admins, 'mln_none']) {
      const answer = await get(wrong);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    }
    // Nothing has changed for the others.
    const open = await withPicture('Encore ouverte');
    const all = await get(undefined, await keyOf(open.id));
    expect([all.status, all.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    // And it is everybody's again when the listing is.
    await change('Réservée', { access: 'all' });
    expect((await get()).status).toBe(200);
  });

  test('a partner that has fetched it shows it no more once the teaser has come', async () => {
    const title = 'Bientôt réservée';
    await withPicture(title, '#2f6fa1');
    const there = async () =>
      (await lyon!.db.read.select().from(lyon!.db.read.t.listings)).find((row) => row.title === title);
    await until('Lyon has it', async () => (await there())?.remotePictures.length === 1);
    const page = await visit(lyon!).open(`/listings/${(await there())!.id}`);
    const src = /\/media\/remote\/listing\/[^"]+\.webp/.exec(page.html)![0];
    const get = async () => (await shoot({ url: `${lyon!.origin}${src}`, method: 'GET', headers: {} })).status;
    await until('Lyon has fetched it', async () => (await get()) === 200);
    const old = await keyOf((await current(title)).id);
    await change(title, { access: 'reserved', attestations: ['care-worker'] });
    await until('nobody opens it here', async () => (await status(old)) === 404);
    await until('Lyon has the teaser', async () => (await there())?.held !== null);
    expect(await get()).toBe(404);
    expect((await visit(lyon!).open(`/listings/${(await there())!.id}`)).html).not.toContain('/media/remote/');
  });
});
