/** One believable listing of each kind, as FEDERATION.md quotes them, and what every vocabulary test needs. */
import { readFileSync } from 'node:fs';
import type { Kind, ListingValue } from '#domain/types.ts';
import { PUBLIC } from '#federation/vocab/context.ts';

export const ALICE = 'https://marseille.example/users/alice';
export const ADDRESSED = {
  to: [PUBLIC],
  cc: [`${ALICE}/followers`, 'https://marseille.example/users/toits/followers'],
};

/** The HTML as it came: what is dropped from it is the domain's, and tested there. */
export const asItCame = { sanitise: (html: string): string => html };
/** As it is after the wire: no undefined, no Dates. */
export const overTheWire = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));
/** @param name of a file in tests/fixtures/wire, without its ending */
export const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../fixtures/wire/${name}.json`, import.meta.url), 'utf8'));

const listing = (
  n: number,
  value: Omit<
    ListingValue,
    'uri' | 'proposalUri' | 'publisher' | 'url' | 'audience' | 'state' | 'published' | 'updated' | 'pictures' | 'tags'
  > &
    Partial<ListingValue>,
): ListingValue => ({
  uri: `${ALICE}/items/0193000${n}-0000-7000-8000-000000000000`,
  proposalUri: `${ALICE}/proposals/0193000${n}-0000-7000-8000-000000000000`,
  publisher: ALICE,
  url: `https://marseille.example/listings/0193000${n}-0000-7000-8000-000000000000`,
  audience: 'public',
  state: 'published',
  published: new Date('2026-11-02T09:00:00Z'),
  updated: new Date('2026-11-03T10:30:00Z'),
  pictures: [],
  tags: [],
  ...value,
});

export const LISTINGS: Record<Kind, ListingValue> = {
  lodging: listing(1, {
    kind: 'lodging',
    purpose: 'offer',
    title: 'Chambre sous les toits',
    html: '<p>Deux fenêtres sur le port &amp; le marché.</p>',
    language: 'fr',
    price: { type: 'money', amount: 4250, currency: 'EUR' },
    unit: 'night',
    unitBased: true,
    quantity: 2,
    attributes: {
      beds: 1,
      bedrooms: 1,
      amenities: ['wifi', 'kitchen'],
      accessibility: ['lift'],
      checkIn: '16:00',
      checkOut: '10:30',
      cancellation: 'flexible',
      registrationNumber: '1320100000123',
    },
    place: { name: 'Marseille', latitude: 43.2965, longitude: 5.3698, accuracy: 1000, country: 'FR' },
    pictures: [
      {
        url: 'https://marseille.example/media/port-1600.webp',
        mediaType: 'image/webp',
        alt: 'Le port vu de la fenêtre',
        width: 1600,
        height: 1067,
      },
    ],
    tags: ['port'],
    validUntil: new Date('2027-06-30T22:00:00Z'),
  }),
  service: listing(2, {
    kind: 'service',
    purpose: 'offer',
    title: 'Bike repair <for all>',
    html: '<p>Bring it, we mend it together.</p>',
    language: 'en',
    price: { type: 'hours', minutes: 90 },
    unit: 'hour',
    unitBased: true,
    attributes: { skills: 'bicycles', mode: 'onsite' },
  }),
  food: listing(3, {
    kind: 'food',
    purpose: 'offer',
    title: 'Tomates anciennes',
    html: '<p>Cueillies le matin.</p>',
    language: 'fr',
    price: { type: 'money', amount: 380, currency: 'EUR' },
    unit: 'kilo',
    unitBased: true,
    quantity: 60,
    attributes: { allergens: ['celery'], organic: true, pickup: 'Samedi, 9 h, Croix-Rousse', harvest: 'novembre' },
    community: 'https://marseille.example/users/paniers',
  }),
  making: listing(4, {
    kind: 'making',
    purpose: 'offer',
    title: 'Taglio laser su misura',
    html: '<p>Legno e plexiglas.</p>',
    language: 'it',
    price: { type: 'quote' },
    unit: 'unit',
    unitBased: false,
    attributes: { machine: ['laser'], material: 'pioppo, plexiglas', fileFormats: 'SVG, DXF' },
  }),
  goods: listing(5, {
    kind: 'goods',
    purpose: 'request',
    title: 'Cherche poussette',
    html: '<p>Même usée.</p>',
    language: 'fr',
    price: { type: 'free' },
    unit: 'unit',
    unitBased: false,
    quantity: 1,
    attributes: { condition: 'used', dimensions: 'pliable' },
  }),
  delivery: listing(6, {
    kind: 'delivery',
    purpose: 'offer',
    title: 'Course à vélo cargo',
    html: '<p>Dans toute la ville.</p>',
    language: 'fr',
    price: { type: 'money', amount: 700, currency: 'CHF' },
    unit: 'run',
    unitBased: true,
    state: 'paused',
    attributes: { vehicle: 'cargo_bike', maxWeightKg: 80, zone: 'Genève' },
  }),
};
