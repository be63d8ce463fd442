/** Reads what a person (form, CSV line, API) says of a listing. Every fault is found at once and named by field. */
import { KIND_PROFILES } from './kinds/index.ts';
import type { AttributeProfile, KindProfile } from './kinds/profile.ts';
import {
  AUDIENCES,
  type Attributes,
  type Audience,
  type FieldError,
  KINDS,
  type Kind,
  PRECISIONS,
  PURPOSES,
  type Precision,
  type Price,
  type Purpose,
  type Result,
  type Unit,
  fail,
  ok,
} from './types.ts';

export type RawListing = Record<string, string | string[] | undefined>;

/** A place as it was typed and found, before anything is made less precise. */
export type ExactPlace = { name: string; latitude: number; longitude: number; country?: string };

/** A listing that may be saved. */
export type ListingDraft = {
  kind: Kind;
  purpose: Purpose;
  title: string;
  text: string;
  price: Price;
  unit: Unit;
  quantity?: number;
  place?: ExactPlace;
  precision: Precision;
  attributes: Attributes;
  tags: string[];
  audience: Audience;
  language?: string;
  validUntil?: Date;
};

export type ReadingContext = {
  /** Kinds that the cooperative has switched on. */
  kinds: readonly string[];
  findPlace: (name: string) => ExactPlace | undefined;
  now: Date;
  /** A draft may lack what publishing needs; what is there must still be right. */
  draft?: boolean;
};

const TITLE_MAX = 120;
const TEXT_MAX = 10_000;
const MAX_AMOUNT = 100_000_000;

/**
 * @param raw by form field: kind, purpose, title, text, priceType, price (major units, `42,50`; hours for
 *   `hours`), currency, unit, quantity, place, latitude, longitude, precision, audience, validUntil
 *   (`2027-08-31`), language, tags (comma or `#`), and `attributes.<key>`
 */
export const readListing = (raw: RawListing, context: ReadingContext): Result<ListingDraft> => {
  const errors: FieldError[] = [];
  const text = (field: string): string => one(raw[field]).trim();
  const oneOf = <T extends string>(field: string, allowed: readonly T[], fallback?: T): T => {
    const value = text(field);
    const found = allowed.find((option) => option === value);
    if (found !== undefined) return found;
    if (value === '' && fallback !== undefined) return fallback;
    errors.push({ field, code: 'choice', params: { allowed: allowed.join(', ') } });
    return fallback ?? allowed[0]!;
  };

  const kind = oneOf('kind', KINDS);
  if (KINDS.some((k) => k === text('kind')) && !context.kinds.includes(kind))
    errors.push({ field: 'kind', code: 'listing.kindOff' });
  const profile = KIND_PROFILES[kind];
  const purpose = oneOf('purpose', PURPOSES, 'offer');

  const title = text('title').replaceAll(/\s+/g, ' ');
  if (title.length < 3) errors.push({ field: 'title', code: 'tooShort', params: { min: 3 } });
  if (title.length > TITLE_MAX) errors.push({ field: 'title', code: 'tooLong', params: { max: TITLE_MAX } });
  const body = one(raw['text']).trim().replaceAll('\r\n', '\n');
  if (body.length > TEXT_MAX) errors.push({ field: 'text', code: 'tooLong', params: { max: TEXT_MAX } });
  if (body.length < 10 && !context.draft) errors.push({ field: 'text', code: 'tooShort', params: { min: 10 } });
  for (const field of ['title', 'text'])
    if (UNWANTED.test(text(field))) errors.push({ field, code: 'unwantedCharacters' });

  const unit = oneOf<Unit>('unit', profile.units, profile.units[0]);
  const price = readPrice(text, profile, errors, context.draft === true);
  const quantity = readQuantity(text('quantity'), errors);
  const place = readPlace(text, context, errors);
  if (
    place === undefined &&
    text('place') === '' &&
    !context.draft &&
    profile.kind !== 'service' &&
    purpose === 'offer'
  ) {
    errors.push({ field: 'place', code: 'required' });
  }
  const attributes = readAttributes(
    raw,
    profile,
    { purpose, ...(place?.country === undefined ? {} : { country: place.country }) },
    errors,
  );
  const validUntil = readDate(text('validUntil'), context.now, errors);
  const language = text('language');
  if (language !== '' && !/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(language))
    errors.push({ field: 'language', code: 'language' });
  const tags = readTags(raw['tags'], errors);

  const draft: ListingDraft = {
    kind,
    purpose,
    title,
    text: body,
    price,
    unit,
    precision: oneOf('precision', PRECISIONS, 'neighbourhood'),
    attributes,
    tags,
    audience: oneOf('audience', AUDIENCES, 'public'),
    ...(quantity === undefined ? {} : { quantity }),
    ...(place === undefined ? {} : { place }),
    ...(language === '' ? {} : { language }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  return errors.length > 0 ? fail(...errors) : ok(draft);
};

/** NUL and other controls, direction overrides, lone surrogates: never in a name or a text. */
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}|\p{M}{9}/u;

const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''));
const many = (value: string | string[] | undefined): string[] =>
  (Array.isArray(value) ? value : (value ?? '').split(/[;,]/)).map((v) => v.trim()).filter((v) => v !== '');

