/** What other servers may GET and POST, with its content negotiation; everything else is a page for people. */
import { Hono } from 'hono';
import type { Database } from '#db/database.ts';
import { RETRY_AFTER, troubleOf } from '#db/trouble.ts';
import { findLocalActor } from '#domain/actors.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { NODE_HANDLE, actorUri, catalogueUri, nodeUri, parseUri, profilePage } from '#domain/ids.ts';
import { findListing } from '#domain/listings.ts';
import { findAccountByActor, hasJoined } from '#domain/members.ts';
import { findInvite, inviteLink, inviteState } from '#domain/peer-invites.ts';
import { findPeerByHost, listedPeers } from '#domain/peers.ts';
import { givesProfiles, mayGoTo } from '#domain/scopes.ts';
import { plainText } from '#domain/html.ts';
import type { Site } from '#domain/site.ts';
import { describe, log, requestId } from '#src/log.ts';
import { AS2, COOPERATIVE, answer, wantsAs2 } from './answers.ts';
import { type CollectionName, collection, usage } from './collections.ts';
import { type Documents, type Served, served } from './documents.ts';
import { VERSION } from './version.ts';
import { type Comparing, digestDocument } from './peering/digest.ts';
import { renewalsDocument } from './peering/node-keys.ts';
import { writeNodeInfo } from './vocab/nodeinfo.ts';
import { writeWebFinger } from './vocab/webfinger.ts';

const COLLECTIONS = new Set<string>(['outbox', 'followers', 'following', 'catalogue']);
const isCollectionName = (word: string): word is CollectionName => COLLECTIONS.has(word);

export type FederationDeps = {
  db: Database;
  site: Site;
  documents: Documents;
  /** Takes a POST to any inbox. */
  inbox: (request: Request, info: { address: string }) => Promise<Response>;
  /** Host of the actor whose valid signature is on this GET, if it has one. */
  signer: (request: Request) => Promise<string | undefined>;
  /** Our monthly statistics, or the list of months; undefined if none is published. */
  statistics: (month: string | undefined) => Promise<Record<string, unknown> | undefined>;
  /** The keys of our identity, in the name of our actor. */
  entityKeys: () => Promise<Record<string, unknown> | undefined>;
};
export type Env = { Bindings: { address: string } };

