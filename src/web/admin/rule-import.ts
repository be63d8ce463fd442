/** Rules by domain out of a file of Mastodon's form, after it was shown line by line what it would do; and into one. */
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { decodeFile } from '#domain/import.ts';
import {
  type FileFault,
  RULE_FILE_MAX,
  type SortedLine,
  changesOf,
  exportRules,
  fingerprint,
  parseRuleFile,
  sortLines,
} from '#domain/rule-csv.ts';
import type { RuleEffect } from '#domain/rule-effects.ts';
import { changeRules, previewChanges } from '#domain/rules.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { button, csrfField, errorSummary, explain, hidden, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { effectNotice, ruleWords } from './rule-words.ts';
import { type Shell, actorOf, csrfOf } from './shell.ts';

/** Lines of one sort that are shown one by one; a form has so many fields at most that all boxes arrive. */
const SHOWN = 300;
const KINDS = ['added', 'stronger', 'weaker', 'unchanged'] as const;
type Preview = {
  text: string;
  lines: SortedLine[];
  faults: FileFault[];
  effect: RuleEffect;
  weaken: ReadonlySet<string>;
  changes: number;
  moved: boolean;
};

/** @param shell the frame of the admin's pages */
export const ruleImportRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  app.get('/rules.csv', (c: Context) => {
    const pieces = Readable.toWeb(Readable.from(exportRules(db.read))) as ReadableStream<string>;
    return c.body(pieces.pipeThrough(new TextEncoderStream()), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="maillon-rules.csv"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  const formPage = (c: Ctx, text: string, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values: { text }, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('rulesPage.importTitle'),
      html`<p class="muted">${t('rulesPage.importText', { kilobytes: RULE_FILE_MAX / 1_000 })}</p><form class="stack" method="post" action="/admin/rules/import" enctype="multipart/form-data">${errorSummary(form, () => t('rulesPage.file'))}${csrfField(form)}
<div class="field"><label for="f-file">${t('rulesPage.file')}</label><input id="f-file" type="file" name="file" accept=".csv,text/csv"${errors.length > 0 ? html` aria-invalid="true" aria-describedby="f-file-error"` : ''}>${errors.map((error, i) => html`<p class="error"${i === 0 ? html` id="f-file-error"` : ''}>${explain(t, error)}</p>`)}</div>
${textarea(form, 'text', { label: t('rulesPage.paste'), rows: 6 })}
<div class="row">${button(t('scopes.preview'))}<a class="button plain" href="/admin/rules">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/rules/import', (c) => formPage(c, '', []));

  app.post('/rules/import', async (c) => {
    const form = await posted(c);
    const given = await textOf(form);
    if (!isOwnForm(c, form)) return formPage(c, given, [{ field: 'file', code: 'formExpired' }]);
    const parsed = parseRuleFile(site, given);
    if (!parsed.ok) return formPage(c, given, parsed.errors);
    const weaken = new Set(form.all('weaken'));
    if (form.text('apply') === '1') {
      // What was shown and what is done are the same, or it is shown again.
      const applied = await db.write(async (tx) => {
        const lines = await sortLines(tx, parsed.value.lines);
        if (fingerprint(lines) !== form.text('seen')) return false;
        await changeRules(tx, site, actorOf(c), changesOf(lines, weaken));
        return true;
      });
      if (applied) return done(c, '/admin/rules', 'saved');
    }
    const lines = await sortLines(db.read, parsed.value.lines);
    const changes = changesOf(lines, weaken);
    const effect = await previewChanges(db.read, changes);
    const { t } = c.get('asked');
    const preview = {
      text: given,
      lines,
      faults: parsed.value.faults,
      effect,
      weaken,
      changes: changes.length,
      moved: form.text('apply') === '1',
    };
    return shell(c, t('rulesPage.importTitle'), previewPage(t, csrfOf(c), preview), 200);
  });
  return app;
};

const textOf = async (form: Posted): Promise<string> => {
  const [file] = form.files('file');
  // More is told by its size alone.
  if (file !== undefined)
    return file.size > RULE_FILE_MAX
      ? 'x'.repeat(RULE_FILE_MAX + 1)
      : decodeFile(Buffer.from(await file.arrayBuffer()));
  return form.text('text');
};

const previewPage = (t: Translator, csrf: string, preview: Preview): Html => {
  const { text, lines, faults, effect, weaken, changes, moved } = preview;
  return html`<form class="stack" method="post" action="/admin/rules/import" enctype="multipart/form-data">${hidden('csrf', csrf)}${hidden('text', text)}${hidden('seen', fingerprint(lines))}
${moved ? html`<p class="notice" role="alert">${t('rulesPage.moved')}</p>` : ''}${effectNotice(t, effect)}
${faults.length === 0 ? '' : faultSection(t, faults)}
${KINDS.map((kind) =>
  sortSection(
    t,
    kind,
    lines.filter((one) => one.kind === kind),
    weaken,
  ),
)}
<div class="row">${changes === 0 ? '' : button(t('rulesPage.applyImport', { n: changes }), '', 'apply', '1')}${lines.some((one) => one.kind === 'weaker') ? button(t('scopes.preview'), 'plain') : ''}<a class="button plain" href="/admin/rules/import">${t('rulesPage.otherFile')}</a></div></form>`;
};

const faultSection = (t: Translator, faults: FileFault[]): Html =>
  html`<section><h2>${t('rulesPage.faults', { n: faults.length })}</h2><p class="muted">${t('rulesPage.faultsText')}</p><ul class="lines">${faults.slice(0, SHOWN).map(({ line, fault }) => html`<li><p><strong>${t('rulesPage.line', { n: line })}</strong>${t('forms.colon')}${explain(t, fault)}</p></li>`)}</ul>${more(t, faults.length)}</section>`;

const sortSection = (
  t: Translator,
  kind: (typeof KINDS)[number],
  lines: SortedLine[],
  weaken: ReadonlySet<string>,
): Html | '' => {
  if (lines.length === 0) return '';
  const list = html`<ul class="lines">${lines.slice(0, SHOWN).map((one) => sortedLine(t, one, weaken))}</ul>${more(t, lines.length)}`;
  const title = t.any(`rulesPage.sorts.${kind}`, { n: lines.length });
  return kind === 'unchanged'
    ? html`<details><summary>${title}</summary>${list}</details>`
    : html`<section><h2>${title}</h2>${kind === 'weaker' ? html`<p>${t('rulesPage.weakerText')}</p>` : ''}${list}</section>`;
};

const more = (t: Translator, n: number): Html | '' =>
  n <= SHOWN ? '' : html`<p class="muted">${t('rulesPage.andMore', { n: n - SHOWN })}</p>`;

const sortedLine = (t: Translator, one: SortedLine, weaken: ReadonlySet<string>): Html => {
  const reach = (rule: SortedLine['rule']): string =>
    `${ruleWords(t, rule)}${rule.subdomains ? '' : ` (${t('rulesPage.alone')})`}`;
  const words = html`<strong>${one.domain}</strong> <span class="muted small">${t('rulesPage.line', { n: one.line })}</span><br>${one.before === undefined || one.kind === 'unchanged' ? '' : `${reach(one.before)} → `}${reach(one.rule)}`;
  if (one.kind !== 'weaker') return html`<li><p>${words}</p></li>`;
  return html`<li><div><p>${words}</p><div class="options"><label><input type="checkbox" name="weaken" value="${one.domain}"${weaken.has(one.domain) ? html` checked` : ''}> ${t('rulesPage.weaken')}<span class="visually-hidden"> ${one.domain}</span></label></div></div></li>`;
};
