/** A member writes, changes and ends listings, and sees all of theirs in one place. */
import { Hono } from 'hono';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import { wholeOf } from '#domain/hidden-halves.ts';
import { readListing } from '#domain/listing-input.ts';
import { MAX_PICTURES, arrangePictures, picturesNamed } from '#domain/listing-pictures.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import {
  type ListingRow,
  createListing,
  findListing,
  listingsOf,
  moveListing,
  updateListing,
} from '#domain/listings.ts';
import { listPictures } from '#domain/media.ts';
import { listPeers } from '#domain/peers.ts';
import { checkText } from '#domain/text.ts';
import { type FieldError, KINDS, type Kind, LISTING_STATES } from '#domain/types.ts';
import {
  type Ctx,
  type Posted,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  page,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { empty, stateWord } from '../ui/components.ts';
import { type Values, button, csrfField, explain } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import { accessValues } from './listing-access.ts';
import { blankValues, kindPage, listingForm, savedValues } from './listing-form.ts';
import { type FormPicture, pictureItem, rearranged, takePictures } from './listing-pictures.ts';
import { stateOf } from '../public/view.ts';
import { previewCard, readingContext } from './listing-preview.ts';

/** The id that a form for a new listing carries. */
const ONCE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const listingFormRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  app.get('/listings/new', (c) => {
    const { t, cooperative } = c.get('asked');
    if (viewerOf(c) === undefined) return toSignIn(c);
    const kind = KINDS.find((one) => one === c.req.query('kind') && cooperative!.kinds.includes(one));
    if (kind === undefined) return kindPage(deps, c);
    return listingForm(deps, c, { kind, values: blankValues(kind, t), errors: [], row: undefined, pictures: [] });
  });
  app.get('/listings/mine', (c) => minePage(deps, c));

  // Two answers for the page's own script; without it the form does the same by its buttons.
  app.post('/listings/card', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return c.text('', 401);
    const form = await posted(c);
    const row = await own(deps, c, form.text('listing'));
    return c.html(await previewCard(deps, c.get('asked'), placed(form, row), await picturesIn(deps, c, form, row)));
  });
  app.post('/listings/pictures', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return c.text('', 401);
    const { t } = c.get('asked');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return c.json({ items: '', errors: [t('errors.formExpired')] }, 422);
    const count = Math.min(MAX_PICTURES, Number(form.text('count')) || 0);
    const { rows, errors } = await takePictures(deps, t, viewer, form.files('photos'), MAX_PICTURES - count);
    const state = { t, values: {}, errors: [] };
    const items = rows.map((row, i) => pictureItem(deps, state, { row, alt: '' }, count + i, count + rows.length));
    return c.json({ items: String(await html`${items}`), errors: errors.map((error) => explain(t, error)) });
  });

  app.post('/listings', (c) => save(deps, c, undefined));
  app.get('/listings/:id/edit', async (c) => {
    const row = await own(deps, c);
    if (row === undefined) return viewerOf(c) === undefined ? toSignIn(c) : c.notFound();
    return savedForm(deps, c, row, []);
  });
  app.post('/listings/:id', async (c) => {
    const row = await own(deps, c);
    return row === undefined ? c.notFound() : save(deps, c, row);
  });
  for (const [path, state] of [
    ['publication', 'published'],
    ['pause', 'paused'],
    ['closure', 'closed'],
  ] as const) {
    app.post(`/listings/:id/${path}`, async (c) => {
      const row = await own(deps, c);
      if (row === undefined || !isOwnForm(c, await posted(c))) return c.notFound();
      // A draft may lack what publishing needs: the form says what.
      if (state === 'published' && row.state === 'draft') {
        const asked = c.get('asked');
        const read = readListing(savedValues(row, asked.t), readingContext(deps, asked));
        const errors = [...(read.ok ? [] : read.errors), ...undescribed(await picturesOf(deps, row))];
        if (errors.length > 0) return savedForm(deps, c, row, errors);
      }
      const result = await deps.db.write((tx) => moveListing(tx, deps.site, row, state));
      const word = result.ok && result.value.awaits !== null ? 'waiting' : state;
      return done(c, `/listings/${row.id}`, result.ok ? `listing_${word}` : 'listing_transition');
    });
  }
  app.get('/listings/:id/deletion', async (c) => {
    const { t } = c.get('asked');
    const row = await own(deps, c);
    if (row === undefined) return viewerOf(c) === undefined ? toSignIn(c) : c.notFound();
    return page(
      deps,
      c,
      { title: t('listing.delete'), narrow: true },
      html`<h1>${t('write.deleteTitle', { title: row.title })}</h1><p>${t('write.deleteText')}</p><form class="row" method="post">${csrfField({ csrf: viewerOf(c)!.session.csrf })}${button(t('listing.delete'), 'danger')}<a class="button plain" href="/listings/${row.id}">${t('forms.cancel')}</a></form>`,
    );
  });
  app.post('/listings/:id/deletion', async (c) => {
    const row = await own(deps, c);
    if (row === undefined || !isOwnForm(c, await posted(c))) return c.notFound();
    await deps.db.write((tx) => deleteListing(tx, deps.site, row));
    return done(c, '/listings/mine', 'listing_deleted');
  });
  return app;
};

