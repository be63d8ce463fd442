/** The first page of the admins: what needs a decision, in one list that can be emptied; what to begin with; how much there is. */
import type { Hono } from 'hono';
import { eq } from 'drizzle-orm';
import { stateOfJob } from '#domain/audit-states.ts';
import { countByHost } from '#domain/catalogue.ts';
import { type HeldLetter, dropHeldLetter } from '#domain/mail.ts';
import { DELAYS, putOff, putOffBy } from '#domain/put-off.ts';
import { type ToDecide, toDecide } from '#domain/to-decide.ts';
import { type Ctx, type WebDeps, type WebEnv, hasRole, viewerOf } from '../context.ts';
import { empty, stateWord } from '../ui/components.ts';
import { act, hidden } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { failingWords } from './failures.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

/** What a new cooperative does first, as far as it has not. */
const FIRST = {
  publish: { words: 'admin.steps.publish', label: 'admin.steps.publishDo', href: '/listings/new' },
  invite: { words: 'admin.steps.invite', label: 'admin.steps.inviteDo', href: '/invitations' },
  peer: { words: 'admin.steps.peer', label: 'admin.steps.peerDo', href: '/admin/peers' },
} as const;

export const homeRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site, operation } = deps;
  const change = createChange(app);

  app.get('/', async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c)!;
    // Letters hold links that let one in as somebody, an admin too: they are for admins alone.
    const admin = hasRole(viewer, 'admin');
    const now = site.now();
    const disk = admin ? (await operation.checks()).find((check) => check.name === 'disk' && !check.ok) : undefined;
    const all = await toDecide(db.read, now, { admin, disk });
    const away = await putOffBy(db.read, now, viewer.account.id);
    const everything = c.req.query('all') === '1';
    const todo = everything ? all : all.filter(({ item }) => !away.has(item));
    const hiding = all.length - todo.length;
    const letters = deps.mailConfigured ? [] : all.flatMap((one) => (one.kind === 'letters' ? one.letters : []));
    const { steps, cards } = await numbers(c, admin);
    return shell(
      c,
      t('admin.areas.home'),
      html`<section aria-labelledby="todo"><h2 id="todo" class="visually-hidden">${t('admin.todo')}</h2>${
        todo.length === 0
          ? empty(t('admin.nothing'))
          : html`<ul class="lines">${todo.map((one) => line({ t, now, csrf: csrfOf(c), mails: deps.mailConfigured }, one))}</ul>`
      }${hiding === 0 ? '' : html`<p><a href="/admin?all=1">${t('todo.hidden', { n: hiding })}</a></p>`}</section>
${letters.length === 0 ? '' : letterSection(t, csrfOf(c), letters)}${steps}${cards}`,
    );
  });
  /** How much there is; for admins of a cooperative that has hardly begun, what to do first. */
  const numbers = async (c: Ctx, admin: boolean): Promise<{ steps: Html | ''; cards: Html }> => {
    const { t } = c.get('asked');
    const counts = await countByHost(db.read);
    const { accounts, deliveries, peers } = db.read.t;
    const shared = [...counts].reduce((sum, [host, n]) => (host === site.host ? sum : sum + n), 0);
    const [members, own] = [await db.read.$count(accounts), counts.get(site.host) ?? 0];
    const card = (n: number, word: 'members' | 'listings' | 'shared' | 'waiting'): Html =>
      html`<div class="card"><b>${t.number(n)}</b>${t(`admin.${word}`, { n })}</div>`;
    const begins = admin && (members === 1 || own === 0);
    const todo = [
      ...(own === 0 ? [FIRST.publish] : []),
      ...(members === 1 ? [FIRST.invite] : []),
      ...(begins && (await db.read.$count(peers)) === 0 ? [FIRST.peer] : []),
    ];
    return {
      steps: begins
        ? html`<section class="section" aria-labelledby="first"><h2 id="first">${t('admin.steps.title')}</h2><ul class="lines">${todo.map(({ words, label, href }) => html`<li><p>${t(words)}</p>${to(href, t(label), '')}</li>`)}</ul></section>`
        : '',
      cards: html`<div class="numbers section">${card(members, 'members')}${card(own, 'listings')}${card(shared, 'shared')}${card(await db.read.$count(deliveries, eq(deliveries.state, 'waiting')), 'waiting')}</div>`,
    };
  };

  change('/put-off', '/admin', async (c, form) => {
    const delay = DELAYS.find((one) => one === form.text('until'));
    const item = form.text('item');
    if (delay === undefined || item === '') return 'notFound';
    await db.write((tx) => putOff(tx, site.now(), viewerOf(c)!.account.id, item, delay));
    return delay === 'tomorrow' ? 'putOffTomorrow' : 'putOffWeek';
  });
  change('/letters/handed-over', '/admin', async (c, form) => {
    const row = Number(form.text('row'));
    await createNoted(deps)(
      c,
      { action: 'letter.handedOver', subject: String(row) },
      (tx) => stateOfJob(tx, row),
      (tx) => dropHeldLetter(tx, row),
    );
    return 'saved';
  });
};

