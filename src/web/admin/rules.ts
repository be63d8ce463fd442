/** Rules by domain: the list, and each added, changed or removed after it was shown what that does. */
import { Hono } from 'hono';
import { type RuleRow, SEVERITIES, severityOf } from '#domain/domain-rules.ts';
import { showRules } from '#domain/rule-page.ts';
import { type RuleInput, changeRules, findRule, listRules, previewChanges, readRule } from '#domain/rules.ts';
import type { RuleEffect } from '#domain/rule-effects.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, older, stateWord } from '../ui/components.ts';
import {
  type FormState,
  type Values,
  act,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  input,
  textarea,
} from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { effectNotice, ruleWords } from './rule-words.ts';
import { PAGE, type Shell, actorOf, createChange, csrfOf, plain } from './shell.ts';

const FLAGS = ['rejectMedia', 'rejectReports', 'subdomains', 'obfuscate'] as const;

/** @param shell the frame of the admin's pages */
export const ruleRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const change = createChange(app);

  app.get('/rules', async (c) => {
    const { t, cooperative } = c.get('asked');
    const search = plain(c.req.query('q')).trim();
    const after = plain(c.req.query('after'));
    const rows = await listRules(db.read, { search, limit: PAGE + 1, ...(after === '' ? {} : { after }) });
    const shown = rows.slice(0, PAGE);
    const next = new URLSearchParams({ ...(search === '' ? {} : { q: search }), after: shown.at(-1)?.domain ?? '' });
    const form = { t, errors: [], values: { q: search } };
    const open = cooperative?.showRules === true;
    return shell(
      c,
      t('admin.areas.rules'),
      html`<p class="muted">${t('rulesPage.intro')}</p>
<div class="row"><a class="button" href="/admin/rules/new">${t('rulesPage.add')}</a><a class="button plain" href="/admin/rules/import">${t('rulesPage.import')}</a><a class="button plain" href="/admin/rules/mode">${t('rulesPage.mode')}</a></div>
<form class="card stack section" method="get" action="/admin/rules">${input(form, 'q', { label: t('rulesPage.search'), hint: t('rulesPage.searchHint'), type: 'search' })}<div class="row">${button(t('rulesPage.find'), 'plain')}${search === '' ? '' : html`<a class="button plain" href="/admin/rules">${t('catalogue.widen')}</a>`}</div></form>
${shown.length === 0 ? html`<div class="section">${empty(t(search === '' ? 'rulesPage.none' : 'rulesPage.notFound'))}</div>` : html`<ul class="lines section">${shown.map((row) => line(t, row))}</ul>`}${older(rows.length > PAGE ? `/admin/rules?${next.toString()}` : undefined, t('catalogue.more'))}
<section class="section"><h2>${t('rulesPage.publicTitle')}</h2><p>${open ? html`${t('rulesPage.publicOn')} <a href="/about/rules">/about/rules</a>` : t('rulesPage.publicOff')}</p>${act('/admin/rules/shown', csrfOf(c), t(open ? 'rulesPage.hide' : 'rulesPage.show'), 'plain', { shown: open ? '0' : '1' })}</section>
${shown.length === 0 ? '' : html`<p class="section"><a href="/admin/rules.csv">${t('rulesPage.export')}</a></p>`}`,
    );
  });
  change('/rules/shown', '/admin/rules', async (c, form) => {
    await db.write((tx) => showRules(tx, site.now(), actorOf(c), form.text('shown') === '1'));
    return 'saved';
  });

  const formPage = async (
    c: Ctx,
    known: RuleRow | undefined,
    values: Values,
    more: { errors?: FieldError[]; effect?: RuleEffect } = {},
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const { errors = [], effect } = more;
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    const path = known === undefined ? '/admin/rules' : pathOf(known.domain);
    return shell(
      c,
      known === undefined ? t('rulesPage.addTitle') : known.domain,
      html`<p class="back"><a href="/admin/rules">${t('rulesPage.back')}</a></p><form class="stack" method="post" action="${path}">${errorSummary(form, (field) => t.any(`rulesPage.fields.${field}`))}${csrfField(form)}
${effect === undefined ? '' : effectNotice(t, effect, button(t('scopes.apply'), '', 'apply', '1'))}${fields(form, known === undefined)}
<div class="row">${button(t('scopes.preview'), effect === undefined ? '' : 'plain')}<a class="button plain" href="/admin/rules">${t('forms.cancel')}</a></div></form>
${known === undefined ? '' : html`<p class="section"><a class="button danger" href="${path}/removal">${t('rulesPage.remove')}</a></p>`}`,
      errors.length > 0 ? 422 : 200,
    );
  };

  /** First what it would do, then, pressed again, it is done. */
  const sent = async (c: Ctx, known: RuleRow | undefined): Promise<Response> => {
    const form = await posted(c);
    const domain = known?.domain ?? form.text('domain');
    const wrong = (errors: FieldError[]): Promise<Response> => formPage(c, known, form.values, { errors });
    if (!isOwnForm(c, form)) return wrong([{ field: 'domain', code: 'formExpired' }]);
    const read = readRule(site, inputOf(form, domain));
    if (!read.ok) return wrong(read.errors);
    const rule = read.value;
    if (known === undefined && (await findRule(db.read, rule.domain)) !== undefined)
      return wrong([{ field: 'domain', code: 'rules.exists', params: { domain: rule.domain } }]);
    const changes = [{ domain: rule.domain, rule }];
    if (form.text('apply') !== '1')
      return formPage(c, known, form.values, { effect: await previewChanges(db.read, changes) });
    await db.write((tx) => changeRules(tx, site, actorOf(c), changes));
    return done(c, '/admin/rules', 'saved');
  };
  app.get('/rules/new', (c) => formPage(c, undefined, { severity: 'suspend', subdomains: '1' }));
  app.post('/rules', (c) => sent(c, undefined));
  app.get('/rules/of/:domain', async (c) => {
    const known = await findRule(db.read, plain(c.req.param('domain')));
    return known === undefined ? c.notFound() : formPage(c, known, valuesOf(known));
  });
  app.post('/rules/of/:domain', async (c) => {
    const known = await findRule(db.read, plain(c.req.param('domain')));
    return known === undefined ? done(c, '/admin/rules', 'notFound') : sent(c, known);
  });

  app.get('/rules/of/:domain/removal', async (c) => {
    const { t } = c.get('asked');
    const known = await findRule(db.read, plain(c.req.param('domain')));
    if (known === undefined) return c.notFound();
    const effect = await previewChanges(db.read, [{ domain: known.domain }]);
    return shell(
      c,
      t('rulesPage.removeTitle', { domain: known.domain }),
      html`${effectNotice(t, effect)}<p>${t('rulesPage.removeText')}</p><div class="row">${act(`${pathOf(known.domain)}/removal`, csrfOf(c), t('rulesPage.remove'), 'danger')}<a class="button plain" href="/admin/rules">${t('forms.cancel')}</a></div>`,
    );
  });
  change('/rules/of/:domain/removal', '/admin/rules', async (c) => {
    const known = await findRule(db.read, plain(c.req.param('domain')));
    if (known === undefined) return 'notFound';
    await db.write((tx) => changeRules(tx, site, actorOf(c), [{ domain: known.domain }]));
    return 'saved';
  });
  return app;
};

