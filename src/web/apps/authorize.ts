/** A program asks for access, the member reads what it could do, and says yes or no. */
import { Hono } from 'hono';
import { issueCode } from '#domain/apps/grants.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  askedFor,
  isOwnForm,
  page,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { formsLeadTo } from '../identity/forms.ts';
import { mayChange, proofOf } from '../sign-in/recent.ts';
import { personOf } from '../public/view.ts';
import { person } from '../ui/components.ts';
import { csrfField, errorSummary, hidden } from '../ui/forms.ts';
import { html, safeUrl } from '../ui/html.ts';
import { findAccount } from '#domain/members.ts';
import { AUTHORIZE_PATH, type AskedAccess, PARAMETERS, type ReadRequest, answerTo, readRequest } from './request.ts';

export const authorizeRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  /** Nobody is sent on by itself: the page says what is wrong, and a link tells the program. */
  const refused = (c: Ctx, request: Extract<ReadRequest, { ok: false }>): Promise<Response> => {
    const { t } = c.get('asked');
    return page(
      deps,
      c,
      { title: t('apps.problem'), narrow: true, noindex: true },
      html`<h1>${t('apps.problem')}</h1><p>${t(request.to === undefined ? 'apps.problemNobody' : 'apps.problemText')}</p><p class="code">${request.error}: ${request.detail}</p>
<div class="row">${request.to === undefined ? '' : html`<a class="button plain" href="${safeUrl(request.to)}">${t('apps.backToApp')}</a>`}<a class="button plain" href="/">${t('away.home')}</a></div>`,
      400,
    );
  };

  const question = async (c: Ctx, asked: AskedAccess, params: URLSearchParams, expired = false): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c)!;
    const { name, website, account } = asked.app;
    const maker = await findAccount(db.read, account);
    const { host, origin } = new URL(asked.redirectUri);
    const here = /^(127\.0\.0\.1|\[::1\])/.test(host);
    formsLeadTo(c, [origin]);
    const form = {
      t,
      values: {},
      errors: expired ? [{ field: 'consent', code: 'formExpired' }] : [],
      csrf: viewer.session.csrf,
    };
    const body = html`<h1>${t('apps.ask', { name })}</h1>${errorSummary(form, () => t('consent.form'))}
<div class="stack">${person(personOf(deps, viewer.actor))}
<p>${t('apps.askText', { name, site: new URL(website).host, maker: maker === undefined ? '?' : `@${maker.handle}` })} ${here ? t('apps.askHere') : t('apps.askThere', { host })}</p>
<h2>${t('apps.could', { name })}</h2><ul>${asked.scopes.map((scope) => html`<li>${t.any(`apps.scopes.${scope.replace(':', '_')}`)}</li>`)}</ul>
<p class="muted">${t('apps.not')}</p>
<form id="f-consent" class="row" method="post" action="${AUTHORIZE_PATH}">${csrfField(form)}${PARAMETERS.map((one) => (params.has(one) ? hidden(one, params.get(one) ?? '') : ''))}<button class="button" name="answer" value="yes">${t('apps.yes')}</button><button class="button plain" name="answer" value="no">${t('apps.no')}</button></form></div>`;
    return page(deps, c, { title: t('apps.ask', { name }), narrow: true, noindex: true }, body, expired ? 422 : 200);
  };

  app.get(AUTHORIZE_PATH, async (c) => {
    const params = new URL(c.req.url).searchParams;
    const request = await readRequest(db.read, params, site.origin);
    if (!request.ok) return refused(c, request);
    if (viewerOf(c) === undefined) return toSignIn(c);
    // A program goes on long after the session: it is let in as what one signs in with is changed.
    return (await mayChange(deps, c)) ? question(c, request.value, params) : c.redirect(proofOf(askedFor(c)), 303);
  });
  app.post(AUTHORIZE_PATH, async (c) => {
    const form = await posted(c);
    const params = new URLSearchParams(
      PARAMETERS.flatMap((name) => form.all(name).map((value): [string, string] => [name, value])),
    );
    const viewer = viewerOf(c);
    if (viewer === undefined)
      return c.redirect(`/sign-in?next=${encodeURIComponent(`${AUTHORIZE_PATH}?${params.toString()}`)}`, 303);
    // Once more: a form can be made up, and the program may have been removed meanwhile.
    const request = await readRequest(db.read, params, site.origin);
    if (!request.ok) return refused(c, request);
    const answer = form.text('answer');
    if (!isOwnForm(c, form) || (answer !== 'yes' && answer !== 'no')) return question(c, request.value, params, true);
    if (answer === 'yes' && !(await mayChange(deps, c, true)))
      return c.redirect(proofOf(`${AUTHORIZE_PATH}?${params.toString()}`), 303);
    const { app: asking, redirectUri, state, scopes, challenge } = request.value;
    const said: Record<string, string> =
      answer === 'no'
        ? { error: 'access_denied' }
        : {
            code: await db.write((tx) =>
              issueCode(tx, site.now(), {
                app: asking.id,
                account: viewer.account.id,
                scopes,
                redirectUri,
                challenge,
              }),
            ),
          };
    formsLeadTo(c, [redirectUri]);
    return c.redirect(answerTo(redirectUri, site.origin, state, said), 303);
  });
  return app;
};
