/** Pictures of a member's own listings: added, described, put in order and taken out by a program, as the form does. */
import { type OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { Tx } from '#db/database.ts';
import { MAX_PICTURES, changePicture } from '#domain/listing-pictures.ts';
import { type ListingRow, findListing, touchListing } from '#domain/listings.ts';
import {
  MAX_BYTES,
  type PictureRow,
  attachPicture,
  findPicture,
  listPictures,
  mediaUrl,
  preparePicture,
  savePictureFiles,
} from '#domain/media.ts';
import { checkText } from '#domain/text.ts';
import type { FieldError } from '#domain/types.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { challenge, memberOf } from './access.ts';
import { OwnPicture, PictureChange, fieldErrors, shapeErrors } from './own-schema.ts';
import { type Who, idOf, json, onceKey, ownListing, readJson, refusals, secured, wrong } from './parts.ts';
import { problem } from './problem.ts';

/** Where a body may be a picture. */
export const PICTURES = /^\/api\/v1\/listings\/[^/]+\/pictures(?:\/[^/]+)?$/;
/** What stands around the picture in a form. */
const AROUND = 64 * 1024;
const ALT_MAX = 1_500;
const WRITE = 'listings:write';

const picturesShape = z.object({ items: z.array(OwnPicture) });
const gone = wrong('The member has no such listing, or it no such picture.');
const binary = { schema: { type: 'string', format: 'binary' } } as const;
const addRoute = createRoute({
  method: 'post',
  path: '/listings/{id}/pictures',
  summary: 'Add a picture behind the others: as a form (picture, alt), or as the body itself with ?alt=',
  description: `JPEG, PNG, WebP, AVIF or HEIF of at most ${MAX_BYTES / 1024 / 1024} MB; ${MAX_PICTURES} for one listing. With "Idempotency-Key" the same request may be sent again.`,
  security: secured(WRITE),
  request: {
    params: z.object({ id: z.string().max(100) }),
    query: z.object({ alt: z.string().optional() }),
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['picture', 'alt'],
            properties: { picture: { type: 'string', format: 'binary' }, alt: { type: 'string' } },
          },
        },
        'image/*': binary,
      },
    },
  },
  responses: {
    201: json(OwnPicture, 'It was added.'),
    200: json(OwnPicture, 'It had been added with this key.'),
    404: wrong('The member has no such listing.'),
    410: wrong('It had been added with this key, and was taken out.'),
    400: wrong('It is no form, or the key is not right.'),
    413: wrong('It is too large.'),
    415: wrong('It is neither a form nor a picture.'),
    422: wrong('Fields are not right: "errors" names each.'),
    ...refusals,
  },
});
const one = z.object({ id: z.string().max(100), picture: z.string().max(100) });
const changeRoute = createRoute({
  method: 'patch',
  path: '/listings/{id}/pictures/{picture}',
  summary: 'Say what a picture shows, or put it elsewhere among the others',
  security: secured(WRITE),
  request: { params: one, body: { content: { 'application/json': { schema: PictureChange } }, required: true } },
  responses: {
    200: json(picturesShape, 'All of the listing, in their order.'),
    404: gone,
    400: wrong('It is no JSON.'),
    413: wrong('It is too large.'),
    415: wrong('It is not application/json.'),
    422: wrong('Fields are not right: "errors" names each.'),
    ...refusals,
  },
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/listings/{id}/pictures/{picture}',
  summary: 'Take a picture out',
  security: secured(WRITE),
  request: { params: one },
  responses: { 204: { description: 'It is out.' }, 404: gone, ...refusals },
});

const shapeOf = (deps: WebDeps, { id, key, alt, width, height }: PictureRow): z.infer<typeof OwnPicture> => ({
  id,
  url: mediaUrl(deps.site, key, 1600),
  alt,
  width: width ?? 0,
  height: height ?? 0,
});

/** By listing: its pictures as the API says them. */
export const picturesOf = async (
  deps: WebDeps,
  rows: ListingRow[],
): Promise<Map<string, z.infer<typeof OwnPicture>[]>> => {
  const pictures = await listPictures(
    deps.db.read,
    rows.map((row) => row.id),
  );
  return new Map(
    rows.map((row) => [row.id, pictures.filter((one) => one.listing === row.id).map((one) => shapeOf(deps, one))]),
  );
};

const faults = (c: Ctx, errors: FieldError[]): Response => problem(c, 422, 'See "errors".', fieldErrors(errors, false));
const full = { field: 'photos', code: 'photosTooMany', params: { max: MAX_PICTURES } };

/** Who cannot see a picture is told what it shows; only a draft may go without for now. */
const altErrors = (alt: string, row: ListingRow): FieldError[] =>
  alt.trim() === '' && row.state !== 'draft'
    ? [{ field: 'alt', code: 'altMissing' }]
    : checkText('alt', alt, { max: ALT_MAX });

/** Pictures stand beside the row: whoever has the listing is told that they changed. A teaser has none to tell of. */
const tell = async (tx: Tx, deps: WebDeps, id: string): Promise<void> => {
  const row = await findListing(tx, id);
  if (row !== undefined && row.held?.access !== 'reserved') await touchListing(tx, deps.site, row);
};

