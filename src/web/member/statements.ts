/** What was decided about a member, as that member reads it; and how it is contested. */
import { Hono } from 'hono';
import { and, desc, eq, isNull, ne } from 'drizzle-orm';
import { type AppealRow, appeal, appealUntil, appealsOf } from '#domain/moderation/appeals.ts';
import { type DecisionRow, confirmDecision, decisionsAbout, findDecision } from '#domain/moderation/decide.ts';
import { readReceipt } from '#domain/moderation/receipts.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { empty, facts, stateWord } from '../ui/components.ts';
import { type FormState, type Values, act, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { accountShell } from './shell.ts';

export const statementRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  /** The decision, for who has the link (somebody suspended cannot sign in) or is concerned. */
  const mine = async (c: Ctx): Promise<{ decision: DecisionRow; opened: boolean } | undefined> => {
    const { id, opened } = await readReceipt(db.read, 'statement', (c.req.param('key') ?? '').slice(0, 200));
    const decision = await findDecision(db.read, id);
    const viewer = viewerOf(c);
    if (decision === undefined || decision.action === 'none' || decision.object === '') return undefined;
    return opened || (viewer !== undefined && decision.subject === viewer.actor.uri) ? { decision, opened } : undefined;
  };
  const statementPage = async (
    c: Ctx,
    decision: DecisionRow,
    values: Values,
    errors: FieldError[],
  ): Promise<Response> => {
    const { t, cooperative } = c.get('asked');
    const own = (await appealsOf(db.read, decision.id)).filter((one) => one.report === '');
    const form: FormState = { t, values, errors, csrf: viewerOf(c)?.session.csrf ?? '' };
    return page(
      deps,
      c,
      { title: t('statement.title'), narrow: true, noindex: true },
      html`<h1>${t('statement.title')}</h1><p>${decision.lifted === null ? stateWord('wait', t('statement.inForce')) : stateWord('good', t('statement.lifted', { when: t.time(decision.lifted) }))}</p>
${statementFacts(t, decision, cooperative?.name ?? '')}
<section class="section"><h2>${t('statement.reasons')}</h2><p class="lines-kept">${decision.reasons}</p></section>
<section class="section"><h2>${t('statement.how')}</h2><p>${t('statement.byPeople')}</p><p>${t('statement.redress')}</p></section>
${appealSection(form, `/statements/${c.req.param('key')}/appeal`, own, appealUntil(decision), site.now(), decision.lifted !== null)}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/statements/:key', async (c) => {
    const found = await mine(c);
    return found === undefined ? c.notFound() : statementPage(c, found.decision, {}, []);
  });
  app.post('/statements/:key/appeal', async (c) => {
    const form = await posted(c);
    const found = await mine(c);
    if (found === undefined) return c.notFound();
    const { decision, opened } = found;
    if (!opened && !isOwnForm(c, form))
      return statementPage(c, decision, form.values, [{ field: 'text', code: 'formExpired' }]);
    const result = await db.write((tx) => appeal(tx, site, decision, undefined, form.text('text')));
    return result.ok
      ? done(c, `/statements/${c.req.param('key')}`, 'appealed')
      : statementPage(c, decision, form.values, result.errors);
  });
  app.post('/statements/:key/confirmation', async (c) => {
    const viewer = viewerOf(c);
    const form = await posted(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isOwnForm(c, form)) return done(c, '/', 'formExpired');
    const { id } = await readReceipt(db.read, 'statement', c.req.param('key').slice(0, 200));
    const confirmed = await db.write((tx) => confirmDecision(tx, site.now(), id, viewer.actor.uri));
    return done(c, '/', confirmed ? 'confirmedRead' : 'notFound');
  });

  app.get('/account/moderation', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { t } = c.get('asked');
    const decisions = (await decisionsAbout(db.read, viewer.actor.uri)).filter((one) => one.action !== 'none');
    const { reports } = db.read.t;
    const sent = await db.read
      .select()
      .from(reports)
      .where(and(eq(reports.reporter, viewer.actor.uri), ne(reports.object, '')))
      .orderBy(desc(reports.created))
      .limit(100);
    return accountShell(
      deps,
      c,
      'moderation',
      html`<section><h2>${t('statement.aboutMe')}</h2>${decisions.length === 0 ? empty(t('statement.nothingAboutMe')) : html`<ul class="lines">${decisions.map((one) => html`<li><p><a href="/statements/${one.id}">${t.any(`statement.actions.${one.action}`)}</a><br><span class="muted small">${one.title} · ${t.time(one.created)}</span></p>${one.lifted === null ? stateWord('wait', t('statement.inForce')) : stateWord('good', t('statement.over'))}</li>`)}</ul>`}</section>
<section class="section"><h2>${t('report.mine')}</h2>${sent.length === 0 ? empty(t('report.noneMine')) : html`<ul class="lines">${sent.map((one) => html`<li><p><a href="/reports/${one.id}">${one.title === '' ? t.any(`report.reasons.${one.reason}`) : one.title}</a><br><span class="muted small">${t.any(`report.reasons.${one.reason}`)} · ${t.time(one.created)}</span></p>${stateWord(one.state === 'closed' ? 'good' : 'wait', t.any(`report.states.${one.state}`))}</li>`)}</ul>`}</section>`,
    );
  });
  return app;
};

/** What, since when, until when, on what ground (DSA art. 17(3)). */
const statementFacts = (t: Translator, decision: DecisionRow, cooperative: string): Html =>
  facts([
    [t('statement.decided'), t.any(`statement.actions.${decision.action}`)],
    [t('statement.about'), decision.title],
    [t('statement.scope'), t.any(`statement.scopes.${decision.action}`, { cooperative })],
    [t('statement.from'), t.time(decision.created)],
    [
      t('statement.duration'),
      decision.until === null
        ? t.any(`statement.durations.${decision.action}`)
        : t('statement.until', { when: t.time(decision.until) }),
    ],
    [t('moderation.fields.ground'), groundWords(t, decision)],
  ]);

/** The law or the rules, and which. */
export const groundWords = (t: Translator, decision: Pick<DecisionRow, 'ground' | 'groundText'>): string =>
  `${t.any(`statement.grounds.${decision.ground === 'law' ? 'law' : 'rules'}`)}${t('forms.colon')}${decision.groundText}`;

/** On a member's home page until they say that they have read it. */
export const decisionNotices = async (deps: WebDeps, c: Ctx): Promise<Html | ''> => {
  const viewer = viewerOf(c);
  if (viewer === undefined) return '';
  const { t } = c.get('asked');
  const { decisions } = deps.db.read.t;
  const rows = await deps.db.read
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.subject, viewer.actor.uri),
        isNull(decisions.confirmed),
        isNull(decisions.lifted),
        ne(decisions.action, 'none'),
      ),
    )
    .orderBy(desc(decisions.created))
    .limit(5);
  if (rows.length === 0) return '';
  return html`<section class="section">${rows.map((one) => html`<div class="card stack notice-card"><h2>${t.any(`statement.actions.${one.action}`)}</h2><p class="muted small">${one.title} · ${t.time(one.created)}</p><p class="lines-kept">${one.reasons}</p><div class="row">${act(`/statements/${one.id}/confirmation`, viewer.session.csrf, t('statement.read'), '')}<a href="/statements/${one.id}">${t('statement.whole')}</a></div></div>`)}</section>`;
};

/** What was contested and what came of it; or the form, as long as there is time. */
export const appealSection = (
  form: FormState,
  action: string,
  appeals: AppealRow[],
  until: Date,
  now: Date,
  over: boolean,
): Html | '' => {
  const { t } = form;
  if (appeals.length > 0)
    return html`<section class="section"><h2>${t('appeal.yours')}</h2>${appeals.map((one) => html`<div class="card stack"><p>${stateWord(one.state === 'open' ? 'wait' : one.state === 'reversed' ? 'good' : 'bad', t.any(`appeal.states.${one.state}`))} <span class="muted small">${t.time(one.created)}</span></p><p class="lines-kept">${one.text}</p>${one.answer === '' ? '' : html`<h3>${t('appeal.answer')}</h3><p class="lines-kept">${one.answer}</p>`}</div>`)}</section>`;
  if (over || now > until) return '';
  return html`<section class="section"><h2>${t('appeal.title')}</h2><p class="muted">${t('appeal.intro', { when: t.date(until) })}</p><form class="stack" method="post" action="${action}">${errorSummary(form, () => t('appeal.text'))}${csrfField(form)}${textarea(form, 'text', { label: t('appeal.text'), rows: 5, required: true })}${button(t('appeal.send'))}</form></section>`;
};
