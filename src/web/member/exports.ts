/** A member takes their data along: asks for the file with the password, fetches it some minutes later. */
import { Hono } from 'hono';
import { type ExportRow, askExport, exportsOf, readyExport } from '#domain/moving/exports.ts';
import type { FieldError } from '#domain/types.ts';
import { size } from '../admin/moment.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { stateWord } from '../ui/components.ts';
import { button, csrfField, errorSummary } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { lately } from './confirmation.ts';
import { exportFile } from './export-file.ts';
import { PROOF_FIELDS, type PasswordGate, proofInputs } from './password-gate.ts';

const PATH = '/account/moving/exports';

export const exportRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  const exportsPage = async (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const rows = await exportsOf(db.read, site.now(), account.id);
    const making = rows.find((row) => row.state === 'making');
    const form = { t, values: {}, errors, csrf: session.csrf };
    const line = (row: ExportRow): Html =>
      html`<li><p><strong>${t.time(row.created)}</strong>${row.bytes === null ? '' : html` <span class="muted small">${size(t, row.bytes)}</span>`}<br><span class="small">${t('exports.until', { when: row.expires })}</span></p>${row.state === 'ready' ? html`<a class="button" href="${PATH}/${row.id}">${t('exports.fetch')}<span class="visually-hidden"> ${t.time(row.created)}</span></a>` : stateWord('bad', t('exports.failed'))}</li>`;
    const others = rows.filter((row) => row !== making);
    return page(
      deps,
      c,
      { title: t('exports.title'), narrow: true, noindex: true },
      html`<p class="back"><a href="/account/moving">${t('account.pages.moving')}</a></p><h1>${t('exports.title')}</h1><p>${t('exports.lead')}</p>
<ul><li>${t('exports.has1')}</li><li>${t('exports.has2')}</li><li>${t('exports.has3')}</li></ul><p class="muted">${t('exports.hasNot')}</p>
${making === undefined ? '' : html`<div class="notice stack" role="status"><p>${t('exports.making')}</p><progress aria-label="${t('exports.title')}" max="${Math.max(1, making.total)}" value="${making.done}"></progress><p><a class="button plain" href="${PATH}">${t('exports.reload')}</a></p></div>`}
${others.length === 0 ? '' : html`<ul class="lines section">${others.map(line)}</ul>`}
${making === undefined ? html`<form class="card stack section" method="post" action="${PATH}">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${await proofInputs(deps, c, form, PROOF_FIELDS)}${button(t('exports.make'))}</form>` : ''}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get(PATH, (c) => (viewerOf(c) === undefined ? toSignIn(c) : exportsPage(c, [])));
  app.post(PATH, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return exportsPage(c, [{ field: 'currentPassword', code: 'formExpired' }]);
    const proved = await gate(viewer.account, form, PROOF_FIELDS);
    if (!proved.ok) return exportsPage(c, proved.errors);
    const result = await db.write((tx) => askExport(tx, site, viewer.account.id));
    return result.ok ? done(c, PATH, 'exportAsked') : exportsPage(c, result.errors);
  });

  // All that is somebody's is in it: whoever sits down at an open browser must know the password.
  app.get(`${PATH}/:id`, lately(deps), async (c) => {
    const viewer = viewerOf(c)!;
    const id = (c.req.param('id') ?? '').slice(0, 100);
    const row = await readyExport(db.read, site.now(), viewer.account.id, id);
    if (row === undefined) return c.notFound();
    // After a restore the row is there, the file is not.
    return (await exportFile(deps, row, viewer.account.handle)) ?? done(c, PATH, 'exportGone');
  });
  return app;
};
