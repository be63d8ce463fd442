/** What pages are made of. */
import type { Price, Unit } from '#domain/types.ts';
import { REMOTE_PICTURES, type ShownPicture } from '#domain/pictures/remote.ts';
import type { Badge } from '#domain/identity/anchors.ts';
import { html, safeUrl, type Html } from './html.ts';
import { type IconName, icon } from './icons.ts';
import type { Translator } from './locale.ts';
import { markBadges } from './marks.ts';

export type CardView = {
  /** Absent in a preview: there is nowhere to go yet. */
  href?: string;
  title: string;
  kind: IconName;
  purpose: string;
  /** Absent while a draft leaves it open. */
  price?: Price;
  unit: Unit;
  place?: string;
  picture?: ShownPicture;
  cooperative: { name: string; host: string; own: boolean };
  /** By whom its cooperative is vouched for. */
  marks?: Badge[] | undefined;
  state?: string;
  /** For holders of an attestation, with its names by code. */
  held?: { access: 'reserved' | 'priced'; codes: string[]; names?: Record<string, Record<string, string>> };
};

/** For whom it is; of a reserved one instead of its price, which others do not learn. */
const priceLine = (t: Translator, view: CardView): Html => {
  const price = view.price === undefined ? t('price.open') : t.price(view.price, view.unit);
  if (view.held === undefined) return html`<p class="price">${price}</p>`;
  const { access, codes, names = {} } = view.held;
  const words = codes.map((code) => names[code]?.[t.locale] ?? names[code]?.['fr'] ?? names[code]?.['en'] ?? code);
  const holders = new Intl.ListFormat(t.locale, { type: 'disjunction' }).format(words);
  return access === 'reserved'
    ? html`<p class="price">${t('attest.for', { names: holders })}</p>`
    : html`<p class="price">${price}</p><p class="muted small">${t('attest.otherPriceShort', { names: holders })}</p>`;
};

export const kindChip = (t: Translator, kind: IconName, purpose: string): Html =>
  purpose === 'request'
    ? html`<span class="chip request">${icon(kind)}${t('listing.needed')} · ${t.any(`kinds.${kind}.name`)}</span>`
    : html`<span class="chip">${icon(kind)}${t.any(`kinds.${kind}.name`)}</span>`;

/** Whose cooperative it comes from. */
export const badge = (t: Translator, cooperative: CardView['cooperative']): Html =>
  cooperative.own
    ? html`<span class="chip own">${cooperative.name}</span>`
    : html`<span class="chip peer" title="${cooperative.host}"><span class="mark" aria-hidden="true">${cooperative.name.slice(0, 1).toUpperCase()}</span>${cooperative.name}<span class="visually-hidden"> ${t('listing.at', { host: cooperative.host })}</span></span>`;

/**
 * What stands in a picture's frame: ours alone; one of elsewhere before an icon that shows until it has come, and
 * instead of it if it cannot be had.
 */
export const framed = (
  picture: ShownPicture | undefined,
  behind: IconName,
  size: { width: number; height: number; lazy: boolean },
): Html => {
  const { url, alt = '' } = picture ?? {};
  if (url === undefined)
    return alt === ''
      ? html`<div class="pic">${icon(behind)}</div>`
      : html`<div class="pic" role="img" aria-label="${alt}">${icon(behind)}</div>`;
  const img = html`<img src="${safeUrl(url)}" alt="${alt}"${size.lazy ? html` loading="lazy"` : ''} width="${size.width}" height="${size.height}">`;
  return html`<div class="pic">${url.startsWith(REMOTE_PICTURES) ? icon(behind) : ''}${img}</div>`;
};

const heading = (level: 'h2' | 'h3', words: string | Html): Html =>
  level === 'h2' ? html`<h2 class="title">${words}</h2>` : html`<h3>${words}</h3>`;

export const card = (t: Translator, view: CardView, level: 'h2' | 'h3' = 'h3'): Html => html`<article class="listing">
${framed(view.picture, view.kind, { width: 400, height: 300, lazy: true })}
<div class="in"><div class="chips">${kindChip(t, view.kind, view.purpose)}${view.state === undefined || view.state === 'published' ? '' : html`<span class="chip">${t.any(`states.${view.state}`)}</span>`}</div>
${heading(level, view.href === undefined ? view.title : html`<a href="${view.href}">${view.title}</a>`)}
${view.place === undefined ? '' : html`<p class="muted small">${icon('pin')} ${view.place}</p>`}
${priceLine(t, view)}
<div class="coop">${badge(t, view.cooperative)}${markBadges(t, view.marks)}</div></div></article>`;

export const grid = (t: Translator, cards: CardView[]): Html =>
  html`<ul class="grid">${cards.map((view) => html`<li>${card(t, view)}</li>`)}</ul>`;

export const empty = (text: string, action?: { href: string; label: string }): Html =>
  html`<div class="empty"><p>${text}</p>${action === undefined ? '' : html`<p><a class="button plain" href="${action.href}">${action.label}</a></p>`}</div>`;

/** @param person.icon a path of ours, see `iconOf`; nobody else's server is asked for it */
export const avatar = (person: { name: string; icon: string | null }, large = false): Html => {
  const [letter, size] = [String.fromCodePoint(person.name.codePointAt(0) ?? 63).toUpperCase(), large ? 96 : 44];
  const look = large ? 'avatar large' : 'avatar';
  if (person.icon?.startsWith('/') !== true) return html`<span class="${look}" aria-hidden="true">${letter}</span>`;
  const img = html`<img src="${safeUrl(person.icon)}" alt="" width="${size}" height="${size}">`;
  return html`<span class="${look}" aria-hidden="true">${person.icon.startsWith(REMOTE_PICTURES) ? letter : ''}${img}</span>`;
};

export const person = (view: { name: string; icon: string | null; href: string; handle: string }): Html =>
  html`<div class="person">${avatar(view)}<p><a href="${safeUrl(view.href)}">${view.name}</a><br><span class="muted small">${view.handle}</span></p></div>`;

/** A state as a word with an icon, never a colour alone. */
export const stateWord = (kind: 'good' | 'wait' | 'bad', word: string): Html =>
  html`<span class="state ${kind}">${icon(kind === 'good' ? 'check' : kind === 'wait' ? 'clock' : 'warning')}${word}</span>`;

export const older = (href: string | undefined, label: string): Html | '' =>
  href === undefined ? '' : html`<p class="center section"><a class="button plain" href="${href}">${label}</a></p>`;

export const facts = (pairs: [string, string | Html][]): Html =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
