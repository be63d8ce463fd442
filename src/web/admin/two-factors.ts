/** Two factors for whoever decides; and a member's lost ones taken away. */
import type { Hono } from 'hono';
import { findAccount } from '#domain/members.ts';
import { requireTwoFactors, resetWaysIn, stateOfWaysIn, twoFactorsRequired } from '#domain/sign-in/factors.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, hasRole, isOwnForm, posted, viewerOf } from '../context.ts';
import { type Values, button, checkbox, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

/** Among the settings. */
export const twoFactorSection = async (deps: WebDeps, c: Ctx): Promise<Html> => {
  const { t } = c.get('asked');
  const required = await twoFactorsRequired(deps.db.read);
  const form = { t, values: { required: required ? '1' : '' }, errors: [], csrf: csrfOf(c) };
  return html`<form class="stack section" method="post" action="/admin/two-factors"><h2>${t('twoFactors.title')}</h2>${csrfField(form)}${checkbox(form, 'required', t('twoFactors.required'), t('twoFactors.hint'))}${button(t('write.save'), 'plain')}</form>`;
};

export const twoFactorRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site } = deps;
  const noted = createNoted(deps);
  createChange(app)('/two-factors', '/admin/settings', async (c, form) => {
    const subject = c.get('asked').cooperative!.handle;
    const state = async (tx: typeof db.read) => ({ required: await twoFactorsRequired(tx) });
    await noted(c, { action: 'cooperative.twoFactors', subject }, state, (tx) =>
      requireTwoFactors(tx, form.text('required') === '1'),
    );
    return 'saved';
  });

  const resetPage = async (c: Ctx, id: string, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const account = await findAccount(db.read, id);
    if (account === undefined || !hasRole(viewerOf(c)!, 'admin')) return c.notFound() as Response;
    const form = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('twoFactors.resetTitle', { handle: account.handle }),
      html`<p>${t('twoFactors.resetText')}</p><form class="stack" method="post" action="/admin/members/${id}/factors">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${textarea(form, 'reason', { label: t('fields.reason'), hint: t('twoFactors.reasonHint'), rows: 3, required: true })}<div class="row">${button(t('twoFactors.reset'), 'danger')}<a class="button plain" href="/admin/members">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/members/:id/factors', (c) => resetPage(c, c.req.param('id'), {}, []));
  app.post('/members/:id/factors', async (c) => {
    // Members' pages are open to moderators; this would let them in as an admin.
    if (!hasRole(viewerOf(c)!, 'admin')) return c.notFound();
    const id = c.req.param('id');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return resetPage(c, id, form.values, [{ field: 'reason', code: 'formExpired' }]);
    const account = await findAccount(db.read, id);
    if (account === undefined) return c.notFound();
    const result = await noted(
      c,
      { action: 'member.factorsReset', subject: account.handle },
      (tx) => stateOfWaysIn(tx, id),
      (tx) => resetWaysIn(tx, site, account, form.text('reason')),
    );
    if (result.ok) return done(c, '/admin/members', 'saved');
    return result.errors.some((error) => error.code === 'notFound')
      ? done(c, '/admin/members', 'nothingToReset')
      : resetPage(c, id, form.values, result.errors);
  });
};
