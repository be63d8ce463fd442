import type { KindProfile } from './profile.ts';

/** A run by bicycle from here to there. */
export const delivery: KindProfile = {
  kind: 'delivery',
  units: ['run', 'hour'],
  prices: ['money', 'quote', 'free', 'hours'],
  quantity: 'none',
  attributes: [
    { key: 'vehicle', type: 'choice', options: ['bike', 'cargo_bike', 'trailer'] },
    { key: 'maxWeightKg', type: 'number', min: 1, max: 500 },
    { key: 'zone', type: 'text', maxLength: 200 },
  ],
};
