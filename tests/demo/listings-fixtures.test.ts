import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseListings } from '#domain/import.ts';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import { readListing } from '#domain/listing-input.ts';
import { openPlaces } from '#domain/places.ts';
import { ATTRIBUTE_COLUMNS, COLUMNS, readHeader, readValue } from '#domain/transfer/columns.ts';
import { KINDS } from '#domain/types.ts';

const places = openPlaces();
const now = new Date('2026-11-24T10:00:00Z');

const linesOf = (name: string) => {
  const parsed = parseListings(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'), 'csv');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  expect(parsed.value.notes).toEqual([]);
  return parsed.value.lines.map((line) => {
    const read = readListing(line.raw, {
      kinds: KINDS,
      findPlace: (place) => places.find(place),
      townOf: (at) => places.townOf(at),
      now,
    });
    const faults = [...line.faults, ...(read.ok ? [] : read.errors)];
    return { line: line.line, ref: line.ref, draft: read.ok ? read.value : undefined, faults };
  });
};

describe('the file of 200 listings that ships with the node', () => {
  const lines = linesOf('listings-200.csv');

  test('has 200 lines without a fault, each with a ref and a title of its own', () => {
    expect(lines.filter(({ faults }) => faults.length > 0)).toEqual([]);
    expect(lines).toHaveLength(200);
    expect(new Set(lines.map(({ ref }) => ref)).size).toBe(200);
    expect(new Set(lines.map(({ draft }) => draft?.title)).size).toBe(200);
  });

  test('is varied: six kinds, offers and requests, every way to pay, three languages, many towns', () => {
    const values = <T>(of: (draft: NonNullable<(typeof lines)[number]['draft']>) => T) =>
      new Set(lines.flatMap(({ draft }) => (draft ? [of(draft)] : [])));
    expect([...values((draft) => draft.kind)].sort()).toEqual([...KINDS].sort());
    expect([...values((draft) => draft.price.type)].sort()).toEqual(['free', 'hours', 'money', 'quote']);
    expect([...values((draft) => draft.language)].toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      'en',
      'fr',
      'it',
    ]);
    expect(values((draft) => draft.audience).size).toBe(3);
    expect(values((draft) => draft.precision).size).toBe(3);
    expect(values((draft) => draft.place?.name).size).toBeGreaterThan(30);
    const requests = lines.filter(({ draft }) => draft?.purpose === 'request').length;
    expect(requests).toBeGreaterThan(20);
    expect(requests).toBeLessThan(50);
  });

  test('reads a price with a comma and one with a point alike', () => {
    const price = (title: string) => lines.find(({ draft }) => draft?.title.startsWith(title))?.draft?.price;
    expect(price('Appartement de trois pièces à Lyon')).toEqual({ type: 'money', amount: 6850, currency: 'EUR' });
    expect(price('Spare room')).toEqual({ type: 'money', amount: 4150, currency: 'EUR' });
    expect(price('Potager et taille')).toEqual({ type: 'hours', minutes: 90 });
  });
});

test('the faulty file has seven faults, one a line, and five good lines', () => {
  const lines = linesOf('listings-faulty.csv');
  expect(lines.flatMap(({ line, faults }) => faults.map(({ field, code }) => `${line} ${field} ${code}`))).toEqual([
    '3 kind choice',
    '5 title tooShort',
    '6 price amount',
    '8 place placeUnknown',
    '9 validUntil date',
    '11 attributes.registrationNumber listing.registrationNumber',
    '12 attributes.allergens choice',
  ]);
  expect(lines.filter(({ faults }) => faults.length === 0).map(({ ref }) => ref)).toEqual([
    'F01',
    'F03',
    'F06',
    'F09',
    'F12',
  ]);
});

describe('docs/import.md', () => {
  const guide = readFileSync(new URL('../../docs/import.md', import.meta.url), 'utf8');

  test('names every column, every attribute and every option', () => {
    for (const name of [...COLUMNS, ...ATTRIBUTE_COLUMNS.map((column) => column.name)])
      expect(guide).toContain(`\`${name}\``);
    for (const kind of KINDS) {
      for (const option of KIND_PROFILES[kind].attributes.flatMap((attribute) => attribute.options ?? []))
        expect(guide).toContain(`\`${option}\``);
    }
  });

  test('gives only French names and values that the import understands', () => {
    for (const [, column = '', french = ''] of guide.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)) {
      for (const name of french.split(',')) expect(readHeader(name.trim()), name).toEqual({ type: 'column', column });
    }
    for (const column of ['kind', 'purpose', 'price_type', 'unit', 'precision', 'audience', 'state'] as const) {
      const cell =
        guide
          .split('\n')
          .find((line) => line.startsWith(`| \`${column}\` |`))
          ?.split('|')[3] ?? '';
      for (const [, english = '', french = ''] of cell.matchAll(/`(\w+)` (\p{L}+(?: pause)?)/gu))
        expect(readValue(column, french), french).toBe(english);
    }
  });
});
