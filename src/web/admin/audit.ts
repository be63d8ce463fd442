/** The log of decisions: who did what when to what, filtered, page by page, and as a file. */
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { AUDIT_ACTIONS } from '#domain/audit-actions.ts';
import { exportAudit } from '#domain/audit-export.ts';
import {
  type AuditQuery,
  type AuditRow,
  type AuditState,
  COMMAND_LINE,
  NODE,
  auditActors,
  listAudit,
} from '#domain/audit.ts';
import { endOfDay } from '#domain/read.ts';
import type { FieldError } from '#domain/types.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { empty, older } from '../ui/components.ts';
import { type FormState, button, errorSummary, input, select } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { type Translator, languageName } from '../ui/locale.ts';
import { PAGE, type Shell, plain } from './shell.ts';

const FIELDS = ['actor', 'action', 'from', 'to'] as const;
type Asked = { form: FormState; query: Omit<AuditQuery, 'limit'> };

/** @param shell the frame of the admin's pages */
export const auditRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db } = deps;

  app.get('/audit', async (c) => {
    const { t } = c.get('asked');
    const { form, query } = asked(c, t);
    const wrong = form.errors.length > 0;
    const rows = wrong ? [] : await listAudit(db.read, { ...query, limit: PAGE + 1 });
    const shown = rows.slice(0, PAGE);
    const filtered = FIELDS.some((name) => form.values[name] !== '');
    const files = html`<p class="row section"><a href="/admin/audit.csv${parameters(form)}">${t('audit.asCsv')}</a><a href="/admin/audit.json${parameters(form)}">${t('audit.asJson')}</a></p>`;
    return shell(
      c,
      t('admin.areas.audit'),
      html`<p class="muted">${t('audit.intro')}</p>${filterForm(form, await auditActors(db.read), filtered)}
${shown.length === 0 ? (wrong ? '' : empty(t(filtered ? 'audit.nothing' : 'audit.empty'))) : html`<ul class="lines">${shown.map((row) => line(t, row))}</ul>`}${older(rows.length > PAGE ? `/admin/audit${parameters(form, shown.at(-1)!.n)}` : undefined, t('catalogue.more'))}${shown.length === 0 ? '' : files}`,
      wrong ? 422 : 200,
    );
  });
  for (const format of ['csv', 'json'] as const)
    app.get(`/audit.${format}`, (c) => {
      const { form, query } = asked(c, c.get('asked').t);
      if (form.errors.length > 0) return c.redirect(`/admin/audit${parameters(form)}`, 303);
      return file(c, format, exportAudit(db.read, query, format));
    });
  return app;
};

const file = (c: Context, format: 'csv' | 'json', pieces: AsyncIterable<string>): Response => {
  const bytes = Readable.toWeb(Readable.from(pieces)) as ReadableStream<string>;
  return c.body(bytes.pipeThrough(new TextEncoderStream()), 200, {
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
    'content-disposition': `attachment; filename="maillon-audit.${format}"`,
    'x-content-type-options': 'nosniff',
    // What was decided of whom stays in no cache.
    'cache-control': 'no-store',
  });
};

/** What is filtered by. Days are whole, in UTC as the entries are. */
const asked = (c: Ctx, t: Translator): Asked => {
  const given = (name: string): string => plain(c.req.query(name)).trim();
  const [actor, action, from, to] = FIELDS.map(given) as [string, string, string, string];
  const errors: FieldError[] = [];
  const day = (name: 'from' | 'to', text: string): Date | undefined => {
    const end = text === '' ? undefined : endOfDay(text);
    if (text !== '' && end === undefined) errors.push({ field: name, code: 'date' });
    return end;
  };
  const [first, last] = [day('from', from), day('to', to)];
  const before = Number(c.req.query('before') ?? Number.NaN);
  return {
    form: { t, errors, values: { actor, action, from, to } },
    query: {
      ...(actor === '' ? {} : { actor: actor.replace(/^@/, '') }),
      ...(action === '' ? {} : { action }),
      ...(first === undefined ? {} : { from: new Date(`${from}T00:00:00.000Z`) }),
      ...(last === undefined ? {} : { to: new Date(last.getTime() + 1_000) }),
      ...(Number.isSafeInteger(before) && before >= 0 ? { before } : {}),
    },
  };
};

