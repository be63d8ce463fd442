/** The frame of every page. */
import { PLACES_ATTRIBUTION } from '#domain/places.ts';
import { asset } from './assets.ts';
import { dataBlock, html, type Html } from './html.ts';
import { type IconName, icon, logo } from './icons.ts';
import type { Translator } from './locale.ts';

export type Frame = {
  t: Translator;
  path: string;
  /** `logo`: address of its picture, on our own origin. */
  cooperative?: { name: string; accent: string; logo?: string; showRules?: boolean };
  viewer?: { handle: string; role: string; unread: number; csrf: string };
  /** A member of a partner, whose home is named beside. */
  guest?: { name: string; home: string; origin: string; csrf: string };
  flash?: string;
};
export type Head = {
  title: string;
  description?: string;
  image?: string;
  /** What the image shows. */
  imageAlt?: string;
  url?: string;
  jsonLd?: unknown;
  alternate?: string;
  narrow?: boolean;
  noindex?: boolean;
  /** Address of a module that this page alone needs. */
  script?: string;
};

export const SOURCE = 'https://github.com/etikbnb/maillon';

/** @returns the whole document */
export const layout = (frame: Frame, head: Head, body: Html): Html => {
  const { t, viewer, guest, cooperative } = frame;
  const name = cooperative?.name ?? 'Maillon';
  const current = (path: string): Html | '' =>
    frame.path === path || (path !== '/' && frame.path.startsWith(`${path}/`)) ? html` aria-current="page"` : '';
  /** @param beside other paths that it stands for */
  const way = (href: string, name: IconName, word: string | Html, marked = true, beside: string[] = []): Html =>
    html`<a href="${href}"${marked ? [href, ...beside].map(current).find((one) => one !== '') : ''}>${icon(name)}<span class="word">${word}</span></a>`;
  return html`<!doctype html>
<html lang="${t.locale}">
<head>
<meta charset="utf-8">
<title>${head.title === name ? name : `${head.title} · ${name}`}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
${head.description === undefined ? '' : html`<meta name="description" content="${head.description}"><meta property="og:description" content="${head.description}">`}
<meta property="og:type" content="website"><meta property="og:title" content="${head.title}"><meta property="og:site_name" content="${name}">
${head.image === undefined ? '' : html`<meta property="og:image" content="${head.image}">${head.imageAlt === undefined ? '' : html`<meta property="og:image:alt" content="${head.imageAlt}">`}`}
${head.url === undefined ? '' : html`<meta property="og:url" content="${head.url}"><link rel="canonical" href="${head.url}">`}
${head.alternate === undefined ? '' : html`<link rel="alternate" type="application/activity+json" href="${head.alternate}">`}
${head.noindex === true ? html`<meta name="robots" content="noindex">` : ''}
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${asset('favicon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${asset('app.css')}">
${cooperative === undefined ? '' : html`<link rel="stylesheet" href="/assets/accent-${cooperative.accent.slice(1)}.css">`}
<script type="module" src="${asset('place.js')}"></script>
<script type="module" src="${asset('forms.js')}"></script>
${head.script === undefined ? '' : html`<script type="module" src="${head.script}"></script>`}
${head.jsonLd === undefined ? '' : dataBlock('application/ld+json', head.jsonLd)}
</head>
<body>
<a class="skip" href="#main">${t('layout.skip')}</a>
<header class="bar"><div class="bar-in">
<a class="brand" href="/">${cooperative?.logo === undefined ? logo() : html`<img src="${cooperative.logo}" alt="" width="32" height="32">`}<span title="${name}">${name}</span></a>
${
  cooperative === undefined
    ? ''
    : html`<nav class="nav" aria-label="${t('layout.nav')}">
${way('/listings', 'search', t('layout.catalogue'), frame.path !== '/listings/new')}
${
  viewer === undefined
    ? guest === undefined
      ? way('/sign-in', 'user', t('layout.signIn'))
      : way('/guest', 'user', t('away.who', { name: guest.name, home: guest.home }))
    : html`${way('/conversations', 'message', html`${t('layout.messages')}${viewer.unread > 0 ? html` <span class="unread">${viewer.unread}<span class="visually-hidden"> ${t('layout.unread')}</span></span>` : ''}`)}
${way('/follows', 'heart', t('layout.follows'))}
${way('/account', 'user', viewer.handle, true, ['/saved', '/invitations'])}
${viewer.role === 'member' ? '' : way('/admin', 'making', t('layout.adminShort'))}`
}
</nav>
${
  guest !== undefined
    ? html`<a class="button plain" href="${guest.origin}" title="${guest.home}">${t('away.homeward')}</a>`
    : viewer === undefined
      ? html`<a class="button" href="/sign-up"${current('/sign-up')}>${t('layout.join')}</a>`
      : html`<a class="button" href="/listings/new"${current('/listings/new')}>${icon('plus')}${t('layout.publish')}</a>`
}`
}
</div></header>
<main id="main"${head.narrow === true ? html` class="narrow"` : ''}>
${frame.flash === undefined ? '' : html`<p class="notice" role="status">${frame.flash}</p>`}
${body}
</main>
<footer><div class="bar-in">
<p>${t('layout.poweredBy')} <a href="${SOURCE}">Maillon</a> · AGPL<br>${PLACES_ATTRIBUTION}</p>
${cooperative === undefined ? '' : html`<a href="/reports/new">${t('report.anything')}</a>`}
${cooperative?.showRules === true ? html`<a href="/about/rules">${t('rulesPage.aboutTitle')}</a>` : ''}
<form method="post" action="/language"><input type="hidden" name="back" value="${frame.path}"><button name="locale" value="${t.locale === 'fr' ? 'en' : 'fr'}" lang="${t.locale === 'fr' ? 'en' : 'fr'}">${t.locale === 'fr' ? 'English' : 'Français'}</button></form>
${guest === undefined ? '' : html`<form method="post" action="/guest/end"><input type="hidden" name="csrf" value="${guest.csrf}"><button>${t('layout.signOut')}</button></form>`}${viewer === undefined ? '' : html`<form method="post" action="/sign-out"><input type="hidden" name="csrf" value="${viewer.csrf}"><button>${t('layout.signOut')}</button></form>`}
</div></footer>
</body>
</html>`;
};
