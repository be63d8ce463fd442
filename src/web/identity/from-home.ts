/**
 * What a guest does at a partner goes out from home, in their own name: the partner's page leads here with what it is
 * about, and one press does it. A link changes nothing by itself.
 */
import { Hono } from 'hono';
import { type ActorRow, findActor } from '#domain/actors.ts';
import { isHere, maySee } from '#domain/catalogue.ts';
import { isFollowing } from '#domain/follows.ts';
import type { Guest } from '#domain/identity/guests.ts';
import { hostOf } from '#domain/ids.ts';
import { type ListingRow, findListingByUri } from '#domain/listings.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { savedAmong } from '#domain/saved.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { KINDS } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, page, toSignIn, viewerOf } from '../context.ts';
import { cardsOf, personOf } from '../public/view.ts';
import { grid, person } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';

const WRITE_PATH = '/write-to';
const KEEP_PATH = '/keep-here';
const FOLLOW_PATH = '/follow-from-here';
export const LEAVE_PATH = '/sign-out';

/** Where a guest's own node is reached. */
export const homeOf = (guest: Guest): string => new URL(guest.peer.nodeActor).origin;
const way = (guest: Guest, path: string, name: string, uri: string): string =>
  `${homeOf(guest)}${path}?${name}=${encodeURIComponent(uri)}`;

export const followWay = (t: Translator, guest: Guest, actor: Pick<ActorRow, 'uri' | 'name'>): Html =>
  html`<a class="button plain" href="${way(guest, FOLLOW_PATH, 'actor', actor.uri)}">${t('follows.follow', { name: actor.name })}</a>`;

/** What a guest may do about a listing; each leads home. */
export const listingWays = (t: Translator, guest: Guest, row: ListingRow, publisher: ActorRow | undefined): Html =>
  html`<a class="button" href="${way(guest, WRITE_PATH, 'listing', row.uri)}">${t('listing.ask')}</a>
<a class="button plain" href="${way(guest, KEEP_PATH, 'listing', row.uri)}">${icon('heart')}${t('saved.save')}</a>
${publisher === undefined ? '' : followWay(t, guest, publisher)}<p class="muted small">${t('away.writes', { home: guest.peer.name })}</p>`;

