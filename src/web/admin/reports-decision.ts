/** A decision about a report, with the words to those concerned; taking it back; and what is contested. */
import type { Hono } from 'hono';
import { TIMED, GROUNDS, type Action, isAction } from '#domain/moderation/actions.ts';
import { findAppeal, judge } from '#domain/moderation/appeals.ts';
import { decide, findDecision, lift } from '#domain/moderation/decide.ts';
import { actionsFor } from '#domain/moderation/measures.ts';
import { relatedReports } from '#domain/moderation/queue.ts';
import { readTemplates, templateText } from '#domain/moderation/templates.ts';
import { stateOfReport } from '#domain/audit-states.ts';
import { findAccountByActor } from '#domain/members.ts';
import { type ReportRow, reporterAddress } from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, viewerOf } from '../context.ts';
import {
  type FormState,
  type Values,
  button,
  choices,
  csrfField,
  errorSummary,
  errorsBelow,
  hidden,
  input,
  textarea,
} from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { casePage } from './reports-case.ts';
import { originWords, titleOf } from './reports-words.ts';
import { type Shell, createNoted, createTold, csrfOf } from './shell.ts';

/** @param seen the report of the path, if the moderator may see it */
export const decisionRoutes = (
  deps: WebDeps,
  app: Hono<WebEnv>,
  shell: Shell,
  seen: (c: Ctx) => Promise<ReportRow | undefined>,
): void => {
  const { db, site } = deps;
  const accountOf = (c: Ctx) => viewerOf(c)!.account;

  const decisionPage = async (
    c: Ctx,
    row: ReportRow,
    action: Action,
    values: Values,
    errors: FieldError[],
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    const measure = action !== 'none';
    const told = measure && (await findAccountByActor(db.read, row.subject)) !== undefined;
    const others = (await relatedReports(db.read, row)).filter((one) => one.state === 'open');
    const option = (one: ReportRow) => ({
      value: one.id,
      label: `${titleOf(t, one)} · ${t.any(`report.reasons.${one.reason}`)} · ${originWords(t, one)}`,
    });
    const wrong = errors.some((error) => error.field === 'action');
    const about = html`<div id="f-action" tabindex="-1"${wrong ? html` aria-describedby="f-action-error"` : ''}><p class="muted">${t.any(`moderation.effects.${action}`)}</p>${errorsBelow(form, 'action')}</div>`;
    return shell(
      c,
      t.any(`moderation.actions.${action}`),
      html`<p><a href="/admin/reports/${row.id}">${titleOf(t, row)}</a></p>${about}
<form class="stack" method="post" action="/admin/reports/${row.id}/decision">${errorSummary(form, (field) => t.any(`moderation.fields.${field}`))}${csrfField(form)}${hidden('action', action)}
${
  measure
    ? html`${choices(
        form,
        'ground',
        GROUNDS.map((value) => ({ value, label: t.any(`statement.grounds.${value}`) })),
        { label: t('moderation.fields.ground') },
      )}${input(form, 'groundText', { label: t('moderation.fields.groundText'), hint: t('moderation.groundHint'), required: true })}${textarea(form, 'reasons', { label: t('moderation.fields.reasons'), hint: t(told ? 'moderation.reasonsHint' : 'moderation.reasonsHere'), rows: 8, required: true })}`
    : ''
}
${TIMED.includes(action) ? input(form, 'days', { label: t('moderation.fields.days'), hint: t('moderation.daysHint'), inputmode: 'numeric', short: true }) : ''}
${row.origin === 'own' && others.length === 0 ? '' : textarea(form, 'answer', { label: t('moderation.fields.answer'), hint: t('moderation.answerHint'), rows: 6, required: row.origin !== 'own' })}
${others.length === 0 ? '' : choices(form, 'also', others.map(option), { label: t('moderation.fields.also'), hint: t('moderation.alsoHint'), many: true })}
<div class="row">${button(t('moderation.confirm'), ['none', 'warn'].includes(action) ? '' : 'danger')}<a class="button plain" href="/admin/reports/${row.id}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  /** What the forms begin with, each in the language of who reads it. */
  const beginning = async (row: ReportRow, action: Action): Promise<Values> => {
    const [templates, concerned, reporter] = [
      await readTemplates(db.read),
      await findAccountByActor(db.read, row.subject),
      await reporterAddress(db.read, row),
    ];
    const same = (await relatedReports(db.read, row)).filter(
      (one) => one.state === 'open' && one.object === row.object,
    );
    return {
      ground: 'rules',
      ...(action === 'none' ? {} : { reasons: templateText(templates, action, concerned?.locale ?? 'fr', row) }),
      answer: templateText(
        templates,
        action === 'none' ? 'none' : 'answer',
        reporter?.locale ?? row.reporterLocale,
        row,
      ),
      also: same.map((one) => one.id),
    };
  };

  app.get('/reports/:id/decision', async (c) => {
    const row = await seen(c);
    const action = c.req.query('action') ?? '';
    if (row === undefined || row.state !== 'open' || !isAction(action)) return c.notFound();
    if (!(await actionsFor(db.read, row)).includes(action)) return c.notFound();
    return decisionPage(c, row, action, await beginning(row, action), []);
  });
  app.post('/reports/:id/decision', async (c) => {
    const row = await seen(c);
    const form = await posted(c);
    const action = form.text('action');
    if (row === undefined) return done(c, '/admin/reports', 'notFound');
    if (!isAction(action)) return done(c, `/admin/reports/${row.id}`, 'notFound');
    if (!isOwnForm(c, form))
      return decisionPage(c, row, action, form.values, [{ field: 'answer', code: 'formExpired' }]);
    const result = await createNoted(deps)(
      c,
      { action: 'report.decided', subject: row.id },
      (tx) => stateOfReport(tx, row.id),
      (tx) =>
        decide(tx, site, accountOf(c), row.id, {
          action,
          ground: form.text('ground'),
          groundText: form.text('groundText'),
          reasons: form.text('reasons'),
          answer: form.text('answer'),
          days: form.text('days'),
          also: form.all('also'),
        }),
    );
    if (result.ok) return done(c, `/admin/reports/${row.id}`, 'decided');
    const taken = result.errors.find((error) => error.field === 'report');
    if (taken !== undefined)
      return done(c, `/admin/reports/${row.id}`, taken.code === 'moderation.claimed' ? 'claimedByOther' : 'notFound');
    return decisionPage(c, row, action, form.values, result.errors);
  });

  app.post('/reports/:id/lifting', async (c) => {
    const row = await seen(c);
    const form = await posted(c);
    const decision = row?.decided == null ? undefined : await findDecision(db.read, row.decided);
    if (row === undefined || decision === undefined) return done(c, '/admin/reports', 'notFound');
    const back = (errors: FieldError[]): Promise<Response> =>
      casePage(deps, shell, c, row, { form: decision.id, values: form.values, errors });
    if (!isOwnForm(c, form)) return back([{ field: 'reasons', code: 'formExpired' }]);
    const result = await createTold(deps)(c, { action: 'report.lifted', subject: row.id }, (tx) =>
      lift(tx, site, accountOf(c), decision.id, form.text('reasons')),
    );
    return result.ok
      ? done(c, `/admin/reports/${row.id}`, 'decisionLifted')
      : back(result.errors.map((error) => ({ ...error, field: 'reasons' })));
  });

  app.post('/reports/:id/appeals/:appeal', async (c) => {
    const row = await seen(c);
    const form = await posted(c);
    const found = await findAppeal(db.read, c.req.param('appeal'));
    if (row === undefined || found === undefined || found.decision !== row.decided)
      return done(c, '/admin/reports', 'notFound');
    const back = (errors: FieldError[]): Promise<Response> =>
      casePage(deps, shell, c, row, { form: found.id, values: form.values, errors });
    if (!isOwnForm(c, form)) return back([{ field: 'answer', code: 'formExpired' }]);
    const result = await createTold(deps)(c, { action: 'report.appealJudged', subject: row.id }, (tx) =>
      judge(tx, site, accountOf(c), found.id, { outcome: form.text('outcome'), answer: form.text('answer') }),
    );
    if (result.ok) return done(c, `/admin/reports/${row.id}`, 'decided');
    return back(
      result.errors.map((error) =>
        ['appeal', 'decision'].includes(error.field) ? { ...error, field: 'answer' } : error,
      ),
    );
  });
};
