/** A member writes, changes and ends a listing. Kind first, then one column of fields. */
import { Hono } from 'hono';
import { getCooperative } from '#domain/cooperative.ts';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import type { AttributeProfile } from '#domain/kinds/profile.ts';
import { readListing } from '#domain/listing-input.ts';
import {
  type ListingRow,
  createListing,
  deleteListing,
  findListing,
  moveListing,
  touchListing,
  updateListing,
} from '#domain/listings.ts';
import {
  type PictureRow,
  type PreparedPicture,
  attachPicture,
  describePicture,
  listPictures,
  mediaUrl,
  preparePicture,
  removePicture,
  savePictureFiles,
} from '#domain/media.ts';
import { AUDIENCES, type FieldError, KINDS, type Kind, PRECISIONS, PURPOSES } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import {
  type FormState,
  type Values,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  hidden,
  input,
  select,
  textarea,
} from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';

const MAX_PICTURES = 8;

export const listingFormRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  app.get('/listings/new', async (c) => {
    const { t, cooperative } = c.get('asked');
    if (viewerOf(c) === undefined) return toSignIn(c);
    const kind = KINDS.find((one) => one === c.req.query('kind'));
    if (kind === undefined) {
      return page(
        deps,
        c,
        { title: t('write.title') },
        html`<h1>${t('write.title')}</h1><p class="muted">${t('write.kind')}</p><ul class="kinds">${KINDS.filter((one) => cooperative!.kinds.includes(one)).map((one) => html`<li><a class="card" href="/listings/new?kind=${one}">${icon(one)}${t.any(`kinds.${one}.name`)}<span class="muted small">${t.any(`kinds.${one}.hint`)}</span></a></li>`)}</ul>`,
      );
    }
    return formPage(
      deps,
      c,
      kind,
      {
        kind,
        purpose: 'offer',
        precision: 'neighbourhood',
        audience: 'public',
        currency: 'EUR',
        priceType: KIND_PROFILES[kind].prices[0],
        language: c.get('asked').locale,
      },
      [],
      undefined,
      [],
    );
  });

  app.post('/listings', (c) => save(deps, c, undefined));
  app.get('/listings/:id/edit', async (c) => {
    const row = await own(deps, c);
    if (row === undefined) return viewerOf(c) === undefined ? toSignIn(c) : c.notFound();
    return formPage(deps, c, kindOf(row), valuesOf(row), [], row, await listPictures(deps.db.read, [row.id]));
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
        const cooperative = await getCooperative(deps.db.read);
        const read = readListing(valuesOf(row), {
          kinds: cooperative?.kinds ?? [],
          findPlace: (name) => deps.places.find(name),
          townOf: (at) => deps.places.townOf(at),
          now: deps.site.now(),
        });
        if (!read.ok)
          return formPage(
            deps,
            c,
            kindOf(row),
            valuesOf(row),
            read.errors,
            row,
            await listPictures(deps.db.read, [row.id]),
          );
      }
      const result = await deps.db.write((tx) => moveListing(tx, deps.site, row, state));
      return done(c, `/listings/${row.id}`, result.ok ? `listing_${state}` : 'listing_transition');
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
    return done(c, '/', 'listing_deleted');
  });
  return app;
};

const kindOf = (row: ListingRow): Kind => KINDS.find((kind) => kind === row.kind) ?? 'goods';

/** The listing in the path, if it is the viewer's own. */
const own = async (deps: WebDeps, c: Ctx): Promise<ListingRow | undefined> => {
  const viewer = viewerOf(c);
  const row = viewer === undefined ? undefined : await findListing(deps.db.read, c.req.param('id') ?? '');
  return row !== undefined && row.local && row.publisher === viewer?.actor.uri ? row : undefined;
};

/** A saved listing as its form has it. */
const valuesOf = (row: ListingRow): Record<string, string | string[]> => {
  const digits =
    row.currency === null
      ? 2
      : (new Intl.NumberFormat('en', { style: 'currency', currency: row.currency }).resolvedOptions()
          .maximumFractionDigits ?? 2);
  const price =
    row.priceAmount === null
      ? ''
      : row.priceType === 'hours'
        ? String(row.priceAmount / 60)
        : (row.priceAmount / 10 ** digits).toFixed(digits);
  return {
    kind: row.kind,
    purpose: row.purpose,
    title: row.title,
    text: row.text,
    priceType: row.priceType,
    price,
    currency: row.currency ?? 'EUR',
    unit: row.unit,
    quantity: row.quantity === null ? '' : String(row.quantity),
    place: row.exactName ?? '',
    ...(row.exactLatitude === null || row.exactLongitude === null
      ? {}
      : {
          latitude: String(row.exactLatitude),
          longitude: String(row.exactLongitude),
          savedPlace: row.exactName ?? '',
        }),
    precision: row.precision,
    audience: row.audience,
    validUntil: row.validUntil?.toISOString().slice(0, 10) ?? '',
    language: row.language ?? '',
    tags: row.tags.join(', '),
    ...Object.fromEntries(
      Object.entries(row.attributes).map(([key, value]) => [
        `attributes.${key}`,
        value === true ? '1' : Array.isArray(value) ? value : String(value),
      ]),
    ),
  };
};

