/** The moderators' queue: what waits, what is mine, what was decided, what is contested; and the way to each report. */
import { Hono } from 'hono';
import {
  QUEUES,
  type Queue,
  addNote,
  claim,
  countQueues,
  listQueue,
  maySeeReport,
  openCase,
  release,
} from '#domain/moderation/queue.ts';
import { countHeldListings } from '#domain/listings.ts';
import { type ReportRow, findReport, forward } from '#domain/reports.ts';
import { findAccount } from '#domain/members.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, hasRole, isOwnForm, posted, viewerOf } from '../context.ts';
import { empty, older } from '../ui/components.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { heldListingRoutes } from './reports-listings.ts';
import { casePage } from './reports-case.ts';
import { decisionRoutes } from './reports-decision.ts';
import { textRoutes } from './reports-texts.ts';
import { claimersOf, originWords, reportState, titleOf } from './reports-words.ts';
import { yearRoutes } from './reports-year.ts';
import { PAGE, type Shell, createChange, plain } from './shell.ts';

/** @param shell the frame of the admin's pages */
export const reportQueueRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const change = createChange(app);

  app.get('/reports', async (c) => {
    const { t } = c.get('asked');
    const by = viewerOf(c)!.account;
    const queue: Queue = QUEUES.find((one) => one === c.req.query('state')) ?? 'open';
    const after = plain(c.req.query('after'));
    const rows = await listQueue(db.read, queue, by, PAGE + 1, after === '' ? undefined : after);
    const shown = rows.slice(0, PAGE);
    const counts = await countQueues(db.read, by);
    const claimers = await claimersOf(db.read, shown);
    return shell(
      c,
      t('admin.areas.reports'),
      html`<nav class="chips" aria-label="${t('moderation.queues.label')}">${QUEUES.map((one) => html`<a class="chip" href="/admin/reports?state=${one}"${one === queue ? html` aria-current="true"` : ''}>${t.any(`moderation.queues.${one}`)} (${t.number(counts[one])})</a>`)}</nav>
<p class="section">${moreLinks(t, await countHeldListings(db.read), hasRole(viewerOf(c)!, 'admin'))}</p>
${shown.length === 0 ? empty(t.any(`moderation.empty.${queue}`)) : html`<ul class="lines">${shown.map((row) => line(t, row, claimers.get(row.claimedBy ?? '')))}</ul>`}${older(rows.length > PAGE ? `/admin/reports?state=${queue}&after=${shown.at(-1)!.id}` : undefined, t('catalogue.more'))}`,
    );
  });

  app.route('/', heldListingRoutes(deps, shell));
  app.route('/', yearRoutes(deps, shell));
  app.route('/', textRoutes(deps, shell));

  app.get('/reports/:id', async (c) => {
    const row = await seen(deps, c);
    return row === undefined ? c.notFound() : casePage(deps, shell, c, row);
  });
  const changeReport = (
    path: string,
    work: (c: Ctx, row: ReportRow, over: boolean) => Promise<{ ok: true } | { ok: false; errors: FieldError[] }>,
    word: string,
  ): void =>
    change(`/reports/:id/${path}`, '/admin/reports/:id', async (c, form) => {
      const row = await seen(deps, c);
      if (row === undefined) return 'notFound';
      const result = await work(c, row, form.text('over') === '1');
      return result.ok ? word : result.errors[0]?.code === 'moderation.claimed' ? 'claimedByOther' : 'notFound';
    });
  const accountOf = (c: Ctx) => viewerOf(c)!.account;
  changeReport(
    'claim',
    (c, row, over) => db.write((tx) => claim(tx, site.now(), accountOf(c), row.id, over)),
    'reportClaimed',
  );
  changeReport(
    'release',
    (c, row) => db.write((tx) => release(tx, site.now(), accountOf(c), row.id)),
    'reportReleased',
  );
  changeReport('forwarding', (c, row) => db.write((tx) => forward(tx, site, row, accountOf(c).id)), 'reportForwarded');
  app.post('/reports/:id/notes', async (c) => {
    const row = await seen(deps, c);
    const form = await posted(c);
    if (row === undefined) return done(c, '/admin/reports', 'notFound');
    const back = (errors: FieldError[]): Promise<Response> =>
      casePage(deps, shell, c, row, { values: form.values, errors });
    if (!isOwnForm(c, form)) return back([{ field: 'note', code: 'formExpired' }]);
    const result = await db.write((tx) => addNote(tx, site.now(), accountOf(c), row.id, form.text('note')));
    return result.ok ? done(c, `/admin/reports/${row.id}`, 'saved') : back(result.errors);
  });
  decisionRoutes(deps, app, shell, (c) => seen(deps, c));

  // Of their own accord: a moderator looks into a member whom nobody has reported.
  app.post('/members/:id/case', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/admin/members', 'formExpired');
    const account = await findAccount(db.read, c.req.param('id'));
    if (account === undefined) return done(c, '/admin/members', 'notFound');
    const result = await db.write((tx) => openCase(tx, site.now(), accountOf(c), account.actor));
    return result.ok ? done(c, `/admin/reports/${result.value.id}`) : done(c, '/admin/members', 'notFound');
  });
  return app;
};

/** The report that the path names, if this moderator may see it. */
const seen = async (deps: WebDeps, c: Ctx): Promise<ReportRow | undefined> => {
  const row = await findReport(deps.db.read, plain(c.req.param('id')));
  return row !== undefined && (await maySeeReport(deps.db.read, viewerOf(c)!.account, row)) ? row : undefined;
};

const moreLinks = (t: Translator, held: number, admin: boolean): Html =>
  html`<a href="/admin/reports/listings">${t('moderation.held')} (${t.number(held)})</a> · <a href="/admin/reports/year">${t('moderation.year')}</a>${admin ? html` · <a href="/admin/decision-texts">${t('moderation.texts.title')}</a>` : ''}`;

const line = (t: Translator, row: ReportRow, claimer: string | undefined): Html =>
  html`<li><p><a href="/admin/reports/${row.id}"><strong>${titleOf(t, row)}</strong></a><br>${t.any(`report.reasons.${row.reason}`)} · ${t.any(`report.kinds.${row.objectKind}`)}<br><span class="muted small">${originWords(t, row)} · <time datetime="${row.created.toISOString()}">${t.time(row.created)}</time>${claimer === undefined ? '' : ` · ${t('moderation.with', { name: claimer })}`}</span></p>${reportState(t, row)}</li>`;
