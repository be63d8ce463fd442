/** Files that members send: what is decoded at all, what is left of it, and how it is given out again. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect } from 'vitest';
import { attack, createJudge, listing, makePeer, says } from '../../support/attack.ts';
import { addMember } from '../../support/nodes.ts';
import { bomb } from '../../support/photographs.ts';
import { type Answer, type Shot, shoot } from '../../support/shots.ts';
import { type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';
import { type Intruder, intruder } from '../../support/intruder.ts';

let target: Target;
let f: Stranger = undefined as never;
let alice: Intruder;

const judge = createJudge(() => ({
  target,
  strangers: [f],
  valid: () => f.sign(target.inbox, says(f, 'Create', { object: listing(f) })),
}));

beforeAll(async () => {
  f = await startStranger('friend');
  target = await startTarget('marseille', async (node) => {
    await addMember(node, 'alice', 'Alice');
    await makePeer(node, f);
  });
  alice = intruder(target.origin);
  await alice.signIn('alice');
});
afterAll(async () => {
  await Promise.all([target?.drop(), f?.close()]);
});

const files = (): string[] =>
  globSync('media/**/*', { cwd: target.dir, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => one.name);
const pictures = (): Promise<number> => target.db.read.$count(target.db.read.t.pictures);

/** The form of a new listing, with a file beside it. */
const upload = async (bytes: Buffer, name: string, type: string): Promise<Shot> => {
  const form = new FormData();
  for (const [field, value] of Object.entries({
    csrf: await alice.csrf(),
    kind: 'goods',
    purpose: 'offer',
    title: `Vélo ${name}`.slice(0, 60),
    text: 'Un vélo qui roule bien.',
    priceType: 'free',
    unit: 'unit',
    place: 'Marseille',
    precision: 'town',
    audience: 'public',
    // A draft may lack what a published listing needs to say of its pictures.
    as: 'draft',
  }))
    form.set(field, value);
  form.set('photos', new Blob([new Uint8Array(bytes)], { type }), name);
  const request = new Request(`${target.origin}/listings`, { method: 'POST', body: form });
  return {
    url: `${target.origin}/listings`,
    method: 'POST',
    headers: {
      'content-type': request.headers.get('content-type')!,
      cookie: `session=${alice.cookies.get('session')}`,
      origin: target.origin,
    },
    body: Buffer.from(await request.arrayBuffer()),
  };
};

/** The listing of an upload that was taken. */
const made = async (answer: Answer): Promise<{ key: string; bytes: Buffer }> => {
  expect(answer.status, /class="error"[^>]*>([^<]*)/.exec(answer.text)?.[1]).toBe(303);
  const id = answer.headers.get('location')!.split('/').at(-1)!;
  const { pictures: table } = target.db.read.t;
  const [row] = await target.db.read.select().from(table).where(eq(table.listing, id));
  return {
    key: row!.key,
    bytes: readFileSync(join(target.dir, 'media', row!.key.slice(0, 2), `${row!.key}-1600.webp`)),
  };
};

const square = (): Sharp => sharp({ create: { width: 60, height: 40, channels: 3, background: '#1c6349' } });

