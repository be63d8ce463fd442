/** What a page says while the database is busy, full or away: that nothing is lost, when to come again, and how. */
import { RETRY_AFTER, type Trouble } from '#db/trouble.ts';
import { askedByAnybody, wantsPage } from './broken.ts';
import { type Ctx, type WebDeps, page, posted } from './context.ts';
import { button, hidden } from './ui/forms.ts';
import { html, type Html } from './ui/html.ts';

/** Larger forms are not written back; the browser's way back has them. */
const MAX_KEPT = 200_000;

/** What a program gets. */
const problemOf = (trouble: Trouble): Response =>
  Response.json(
    {
      type: 'about:blank',
      title: 'Not just now.',
      status: 503,
      detail: `The database is ${trouble}. Nothing that was saved is lost; try again in ${RETRY_AFTER[trouble]} s.`,
    },
    {
      status: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': String(RETRY_AFTER[trouble]) },
    },
  );

/** @returns 503 with Retry-After. What was typed is in a form that sends it again, except passwords and files. */
export const troublePage = async (deps: WebDeps, c: Ctx, trouble: Trouble): Promise<Response> => {
  if (!wantsPage(c.req.raw)) return problemOf(trouble);
  askedByAnybody(deps, c);
  const { t } = c.get('asked');
  c.header('retry-after', String(RETRY_AFTER[trouble]));
  const title = t('errorPage.troubleTitle');
  return page(
    deps,
    c,
    { title, narrow: true, noindex: true },
    html`<h1>${title}</h1><p>${t.any(`errorPage.trouble.${trouble}`)}</p><p>${t('errorPage.troubleRemedy', { seconds: RETRY_AFTER[trouble] })}</p>${await again(c)}`,
    503,
  );
};

const again = async (c: Ctx): Promise<Html | ''> => {
  const { t } = c.get('asked');
  if (c.req.method === 'GET' || c.req.method === 'HEAD')
    return html`<p><a class="button" href="${c.req.path}">${t('errorPage.tryAgain')}</a></p>`;
  const form = await posted(c).catch(() => undefined);
  if (form === undefined) return '';
  const fields = Object.entries(form.values).flatMap(([name, value]) => [value].flat().map((one) => ({ name, one })));
  const secret = fields.some(({ name }) => /password/i.test(name));
  if (secret || fields.reduce((sum, { one }) => sum + one.length, 0) > MAX_KEPT)
    return html`<p>${t('errorPage.goBack')}</p>`;
  // As it was sent: a form with files asks for them anew.
  const multipart = c.req.header('content-type')?.startsWith('multipart/form-data') === true;
  return html`<form method="post" action="${c.req.path}"${multipart ? html` enctype="multipart/form-data"` : ''}>${fields.map(({ name, one }) => hidden(name, one))}${button(t('errorPage.sendAgain'))}</form>${multipart ? html`<p class="muted">${t('errorPage.files')}</p>` : ''}`;
};
