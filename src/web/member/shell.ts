/** The frame of a member's own pages: profile, settings, ways of signing in, devices, invitations. */
import { type Ctx, type WebDeps, page } from '../context.ts';
import { html, type Html } from '../ui/html.ts';

const PAGES = {
  profile: '/account',
  settings: '/account/settings',
  signIn: '/account/sign-in',
  devices: '/account/devices',
  attestations: '/account/attestations',
  apps: '/account/apps',
  invite: '/invitations',
  saved: '/saved',
  moderation: '/account/moderation',
  moving: '/account/moving',
};
export type AccountPage = keyof typeof PAGES;

export const accountShell = (
  deps: WebDeps,
  c: Ctx,
  current: AccountPage,
  body: Html,
  status: 200 | 422 = 200,
  script?: string,
): Promise<Response> => {
  const { t } = c.get('asked');
  const links = Object.entries(PAGES).map(
    ([name, href]) =>
      html`<a class="chip" href="${href}"${name === current ? html` aria-current="page"` : ''}>${t.any(`account.pages.${name}`)}</a>`,
  );
  return page(
    deps,
    c,
    {
      title: t.any(`account.pages.${current}`),
      narrow: true,
      noindex: true,
      ...(script === undefined ? {} : { script }),
    },
    html`<nav class="chips tabs" aria-label="${t('account.nav')}">${links}</nav><h1>${t.any(`account.titles.${current}`)}</h1>${body}`,
    status,
  );
};
