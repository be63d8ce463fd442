/** A request to join that is refused, with reasons. */
import type { Hono } from 'hono';
import { stateOfMember } from '#domain/audit-states.ts';
import { refuseMember } from '#domain/joining.ts';
import { findAccount } from '#domain/members.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, viewerOf } from '../context.ts';
import { type Values, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { createNoted } from './shell.ts';

type Shell = (c: Ctx, title: string, body: Html, status?: 200 | 422) => Promise<Response>;

export const refusalRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site } = deps;
  const csrfOf = (c: Ctx): string => viewerOf(c)!.session.csrf;

  const refusalPage = async (c: Ctx, id: string, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const account = await findAccount(db.read, id);
    if (account === undefined || !['pending', 'unconfirmed'].includes(account.state)) return c.notFound() as Response;
    const form = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.refuseTitle', { handle: account.handle }),
      html`<p>${t('admin.refuseText', { email: account.email })}</p><form class="stack" method="post" action="/admin/members/${id}/refusal">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${textarea(form, 'reason', { label: t('fields.reason'), hint: t('admin.refuseHint'), rows: 4 })}<div class="row">${button(t('admin.refuse'), 'danger')}<a class="button plain" href="/admin/members">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/members/:id/refusal', (c) => refusalPage(c, c.req.param('id'), {}, []));
  app.post('/members/:id/refusal', async (c) => {
    const id = c.req.param('id');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return refusalPage(c, id, form.values, [{ field: 'reason', code: 'formExpired' }]);
    const result = await createNoted(deps)(
      c,
      { action: 'member.refused', subject: (await findAccount(db.read, id))?.handle ?? id },
      (tx) => stateOfMember(tx, id),
      (tx) => refuseMember(tx, site, c.get('asked').cooperative!, id, form.text('reason')),
    );
    if (result.ok) return done(c, '/admin/members', 'saved');
    return result.errors.some((error) => error.code === 'notFound')
      ? done(c, '/admin/members', 'notFound')
      : refusalPage(c, id, form.values, result.errors);
  });
};
