/** What everybody sees: home and catalogue. */
import { Hono } from 'hono';
import { type ActorRow } from '#domain/actors.ts';
import {
  COUNT_LIMIT,
  type CataloguePage,
  type CatalogueQuery,
  countByHost,
  isExpired,
  searchCatalogue,
} from '#domain/catalogue.ts';
import { renderMarkdown } from '#domain/html.ts';
import { fullHandle } from '#domain/ids.ts';
import { listingsOf } from '#domain/listings.ts';
import { welcomeIn } from '#domain/look.ts';
import { badgesOf } from '#domain/identity/anchors.ts';
import { listedPeers } from '#domain/peers.ts';
import { type PostRow, streamOf } from '#domain/stream.ts';
import { type FieldError, KINDS, PURPOSES } from '#domain/types.ts';
import { markBadges } from '../ui/marks.ts';
import { type Ctx, type WebDeps, type WebEnv, guestOf, lookerOf, page, viewerOf } from '../context.ts';
import { empty, framed, grid, older, stateWord } from '../ui/components.ts';
import { button, input, select } from '../ui/forms.ts';
import { html, safeUrl, sanitised, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import { placeMap } from '../ui/map.ts';
import type { Translator } from '../ui/locale.ts';
import { movedNotices } from '../member/moved.ts';
import { decisionNotices } from '../member/statements.ts';
import { cardsOf, cooperativesOf, stateOf } from './view.ts';
import { listingPage } from './listing.ts';

const PAGE = 24;

export const catalogueRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get('/', (c) => (viewerOf(c) === undefined ? home(deps, c) : memberHome(deps, c)));
  app.get('/listings', (c) => catalogue(deps, c));
  app.get('/listings/:id', (c) => listingPage(deps, c));
  return app;
};

const searchForm = (c: Ctx, values: Record<string, string | undefined>, errors: FieldError[] = []): Html => {
  const { t } = c.get('asked');
  const form = { t, values, errors };
  return html`<form class="search" action="/listings" role="search">
${input(form, 'q', { label: t('catalogue.what'), type: 'search' })}
${input(form, 'place', { label: t('catalogue.where'), places: true, autocomplete: 'off' })}
${select(form, 'purpose', [{ value: '', label: t('catalogue.both') }, ...PURPOSES.map((value) => ({ value, label: t.any(`purposes.${value}`) }))], { label: t('catalogue.purpose') })}
${values['kind'] === undefined ? '' : html`<input type="hidden" name="kind" value="${values['kind']}">`}
${button(t('catalogue.search'))}</form>`;
};

const home = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const coop = cooperative!;
  // While the public part is closed strangers learn whose node this is, and how to come in; no more.
  const open = coop.publicOpen || guestOf(c) !== undefined;
  const own = { limit: 6, host: deps.site.host };
  const { items } = open ? await searchCatalogue(deps.db.read, deps.site.now(), lookerOf(c), own) : { items: [] };
  const cards = await cardsOf(deps, coop, items);
  const peers = open ? await listedPeers(deps.db.read) : [];
  const partners = peers.map(({ host }) => host);
  const marked = await badgesOf(deps.db.read, deps.site.now(), partners);
  const counts = open
    ? await countByHost(deps.db.read, { now: deps.site.now(), viewer: { member: false }, partners })
    : new Map<string, number>();
  const welcome = welcomeIn(coop.welcome, t.locale);
  const body = html`<section class="hero"><div class="stack"><h1>${coop.name}</h1><p class="lead">${coop.summary}</p>${welcome === '' ? '' : html`<div class="prose">${sanitised(renderMarkdown(welcome))}</div>`}
<div class="row">${open ? html`<a class="button" href="/listings">${t('home.browse')}</a>` : html`<a class="button" href="/sign-in">${t('layout.signIn')}</a>`}<a class="button plain" href="/sign-up">${t('layout.join')}</a></div></div>
${coop.latitude === null || coop.longitude === null ? '' : html`<div>${placeMap(deps.places, t('home.territory', { place: coop.territoryName, km: coop.radiusKm }), { latitude: coop.latitude, longitude: coop.longitude, radiusM: coop.radiusKm * 1_000 }, Math.max(60, coop.radiusKm * 2.5))}<p class="muted small">${t('home.territory', { place: coop.territoryName, km: coop.radiusKm })}</p></div>`}</section>
${
  open
    ? html`<section class="section" aria-label="${t('catalogue.search')}">${searchForm(c, {})}</section>
