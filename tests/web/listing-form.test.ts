/** A member writes a listing, without a script: drafts, pictures, mistakes, and nothing typed is lost. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listPictures, pictureFile } from '#domain/media.ts';
import { sweepLoose } from '#domain/listing-pictures.ts';
import { findListing } from '#domain/listings.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

const photo = async (name: string, colour: string): Promise<File> =>
  new File(
    [
      new Uint8Array(
        await sharp({ create: { width: 80, height: 60, channels: 3, background: colour } })
          .jpeg()
          .toBuffer(),
      ),
    ],
    name,
    { type: 'image/jpeg' },
  );

eachEngine('writing a listing', (engine) => {
  let node: TestNode;
  let alice: Visitor;
  beforeAll(async () => {
    node = await startNode('ecrire', { engine });
    await addMember(node, 'alice', 'Alice');
    alice = visit(node);
    await alice.signIn('alice');
  });
  afterAll(() => node?.drop());

  const LODGING = {
    title: 'Chambre calme',
    text: 'Une chambre claire, à dix minutes du port.',
    price: '28,50',
    place: 'Marseille',
  };
  const idOf = (page: Visited): string => /[0-9a-f-]{36}/.exec(page.path)![0];
  const pictureNames = (page: Visited): string[] =>
    Object.keys(page.values('/listings')).filter((name) => name.startsWith('picture.'));

  test('kind first, six of them, or as many as the cooperative offers', async () => {
    const page = await alice.open('/listings/new');
    expect(page.all('.card').map((link) => link.attribs['href'])).toHaveLength(6);
    expect((await alice.open('/listings/new?kind=castle')).text('h1')).toBe('Publier une annonce');
    expect((await alice.open('/listings/new?kind=food')).text('h1')).toBe('Nouvelle annonce : Alimentation');
  });

  test('a draft needs a title and no more, is found again, and is published when it is whole', async () => {
    const page = await alice.open('/listings/new?kind=lodging');
    const nameless = await alice.send(page, { text: 'Un début' }, { button: ['as', 'draft'] });
    expect(nameless.faults()).toMatchObject([{ field: 'title', tied: true }]);
    expect(nameless.values('/listings')['text']).toEqual(['Un début']);

    const saved = await alice.send(page, { title: 'Pas encore prête' }, { button: ['as', 'draft'] });
    expect(saved.text('.price')).toBe('prix à préciser');
    const mine = await alice.open('/listings/mine?state=draft');
    expect(mine.text('.lines')).toContain('Pas encore prête');
    expect((await visit(node).open(saved.path)).status).toBe(404);

    const edit = await alice.open(`${saved.path}/edit`);
    expect(edit.values()).toMatchObject({ priceType: ['money'], price: [''], title: ['Pas encore prête'] });
    const incomplete = await alice.send(saved, {}, { action: `${saved.path}/publication` });
    expect(incomplete.faults().map((fault) => [fault.field, fault.tied])).toEqual([
      ['text', true],
      ['price', true],
      ['place', true],
    ]);
    const published = await alice.send(incomplete, LODGING, { button: ['as', 'publish'] });
    expect(published.text('.notice')).toBe('Annonce publiée.');
    expect(published.text('.price')).toMatch(/^28,50\s€ \/ nuit$/);
    const again = await alice.open(`${published.path}/edit`);
    expect(again.values()['price']).toEqual(['28,50']);
  });

  test('pictures outlive every mistake, are described, put in order and taken out', async () => {
    const page = await alice.open('/listings/new?kind=lodging');
    const files = [await photo('rouge.jpg', '#c00'), await photo('vert.jpg', '#0c0'), await photo('bleu.jpg', '#00c')];
    const broken = new File([new TextEncoder().encode('<svg onload="alert(1)">')], 'dessin.jpg', {
      type: 'image/jpeg',
    });
    const faulty = await alice.send(
      page,
      { ...LODGING, price: 'beaucoup', photos: [...files, broken] },
      { button: ['as', 'publish'] },
    );
    expect(faulty.status).toBe(422);
    expect(faulty.faults().map(({ field, message, tied }) => `${field} ${tied} ${message}`)).toEqual([
      expect.stringMatching(/^price true Un montant/),
      expect.stringMatching(/^photos true « dessin.jpg » : /),
      expect.stringMatching(/^alt\.[0-9a-f-]+ true Dites en quelques mots/),
      expect.stringMatching(/^alt\./),
      expect.stringMatching(/^alt\./),
    ]);
    expect(faulty.values('/listings')).toMatchObject({ price: ['beaucoup'], title: ['Chambre calme'] });
    const [red, green, blue] = pictureNames(faulty).map((name) => name.slice(8));
    expect(blue).toBeDefined();

    const described = { [`alt.${red}`]: 'Un lit', [`alt.${green}`]: 'Un jardin', [`alt.${blue}`]: 'La mer' };
    const up = await alice.send(faulty, { ...described, price: '28' }, { button: ['as', `up:${blue}`] });
    expect(up.status).toBe(200);
    expect(up.text('.notice')).toContain('Rien n’est encore enregistré');
    expect(pictureNames(up)).toEqual([red, blue, green].map((id) => `picture.${id}`));
    expect(up.values('/listings')).toMatchObject({ [`alt.${blue}`]: ['La mer'], price: ['28'] });
    const without = await alice.send(up, {}, { button: ['as', `remove:${green}`] });
    expect(pictureNames(without)).toEqual([red, blue].map((id) => `picture.${id}`));
    expect(await node.db.read.$count(node.db.read.t.listings, eq(node.db.read.t.listings.state, 'draft'))).toBe(0);

    const published = await alice.send(without, {}, { button: ['as', 'publish'] });
    expect(published.status).toBe(200);
    const pictures = await listPictures(node.db.read, [idOf(published)]);
    expect(pictures.map(({ id, alt }) => [id, alt])).toEqual([
      [red, 'Un lit'],
      [blue, 'La mer'],
    ]);

    // On the page they stand in that order; edited, the first one goes.
    expect(published.all('.pictures')[0]!.children.length).toBe(2);
    const edit = await alice.open(`${published.path}/edit`);
    const gone = await alice.send(edit, {}, { button: ['as', `remove:${red}`] });
    expect(await listPictures(node.db.read, [idOf(published)])).toHaveLength(2);
    await alice.send(gone, {}, { button: ['as', 'publish'] });
    expect((await listPictures(node.db.read, [idOf(published)])).map((picture) => picture.id)).toEqual([blue]);
  });

  test('pictures of listings that were never saved go after two days, with their files', async () => {
    const page = await alice.open('/listings/new?kind=goods');
    const sent = await alice.send(page, { photos: [await photo('ocre.jpg', '#ca0')] }, { button: ['as', 'pictures'] });
    const [id] = pictureNames(sent).map((name) => name.slice(8));
    const { pictures } = node.db.read.t;
    const [row] = await node.db.read.select().from(pictures).where(eq(pictures.id, id!));
    const file = pictureFile(join(node.dir, 'media'), row!.key, 320);
    expect(existsSync(file)).toBe(true);
    await node.db.write((tx) => sweepLoose(tx, new Date()));
    expect(await node.db.read.$count(pictures, eq(pictures.id, id!))).toBe(1);
    await node.db.write(async (tx) => {
      await tx
        .update(pictures)
        .set({ created: new Date(Date.now() - 3 * 24 * 3_600_000) })
        .where(eq(pictures.id, id!));
      await sweepLoose(tx, new Date());
    });
    await node.settled();
    expect(await node.db.read.$count(pictures, eq(pictures.id, id!))).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  test('nobody takes the pictures of somebody else into a listing', async () => {
    await addMember(node, 'bob', 'Bob');
    const bob = visit(node);
    await bob.signIn('bob');
    const sent = await alice.send(
      await alice.open('/listings/new?kind=goods'),
      { photos: [await photo('a.jpg', '#123')] },
      { button: ['as', 'pictures'] },
    );
    const [name] = pictureNames(sent);
    const tried = await bob.send(
      await bob.open('/listings/new?kind=goods'),
      { title: 'Perceuse', [name!]: '1' },
      { button: ['as', 'preview'] },
    );
    expect(pictureNames(tried)).toEqual([]);
  });

  test('the card beside the form is the card of the catalogue', async () => {
    const sent = await alice.send(
      await alice.open('/listings/new?kind=lodging'),
      {
        ...LODGING,
        title: 'Une <b>grande</b> "maison" 🏠',
        purpose: 'request',
        photos: [await photo('x.jpg', '#456')],
      },
      { button: ['as', 'preview'] },
    );
    const [name] = pictureNames(sent);
    const described = { [name!.replace('picture', 'alt')]: 'Une façade' };
    const preview = await alice.send(sent, described, { button: ['as', 'preview'] });
    const published = await alice.send(preview, {}, { button: ['as', 'publish'] });
    const catalogue = await alice.open('/listings?q=grande+maison');
    const cardIn = (page: Visited): string =>
      /<article class="listing">[\s\S]*?<\/article>/
        .exec(page.html)![0]
        .replaceAll(/<h3><a href="[^"]*">([\s\S]*?)<\/a><\/h3>/g, '<h3>$1</h3>');
    expect(published.text('.notice')).toBe('Annonce publiée.');
    expect(cardIn(preview)).toBe(cardIn(catalogue));
  });

  test('a typed price is not dropped because nothing is asked for', async () => {
    const page = await alice.send(
      await alice.open('/listings/new?kind=lodging'),
      { ...LODGING, priceType: 'free' },
      { button: ['as', 'publish'] },
    );
    expect(page.faults()).toMatchObject([{ field: 'price', tied: true }]);
    expect(page.values('/listings')['price']).toEqual(['28,50']);
  });

  test('a listing in yen says so to those who edit it and to search engines', async () => {
    const row = await publish(node, 'alice', { price: '4200', currency: 'JPY', title: 'Chambre à Marseille, en yens' });
    const page = await alice.open(`/listings/${row.id}`);
    expect(page.html).toContain('"price":"4200","priceCurrency":"JPY"');
    const edit = await alice.open(`/listings/${row.id}/edit`);
    expect(edit.values()['price']).toEqual(['4200']);
    expect(edit.text('#f-price-hint')).toContain('yen');
    await alice.send(edit, { title: 'Chambre, toujours en yens' }, { button: ['as', 'publish'] });
    expect(await findListing(node.db.read, row.id)).toMatchObject({ priceAmount: 4200, currency: 'JPY' });
    const dinars = await publish(node, 'alice', { price: '42,505', currency: 'TND', title: 'Chambre en dinars' });
    expect((await alice.open(`/listings/${dinars.id}`)).html).toContain('"price":"42.505","priceCurrency":"TND"');
  });

  test('the registration number of a let is shown as the town hall writes it', async () => {
    const page = await alice.send(
      await alice.open('/listings/new?kind=lodging'),
      { ...LODGING, 'attributes.registrationNumber': '13055004127K' },
      { button: ['as', 'publish'] },
    );
    expect(page.faults()).toMatchObject([
      { field: 'attributes.registrationNumber', tied: true, message: expect.stringContaining('12 caractères ici') },
    ]);
    const published = await alice.send(
      page,
      { 'attributes.registrationNumber': '13055-004127-kd' },
      { button: ['as', 'publish'] },
    );
    expect(published.text('.facts')).toContain('13055 004127 KD');
  });
});
