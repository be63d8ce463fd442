/** A member's own listing as programs write and read it, and its way into the form's own fields. */
import { z } from '@hono/zod-openapi';
import type { RawListing } from '#domain/listing-input.ts';
import { MAX_PICTURES } from '#domain/listing-pictures.ts';
import type { ListingRow } from '#domain/listings.ts';
import { AUDIENCES, type FieldError, KINDS, LISTING_STATES, PRECISIONS, PURPOSES, UNITS } from '#domain/types.ts';
import { explain, type Values } from '../ui/forms.ts';
import { translator } from '../ui/locale.ts';
import { Listing, type Problem } from './schema.ts';

const text = z.string().max(20_000);
const amount = z.union([text, z.number()]).describe('decimal, in major units: "42.50"');

/** All but what it is need not be said again in a change. */
export const ListingInput = z
  .strictObject({
    kind: z.enum(KINDS),
    purpose: z.enum(PURPOSES),
    title: text,
    text: text.describe('Markdown'),
    price: z.strictObject({
      type: z.enum(['money', 'hours', 'free', 'quote']),
      amount: amount.optional(),
      currency: z.string().max(10).optional(),
      hours: z.union([text, z.number()]).optional(),
      unit: z.enum(UNITS).optional(),
    }),
    quantity: z.number().nullable(),
    place: z
      .strictObject({
        name: text,
        latitude: z.number().optional(),
        longitude: z.number().optional(),
        precision: z.enum(PRECISIONS).optional().describe('how precisely it is shown'),
      })
      .nullable(),
    attributes: z
      .record(z.string().max(60), z.union([text, z.number(), z.boolean(), z.array(text).max(50)]))
      .describe('by key, as docs/import.md lists them for each kind'),
    tags: z.array(text).max(50),
    audience: z.enum(AUDIENCES),
    for_holders: z
      .strictObject({
        access: z.enum(['reserved', 'priced']),
        attestations: z.array(z.string().max(60)).max(50).describe('codes of the list at /attestations'),
        price: amount.optional().describe('priced: what holders pay, as the price is said: an amount, or hours'),
      })
      .nullable()
      .describe('null: for everybody who may see it'),
    withheld: z.array(text).max(500).describe('hosts of partners that it is kept away from'),
    language: z.string().max(20).nullable(),
    valid_until: z.string().max(20).nullable().describe('last day: 2027-08-31'),
    state: z.enum(LISTING_STATES).describe('new ones are published if not said'),
  })
  .partial()
  .openapi('ListingInput');
export type ListingInputValue = z.infer<typeof ListingInput>;

export const OwnPicture = z
  .object({
    id: z.string(),
    url: z.string().describe('as WebP, at most 1600 pixels wide; of a reserved listing it needs the token'),
    alt: z.string().describe('what it shows, for those who do not see it'),
    width: z.number(),
    height: z.number(),
  })
  .openapi('OwnPicture');

export const PictureChange = z
  .strictObject({ alt: text, position: z.int().min(1).max(MAX_PICTURES).describe('1 is the first') })
  .partial()
  .openapi('PictureChange');

