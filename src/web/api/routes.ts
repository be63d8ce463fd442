/** The API for programs, described by the OpenAPI document that it serves. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { and, count, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Reader } from '#db/database.ts';
import { RETRY_AFTER, troubleOf } from '#db/trouble.ts';
import { networkOf } from '#domain/addresses.ts';
import { isHere, maySee, searchCatalogue } from '#domain/catalogue.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { type ListingRow, findListing } from '#domain/listings.ts';
import { badgesOf } from '#domain/identity/anchors.ts';
import { listedPeers } from '#domain/peers.ts';
import { describe, log, requestId } from '#src/log.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { askingOf, challenge } from './access.ts';
import { exportApi } from './export.ts';
import { ownRoutes } from './own.ts';
import { pictureRoutes } from './pictures.ts';
import { parameterErrors, problem } from './problem.ts';
import { Instance, Listing, Listings, ListingsQuery, Peers, Problem } from './schema.ts';
import { marksOf, shapesOf } from './shape.ts';

const DEFAULT_LIMIT = 20;
const DEFAULT_RADIUS_KM = 30;

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const wrong = (description: string) => ({ description, content: { 'application/problem+json': { schema: Problem } } });
const REFUSED = {
  401: wrong('The token is not valid, or one is needed.'),
  403: wrong('The token lacks a scope.'),
  429: wrong('Too many requests; see Retry-After.'),
};
const security: Record<string, string[]>[] = [{}, { token: [] }, { app: ['listings:read'] }];

const instanceRoute = createRoute({
  method: 'get',
  path: '/instance',
  summary: 'Whose node this is',
  responses: { 200: json(Instance, 'The cooperative.'), 404: wrong('Not set up yet.') },
});
const listingsRoute = createRoute({
  method: 'get',
  path: '/listings',
  summary: 'What there is, newest first',
  security,
  request: { query: ListingsQuery },
  responses: { 200: json(Listings, 'A page.'), 400: wrong('A parameter is not right.'), ...REFUSED },
});
const listingRoute = createRoute({
  method: 'get',
  path: '/listings/{id}',
  summary: 'One listing',
  security,
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(Listing, 'It.'), 404: wrong('There is none, or it is not for you to see.'), ...REFUSED },
});
const peersRoute = createRoute({
  method: 'get',
  path: '/peers',
  summary: 'Partners',
  security,
  responses: { 200: json(Peers, 'By name.'), ...REFUSED },
});

export const apiRoutes = (deps: WebDeps): OpenAPIHono<WebEnv> => {
  const { db, site } = deps;
  const limiter = new RateLimiterMemory({ points: deps.limits.apiPerMinute, duration: 60 });
  const app = new OpenAPIHono<WebEnv>({
    defaultHook: (result, c) =>
      result.success
        ? undefined
        : problem(c, 400, 'See "errors".', parameterErrors(result.error.issues, c.req.query())),
  });

  app.use(
    cors({
      origin: '*',
      // No cookie counts here, so any page may ask.
      allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match'],
      exposeHeaders: ['ETag', 'Location', 'Retry-After', 'WWW-Authenticate'],
      maxAge: 86_400,
    }),
  );
  app.use(async (c, next) => {
    const allowed = methodsOf(c.req.path);
    if (!allowed.includes(c.req.method)) {
      c.header('allow', [...allowed, 'OPTIONS'].join(', '));
      return problem(c, 405, `Use ${allowed.join(', ')}; not ${c.req.method}.`);
    }
    const wait = await waitFor(limiter, c.env?.address ?? '');
    if (wait !== undefined) {
      c.header('retry-after', String(wait));
      return problem(c, 429, `At most ${deps.limits.apiPerMinute} a minute from one address: wait ${wait} s.`);
    }
    c.header('cache-control', 'private, no-cache');
    c.header('vary', 'Authorization', { append: true });
    return next();
  });
  app.use(etag());
  ownRoutes(deps, app);
  exportApi(deps, app);
  pictureRoutes(deps, app);

  app.openapi(instanceRoute, async (c) => {
    const coop = await getCooperative(db.read);
    if (coop === undefined) return problem(c, 404, 'This node is not set up yet.');
    const { name, handle, summary, kinds, languages, territoryName: territory, signUpRule } = coop;
    return c.json(
      { name, handle, summary, origin: site.origin, kinds, languages, territory, sign_up: signUpRule },
      200,
    );
  });

  app.openapi(listingsRoute, async (c) => {
    const {
      kind,
      peer,
      near,
      radius_km: radiusKm = DEFAULT_RADIUS_KM,
      limit = DEFAULT_LIMIT,
      q,
      purpose,
      cursor,
    } = c.req.valid('query');
    const asking = await askingOf(deps, c);
    if ('refused' in asking) return challenge(c, asking.refused);
    const page = await searchCatalogue(db.read, site.now(), asking, {
      limit,
      ...(q === undefined ? {} : { q }),
      ...(kind === undefined ? {} : { kinds: kind }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(peer === undefined ? {} : { host: peer }),
      ...(near === undefined ? {} : { near: { ...near, radiusKm } }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return c.json({ items: await shapesOf(db.read, site, page.items, asking), next: page.next ?? null }, 200);
  });

  app.openapi(listingRoute, async (c) => {
    const asking = await askingOf(deps, c);
    if ('refused' in asking) return challenge(c, asking.refused);
    const row = await findListing(db.read, c.req.valid('param').id);
    const [shape] =
      row !== undefined && maySee(asking, row) && (await isCurrent(db.read, site.now(), row, asking))
        ? await shapesOf(db.read, site, [row], asking)
        : [];
    return shape === undefined
      ? problem(c, 404, 'There is no such listing, or it is not for you to see.')
      : c.json(shape, 200);
  });

  app.openapi(peersRoute, async (c) => {
    const asking = await askingOf(deps, c);
    if ('refused' in asking) return challenge(c, asking.refused);
    const peers = await listedPeers(db.read);
    const hosts = peers.map((peer) => peer.host);
    const counts = await countsOf(db.read, site.now(), hosts, asking.member);
    const badges = await badgesOf(db.read, site.now(), hosts);
    const items = peers.map(({ host, name, software }) => ({
      host,
      name,
      software,
      marks: marksOf(badges.get(host)),
      listings: counts.get(host) ?? 0,
    }));
    return c.json({ items }, 200);
  });

  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'Made by a member for themselves (page Apps), with scopes; or issued by an admin (maillon token issue): that one sees what members see.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'app', {
    type: 'oauth2',
    description: 'OAuth 2.1: code with PKCE (S256), public clients; see /.well-known/oauth-authorization-server.',
    flows: {
      authorizationCode: {
        authorizationUrl: `${site.origin}/oauth/authorize`,
        tokenUrl: `${site.origin}/oauth/token`,
        refreshUrl: `${site.origin}/oauth/token`,
        scopes: {
          'listings:read': 'what the member sees, and all of their own listings',
          'listings:write': 'publish, change and delete their listings',
          'profile:read': 'their name, handle and role',
          'account:export': 'a copy of everything that is theirs, also private messages',
        },
      },
    },
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Maillon',
      version: '1',
      description: 'What a cooperative and its partners share; and, for a member, their own listings.',
    },
    servers: [{ url: `${site.origin}/api/v1` }],
  });
  app.all('*', (c) => problem(c, 404, 'See /api/v1/openapi.json for what there is.'));
  app.onError((error, c) => {
    const id = requestId() ?? crypto.randomUUID();
    log.web.error('{method} {path} failed: {error}', {
      method: c.req.method,
      path: c.req.path,
      error: describe(error),
    });
    const trouble = troubleOf(error);
    if (trouble !== undefined) {
      c.header('retry-after', String(RETRY_AFTER[trouble]));
      return problem(c, 503, `The database is ${trouble}: try again in ${RETRY_AFTER[trouble]} s.`);
    }
    return problem(c, 500, `It is noted here as ${id}.`);
  });
  return app;
};

/** The same as in the catalogue: published, not expired, of nobody who is suspended, and of a server that is still a partner. */
const isCurrent = async (db: Reader, now: Date, row: ListingRow, viewer: { member: boolean }): Promise<boolean> => {
  if (row.state !== 'published' || (row.validUntil !== null && row.validUntil <= now)) return false;
  return isHere(db, row, viewer);
};

