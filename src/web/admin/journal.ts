/** The journal: what other servers sent, what became of it, and why, in words. */
import { Hono } from 'hono';
import { type JournalQuery, type ReceivedRow, journal } from '#domain/received.ts';
import { isReasonCode } from '#domain/reasons.ts';
import { type Ctx, type WebDeps, type WebEnv } from '../context.ts';
import { empty, older, stateWord } from '../ui/components.ts';
import { type FormState, button, input, select } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { failureWords } from './failures.ts';
import { PAGE, createShell, plain } from './shell.ts';

const OUTCOMES = ['applied', 'ignored', 'refused'] as const;
const TYPES = ['Create', 'Update', 'Delete', 'Follow', 'Accept', 'Reject', 'Undo', 'Announce', 'Offer', 'Flag', 'Add'];

export const journalRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const shell = createShell(deps);

  app.get('/journal', async (c) => {
    const { t } = c.get('asked');
    const { form, query } = asked(c, t);
    const rows = await journal(deps.db.read, query);
    const shown = rows.slice(0, PAGE);
    const filtered = Object.values(form.values).some((value) => value !== '');
    return shell(
      c,
      t('admin.areas.journal'),
      html`<p class="muted">${t('admin.journalText')}</p>${filterForm(form, t, filtered)}
${shown.length === 0 ? empty(t(filtered ? 'admin.journalNone' : 'admin.journalEmpty')) : html`<ul class="lines">${shown.map((row) => line(t, row))}</ul>`}${older(rows.length > PAGE ? next(form, shown.at(-1)!) : undefined, t('catalogue.more'))}`,
    );
  });
  return app;
};

/** What is filtered by; a value that is no choice counts as none. */
const asked = (c: Ctx, t: Translator): { form: FormState; query: JournalQuery } => {
  const outcome = OUTCOMES.find((one) => one === c.req.query('outcome')) ?? '';
  const type = plain(c.req.query('type')).trim().slice(0, 60);
  const host = plain(c.req.query('host'))
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/^.*@/, '')
    .slice(0, 260);
  const before = Number(c.req.query('before'));
  return {
    form: { t, errors: [], values: { host, outcome, type } },
    query: {
      limit: PAGE + 1,
      ...(host === '' ? {} : { host }),
      ...(outcome === '' ? {} : { outcome }),
      ...(type === '' ? {} : { type }),
      ...(Number.isSafeInteger(before) && before > 0 ? { before } : {}),
    },
  };
};

const filterForm = (form: FormState, t: Translator, filtered: boolean): Html => {
  const given = String(form.values['type'] ?? '');
  const types = given === '' || TYPES.includes(given) ? TYPES : [...TYPES, given];
  return html`<form class="card stack" method="get" action="/admin/journal"><div class="pair three">${input(form, 'host', { label: t('fields.domain'), inputmode: 'url' })}${select(
    form,
    'outcome',
    [
      { value: '', label: t('catalogue.all') },
      ...OUTCOMES.map((value) => ({ value, label: t.any(`outcomes.${value}`) })),
    ],
    { label: t('admin.outcome') },
  )}${select(
    form,
    'type',
    [{ value: '', label: t('catalogue.all') }, ...types.map((value) => ({ value, label: activityWord(t, value) }))],
    { label: t('operation.what') },
  )}</div><div class="row">${button(t('operation.filter'))}${filtered ? html`<a class="button plain" href="/admin/journal">${t('catalogue.widen')}</a>` : ''}</div></form>`;
};

const next = (form: FormState, last: ReceivedRow): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(form.values))
    if (typeof value === 'string' && value !== '') query.set(name, value);
  query.set('before', String(last.row));
  return `/admin/journal?${query.toString()}`;
};

/** An address as people write it. */
const bare = (uri: string): string => uri.replace(/^https?:\/\//, '');

const line = (t: Translator, row: ReceivedRow): Html =>
  html`<li><p><strong>${activityWord(t, row.type)}</strong> <a href="${safeUrl(row.actor)}" rel="noreferrer">${bare(row.actor)}</a><br>${reasonWords(t, row)}<br><span class="muted small"><time datetime="${row.created.toISOString()}">${t.time(row.created)}</time>${row.object === null ? '' : html` · ${bare(row.object)}`}</span></p>${stateWord(row.outcome === 'applied' ? 'good' : row.outcome === 'ignored' ? 'wait' : 'bad', t.any(`outcomes.${row.outcome}`))}</li>`;

/** What an activity is called; of those that Maillon does not know, its own name. */
export const activityWord = (t: Translator, type: string): string =>
  TYPES.includes(type) ? t.any(`activities.${type}`) : type;

/** Whatever a reason may name: a line that lacks one is still to be read. */
const NAMED = {
  activity: '',
  actor: '',
  followed: '',
  follower: '',
  host: '',
  left: '',
  n: '',
  object: '',
  term: '',
  title: '',
  why: '',
};

/** The reason in the reader's language where its code is known, else as it was noted. */
const reasonWords = (t: Translator, row: ReceivedRow): string => {
  if (!isReasonCode(row.code)) return row.reason;
  const details = { ...NAMED, ...row.details };
  const { left, why } = details;
  return t.any(`reasons.${row.code}`, {
    ...details,
    // Of somebody whose profile is gone there is no name.
    follower: details.follower === '' ? bare(row.actor) : details.follower,
    why: failureWords(t, why),
    more: left === '' ? '' : t('operation.leftOut', { left }),
  });
};
