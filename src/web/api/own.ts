/** What a member's own token, or an app that they let in, may do in their name: read who they are, write their listings. */
import { type OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { itemUri } from '#domain/ids.ts';
import { readListing } from '#domain/listing-input.ts';
import { deleteListing, wasDeleted } from '#domain/listing-deletion.ts';
import {
  type ListingRow,
  createListing,
  findListing,
  listingsOf,
  mayMove,
  moveListing,
  updateListing,
} from '#domain/listings.ts';
import { holdersPrices, wholesOf } from '#domain/hidden-halves.ts';
import { listPictures } from '#domain/media.ts';
import { listPeers } from '#domain/peers.ts';
import { type FieldError, LISTING_STATES, type Result, fail, ok } from '#domain/types.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { readingContext } from '../member/listing-preview.ts';
import { accessValues, typed } from '../member/listing-access.ts';
import { savedValues } from '../member/listing-form.ts';
import { translator } from '../ui/locale.ts';
import { challenge, memberOf } from './access.ts';
import {
  ListingInput,
  type ListingInputValue,
  Me,
  OwnListing,
  fieldErrors,
  ownPart,
  rawOf,
  shapeErrors,
} from './own-schema.ts';
import { type Who, idOf, json, onceKey, ownListing, readJson, refusals, secured, wrong } from './parts.ts';
import { PICTURES, picturesOf } from './pictures.ts';
import { problem } from './problem.ts';
import { shapesOf } from './shape.ts';

const english = translator('en');
const MAX_BODY = 256 * 1024;

const body = { content: { 'application/json': { schema: ListingInput } }, required: true };
const params = z.object({ id: z.string().max(100) });
const faulty = {
  400: wrong('It is no JSON, or the key is not right.'),
  413: wrong('It is too large.'),
  415: wrong('It is not application/json.'),
  422: wrong('Fields are not right: "errors" names each.'),
};

const meRoute = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Whose token this is',
  security: secured('profile:read'),
  responses: { 200: json(Me, 'The member.'), ...refusals },
});
const mineRoute = createRoute({
  method: 'get',
  path: '/me/listings',
  summary: 'The member’s own listings in every state, the last changed first, at most 200',
  security: secured('listings:read'),
  responses: { 200: json(z.object({ items: z.array(OwnListing) }), 'All.'), ...refusals },
});
const createListingRoute = createRoute({
  method: 'post',
  path: '/listings',
  summary: 'A new listing',
  description:
    'With "Idempotency-Key" (1 to 200 characters) the same request may be sent again: it makes one listing, and the answer is 200 with that one.',
  security: secured('listings:write'),
  request: { headers: z.object({ 'idempotency-key': z.string().optional() }), body },
  responses: {
    201: json(OwnListing, 'It was made.'),
    200: json(OwnListing, 'It had been made with this key.'),
    410: wrong('It had been made with this key, and was deleted.'),
    ...faulty,
    ...refusals,
  },
});
const changeRoute = createRoute({
  method: 'patch',
  path: '/listings/{id}',
  summary: 'Change an own listing: what is not spoken of stays; "state" publishes, pauses or closes it',
  security: secured('listings:write'),
  request: { params, body },
  responses: {
    200: json(OwnListing, 'As it is now.'),
    404: wrong('The member has no such listing.'),
    409: wrong('It cannot go to this state, or was changed by somebody else meanwhile.'),
    ...faulty,
    ...refusals,
  },
});
const deleteRoute = createRoute({
  method: 'delete',
  path: '/listings/{id}',
  summary: 'Delete an own listing for good, here and at partners',
  security: secured('listings:write'),
  request: { params },
  responses: { 204: { description: 'It is gone.' }, 404: wrong('The member has no such listing.'), ...refusals },
});