/** Digits after the point of a currency by ISO 4217, as the platform knows them. */
const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** @returns the number that a person typed (`1 234,50`, `1234.5`), or undefined */
const decimal = (text: string): number | undefined => {
  const plain = text.replaceAll(/[\s\u00A0\u202F]/g, '').replace(',', '.');
  return /^\d{1,12}(\.\d{1,6})?$/.test(plain) ? Number(plain) : undefined;
};

const readPrice = (
  text: (field: string) => string,
  profile: KindProfile,
  errors: FieldError[],
  draft: boolean,
): Price => {
  const type = text('priceType') || (draft ? 'quote' : text('price') === '' ? '' : 'money');
  const allowed = profile.prices.find((p) => p === type);
  if (allowed === undefined) {
    errors.push({ field: 'priceType', code: 'choice', params: { allowed: profile.prices.join(', ') } });
    return { type: 'quote' };
  }
  if (allowed === 'free' || allowed === 'quote') return { type: allowed };
  const value = decimal(text('price'));
  if (value === undefined || value <= 0) {
    errors.push({ field: 'price', code: allowed === 'hours' ? 'hours' : 'amount' });
    return { type: 'quote' };
  }
  if (allowed === 'hours') {
    if (value > 1_000) errors.push({ field: 'price', code: 'tooLarge', params: { max: 1_000 } });
    return { type: 'hours', minutes: Math.round(value * 60) };
  }
  const currency = (text('currency') || 'EUR').toUpperCase();
  if (!CURRENCIES.has(currency)) {
    errors.push({ field: 'currency', code: 'currency' });
    return { type: 'quote' };
  }
  const amount = value * 10 ** digitsOf(currency);
  if (Math.abs(amount - Math.round(amount)) > 1e-6)
    errors.push({ field: 'price', code: 'amountDigits', params: { digits: digitsOf(currency) } });
  if (amount > MAX_AMOUNT)
    errors.push({ field: 'price', code: 'tooLarge', params: { max: MAX_AMOUNT / 10 ** digitsOf(currency) } });
  return { type: 'money', amount: Math.round(amount), currency };
};

const readQuantity = (value: string, errors: FieldError[]): number | undefined => {
  if (value === '') return undefined;
  if (!/^\d{1,6}$/.test(value)) {
    errors.push({ field: 'quantity', code: 'wholeNumber', params: { min: 0, max: 999_999 } });
    return undefined;
  }
  return Number(value);
};