<section class="section"><div class="head"><h2>${t('home.newest')}</h2><a href="/listings">${t('home.all')}</a></div>${cards.length === 0 ? empty(t('home.none')) : grid(t, cards)}</section>`
    : html`<p class="notice">${t('catalogue.closed')}</p>`
}
${peers.length === 0 ? '' : html`<section class="section"><h2>${t('home.partners')}</h2><p class="muted">${t('home.partnersText')}${coop.statistics ? html` <a href="/together">${t('together.title')}</a>` : ''}</p><ul class="lines">${peers.map((peer) => html`<li><p><strong>${peer.name}</strong><br><span class="muted small">${peer.host}</span>${marked.has(peer.host) ? html`<br>${markBadges(t, marked.get(peer.host))}` : ''}</p>${partnerListings(t, peer.host, counts.get(peer.host) ?? 0)}</li>`)}</ul></section>`}`;
  return page(deps, c, { title: coop.name, description: coop.summary, url: deps.site.origin }, body);
};

const memberHome = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative, unread } = c.get('asked');
  const viewer = viewerOf(c)!;
  const stream = await streamOf(deps.db.read, viewer.actor.uri, 20, c.req.query('cursor'));
  const now = deps.site.now();
  const items = stream.items.filter((item) => !('listing' in item && isExpired(item.listing, now)));
  const listings = items.flatMap((item) => ('listing' in item ? [item.listing] : []));
  const cards = new Map((await cardsOf(deps, cooperative, listings)).map((view, i) => [listings[i]!.uri, view]));
  const mine = await listingsOf(deps.db.read, viewer.actor.uri, ['draft', 'published', 'paused']);
  const who = (actor: ActorRow): Html =>
    html`<a href="${actor.local ? `/@${actor.handle}` : safeUrl(actor.url)}">${actor.name}</a> <span class="muted small">${fullHandle(actor.handle, actor.host)}</span>`;
  const shots = (post: PostRow): Html | '' => {
    const pictures = deps.pictures.ofPost(post, 800);
    return pictures.length === 0
      ? ''
      : html`<div class="pictures">${pictures.map((one) => framed(one, 'message', { width: 800, height: 600, lazy: true }))}</div>`;
  };
  const lines = items.map((item) => {
    const view = 'listing' in item ? cards.get(item.listing.uri) : undefined;
    const head = html`<p class="small">${who(item.by)} · <span class="muted">${t.ago(item.published, deps.site.now())}</span></p>`;
    if ('post' in item)
      return html`<li class="card stack">${head}<div class="prose">${sanitised(item.post.html)}</div>${shots(item.post)}<p class="small"><a href="${safeUrl(item.post.url)}">${t('home.readThere')}</a></p></li>`;
    return view === undefined ? '' : html`<li class="stack">${head}${grid(t, [view])}</li>`;
  });
  const body = html`<div class="head"><h1>${t('home.hello', { name: viewer.actor.name })}</h1></div>
${unread > 0 ? html`<p class="notice"><a href="/conversations">${t('home.unread', { n: unread })}</a></p>` : ''}
${await decisionNotices(deps, c)}${await movedNotices(deps, c)}${searchForm(c, {})}
<div class="two section"><section><h2>${t('home.stream')}</h2>${items.length === 0 ? empty(t('home.streamEmpty'), { href: '/follows', label: t('home.streamAction') }) : html`<ul class="lines stack">${lines}</ul>`}${older(stream.next === undefined ? undefined : `/?cursor=${stream.next}`, t('catalogue.more'))}</section>
<aside><div class="card stack"><h2>${t('home.mine')}</h2>${mine.length === 0 ? html`<p class="muted">${t('home.mineEmpty')}</p>` : html`<ul class="lines">${mine.slice(0, 8).map((row) => html`<li><a href="/listings/${row.id}">${row.title}</a>${stateWord(stateOf(row, now) === 'published' ? 'good' : 'wait', t.any(`states.${stateOf(row, now)}`))}</li>`)}</ul>`}<p><a href="/listings/mine">${t('home.allMine')}</a><br><a href="/saved">${t('saved.title')}</a></p><a class="button" href="/listings/new">${icon('plus')}${t('layout.publish')}</a></div></aside></div>`;
  return page(deps, c, { title: cooperative!.name }, body);
};