const pathOf = (domain: string): string => `/admin/rules/of/${encodeURIComponent(domain)}`;

const line = (t: Translator, row: RuleRow): Html =>
  html`<li><p><strong>${row.domain}</strong>${row.subdomains ? '' : html` <span class="muted small">${t('rulesPage.alone')}</span>`}<br>${severityOf(row.severity) === 'suspend' ? stateWord('bad', ruleWords(t, row)) : ruleWords(t, row)}${[row.publicComment, row.comment].map((text) => (text === '' ? '' : html`<br><span class="muted small">${text}</span>`))}</p><a class="button plain" href="${pathOf(row.domain)}">${t('rulesPage.edit')}<span class="visually-hidden"> ${row.domain}</span></a></li>`;

const fields = (form: FormState, isNew: boolean): Html => {
  const { t } = form;
  const flag = (name: (typeof FLAGS)[number]): Html =>
    checkbox(form, name, t.any(`rulesPage.fields.${name}`), t.any(`rulesPage.hints.${name}`));
  return html`${isNew ? input(form, 'domain', { label: t('rulesPage.fields.domain'), hint: t('rulesPage.hints.domain'), inputmode: 'url', autocomplete: 'off', required: true }) : ''}
${flag('subdomains')}
${choices(
  form,
  'severity',
  SEVERITIES.map((value) => ({ value, label: t.any(`rulesPage.severities.${value}`) })),
  { label: t('rulesPage.fields.severity'), hint: t('rulesPage.hints.severity') },
)}
${flag('rejectMedia')}${flag('rejectReports')}
${textarea(form, 'publicComment', { label: t('rulesPage.fields.publicComment'), hint: t('rulesPage.hints.publicComment'), rows: 2 })}
${flag('obfuscate')}
${textarea(form, 'comment', { label: t('rulesPage.fields.comment'), hint: t('rulesPage.hints.comment'), rows: 2 })}`;
};

const inputOf = (form: Posted, domain: string): RuleInput => {
  const flag = (name: (typeof FLAGS)[number]): boolean => form.text(name) === '1';
  return {
    domain,
    severity: form.text('severity'),
    rejectMedia: flag('rejectMedia'),
    rejectReports: flag('rejectReports'),
    subdomains: flag('subdomains'),
    comment: form.text('comment'),
    publicComment: form.text('publicComment'),
    obfuscate: flag('obfuscate'),
  };
};

const valuesOf = (row: RuleRow): Values => ({
  severity: severityOf(row.severity),
  comment: row.comment,
  publicComment: row.publicComment,
  ...Object.fromEntries(FLAGS.map((name) => [name, row[name] ? '1' : ''])),
});
