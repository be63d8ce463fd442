/** What a moderator decides with reasons: a report, and a request to join that is refused. */
import type { Hono } from 'hono';
import { stateOfMember, stateOfReport } from '#domain/audit-states.ts';
import { findAccount, refuseMember } from '#domain/members.ts';
import { closeReport, listReports, type ReportRow } from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, viewerOf } from '../context.ts';
import { empty } from '../ui/components.ts';
import { type Values, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { createNoted } from './shell.ts';

type Shell = (c: Ctx, title: string, body: Html, status?: 200 | 422) => Promise<Response>;

export const decisionRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site } = deps;
  const csrfOf = (c: Ctx): string => viewerOf(c)!.session.csrf;
  const noted = createNoted(deps);

  /** Each report has its own form; what is wrong stands at the one that was sent. */
  const reportsPage = async (c: Ctx, sent?: { id: string; text: string; errors: FieldError[] }): Promise<Response> => {
    const { t } = c.get('asked');
    const rows = await listReports(db.read, 'open');
    const line = (row: ReportRow): Html => {
      const field = `decision-${row.id}`;
      const errors = sent?.id === row.id ? sent.errors.map((error) => ({ ...error, field })) : [];
      const form = { t, values: { [field]: sent?.id === row.id ? sent.text : '' }, errors, csrf: csrfOf(c) };
      return html`<li><div class="stack"><p><strong>${t.any(`report.reasons.${row.reason}`)}</strong> · <span class="muted small">${t.time(row.created)}${row.host === null ? '' : ` · ${row.host}`}</span><br>${row.text}<br><a href="${safeUrl(row.object)}">${row.object}</a></p>
<form class="stack" method="post" action="/admin/reports/${row.id}">${errorSummary(form, () => t('admin.decision'))}${csrfField(form)}${textarea(form, field, { label: t('admin.decision'), hint: t('admin.decisionHint'), rows: 3, required: true })}${button(t('admin.closeReport'))}</form></div></li>`;
    };
    return shell(
      c,
      t('admin.areas.reports'),
      rows.length === 0 ? empty(t('admin.noReports')) : html`<ul class="lines">${rows.map(line)}</ul>`,
      sent === undefined ? 200 : 422,
    );
  };
  app.get('/reports', (c) => reportsPage(c));
  app.post('/reports/:id', async (c) => {
    const id = c.req.param('id');
    const form = await posted(c);
    const text = form.text(`decision-${id}`);
    if (!isOwnForm(c, form)) return reportsPage(c, { id, text, errors: [{ field: 'decision', code: 'formExpired' }] });
    const result = await noted(
      c,
      { action: 'report.decided', subject: id },
      (tx) => stateOfReport(tx, id),
      (tx) => closeReport(tx, site.now(), id, text),
    );
    if (result.ok) return done(c, '/admin/reports', 'saved');
    return result.errors.some((error) => error.code === 'notFound')
      ? done(c, '/admin/reports', 'notFound')
      : reportsPage(c, { id, text, errors: result.errors });
  });

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
    const result = await noted(
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
