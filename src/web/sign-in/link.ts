/** Signing in by a link that is sent. Opening it does nothing, for mail programs open links: its button signs in. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '#domain/addresses.ts';
import { findAccountByLogin } from '#domain/members.ts';
import { askSignInLink, takeSignInLink } from '#domain/sign-in/links.ts';
import { peekToken } from '#domain/tokens.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, page, posted } from '../context.ts';
import { type Values, button, errorSummary, input } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { finishSignIn } from './second-step.ts';

const PATH = '/sign-in/link';

export const linkRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const byAddress = new RateLimiterMemory({ points: 20, duration: 60 * 60 });
  // Of letters to one person, so that nobody is buried under them.
  const byReader = new RateLimiterMemory({ points: 4, duration: 60 * 60 });
  const free = (limiter: RateLimiterMemory, key: string): Promise<boolean> =>
    limiter.consume(key === '' ? 'unknown' : key.slice(0, 300)).then(
      () => true,
      () => false,
    );

  const askPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors };
    return page(
      deps,
      c,
      { title: t('waysIn.linkAsk'), narrow: true, noindex: true },
      html`<h1>${t('waysIn.linkAsk')}</h1><p class="muted">${t('waysIn.linkHow')}</p><form class="stack" method="post" action="${PATH}">${errorSummary(form, (field) => t.any(`fields.${field}`))}${input(form, 'login', { label: t('fields.login'), autocomplete: 'username', required: true })}<div class="row">${button(t('waysIn.linkSend'))}<a href="/sign-in">${t('layout.signIn')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const expired = (c: Ctx): Promise<Response> => {
    const { t } = c.get('asked');
    return page(
      deps,
      c,
      { title: t('errors.linkExpired'), narrow: true, noindex: true },
      html`<h1>${t('errors.linkExpired')}</h1><p><a class="button plain" href="${PATH}">${t('waysIn.linkAsk')}</a></p>`,
      422,
    );
  };

  app.get(PATH, (c) => askPage(c, {}, []));
  app.post(PATH, async (c) => {
    const { t } = c.get('asked');
    const form = await posted(c);
    const login = form.text('login').slice(0, 300);
    if (login.trim() === '') return askPage(c, form.values, [{ field: 'login', code: 'required' }]);
    if (!(await free(byAddress, networkOf(c.env.address))))
      return askPage(c, form.values, [{ field: 'login', code: 'tooManyTries' }]);
    // Said to nobody: that there were letters enough would tell that there is such a person.
    const reader = (await findAccountByLogin(db.read, login))?.id ?? login;
    if (await free(byReader, reader)) await db.write((tx) => askSignInLink(tx, site, login));
    return page(
      deps,
      c,
      { title: t('waysIn.linkAsk'), narrow: true, noindex: true },
      html`<h1>${t('waysIn.linkAsk')}</h1><p>${deps.mailConfigured ? t('waysIn.linkSent') : t('waysIn.linkSentNoMail')}</p>`,
    );
  });
  app.get(`${PATH}/:token`, async (c) => {
    const { t } = c.get('asked');
    if ((await peekToken(db.read, site.now(), 'signIn', c.req.param('token'))) === undefined) return expired(c);
    return page(
      deps,
      c,
      { title: t('layout.signIn'), narrow: true, noindex: true },
      html`<h1>${t('layout.signIn')}</h1><form method="post">${button(t('layout.signIn'))}</form>`,
    );
  });
  app.post(`${PATH}/:token`, async (c) => {
    const account = await db.write((tx) => takeSignInLink(tx, site, c.req.param('token')));
    return account === undefined ? expired(c) : finishSignIn(deps, c, account, 'link', '/');
  });
  return app;
};