const save = async (deps: WebDeps, c: Ctx, row: ListingRow | undefined): Promise<Response> => {
  const viewer = viewerOf(c);
  if (viewer === undefined) return toSignIn(c);
  const form = await posted(c);
  const { cooperative } = c.get('asked');
  const kind = KINDS.find((one) => one === form.text('kind')) ?? 'goods';
  const before = row === undefined ? [] : await listPictures(deps.db.read, [row.id]);
  const back = (errors: FieldError[]): Promise<Response> => formPage(deps, c, kind, form.values, errors, row, before);
  if (!isOwnForm(c, form)) return back([{ field: 'kind', code: 'formExpired' }]);
  const draft = form.text('as') === 'draft' && (row === undefined || row.state === 'draft');
  // A place that was typed anew is found anew; only the one that was saved keeps its exact point.
  const values = { ...form.values };
  if (row === undefined || form.text('place') !== row.exactName) {
    delete values['latitude'];
    delete values['longitude'];
  }
  const read = readListing(values, {
    kinds: cooperative!.kinds,
    findPlace: (name) => deps.places.find(name),
    townOf: (at) => deps.places.townOf(at),
    now: deps.site.now(),
    draft,
  });
  const removed = form.all('removePicture');
  const errors: FieldError[] = read.ok ? [] : [...read.errors];
  const files = form.files('photos');
  if (before.length - removed.length + files.length > MAX_PICTURES)
    errors.push({ field: 'photos', code: 'tooMany', params: { max: MAX_PICTURES } });
  if (!read.ok || errors.length > 0) return back(errors);
  const prepared: PreparedPicture[] = [];
  for (const file of files) {
    const picture = await preparePicture(Buffer.from(await file.arrayBuffer()));
    if (!picture.ok) return back(picture.errors);
    await savePictureFiles(deps.mediaDir, picture.value);
    prepared.push(picture.value);
  }
  const saved = await deps.db.write(async (tx) => {
    const listing =
      row === undefined
        ? await createListing(tx, deps.site, viewer.account.handle, read.value, 'draft')
        : await updateListing(tx, deps.site, row, read.value);
    for (const id of removed) if (before.some((picture) => picture.id === id)) await removePicture(tx, id);
    for (const picture of before) await describePicture(tx, picture.id, form.text(`alt.${picture.id}`));
    for (const [i, picture] of prepared.entries())
      await attachPicture(tx, deps.site.now(), picture, {
        owner: viewer.actor.uri,
        listing: listing.id,
        alt: form.text('newAlt') || listing.title,
        position: before.length + i,
      });
    // Told once, with its pictures.
    if (row === undefined && !draft) await moveListing(tx, deps.site, listing, 'published');
    else if (listing.state === 'draft' && !draft) await moveListing(tx, deps.site, listing, 'published');
    else if (listing.state !== 'draft' && (removed.length > 0 || prepared.length > 0))
      await touchListing(tx, deps.site, listing);
    return listing;
  });
  return done(
    c,
    `/listings/${saved.id}`,
    draft ? 'listing_draft' : row === undefined || row.state === 'draft' ? 'listing_published' : 'listing_saved',
  );
};

const attributeField = (form: FormState, kind: Kind, attribute: AttributeProfile): Html => {
  const { t } = form;
  const name = `attributes.${attribute.key}`;
  const label = t.any(`kinds.${kind}.attributes.${attribute.key}`);
  const options = (attribute.options ?? []).map((value) => ({
    value,
    label: t.any(`kinds.${kind}.options.${attribute.key}.${value}`),
  }));
  switch (attribute.type) {
    case 'bool':
      return checkbox(form, name, label);
    case 'choices':
      return choices(form, name, options, { label, many: true });
    case 'choice':
      return select(form, name, [{ value: '', label: t('forms.none') }, ...options], { label });
    case 'number':
      return input(form, name, {
        label,
        type: 'number',
        min: String(attribute.min ?? 0),
        max: String(attribute.max ?? 1_000_000),
      });
    case 'time':
      return input(form, name, { label, type: 'time' });
    default:
      return input(form, name, {
        label,
        ...(attribute.key === 'registrationNumber' ? { hint: t('write.registrationHint') } : {}),
      });
  }
};

