import type { KindProfile } from './profile.ts';

/** Fresh food from those who grow or make it. Allergens: the fourteen of Regulation (EU) 1169/2011, annex II. */
export const food: KindProfile = {
  kind: 'food',
  units: ['kilo', 'unit'],
  prices: ['money', 'free', 'hours', 'quote'],
  quantity: 'stock',
  attributes: [
    {
      key: 'allergens',
      type: 'choices',
      options: [
        'gluten',
        'crustaceans',
        'eggs',
        'fish',
        'peanuts',
        'soy',
        'milk',
        'nuts',
        'celery',
        'mustard',
        'sesame',
        'sulphites',
        'lupin',
        'molluscs',
      ],
    },
    { key: 'organic', type: 'bool' },
    { key: 'pickup', type: 'text', maxLength: 200 },
    { key: 'harvest', type: 'text', maxLength: 100 },
  ],
};
