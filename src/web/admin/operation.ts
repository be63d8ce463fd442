/** Operation: whether all is well, what waits and why, what failed and what to do, and what the machine says. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import type { AuditAction } from '#domain/audit-actions.ts';
import { stateOfJob } from '#domain/audit-states.ts';
import { discardJob, failedJobs, retryJob } from '#domain/failed-jobs.ts';
import { type JobRow, TRIED_LATER } from '#domain/jobs.ts';
import type { Check, MachineFacts, RecentError } from '#domain/ports.ts';
import { type HostQueue, type QueueTotals, queueByHost, queueTotals } from '#domain/queue.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { empty, facts, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { hostRoutes, hostWords } from './operation-host.ts';
import { duration, moment, size } from './moment.ts';
import { createChange, createNoted, createShell, csrfOf, rowOf } from './shell.ts';

const JOBS_SHOWN = 50;

export const operationRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site, operation } = deps;
  const shell = createShell(deps);
  const change = createChange(app);
  const noted = createNoted(deps);

  app.get('/operation', async (c) => {
    const { t } = c.get('asked');
    const now = site.now();
    const [checks, machine] = await Promise.all([operation.checks(), operation.facts()]);
    const [totals, hosts, jobs] = [
      await queueTotals(db.read, now),
      await queueByHost(db.read),
      await failedJobs(db.read, JOBS_SHOWN),
    ];
    const view = { t, now, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.operation'),
      html`${state(view, checks)}${sending(view, totals, hosts)}${work(view, jobs)}${errors(view, operation.errors())}${machineFacts(view, machine)}`,
    );
  });
  const jobChange = (path: string, action: AuditAction, work: (tx: Tx, row: number) => Promise<boolean>): void =>
    change(`/operation/jobs/:row/${path}`, '/admin/operation', async (c) => {
      const row = rowOf(c);
      const found = await noted(
        c,
        { action, subject: String(row) },
        (tx) => stateOfJob(tx, row),
        (tx) => work(tx, row),
      );
      return found ? 'saved' : 'notFound';
    });
  jobChange('attempt', 'job.retried', (tx, row) => retryJob(tx, site.now(), row));
  jobChange('removal', 'job.discarded', discardJob);
  app.route('/operation/hosts', hostRoutes(deps));
  return app;
};

type View = { t: Translator; now: Date; csrf: string };

const state = ({ t }: View, checks: Check[]): Html =>
  html`<ul class="lines">${checks.map((check) => html`<li><p>${stateWord(check.ok ? 'good' : 'bad', t.any(`checks.${check.code}.is`, check.params))}${check.ok ? '' : html`<br>${t.any(`checks.${check.code}.do`, check.params)}`}</p></li>`)}</ul>`;

const sending = (view: View, totals: QueueTotals, hosts: HostQueue[]): Html => {
  const { t, now, csrf } = view;
  const words =
    totals.waiting === 0
      ? t('operation.nothingWaits')
      : t('operation.waiting', { n: totals.waiting, since: moment(t, totals.oldest ?? now, now) });
  return html`<section class="section"><h2>${t('operation.sending')}</h2><p>${words}${totals.dead === 0 ? '' : ` ${t('operation.dead', { n: totals.dead })}`}</p>
${
  hosts.length === 0
    ? ''
    : html`<ul class="lines">${hosts.map((host) => {
        const path = `/admin/operation/hosts/${encodeURIComponent(host.host)}`;
        return html`<li><p>${hostWords(view, host)}</p>${host.failing === null || host.waiting === 0 ? '' : act(`${path}/attempt`, csrf, t('operation.tryNow'))}<a class="button plain" href="${path}">${t('admin.see')}<span class="visually-hidden"> ${host.host}</span></a></li>`;
      })}</ul>`
}</section>`;
};

const work = ({ t, now, csrf }: View, jobs: JobRow[]): Html =>
  html`<section class="section"><h2>${t('operation.jobs')}</h2>${
    jobs.length === 0
      ? empty(t('operation.noJobs'))
      : html`<ul class="lines">${jobs.map((job) => {
          const path = `/admin/operation/jobs/${job.row}`;
          const dead = job.state === 'dead';
          return html`<li><p><strong>${t.any(`jobs.${job.type}`)}</strong><br>${stateWord(dead ? 'bad' : 'wait', dead ? t('operation.jobDead', { n: job.attempts }) : t('operation.jobWaits', { n: job.attempts, next: moment(t, job.due, now) }))}${job.error === null || job.error === TRIED_LATER ? '' : html`<br><span class="muted small">${t('operation.said')} <span class="code">${job.error}</span></span>`}</p>${act(`${path}/attempt`, csrf, t('operation.tryNow'))}${dead ? act(`${path}/removal`, csrf, t('operation.forget'), 'danger') : ''}</li>`;
        })}</ul>`
  }</section>`;

const errors = ({ t, now }: View, list: RecentError[]): Html =>
  html`<section class="section"><h2>${t('operation.errors')}</h2>${
    list.length === 0
      ? empty(t('operation.noErrors'))
      : html`<p class="muted">${t('operation.errorsText')}</p><ul class="lines">${list.map((error) => html`<li><p><span class="code">${error.text}</span><br><span class="muted small">${t.any(`errorPlaces.${error.where}`)} · ${error.times > 1 ? t('operation.times', { n: error.times, last: moment(t, error.when, now) }) : moment(t, error.when, now)}${error.request === undefined ? '' : html` · <span class="code">${error.request}</span>`}</span></p></li>`)}</ul>`
  }</section>`;

const machineFacts = ({ t, now }: View, machine: MachineFacts): Html => {
  const bytes = (value: number | undefined): string => (value === undefined ? '–' : size(t, value));
  return html`<section class="section"><h2>${t('operation.machine')}</h2>${facts([
    [t('operation.diskFree'), bytes(machine.diskFree)],
    [t('operation.database'), bytes(machine.database)],
    [t('operation.media'), bytes(machine.media)],
    [t('operation.memory'), bytes(machine.memory)],
    [t('operation.uptime'), duration(t, now.getTime() - machine.started.getTime())],
    ['Maillon', machine.versions.maillon],
    ['Node.js', machine.versions.node],
    [t('operation.engine'), machine.versions.engine],
  ])}</section>`;
};