const kindOf = (row: ListingRow): Kind => KINDS.find((kind) => kind === row.kind) ?? 'goods';

/** The listing in the path, if it is the viewer's own. */
const own = async (deps: WebDeps, c: Ctx, id = c.req.param('id') ?? ''): Promise<ListingRow | undefined> => {
  const viewer = viewerOf(c);
  const row = viewer === undefined || id === '' ? undefined : await findListing(deps.db.read, id);
  // What moderators removed is kept aside under an address that only they know.
  const there = row !== undefined && row.local && row.state !== 'removed';
  return there && row.publisher === viewer?.actor.uri ? wholeOf(deps.db.read, row) : undefined;
};

const picturesOf = async (deps: WebDeps, row: ListingRow): Promise<FormPicture[]> =>
  (await listPictures(deps.db.read, [row.id])).map((picture) => ({ row: picture, alt: picture.alt }));

const savedForm = async (deps: WebDeps, c: Ctx, row: ListingRow, errors: FieldError[]): Promise<Response> =>
  listingForm(deps, c, {
    kind: kindOf(row),
    values: { ...savedValues(row, c.get('asked').t), ...(await accessValues(deps, row, c.get('asked').t)) },
    errors,
    row,
    pictures: await picturesOf(deps, row),
  });

/** The pictures that a form names by its fields `picture.<id>`, in their order, with what it says of each. */
const picturesIn = async (deps: WebDeps, c: Ctx, form: Posted, row: ListingRow | undefined): Promise<FormPicture[]> => {
  const ids = Object.keys(form.values).flatMap((name) => (name.startsWith('picture.') ? [name.slice(8)] : []));
  const rows = await picturesNamed(deps.db.read, viewerOf(c)!.actor.uri, ids, row?.id);
  return rows.map((picture) => ({ row: picture, alt: form.text(`alt.${picture.id}`) }));
};

/** Who cannot see a picture is told what it shows: asked for before it is published. */
const undescribed = (pictures: FormPicture[], draft = false): FieldError[] =>
  pictures.flatMap(({ row, alt }) =>
    alt.trim() === '' && !draft
      ? [{ field: `alt.${row.id}`, code: 'altMissing' }]
      : checkText(`alt.${row.id}`, alt, { max: 1_500 }),
  );

/** A place that was typed anew is found anew; only the one that was saved keeps its exact point. */
const placed = (form: Posted, row: ListingRow | undefined): Values => {
  const { latitude, longitude, ...typed } = form.values;
  // A browser says nothing of boxes of which none is ticked.
  const values = { ...typed, withheld: form.all('withheld'), attestations: form.all('attestations') };
  return row === undefined || form.text('place') !== row.exactName
    ? values
    : { ...values, ...(latitude === undefined ? {} : { latitude }), ...(longitude === undefined ? {} : { longitude }) };
};

