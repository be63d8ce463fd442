/** What a member types about a listing, and what becomes of it. */
import { describe, expect, test } from 'vitest';
import { examineListing, readListing } from '#domain/listing-input.ts';
import { majorUnits, minorDigits, minorUnits } from '#domain/money.ts';
import { openPlaces } from '#domain/places.ts';
import { showRegistration } from '#domain/kinds/registration.ts';
import { KINDS } from '#domain/types.ts';

const places = openPlaces();
const context = {
  kinds: KINDS,
  findPlace: (name: string) => places.find(name),
  townOf: (at: Parameters<typeof places.townOf>[0]) => places.townOf(at),
  now: new Date('2026-11-25T12:00:00Z'),
};
const typed = (change: Record<string, string | string[]> = {}) => ({
  kind: 'lodging',
  purpose: 'offer',
  title: 'Chambre calme',
  text: 'Une chambre claire, à dix minutes du port.',
  priceType: 'money',
  price: '42,50',
  currency: 'EUR',
  place: 'Marseille',
  ...change,
});
const wrong = (change: Record<string, string | string[]>, more: { draft?: boolean } = {}) => {
  const read = readListing(typed(change), { ...context, ...more });
  return read.ok ? [] : read.errors.map(({ field, code }) => `${field} ${code}`);
};

describe('money is kept in what is smallest in each currency', () => {
  test.each([
    ['EUR', 2, 4250, '42.50'],
    ['EUR', 2, 5, '0.05'],
    ['JPY', 0, 4200, '4200'],
    ['TND', 3, 42_500, '42.500'],
    ['EUR', 2, 9_007_199_254_740_991, '90071992547409.91'],
  ])('%s has %i digits: %i is written %s', (currency, digits, amount, text) => {
    expect(minorDigits(currency)).toBe(digits);
    expect(majorUnits(amount, currency)).toBe(text);
  });

  test('what is typed in major units comes back as it was', () => {
    for (const [currency, value] of [
      ['EUR', 42.5],
      ['JPY', 4200],
      ['TND', 42.505],
    ] as const)
      expect(Number(majorUnits(minorUnits(value, currency)!, currency))).toBe(value);
    expect(minorUnits(-1, 'EUR')).toBeUndefined();
    expect(minorUnits(1e20, 'EUR')).toBeUndefined();
  });

  test('and decimals that the currency does not have are refused', () => {
    expect(wrong({ price: '4200,5', currency: 'JPY' })).toEqual(['price amountDigits']);
    expect(wrong({ price: '4,255' })).toEqual(['price amountDigits']);
    expect(wrong({ price: '4,255', currency: 'TND' })).toEqual([]);
    expect(wrong({ price: '12', currency: 'ECU' })).toEqual(['currency currency']);
  });
});

describe('a furnished let in France has a registration number', () => {
  const kept = (number: string, place = 'Marseille') => {
    const read = readListing(typed({ place, 'attributes.registrationNumber': number }), context);
    return read.ok ? read.value.attributes['registrationNumber'] : read.errors;
  };
  test.each([
    ['13055004127KD', '13055004127KD', '13055 004127 KD'],
    ['13055 004127 kd', '13055004127KD', '13055 004127 KD'],
    ['75111-012345-67', '7511101234567', '75111 012345 67'],
    // Corsica, and a town that wrote letters among the six.
    ['2a004.000123.b2', '2A004000123B2', '2A004 000123 B2'],
    ['35288AB0123F2', '35288AB0123F2', '35288 AB0123 F2'],
    ['FRA 13055 0A1B2C3D', 'FRA130550A1B2C3D', 'FRA 13055 0A1B2C3D'],
  ])('%s is kept as %s and shown as %s', (given, value, display) => {
    expect(kept(given)).toBe(value);
    expect(showRegistration(value)).toBe(display);
  });

  test.each([
    ['13055004127K', 12],
    ['13055004127KDE', 14],
    ['1305A004127KD', 13],
    ['MARSEILLE 2019', 13],
    ['FRA 13055', 8],
    ['🏠', 1],
  ])('%s is refused, and the error counts its %i characters', (given, count) => {
    expect(kept(given)).toEqual([
      { field: 'attributes.registrationNumber', code: 'listing.registrationNumber', params: { given: count } },
    ]);
  });

  test('elsewhere it is what the country makes of it', () => {
    expect(kept('CIN IT037006C2', 'Bologna, Italie')).toBe('CIN IT037006C2');
  });
});

describe('a draft may lack what publishing needs', () => {
  test('its price, place and text, but not its title', () => {
    expect(wrong({ price: '', place: '', text: '' }, { draft: true })).toEqual([]);
    expect(wrong({ price: '', priceType: 'hours' }, { draft: true })).toEqual([]);
    expect(wrong({ title: '' }, { draft: true })).toEqual(['title tooShort']);
    expect(wrong({ price: '', place: '', text: '' })).toEqual(['text tooShort', 'price amount', 'place required']);
  });
  test('what is there must be right all the same', () => {
    expect(wrong({ price: 'beaucoup' }, { draft: true })).toEqual(['price amount']);
  });
});

test.each([
  [{ price: '12,50' }, []],
  [{ price: '1 234,50' }, []],
  [{ price: '-3' }, ['price amount']],
  [{ price: '1e9' }, ['price amount']],
  [{ quantity: '0' }, ['quantity wholeNumber']],
  [{ quantity: '1,5' }, ['quantity wholeNumber']],
  [{ 'attributes.beds': '1,5' }, ['attributes.beds wholeNumber']],
  [{ validUntil: '2026-11-24' }, ['validUntil datePast']],
  [{ validUntil: '2027-02-30' }, ['validUntil date']],
  [{ title: 'Chambre\u0000calme' }, ['title unwantedCharacters']],
  [{ text: `${'a\u0301'.repeat(3)} ${'z\u0301'.padEnd(12, '\u0301')}` }, ['text unwantedCharacters']],
  [{ title: '🏠🏠🏠 chambre' }, []],
  [{ title: 'x'.repeat(121) }, ['title tooLong']],
])('%j is answered by %j', (change, errors) => {
  expect(wrong(change as Record<string, string>)).toEqual(errors);
});

test('a preview shows what can be read, whatever is still wrong', () => {
  const { draft, errors } = examineListing(typed({ price: 'beaucoup', text: '' }), context);
  expect(errors.map((error) => error.field)).toEqual(['text', 'price']);
  expect(draft).toMatchObject({ title: 'Chambre calme', kind: 'lodging', town: { name: 'Marseille' } });
});