export const OwnListing = Listing.extend({
  for_holders: z
    .object({
      access: z.enum(['reserved', 'priced']),
      attestations: z.array(z.string()),
      price: z.string().optional().describe('priced: what holders pay, an amount or hours'),
    })
    .nullable(),
  state: z.enum(LISTING_STATES),
  awaits: z.boolean().describe('a moderator has to look at it before it is published'),
  text: z.string(),
  quantity: z.number().nullable(),
  precision: z.string(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  tags: z.array(z.string()),
  audience: z.string(),
  language: z.string().nullable(),
  valid_until: z.string().nullable(),
  pictures: z.array(OwnPicture).describe('in their order'),
}).openapi('OwnListing');

export const Me = z
  .object({ id: z.string(), uri: z.string(), handle: z.string(), name: z.string(), role: z.string(), url: z.string() })
  .openapi('Me');

/** What only its owner sees of it. @param holders what holders pay, as it would be typed */
export const ownPart = (row: ListingRow, holders?: string) => ({
  for_holders:
    row.held === null
      ? null
      : {
          access: row.held.access,
          attestations: row.held.codes,
          ...(row.held.access === 'priced' && holders !== undefined ? { price: holders } : {}),
        },
  state: LISTING_STATES.find((state) => state === row.state) ?? ('draft' as const),
  awaits: row.awaits !== null,
  text: row.text,
  quantity: row.quantity,
  precision: row.precision,
  attributes: row.attributes,
  tags: row.tags,
  audience: row.audience,
  language: row.language,
  valid_until: row.validUntil?.toISOString().slice(0, 10) ?? null,
});

/** By field of the form: what the API calls it. */
const NAMES: Record<string, string> = {
  priceType: 'price.type',
  price: 'price.amount',
  currency: 'price.currency',
  unit: 'price.unit',
  place: 'place.name',
  latitude: 'place.latitude',
  longitude: 'place.longitude',
  precision: 'place.precision',
  validUntil: 'valid_until',
  access: 'for_holders.access',
  attestations: 'for_holders.attestations',
  holderPrice: 'for_holders.price',
  photos: 'picture',
};

/** @param before the listing as its form has it; what is not spoken of stays */
export const rawOf = (input: ListingInputValue, before: Values = {}): RawListing => {
  const raw: RawListing = { ...before };
  const set = (field: string, value: string | number | boolean | string[] | null | undefined): void => {
    raw[field] = Array.isArray(value) ? value.map(String) : value == null ? '' : String(value);
  };
  for (const field of ['kind', 'purpose', 'title', 'text', 'quantity', 'tags', 'audience', 'language'] as const)
    if (input[field] !== undefined) set(field, input[field]);
  if (input.for_holders !== undefined) {
    set('access', input.for_holders?.access ?? 'all');
    set('attestations', input.for_holders?.attestations ?? []);
    set('holderPrice', input.for_holders?.price);
  }
  if (input.withheld !== undefined) raw['withheld'] = input.withheld;
  if (input.valid_until !== undefined) set('validUntil', input.valid_until);
  if (input.price !== undefined) {
    const { type, amount, hours, currency, unit } = input.price;
    set('priceType', type);
    set('price', type === 'hours' ? hours : type === 'money' ? amount : '');
    if (currency !== undefined) set('currency', currency);
    if (unit !== undefined) set('unit', unit);
  }
  if (input.place !== undefined) {
    set('place', input.place?.name);
    // A place that is named anew is found anew.
    set('latitude', input.place?.latitude);
    set('longitude', input.place?.longitude);
    if (input.place?.precision !== undefined) set('precision', input.place.precision);
  }
  if (input.attributes !== undefined) {
    for (const key of Object.keys(raw)) if (key.startsWith('attributes.')) delete raw[key];
    for (const [key, value] of Object.entries(input.attributes))
      set(`attributes.${key}`, value === true ? '1' : value === false ? '' : value);
  }
  return raw;
};

type ProblemErrors = NonNullable<z.infer<typeof Problem>['errors']>;
const english = translator('en');

/** The form's faults under the API's names. */
export const fieldErrors = (errors: FieldError[], hours: boolean): ProblemErrors =>
  errors.map((error) => {
    const field = error.field === 'price' && hours ? 'price.hours' : (NAMES[error.field] ?? error.field);
    return { field, message: `"${field}" is not right.`, remedy: explain(english, error) };
  });

/** Faults of the shape: of type, of names that are not known. */
export const shapeErrors = (issues: readonly z.core.$ZodIssue[], schema = 'ListingInput'): ProblemErrors =>
  issues.slice(0, 50).flatMap((issue): ProblemErrors => {
    const at = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, 20).map((key) => ({
        field: [at, key.slice(0, 60)].filter((part) => part !== '').join('.'),
        message: 'There is no such field.',
        remedy: `See ${schema} in /api/v1/openapi.json.`,
      }));
    return [{ field: at === '' ? 'body' : at, message: 'It is of another kind.', remedy: issue.message.slice(0, 300) }];
  });
