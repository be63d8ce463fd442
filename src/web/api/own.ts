/** What a member's own token, or an app that they let in, may do in their name: read who they are, write their listings. */
import { createHash } from 'node:crypto';
import { type OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import type { SignedIn } from '#domain/sessions.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { itemUri } from '#domain/ids.ts';
import { readListing } from '#domain/listing-input.ts';
import {
  type ListingRow,
  createListing,
  deleteListing,
  findListing,
  listingsOf,
  mayMove,
  moveListing,
  updateListing,
  wasDeleted,
} from '#domain/listings.ts';
import { holdersPrices, wholeOf, wholesOf } from '#domain/hidden-halves.ts';
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
import { problem } from './problem.ts';
import { Problem } from './schema.ts';
import { shapesOf } from './shape.ts';

type Who = Pick<SignedIn, 'account' | 'actor'>;
const english = translator('en');
const MAX_BODY = 256 * 1024;

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const wrong = (description: string) => ({ description, content: { 'application/problem+json': { schema: Problem } } });
const secured = (scope: string): Record<string, string[]>[] => [{ token: [] }, { app: [scope] }];
const refusals = {
  401: wrong('A token is needed, or it is not valid.'),
  403: wrong('The token lacks a scope.'),
  429: wrong('Too many requests; see Retry-After.'),
};
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
    return made.map((one, i) => {
      const row = wholes[i]!;
      const price = prices.get(row.id);
      return { ...one, ...ownPart(row, price === undefined ? undefined : typed(price, english)) };
    });
  };
  const shape = async (row: ListingRow, who: Who) => (await shapes([row], who))[0]!;
  /** The body as far as its shape goes. */
  const readBody = async (c: Ctx): Promise<{ input: ListingInputValue } | { answer: Response }> => {
    if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
      return { answer: problem(c, 415, 'Send Content-Type: application/json.') };
    const given: unknown = await c.req.json().catch(() => undefined);
    if (given === undefined) return { answer: problem(c, 400, 'The body is no JSON.') };
    // Not every engine stores them, and nobody types them.
    if (/\\u(?:0000|d[89a-f])/i.test(JSON.stringify(given)))
      return { answer: problem(c, 400, 'There is a NUL or half a character in it.') };
    const parsed = ListingInput.safeParse(given);
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
  const own = async (who: Who, id: string): Promise<ListingRow | undefined> => {
    const row = await findListing(db.read, id);
    return row?.local === true && row.state !== 'removed' && row.publisher === who.actor.uri
      ? wholeOf(db.read, row)
      : undefined;
  };

  app.use(
    '/listings/*',
    bodyLimit({ maxSize: MAX_BODY, onError: (c: Ctx) => problem(c, 413, `At most ${MAX_BODY} bytes.`) }),
  );

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
    const key = c.req.header('idempotency-key');
    if (key !== undefined && (key === '' || key.length > 200))
      return problem(c, 400, 'Idempotency-Key has 1 to 200 characters.');
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
    const row = await own(who, c.req.param('id'));
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
        { field: 'pictures', message: 'One has no words yet.', remedy: `Say what it shows, at ${row.url}/edit.` },
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
    const row = await own(asking.who, c.req.param('id'));
    if (row === undefined) return problem(c, 404, 'The member has no such listing.');
    await db.write((tx) => deleteListing(tx, site, row));
    return c.body(null, 204);
  });
};

/** The same key of the same member is the same listing, whatever came in between. */
const idOf = (account: string, key: string): string => {
  const hex = createHash('sha256').update(`${account}\n${key}`).digest('hex');
  const [a, b, c, d, e] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20), hex.slice(20, 32)];
  // Version 8 of RFC 9562: made by a rule of one's own.
  return `${a}-${b}-8${c}-8${d}-${e}`;
};
