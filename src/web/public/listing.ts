/** What everybody sees of one listing. */
import { type ActorRow, findActor } from '#domain/actors.ts';
import { isHere, maySee } from '#domain/catalogue.ts';
import { plainText } from '#domain/html.ts';
import { mayReadWhole } from '#domain/attestations/holders.ts';
import { wholeOf } from '#domain/hidden-halves.ts';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import { type ListingRow, findListing, priceOf } from '#domain/listings.ts';
import { listPictures, mediaUrl } from '#domain/media.ts';
import { majorUnits } from '#domain/money.ts';
import { badgesOf } from '#domain/identity/anchors.ts';
import { savedAmong } from '#domain/saved.ts';
import { markBadges } from '../ui/marks.ts';
import { listingWays } from '../identity/from-home.ts';
import { type Ctx, type WebDeps, guestOf, lookerOf, page, viewerOf } from '../context.ts';
import { badge, facts, framed, kindChip, person, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, safeUrl, sanitised, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';
import { placeMap } from '../ui/map.ts';
import { saveButton } from '../member/saved.ts';
import { holdersNotice, lookOf, teaserPage } from './reserved.ts';
import { cooperativesOf, hasPrice, kindOf, personOf, stateOf, unitOf } from './view.ts';

const attributeFacts = (t: Translator, row: ListingRow): [string, string][] =>
  KIND_PROFILES[kindOf(row) as keyof typeof KIND_PROFILES].attributes.flatMap((attribute): [string, string][] => {
    const value = row.attributes[attribute.key];
    if (value === undefined) return [];
    const option = (one: string): string => t.any(`kinds.${row.kind}.options.${attribute.key}.${one}`);
    const text =
      value === true
        ? t('forms.yes')
        : Array.isArray(value)
          ? value.map(option).join(', ')
          : attribute.type === 'choice'
            ? option(String(value))
            : typeof value === 'number'
              ? t.number(value)
              : (attribute.show?.(String(value)) ?? String(value));
    return [[t.any(`kinds.${row.kind}.attributes.${attribute.key}`), text]];
  });

/** Of what is reported, and of whom. */
const reportLinks = (t: Translator, row: ListingRow, publisher: ActorRow | undefined): Html =>
  html`<p class="small"><a href="/reports/new?listing=${row.id}">${t('listing.report')}</a>${publisher === undefined ? '' : html` · <a href="/reports/new?member=${encodeURIComponent(publisher.uri)}">${t('report.member')}</a>`}</p>`;

/** The page of one listing, ours or a partner's copy. @returns 404 for whoever may not know of it */
export const listingPage = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const viewer = viewerOf(c);
  let row = await findListing(deps.db.read, c.req.param('id') ?? '');
  const publisher = row === undefined ? undefined : await findActor(deps.db.read, row.publisher);
  const mine = row !== undefined && row.state !== 'removed' && viewer?.actor.uri === row.publisher;
  const guest = guestOf(c);
  const closed = viewer === undefined && guest === undefined && cooperative?.publicOpen === false;
  const seen = row !== undefined && !closed && maySee(lookerOf(c), row);
  if (row === undefined || (!mine && !(seen && (await isHere(deps.db.read, row, lookerOf(c), publisher)))))
    return c.notFound();
  const elsewhere = row.local ? [] : [row.host];
  const peers = await cooperativesOf(deps.db.read, elsewhere);
  const badges = await badgesOf(deps.db.read, deps.site.now(), elsewhere);
  const coop = {
    name: row.local ? cooperative!.name : (peers.get(row.host) ?? row.host),
    host: row.host,
    own: row.local,
  };
  if (!(await mayReadWhole(deps.db.read, deps.site.now(), row, lookOf(c)))) return teaserPage(deps, c, row, coop);
  row = await wholeOf(deps.db.read, row);
  const pictures = row.local
    ? (await listPictures(deps.db.read, [row.id])).map((one) => ({
        url: mediaUrl(deps.site, one.key, 1600),
        alt: one.alt,
      }))
    : deps.pictures.ofListing(row, 1600);
  const images = pictures.flatMap(({ url }) => (url === undefined ? [] : [new URL(url, deps.site.origin).href]));
  const quantity =
    row.quantity === null
      ? []
      : [
          [
            t.any(`listing.${KIND_PROFILES[kindOf(row) as keyof typeof KIND_PROFILES].quantity}`),
            t.number(row.quantity),
          ] as [string, string],
        ];
  const pairs: [string, string | Html][] = [
    ...quantity,
    ...attributeFacts(t, row),
    ...(row.validUntil === null ? [] : [[t('listing.validUntil'), t.date(row.validUntil)] as [string, string]]),
  ];
  const csrf = viewer?.session.csrf ?? '';
  const kept = viewer !== undefined && (await savedAmong(deps.db.read, viewer.account.id, [row.uri])).has(row.uri);
  const state = stateOf(row, deps.site.now());
  const body = html`<div class="two"><div class="stack">
<div class="chips">${kindChip(t, kindOf(row), row.purpose)}${badge(t, coop)}${markBadges(t, badges.get(row.host))}${state === 'published' ? '' : stateWord('wait', t.any(`states.${state}`))}</div>
<h1>${row.title}</h1>
${row.awaits === null ? '' : html`<p class="notice">${t('statement.awaits')}</p>`}<p class="price asked"><strong>${hasPrice(row) ? t.price(priceOf(row), unitOf(row)) : t('price.open')}</strong></p>
${await holdersNotice(deps, c, row)}
${pictures.length === 0 ? '' : html`<div class="pictures">${pictures.map((one, i) => framed(one, kindOf(row), { width: 1600, height: 1200, lazy: i > 0 }))}</div>`}
<div class="prose">${sanitised(row.html)}</div>
${pairs.length === 0 ? '' : html`<section><h2>${t('listing.facts')}</h2>${facts(pairs)}</section>`}
${row.tags.length === 0 ? '' : html`<p class="chips">${row.tags.map((tag) => html`<a class="chip" href="/listings?q=${encodeURIComponent(tag)}">#${tag}</a>`)}</p>`}
</div><aside class="stack"><div class="card stack">${publisher === undefined ? '' : person(personOf(deps, publisher))}
${
  mine
    ? html`<div class="row"><a class="button" href="/listings/${row.id}/edit">${t('listing.edit')}</a>
${row.state === 'published' ? act(`/listings/${row.id}/pause`, csrf, t('listing.pause')) : act(`/listings/${row.id}/publication`, csrf, t('listing.publish'))}
${row.state === 'draft' || row.state === 'closed' ? '' : act(`/listings/${row.id}/closure`, csrf, t('listing.close'))}
<a class="button danger" href="/listings/${row.id}/deletion">${t('listing.delete')}</a></div>`
    : guest !== undefined
      ? html`${listingWays(t, guest, row, publisher)}${reportLinks(t, row, publisher)}`
      : viewer === undefined
        ? html`<a class="button" href="/sign-in?next=/listings/${row.id}/message">${t('listing.ask')}</a><a class="button plain" href="/sign-in?next=/listings/${row.id}">${icon('heart')}${t('saved.save')}</a>${reportLinks(t, row, publisher)}`
        : html`<a class="button" href="/listings/${row.id}/message">${t('listing.ask')}</a>${saveButton(t, row, csrf, kept)}${publisher === undefined ? '' : act('/follows', csrf, t('follows.follow', { name: publisher.name }), 'plain', { uri: publisher.uri })}${reportLinks(t, row, publisher)}`
}
</div>
${
  row.placeName === null || row.latitude === null || row.longitude === null
    ? ''
    : html`<div>${placeMap(deps.places, t('listing.placeLabel', { place: row.placeName }), { latitude: row.latitude, longitude: row.longitude, radiusM: row.accuracy ?? 0 }, Math.max(30, (row.accuracy ?? 0) / 400))}<p class="muted small">${icon('pin')} ${row.placeName}${(row.accuracy ?? 0) > 0 ? ` · ${t('listing.about', { m: row.accuracy! })}` : ''}</p></div>`
}
${row.local ? html`<p class="muted small">${t('listing.fediverse')}${t('forms.colon')}<span class="code">${row.uri}</span></p>` : html`<p class="muted small"><a href="${safeUrl(row.url)}">${t('listing.lives', { host: row.host })}</a>${row.fetched === null ? '' : `, ${t('listing.seen', { when: t.time(row.fetched) })}`}</p>`}
</aside></div>`;
  const price = priceOf(row);
  const schema = {
    '@context': 'https://schema.org',
    '@type': row.purpose === 'request' ? 'Demand' : 'Offer',
    name: row.title,
    description: plainText(row.html).slice(0, 500),
    url: row.url,
    ...(row.validUntil === null ? {} : { validThrough: row.validUntil.toISOString() }),
    ...(price.type === 'money'
      ? { price: majorUnits(price.amount, price.currency), priceCurrency: price.currency }
      : {}),
    ...(images[0] === undefined ? {} : { image: images }),
    ...(row.placeName === null
      ? {}
      : {
          areaServed: {
            '@type': 'Place',
            name: row.placeName,
            geo: { '@type': 'GeoCoordinates', latitude: row.latitude, longitude: row.longitude },
          },
        }),
    offeredBy: { '@type': 'Organization', name: coop.name },
  };
  return page(
    deps,
    c,
    {
      title: row.title,
      description: plainText(row.html).slice(0, 160),
      url: row.url,
      jsonLd: schema,
      ...(images[0] === undefined ? {} : { image: images[0] }),
      ...(pictures[0]?.alt ? { imageAlt: pictures[0].alt } : {}),
      ...(row.local && row.audience === 'public' ? { alternate: row.uri } : {}),
      noindex: !row.local || row.audience !== 'public' || state !== 'published' || row.held?.access === 'reserved',
    },
    body,
  );
};
