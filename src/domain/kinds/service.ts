import type { KindProfile } from './profile.ts';

/** Something done for another, by the hour; also time banks. */
export const service: KindProfile = {
  kind: 'service',
  units: ['hour', 'unit'],
  prices: ['money', 'hours', 'free', 'quote'],
  quantity: 'none',
  attributes: [
    { key: 'skills', type: 'text', maxLength: 200 },
    { key: 'mode', type: 'choice', options: ['onsite', 'remote'] },
  ],
};
