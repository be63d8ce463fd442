/**
 * Writes `tests/fixtures/listings-200.csv`: 200 believable listings of all kinds, always the same ones.
 * `node scripts/build-listings-fixture.ts`; the columns are in docs/import.md.
 */
import { writeFileSync } from 'node:fs';
import { csvRecord } from '#domain/transfer/cells.ts';
import { ATTRIBUTE_COLUMNS } from '#domain/transfer/columns.ts';
import { rows } from './listings-fixture/rows.ts';

const COLUMNS = [
  'ref',
  'kind',
  'purpose',
  'title',
  'text',
  'price_type',
  'price',
  'currency',
  'unit',
  'quantity',
  'place',
  'precision',
  'audience',
  'valid_until',
  'language',
  'tags',
  'photos',
  'photo_alts',
  ...ATTRIBUTE_COLUMNS.map(({ name }) => name),
];

const all = rows();
for (const row of all) {
  for (const column of Object.keys(row))
    if (!COLUMNS.includes(column)) throw new Error(`${row['ref']}: no column ${column}`);
}
if (all.length !== 200) throw new Error(`${all.length} listings instead of 200`);
const file = [COLUMNS, ...all.map((row) => COLUMNS.map((column) => row[column] ?? ''))];
writeFileSync(
  new URL('../tests/fixtures/listings-200.csv', import.meta.url),
  file.map((cells) => csvRecord(cells).replace('\r\n', '\n')).join(''),
);