export const ownRoutes = (deps: WebDeps, app: OpenAPIHono<WebEnv>): void => {
  const { db, site } = deps;

  /** Whole: whoever owns it reads of a reserved one what others do not. */
  const shapes = async (rows: ListingRow[], who: Who) => {
    const wholes = await wholesOf(db.read, rows);
    const made = await shapesOf(db.read, site, wholes, { member: true, who });
    const prices = await holdersPrices(db.read, rows);
    const pictures = await picturesOf(deps, rows);
    return made.map((one, i) => {
      const row = wholes[i]!;
      const price = prices.get(row.id);
      return {
        ...one,
        ...ownPart(row, price === undefined ? undefined : typed(price, english)),
        pictures: pictures.get(row.id) ?? [],
      };
    });
  };
  const shape = async (row: ListingRow, who: Who) => (await shapes([row], who))[0]!;
  /** The body as far as its shape goes. */
  const readBody = async (c: Ctx): Promise<{ input: ListingInputValue } | { answer: Response }> => {
    const read = await readJson(c);
    if ('answer' in read) return read;
    const parsed = ListingInput.safeParse(read.given);
    return parsed.success
      ? { input: parsed.data }
      : { answer: problem(c, 422, 'See "errors".', shapeErrors(parsed.error.issues)) };
  };
  /** By the same rules as the form. @param draft may it lack what publishing needs? */
  const check = async (raw: ReturnType<typeof rawOf>, before: ListingRow | undefined, draft: boolean) => {
    const cooperative = await getCooperative(db.read);
    const partners = [...(await listPeers(db.read)).map((peer) => peer.host), ...(before?.withheld ?? [])];
    const attestations = [
      ...(await attestationKinds(db.read)).filter((kind) => kind.retired === null).map((kind) => kind.code),
      ...(before?.held?.codes ?? []),
    ];
    return readListing(raw, { ...readingContext(deps, { cooperative }, draft), partners, attestations });
  };
  const faults = (c: Ctx, errors: FieldError[], raw: ReturnType<typeof rawOf>) =>
    problem(c, 422, 'See "errors".', fieldErrors(errors, raw['priceType'] === 'hours'));
  const words = bodyLimit({ maxSize: MAX_BODY, onError: (c: Ctx) => problem(c, 413, `At most ${MAX_BODY} bytes.`) });
  app.use('/listings/*', (c, next) => (PICTURES.test(c.req.path) ? next() : words(c, next)));

  app.openapi(meRoute, async (c) => {
    const asking = await memberOf(deps, c, 'profile:read');
    if ('refused' in asking) return challenge(c, asking.refused, 'profile:read');
    const { account, actor } = asking.who;
    const { uri, name, url } = actor;
    return c.json({ id: account.id, uri, handle: account.handle, name, role: account.role, url }, 200);
  });

  app.openapi(mineRoute, async (c) => {
    const asking = await memberOf(deps, c, 'listings:read');
    if ('refused' in asking) return challenge(c, asking.refused);
    const rows = await listingsOf(db.read, asking.who.actor.uri, [...LISTING_STATES]);
    return c.json({ items: await shapes(rows, asking.who) }, 200);
  });

  app.openAPIRegistry.registerPath(createListingRoute);
  app.post('/listings', async (c) => {
    const asking = await memberOf(deps, c, 'listings:write');
    if ('refused' in asking) return challenge(c, asking.refused, 'listings:write');
    const { who } = asking;
    const key = onceKey(c);
    if (key instanceof Response) return key;
    const read = await readBody(c);
    if ('answer' in read) return read.answer;
    const { input } = read;
    const state = input.state ?? 'published';
    if (state !== 'draft' && state !== 'published')
      return problem(c, 422, 'See "errors".', [
        { field: 'state', message: 'A new listing cannot be that.', remedy: 'Use draft or published.' },
      ]);
    // What was not said about a new listing is as its form begins.
    const raw = rawOf(input, { language: who.account.locale });
    const draft = await check(raw, undefined, state === 'draft');
    if (!draft.ok) return faults(c, draft.errors, raw);
    const id = key === undefined ? undefined : idOf(who.account.id, key);
    const made = await db.write(async (tx): Promise<{ row: ListingRow; before: boolean } | 'gone'> => {
      const twin = id === undefined ? undefined : await findListing(tx, id);
      if (twin !== undefined) return { row: twin, before: true };
      if (id !== undefined && (await wasDeleted(tx, itemUri(who.actor.uri, id)))) return 'gone';
      return {
        row: await createListing(tx, site, who.account.handle, draft.value, state, undefined, id),
        before: false,
      };
    });
    if (made === 'gone') return problem(c, 410, 'It was made with this key, and deleted since: use another key.');
    c.header('location', `${site.origin}/api/v1/listings/${made.row.id}`);
    return c.json(await shape(made.row, who), made.before ? 200 : 201);
  });

  app.openAPIRegistry.registerPath(changeRoute);
  app.patch('/listings/:id', async (c) => {
    const asking = await memberOf(deps, c, 'listings:write');
    if ('refused' in asking) return challenge(c, asking.refused, 'listings:write');
    const { who } = asking;
    const row = await ownListing(deps, who, c.req.param('id'));
    if (row === undefined) return problem(c, 404, 'The member has no such listing.');
    const read = await readBody(c);
    if ('answer' in read) return read.answer;
    const { state, ...input } = read.input;
    const to = LISTING_STATES.find((one) => one === (state ?? row.state)) ?? 'draft';
    if (to === 'draft' && row.state !== 'draft')
      return problem(c, 409, `It is ${row.state}: it cannot be a draft again. Pause or close it.`);
    const saved = { ...savedValues(row, english), ...(await accessValues(deps, row, english)) };
    const raw = rawOf(input, saved);
    const draft = await check(raw, row, to === 'draft');
    if (!draft.ok) return faults(c, draft.errors, raw);
    if (
      to !== 'draft' &&
      row.state === 'draft' &&
      (await listPictures(db.read, [row.id])).some((one) => one.alt === '')
    )
      return problem(c, 422, 'See "errors".', [
        {
          field: 'pictures',
          message: 'One has no words yet.',
          remedy: 'Say what it shows: PATCH /listings/{id}/pictures/{picture} with "alt".',
        },
      ]);
    const changes = Object.keys(input).length > 0;
    const result = await db.write(async (tx): Promise<Result<ListingRow>> => {
      const now = await findListing(tx, row.id);
      if (now === undefined || (to !== 'draft' && !mayMove(now.state, to)))
        return fail({ field: 'state', code: 'listing.transition' });
      // What is not spoken of would be put back as it was, so that what was just reserved would be open again.
      if (changes && now.updated.getTime() !== row.updated.getTime())
        return fail({ field: 'updated', code: 'listing.meanwhile' });
      const changed = changes ? await updateListing(tx, site, now, draft.value) : now;
      return to === 'draft' ? ok(changed) : moveListing(tx, site, changed, to);
    });
    if (!result.ok && result.errors[0]?.field === 'updated')
      return problem(c, 409, 'It was changed by somebody else meanwhile; nothing of this was made: send it again.');
    if (!result.ok)
      return problem(c, 409, `It is ${row.state}, and cannot be ${to} from there; nothing of it was changed.`);
    return c.json(await shape(result.value, who), 200);
  });

  app.openAPIRegistry.registerPath(deleteRoute);
  app.delete('/listings/:id', async (c) => {
    const asking = await memberOf(deps, c, 'listings:write');
    if ('refused' in asking) return challenge(c, asking.refused, 'listings:write');
    const row = await ownListing(deps, asking.who, c.req.param('id'));
    if (row === undefined) return problem(c, 404, 'The member has no such listing.');
    await db.write((tx) => deleteListing(tx, site, row));
    return c.body(null, 204);
  });
};
