import type { KindProfile } from './profile.ts';

/**
 * Registration number of a furnished tourist let in France: 13 characters, INSEE code of the commune (5), serial
 * number (6), check code (2) — décret n° 2017-678; the national teleservice of 2026 keeps the shape.
 */
const REGISTRATION = /^(?:\d{2}|2[AB])\d{3}[0-9A-Z]{6}[0-9A-Z]{2}$/;

/** A roof for one or more nights. */
export const lodging: KindProfile = {
  kind: 'lodging',
  units: ['night'],
  prices: ['money', 'free', 'hours', 'quote'],
  quantity: 'capacity',
  attributes: [
    { key: 'beds', type: 'number', min: 1, max: 100 },
    { key: 'bedrooms', type: 'number', min: 0, max: 50 },
    {
      key: 'amenities',
      type: 'choices',
      options: ['wifi', 'kitchen', 'washing', 'parking', 'garden', 'heating', 'pets'],
    },
    { key: 'accessibility', type: 'choices', options: ['step_free', 'wide_doors', 'lift', 'adapted_bathroom'] },
    { key: 'checkIn', type: 'time' },
    { key: 'checkOut', type: 'time' },
    { key: 'cancellation', type: 'choice', options: ['flexible', 'moderate', 'strict'] },
    {
      key: 'registrationNumber',
      type: 'text',
      maxLength: 30,
      check: (value, { country }) =>
        country === 'FR' && !REGISTRATION.test(value.replaceAll(/\s/g, '').toUpperCase())
          ? 'listing.registrationNumber'
          : undefined,
    },
  ],
};
