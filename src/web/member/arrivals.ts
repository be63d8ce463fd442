/** A member brings a file from elsewhere: sends it, sees what is in it, chooses, and reads what became of it. */
import { Hono } from 'hono';
import {
  type ArrivalChoice,
  type ArrivalNote,
  type ArrivalRow,
  arrivalsOf,
  beginArrival,
  dropArrival,
  findArrival,
  prepareArrival,
  takeArrival,
} from '#domain/moving/arrivals.ts';
import { aliasesOf } from '#domain/moving/moves.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { facts, stateWord } from '../ui/components.ts';
import { act, button, checkbox, choices, csrfField, errorSummary, fileInput } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { readUpload } from '../upload.ts';

export const ARRIVALS = '/account/moving/arrivals';
const LISTINGS = ['draft', 'published', 'none'] as const;

export const arrivalRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site, movingDir } = deps;

  const listPage = async (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const rows = await arrivalsOf(db.read, site.now(), account.id);
    const form = { t, values: {}, errors, csrf: session.csrf };
    return page(
      deps,
      c,
      { title: t('arrivals.title'), narrow: true, noindex: true },
      html`<p class="back"><a href="/account/moving">${t('account.pages.moving')}</a></p><h1>${t('arrivals.title')}</h1><p>${t('arrivals.lead')}</p>
<form class="card stack" method="post" action="${ARRIVALS}" enctype="multipart/form-data">${errorSummary(form, () => t('arrivals.file'))}${csrfField(form)}${fileInput(form, 'file', { label: t('arrivals.file'), hint: t('arrivals.fileHint', { max: Math.floor(deps.limits.moveBytes / 1024 / 1024) }), accept: '.tar,application/x-tar', required: true })}${button(t('arrivals.send'))}</form>
${rows.length === 0 ? '' : html`<section class="section"><h2>${t('arrivals.earlier')}</h2><ul class="lines">${rows.map((row) => html`<li><p><a href="${ARRIVALS}/${row.id}">${row.report?.handle ?? t.time(row.created)}</a><br><span class="muted small">${t.time(row.created)}</span></p>${stateOf(t, row)}</li>`)}</ul></section>`}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get(ARRIVALS, (c) => (viewerOf(c) === undefined ? toSignIn(c) : listPage(c, [])));

  app.post(ARRIVALS, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    let [id, errors]: [string, FieldError[]] = ['', [{ field: 'file', code: 'formExpired' }]];
    const upload = await readUpload(c.req.raw, 'file', async (values) => {
      if (values['csrf'] !== viewer.session.csrf) return undefined;
      const place = await prepareArrival(db.read, site, movingDir, viewer.account.id);
      if (!place.ok) {
        errors = place.errors;
        return undefined;
      }
      id = place.value.id;
      return place.value.path;
    });
    if (!upload.ok)
      return listPage(
        c,
        upload.reason === 'refused'
          ? errors
          : [{ field: 'file', code: upload.reason === 'noFile' ? 'required' : 'arrivals.broken' }],
      );
    const begun = await db.write((tx) => beginArrival(tx, site, viewer.account.id, id));
    // Its file goes with the next look (`sweepFiles`).
    if (!begun.ok) return listPage(c, begun.errors);
    return done(c, `${ARRIVALS}/${id}`, 'arrivalSent');
  });

  const one = async (c: Ctx): Promise<ArrivalRow | undefined> =>
    findArrival(db.read, viewerOf(c)!.account.id, (c.req.param('id') ?? '').slice(0, 100));

  app.get(`${ARRIVALS}/:id`, async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const row = await one(c);
    if (row === undefined) return c.notFound();
    const { csrf } = viewer.session;
    const here = `${ARRIVALS}/${row.id}`;
    const alias = row.report === null ? '' : await aliasForm(c, row.report.actor, row.report.handle);
    const body =
      row.state === 'ready'
        ? preview(t, row, csrf)
        : row.state === 'done'
          ? outcome(t, row)
          : row.state === 'failed'
            ? html`<div class="stack"><p class="problem">${t.any(`arrivals.faults.${row.fault?.code ?? 'unexpected'}`, row.fault?.params ?? {})}</p><p><a class="button plain" href="${ARRIVALS}">${t('arrivals.again')}</a></p></div>`
            : html`<div class="notice stack" role="status"><p>${t(row.state === 'reading' ? 'arrivals.reading' : 'arrivals.taking')}</p><progress aria-label="${t('arrivals.title')}" max="${Math.max(1, row.total)}" value="${row.done}"></progress><p><a class="button plain" href="${here}">${t('exports.reload')}</a></p></div>`;
    const drop = ['ready', 'failed', 'done'].includes(row.state)
      ? html`<div class="section">${act(`${here}/end`, csrf, t(row.state === 'ready' ? 'arrivals.drop' : 'arrivals.forget'))}</div>`
      : '';
    return page(
      deps,
      c,
      { title: t('arrivals.title'), narrow: true, noindex: true },
      html`<p><a href="${ARRIVALS}">${t('arrivals.title')}</a></p><h1>${row.report?.handle ?? t('arrivals.title')}</h1>${body}${alias}${drop}`,
    );
  });

  /** The one who brings it is most likely about to move: the back-link is a press away. */
  const aliasForm = async (c: Ctx, actor: string, handle: string): Promise<Html | ''> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c)!;
    if (actor.startsWith(`${site.origin}/`)) return '';
    if ((await aliasesOf(db.read, viewer.actor.uri)).some((known) => known.uri === actor))
      return html`<p class="section">${stateWord('good', t('arrivals.aliasKnown', { handle }))}</p>`;
    return html`<section class="card stack section"><h2>${t('arrivals.aliasTitle')}</h2><p>${t('arrivals.aliasText', { handle })}</p>${act('/account/moving/aliases', viewer.session.csrf, t('moving.aliasAdd'), 'plain', { actor })}</section>`;
  };

  app.post(`${ARRIVALS}/:id/choice`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const id = (c.req.param('id') ?? '').slice(0, 100);
    if (!isOwnForm(c, form)) return done(c, `${ARRIVALS}/${id}`, 'formExpired');
    const choice: ArrivalChoice = {
      profile: form.text('profile') === '1',
      listings: LISTINGS.find((word) => word === form.text('listings')) ?? 'none',
      follows: form.text('follows') === '1',
    };
    const begun = await db.write((tx) => takeArrival(tx, site, viewer.account.id, id, choice));
    return begun ? done(c, `${ARRIVALS}/${id}`, 'arrivalBegun') : done(c, ARRIVALS, 'notFound');
  });
  app.post(`${ARRIVALS}/:id/end`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isOwnForm(c, await posted(c))) return done(c, ARRIVALS, 'formExpired');
    const id = (c.req.param('id') ?? '').slice(0, 100);
    await db.write((tx) => dropArrival(tx, site, viewer.account.id, id));
    return done(c, ARRIVALS, 'saved');
  });
  return app;
};

const stateOf = (t: Translator, row: ArrivalRow): Html =>
  stateWord(
    row.state === 'done' ? 'good' : row.state === 'failed' ? 'bad' : 'wait',
    t.any(`arrivals.states.${row.state}`),
  );

const preview = (t: Translator, row: ArrivalRow, csrf: string): Html => {
  const report = row.report!;
  const form = { t, values: { profile: '1', listings: 'draft', follows: '1' }, errors: [], csrf };
  const { counts } = report;
  return html`${facts([
    [t('arrivals.from'), html`<span class="code-line">${report.actor}</span>`],
    [t('arrivals.made'), `${report.made} ${report.software}`],
    [t('fields.name'), report.name],
    [t('arrivals.listings'), t('arrivals.withPictures', { listings: counts.listings, pictures: counts.pictures })],
    [t('arrivals.follows'), t.number(counts.follows)],
  ])}${notes(t, report.notes, t('arrivals.notesBefore'))}
<form class="card stack section" method="post" action="${ARRIVALS}/${row.id}/choice">${csrfField(form)}<h2>${t('arrivals.choose')}</h2>
${checkbox(form, 'profile', t('arrivals.takeProfile'), t('arrivals.takeProfileHint'))}
${choices(
  form,
  'listings',
  LISTINGS.map((value) => ({ value, label: t(`arrivals.listingChoices.${value}`) })),
  { label: t('arrivals.listings') },
)}
${checkbox(form, 'follows', t('arrivals.takeFollows'), t('arrivals.takeFollowsHint'))}
${button(t('arrivals.take'))}</form>`;
};

const outcome = (t: Translator, row: ArrivalRow): Html => {
  const { taken, notes: left } = row.report!;
  if (taken === undefined) return html``;
  return html`<div class="stack"><p>${stateWord('good', t('arrivals.doneOn', { when: row.finished ?? row.created }))}</p>${facts(
    [
      [t('account.pages.profile'), t(taken.profile ? 'arrivals.profileTaken' : 'arrivals.notTaken')],
      [
        t('arrivals.listings'),
        t('arrivals.listingsTaken', { created: taken.created, already: taken.already, failed: taken.failed }),
      ],
      [t('arrivals.follows'), t('arrivals.followsTaken', { follows: taken.follows, already: taken.followsAlready })],
    ],
  )}<p><a class="button plain" href="/listings/mine">${t('home.allMine')}</a></p></div>${notes(t, left, t('arrivals.notesAfter'))}`;
};

const notes = (t: Translator, all: ArrivalNote[], title: string): Html | '' =>
  all.length === 0
    ? ''
    : html`<section class="section"><h2>${title}</h2><ul>${all.map((note) => html`<li>${note.about === undefined ? '' : html`<strong>${note.about}</strong>${t('forms.colon')}`}${wordsOf(t, note)}</li>`)}</ul></section>`;

/** Errors of the forms have their words; what only the command line knows is told by its field. */
const wordsOf = (t: Translator, { code, params = {} }: ArrivalNote): string => {
  if (!code.startsWith('errors.')) return t.any(`arrivals.notes.${code}`, params);
  const said = t.any(code, params);
  return said === code.slice(code.lastIndexOf('.') + 1)
    ? t('arrivals.notes.other', { field: String(params['field'] ?? '') })
    : said;
};
