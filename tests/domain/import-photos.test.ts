/** A member's file names photos on the web: each is fetched once, and every one that cannot be had is told. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { importListings, parseListings } from '#domain/import.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { listPictures, pictureFile } from '#domain/media.ts';
import { openPlaces } from '#domain/places.ts';
import type { PictureFetch } from '#domain/ports.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { KINDS } from '#domain/types.ts';
import { createGuardedFetch } from '#federation/fetch.ts';
import { createPolicy } from '#federation/inbox/policy.ts';
import { createPictureFetch } from '#federation/pictures.ts';
import { isSay } from '#src/cli/messages.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';
import { freePort } from '../support/nodes.ts';
import { SVG, bomb, painted, photographed } from '../support/photographs.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

const places = openPlaces();
const site: Site = siteOf('https://volets.example', () => new Date('2026-11-24T10:00:00Z'));

eachEngine('a member’s file names photos on the web', (engine) => {
  let fresh: Fresh;
  let album: Stranger;
  const loose = createGuardedFetch({ testNetwork: true, userAgent: 'test' });
  const strict = createGuardedFetch({ testNetwork: false, userAgent: 'test' });
  const fetched: string[] = [];

  beforeAll(async () => {
    album = await startStranger('album');
  });
  afterAll(async () => {
    await Promise.all([album.close(), loose.close(), strict.close()]);
  });
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
    await settleCooperative(fresh.db, site);
    album.files.clear();
    album.asked.length = 0;
    fetched.length = 0;
  });
  afterEach(() => fresh.drop());

  /** One line per cell of photos. */
  const fileOf = (cells: string[]): string =>
    [
      'ref;kind;title;text;price_type;place;photos',
      ...cells.map((cell, i) => `r${i};goods;Table ${i};Une table en noyer, à réparer.;free;Marseille;"${cell}"`),
    ].join('\n');
  const bring = (text: string, { dryRun = false, network = loose } = {}) => {
    const parsed = parseListings(text, 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const real = createPictureFetch(createPolicy(fresh.db), network);
    const fetch: PictureFetch = (url, maxBytes) => {
      fetched.push(url);
      return real(url, maxBytes);
    };
    return importListings(fresh.db, site, {
      handle: 'alice',
      lines: parsed.value.lines,
      places,
      kinds: KINDS,
      dryRun,
      photos: { mediaDir: join(fresh.dir, 'media'), baseDir: fresh.dir, fetch },
    });
  };
  const all = () => fresh.db.read.select().from(fresh.db.read.t.listings);

  test('and finds them with her listings; the second time nobody is asked, not even after a deletion', async () => {
    album.files.set('/a.jpg', { type: 'image/jpeg', body: await photographed() });
    album.files.set('/b.png', { body: await painted(40, 30, '#336699') });
    const [a, b] = [`${album.origin}/a.jpg`, `${album.origin}/b.png`];
    const file = fileOf([`${a};${b}`, a, '']);
    expect(await bring(file)).toEqual({ created: 3, updated: 0, unchanged: 0, faults: [] });
    expect(album.asked.toSorted()).toEqual(['/a.jpg', '/b.png']);
    const rows = (await all()).toSorted((x, y) => (x.title < y.title ? -1 : 1));
    const pictures = await listPictures(fresh.db.read, [rows[0]!.id]);
    expect(pictures).toMatchObject([
      { source: a, width: 40, height: 60, position: 0 },
      { source: b, width: 40, height: 30, position: 1 },
    ]);
    expect(readdirSync(join(pictureFile(join(fresh.dir, 'media'), pictures[0]!.key, 800), '..'))).toHaveLength(3);

    album.files.clear();
    const news = await fresh.db.read.$count(fresh.db.read.t.announcements);
    expect(await bring(file)).toEqual({ created: 0, updated: 0, unchanged: 3, faults: [] });
    expect(await bring(file, { dryRun: true })).toMatchObject({ unchanged: 3, faults: [] });
    expect(await fresh.db.read.$count(fresh.db.read.t.announcements)).toBe(news);
    await fresh.db.write((tx) => deleteListing(tx, site, rows[0]!));
    expect(await bring(file)).toMatchObject({ created: 1, unchanged: 2, faults: [] });
    expect(fetched).toHaveLength(2);
  });

  test('and each that cannot be had is told by line and remedy, while the others come in', async () => {
    album.files.set('/good.png', { body: await painted() });
    album.files.set('/page.png', { type: 'text/html', body: '<html>' });
    album.files.set('/lie.png', { body: '<html>' });
    album.files.set('/drawing.svg', { type: 'image/svg+xml', body: SVG });
    album.files.set('/bomb.png', { body: bomb() });
    album.files.set('/huge.png', { body: Buffer.alloc(11 * 1024 * 1024) });
    album.files.set('/shut.png', { status: 403 });
    album.files.set('/away.png', { status: 302, location: 'http://10.0.0.1/a.png' });
    const closed = `http://closed.localhost:${await freePort()}/a.png`;
    const urls = [
      ...[
        'good.png',
        'page.png',
        'lie.png',
        'drawing.svg',
        'bomb.png',
        'huge.png',
        'gone.png',
        'shut.png',
        'away.png',
      ].map((name) => `${album.origin}/${name}`),
      closed,
      'ftp://album.example/a.png',
      `${album.origin}/good.png;${album.origin}/gone.png`,
    ];
    const report = await bring(fileOf(urls));
    expect(report.faults.map(({ line, field, code }) => `${line} ${field} ${code}`)).toEqual([
      '3 photos import.photoNoPicture',
      '4 photos picture.broken',
      '5 photos import.photoNoPicture',
      '6 photos picture.dimensions',
      '7 photos import.photoTooLarge',
      '8 photos import.photoNotFound',
      '9 photos import.photoStatus',
      '10 photos import.photoRedirect',
      '11 photos import.photoSilent',
      '12 photos import.photoUrl',
      '13 photos import.photoNotFound',
    ]);
    expect(report.faults[6]?.params).toMatchObject({ status: 403, path: `${album.origin}/shut.png` });
    expect(report.created).toBe(1);
    for (const { code } of report.faults) expect(isSay(`errors.${code}`), code).toBe(true);
  });

  test('and nothing of the inner network, nor what is not https, is ever asked for', async () => {
    const report = await bring(
      fileOf(['https://127.0.0.1/a.png', 'https://localhost/a.png', `${album.origin}/a.png`, 'https://a:b@x.example/']),
      { network: strict },
    );
    expect(report.faults.map(({ code }) => code)).toEqual(Array(4).fill('import.photoRefused'));
    expect(isSay('errors.import.photoRefused')).toBe(true);
    expect(album.asked).toEqual([]);
  });

  test('only to look: every address is tried, and nothing is written', async () => {
    album.files.set('/a.png', { body: await painted() });
    const file = fileOf([`${album.origin}/a.png`, `${album.origin}/gone.png`]);
    expect(await bring(file, { dryRun: true })).toMatchObject({
      created: 1,
      faults: [{ line: 3, field: 'photos', code: 'import.photoNotFound' }],
    });
    expect(readdirSync(fresh.dir)).not.toContain('media');
    expect(await all()).toEqual([]);
  });

  test('and a server that is silent three times is not waited for again', async () => {
    const origin = `http://closed.localhost:${await freePort()}`;
    const report = await bring(fileOf(Array.from({ length: 30 }, (_, i) => `${origin}/${i}.png`)));
    expect(report.faults.map(({ line, code }) => `${line} ${code}`)).toEqual(
      Array.from({ length: 30 }, (_, i) => `${i + 2} import.photoSilent`),
    );
    // Four lines at a time: some were on their way when the third silence was noted.
    expect(fetched.length).toBeLessThanOrEqual(6);
  });
});