const catalogue = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const q = (name: string): string | undefined =>
    c.req.query(name)?.trim() === '' ? undefined : c.req.query(name)?.trim().slice(0, 200);
  const [kind, purpose, placeName] = [
    KINDS.find((one) => one === q('kind')),
    PURPOSES.find((one) => one === q('purpose')),
    q('place'),
  ];
  const place = placeName === undefined ? undefined : deps.places.find(placeName);
  const radiusKm = Math.min(500, Math.max(1, Number(q('radius') ?? 30) || 30));
  const viewer = lookerOf(c);
  const query: CatalogueQuery = {
    limit: PAGE,
    counted: true,
    ...(q('q') === undefined ? {} : { q: q('q')! }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(q('host') === undefined ? {} : { host: q('host')! }),
    ...(place === undefined ? {} : { near: { latitude: place.latitude, longitude: place.longitude, radiusKm } }),
    ...(q('cursor') === undefined ? {} : { cursor: q('cursor')! }),
  };
  const closed = !viewer.member && viewer.guest === undefined && cooperative?.publicOpen === false;
  const {
    items,
    next,
    count = 0,
  }: CataloguePage = closed ? { items: [] } : await searchCatalogue(deps.db.read, deps.site.now(), viewer, query);
  const cards = await cardsOf(deps, cooperative, items);
  const nameOf = async (host: string): Promise<string> =>
    cards.find((card) => card.cooperative.host === host)?.cooperative.name ??
    (await cooperativesOf(deps.db.read, [host])).get(host) ??
    cooperative!.name;
  const link = (change: Record<string, string | undefined>): string => {
    const params = new URLSearchParams(
      Object.entries({ q: q('q'), kind, purpose, place: placeName, host: q('host'), ...change }).flatMap(
        ([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]),
      ),
    );
    return `/listings${params.size === 0 ? '' : `?${params}`}`;
  };
  const body = html`<h1>${query.host === undefined ? t('catalogue.title') : t('catalogue.titleOf', { name: await nameOf(query.host) })}</h1>
<div class="stack">${searchForm(c, { q: q('q'), place: placeName, purpose, kind }, placeName !== undefined && place === undefined ? [{ field: 'place', code: 'placeUnknown' }] : [])}
<nav class="chips" aria-label="${t('catalogue.kinds')}"><a class="chip" href="${link({ kind: undefined })}"${kind === undefined ? html` aria-current="true"` : ''}>${t('catalogue.all')}</a>${KINDS.map((one) => html`<a class="chip" href="${link({ kind: one })}"${kind === one ? html` aria-current="true"` : ''}>${icon(one)}${t.any(`kinds.${one}.name`)}</a>`)}</nav>
<p class="muted" role="status">${count >= COUNT_LIMIT ? t('catalogue.countMany', { n: COUNT_LIMIT }) : t('catalogue.count', { n: count })}${place === undefined ? '' : ` · ${t('catalogue.around', { km: radiusKm, place: place.name })}`}</p>
${closed ? empty(t('catalogue.closed'), { href: '/sign-in', label: t('layout.signIn') }) : cards.length === 0 ? nothing(c, link({}) === '/listings') : grid(t, cards)}</div>
${older(next === undefined ? undefined : link({ cursor: next }), t('catalogue.more'))}`;
  return page(deps, c, { title: t('catalogue.title') }, body);
};

/** How many of a partner's there are; led to only if there is something. */
const partnerListings = (t: Translator, host: string, n: number): Html => {
  const words = t('home.partnerListings', { n });
  return n === 0
    ? html`<span class="muted">${words}</span>`
    : html`<a href="/listings?host=${encodeURIComponent(host)}">${words}</a>`;
};

/** Why there is no card. @param whole nothing was looked for: there is simply no listing yet */
const nothing = (c: Ctx, whole: boolean): Html => {
  const { t } = c.get('asked');
  if (!whole) return empty(t('catalogue.none'), { href: '/listings', label: t('catalogue.widen') });
  return empty(
    t('home.none'),
    viewerOf(c) === undefined ? undefined : { href: '/listings/new', label: t('layout.publish') },
  );
};
