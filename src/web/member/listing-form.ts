/** The page on which a listing is written: one column in four parts, with its card beside it. */
import { newId } from '#domain/ids.ts';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import type { AttributeProfile } from '#domain/kinds/profile.ts';
import { MAX_PICTURES } from '#domain/listing-pictures.ts';
import type { ListingRow } from '#domain/listings.ts';
import { majorUnits } from '#domain/money.ts';
import { listPeers } from '#domain/peers.ts';
import { AUDIENCES, type FieldError, KINDS, type Kind, PRECISIONS, PURPOSES } from '#domain/types.ts';
import { type Ctx, type WebDeps, page, viewerOf } from '../context.ts';
import { asset } from '../ui/assets.ts';
import {
  type FormState,
  type Values,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  errorsBelow,
  fileInput,
  hidden,
  input,
  select,
  textarea,
  valueOf,
} from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';
import { type FormPicture, pictureItem } from './listing-pictures.ts';
import { accessFields } from './listing-access.ts';
import { previewCard } from './listing-preview.ts';

export type Written = {
  kind: Kind;
  values: Values;
  errors: FieldError[];
  /** The listing that is edited; absent = it is new. */
  row: ListingRow | undefined;
  pictures: FormPicture[];
  /** Nothing was wrong, but not everything was asked: the form comes back as it is. */
  unsaved?: boolean;
};

/** Kind first: six big choices. */
export const kindPage = (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const offered = KINDS.filter((one) => cooperative!.kinds.includes(one));
  return page(
    deps,
    c,
    { title: t('write.title'), noindex: true },
    html`<h1>${t('write.title')}</h1><p class="muted lead">${t('write.kind')}</p><ul class="kinds">${offered.map((one) => html`<li><a class="card" href="/listings/new?kind=${one}">${icon(one)}${t.any(`kinds.${one}.name`)}<span class="muted small">${t.any(`kinds.${one}.hint`)}</span></a></li>`)}</ul>`,
  );
};

/** A new listing of a kind, as its form begins. */
export const blankValues = (kind: Kind, t: Translator): Values => ({
  kind,
  purpose: 'offer',
  precision: 'neighbourhood',
  audience: 'public',
  currency: 'EUR',
  priceType: KIND_PROFILES[kind].prices[0],
  unit: KIND_PROFILES[kind].units[0],
  language: t.locale,
});

/** A saved listing as its form has it. */
export const savedValues = (row: ListingRow, t: Translator): Values => ({
  kind: row.kind,
  purpose: row.purpose,
  title: row.title,
  text: row.text,
  priceType: row.priceType,
  price: typedPrice(row, t),
  currency: row.currency ?? 'EUR',
  unit: row.unit,
  quantity: row.quantity === null ? '' : String(row.quantity),
  place: row.exactName ?? '',
  ...(row.exactLatitude === null || row.exactLongitude === null
    ? {}
    : { latitude: String(row.exactLatitude), longitude: String(row.exactLongitude) }),
  precision: row.precision,
  audience: row.audience,
  withheld: row.withheld,
  validUntil: row.validUntil?.toISOString().slice(0, 10) ?? '',
  language: row.language ?? '',
  tags: row.tags.join(', '),
  ...Object.fromEntries(
    Object.entries(row.attributes).map(([key, value]) => [
      `attributes.${key}`,
      value === true ? '1' : Array.isArray(value) ? value : String(value),
    ]),
  ),
});

/** As one would type it: `28`, `28,50`; nothing for a draft that leaves it open. */
const typedPrice = (row: ListingRow, t: Translator): string => {
  if (row.priceAmount === null || row.priceAmount === 0) return '';
  const plain =
    row.priceType === 'hours'
      ? String(Number((row.priceAmount / 60).toFixed(6)))
      : majorUnits(row.priceAmount, row.currency ?? 'EUR').replace(/\.0+$/, '');
  return t.locale === 'fr' ? plain.replace('.', ',') : plain;
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
      return input(form, name, { label, inputmode: attribute.whole === true ? 'numeric' : 'decimal', short: true });
    case 'time':
      return input(form, name, { label, type: 'time', short: true });
    default:
      return input(form, name, {
        label,
        ...(attribute.key === 'registrationNumber' ? { hint: t('write.registrationHint') } : {}),
      });
  }
};