export const fromHomeRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  /** Why a listing that stands at a partner is not here. */
  const notHere = async (c: Ctx, uri: string): Promise<Response> => {
    const { t } = c.get('asked');
    const host = hostOf(uri);
    const peer = host === '' ? undefined : await findPeerByHost(db.read, host);
    const { kinds, territory } = peer?.take ?? OPEN_SCOPE;
    const words = kinds.map((kind) => t.any(`kinds.${kind}.name`)).join(', ');
    const why =
      host === '' || host === site.host
        ? t('fromHome.gone')
        : peer?.state !== 'active'
          ? t('fromHome.noPartner', { host: peer?.name ?? host })
          : kinds.length < KINDS.length || territory !== undefined
            ? t('fromHome.notTaken', { name: peer.name, kinds: words === '' ? t('fromHome.nothing') : words })
            : t('fromHome.notYet', { name: peer.name });
    return page(
      deps,
      c,
      { title: t('away.notHere'), narrow: true, noindex: true },
      html`<h1>${t('away.notHere')}</h1><p>${why}</p><div class="row">${peer?.state !== 'active' ? '' : html`<a class="button plain" href="${safeUrl(uri)}">${t('away.thatListing')}</a>`}<a class="button" href="/listings">${t('home.browse')}</a></div>`,
      404,
    );
  };
  /** The listing that a partner's page is about, as far as it is here for members to see. */
  const meant = async (c: Ctx): Promise<{ uri: string; row: ListingRow | undefined }> => {
    const uri = (c.req.query('listing') ?? '').slice(0, 1_000);
    const row = URL.canParse(uri) ? await findListingByUri(db.read, uri) : undefined;
    const here = row !== undefined && maySee({ member: true }, row) && (await isHere(db.read, row, { member: true }));
    return { uri, row: here ? row : undefined };
  };

  app.get(WRITE_PATH, async (c) => {
    if (viewerOf(c) === undefined) return toSignIn(c);
    const { uri, row } = await meant(c);
    return row === undefined ? notHere(c, uri) : done(c, `/listings/${row.id}/message`);
  });

  app.get(KEEP_PATH, async (c) => {
    const { t, cooperative } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { uri, row } = await meant(c);
    if (row === undefined) return notHere(c, uri);
    if (row.publisher === viewer.actor.uri) return done(c, `/listings/${row.id}`);
    const kept = (await savedAmong(db.read, viewer.account.id, [row.uri])).has(row.uri);
    const there = row.local ? '' : html`<a class="button plain" href="${safeUrl(row.url)}">${t('fromHome.back')}</a>`;
    return page(
      deps,
      c,
      { title: t('fromHome.keepTitle'), narrow: true, noindex: true },
      html`<h1>${kept ? t('fromHome.kept') : t('fromHome.keepTitle')}</h1><p>${kept ? t('saved.text') : t('fromHome.keepText')}</p>${grid(t, await cardsOf(deps, cooperative, [row]))}
<div class="row section">${kept ? html`<a class="button" href="/saved">${t('saved.title')}</a>` : act(`/listings/${row.id}/save`, viewer.session.csrf, html`${icon('heart')}${t('saved.save')}`, '', { back: `${KEEP_PATH}?listing=${encodeURIComponent(row.uri)}` })}${there}</div>`,
    );
  });

  app.get(FOLLOW_PATH, async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const uri = (c.req.query('actor') ?? '').slice(0, 1_000);
    // Nothing is fetched for a link: who is not known yet is looked up with the press.
    const actor = URL.canParse(uri) ? await findActor(db.read, uri) : undefined;
    if (!/^https?:\/\//.test(uri) || !URL.canParse(uri) || actor?.deleted || actor?.suspended === true)
      return page(
        deps,
        c,
        { title: t('fromHome.nobody'), narrow: true, noindex: true },
        html`<h1>${t('fromHome.nobody')}</h1><p>${t('fromHome.nobodyText')}</p><a class="button" href="/follows">${t('follows.title')}</a>`,
        404,
      );
    if (uri === viewer.actor.uri) return done(c, `/@${viewer.account.handle}`);
    const followed = await isFollowing(db.read, viewer.actor.uri, uri);
    const { host, pathname } = new URL(uri);
    const name = actor?.name ?? `${host}${pathname}`;
    const whom = actor === undefined ? html`<p class="code">${uri}</p>` : person(personOf(deps, actor));
    return page(
      deps,
      c,
      { title: t('follows.follow', { name }), narrow: true, noindex: true },
      html`<h1>${followed ? t('fromHome.followed', { name }) : t('fromHome.followTitle', { name })}</h1><div class="stack">${whom}<p>${t('fromHome.followText', { host })}</p>
<div class="row">${followed ? html`<a class="button" href="/follows">${t('follows.title')}</a>` : act('/follows', viewer.session.csrf, html`${icon('heart')}${t('follows.button')}`, '', { uri })}<a class="button plain" href="${safeUrl(actor?.url ?? uri)}">${t('fromHome.back')}</a></div></div>`,
    );
  });

  // A partner's page leads here whoever wants to be signed out everywhere.
  app.get(LEAVE_PATH, async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return done(c, '/');
    return page(
      deps,
      c,
      { title: t('layout.signOut'), narrow: true, noindex: true },
      html`<h1>${t('fromHome.leaveTitle')}</h1><p>${t('fromHome.leaveText')}</p><div class="row">${act('/sign-out', viewer.session.csrf, t('layout.signOut'), '')}<a class="button plain" href="/">${t('fromHome.stay')}</a></div>`,
    );
  });
  return app;
};
