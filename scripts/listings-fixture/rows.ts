/** The 200 listings of the fixture: hand-written bases, each told for several towns. */
import { food } from './food.ts';
import { lodging } from './lodging.ts';
import { delivery, goods, making } from './things.ts';
import type { Row } from './row.ts';
import { service } from './service.ts';

export const rows = (): Row[] => {
  const all = [...lodging(), ...service(), ...food(), ...making(), ...goods(), ...delivery()];
  return all.map((row, i) => ({
    ref: `L${String(i + 1).padStart(3, '0')}`,
    purpose: 'offer',
    language: 'fr',
    // Most are for everybody and show the neighbourhood; some are not and do not.
    audience: ['public', 'public', 'public', 'peers', 'public', 'members', 'public'][i % 7] ?? 'public',
    precision: ['neighbourhood', 'neighbourhood', 'town', 'neighbourhood', 'exact'][i % 5] ?? 'neighbourhood',
    valid_until: i % 6 === 0 ? `203${i % 4}-0${1 + (i % 9)}-${10 + (i % 18)}` : '',
    ...row,
  }));
};