/** Attributes that go side by side, and those that take a line. */
const attributeFields = (form: FormState, kind: Kind): Html => {
  const all = KIND_PROFILES[kind].attributes;
  const short = all.filter((one) => ['number', 'time', 'choice'].includes(one.type));
  const long = all.filter((one) => !short.includes(one));
  return html`${short.length === 0 ? '' : html`<div class="pair">${short.map((one) => attributeField(form, kind, one))}</div>`}${long.map((one) => attributeField(form, kind, one))}`;
};

/** Partners that the listing is kept away from: those of today, and those that it is kept from already. */
const withheldFields = async (deps: WebDeps, form: FormState, row: ListingRow | undefined): Promise<Html | ''> => {
  const { t } = form;
  const peers = await listPeers(deps.db.read, ['active', 'paused']);
  const gone = (row?.withheld ?? []).filter((host) => peers.every((peer) => peer.host !== host));
  const options = [
    ...peers.map((peer) => ({ value: peer.host, label: peer.name })),
    ...gone.map((host) => ({ value: host, label: host })),
  ];
  if (options.length === 0) return '';
  const chosen = [form.values['withheld'] ?? []].flat();
  const open = chosen.length > 0 || form.errors.some((error) => error.field === 'withheld');
  return html`<details${open ? html` open` : ''}><summary>${t('write.withheld', { n: chosen.length })}</summary>${choices(form, 'withheld', options, { label: t('fields.withheld'), hint: t('write.withheldHint'), many: true })}</details>`;
};

const priceHint = (t: Translator, currency: string): string =>
  currency === 'EUR'
    ? t('write.priceHint')
    : t('write.priceHintIn', {
        currency: new Intl.DisplayNames(t.locale, { type: 'currency' }).of(currency) ?? currency,
      });

/** Fields that the form does not show are told of at one that it does. */
const SHOWN_AT: Record<string, string> = { currency: 'price', language: 'text', kind: 'kind' };