const readPlace = (
  text: (field: string) => string,
  context: ReadingContext,
  errors: FieldError[],
): ExactPlace | undefined => {
  const name = text('place');
  if (name === '') return undefined;
  if (name.length > 120) {
    errors.push({ field: 'place', code: 'tooLong', params: { max: 120 } });
    return undefined;
  }
  const [lat, lng] = [text('latitude'), text('longitude')];
  if (lat !== '' || lng !== '') {
    const [latitude, longitude] = [Number(lat), Number(lng)];
    const right = lat !== '' && lng !== '' && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    if (!right) {
      errors.push({ field: 'place', code: 'coordinates' });
      return undefined;
    }
    const country = context.findPlace(name)?.country;
    return { name, latitude, longitude, ...(country === undefined ? {} : { country }) };
  }
  const found = context.findPlace(name);
  if (found === undefined) errors.push({ field: 'place', code: 'placeUnknown' });
  return found;
};

const readAttributes = (
  raw: RawListing,
  profile: KindProfile,
  context: { purpose: string; country?: string },
  errors: FieldError[],
): Attributes => {
  const values: Attributes = {};
  for (const attribute of profile.attributes) {
    const given = raw[`attributes.${attribute.key}`];
    const outcome = readAttribute(attribute, given, context);
    if ('error' in outcome) errors.push({ field: `attributes.${attribute.key}`, ...outcome.error });
    else if (outcome.value !== undefined) values[attribute.key] = outcome.value;
  }
  return values;
};

type AttributeOutcome = { value?: string | number | boolean | string[] } | { error: Omit<FieldError, 'field'> };

const readAttribute = (
  attribute: AttributeProfile,
  given: string | string[] | undefined,
  context: { purpose: string; country?: string },
): AttributeOutcome => {
  const text = one(given).trim();
  const options = attribute.options ?? [];
  switch (attribute.type) {
    case 'bool':
      return ['1', 'on', 'true', 'yes', 'oui'].includes(text.toLowerCase()) ? { value: true } : {};
    case 'choices': {
      const chosen = [...new Set(many(given))];
      const wrong = chosen.find((option) => !options.includes(option));
      if (wrong !== undefined) return { error: { code: 'choice', params: { allowed: options.join(', ') } } };
      return chosen.length > 0 ? { value: chosen } : {};
    }
    case 'choice':
      if (text === '') return {};
      return options.includes(text)
        ? { value: text }
        : { error: { code: 'choice', params: { allowed: options.join(', ') } } };
    case 'number': {
      if (text === '') return {};
      const value = decimal(text);
      const [min, max] = [attribute.min ?? 0, attribute.max ?? 1e6];
      if (value === undefined || value < min || value > max) return { error: { code: 'number', params: { min, max } } };
      return { value };
    }
    case 'time':
      if (text === '') return {};
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? { value: text } : { error: { code: 'time' } };
    default: {
      if (text === '') return {};
      const max = attribute.maxLength ?? 500;
      if (text.length > max) return { error: { code: 'tooLong', params: { max } } };
      const code = attribute.check?.(text, context);
      return code === undefined ? { value: text } : { error: { code } };
    }
  }
};

const readDate = (value: string, now: Date, errors: FieldError[]): Date | undefined => {
  if (value === '') return undefined;
  const end = new Date(`${value}T23:59:59.000Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(end.getTime()) || end.toISOString().slice(0, 10) !== value) {
    errors.push({ field: 'validUntil', code: 'date' });
    return undefined;
  }
  if (end < now) errors.push({ field: 'validUntil', code: 'datePast' });
  return end;
};

const readTags = (value: string | string[] | undefined, errors: FieldError[]): string[] => {
  const tags = many(Array.isArray(value) ? value : (value ?? '').replaceAll('#', ' ').replaceAll(/\s{2,}/g, ','))
    .map((tag) => tag.replaceAll(/[^\p{L}\p{N}]+/gu, ''))
    .filter((tag) => tag !== '');
  const unique = [...new Map(tags.map((tag) => [tag.toLowerCase(), tag])).values()];
  if (unique.length > 10) errors.push({ field: 'tags', code: 'tooMany', params: { max: 10 } });
  if (unique.some((tag) => tag.length > 40)) errors.push({ field: 'tags', code: 'tooLong', params: { max: 40 } });
  return unique;
};