const letterSection = (t: Translator, csrf: string, letters: HeldLetter[]): Html =>
  html`<section class="section" id="letters"><h2>${t('admin.letters')}</h2><p class="muted">${t('admin.lettersText')}</p><ul class="lines">${letters.map((letter) => html`<li><p><strong>${letter.subject}</strong><br><span class="muted small">${letter.to} · ${t.time(letter.created)}</span><br>${letter.link === '' ? '' : html`<span class="code">${letter.link}</span>`}</p>${act('/admin/letters/handed-over', csrf, t('admin.handedOver'), 'plain', { row: String(letter.row) })}</li>`)}</ul></section>`;

type View = { t: Translator; now: Date; csrf: string; mails: boolean };
const to = (href: string, label: string, about: string): Html =>
  html`<a class="button plain" href="${href}">${label}<span class="visually-hidden"> ${about}</span></a>`;

/** What it is, and what may be done about it right here. */
const partsOf = ({ t, now, csrf, mails }: View, one: ToDecide): { words: Html | string; about: string; acts: Html } => {
  switch (one.kind) {
    case 'disk': {
      const words = t.any(`checks.${one.code}.is`, one.params);
      return {
        words: html`${stateWord('bad', words)}<br>${t.any(`checks.${one.code}.do`, one.params)}`,
        about: words,
        acts: to('/admin/operation', t('admin.see'), words),
      };
    }
    case 'keys': {
      const words = t('todo.keys', { name: one.keys.name });
      return {
        words: stateWord('bad', words),
        about: words,
        acts: to(`/admin/peers/${one.keys.id}`, t('admin.decide'), one.keys.name),
      };
    }
    case 'identity': {
      const words = t('todo.identity', { name: one.changed.name });
      return {
        words: stateWord('bad', words),
        about: words,
        acts: to(one.changed.page, t('admin.decide'), one.changed.name),
      };
    }
    case 'marks': {
      const words = t('todo.marks', { name: one.lost.name, marks: one.lost.marks });
      return { words, about: words, acts: to(`/admin/peers/${one.lost.id}`, t('admin.see'), one.lost.name) };
    }
    case 'reports': {
      const words = t('admin.openReports', { n: one.n });
      return { words, about: words, acts: to('/admin/reports', t('admin.decide'), words) };
    }
    case 'held': {
      const words = t('todo.held', { n: one.n });
      return { words, about: words, acts: to('/admin/reports/listings', t('admin.decide'), words) };
    }
    case 'join': {
      const words = t('admin.asksToJoin', { name: one.member.name });
      const path = `/admin/members/${one.member.id}`;
      return {
        words: html`${words}<br><span class="muted small">${one.member.motivation}</span>`,
        about: words,
        acts: html`${act(`${path}/approval`, csrf, t('admin.approve'), '')}<a class="button danger" href="${path}/refusal">${t('admin.refuse')}</a>`,
      };
    }
    case 'peering': {
      const words = t(one.peer.state === 'countered' ? 'handshake.proposesTerms' : 'admin.asksToPeer', {
        name: one.peer.name,
      });
      return { words, about: words, acts: to(`/admin/peers/${one.peer.id}`, t('admin.decide'), one.peer.name) };
    }
    case 'failing': {
      const { host, peer } = one;
      const href =
        peer === undefined ? `/admin/operation/hosts/${encodeURIComponent(host.host)}` : `/admin/peers/${peer.id}`;
      return {
        words: html`${peer === undefined ? '' : html`<strong>${peer.name}</strong><br>`}${stateWord('bad', failingWords(t, host, now))}`,
        about: host.host,
        acts: to(href, t('admin.see'), host.host),
      };
    }
    case 'backup': {
      const words = one.last === undefined ? t('todo.noBackup') : t('todo.oldBackup', { when: t.date(one.last) });
      return { words, about: words, acts: to('/admin/backup', t('todo.backUp'), '') };
    }
    case 'ending': {
      const words = t('todo.ending', { n: one.n });
      return { words, about: words, acts: to('/attestations/members', t('admin.see'), words) };
    }
    case 'letters': {
      // Without a mail server they stand on this very page.
      const words = t(mails ? 'todo.letters' : 'todo.toHandOver', { n: one.letters.length });
      return { words, about: words, acts: to(mails ? '/admin/mail' : '#letters', t('admin.see'), words) };
    }
  }
};

const line = (view: View, one: ToDecide): Html => {
  const { t, csrf } = view;
  const { words, about, acts } = partsOf(view, one);
  return html`<li><p>${words}</p><div class="row">${acts}<details class="later"><summary>${t('todo.later')}<span class="visually-hidden"> : ${about}</span></summary><form class="row" method="post" action="/admin/put-off">${hidden('csrf', csrf)}${hidden('item', one.item)}${DELAYS.map((delay) => html`<button class="button plain" name="until" value="${delay}">${t.any(`todo.${delay}`)}<span class="visually-hidden"> : ${about}</span></button>`)}</form></details></div></li>`;
};
