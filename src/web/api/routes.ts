/** The read API for programs, described by the OpenAPI document that it serves. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { and, eq } from 'drizzle-orm';
import { maySee, searchCatalogue } from '#domain/catalogue.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { type ListingRow, findListing, priceOf } from '#domain/listings.ts';
import { listPeers } from '#domain/peers.ts';
import { peekToken } from '#domain/tokens.ts';
import { KINDS, PURPOSES } from '#domain/types.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { cooperativesOf } from '../public/view.ts';

const Listing = z.object({
  id: z.string(), uri: z.string(), url: z.string(), title: z.string(), kind: z.enum(KINDS), purpose: z.enum(PURPOSES),
  price: z.object({ type: z.enum(['money', 'hours', 'free', 'quote']), amount: z.string().optional().describe('in major units'), currency: z.string().optional(), hours: z.number().optional(), unit: z.string() }),
  place: z.object({ name: z.string(), latitude: z.number(), longitude: z.number(), accuracy: z.number().describe('metres') }).nullable(),
  cooperative: z.object({ host: z.string(), name: z.string() }), own: z.boolean(), published: z.string().nullable(), updated: z.string(),
}).openapi('Listing');
const Problem = z.object({ type: z.string(), title: z.string(), status: z.number(), errors: z.array(z.object({ field: z.string(), message: z.string() })).optional() }).openapi('Problem');
const near = z.string().regex(/^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$/, 'Give latitude,longitude, for example 43.3,5.4.').optional();
const Query = z.object({
  q: z.string().max(200).optional(), kind: z.enum(KINDS, { error: `Use one of: ${KINDS.join(', ')}.` }).optional(), purpose: z.enum(PURPOSES, { error: 'Use offer or request.' }).optional(), peer: z.string().max(260).optional(), near,
  radius_km: z.coerce.number({ error: 'Give a number from 1 to 500.' }).min(1).max(500).default(30), cursor: z.string().max(60).optional(), limit: z.coerce.number({ error: 'Give a whole number from 1 to 100.' }).int().min(1).max(100).default(20),
});
const json = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: { 'application/json': { schema } } });

export const apiRoutes = (deps: WebDeps): OpenAPIHono<WebEnv> => {
  const { db, site } = deps;
  const app = new OpenAPIHono<WebEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      return c.json({ type: 'about:blank', title: 'A parameter is not right.', status: 400, errors: result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })) }, 400, { 'content-type': 'application/problem+json' });
    },
  });
  app.use(async (c, next) => {
    c.header('access-control-allow-origin', '*');
    c.header('cache-control', 'private, max-age=0');
    await next();
  });

  /** A token sees what members see; without one there is what is public, if that is open. */
  const viewer = async (header: string | undefined): Promise<{ member: boolean; closed: boolean; bad: boolean }> => {
    const token = /^Bearer (mln_.+)$/.exec(header ?? '')?.[1];
    const member = token !== undefined && (await peekToken(db.read, site.now(), 'api', token)) !== undefined;
    return { member, closed: !member && (await getCooperative(db.read))?.publicOpen === false, bad: header !== undefined && !member };
  };
  const shape = (row: ListingRow, names: Map<string, string>, own: string): z.infer<typeof Listing> => {
    const price = priceOf(row);
    const digits = price.type === 'money' ? (new Intl.NumberFormat('en', { style: 'currency', currency: price.currency }).resolvedOptions().maximumFractionDigits ?? 2) : 0;
    return {
      id: row.id, uri: row.uri, url: row.url, title: row.title, kind: KINDS.find((kind) => kind === row.kind) ?? 'goods', purpose: row.purpose === 'request' ? 'request' : 'offer',
      price: { type: price.type, unit: row.unit, ...(price.type === 'money' ? { amount: (price.amount / 10 ** digits).toFixed(digits), currency: price.currency } : {}), ...(price.type === 'hours' ? { hours: price.minutes / 60 } : {}) },
      place: row.placeName === null || row.latitude === null || row.longitude === null ? null : { name: row.placeName, latitude: row.latitude, longitude: row.longitude, accuracy: row.accuracy ?? 0 },
      cooperative: { host: row.host, name: row.local ? own : (names.get(row.host) ?? row.host) }, own: row.local, published: row.published?.toISOString() ?? null, updated: row.updated.toISOString(),
    };
  };
  const shapes = async (rows: ListingRow[]): Promise<z.infer<typeof Listing>[]> => {
    const names = await cooperativesOf(db.read, rows.filter((row) => !row.local).map((row) => row.host));
    const own = (await getCooperative(db.read))?.name ?? site.host;
    return rows.map((row) => shape(row, names, own));
  };
  const unauthorised = { type: 'about:blank', title: 'The token is not valid. Ask an admin for one (maillon token).', status: 401 };

  app.openapi(createRoute({ method: 'get', path: '/instance', responses: { 200: json(z.object({ name: z.string(), handle: z.string(), summary: z.string(), origin: z.string(), kinds: z.array(z.string()), languages: z.array(z.string()), territory: z.string(), sign_up: z.string() }), 'Who this is.'), 404: json(Problem, 'Not set up yet.') } }), async (c) => {
    const coop = await getCooperative(db.read);
    if (coop === undefined) return c.json({ type: 'about:blank', title: 'This node is not set up yet.', status: 404 }, 404);
    return c.json({ name: coop.name, handle: coop.handle, summary: coop.summary, origin: site.origin, kinds: coop.kinds, languages: coop.languages, territory: coop.territoryName, sign_up: coop.signUpRule }, 200);
  });
  app.openapi(createRoute({ method: 'get', path: '/listings', request: { query: Query }, responses: { 200: json(z.object({ items: z.array(Listing), next: z.string().nullable() }), 'Newest first.'), 400: json(Problem, 'A parameter is not right.'), 401: json(Problem, 'The token is not valid.') } }), async (c) => {
    const query = c.req.valid('query');
    const asking = await viewer(c.req.header('authorization'));
    if (asking.bad) return c.json(unauthorised, 401);
    if (asking.closed) return c.json({ items: [], next: null }, 200);
    const [latitude, longitude] = (query.near ?? '').split(',').map(Number);
    const page = await searchCatalogue(db.read, site.now(), { member: asking.member }, {
      limit: query.limit,
      ...(query.q === undefined ? {} : { q: query.q }), ...(query.kind === undefined ? {} : { kinds: [query.kind] }), ...(query.purpose === undefined ? {} : { purpose: query.purpose }), ...(query.peer === undefined ? {} : { host: query.peer }),
      ...(query.near === undefined || latitude === undefined || longitude === undefined ? {} : { near: { latitude, longitude, radiusKm: query.radius_km } }), ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    });
    return c.json({ items: await shapes(page.items), next: page.next ?? null }, 200);
  });
  app.openapi(createRoute({ method: 'get', path: '/listings/{id}', request: { params: z.object({ id: z.string().max(60) }) }, responses: { 200: json(Listing, 'One listing.'), 401: json(Problem, 'The token is not valid.'), 404: json(Problem, 'No such listing.') } }), async (c) => {
    const asking = await viewer(c.req.header('authorization'));
    if (asking.bad) return c.json(unauthorised, 401);
    const row = await findListing(db.read, c.req.valid('param').id);
    if (row === undefined || asking.closed || !maySee({ member: asking.member }, row)) return c.json({ type: 'about:blank', title: 'There is no such listing, or it is not for you to see.', status: 404 }, 404);
    return c.json((await shapes([row]))[0]!, 200);
  });
  app.openapi(createRoute({ method: 'get', path: '/peers', responses: { 200: json(z.object({ items: z.array(z.object({ host: z.string(), name: z.string(), software: z.string(), listings: z.number() })) }), 'Partners.') } }), async (c) => {
    const peers = await listPeers(db.read, ['active']);
    const { listings } = db.read.t;
    const items = await Promise.all(peers.map(async (peer) => ({ host: peer.host, name: peer.name, software: peer.software, listings: await db.read.$count(listings, and(eq(listings.host, peer.host), eq(listings.state, 'published'), eq(listings.audience, 'public'))) })));
    return c.json({ items }, 200);
  });
  app.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'Maillon', version: '1', description: 'Read what a cooperative and its partners share.' }, servers: [{ url: `${site.origin}/api/v1` }] });
  app.notFound((c) => c.json({ type: 'about:blank', title: 'There is no such resource.', status: 404 }, 404));
  return app;
};