const parameters = (form: FormState, before?: number): string => {
  const query = new URLSearchParams();
  for (const name of FIELDS) if (form.values[name] !== '') query.set(name, String(form.values[name]));
  if (before !== undefined) query.set('before', String(before));
  return query.size === 0 ? '' : `?${query}`;
};

const filterForm = (form: FormState, actors: string[], filtered: boolean): Html => {
  const { t } = form;
  const all = { value: '', label: t('catalogue.all') };
  const actions = AUDIT_ACTIONS.map((value) => ({ value, label: t.any(`audit.actions.${value}`) })).toSorted((a, b) =>
    a.label.localeCompare(b.label, t.locale),
  );
  return html`<form class="card stack" method="get" action="/admin/audit">${errorSummary(form, (field) => t.any(`audit.fields.${field}`))}<div class="pair">${select(form, 'actor', [all, ...actors.map((value) => ({ value, label: who(t, value) }))], { label: t('audit.fields.actor') })}${select(form, 'action', [all, ...actions], { label: t('audit.fields.action') })}${input(form, 'from', { label: t('audit.fields.from'), type: 'date' })}${input(form, 'to', { label: t('audit.fields.to'), type: 'date' })}</div><div class="row">${button(t('operation.filter'))}${filtered ? html`<a class="button plain" href="/admin/audit">${t('catalogue.widen')}</a>` : ''}</div></form>`;
};

const who = (t: Translator, actor: string): string =>
  actor === COMMAND_LINE ? t('audit.commandLine') : actor === NODE ? t('audit.node') : `@${actor}`;

const line = (t: Translator, row: AuditRow): Html => {
  const changes = changesOf(t, row);
  return html`<li><div><p><strong>${t.any(`audit.actions.${row.action}`)}</strong>${t('forms.colon')}${row.subject}<br><span class="muted small">${who(t, row.actor)} · <time datetime="${row.created.toISOString()}">${t.time(row.created)}</time> · <abbr title="${row.hash}">n° ${row.n}</abbr></span></p>${changes.length === 0 ? '' : html`<p class="small">${changes.join(' · ')}</p>`}</div></li>`;
};

/** "Role: member → admin", for each thing that changed; of what is new or gone, what there was to say of it. */
const changesOf = (t: Translator, { before, after }: AuditRow): string[] =>
  [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].flatMap((key) => {
    const name = `${t.any(`audit.keys.${key}`)}${t('forms.colon')}`;
    const [from, to] = [words(t, before?.[key], key), words(t, after?.[key], key)];
    if (before !== null && after !== null) return [`${name}${from} → ${to}`];
    const [value, said] = before === null ? [after?.[key], to] : [before[key], from];
    return value === false || said === '–' ? [] : [`${name}${said}`];
  });

/** What is called by a code that has its words elsewhere. */
const NAMED: Record<string, (t: Translator, code: string) => string> = {
  kinds: (t, code) => t.any(`kinds.${code}.name`),
  data: (t, code) => t.any(`scopes.data.${code}`),
  languages: languageName,
  action: (t, code) => t.any(`moderation.actions.${code}`),
};

/** A value as people read it: known words in their language, the rest as it is. @param key of what it is the value */
const words = (t: Translator, value: AuditState[string] | undefined, key: string): string => {
  // A scope that nobody has set is open.
  if (value === null && (key === 'give' || key === 'take')) return t('audit.everything');
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return t(value ? 'forms.yes' : 'audit.no');
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map((one) => words(t, one, key)).join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, one]) => `${t.any(`audit.keys.${name}`)}${t('forms.colon')}${words(t, one, name)}`)
      .join(' ; ');
  if (typeof value !== 'string' || !/^\w{1,30}$/.test(value)) return String(value);
  return NAMED[key]?.(t, value) ?? t.any(`audit.values.${value}`);
};