/** @returns routes; a GET by a browser falls through (404 with the header `x-maillon-page`) to the pages */
export const createFederationRoutes = (deps: FederationDeps): Hono<Env> => {
  const { db, site, documents } = deps;
  const app = new Hono<Env>();

  app.post('/inbox', (c) => deps.inbox(c.req.raw, { address: c.env?.address ?? '' }));
  app.post('/users/:handle/inbox', (c) => deps.inbox(c.req.raw, { address: c.env?.address ?? '' }));

  app.get('/.well-known/webfinger', async (c) => {
    const resource = c.req.query('resource');
    if (resource === undefined)
      return c.json(
        { error: 'The parameter "resource" is missing.', remedy: 'Ask for acct:handle@host or an actor URL.' },
        400,
      );
    const handle = handleOf(site, resource);
    const actor = handle === undefined ? undefined : await findLocalActor(db.read, handle);
    if (actor === undefined || actor.deleted !== null || !(await hasJoined(db.read, actor)))
      return c.json({ error: 'Nobody here has this name.' }, 404);
    const body = writeWebFinger({
      handle: actor.handle,
      host: site.host,
      uri: actor.uri,
      page: actor.url,
      origin: site.origin,
    });
    return c.body(JSON.stringify(body), 200, {
      'content-type': 'application/jrd+json',
      'access-control-allow-origin': '*',
    });
  });
  app.get('/.well-known/host-meta', (c) =>
    c.body(
      `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="${site.origin}/.well-known/webfinger?resource={uri}"/></XRD>\n`,
      200,
      { 'content-type': 'application/xrd+xml' },
    ),
  );
  app.get('/.well-known/nodeinfo', (c) =>
    c.json({
      links: [
        { rel: 'http://nodeinfo.diaspora.software/ns/schema/2.1', href: `${site.origin}/nodeinfo/2.1` },
        { rel: 'https://www.w3.org/ns/activitystreams#Application', href: nodeUri(site) },
      ],
    }),
  );
  app.get('/nodeinfo/2.1', async (c) => {
    const cooperative = await getCooperative(db.read);
    const uri = cooperative === undefined ? nodeUri(site) : actorUri(site, cooperative.handle);
    const used = await usage(db.read);
    const partners = cooperative?.showPartners === true ? await listedPeers(db.read) : undefined;
    const body = writeNodeInfo({
      version: VERSION,
      openRegistrations: cooperative?.signUpRule === 'open',
      usage: used,
      name: cooperative?.name ?? site.host,
      summary: plainText(cooperative?.summary ?? ''),
      nodeActor: nodeUri(site),
      cooperative: uri,
      catalogue: catalogueUri(uri),
      kinds: cooperative?.kinds ?? [],
      languages: cooperative?.languages ?? [],
      territory:
        cooperative === undefined ? undefined : { name: cooperative.territoryName, radiusKm: cooperative.radiusKm },
      charter: cooperative?.charterUrl ?? undefined,
      listings: used.byKind,
      partners: partners?.map((peer) => peer.host).slice(0, 500),
    });
    return c.body(JSON.stringify(body), 200, {
      'content-type': 'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"',
      'access-control-allow-origin': '*',
    });
  });

  /** May this request read? Peers always, others what is public while the public part is open. */
  const mayRead = async (request: Request, document: Served, always: boolean): Promise<boolean> => {
    if (always) return true;
    if (document.visibility === 'nobody') return false;
    const coop = await documents.kept(COOPERATIVE, () => getCooperative(db.read));
    if (document.visibility === 'public' && (coop?.publicOpen ?? true)) return true;
    const reader = await readerOf(request);
    return reader !== undefined && (document.about === undefined || mayGoTo(reader, document.about));
  };
  /** The peer that signed this request, and what it is given; ourselves, without bounds. */
  const readerOf = async (request: Request): Promise<Comparing | undefined> => {
    const host = await deps.signer(request);
    if (host === undefined) return undefined;
    if (host === site.host) return { host, give: null, theirTake: null };
    const peer = await findPeerByHost(db.read, host);
    // Other software may show to everybody what it reads: to it there is only what is public.
    return peer?.state === 'active' && !peer.plain ? { host, give: peer.give, theirTake: peer.theirTake } : undefined;
  };
  const readsProfiles = async (request: Request): Promise<boolean> => {
    const reader = await readerOf(request);
    return reader !== undefined && givesProfiles(reader);
  };

  /**
   * Signatures on a GET of an actor are looked at only where they change the answer: two nodes that read each other's
   * actors to check each other's signatures would never come to an end.
   */
  const showsMoreToPeers = async (handle: string): Promise<boolean> => {
    const shown = await documents.kept(`shown ${handle}`, async () => {
      const account = await findAccountByActor(db.read, actorUri(site, handle));
      return { more: account?.showProfile === 'peers' };
    });
    return shown?.more === true;
  };

  const missing = (): Response =>
    Response.json({ error: 'There is nothing here, or it is not for you to see.' }, { status: 404 });

  const serve = async (request: Request, uri: string): Promise<Response> => {
    const document = await documents.get(uri);
    if (document === undefined) return missing();
    const named = parseUri(site, uri);
    // Actors are always readable: without their keys nobody could even be refused.
    const always = named?.type === 'actor';
    if (
      always &&
      request.headers.has('signature') &&
      (await showsMoreToPeers(named.handle)) &&
      (await readsProfiles(request))
    ) {
      const whole = await documents.actorForPeers(uri);
      return whole === undefined ? missing() : answer(request, whole);
    }
    return (await mayRead(request, document, always)) ? answer(request, document) : missing();
  };

  app.get('/users/:handle', async (c) => {
    const { handle } = c.req.param();
    if (!wantsAs2(c.req.raw)) return c.redirect(handle === NODE_HANDLE ? '/' : profilePage(site, handle), 303);
    return serve(c.req.raw, actorUri(site, handle));
  });
  for (const path of ['/statistics', '/statistics/:month{\\d{4}-\\d{2}}'])
    app.get(path, async (c) => {
      const month = c.req.param('month');
      const document = await documents.kept(`statistics ${month ?? ''}`, async () => {
        const found = await deps.statistics(month);
        return found === undefined ? undefined : served(JSON.stringify(found), 'public');
      });
      return document === undefined ? missing() : answer(c.req.raw, document);
    });
  app.get(`/users/${NODE_HANDLE}/renewals`, async (c) => {
    const document = await documents.kept('renewals', async () =>
      served(JSON.stringify(await renewalsDocument(db.read, nodeUri(site))), 'public'),
    );
    return document === undefined ? missing() : answer(c.req.raw, document);
  });
  app.get(`/users/${NODE_HANDLE}/entity-keys`, async (c) => {
    const document = await documents.kept('entity keys', async () => {
      const said = await deps.entityKeys();
      return said === undefined ? undefined : served(JSON.stringify(said), 'public');
    });
    return document === undefined ? missing() : answer(c.req.raw, document);
  });
  app.get('/users/:handle/:collection', async (c) => {
    const { handle, collection: name } = c.req.param();
    const actor = await documents.kept(`actor ${handle}`, async () => {
      const found = await findLocalActor(db.read, handle);
      return found !== undefined && (await hasJoined(db.read, found)) ? found : undefined;
    });
    if (actor === undefined || actor.deleted !== null || !isCollectionName(name)) return missing();
    const reader = name === 'catalogue' ? await readerOf(c.req.raw) : undefined;
    const asking = { peer: reader !== undefined, ...(reader === undefined ? {} : { reader }) };
    const page = c.req.query('page');
    const document = await documents.kept(`${name} ${handle} ${page ?? ''} ${reader?.host ?? ''}`, () =>
      collection({ db, site }, actor, name, page, asking),
    );
    if (document === undefined) return missing();
    return asking.peer || (await mayRead(c.req.raw, document, false)) ? answer(c.req.raw, document) : missing();
  });
  app.get('/users/:handle/catalogue/digest', async (c) => {
    const actor = await findLocalActor(db.read, c.req.param('handle'));
    if (actor === undefined || actor.kind !== 'cooperative') return missing();
    const reader = await readerOf(c.req.raw);
    if (reader === undefined)
      return Response.json(
        { error: 'Only partners may compare.', remedy: 'Sign the request with the key of a partner.' },
        { status: 403 },
      );
    const found = await digestDocument(db.read, actor.uri, c.req.query('buckets'), reader);
    return 'error' in found ? Response.json(found, { status: 400 }) : answer(c.req.raw, found);
  });
  app.get('/users/:handle/items/:id', async (c) => {
    if (!wantsAs2(c.req.raw)) return c.redirect(`/listings/${c.req.param('id')}`, 303);
    return serve(c.req.raw, `${site.origin}${new URL(c.req.url).pathname}`);
  });
  app.get('/users/:handle/:kind{proposals|activities}/:id', (c) =>
    serve(c.req.raw, `${site.origin}${new URL(c.req.url).pathname}`),
  );
  app.get('/users/:handle/messages/:id', () => missing());

  // The pages' own addresses answer as ActivityPub, too, so that a pasted link works everywhere.
  app.get('/listings/:id', async (c, next) => {
    if (!wantsAs2(c.req.raw)) return next();
    const row = await findListing(db.read, c.req.param('id'));
    return row === undefined || !row.local ? missing() : serve(c.req.raw, row.uri);
  });
  app.get('/:profile{@[a-z0-9_-]+}', (c, next) =>
    wantsAs2(c.req.raw) ? serve(c.req.raw, actorUri(site, c.req.param('profile').slice(1))) : next(),
  );
  // An invitation to become partners: the invited node reads what a person sees as a page.
  app.get('/peering/invitations/:secret', async (c, next) => {
    if (!wantsAs2(c.req.raw)) return next();
    const { secret } = c.req.param();
    const invite = await findInvite(db.read, secret);
    if (invite === undefined) return missing();
    const found = {
      id: inviteLink(site, secret),
      type: 'PeeringInvitation',
      attributedTo: nodeUri(site),
      state: inviteState(invite, site.now()),
      gives: invite.give,
      takes: invite.take,
      endTime: invite.expires.toISOString(),
    };
    return c.body(JSON.stringify(found), 200, { 'content-type': AS2, 'cache-control': 'private, no-store' });
  });
  // A page for people: the node asks the web half.
  app.onError((error, c) => {
    const id = requestId() ?? crypto.randomUUID();
    log.federation.error('{method} {path} failed: {error}', {
      method: c.req.method,
      path: c.req.path,
      error: describe(error),
    });
    const trouble = troubleOf(error);
    if (trouble !== undefined) c.header('retry-after', `${RETRY_AFTER[trouble]}`);
    const status = trouble === undefined ? 500 : 503;
    return c.json({ error: `Something went wrong here (${id}).`, remedy: 'Ask again later.' }, status);
  });
  app.notFound(() => new Response(null, { status: 404, headers: { 'x-maillon-page': '1' } }));
  return app;
};

/** @returns the handle of `acct:handle@our-host`, `@handle@our-host`, or one of our actors' URLs */
const handleOf = (site: Site, resource: string): string | undefined => {
  const acct = /^(?:acct:)?@?([^@]+)@(.+)$/.exec(resource);
  if (acct !== null && !resource.startsWith('http'))
    return acct[2]?.toLowerCase() === site.host ? acct[1]?.toLowerCase() : undefined;
  const named = parseUri(site, resource);
  if (named?.type === 'actor') return named.handle;
  return resource === site.origin || resource === `${site.origin}/` ? NODE_HANDLE : undefined;
};
