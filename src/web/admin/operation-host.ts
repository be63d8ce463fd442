/** What is sent to one server: what waits, why, and what was given up, one by one, with what to do. */
import { Hono } from 'hono';
import type { AuditAction } from '#domain/audit-actions.ts';
import { audit } from '#domain/audit.ts';
import {
  type DeadLetter,
  type HostQueue,
  type NoteBatch,
  attemptHostNow,
  deadLetters,
  discardDead,
  queueOfHost,
  replayDead,
} from '#domain/queue.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { empty, older, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { failureRemedy, failureWords } from './failures.ts';
import { activityWord } from './journal.ts';
import { moment } from './moment.ts';
import { type Change, PAGE, actorOf, createChange, createShell, csrfOf, plain, rowOf } from './shell.ts';

export const hostRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const shell = createShell(deps);
  const change = createChange(app);

  app.get('/:host', async (c) => {
    const { t } = c.get('asked');
    const before = Number(c.req.query('before'));
    const host = await queueOfHost(db.read, plain(c.req.param('host')));
    const letters = await deadLetters(db.read, host.host, {
      limit: PAGE + 1,
      ...(Number.isSafeInteger(before) && before > 0 ? { before } : {}),
    });
    const shown = letters.slice(0, PAGE);
    const view = { t, now: site.now(), csrf: csrfOf(c), path: pathOf(host.host) };
    return shell(
      c,
      t('operation.sendingTo', { host: host.host }),
      html`<p class="back"><a href="/admin/operation">${t('operation.back')}</a></p>${waiting(view, host)}
<section class="section"><h2>${t('operation.deadTitle')}</h2>${
        shown.length === 0 ? empty(t('operation.noDead')) : deadList(view, host.dead, shown)
      }${older(letters.length > PAGE ? `${view.path}?before=${shown.at(-1)!.row}` : undefined, t('catalogue.more'))}</section>`,
    );
  });

  letterRoutes(deps, change, '/:host', '/admin/operation/hosts/:host', async (c) => plain(c.req.param('host')));
  return app;
};

/**
 * Trying a server again, and what becomes of its dead letters: one by its row, or all of them.
 * @param base path of the server's page @param to where to afterwards @param hostOf undefined: there is no such page
 */
export const letterRoutes = (
  { db, site }: WebDeps,
  change: Change,
  base: string,
  to: string,
  hostOf: (c: Ctx) => Promise<string | undefined>,
): void => {
  change(`${base}/attempt`, to, async (c) => {
    const host = await hostOf(c);
    if (host === undefined) return 'notFound';
    await db.write((tx) => attemptHostNow(tx, site.now(), host));
    return 'tryingNow';
  });
  /** One letter by its row, or all of the host. Each transaction has its own line in the log of decisions. */
  const deadChange = (
    path: string,
    action: AuditAction,
    work: (which: { host: string; row?: number }, note: NoteBatch) => Promise<number>,
    word: string,
  ): void => {
    for (const row of ['', '/letters/:row'])
      change(`${base}${row}/${path}`, to, async (c) => {
        const host = await hostOf(c);
        if (host === undefined) return 'notFound';
        const note: NoteBatch = (tx, n) =>
          audit(tx, site.now(), { actor: actorOf(c), action, subject: host, after: { letters: n } });
        const n = await work(row === '' ? { host } : { host, row: rowOf(c) }, note);
        return n === 0 ? 'notFound' : word;
      });
  };
  deadChange('replay', 'letters.replayed', (which, note) => replayDead(db, site.now(), which, note), 'replayed');
  deadChange('removal', 'letters.discarded', (which, note) => discardDead(db, which, note), 'forgotten');
};

type View = { t: Translator; now: Date; csrf: string; path: string };
const pathOf = (host: string): string => `/admin/operation/hosts/${encodeURIComponent(host)}`;

/** "3 deliveries wait for lyon.example: the server does not answer, since 9:40. Next try 14:20." */
export const hostWords = ({ t, now }: { t: Translator; now: Date }, host: HostQueue): Html => {
  const rests = host.retry !== null && host.retry > now;
  const words =
    host.waiting === 0
      ? t('operation.hostIdle', { host: host.host })
      : host.failing === null
        ? t('operation.hostSends', { n: host.waiting, host: host.host })
        : t(rests ? 'operation.hostRests' : 'operation.hostTries', {
            n: host.waiting,
            host: host.host,
            why: failureWords(t, host.error),
            since: moment(t, host.failing, now),
            next: moment(t, host.retry ?? now, now),
          });
  const kind = host.failing !== null && host.waiting > 0 ? 'bad' : host.waiting > 0 ? 'wait' : 'good';
  return html`${stateWord(kind, words)}${host.dead === 0 ? '' : html`<br>${t('operation.dead', { n: host.dead })}`}`;
};

const waiting = (view: View, host: HostQueue): Html =>
  html`<p>${hostWords(view, host)}</p>${host.waiting > 0 ? failureBox(view, host) : ''}`;

/** What to do about a server that fails, its own words, and the button to try now. */
export const failureBox = ({ t, csrf, path }: View, host: HostQueue): Html | '' =>
  host.failing === null
    ? ''
    : html`<p>${failureRemedy(t, host.error)}</p><details><summary>${t('operation.original')}</summary><p class="code">${host.error ?? ''}</p></details>${act(`${path}/attempt`, csrf, t('operation.tryNow'), '')}`;

/** Dead letters, one by one and all together. @param n of all, also those not shown here */
export const deadList = (view: View, n: number, letters: DeadLetter[]): Html =>
  html`<p class="muted">${view.t('operation.deadText')}</p>${n > 1 ? all(view, n) : ''}<ul class="lines">${letters.map((letter) => deadLine(view, letter))}</ul>`;

const all = ({ t, csrf, path }: View, n: number): Html =>
  html`<div class="row">${act(`${path}/replay`, csrf, t('operation.replayAll', { n }), '')}<details><summary>${t('operation.forgetAll', { n })}</summary><div class="card stack"><p>${t('operation.forgetText')}</p>${act(`${path}/removal`, csrf, t('operation.forgetAll', { n }), 'danger')}</div></details></div>`;

const deadLine = ({ t, now, csrf, path }: View, letter: DeadLetter): Html => {
  const when = moment(t, letter.finished ?? letter.created, now);
  return html`<li><div><p><strong>${activityWord(t, letter.type)}</strong> <span class="small">${letter.object}</span><br>${stateWord('bad', t('operation.deadSince', { when, why: failureWords(t, letter.error) }))}<br>${failureRemedy(t, letter.error)}</p><details><summary>${t('operation.original')}</summary><p class="code">${letter.error} (${letter.inbox})</p></details></div><div class="row">${act(`${path}/letters/${letter.row}/replay`, csrf, t('operation.replay'))}${act(`${path}/letters/${letter.row}/removal`, csrf, t('operation.forget'), 'danger')}</div></li>`;
};
