/** Files: our stylesheet and icons, pictures of listings, suggestions of places. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { readAccess } from '#domain/apps/access.ts';
import { SIZES, type Size, pictureFile } from '#domain/media.ts';
import { PICTURE_OWNERS, REMOTE_PICTURES } from '#domain/pictures/remote.ts';
import { type Reserved, mayOpenPicture, reservedBy } from '#domain/reserved-pictures.ts';
import { type Ctx, type WebDeps, type WebEnv, ask, bearerOf } from '../context.ts';
import { accentCss, findAsset } from '../ui/assets.ts';
import { lookOf } from './reserved.ts';

const FOREVER = 'public, max-age=31536000, immutable';
/** Whatever the bytes may be, a browser takes them for a picture and for nothing else. */
const PICTURE = {
  'content-type': 'image/webp',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
};
/** One clear pixel: what lies behind the picture on the page stays in view. */
const CLEAR = new Uint8Array(Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64'));

const sizeOf = (text: string): Size | undefined => SIZES.find((one) => String(one) === text);

/** A picture of these is opened by holders on the pages, and by its publisher's own programs. */
const mayOpen = async (deps: WebDeps, c: Ctx, reserved: Reserved[]): Promise<boolean> => {
  const now = deps.site.now();
  const token = bearerOf(c);
  if (token !== undefined) {
    const access = await readAccess(deps.db, now, token);
    const uri = access?.scopes.includes('listings:read') === true ? access.who?.actor.uri : undefined;
    return reserved.some((row) => row.publisher === uri);
  }
  c.set('asked', await ask(deps, c));
  return mayOpenPicture(deps.db.read, now, reserved, lookOf(c));
};

export const fileRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  // On every one of them, also on what is not there: a file is what it says it is.
  app.use(async (c, next) => {
    await next();
    if (/^\/(?:assets|media|places)(?:\/|$)/.test(c.req.path)) c.header('x-content-type-options', 'nosniff');
  });
  app.get('/assets/:name{accent-[0-9a-fA-F]{6}\\.css}', (c) =>
    c.body(accentCss(`#${c.req.param('name').slice(7, 13)}`), 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': FOREVER,
    }),
  );
  app.get('/assets/:name', (c) => {
    const found = findAsset(c.req.param('name'));
    return found === undefined
      ? c.text('', 404)
      : c.body(new Uint8Array(found.body), 200, {
          'content-type': found.type,
          'cache-control': FOREVER,
          'x-content-type-options': 'nosniff',
        });
  });
  app.get('/favicon.ico', (c) => c.redirect('/assets/favicon.svg', 301));
  app.get('/media/:file{[0-9a-f]{40}-[0-9]+\\.webp}', async (c) => {
    const [key = '', rest = ''] = c.req.param('file').split('-');
    const size = sizeOf(rest.replace('.webp', ''));
    if (size === undefined) return c.text('', 404);
    const reserved = await reservedBy(deps.db.read, deps.site, key);
    if (reserved.length > 0 && !(await mayOpen(deps, c, reserved)))
      return c.text('', 404, { 'cache-control': 'private, no-store' });
    const path = pictureFile(deps.mediaDir, key, size);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) return c.text('', 404);
    const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    return new Response(stream, {
      headers: {
        ...PICTURE,
        'content-length': String(info.size),
        // A copy on the way would be shown to whoever asks next.
        'cache-control': reserved.length > 0 ? 'private, no-store' : FOREVER,
        'cross-origin-resource-policy': reserved.length > 0 ? 'same-origin' : 'cross-origin',
      },
    });
  });
  app.get(`${REMOTE_PICTURES}:owner/:id/:file{[0-9a-f]{40}-[0-9]+\\.webp}`, async (c) => {
    const [key = '', rest = ''] = c.req.param('file').split('-');
    const size = sizeOf(rest.replace('.webp', ''));
    const owner = PICTURE_OWNERS.find((one) => one === c.req.param('owner'));
    if (size === undefined || owner === undefined) return c.text('', 404);
    const opened = await deps.pictures.open({ owner, id: c.req.param('id'), key, size });
    const headers = { ...PICTURE, 'cross-origin-resource-policy': 'same-origin' };
    if (opened.state === 'here')
      return c.body(new Uint8Array(opened.bytes), 200, { ...headers, 'cache-control': FOREVER });
    return c.body(CLEAR, opened.state === 'later' ? 503 : 404, {
      ...headers,
      'cache-control': 'no-store',
      ...(opened.state === 'later' ? { 'retry-after': '5' } : {}),
    });
  });
  app.get('/places', (c) =>
    c.json({
      items: deps.places.suggest(c.req.query('q')?.slice(0, 80) ?? '', { limit: 8 }).map((place) => place.label),
    }),
  );
  return app;
};
