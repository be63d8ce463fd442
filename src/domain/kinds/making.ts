import type { KindProfile } from './profile.ts';

/** Workshops and fablabs: a machine by the hour, or a piece made on quotation. */
export const making: KindProfile = {
  kind: 'making',
  units: ['hour', 'unit'],
  prices: ['money', 'quote', 'hours', 'free'],
  quantity: 'none',
  attributes: [
    { key: 'machine', type: 'choices', options: ['laser', 'printer3d', 'cnc', 'sewing', 'wood', 'electronics'] },
    { key: 'material', type: 'text', maxLength: 200 },
    { key: 'fileFormats', type: 'text', maxLength: 100 },
  ],
};