/** The first button of the form is one that does nothing: Enter within a field neither publishes nor moves a picture. */
export const listingForm = async (deps: WebDeps, c: Ctx, written: Written): Promise<Response> => {
  const asked = c.get('asked');
  const { t } = asked;
  const { kind, values, row, pictures } = written;
  const errors = written.errors.map((error) => ({ ...error, field: SHOWN_AT[error.field] ?? error.field }));
  const profile = KIND_PROFILES[kind];
  const form: FormState = { t, values, errors, csrf: viewerOf(c)!.session.csrf };
  const options = (list: readonly string[], prefix: string) =>
    list.map((value) => ({ value, label: t.any(`${prefix}.${value}`) }));
  const label = (field: string): string => {
    const at = pictures.findIndex((picture) => field === `alt.${picture.row.id}`);
    if (at >= 0) return t('write.altOf', { n: at + 1 });
    if (field === 'quantity' && profile.quantity !== 'none') return t.any(`listing.${profile.quantity}`);
    return field.startsWith('attributes.') ? t.any(`kinds.${kind}.${field}`) : t.any(`fields.${field}`);
  };
  const fresh = row === undefined || row.state === 'draft';
  const kindName = t.any(`kinds.${kind}.name`);
  const title = row === undefined ? t('write.titleOf', { kind: kindName }) : t('write.editTitle', { title: row.title });
  const currency = valueOf(form, 'currency') || 'EUR';
  return page(
    deps,
    c,
    { title, noindex: true, script: asset('listing-form.js') },
    html`<h1>${title}</h1>
<div class="writing"><form class="stack" id="listing-form" method="post" action="${row === undefined ? '/listings' : `/listings/${row.id}`}" enctype="multipart/form-data">${errorSummary(form, label)}${written.unsaved === true ? html`<p class="notice" role="status">${t('write.notYetSaved')}</p>` : ''}${csrfField(form)}${row === undefined ? hidden('once', valueOf(form, 'once') || newId()) : ''}${hidden('kind', kind)}${hidden('currency', currency)}${hidden('language', valueOf(form, 'language'))}${valueOf(form, 'latitude') === '' ? '' : html`${hidden('latitude', valueOf(form, 'latitude'))}${hidden('longitude', valueOf(form, 'longitude'))}`}
<button type="submit" hidden disabled>${t('write.save')}</button>
<h2>${t('write.part1')}</h2><div class="field" id="f-kind"><p class="row"><span class="chip">${icon(kind)}${kindName}</span>${row === undefined ? html`<a href="/listings/new">${t('write.otherKind')}</a>` : ''}</p>${errorsBelow(form, 'kind')}</div>
${choices(form, 'purpose', options(PURPOSES, 'purposes'), { label: t('fields.purpose') })}${input(form, 'title', { label: t('fields.title'), hint: t.any(`write.titleHints.${kind}`), required: true })}${textarea(form, 'text', { label: t('fields.text'), hint: t('write.textHint') })}
<h2>${t('write.part2')}</h2><div class="pair three">${select(form, 'priceType', options(profile.prices, 'price.types'), { label: t('fields.priceType') })}${input(form, 'price', { label: t('fields.price'), hint: priceHint(t, currency), inputmode: 'decimal' })}${select(form, 'unit', options(profile.units, 'units'), { label: t('fields.unit') })}</div>
${profile.quantity === 'none' ? '' : input(form, 'quantity', { label: t.any(`listing.${profile.quantity}`), inputmode: 'numeric', short: true })}
${attributeFields(form, kind)}
<h2>${t('write.part3')}</h2>${input(form, 'place', { label: t('fields.place'), hint: t('write.placeHint'), places: true, autocomplete: 'off' })}${select(form, 'precision', options(PRECISIONS, 'precisions'), { label: t('fields.precision'), hint: t('write.precisionHint') })}
<h2>${t('write.part4')}</h2><ol class="picture-list" id="f-pictures">${pictures.map((picture, i) => pictureItem(deps, form, picture, i, pictures.length))}</ol>
<div class="stack picture-add">${fileInput(form, 'photos', { label: pictures.length === 0 ? t('fields.photos') : t('write.morePictures'), hint: t('write.photosHint', { max: MAX_PICTURES }), many: true })}<p><button class="button plain" name="as" value="pictures" formnovalidate>${t('write.addPictures')}</button></p></div>
${select(form, 'audience', options(AUDIENCES, 'audiences'), { label: t('fields.audience') })}${await withheldFields(deps, form, row)}${await accessFields(deps, form, row)}<div class="pair">${input(form, 'validUntil', { label: t('fields.validUntil'), type: 'date', hint: t('write.validUntilHint') })}${input(form, 'tags', { label: t('fields.tags'), hint: t('write.tagsHint') })}</div>
<div class="dock row">${button(fresh ? t('listing.publish') : t('write.save'), '', 'as', 'publish')}${fresh ? html`<button class="button plain" name="as" value="draft" formnovalidate>${t('write.draft')}</button>` : ''}</div></form>
<aside class="preview" aria-labelledby="preview-title"><h2 id="preview-title">${t('write.preview')}</h2><div id="preview">${previewCard(deps, asked, values, pictures)}</div><p class="no-script"><button class="button plain" form="listing-form" name="as" value="preview" formnovalidate>${t('write.previewNow')}</button></p></aside></div>`,
    errors.length > 0 ? 422 : 200,
  );
};
