/** Marks by which an umbrella vouches for a cooperative: small, in words, each a link to what it means. */
import type { Badge, ProvenMarks } from '#domain/identity/anchors.ts';
import { html, safeUrl, type Html } from './html.ts';
import { icon } from './icons.ts';
import type { Translator } from './locale.ts';

/** Beside whoever has them; nothing if there is none. */
export const markBadges = (t: Translator, badges: Badge[] | undefined): Html | '' =>
  badges === undefined || badges.length === 0
    ? ''
    : html`${badges.map((one) => html`<a class="vouch" href="${safeUrl(one.link)}" title="${t('trust.badge', { name: one.name, anchor: one.anchor })}">${icon('check')}${one.name}<span class="visually-hidden"> ${t('trust.badgeBy', { anchor: one.anchor })}</span></a>`)}`;

/** What was proven just now, with the names of who says it. @param names of umbrellas by host */
export const badgesIn = (proven: ProvenMarks[], names: Map<string, string>): Badge[] =>
  proven.flatMap(({ anchor, marks }) => marks.map((mark) => ({ ...mark, anchor: names.get(anchor) ?? anchor })));