attack('16,000 px bomb, SVG, HTML as .jpg, and other files that are no pictures', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><image href="file:///etc/passwd"/></svg>';
  const hostile: [string, string, Buffer][] = [
    ['bomb.png', 'image/png', bomb(16_000, 16_000)],
    ['wide.png', 'image/png', bomb(60_000, 1_000)],
    ['x.svg', 'image/svg+xml', Buffer.from(svg)],
    ['svg.jpg', 'image/jpeg', Buffer.from(svg)],
    ['html.jpg', 'image/jpeg', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['x.gif', 'image/gif', await square().gif().toBuffer()],
    ['x.tiff', 'image/tiff', await square().tiff().toBuffer()],
    ['x.pdf', 'image/jpeg', Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>')],
    ['x.ps', 'image/jpeg', Buffer.from('%!PS\n(/etc/passwd) (r) file')],
    [
      'x.mvg',
      'image/png',
      Buffer.from('push graphic-context\nviewbox 0 0 9 9\nfill "url(https://evil.example/)"\npop graphic-context'),
    ],
    ['zeros.png', 'image/png', Buffer.alloc(1e6)],
    ['large.jpg', 'image/jpeg', Buffer.concat([await square().jpeg().toBuffer(), Buffer.alloc(11e6)])],
  ];
  await judge.unit();
  await judge.traces();
  for (const [name, type, bytes] of hostile) {
    const { answers, each } = await judge.cost([await upload(bytes, name, type)]);
    expect(answers[0]!.status, name).toBe(422);
    // Nothing typed is lost.
    expect(answers[0]!.text, name).toContain('Un vélo qui roule bien.');
    if (process.env['SHOW_COST'] !== undefined) console.log(`${each.toFixed(1)} ${name}`);
    expect(each, name).toBeLessThan(60);
  }
  const left = await judge.traces();
  expect(left.rows).toEqual({});
  expect([files(), await pictures()]).toEqual([[], 0]);
});

attack('a stranger, or another site, sending files', async () => {
  const shot = await upload(await square().jpeg().toBuffer(), 'x.jpg', 'image/jpeg');
  const { cookie: _, ...bare } = shot.headers;
  expect((await shoot({ ...shot, headers: bare })).headers.get('location')).toMatch(/^\/sign-in/);
  expect((await shoot({ ...shot, headers: { ...shot.headers, origin: 'https://evil.example' } })).status).toBe(403);
  expect([files(), await pictures()]).toEqual([[], 0]);
});

attack('GPS in EXIF, and whatever else a picture tells', async () => {
  const secret = 'Chez Alice, troisième étage';
  const telling = await sharp({ create: { width: 80, height: 40, channels: 3, background: '#a33' } })
    .withExif({
      IFD0: { Copyright: secret, ImageDescription: secret, Orientation: '6' },
      IFD3: { GPSLatitude: '43/1 17/1 47/1', GPSLatitudeRef: 'N' },
    })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${secret}</x:xmpmeta>`)
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect((await sharp(telling).metadata()).exif).toBeDefined();
  const { key, bytes } = await made(await shoot(await upload(telling, 'telling.jpg', 'image/jpeg')));
  for (const size of [320, 800, 1600]) {
    const kept = readFileSync(join(target.dir, 'media', key.slice(0, 2), `${key}-${size}.webp`));
    const { exif, xmp, iptc, format, orientation } = await sharp(kept).metadata();
    expect({ exif, xmp, iptc, format, orientation }).toEqual({
      exif: undefined,
      xmp: undefined,
      iptc: undefined,
      format: 'webp',
      orientation: undefined,
    });
    expect(kept.includes(Buffer.from('Alice'))).toBe(false);
  }
  // Turned as it was meant, once and for all.
  const { width, height } = await sharp(bytes).metadata();
  expect(height! > width!).toBe(true);
});

attack('a picture with a page behind it', async () => {
  const page = Buffer.from('<!doctype html><script>alert(document.domain)</script>');
  const { bytes } = await made(
    await shoot(
      await upload(Buffer.concat([await square().png().toBuffer(), page]), '../../../evil.html', 'text/html'),
    ),
  );
  expect(bytes.includes(Buffer.from('<script'))).toBe(false);
  expect(files().every((name) => /^[0-9a-f]{40}-(?:320|800|1600)\.webp$/.test(name))).toBe(true);
});

attack('JPEG, PNG, WebP and AVIF in; plain WebP out, nosniff, sandboxed', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    const { key } = await made(
      await shoot(await upload(await square().toFormat(format).toBuffer(), `x.${format}`, `image/${format}`)),
    );
    const { status, headers } = await shoot({
      url: `${target.origin}/media/${key}-320.webp`,
      method: 'GET',
      headers: { accept: 'text/html' },
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/webp');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; sandbox/);
  }
  const [name = ''] = files();
  for (const path of [
    `/media/${name.replace('webp', 'html')}`,
    `/media/${name.replace(/\d+\.webp/, '9999.webp')}`,
    `/media/${name}/..`,
    `/media/${name.toUpperCase()}`,
    '/media/',
    `/media/${name.slice(0, 2)}/${name}`,
  ])
    expect((await shoot({ url: `${target.origin}${path}`, method: 'GET', headers: {} })).status, path).toBe(404);
});
