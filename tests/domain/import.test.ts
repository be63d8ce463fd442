/** A member brings listings in a file: the good ones come in, once, and the bad ones are told. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { exportListings, exportedPictures } from '#domain/export.ts';
import { type ImportOptions, importListings, parseListings } from '#domain/import.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { createListing, moveListing } from '#domain/listings.ts';
import { listPictures, pictureFile } from '#domain/media.ts';
import { openPlaces } from '#domain/places.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { KINDS } from '#domain/types.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { draft } from '../support/nodes.ts';

const places = openPlaces();
let now = new Date('2026-11-24T10:00:00Z');
const site: Site = siteOf('https://volets.example', () => now);

const HEADER =
  'ref,kind,title,text,price_type,price,unit,quantity,place,tags,lodging.beds,lodging.amenities,food.organic';
const ROOM =
  'r1,lodging,Chambre claire,"Une chambre, claire et calme.",money,"42,50",night,2,Marseille,mer;calme,1,wifi;kitchen,';
const HONEY = 'h1,food,Miel de garrigue,Un miel de garrigue récolté en juillet.,money,8,unit,20,Aubagne,,,,oui';
const file = (...lines: string[]): string => [HEADER, ...lines].join('\n');

eachEngine('a member imports a file', (engine) => {
  let fresh: Fresh;
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
    await settleCooperative(fresh.db, site);
  });
  afterEach(() => fresh.drop());

  const bring = async (text: string, options: Partial<ImportOptions> & { format?: 'csv' | 'json' } = {}) => {
    const parsed = parseListings(text, options.format ?? 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const { format: _, ...rest } = options;
    return importListings(fresh.db, site, {
      handle: 'alice',
      lines: parsed.value.lines,
      places,
      kinds: KINDS,
      ...rest,
    });
  };
  const all = () => fresh.db.read.select().from(fresh.db.read.t.listings);
  const news = () => fresh.db.read.$count(fresh.db.read.t.announcements);
  const exported = async (format: 'csv' | 'json', handle?: string) => {
    let text = '';
    for await (const piece of exportListings(fresh.db.read, site, {
      format,
      ...(handle === undefined ? {} : { handle }),
    }))
      text += piece;
    return text;
  };

  test('and finds her listings published, searchable and announced', async () => {
    expect(await bring(file(ROOM, HONEY))).toEqual({ created: 2, updated: 0, unchanged: 0, faults: [] });
    const found = await searchCatalogue(fresh.db.read, site.now(), { member: false }, { q: 'chambre', limit: 10 });
    expect(found.items).toMatchObject([
      {
        title: 'Chambre claire',
        priceAmount: 4_250,
        quantity: 2,
        exactName: 'Marseille',
        tags: ['mer', 'calme'],
        attributes: { beds: 1, amenities: ['wifi', 'kitchen'] },
        state: 'published',
      },
    ]);
    expect(
      await fresh.db.read.select({ type: fresh.db.read.t.announcements.type }).from(fresh.db.read.t.announcements),
    ).toEqual([{ type: 'listing.published' }, { type: 'listing.published' }]);
  });

  test('twice, and nothing happens the second time', async () => {
    await bring(file(ROOM, HONEY));
    const before = await news();
    expect(await bring(file(ROOM, HONEY))).toEqual({ created: 0, updated: 0, unchanged: 2, faults: [] });
    expect(await news()).toBe(before);
  });

  test('again when its last day is over: what is known stays as it is, what is new is refused', async () => {
    const dated = (line: string, day: string): string => `${line},${day}`;
    const text = (...lines: string[]): string => [`${HEADER},valid_until`, ...lines].join('\n');
    const began = now;
    try {
      expect(await bring(text(dated(ROOM, '2026-12-01')))).toMatchObject({ created: 1, faults: [] });
      now = new Date('2026-12-05T10:00:00Z');
      const again = text(dated(ROOM, '2026-12-01'), dated(HONEY, '2026-12-02'));
      for (const dryRun of [true, false])
        expect(await bring(again, { dryRun })).toMatchObject({
          created: 0,
          updated: 0,
          unchanged: 1,
          faults: [{ line: 3, field: 'valid_until', code: 'datePast' }],
        });
      expect(await bring(text(dated(ROOM, '2026-12-03')))).toMatchObject({
        updated: 0,
        faults: [{ code: 'datePast' }],
      });
    } finally {
      now = began;
    }
  });

  test('again with one change, and only that is told', async () => {
    await bring(file(ROOM, HONEY));
    const before = await news();
    expect(await bring(file(ROOM.replace('42,50', '45'), HONEY))).toEqual({
      created: 0,
      updated: 1,
      unchanged: 1,
      faults: [],
    });
    expect(await news()).toBe(before + 1);
    expect((await all()).map((row) => row.priceAmount)).toEqual(expect.arrayContaining([4_500, 800]));
  });

  test('without references, and is known again by kind, title and place', async () => {
    const bare = (price: string) => file(ROOM.replace('r1,', ',').replace('42,50', price));
    await bring(bare('42,50'));
    expect(await bring(bare('40'))).toMatchObject({ created: 0, updated: 1 });
    expect((await bring(file(ROOM.replace('r1,', ','), ROOM.replace('r1,', ',')))).faults).toMatchObject([
      { line: 3, field: 'ref', code: 'import.sameListing', params: { line: 2 } },
    ]);
  });

  test('with mistakes, and each is told by line and in the words of the file', async () => {
    const report = await bring(
      [
        'Réf,Type,Titre,Texte,Mode de prix,Prix,Lieu,Valable jusqu’au,lodging.beds',
        'a,lodging,Chambre claire,Une chambre claire et calme.,money,beaucoup,Marseille,,',
        'b,castle,Château,Un château en Espagne.,money,10,Marseille,,',
        'c,lodging,Chambre calme,Une chambre claire et calme.,money,40,Marseille,,2',
        'd,lodging,X,court,gift,,Nullepart-les-Bains,31/12/2030,400',
        'c,lodging,Encore la même,Une chambre claire et calme.,money,40,Marseille,,',
      ].join('\n'),
    );
    expect(report.created).toBe(1);
    expect(report.faults.map(({ line, field, code }) => `${line} ${field} ${code}`)).toEqual([
      '2 Prix amount',
      '3 Type choice',
      '5 Titre tooShort',
      '5 Texte tooShort',
      '5 Mode de prix choice',
      '5 Lieu placeUnknown',
      '5 lodging.beds wholeNumber',
      '5 Valable jusqu’au date',
      '6 Réf import.sameRef',
    ]);
  });

  test('for nobody, or for somebody who is not here, and nothing comes in', async () => {
    expect((await bring(file(ROOM), { handle: 'zoe' })).faults).toMatchObject([
      { line: 2, field: 'member', code: 'import.memberUnknown' },
    ]);
    const parsed = parseListings(`${HEADER},member\n${ROOM},@bob\n${HONEY},`, 'csv');
    if (!parsed.ok) throw new Error('unread');
    const report = await importListings(fresh.db, site, { lines: parsed.value.lines, places, kinds: KINDS });
    expect(report).toMatchObject({ created: 1, faults: [{ line: 3, field: 'member', code: 'import.memberMissing' }] });
    expect((await all())[0]?.publisher).toBe('https://volets.example/users/bob');
  });

  test('only to look, and nothing is written', async () => {
    await bring(file(ROOM));
    expect(await bring(file(ROOM.replace('42,50', '41'), HONEY), { dryRun: true })).toEqual({
      created: 1,
      updated: 1,
      unchanged: 0,
      faults: [],
    });
    expect(await all()).toHaveLength(1);
  });

  test('of kinds that the cooperative does not offer, and is told so', async () => {
    expect((await bring(file(HONEY), { kinds: ['lodging'] })).faults).toMatchObject([
      { line: 2, field: 'kind', code: 'listing.kindOff' },
    ]);
  });

  test('after deleting one of them, and it comes back as a new one', async () => {
    await bring(file(ROOM));
    const [row] = await all();
    await fresh.db.write((tx) => deleteListing(tx, site, row!));
    expect(await bring(file(ROOM))).toMatchObject({ created: 1 });
    expect((await all())[0]?.id).not.toBe(row?.id);
  });

  test('with states, and they are kept', async () => {
    const lines = [
      'state,kind,title,text,price_type,price,place',
      'draft,goods,Une table,,,,',
      'paused,goods,Une chaise,Une chaise en bois de noyer.,free,,Lyon',
    ];
    expect(await bring(lines.join('\n'))).toMatchObject({ created: 2, faults: [] });
    expect((await all()).map((row) => row.state).toSorted()).toEqual(['draft', 'paused']);
    const again = await bring([lines[0], lines[2]!.replace('paused', 'published')].join('\n'));
    expect(again).toMatchObject({ updated: 1 });
    expect((await bring([lines[0], lines[2]!.replace('paused', 'draft')].join('\n'))).faults).toMatchObject([
      { line: 2, field: 'state', code: 'listing.transition' },
    ]);
  });

  test('with photos beside it, and they are there with what they show', async () => {
    const baseDir = join(fresh.dir, 'files');
    const mediaDir = join(fresh.dir, 'media');
    mkdirSync(join(baseDir, 'photos'), { recursive: true });
    writeFileSync(
      join(baseDir, 'photos/room.png'),
      await sharp({ create: { width: 40, height: 30, channels: 3, background: '#abc' } })
        .png()
        .toBuffer(),
    );
    writeFileSync(join(baseDir, 'no.jpg'), '<html>');
    const photos = { baseDir, mediaDir };
    const text = `${HEADER},photos,photo_alts\n${ROOM},photos/room.png,Le lit\n`;
    expect(await bring(text, { photos })).toMatchObject({ created: 1, faults: [] });
    expect(await bring(text, { photos })).toMatchObject({ unchanged: 1 });
    expect(await bring(text.replace('Le lit', 'La fenêtre'), { photos })).toMatchObject({ updated: 1 });
    expect(await bring(file(ROOM), { photos })).toMatchObject({ unchanged: 1 });
    const [row] = await all();
    const [picture] = await listPictures(fresh.db.read, [row!.id]);
    expect(picture).toMatchObject({ alt: 'La fenêtre', width: 40, height: 30, owner: row?.publisher });

    const wrong = `${HEADER},photos\n${['no.jpg', 'gone.jpg', '../media/x.png', '/etc/hostname', 'https://x.example/a.jpg'].map((path, i) => `${HONEY.replace('h1', `h${i}`)},${path}`).join('\n')}`;
    expect((await bring(wrong, { photos })).faults.map(({ line, field, code }) => `${line} ${field} ${code}`)).toEqual(
      [
        '2 photos picture.format',
        '3 photos import.photoMissing',
        '4 photos import.photoOutside',
        '5 photos import.photoOutside',
        '6 photos import.photoUrl',
      ].map((text_, i) => (i === 0 ? expect.stringMatching(/^2 photos picture\.(format|broken)$/) : text_)),
    );

    // What was exported comes back as the very same picture.
    let round = '';
    for await (const piece of exportListings(fresh.db.read, site, {
      format: 'csv',
      photo: ({ key }) => `${key}-1600.webp`,
    }))
      round += piece;
    const files = [];
    for await (const one of exportedPictures(fresh.db.read, site)) files.push(one.key);
    expect(
      await bring(round, { photos: { mediaDir, baseDir: join(pictureFile(mediaDir, files[0]!, 1600), '..') } }),
    ).toMatchObject({ created: 0, updated: 0, unchanged: 1, faults: [] });
  });

  const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

  test('of two hundred listings, with progress, and once more', async () => {
    const text = fixture('listings-200.csv');
    const seen: number[] = [];
    expect(await bring(text, { onProgress: (done, total) => seen.push(done, total) })).toEqual({
      created: 200,
      updated: 0,
      unchanged: 0,
      faults: [],
    });
    expect(seen).toEqual([50, 200, 100, 200, 150, 200, 200, 200]);
    expect(new Set((await all()).map((row) => row.kind)).size).toBe(KINDS.length);
    const before = await news();
    expect(await bring(text)).toEqual({ created: 0, updated: 0, unchanged: 200, faults: [] });
    expect(await news()).toBe(before);
  });

  test('with the usual faults, and every bad line is told while the others come in', async () => {
    const report = await bring(fixture('listings-faulty.csv'));
    expect(report.created).toBe(5);
    expect(report.faults.map(({ line, field, code }) => `${line} ${field} ${code}`)).toEqual([
      '3 kind choice',
      '5 title tooShort',
      '6 price amount',
      '8 place placeUnknown',
      '9 valid_until date',
      '11 lodging.registrationNumber listing.registrationNumber',
      '12 food.allergens choice',
    ]);
  });

  test.each(['csv', 'json'] as const)(
    'that this node has exported as %s, and everything is as it was',
    async (format) => {
      await bring(file(ROOM, HONEY));
      await fresh.db.write(async (tx) => {
        const typed = await createListing(
          tx,
          site,
          'alice',
          draft({
            title: '=2+3 ; "chambres"',
            text: 'Ligne un, pour voir.\n\n- a\n- b',
            price: '10',
            precision: 'town',
            language: 'fr',
            audience: 'peers',
            validUntil: '2031-08-31',
          }),
          'published',
        );
        await moveListing(tx, site, typed, 'paused');
        await createListing(
          tx,
          site,
          'alice',
          draft({
            kind: 'service',
            title: 'Cours de français',
            priceType: 'hours',
            price: '1,5',
            'attributes.mode': 'remote',
            quantity: '',
          }),
          'published',
        );
        await createListing(
          tx,
          site,
          'bob',
          draft({ kind: 'delivery', priceType: 'free', title: 'Course à vélo' }),
          'published',
        );
      });
      const before = (await all()).toSorted((a, b) => a.row - b.row);
      const text = await exported(format);
      expect(await bring(text, { format, handle: 'alice', dryRun: true })).toMatchObject({
        created: 1,
        updated: 0,
        unchanged: 4,
        faults: [],
      });
      const parsed = parseListings(text, format);
      if (!parsed.ok) throw new Error('unread');
      expect(parsed.value.notes).toEqual([]);
      expect(await importListings(fresh.db, site, { lines: parsed.value.lines, places, kinds: KINDS })).toEqual({
        created: 0,
        updated: 0,
        unchanged: 5,
        faults: [],
      });
      expect((await all()).toSorted((a, b) => a.row - b.row)).toEqual(before);

      // Into an empty node: the same listings under new names.
      const { listings } = fresh.db.read.t;
      const mine = await exported(format, 'alice');
      await fresh.db.write(async (tx) => {
        for (const row of before) await deleteListing(tx, site, row);
      });
      expect(await bring(mine, { format })).toMatchObject({ created: 4, faults: [] });
      const strip = ({
        title,
        text: body,
        priceAmount,
        state,
        exactLatitude,
        audience,
        attributes,
        tags,
        validUntil,
      }: (typeof before)[number]) => ({
        title,
        body,
        priceAmount,
        state,
        exactLatitude,
        audience,
        attributes,
        tags,
        validUntil,
      });
      const after = await fresh.db.read
        .select()
        .from(listings)
        .where(and(eq(listings.local, true)));
      expect(after.map(strip).toSorted((a, b) => (a.title < b.title ? -1 : 1))).toEqual(
        before
          .filter((row) => row.publisher.endsWith('alice'))
          .map(strip)
          .toSorted((a, b) => (a.title < b.title ? -1 : 1)),
      );
    },
  );
});
