/** Anybody reports a listing, a member or a message to the cooperative's moderators, and follows what becomes of it. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '#domain/addresses.ts';
import { appeal, appealUntil, appealsOf } from '#domain/moderation/appeals.ts';
import { findDecision } from '#domain/moderation/decide.ts';
import { type Found, type Pointed, findReported } from '#domain/moderation/objects.ts';
import { readReceipt, receiptPath } from '#domain/moderation/receipts.ts';
import {
  REPORT_REASONS,
  type ReportRow,
  acknowledge,
  checkReport,
  findReport,
  forward,
  hostOfSubject,
  report,
} from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type Posted,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  page,
  posted,
  viewerOf,
} from '../context.ts';
import { facts, stateWord } from '../ui/components.ts';
import {
  type FormState,
  type Values,
  button,
  checkbox,
  csrfField,
  errorSummary,
  hidden,
  input,
  select,
  textarea,
} from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { appealSection } from './statements.ts';

const POINTERS = ['listing', 'member', 'message'] as const;

export const reportRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const byReporter = new RateLimiterMemory({ points: deps.limits.reportsPerHour, duration: 3_600 });
  // Of letters to one address: anybody can type anybody's.
  const byReader = new RateLimiterMemory({ points: 4, duration: 3_600 });
  const free = (limiter: RateLimiterMemory, key: string): Promise<boolean> =>
    limiter.consume(key.slice(0, 300)).then(
      () => true,
      () => false,
    );

  /** What the query or the form points at, if whoever asks may see it. */
  const pointedAt = (c: Ctx, given: (name: string) => string): Promise<Found | undefined> => {
    const pointed: Pointed = {};
    for (const name of [...POINTERS, 'location'] as const) {
      const value = given(name).replaceAll('\0', '').slice(0, 2_000);
      if (value !== '') pointed[name] = value;
    }
    const open = c.get('asked').cooperative?.publicOpen !== false;
    return findReported(db.read, site, { actor: viewerOf(c)?.actor.uri, open }, pointed);
  };

  const formPage = async (
    c: Ctx,
    found: Found | undefined,
    pointer: Record<string, string>,
    values: Values,
    errors: FieldError[],
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    const form: FormState = { t, values, errors, ...(viewer === undefined ? {} : { csrf: viewer.session.csrf }) };
    const host = found === undefined ? undefined : await hostOfSubject(db.read, found);
    const reasons = [
      { value: '', label: t('report.choose') },
      ...REPORT_REASONS.map((value) => ({ value, label: t.any(`report.reasons.${value}`) })),
    ];
    return page(
      deps,
      c,
      { title: t('report.title'), narrow: true, noindex: true },
      html`<h1>${t('report.title')}</h1>${found === undefined ? '' : html`<p>${what(t, found)}</p>`}<p class="muted">${t('report.text')}</p>
<form class="stack" method="post" action="/reports">${errorSummary(form, (field) => t.any(`report.fields.${field}`))}${csrfField(form)}${Object.entries(pointer).map(([name, value]) => hidden(name, value))}
${found === undefined ? input(form, 'location', { label: t('report.fields.location'), hint: t('report.locationHint'), required: true, inputmode: 'url' }) : ''}
${select(form, 'reason', reasons, { label: t('report.fields.reason'), required: true })}${textarea(form, 'text', { label: t('report.fields.text'), hint: t('report.hint'), rows: 5, required: true })}
${viewer === undefined ? html`${input(form, 'name', { label: t('report.fields.name'), autocomplete: 'name', hint: t('report.nameHint') })}${input(form, 'email', { label: t('report.fields.email'), type: 'email', autocomplete: 'email', hint: t('report.emailHint') })}` : ''}
${host === undefined ? '' : checkbox(form, 'forward', t('report.forward', { host }), t('report.forwardHint'))}
${checkbox(form, 'goodFaith', t('report.goodFaith'))}${button(t('report.send'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  app.get('/reports/new', async (c) => {
    const pointer = Object.fromEntries(
      POINTERS.flatMap((name) => (c.req.query(name) === undefined ? [] : [[name, c.req.query(name)!]])),
    );
    const found = await pointedAt(c, (name) => pointer[name] ?? '');
    if (found === undefined && Object.keys(pointer).length > 0) return c.notFound();
    return formPage(c, found, pointer, {}, []);
  });
  app.post('/reports', async (c) => {
    const viewer = viewerOf(c);
    const form = await posted(c);
    const pointer = Object.fromEntries(
      POINTERS.flatMap((name) => (form.text(name) === '' ? [] : [[name, form.text(name)]])),
    );
    const found = await pointedAt(c, (name) => form.text(name));
    if (found === undefined && Object.keys(pointer).length > 0) return c.notFound();
    const back = (errors: FieldError[]): Promise<Response> => formPage(c, found, pointer, form.values, errors);
    if (viewer !== undefined && !isOwnForm(c, form)) return back([{ field: 'reason', code: 'formExpired' }]);
    const given = {
      reason: form.text('reason'),
      text: form.text('text'),
      name: form.text('name'),
      email: form.text('email'),
      goodFaith: form.text('goodFaith') === '1',
    };
    const errors = checkReport(given, viewer !== undefined);
    if (found === undefined) errors.unshift({ field: 'location', code: 'reportLocation' });
    if (found === undefined || errors.length > 0) return back(errors);
    if (!(await free(byReporter, viewer?.account.id ?? networkOf(c.env.address))))
      return back([{ field: 'reason', code: 'tooManyReports' }]);
    const by =
      viewer === undefined
        ? { name: given.name, email: given.email, locale: c.get('asked').locale }
        : { reporter: viewer.actor.uri, locale: viewer.account.locale };
    const reader = viewer?.account.emailKey ?? given.email.trim().toLowerCase();
    const write = reader !== '' && (await free(byReader, reader));
    const result = await db.write(async (tx) => {
      const told = await report(tx, site.now(), found, by, given);
      if (!told.ok) return told;
      await acknowledge(tx, site, told.value, write);
      if (form.text('forward') === '1') await forward(tx, site, told.value);
      return { ok: true as const, value: await receiptPath(tx, 'report', told.value.id) };
    });
    return result.ok ? done(c, result.value, 'reported') : back(result.errors);
  });

  /** The report, for who has the link or sent it while signed in. */
  const mine = async (c: Ctx): Promise<{ row: ReportRow; opened: boolean } | undefined> => {
    const { id, opened } = await readReceipt(db.read, 'report', (c.req.param('key') ?? '').slice(0, 200));
    const row = await findReport(db.read, id);
    const viewer = viewerOf(c);
    if (row === undefined || row.origin !== 'form' || row.object === '') return undefined;
    return opened || (viewer !== undefined && row.reporter === viewer.actor.uri) ? { row, opened } : undefined;
  };
  const receipt = async (c: Ctx, row: ReportRow, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const decision = row.decided === null ? undefined : await findDecision(db.read, row.decided);
    const own =
      decision === undefined ? [] : (await appealsOf(db.read, decision.id)).filter((one) => one.report === row.id);
    const form: FormState = { t, values, errors, csrf: viewerOf(c)?.session.csrf ?? '' };
    return page(
      deps,
      c,
      { title: t('report.receipt'), narrow: true, noindex: true },
      html`<h1>${t('report.receipt')}</h1><p>${what(t, row)}</p><p>${row.state === 'open' ? stateWord('wait', t('report.waits')) : stateWord('good', t.any(`report.states.${row.state}`))}</p>
${row.state === 'open' ? html`<p>${t('report.next')}</p>` : ''}${row.reporter === null && row.reporterEmail === null ? html`<p class="notice">${t('report.keepLink')}</p>` : ''}
${facts([
  [t('report.fields.reason'), t.any(`report.reasons.${row.reason}`)],
  [t('report.sent'), t.time(row.created)],
  ...(row.forwarded === null
    ? []
    : [
        [
          t('report.forwarded'),
          t('report.forwardedTo', { host: row.forwardedTo ?? '', when: t.time(row.forwarded) }),
        ] as [string, string],
      ]),
])}<section class="section"><h2>${t('report.fields.text')}</h2><p class="lines-kept">${row.text}</p></section>
${row.answered === null ? '' : html`<section class="section"><h2>${t('report.answerOf', { host: row.forwardedTo ?? '' })}</h2><p><strong>${t.any(`report.answers.${row.answer}`)}</strong> <span class="muted small">${t.time(row.answered)}</span></p><p class="lines-kept">${row.answerText ?? ''}</p></section>`}
${row.decision === '' ? '' : html`<section class="section"><h2>${t('report.decision')}</h2><p class="lines-kept">${row.decision}</p><p class="muted small">${t('statement.byPeople')}</p></section>`}
${decision === undefined || row.state === 'open' ? '' : appealSection(form, `/reports/${c.req.param('key')}/appeal`, own, appealUntil(decision), site.now(), decision.lifted !== null)}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/reports/:key', async (c) => {
    const found = await mine(c);
    return found === undefined ? c.notFound() : receipt(c, found.row, {}, []);
  });
  app.post('/reports/:key/appeal', async (c) => {
    const form: Posted = await posted(c);
    const found = await mine(c);
    if (found === undefined) return c.notFound();
    const { row, opened } = found;
    const decision = row.decided === null ? undefined : await findDecision(db.read, row.decided);
    if (decision === undefined || row.state === 'open') return c.notFound();
    if (!opened && !isOwnForm(c, form)) return receipt(c, row, form.values, [{ field: 'text', code: 'formExpired' }]);
    const result = await db.write((tx) => appeal(tx, site, decision, row, form.text('text')));
    return result.ok
      ? done(c, `/reports/${c.req.param('key')}`, 'appealed')
      : receipt(c, row, form.values, result.errors);
  });
  return app;
};

/** What is reported, with the way to it. */
const what = (t: Translator, of: { kind?: string; objectKind?: string; title: string; location: string }): Html =>
  html`${t.any(`report.kinds.${of.kind ?? of.objectKind}`)}${t('forms.colon')}<a href="${safeUrl(of.location)}">${of.title === '' ? of.location : of.title}</a>`;
