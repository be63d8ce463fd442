import type { KindProfile } from './profile.ts';

/** Things, new or used, sold, lent or given. */
export const goods: KindProfile = {
  kind: 'goods',
  units: ['unit'],
  prices: ['money', 'free', 'hours', 'quote'],
  quantity: 'stock',
  attributes: [
    { key: 'condition', type: 'choice', options: ['new', 'good', 'used', 'repair'] },
    { key: 'dimensions', type: 'text', maxLength: 100 },
  ],
};