const countsOf = async (db: Reader, now: Date, hosts: string[], member: boolean): Promise<Map<string, number>> => {
  if (hosts.length === 0) return new Map();
  const { listings } = db.t;
  const rows = await db
    .select({ host: listings.host, n: count() })
    .from(listings)
    .where(
      and(
        inArray(listings.host, hosts),
        eq(listings.state, 'published'),
        or(isNull(listings.validUntil), gt(listings.validUntil, now)),
        member ? undefined : eq(listings.audience, 'public'),
      ),
    )
    .groupBy(listings.host);
  return new Map(rows.map((row) => [row.host, Number(row.n)]));
};

/** What there is at a path; the rest is answered before anything is counted. */
const methodsOf = (path: string): string[] => {
  const own = path.replace(/^\/api\/v1/, '');
  if (/^\/(?:me\/)?listings$/.test(own)) return own === '/listings' ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
  if (own === '/me/exports') return ['POST'];
  if (/^\/listings\/[^/]+\/pictures$/.test(own)) return ['POST'];
  if (/^\/listings\/[^/]+\/pictures\/[^/]+$/.test(own)) return ['PATCH', 'DELETE'];
  return /^\/listings\/[^/]+$/.test(own) ? ['GET', 'HEAD', 'PATCH', 'DELETE'] : ['GET', 'HEAD'];
};

/** @param address '' when it is not known, within the process. @returns seconds to wait, if any */
const waitFor = async (limiter: RateLimiterMemory, address: string): Promise<number | undefined> => {
  if (address === '') return undefined;
  try {
    await limiter.consume(networkOf(address));
    return undefined;
  } catch (error) {
    return error instanceof RateLimiterRes ? Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) : 1;
  }
};
