/** The frame of a member's own pages, and the page that lists them. */
import { type Ctx, type WebDeps, page } from '../context.ts';
import { html, type Html } from '../ui/html.ts';

const HUB = '/account';
/** What belongs together, in the order in which it is looked for. */
const GROUPS = {
  me: { profile: `${HUB}/profile`, attestations: `${HUB}/attestations`, saved: '/saved', mine: '/listings/mine' },
  access: {
    settings: `${HUB}/settings`,
    signIn: `${HUB}/sign-in`,
    devices: `${HUB}/devices`,
    apps: `${HUB}/apps`,
  },
  cooperative: { invite: '/invitations', moderation: `${HUB}/moderation`, moving: `${HUB}/moving` },
} as const;
export type AccountPage = { [G in keyof typeof GROUPS]: keyof (typeof GROUPS)[G] }[keyof typeof GROUPS];

/** On a wide screen all areas stand beside the page; on a telephone one link leads back to the list of them. */
export const accountShell = (
  deps: WebDeps,
  c: Ctx,
  current: AccountPage,
  body: Html,
  status: 200 | 422 = 200,
  script?: string,
): Promise<Response> => {
  const { t } = c.get('asked');
  const groups = Object.entries(GROUPS).map(
    ([group, pages]) =>
      html`<p class="muted small">${t.any(`account.groups.${group}`)}</p>${Object.entries(pages).map(
        ([name, href]) =>
          html`<a href="${href}"${name === current ? html` aria-current="page"` : ''}>${t.any(`account.pages.${name}`)}</a>`,
      )}`,
  );
  return page(
    deps,
    c,
    { title: t.any(`account.pages.${current}`), noindex: true, ...(script === undefined ? {} : { script }) },
    html`<div class="account"><nav class="nav side" aria-label="${t('account.nav')}">${groups}</nav><div><p class="back"><a href="${HUB}">${t('account.nav')}</a></p><h1>${t.any(`account.titles.${current}`)}</h1>${body}</div></div>`,
    status,
  );
};

/** Every area with a line on what is done there, and the way out. */
export const accountHub = (deps: WebDeps, c: Ctx, csrf: string): Promise<Response> => {
  const { t } = c.get('asked');
  const groups = Object.entries(GROUPS).map(
    ([group, pages]) =>
      html`<section class="section"><h2>${t.any(`account.groups.${group}`)}</h2><ul class="areas">${Object.entries(
        pages,
      ).map(
        ([name, href]) =>
          html`<li><a href="${href}"><strong>${t.any(`account.titles.${name}`)}</strong> <span class="muted">${t.any(`account.lines.${name}`)}</span></a></li>`,
      )}</ul></section>`,
  );
  return page(
    deps,
    c,
    { title: t('account.nav'), narrow: true, noindex: true },
    html`<h1>${t('account.nav')}</h1>${groups}<form class="section" method="post" action="/sign-out"><input type="hidden" name="csrf" value="${csrf}"><button class="button plain">${t('layout.signOut')}</button></form>`,
  );
};