type Sent = { bytes: Buffer; alt: string };
const readSent = async (c: Ctx): Promise<Sent | Response> => {
  const type = c.req.header('content-type') ?? '';
  if (/^image\//i.test(type)) return { bytes: Buffer.from(await c.req.arrayBuffer()), alt: c.req.query('alt') ?? '' };
  if (!/^multipart\/form-data\b/i.test(type))
    return problem(c, 415, 'Send a picture with its own Content-Type (image/jpeg …), or multipart/form-data.');
  const form = await c.req.formData().catch(() => undefined);
  if (form === undefined) return problem(c, 400, 'The body is no form.');
  const [file, alt] = [form.get('picture'), form.get('alt')];
  const bytes = file instanceof File ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
  return { bytes, alt: typeof alt === 'string' ? alt : '' };
};

export const pictureRoutes = (deps: WebDeps, app: OpenAPIHono<WebEnv>): void => {
  const { db, site } = deps;
  const asked = async (c: Ctx): Promise<{ who: Who; row: ListingRow } | Response> => {
    const asking = await memberOf(deps, c, WRITE);
    if ('refused' in asking) return challenge(c, asking.refused, WRITE);
    const row = await ownListing(deps, asking.who, c.req.param('id') ?? '');
    return row === undefined ? problem(c, 404, 'The member has no such listing.') : { who: asking.who, row };
  };
  const bounded = (maxSize: number) =>
    bodyLimit({ maxSize, onError: (c: Ctx) => problem(c, 413, `At most ${maxSize} bytes.`) });

  app.openAPIRegistry.registerPath(addRoute);
  app.post('/listings/:id/pictures', async (c) => {
    // Before a byte of it is read: only whose listing it is may send ten megabytes.
    const of = await asked(c);
    if (of instanceof Response) return of;
    const { who, row } = of;
    const key = onceKey(c);
    if (key instanceof Response) return key;
    let answer: Response | undefined;
    const stopped = await bounded(MAX_BYTES + AROUND)(c, async () => {
      answer = await add(c, who, row, key);
    });
    return stopped ?? answer!;
  });
  const add = async (c: Ctx, who: Who, row: ListingRow, key: string | undefined): Promise<Response> => {
    const sent = await readSent(c);
    if (sent instanceof Response) return sent;
    const id = key === undefined ? undefined : idOf(who.account.id, key, `pictures ${row.id}`);
    const there = await listPictures(db.read, [row.id]);
    const known = there.find((one) => one.id === id);
    if (known !== undefined) return c.json(shapeOf(deps, known), 200);
    const errors = altErrors(sent.alt, row);
    if (sent.bytes.length === 0) errors.push({ field: 'photos', code: 'required' });
    else if (there.length >= MAX_PICTURES) errors.push(full);
    if (errors.length > 0) return faults(c, errors);
    const prepared = await preparePicture(sent.bytes);
    if (!prepared.ok) return faults(c, prepared.errors);
    await savePictureFiles(deps.mediaDir, prepared.value);
    const made = await db.write(async (tx): Promise<{ row: PictureRow; before: boolean } | 'full' | 'gone' | 'out'> => {
      const listing = await findListing(tx, row.id);
      if (listing?.publisher !== who.actor.uri || listing.state === 'removed') return 'gone';
      const now = await listPictures(tx, [row.id]);
      const twin = id === undefined ? undefined : await findPicture(tx, id);
      if (twin !== undefined) return twin.listing === row.id ? { row: twin, before: true } : 'out';
      if (now.length >= MAX_PICTURES) return 'full';
      const saved = await attachPicture(tx, site.now(), prepared.value, {
        owner: who.actor.uri,
        listing: row.id,
        alt: sent.alt.trim(),
        position: (now.at(-1)?.position ?? -1) + 1,
        ...(id === undefined ? {} : { id }),
      });
      await tell(tx, deps, row.id);
      return { row: saved, before: false };
    });
    if (made === 'gone') return problem(c, 404, 'The member has no such listing.');
    if (made === 'out') return problem(c, 410, 'It was added with this key, and taken out since: use another key.');
    if (made === 'full') return faults(c, [full]);
    return c.json(shapeOf(deps, made.row), made.before ? 200 : 201);
  };

  app.openAPIRegistry.registerPath(changeRoute);
  app.patch('/listings/:id/pictures/:picture', bounded(AROUND), async (c) => {
    const of = await asked(c);
    if (of instanceof Response) return of;
    const read = await readJson(c);
    if ('answer' in read) return read.answer;
    const parsed = PictureChange.safeParse(read.given);
    if (!parsed.success) return problem(c, 422, 'See "errors".', shapeErrors(parsed.error.issues, 'PictureChange'));
    const errors = parsed.data.alt === undefined ? [] : altErrors(parsed.data.alt, of.row);
    if (errors.length > 0) return faults(c, errors);
    const rows = await db.write(async (tx) => {
      const changed = await changePicture(tx, site.now(), of.row, c.req.param('picture'), parsed.data);
      if (changed !== undefined) await tell(tx, deps, of.row.id);
      return changed;
    });
    return rows === undefined
      ? problem(c, 404, 'The listing has no such picture.')
      : c.json({ items: rows.map((row) => shapeOf(deps, row)) }, 200);
  });

  app.openAPIRegistry.registerPath(removeRoute);
  app.delete('/listings/:id/pictures/:picture', async (c) => {
    const of = await asked(c);
    if (of instanceof Response) return of;
    const rows = await db.write(async (tx) => {
      const left = await changePicture(tx, site.now(), of.row, c.req.param('picture'), 'out');
      if (left !== undefined) await tell(tx, deps, of.row.id);
      return left;
    });
    return rows === undefined ? problem(c, 404, 'The listing has no such picture.') : c.body(null, 204);
  });
};
