/** What goes in and what comes out, as the OpenAPI document tells it. */
import { z } from '@hono/zod-openapi';
import { KINDS, PURPOSES, UNITS } from '#domain/types.ts';

/** Of a cooperative, by others. */
const Marks = z
  .array(
    z.object({
      name: z.string(),
      url: z.string().describe('page about it, which names it everywhere'),
      by: z.string().describe('the network that gives it'),
    }),
  )
  .describe('trust marks that hold now, of networks that this node believes');

export const Listing = z
  .object({
    id: z.string(),
    uri: z.string().describe('names it everywhere, also at other servers'),
    url: z.string().describe('page for people'),
    title: z.string(),
    kind: z.enum(KINDS),
    purpose: z.enum(PURPOSES),
    price: z.object({
      type: z.enum(['money', 'hours', 'free', 'quote']),
      amount: z.string().optional().describe('money: decimal, in major units: "42.50"'),
      currency: z.string().optional().describe('money: ISO 4217'),
      hours: z.number().optional().describe('hours: of the other’s time'),
      unit: z.enum(UNITS).describe('what the price is for one of'),
    }),
    place: z
      .object({
        name: z.string(),
        latitude: z.number(),
        longitude: z.number(),
        accuracy: z.number().describe('metres: the true place lies within this radius; 0 = exact'),
      })
      .nullable(),
    cooperative: z.object({ host: z.string(), name: z.string(), marks: Marks }).describe('whose listing it is'),
    own: z.boolean().describe('of this node, not of a partner'),
    withheld: z
      .array(z.string())
      .optional()
      .describe('with a token, of own listings: hosts of partners that the publisher keeps it away from'),
    for_holders: z
      .object({ access: z.enum(['reserved', 'priced']), attestations: z.array(z.string()) })
      .nullable()
      .describe('reserved: all else of it is for holders of one of these attestations; priced: they pay another price'),
    published: z.iso.datetime().nullable(),
    updated: z.iso.datetime(),
  })
  .openapi('Listing');

export const Listings = z
  .object({
    items: z.array(Listing),
    next: z.string().nullable().describe('cursor of the next page; null on the last'),
  })
  .openapi('Listings');

export const Instance = z
  .object({
    name: z.string(),
    handle: z.string(),
    summary: z.string(),
    origin: z.string(),
    kinds: z.array(z.string()),
    languages: z.array(z.string()),
    territory: z.string(),
    sign_up: z.string(),
  })
  .openapi('Instance');

export const Peers = z
  .object({
    items: z.array(
      z.object({
        host: z.string(),
        name: z.string(),
        software: z.string(),
        marks: Marks,
        listings: z.number().describe('that you may see'),
      }),
    ),
  })
  .openapi('Peers');

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string(), remedy: z.string() }))
      .optional()
      .describe('every faulty parameter'),
  })
  .openapi('Problem');

/** By parameter: what it is, and what would be right. */
export const PARAMETERS: Record<string, { what: string; remedy: string }> = {
  q: { what: 'a search text', remedy: 'Give up to 200 characters, once.' },
  kind: { what: 'a kind of listing', remedy: `Use one or several of: ${KINDS.join(', ')}; repeated or with commas.` },
  purpose: { what: 'a purpose', remedy: `Use one of: ${PURPOSES.join(', ')}.` },
  peer: {
    what: 'a host',
    remedy: 'Give the host of this node or of a partner, for example coop.example; /peers lists them.',
  },
  near: { what: 'a position', remedy: 'Give latitude,longitude, for example 43.3,5.4.' },
  radius_km: { what: 'a radius', remedy: 'Give a number from 1 to 500, together with near.' },
  cursor: { what: 'a cursor', remedy: 'Give "next" of the page before, or leave it out to begin.' },
  limit: { what: 'a page size', remedy: 'Give a whole number from 1 to 100.' },
};

const number = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,3}(\.\d{1,3})?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
const shown = { type: 'number' } as const;

export const ListingsQuery = z
  .strictObject({
    q: z.string().max(200).optional(),
    kind: z
      .union([z.string(), z.array(z.string())])
      .transform((given) =>
        [given]
          .flat()
          .flatMap((text) => text.split(','))
          .map((word) => word.trim()),
      )
      .pipe(z.array(z.enum(KINDS)).max(20))
      .optional()
      .openapi({ type: 'array', items: { type: 'string', enum: [...KINDS] }, param: { style: 'form', explode: true } }),
    purpose: z.enum(PURPOSES).optional(),
    peer: z
      .string()
      .max(260)
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i)
      .transform((host) => host.toLowerCase())
      .optional(),
    near: z
      .string()
      .regex(/^-?\d{1,2}(\.\d{1,10})?,-?\d{1,3}(\.\d{1,10})?$/)
      .transform((text) => text.split(',').map(Number))
      .transform(([latitude = 0, longitude = 0]) => ({ latitude, longitude }))
      .refine(({ latitude, longitude }) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)
      .optional()
      .openapi({ type: 'string', example: '43.3,5.4' }),
    radius_km: number(1, 500)
      .optional()
      .openapi({ ...shown, minimum: 1, maximum: 500, default: 30 }),
    cursor: z
      .string()
      .regex(/^[0-9a-z]{1,11}-[0-9a-z]{1,11}$/)
      .optional(),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.number().min(1).max(100))
      .optional()
      .openapi({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
  })
  .refine((query) => query.radius_km === undefined || query.near !== undefined, { path: ['radius_km'] });
