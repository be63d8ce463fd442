/** One report: what was said, of what, what else is said of the same person, what was decided, who did what when. */
import { findActor } from '#domain/actors.ts';
import { LIFTABLE } from '#domain/moderation/actions.ts';
import { appealsOf, mayJudge } from '#domain/moderation/appeals.ts';
import { type DecisionRow, decisionsAbout, findDecision } from '#domain/moderation/decide.ts';
import { type LineRow, linesOfReport } from '#domain/moderation/lines.ts';
import { actionsFor } from '#domain/moderation/measures.ts';
import { relatedReports } from '#domain/moderation/queue.ts';
import { type ReportRow, hostOfSubject } from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, viewerOf } from '../context.ts';
import { facts, stateWord } from '../ui/components.ts';
import { type FormState, type Values, act, button, choices, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { groundWords } from '../member/statements.ts';
import { accountNames, originWords, reportState, titleOf } from './reports-words.ts';
import { type Shell, csrfOf } from './shell.ts';

/** What came back from one of the forms of the page. @param form which: empty = the note; else the id that it is about */
export type Sent = { values: Values; errors: FieldError[]; form?: string };

export const casePage = async (deps: WebDeps, shell: Shell, c: Ctx, row: ReportRow, sent?: Sent): Promise<Response> => {
  const { t } = c.get('asked');
  const { db } = deps;
  const by = viewerOf(c)!.account;
  const decision = row.decided === null ? undefined : await findDecision(db.read, row.decided);
  const lines = await linesOfReport(db.read, row.id, row.decided);
  const earlier = row.subject === '' ? [] : await decisionsAbout(db.read, row.subject);
  const names = await accountNames(db.read, [
    ...new Set([...lines.map((one) => one.by), row.claimedBy, decision?.by].flatMap((id) => (id == null ? [] : [id]))),
  ]);
  const related = await relatedReports(db.read, row);
  const claimed = row.claimedBy !== null && row.claimedBy !== by.id;
  const at = `/admin/reports/${row.id}`;
  const csrf = csrfOf(c);
  const note: FormState = { t, csrf, values: {}, errors: [], ...(sent?.form === undefined ? sent : {}) };
  return shell(
    c,
    titleOf(t, row),
    html`<p><a href="/admin/reports">${t('admin.areas.reports')}</a></p><p>${reportState(t, row)}${row.claimedBy === null ? '' : html` <span class="muted small">${t('moderation.with', { name: names.get(row.claimedBy) ?? '–' })}</span>`}</p>
${row.state === 'closed' ? '' : html`<div class="row">${row.claimedBy === null ? act(`${at}/claim`, csrf, t('moderation.claim'), '') : claimed ? act(`${at}/claim`, csrf, t('moderation.takeOver'), 'plain', { over: '1' }) : act(`${at}/release`, csrf, t('moderation.release'))}</div>`}
${await reportFacts(deps, t, row)}
${row.text === '' ? '' : html`<section class="section"><h2>${t('moderation.said')}</h2><blockquote class="card lines-kept">${row.text}</blockquote></section>`}
${row.snapshot === '' ? '' : html`<section class="section"><h2>${t('moderation.snapshot')}</h2><blockquote class="card lines-kept">${row.snapshot}</blockquote></section>`}
${await forwardSection(deps, t, row, csrf)}
${row.state === 'open' && !claimed ? await actionLinks(deps, t, row) : ''}
${decision === undefined ? '' : decisionSection(t, row, decision, csrf, names, sent)}
${decision === undefined ? '' : await appealCards(deps, c, row, decision, sent)}
${related.length === 0 ? '' : html`<section class="section"><h2>${t('moderation.related')}</h2><ul class="lines">${related.map((one) => html`<li><p><a href="/admin/reports/${one.id}">${titleOf(t, one)}</a><br><span class="muted small">${t.any(`report.reasons.${one.reason}`)} · ${originWords(t, one)} · ${t.time(one.created)}</span></p>${reportState(t, one)}</li>`)}</ul></section>`}
${earlierSection(
  t,
  earlier.filter((one) => one.id !== row.decided && one.action !== 'none'),
)}
<section class="section"><h2>${t('moderation.history')}</h2><ul class="lines">${lines.map((one) => lineOf(t, one, names))}</ul>
<form class="stack" method="post" action="${at}/notes">${errorSummary(note, () => t('moderation.fields.note'))}${csrfField(note)}${textarea(note, 'note', { label: t('moderation.fields.note'), hint: t('moderation.noteHint'), rows: 3, required: true })}${button(t('moderation.addNote'), 'plain')}</form></section>`,
    sent === undefined ? 200 : 422,
  );
};

const reportFacts = async (deps: WebDeps, t: Translator, row: ReportRow): Promise<Html> => {
  const [subject, reporter] = [
    await findActor(deps.db.read, row.subject),
    row.reporter === null ? undefined : await findActor(deps.db.read, row.reporter),
  ];
  const who =
    reporter === undefined
      ? [row.reporterName, row.reporterEmail].filter((one) => one !== null).join(' · ') || originWords(t, row)
      : html`<a href="/@${reporter.handle}">${reporter.name}</a>`;
  return html`<section class="section">${facts([
    [t('report.fields.reason'), t.any(`report.reasons.${row.reason}`)],
    [
      t('moderation.where'),
      row.location === '' && row.object === ''
        ? '–'
        : html`<a href="${safeUrl(row.location === '' ? row.object : row.location)}">${row.location === '' ? row.object : row.location}</a>`,
    ],
    [
      t('moderation.about'),
      subject === undefined
        ? '–'
        : html`<a href="${subject.local ? `/@${subject.handle}` : safeUrl(subject.url)}">${subject.name}</a>${subject.local ? '' : ` · ${subject.host}`}`,
    ],
    [t('moderation.by'), who],
    [t('report.sent'), t.time(row.created)],
  ])}</section>`;
};

const forwardSection = async (deps: WebDeps, t: Translator, row: ReportRow, csrf: string): Promise<Html | ''> => {
  const host = row.forwardedTo ?? (await hostOfSubject(deps.db.read, row));
  if (host === undefined || row.origin === 'flag') return '';
  return html`<section class="section"><h2>${t('moderation.there', { host })}</h2>${
    row.forwarded === null
      ? html`<p class="muted">${t('moderation.forwardText', { host })}</p>${act(`/admin/reports/${row.id}/forwarding`, csrf, t('moderation.forward', { host }))}`
      : row.answered === null
        ? html`<p>${stateWord('wait', t('report.forwardedTo', { host, when: t.time(row.forwarded) }))}</p>`
        : html`<p>${stateWord(row.answer === 'accepted' ? 'good' : 'bad', t.any(`report.answers.${row.answer}`))} <span class="muted small">${t.time(row.answered)}</span></p><p class="lines-kept">${row.answerText ?? ''}</p>`
  }</section>`;
};

const actionLinks = async (deps: WebDeps, t: Translator, row: ReportRow): Promise<Html> =>
  html`<section class="section"><h2>${t('moderation.decide')}</h2><p class="muted">${t('moderation.decideText')}</p><ul class="lines">${(await actionsFor(deps.db.read, row)).map((action) => html`<li><p><strong>${t.any(`moderation.actions.${action}`)}</strong><br><span class="muted small">${t.any(`moderation.effects.${action}`)}</span></p><a class="button plain" href="/admin/reports/${row.id}/decision?action=${action}">${t('moderation.choose')}<span class="visually-hidden">${t('forms.colon')}${t.any(`moderation.actions.${action}`)}</span></a></li>`)}</ul></section>`;

const decisionSection = (
  t: Translator,
  row: ReportRow,
  decision: DecisionRow,
  csrf: string,
  names: Map<string, string>,
  sent: Sent | undefined,
): Html => {
  const form: FormState = { t, csrf, values: {}, errors: [], ...(sent?.form === decision.id ? sent : {}) };
  const liftable = decision.lifted === null && LIFTABLE.some((one) => one === decision.action);
  return html`<section class="section card stack"><h2>${t('report.decision')}</h2>
${facts([
  [t('statement.decided'), t.any(`moderation.actions.${decision.action}`)],
  [t('moderation.decidedBy'), `${names.get(decision.by) ?? '–'} · ${t.time(decision.created)}`],
  ...(decision.ground === '' ? [] : [[t('moderation.fields.ground'), groundWords(t, decision)] as [string, string]]),
  ...(decision.until === null
    ? []
    : [[t('statement.duration'), t('statement.until', { when: t.time(decision.until) })] as [string, string]]),
  ...(decision.lifted === null
    ? []
    : [[t('moderation.liftedOn'), `${t.time(decision.lifted)} ${decision.liftedReasons ?? ''}`] as [string, string]]),
])}
${decision.reasons === '' ? '' : html`<h3>${t('moderation.toConcerned')}</h3><p class="lines-kept">${decision.reasons}</p>`}${row.decision === '' ? '' : html`<h3>${t('moderation.toReporter')}</h3><p class="lines-kept">${row.decision}</p>`}
${liftable ? html`<details${sent?.form === decision.id ? html` open` : ''}><summary>${t('moderation.lift')}</summary><form class="stack" method="post" action="/admin/reports/${row.id}/lifting">${errorSummary(form, () => t('moderation.fields.liftReasons'))}${csrfField(form)}${textarea(form, 'reasons', { label: t('moderation.fields.liftReasons'), hint: t.any(`moderation.lifts.${decision.action}`), rows: 3, required: true })}${button(t('moderation.lift'), 'danger')}</form></details>` : ''}</section>`;
};

const appealCards = async (
  deps: WebDeps,
  c: Ctx,
  row: ReportRow,
  decision: DecisionRow,
  sent: Sent | undefined,
): Promise<Html | ''> => {
  const { t } = c.get('asked');
  const appeals = await appealsOf(deps.db.read, decision.id);
  if (appeals.length === 0) return '';
  const may = await mayJudge(deps.db.read, viewerOf(c)!.account, decision);
  return html`<section class="section"><h2>${t('moderation.appeals')}</h2>${appeals.map((one) => {
    const form: FormState = { t, csrf: csrfOf(c), values: {}, errors: [], ...(sent?.form === one.id ? sent : {}) };
    return html`<div class="card stack"><p>${stateWord(one.state === 'open' ? 'wait' : 'good', t.any(`appeal.states.${one.state}`))} <span class="muted small">${t.any(`moderation.appealBy.${one.report === '' ? 'subject' : 'reporter'}`)} · ${t.time(one.created)}</span></p><p class="lines-kept">${one.text}</p>${one.answer === '' ? '' : html`<h3>${t('appeal.answer')}</h3><p class="lines-kept">${one.answer}</p>`}
${
  one.state !== 'open'
    ? ''
    : may
      ? html`<form class="stack" method="post" action="/admin/reports/${row.id}/appeals/${one.id}">${errorSummary(form, (field) => t.any(`moderation.fields.${field}`))}${csrfField(form)}${choices(
          form,
          'outcome',
          (['upheld', 'reversed'] as const).map((value) => ({ value, label: t.any(`moderation.outcomes.${value}`) })),
          { label: t('moderation.fields.outcome') },
        )}${textarea(form, 'answer', { label: t('moderation.fields.answer'), hint: t('moderation.appealHint'), rows: 4, required: true })}${button(t('moderation.judge'))}</form>`
      : html`<p class="notice">${t('moderation.another')}</p>`
}</div>`;
  })}</section>`;
};

const earlierSection = (t: Translator, earlier: DecisionRow[]): Html | '' =>
  earlier.length === 0
    ? ''
    : html`<section class="section"><h2>${t('moderation.earlier')}</h2><ul class="lines">${earlier.map((one) => html`<li><p>${t.any(`moderation.actions.${one.action}`)}<br><span class="muted small">${one.title} · ${t.time(one.created)}</span></p>${one.lifted === null ? stateWord('wait', t('statement.inForce')) : stateWord('good', t('statement.over'))}</li>`)}</ul></section>`;

const WORDS = new Set(['note', 'lifted', 'appealUpheld', 'appealReversed']);
const lineOf = (t: Translator, one: LineRow, names: Map<string, string>): Html =>
  html`<li><p><strong>${t.any(`moderation.lines.${one.type}`)}</strong>${one.type === 'decided' ? html`${t('forms.colon')}${t.any(`moderation.actions.${one.text}`)}` : one.type === 'forwarded' ? ` ${one.text}` : ''}<br><span class="muted small">${t.time(one.created)}${one.by === null ? '' : ` · ${names.get(one.by) ?? '–'}`}</span>${WORDS.has(one.type) && one.text !== '' ? html`<br><span class="lines-kept">${one.text}</span>` : ''}</p></li>`;
