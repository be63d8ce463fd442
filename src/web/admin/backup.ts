/** Backups from the page: when the last one was made, making one now, and fetching it, after giving the password again. */
import type { Hono } from 'hono';
import { audit } from '#domain/audit.ts';
import { lastBackup } from '#domain/restored.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, isOwnForm, posted, viewerOf } from '../context.ts';
import { type PasswordGate, type ProofFields, proofInputs } from '../member/password-gate.ts';
import { stateWord } from '../ui/components.ts';
import { act, button, csrfField, errorSummary } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { size } from './moment.ts';
import { type Shell, actorOf, createChange, csrfOf } from './shell.ts';

const FIELDS: ProofFields = { password: 'password', code: 'code' };

export const backupRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell, gate: PasswordGate): void => {
  const { db, site, backups } = deps;

  const backupPage = async (c: Ctx, errors: FieldError[] = []): Promise<Response> => {
    const { t } = c.get('asked');
    const last = await lastBackup(db.read);
    const state = await backups.state();
    const csrf = csrfOf(c);
    const fresh = last !== undefined && site.now().getTime() - last.getTime() < 7 * 86_400_000;
    const making = state.running;
    const form = { t, values: {}, errors, csrf };
    return shell(
      c,
      t('backups.title'),
      html`<p>${t('backups.text')}</p>
<p>${stateWord(fresh ? 'good' : 'wait', last === undefined ? t('backups.never') : t('backups.last', { when: t.time(last) }))}</p>
${state.failed === undefined ? '' : html`<p class="problem">${t.any(`backups.failed.${state.failed}`)}</p>`}
${
  making !== undefined
    ? html`<div class="notice stack" role="status"><p>${t('backups.running', { done: making.done, total: making.total })}</p><progress aria-label="${t('backups.title')}" max="${Math.max(1, making.total)}" value="${making.done}"></progress><p><a class="button plain" href="/admin/backup">${t('backups.reload')}</a></p></div>`
    : state.key === 'ready'
      ? act('/admin/backup', csrf, t('backups.make'), '')
      : html`<div class="notice"><p>${t.any(`backups.${state.key}`)}</p><p class="code">maillon backup --new-key backup.key</p></div>`
}
${errorSummary(form, (field) => t.any(`fields.${field}`))}
${
  state.files.length === 0
    ? ''
    : html`<section class="section"><h2>${t('backups.files')}</h2><p class="muted">${t('backups.filesText')}</p><form class="stack" method="post" action="/admin/backup/file">${csrfField(form)}${await proofInputs(deps, c, form, FIELDS)}<ul class="lines">${state.files.map((file): Html => html`<li><p><strong>${t.time(file.made)}</strong><br><span class="muted small">${file.name} · ${size(t, file.bytes)}</span></p>${button(html`${t('backups.fetch')}<span class="visually-hidden"> ${t.time(file.made)}</span>`, 'plain', 'name', file.name)}</li>`)}</ul></form></section>`
}
<section class="section"><h2>${t('backups.elsewhere')}</h2><p>${t('backups.elsewhereText')}</p><p class="code">maillon backup --to /media/usb/ --keep 7</p></section>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  const noted = (c: Ctx, action: 'backup.made' | 'backup.fetched', subject: string): Promise<void> =>
    db.write((tx) => audit(tx, site.now(), { actor: actorOf(c), action, subject }));

  app.get('/backup', (c) => backupPage(c));
  createChange(app)('/backup', '/admin/backup', async (c) => {
    const started = await backups.start();
    if (started === 'started') await noted(c, 'backup.made', '*');
    return started === 'started' || started === 'running' ? 'backupStarted' : 'backupNoKey';
  });
  // All of the cooperative is in it: locked, but whoever sits down at an open browser shall not even have that.
  app.post('/backup/file', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return backupPage(c, [{ field: 'password', code: 'formExpired' }]);
    const proved = await gate(viewerOf(c)!.account, form, FIELDS);
    if (!proved.ok) return backupPage(c, proved.errors);
    const name = form.text('name');
    const file = await backups.read(name);
    if (file === undefined) return c.notFound();
    await noted(c, 'backup.fetched', name);
    return new Response(file.stream, {
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(file.bytes),
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
  });
};
