/** The programs that members have registered, and ending one for everybody. */
import type { Hono } from 'hono';
import { type KnownApp, endApp, listApps, stateOfApp } from '#domain/apps/overview.ts';
import { findApp } from '#domain/apps/registry.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, facts, older } from '../ui/components.ts';
import { type FormState, type Values, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { PAGE, type Shell, createNoted, csrfOf, plain } from './shell.ts';

const HOME = '/admin/apps';

export const appAdminRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site } = deps;

  const list = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const after = plain(c.req.query('after'));
    const rows = await listApps(db.read, PAGE + 1, after === '' ? undefined : after);
    const shown = rows.slice(0, PAGE);
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('apps.admin.title'),
      html`<p class="back"><a href="/admin/members">${t('memberInvites.back')}</a></p><p class="muted">${t('apps.admin.text')}</p>
${errorSummary(form, () => t('fields.reason'))}${shown.length === 0 ? empty(t('apps.admin.none')) : shown.map((row) => card(c, row, form))}${older(rows.length > PAGE ? `${HOME}?after=${shown.at(-1)!.app.id}` : undefined, t('catalogue.more'))}`,
      errors.length > 0 ? 422 : 200,
    );
  };

  const card = (c: Ctx, { app: row, handle, members, seen }: KnownApp, form: FormState): Html => {
    const { t } = c.get('asked');
    const field = `reason-${row.id}`;
    const open = form.errors.some((error) => error.field === field);
    return html`<div class="card stack section"><h2><a href="${safeUrl(row.website)}" rel="noopener nofollow">${row.name}</a></h2>${facts(
      [
        [t('apps.admin.by'), html`<a href="/@${handle}">@${handle}</a> · ${t.date(row.created)}`],
        [t('apps.admin.members'), t('apps.admin.letIn', { n: members })],
        [t('apps.admin.used'), seen === null ? t('apps.neverUsed') : t.ago(seen, site.now())],
        [t('apps.redirects'), html`<span class="code">${row.redirectUris.join(' ')}</span>`],
      ],
    )}<details${open ? html` open` : ''}><summary>${t('apps.admin.end')}<span class="visually-hidden"> ${row.name}</span></summary><form class="stack" method="post" action="${HOME}/${row.id}/removal">${csrfField(form)}<p>${t('apps.admin.effect', { n: members, handle })}</p>${textarea(form, field, { label: t('fields.reason'), hint: t('apps.admin.reasonHint', { handle }), rows: 3 })}${button(t('apps.admin.end'), 'danger')}</form></details></div>`;
  };

  app.get('/apps', (c) => list(c, {}, []));
  app.post('/apps/:id/removal', async (c) => {
    const id = plain(c.req.param('id'));
    const field = `reason-${id}`;
    const form = await posted(c);
    if (!isOwnForm(c, form)) return list(c, form.values, [{ field, code: 'formExpired' }]);
    const known = await findApp(db.read, id);
    if (known === undefined) return done(c, HOME, 'notFound');
    const result = await createNoted(deps)(
      c,
      { action: 'app.ended', subject: known.name },
      (tx) => stateOfApp(tx, id),
      (tx) => endApp(tx, site, id, form.text(field)),
    );
    if (result.ok) return done(c, HOME, 'appEndedForAll');
    return result.errors.some(({ code }) => code === 'notFound')
      ? done(c, HOME, 'notFound')
      : list(
          c,
          form.values,
          result.errors.map((error) => ({ ...error, field })),
        );
  });
};