const save = async (deps: WebDeps, c: Ctx, row: ListingRow | undefined): Promise<Response> => {
  const viewer = viewerOf(c);
  if (viewer === undefined) return toSignIn(c);
  const asked = c.get('asked');
  const form = await posted(c);
  const kind = KINDS.find((one) => one === form.text('kind')) ?? 'goods';
  const values = placed(form, row);
  const back = (errors: FieldError[], pictures: FormPicture[], unsaved = false): Promise<Response> =>
    listingForm(deps, c, { kind, values, errors, row, pictures, unsaved });
  const before = await picturesIn(deps, c, form, row);
  if (!isOwnForm(c, form)) return back([{ field: 'title', code: 'formExpired' }], before);

  // New pictures are kept whatever else is wrong.
  const taken = await takePictures(deps, asked.t, viewer, form.files('photos'), MAX_PICTURES - before.length);
  const pictures = [...before, ...taken.rows.map((picture) => ({ row: picture, alt: '' }))];
  const pressed = form.text('as');
  if (pressed === 'preview' || pressed === 'pictures') return back(taken.errors, pictures, true);
  const moved = rearranged(pressed, pictures);
  if (moved !== undefined) return back(taken.errors, moved, true);

  const draft = pressed === 'draft' && (row === undefined || row.state === 'draft');
  const partners = [...(await listPeers(deps.db.read)).map((peer) => peer.host), ...(row?.withheld ?? [])];
  const attestations = [
    ...(await attestationKinds(deps.db.read)).map((kind) => kind.code),
    ...(row?.held?.codes ?? []),
  ];
  const read = readListing(values, { ...readingContext(deps, asked, draft), partners, attestations });
  const errors = [...(read.ok ? [] : read.errors), ...taken.errors];
  errors.push(...(draft ? [] : unusedPrice(form)), ...undescribed(pictures, draft));
  if (!read.ok || errors.length > 0) return back(errors, pictures);
  const once = ONCE.exec(form.text('once'))?.[0];
  const saved = await deps.db.write(async (tx) => {
    // Sent again, by a double click or because the answer was lost on the way: it is saved already.
    const twin = row !== undefined || once === undefined ? undefined : await findListing(tx, once);
    if (twin !== undefined && twin.publisher === viewer.actor.uri) return twin;
    const id = twin === undefined ? once : undefined;
    const listing =
      row === undefined
        ? await createListing(tx, deps.site, viewer.account.handle, read.value, 'draft', undefined, id)
        : await updateListing(tx, deps.site, row, read.value);
    await arrangePictures(
      tx,
      listing.id,
      pictures.map((picture) => ({ id: picture.row.id, alt: picture.alt })),
    );
    // Told once, with its pictures.
    const moved =
      !draft && listing.state === 'draft' ? await moveListing(tx, deps.site, listing, 'published') : undefined;
    return moved?.ok === true ? moved.value : listing;
  });
  const word = draft ? 'draft' : row === undefined || row.state === 'draft' ? 'published' : 'saved';
  return done(c, `/listings/${saved.id}`, `listing_${!draft && saved.awaits !== null ? 'waiting' : word}`);
};

/** Somebody who typed a price meant it: it is not dropped in silence. */
const unusedPrice = (form: Posted): FieldError[] =>
  ['free', 'quote'].includes(form.text('priceType')) && form.text('price').trim() !== ''
    ? [{ field: 'price', code: 'priceUnused' }]
    : [];

const minePage = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t } = c.get('asked');
  const viewer = viewerOf(c);
  if (viewer === undefined) return toSignIn(c);
  const state = LISTING_STATES.find((one) => one === c.req.query('state'));
  const rows = await listingsOf(deps.db.read, viewer.actor.uri, state === undefined ? [...LISTING_STATES] : [state]);
  const chip = (value: string | undefined, label: string) =>
    html`<a class="chip" href="/listings/mine${value === undefined ? '' : `?state=${value}`}"${value === state ? html` aria-current="true"` : ''}>${label}</a>`;
  const stateMark = (row: ListingRow) => {
    const state = stateOf(row, deps.site.now());
    return stateWord(state === 'published' ? 'good' : 'wait', t.any(`states.${state}`));
  };
  const line = (row: ListingRow) =>
    html`<li><p><a href="/listings/${row.id}"><strong>${row.title}</strong></a><br><span class="muted small">${icon(kindOf(row))} ${t.any(`kinds.${row.kind}.name`)} · ${t.ago(row.updated, deps.site.now())}</span></p>${stateMark(row)}<a class="button plain" href="/listings/${row.id}/edit">${t('listing.edit')}<span class="visually-hidden"> ${row.title}</span></a></li>`;
  return page(
    deps,
    c,
    { title: t('mine.title'), narrow: true, noindex: true },
    html`<div class="head"><h1>${t('mine.title')}</h1><a class="button" href="/listings/new">${icon('plus')}${t('layout.publish')}</a></div>
<nav class="chips" aria-label="${t('mine.states')}">${chip(undefined, t('catalogue.all'))}${LISTING_STATES.map((one) => chip(one, t.any(`mine.${one}`)))}</nav>
${rows.length === 0 ? html`<div class="section">${empty(state === undefined ? t('home.mineEmpty') : t('mine.none'), { href: '/listings/new', label: t('layout.publish') })}</div>` : html`<ul class="lines">${rows.map(line)}</ul>`}`,
  );
};
