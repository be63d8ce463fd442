/** Reads what a person (form, CSV line, API) says of a listing. Every fault is found at once and named by field. */
import { KIND_PROFILES } from './kinds/index.ts';
import type { KindProfile } from './kinds/profile.ts';
import { readAttributes } from './listing-attributes.ts';
import { isCurrency, minorDigits } from './money.ts';
import type { Town } from './places.ts';
import { decimal, endOfDay, many, one } from './read.ts';
import { readAccess } from './listing-access.ts';
import { checkText } from './text.ts';
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
  /** The town that the place lies in: all that is shown of it when the member wants no more to be known. */
  town?: Town;
  precision: Precision;
  attributes: Attributes;
  tags: string[];
  audience: Audience;
  /** Hosts of peers that it is kept away from; absent = as it was. */
  withheld?: string[];
  /** For whom it is; absent = as it was. */
  access?: Access;
  language?: string;
  validUntil?: Date;
};
/** `reserved`: its whole is for holders of one of these attestations alone. `priced`: they pay this price. */
export type Access =
  | { for: 'all' }
  | { for: 'reserved'; codes: string[] }
  | { for: 'priced'; codes: string[]; price: Price };

export type ReadingContext = {
  /** Kinds that the cooperative has switched on. */
  kinds: readonly string[];
  findPlace: (name: string) => ExactPlace | undefined;
  townOf: (place: ExactPlace) => Town | undefined;
  now: Date;
  /** May its last day be over? Whoever reads it then looks whether that is new. */
  over?: boolean;
  /** Hosts that a listing may be kept away from; absent = whatever looks like one. */
  partners?: readonly string[];
  /** Codes of attestations that a listing may be for; absent = whatever looks like one. */
  attestations?: readonly string[];
  /** A draft may lack what publishing needs; what is there must still be right. */
  draft?: boolean;
};

const TITLE_MAX = 120;
const TEXT_MAX = 10_000;
const MAX_AMOUNT = 100_000_000;

/**
 * @param raw by form field: kind, purpose, title, text, priceType, price (major units, `42,50`; hours for
 *   `hours`), currency, unit, quantity, place, latitude, longitude, precision, audience, validUntil
 *   (`2027-08-31`), language, tags (comma or `#`), withheld (hosts), access, attestations, holderPrice, and
 *   `attributes.<key>`
 */
export const readListing = (raw: RawListing, context: ReadingContext): Result<ListingDraft> => {
  const { draft, errors } = examineListing(raw, context);
  return errors.length > 0 ? fail(...errors) : ok(draft);
};

/** The same, for a preview: what can be read of it, whatever is still wrong. */
export const examineListing = (
  raw: RawListing,
  context: ReadingContext,
): { draft: ListingDraft; errors: FieldError[] } => {
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
  errors.push(...checkText('title', title, { min: 3, max: TITLE_MAX }));
  const body = one(raw['text']).trim().replaceAll('\r\n', '\n');
  errors.push(...checkText('text', body, { min: context.draft === true ? 0 : 10, max: TEXT_MAX }));

  const unit = oneOf<Unit>('unit', profile.units, profile.units[0]);
  const price = readPrice(text, profile, errors, context.draft === true);
  const quantity = readQuantity(text('quantity'), profile, errors);
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
  const town = place === undefined ? undefined : context.townOf(place);
  const attributes = readAttributes(
    raw,
    profile,
    { purpose, ...(place?.country === undefined ? {} : { country: place.country }) },
    errors,
  );
  const validUntil = readDate(text('validUntil'), context.over === true ? undefined : context.now, errors);
  const language = text('language');
  if (language !== '' && !/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(language))
    errors.push({ field: 'language', code: 'language' });
  const tags = readTags(raw['tags'], errors);
  const withheld = readWithheld(raw['withheld'], context.partners, errors);
  const access = readAccess(raw, price, context.attestations, errors);

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
    ...(withheld === undefined ? {} : { withheld }),
    ...(access === undefined ? {} : { access }),
    audience: oneOf('audience', AUDIENCES, 'public'),
    ...(quantity === undefined ? {} : { quantity }),
    ...(place === undefined ? {} : { place }),
    ...(town === undefined ? {} : { town }),
    ...(language === '' ? {} : { language }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  return { draft, errors };
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
  // What a draft costs may be said later.
  if (draft && text('price') === '')
    return allowed === 'hours'
      ? { type: 'hours', minutes: 0 }
      : { type: 'money', amount: 0, currency: currencyOr(text('currency'), 'EUR') };
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
  if (!isCurrency(currency)) {
    errors.push({ field: 'currency', code: 'currency' });
    return { type: 'quote' };
  }
  const digits = minorDigits(currency);
  const amount = value * 10 ** digits;
  if (Math.abs(amount - Math.round(amount)) > 1e-6)
    errors.push({ field: 'price', code: 'amountDigits', params: { digits } });
  if (amount > MAX_AMOUNT)
    errors.push({ field: 'price', code: 'tooLarge', params: { max: MAX_AMOUNT / 10 ** digits } });
  return { type: 'money', amount: Math.round(amount), currency };
};

const currencyOr = (text: string, fallback: string): string => {
  const code = text.toUpperCase();
  return isCurrency(code) ? code : fallback;
};

const readQuantity = (value: string, profile: KindProfile, errors: FieldError[]): number | undefined => {
  if (value === '') return undefined;
  // A stock may run out; a bed for nobody is none.
  const min = profile.quantity === 'capacity' ? 1 : 0;
  if (!/^\d{1,6}$/.test(value) || Number(value) < min) {
    errors.push({ field: 'quantity', code: 'wholeNumber', params: { min, max: 999_999 } });
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
    const country = (context.findPlace(name) ?? context.townOf({ name, latitude, longitude }))?.country;
    return { name, latitude, longitude, ...(country === undefined ? {} : { country }) };
  }
  const found = context.findPlace(name);
  if (found === undefined) errors.push({ field: 'place', code: 'placeUnknown' });
  return found;
};

/** @param now undefined: a day that is over may be told, too */
const readDate = (value: string, now: Date | undefined, errors: FieldError[]): Date | undefined => {
  if (value === '') return undefined;
  const end = endOfDay(value);
  if (end === undefined) {
    errors.push({ field: 'validUntil', code: 'date' });
    return undefined;
  }
  if (now !== undefined && end < now) errors.push({ field: 'validUntil', code: 'datePast' });
  return end;
};

/** Undefined: it is not spoken of. */
const readWithheld = (
  value: string | string[] | undefined,
  partners: readonly string[] | undefined,
  errors: FieldError[],
): string[] | undefined => {
  if (value === undefined) return undefined;
  const hosts = [...new Set(many(value).map((host) => host.toLowerCase()))].toSorted();
  const unknown = hosts.find(
    (host) => partners?.includes(host) === false || !/^[a-z0-9._-]{1,253}(:\d{1,5})?$/.test(host),
  );
  if (unknown !== undefined)
    errors.push({ field: 'withheld', code: 'listing.partnerUnknown', params: { host: unknown.slice(0, 100) } });
  return hosts;
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
