/** What is said when something of ours broke: a page for people, application/problem+json for programs; never a stack. */
import { requestId } from '#src/log.ts';
import { type Ctx, type WebDeps, page } from './context.ts';
import { readCookie } from './cookies.ts';
import { html } from './ui/html.ts';
import { layout } from './ui/layout.ts';
import { chooseLocale, translator } from './ui/locale.ts';

export const wantsPage = (request: Request): boolean => {
  const accept = request.headers.get('accept') ?? '';
  return accept.includes('text/html') || !/json/.test(accept);
};

const problemOf = (id: string): Response =>
  Response.json(
    {
      type: 'about:blank',
      title: 'Something went wrong here.',
      status: 500,
      detail: `Nothing that was saved is lost. Try again; if it happens again, give the admin this number: ${id}`,
      instance: id,
    },
    { status: 500, headers: { 'content-type': 'application/problem+json' } },
  );

/** Where it broke before it was known who asks: the page then is one for everybody, in the browser's language. */
export const askedByAnybody = (deps: WebDeps, c: Ctx): void => {
  if (c.get('asked') !== undefined) return;
  const locale = chooseLocale(c.req.header('accept-language'), readCookie(c, deps.secureCookies, 'locale'), undefined);
  c.set('asked', {
    t: translator(locale),
    locale,
    cooperative: undefined,
    viewer: undefined,
    guest: undefined,
    unread: 0,
    secure: deps.secureCookies,
  });
};

/** For an area of pages. What was read of the visitor before it broke is used; nothing more is asked of the database. */
export const brokenPage = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const id = requestId() ?? crypto.randomUUID();
  if (!wantsPage(c.req.raw)) return problemOf(id);
  askedByAnybody(deps, c);
  const { t } = c.get('asked');
  return page(
    deps,
    c,
    { title: t('errorPage.brokenTitle'), noindex: true },
    html`<h1>${t('errorPage.brokenTitle')}</h1><p>${t('errorPage.broken', { id })}</p>`,
    500,
  );
};

/** Where nothing else answers any more. */
export const brokenAnswer = async (request: Request, id: string): Promise<Response> => {
  if (!wantsPage(request)) return problemOf(id);
  const t = translator(chooseLocale(request.headers.get('accept-language') ?? undefined, undefined, undefined));
  const body = await layout(
    { t, path: '/' },
    { title: t('errorPage.brokenTitle'), noindex: true },
    html`<h1>${t('errorPage.brokenTitle')}</h1><p>${t('errorPage.broken', { id })}</p>`,
  );
  return new Response(`${body}`, {
    status: 500,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self'",
    },
  });
};
