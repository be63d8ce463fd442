import type { KindProfile } from './profile.ts';
import { readRegistration, showRegistration } from './registration.ts';

/** A roof for one or more nights. */
export const lodging: KindProfile = {
  kind: 'lodging',
  units: ['night'],
  prices: ['money', 'free', 'hours', 'quote'],
  quantity: 'capacity',
  attributes: [
    { key: 'beds', type: 'number', whole: true, min: 1, max: 100 },
    { key: 'bedrooms', type: 'number', whole: true, min: 0, max: 50 },
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
      // Other countries have numbers of their own.
      read: (value, { country }) => (country === 'FR' ? readRegistration(value) : { value }),
      show: showRegistration,
    },
  ],
};
