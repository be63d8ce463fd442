/** Who looks at a partner's pictures is known to their own node alone: no page of ours asks anybody else for anything. */
import type { Browser, Page } from 'playwright-core';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { followedBy } from '../federation/inbox/world.ts';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../support/nodes.ts';
import { painted, photographed } from '../support/photographs.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

let browser: Browser;
let [marseille, lyon]: TestNode[] = [];
let frank: Stranger;
let [room, table]: string[] = [];

const open = async (bypassCSP = false): Promise<Page> =>
  (await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'fr', bypassCSP })).newPage();

beforeAll(async () => {
  frank = await startStranger('frank');
  [browser, marseille, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await addMember(marseille, 'alice', 'Alice');
  const bob = await addMember(lyon, 'bob', 'Bob');
  const found = await lyon.federation.port.inspect(marseille.host);
  if (!found.ok) throw new Error(JSON.stringify(found.errors));
  await lyon.db.write((tx) => requestPeering(tx, lyon!.site, found.value, 'Bonjour'));
  await until('Lyon asks', async () => (await findPeerByHost(marseille!.db.read, lyon!.host))?.state === 'received');
  const asking = (await findPeerByHost(marseille.db.read, lyon.host))!;
  await marseille.db.write((tx) => acceptPeering(tx, marseille!.site, asking));
  await until(
    'they are partners',
    async () => (await findPeerByHost(lyon!.db.read, marseille!.host))?.backfillState === 'done',
  );

  // Alice puts her face and two listings with photos in, by the forms.
  const page = await open();
  const photo = async (bytes: Promise<Buffer>) => ({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await bytes });
  await signIn(page, marseille.origin, 'alice', PASSWORD);
  await page.goto(`${marseille.origin}/account/profile`);
  await page.setInputFiles('[name=picture]', await photo(painted(90, 90, '#884422')));
  await page.click('form[action="/account/profile"] > button');
  await page.waitForSelector('.notice');
  for (const title of ['Chambre claire', 'Table ronde']) {
    await page.goto(`${marseille.origin}/listings/new?kind=goods`);
    await page.fill('[name=title]', title);
    await page.fill('[name=text]', 'Comme on la voit sur la photo.');
    await page.fill('[name=price]', '12');
    await page.fill('[name=place]', 'Marseille');
    await page.setInputFiles('[name=photos]', await photo(photographed()));
    // The photo is taken as soon as it is chosen, and then described.
    await page.fill('[name^="alt."]', title);
    await page.click('.dock button:first-of-type');
    await page.waitForURL(/\/listings\/[0-9a-f-]{36}$/);
  }
  await page.context().close();
  const { listings } = lyon.db.read.t;
  const copies = () => lyon!.db.read.select().from(listings).where(eq(listings.local, false));
  await until('both are at Lyon, with their photos', async () => {
    const rows = await copies();
    return rows.length === 2 && rows.every((row) => row.remotePictures.length === 1);
  });
  const rows = await copies();
  const idOf = (title: string): string => rows.find((row) => row.title === title)!.id;
  [room, table] = [idOf('Chambre claire'), idOf('Table ronde')];

  // Bob follows her, and Frank of another server, who shows a door.
  await followedBy(lyon, bob, rows[0]!.publisher);
  await followedBy(lyon, bob, frank.actor);
  frank.files.set('/face.png', { body: await painted(80, 80, '#226622') });
  frank.files.set('/door.png', { body: await painted(80, 80, '#aa2222') });
  frank.documents.set(new URL(frank.actor).pathname, {
    ...(frank.documents.get(new URL(frank.actor).pathname) as object),
    icon: { type: 'Image', mediaType: 'image/png', url: `${frank.origin}/face.png` },
  });
  const now = new Date().toISOString();
  const said = await frank.post(`${lyon.origin}/inbox`, {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${frank.actor}/activities/1`,
    type: 'Create',
    actor: frank.actor,
    to: [PUBLIC],
    published: now,
    object: {
      id: `${frank.actor}/notes/1`,
      type: 'Note',
      attributedTo: frank.actor,
      to: [PUBLIC],
      content: `<p>A door <img src="${frank.origin}/pixel.png"></p>`,
      published: now,
      attachment: [{ type: 'Document', mediaType: 'image/png', url: `${frank.origin}/door.png`, name: 'A red door' }],
    },
  });
  expect(said.status).toBe(202);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([marseille?.drop(), lyon?.drop(), frank?.close()]);
});

/** Looks at a page to its end. @returns the pictures in it that came, by width */
const look = async (page: Page, path: string): Promise<{ came: number; clear: number; all: number }> => {
  await page.goto(`${lyon!.origin}${path}`);
  for (const img of await page.locator('img').all()) await img.scrollIntoViewIfNeeded();
  await until('every picture has come or failed', () =>
    page.evaluate<boolean>('[...document.images].every((one) => one.complete)'),
  );
  const widths = (await page.evaluate('[...document.images].map((one) => one.naturalWidth)')) as number[];
  return {
    came: widths.filter((width) => width > 1).length,
    clear: widths.filter((width) => width === 1).length,
    all: widths.length,
  };
};

test('Bob looks through his home, the catalogue, a listing and those whom he follows: only Lyon is asked', async () => {
  const page = await open();
  const [asked, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (line) => complaints.push(line.text()));
  await signIn(page, lyon!.origin, 'bob', PASSWORD);
  expect(await look(page, '/')).toEqual({ came: 3, clear: 0, all: 3 });
  expect(await page.getAttribute('.pictures img', 'alt')).toBe('A red door');
  expect(await look(page, '/listings')).toEqual({ came: 2, clear: 0, all: 2 });
  expect(await look(page, `/listings/${room}`)).toEqual({ came: 2, clear: 0, all: 2 });
  expect(await look(page, '/follows')).toEqual({ came: 2, clear: 0, all: 2 });

  expect([...new Set(asked.map((url) => new URL(url).origin))]).toEqual([lyon!.origin]);
  expect(complaints).toEqual([]);
  expect(frank.asked.filter((path) => path.endsWith('.png')).toSorted()).toEqual(['/door.png', '/face.png']);
});

test('what shows the listing elsewhere is pointed to us, too; the picture is a picture and nothing else', async () => {
  const page = await open();
  const answer = await page.goto(`${lyon!.origin}/listings/${room}`);
  expect(answer!.headers()['content-security-policy']).toContain("img-src 'self';");
  const image = await page.getAttribute('meta[property="og:image"]', 'content');
  const schema = JSON.parse((await page.textContent('script[type="application/ld+json"]'))!) as { image: string[] };
  expect(image).toMatch(new RegExp(`^${lyon!.origin}/media/remote/listing/${room}/[0-9a-f]{40}-1600\\.webp$`));
  expect(schema.image).toEqual([image]);
  const served = await lyon!.fetch(new Request(image!));
  expect(served.status).toBe(200);
  expect(Object.fromEntries(served.headers)).toMatchObject({
    'content-type': 'image/webp',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'public, max-age=31536000, immutable',
  });
  const guess = await lyon!.fetch(new Request(image!.replace(/[0-9a-f]{40}/, 'a'.repeat(40))));
  expect([guess.status, guess.headers.get('cache-control')]).toEqual([404, 'no-store']);
});

test('a picture that is not to be had: its kind stands there, calmly, and the page is whole', async () => {
  const { listings } = lyon!.db.read.t;
  await lyon!.db.write(async (tx) => {
    await tx
      .update(listings)
      .set({ remotePictures: [{ url: `${frank.origin}/lost.png`, mediaType: 'image/png', alt: 'Une table' }] })
      .where(eq(listings.id, table!));
  });
  const page = await open(true);
  expect(await look(page, `/listings/${table}`)).toEqual({ came: 1, clear: 1, all: 2 });
  expect(await page.locator('.pictures .pic > .icon').isVisible()).toBe(true);
  expect(await look(page, `/listings/${table}`)).toEqual({ came: 1, clear: 0, all: 1 });
  expect(await page.getAttribute('.pictures .pic', 'aria-label')).toBe('Une table');
  expect(await page.locator('meta[property="og:image"]').count()).toBe(0);
  expect(await seriousViolations(page)).toEqual([]);
  expect(frank.asked.filter((path) => path === '/lost.png')).toHaveLength(1);
});

test('when Marseille is down, what was seen is still shown; when it is cut, it is gone', async () => {
  await marseille!.down();
  const page = await open();
  expect(await look(page, `/listings/${room}`)).toEqual({ came: 2, clear: 0, all: 2 });
  const image = (await page.getAttribute('meta[property="og:image"]', 'content'))!;
  await marseille!.up();
  const peer = (await findPeerByHost(lyon!.db.read, marseille!.host))!;
  await lyon!.db.write((tx) => cutPeer(tx, lyon!.site, peer, true));
  expect((await lyon!.fetch(new Request(image))).status).toBe(404);
});
