/** Listings that are for holders of an attestation: what others see of one, why, and how to become a holder. */
import { type Looker, mayKnowPrice } from '#domain/attestations/holders.ts';
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { recognisedFrom, vouchedOf } from '#domain/attestations/partners.ts';
import { type Held, holdersPrice } from '#domain/hidden-halves.ts';
import { type ListingRow, priceOf } from '#domain/listings.ts';
import { type Ctx, type WebDeps, guestOf, page, viewerOf } from '../context.ts';
import { badge, kindChip, stateWord } from '../ui/components.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';
import { kindOf, stateOf, unitOf } from './view.ts';

/** Who looks, as far as attestations go. */
export const lookOf = (c: Ctx): Looker => {
  const [viewer, guest] = [viewerOf(c), guestOf(c)];
  return {
    ...(viewer === undefined ? {} : { member: { actor: viewer.actor.uri, role: viewer.account.role } }),
    ...(guest === undefined ? {} : { guest: { actor: guest.actor.uri, host: guest.peer.host } }),
  };
};

/** For whom it is, in the reader's language. @param names of our own attestations by code */
export const holdersIn = (t: Translator, held: Held, names: Map<string, Record<string, string>>): string =>
  new Intl.ListFormat(t.locale, { type: 'disjunction' }).format(
    held.codes.map((code) => inLanguage(held.names?.[code] ?? names.get(code), t.locale, code)),
  );
const namesHere = async (deps: WebDeps): Promise<Map<string, Record<string, string>>> =>
  new Map((await attestationKinds(deps.db.read)).map((kind) => [kind.code, kind.names]));

/** On an open listing with another price for holders: the price to them, to others that there is one. */
export const holdersNotice = async (deps: WebDeps, c: Ctx, row: ListingRow): Promise<Html | ''> => {
  const { t } = c.get('asked');
  if (row.held === null) return '';
  const names = holdersIn(t, row.held, row.local ? await namesHere(deps) : new Map());
  if (row.held.access === 'reserved')
    return html`<p class="chips"><span class="chip">${icon('check')}${t('attest.for', { names })}</span></p>`;
  const known = await mayKnowPrice(deps.db.read, deps.site.now(), row, lookOf(c));
  const price = known ? await holdersPrice(deps.db.read, row) : undefined;
  return price === undefined
    ? html`<p class="notice">${t('attest.otherPrice', { names })} ${row.local ? html`<a href="/attestations">${t('attest.how')}</a>` : html`<a href="${safeUrl(row.url)}">${t('attest.priceThere')}</a>`}</p>`
    : html`<p class="price asked"><strong>${t.price(priceOf(price), unitOf(row))}</strong> <span class="chip own">${t('attest.priceFor', { names })}</span></p>`;
};

/** Why whoever looks does not see more, and what they can do. */
const why = async (deps: WebDeps, c: Ctx, row: ListingRow, coop: string): Promise<Html> => {
  const { t, cooperative } = c.get('asked');
  const [viewer, guest] = [viewerOf(c), guestOf(c)];
  if (!row.local)
    return html`<p>${t(viewer === undefined ? 'attest.there' : 'attest.thereMember', { name: coop, home: cooperative!.name })}</p><p><a class="button" href="${safeUrl(row.url)}">${t('attest.openThere', { name: coop })}</a></p>`;
  const next = `/sign-in/cooperative?next=${encodeURIComponent(`/listings/${row.id}`)}`;
  if (guest !== undefined) {
    const said = await vouchedOf(deps.db.read, deps.site.now(), guest.actor.uri);
    const names = await namesHere(deps);
    const what = said.map((one) => inLanguage(names.get(one.code), t.locale, one.code)).join(', ');
    const home = guest.peer.name;
    return html`<p class="notice">${said.length === 0 ? t('attest.noneShown', { home, name: coop }) : t('attest.notCounted', { home, name: coop, what })}</p>
<div class="row">${said.length === 0 ? html`<a class="button" href="${next}">${t('attest.showOne')}</a>` : ''}<a class="button plain" href="${new URL(guest.peer.nodeActor).origin}/attestations">${t('attest.howAt', { name: home })}</a></div>`;
  }
  if (viewer !== undefined)
    return html`<p class="notice">${t('attest.notYours')}</p><div class="row"><a class="button" href="/attestations">${t('attest.how')}</a></div>`;
  return html`<p>${t('attest.signIn')}</p><div class="row"><a class="button" href="${next}">${t('away.door')}</a><a class="button plain" href="/sign-in?next=${encodeURIComponent(`/listings/${row.id}`)}">${t('layout.signIn')}</a></div>`;
};

/** What those see who may not read it: that it is there, for whom, and how to become one of them. */
export const teaserPage = async (
  deps: WebDeps,
  c: Ctx,
  row: ListingRow,
  coop: { name: string; host: string; own: boolean },
): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const held = row.held!;
  const state = stateOf(row, deps.site.now());
  const kinds = row.local
    ? (await attestationKinds(deps.db.read)).filter((kind) => held.codes.includes(kind.code))
    : [];
  const names = holdersIn(t, held, new Map(kinds.map((kind) => [kind.code, kind.names])));
  // Whose partners we are is not everybody's to know where the cooperative does not say so.
  const tells = row.local && (cooperative!.showPartners || viewerOf(c) !== undefined || guestOf(c) !== undefined);
  const counted = tells ? await recognisedFrom(deps.db.read, held.codes) : [];
  const body = html`<div class="stack"><div class="chips">${kindChip(t, kindOf(row), row.purpose)}${badge(t, coop)}${state === 'published' ? '' : stateWord('wait', t.any(`states.${state}`))}</div>
<h1>${row.title}</h1>
${row.placeName === null ? '' : html`<p class="muted">${icon('pin')} ${row.placeName}</p>`}
<div class="card stack"><h2>${t('attest.for', { names })}</h2>
${kinds.map((kind) => html`<p class="muted"><strong>${inLanguage(kind.names, t.locale, kind.code)}</strong>${t('forms.colon')}${inLanguage(kind.texts, t.locale)}</p>`)}
${row.local ? html`<p class="small">${counted.length === 0 ? t('attest.countOwn', { name: coop.name }) : t('attest.count', { name: coop.name, others: new Intl.ListFormat(t.locale).format(counted) })}</p>` : ''}
${await why(deps, c, row, coop.name)}</div>
<p class="small"><a href="/reports/new?listing=${row.id}">${t('listing.report')}</a></p></div>`;
  return page(deps, c, { title: row.title, url: row.url, narrow: true, noindex: true }, body);
};