const formPage = (
  deps: WebDeps,
  c: Ctx,
  kind: Kind,
  values: Values,
  errors: FieldError[],
  row: ListingRow | undefined,
  pictures: PictureRow[],
): Promise<Response> => {
  const { t } = c.get('asked');
  const profile = KIND_PROFILES[kind];
  const csrf = viewerOf(c)!.session.csrf;
  const form: FormState = { t, values, errors, csrf };
  const options = (list: readonly string[], prefix: string) =>
    list.map((value) => ({ value, label: t.any(`${prefix}.${value}`) }));
  const label = (field: string): string =>
    field.startsWith('attributes.') ? t.any(`kinds.${kind}.${field}`) : t.any(`fields.${field}`);
  const title =
    row === undefined
      ? t('write.titleOf', { kind: t.any(`kinds.${kind}.name`) })
      : t('write.editTitle', { title: row.title });
  return page(
    deps,
    c,
    { title, narrow: true, noindex: true },
    html`<h1>${title}</h1>
<form class="stack" method="post" action="${row === undefined ? '/listings' : `/listings/${row.id}`}" enctype="multipart/form-data">${errorSummary(form, label)}${csrfField(form)}${hidden('kind', kind)}
${typeof values['latitude'] === 'string' ? html`${hidden('latitude', values['latitude'])}${hidden('longitude', String(values['longitude'] ?? ''))}` : ''}
<h2>${t('write.part1')}</h2>${choices(form, 'purpose', options(PURPOSES, 'purposes'), { label: t('fields.purpose') })}${input(form, 'title', { label: t('fields.title'), required: true })}${textarea(form, 'text', { label: t('fields.text'), hint: t('write.textHint') })}
<h2>${t('write.part2')}</h2><div class="pair three">${select(form, 'priceType', options(profile.prices, 'price.types'), { label: t('fields.priceType') })}${input(form, 'price', { label: t('fields.price'), hint: t('write.priceHint'), inputmode: 'decimal' })}${select(form, 'unit', options(profile.units, 'units'), { label: t('fields.unit') })}</div>
${hidden('currency', typeof values['currency'] === 'string' ? values['currency'] : 'EUR')}
${profile.quantity === 'none' ? '' : input(form, 'quantity', { label: t.any(`listing.${profile.quantity}`), type: 'number', min: '0' })}
${profile.attributes.map((attribute) => attributeField(form, kind, attribute))}
<h2>${t('write.part3')}</h2>${input(form, 'place', { label: t('fields.place'), hint: t('write.placeHint'), places: true, autocomplete: 'off' })}${select(form, 'precision', options(PRECISIONS, 'precisions'), { label: t('fields.precision') })}
<h2>${t('write.part4')}</h2>${pictures.map((picture) => html`<div class="row"><img src="${mediaUrl(deps.site, picture.key, 320)}" alt="" width="120" height="90">${input({ ...form, values: { [`alt.${picture.id}`]: picture.alt } }, `alt.${picture.id}`, { label: t('fields.alt') })}<label class="row"><input type="checkbox" name="removePicture" value="${picture.id}"> ${t('write.removePicture')}</label></div>`)}
<div class="field"><label for="f-photos">${t('fields.photos')}</label><input id="f-photos" type="file" name="photos" accept="image/jpeg,image/png,image/webp,image/avif" multiple>${errors.filter((error) => error.field === 'photos').map((error) => html`<p class="error">${t.any(`errors.${error.code}`, error.params ?? {})}</p>`)}</div>
${input(form, 'newAlt', { label: t('fields.alt'), hint: t('write.altHint') })}
${select(form, 'audience', options(AUDIENCES, 'audiences'), { label: t('fields.audience') })}<div class="pair">${input(form, 'validUntil', { label: t('fields.validUntil'), type: 'date' })}${input(form, 'tags', { label: t('fields.tags'), hint: t('write.tagsHint') })}</div>${hidden('language', typeof values['language'] === 'string' ? values['language'] : '')}
<div class="dock row">${button(row === undefined || row.state === 'draft' ? t('listing.publish') : t('write.save'))}${row === undefined || row.state === 'draft' ? button(t('write.draft'), 'plain', 'as', 'draft') : ''}</div></form>`,
    errors.length > 0 ? 422 : 200,
  );
};
