/** Before the admin pages open, whoever signed in long ago gives the password again: a cookie alone governs nothing. */
import { type MiddlewareHandler, Hono } from 'hono';
import { confirmSession } from '#domain/sessions.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  askedFor,
  isOwnForm,
  localPath,
  page,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { button, csrfField, errorSummary, hidden, input } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { createPasswordGate } from './password-gate.ts';

const PATH = '/password-confirmation';
const CONFIRMED_MS = 4 * 3_600_000;
/** A form that was opened in time may be sent a little later: nothing typed is lost. */
const GRACE_MS = 3_600_000;

/** Lets only those through who gave their password lately. */
export const lately =
  (deps: WebDeps): MiddlewareHandler<WebEnv> =>
  async (c, next) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const safe = ['GET', 'HEAD'].includes(c.req.method);
    const age = deps.site.now().getTime() - viewer.session.confirmed.getTime();
    if (age <= (safe ? CONFIRMED_MS : CONFIRMED_MS + GRACE_MS)) return next();
    return c.redirect(`${PATH}?next=${encodeURIComponent(safe ? askedFor(c) : '/admin')}`, 303);
  };

export const confirmationRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const gate = createPasswordGate();
  const form = (c: Ctx, next: string, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const state = { t, values: {}, errors, csrf: viewerOf(c)!.session.csrf };
    return page(
      deps,
      c,
      { title: t('confirmPassword.title'), narrow: true, noindex: true },
      html`<h1>${t('confirmPassword.title')}</h1><p class="muted">${t('confirmPassword.text')}</p><form class="stack" method="post" action="${PATH}">${errorSummary(state, (field) => t.any(`fields.${field}`))}${csrfField(state)}${hidden('next', next)}${input(state, 'password', { label: t('fields.password'), type: 'password', autocomplete: 'current-password', required: true })}${button(t('confirmPassword.button'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get(PATH, (c) => (viewerOf(c) === undefined ? toSignIn(c) : form(c, localPath(c.req.query('next')), [])));
  app.post(PATH, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const given = await posted(c);
    const next = localPath(given.text('next'));
    if (!isOwnForm(c, given)) return form(c, next, [{ field: 'password', code: 'formExpired' }]);
    const wrong = await gate(viewer.account, 'password', given.text('password'));
    if (wrong !== undefined) return form(c, next, [wrong]);
    await deps.db.write((tx) => confirmSession(tx, deps.site.now(), viewer.session.hash));
    return c.redirect(next, 303);
  });
  return app;
};
