/** Listings as other software writes them, in fixtures of our own; and what is wrong in them without being worth a refusal. */
import { describe, expect, test } from 'vitest';
import type { Kind, ListingValue, Unit } from '#domain/types.ts';
import { readActivity } from '#federation/vocab/activity.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { looksLikeListing, readListing } from '#federation/vocab/listing-read.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { asItCame, fixture } from './samples.ts';

const read = async (document: unknown): Promise<{ value: ListingValue; notes: string[] }> => {
  const normal = await readDocument(document);
  if (!normal.ok) throw new Error(normal.reason);
  const listing = readListing(normal.document, asItCame);
  if (!listing.ok) throw new Error(listing.reason);
  return listing;
};
const reasonOf = (document: unknown): string => {
  const listing = readListing(document, asItCame);
  return listing.ok ? '' : listing.reason;
};

test("FEP-0837's own example is a bicycle for 30 euros", async () => {
  const { value, notes } = await read(fixture('fep-0837-proposal'));
  expect(value).toMatchObject({
    kind: 'goods',
    unit: 'unit',
    purpose: 'offer',
    title: 'Used bicycle',
    price: { type: 'money', amount: 3000, currency: 'EUR' },
    unitBased: false,
    quantity: 1,
    audience: 'public',
    place: { latitude: 25.3, longitude: -71.1 },
    pictures: [{ url: 'https://market.example/images/bicycle.png' }],
  });
  expect(notes).toEqual([]);
});
test("FEP-0837's offer of an agreement is read, misspelt word and bare strings included, and is no listing", async () => {
  const document = await readDocument(fixture('fep-0837-offer'));
  const activity = document.ok && readActivity(document.document);
  expect(activity).toMatchObject({
    ok: true,
    value: {
      type: 'Offer',
      object: { stiplulates: { satisfies: 'https://market.example/proposals/ddde9d6f#primary' } },
      to: ['https://market.example/users/alice'],
    },
  });
  expect(document.ok && looksLikeListing(document.document)).toBe(false);
  expect(reasonOf(fixture('fep-0837-offer'))).toBe('It carries no Proposal.');
});
test("Mitra's price by the second, as a number, is a price by the hour here", async () => {
  expect((await read(fixture('mitra-proposal'))).value).toMatchObject({
    kind: 'service',
    unit: 'hour',
    unitBased: true,
    price: { type: 'money', amount: 1800, currency: 'EUR' },
  });
});
test("Flohmarkt's intents without ids, priced in EUR as a unit, are goods for 15 euros", async () => {
  expect((await read(fixture('flohmarkt-note'))).value).toMatchObject({
    uri: 'https://floh.example/users/dora/items/42',
    proposalUri: 'https://floh.example/users/dora/items/42#proposal',
    kind: 'goods',
    price: { type: 'money', amount: 1500, currency: 'EUR' },
    pictures: [{ alt: 'Die Mühle' }],
  });
});
test("Epicyon's shared item is goods of the person who shares it, its place in words", async () => {
  const activity = readActivity(fixture('epicyon-shared-item'));
  const { value, notes } = await read(activity.ok && activity.value.object);
  expect(value).toMatchObject({
    kind: 'goods',
    title: 'Drill',
    publisher: 'https://epicyon.example/users/eve',
    quantity: 2,
    price: { type: 'money', amount: 1250, currency: 'EUR' },
    tags: ['building'],
    html: '<p>a drill to share</p><p>Lyon</p>',
    audience: 'public',
  });
  expect(notes).toEqual(['location is a name without coordinates']);
});
test('a Note of Mastodon is no listing, and it is said why', () => {
  const activity = readActivity(fixture('mastodon-note'));
  expect(reasonOf(activity.ok && activity.value.object)).toBe('It carries no Proposal.');
});

const bare = (change: Record<string, unknown> = {}, intent: Record<string, unknown> = {}) => ({
  id: 'https://m.example/p/1',
  type: 'Proposal',
  attributedTo: 'https://m.example/users/a',
  name: 'Vélo',
  published: '2026-01-01T00:00:00Z',
  to: PUBLIC,
  purpose: 'offer',
  publishes: {
    type: 'Intent',
    action: 'transfer',
    resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
    ...intent,
  },
  ...change,
});
const euros = (value: unknown) => ({
  reciprocal: { type: 'Intent', action: 'transfer', resourceQuantity: { hasUnit: 'EUR', hasNumericalValue: value } },
});

describe('without a word of ours', () => {
  test.each<[string, string, Kind, Unit]>([
    ['deliverService', 'day', 'lodging', 'night'],
    ['deliverService', 'hour', 'service', 'hour'],
    ['deliverService', 'one', 'service', 'unit'],
    ['transfer', 'kilogram', 'food', 'kilo'],
    ['transfer', 'one', 'goods', 'unit'],
    ['transfer', 'constructor', 'goods', 'unit'],
    ['transfer', 'http://www.ontology-of-units-of-measure.org/resource/om-2/kilogram', 'food', 'kilo'],
  ])('%s by the %s is %s by the %s', async (action, hasUnit, kind, unit) => {
    expect(
      (await read(bare(euros('5'), { action, resourceQuantity: { hasUnit, hasNumericalValue: '1' } }))).value,
    ).toMatchObject({ kind, unit, price: { amount: 500 } });
  });
  test('a price for five kilos or 250 grams is told by the kilo', async () => {
    expect(
      (await read(bare(euros('10'), { resourceQuantity: { hasUnit: 'kilogram', hasNumericalValue: '5' } }))).value
        .price,
    ).toMatchObject({ amount: 200 });
    expect(
      (await read(bare(euros('2'), { resourceQuantity: { hasUnit: 'gram', hasNumericalValue: '250' } }))).value.price,
    ).toMatchObject({ amount: 800 });
  });
  test('a lot that is not divided is one thing; of a divisible one each piece has its price', async () => {
    const ten = { resourceQuantity: { hasUnit: 'one', hasNumericalValue: '10' } };
    expect((await read(bare({ ...euros('20'), unitBased: false }, ten))).value.price).toMatchObject({ amount: 2000 });
    expect((await read(bare({ ...euros('20'), unitBased: true }, ten))).value.price).toMatchObject({ amount: 200 });
  });
  test('unitBased left out means any amount only where the intent names none', async () => {
    expect((await read(bare())).value.unitBased).toBe(false);
    expect((await read(bare({}, { resourceQuantity: undefined }))).value.unitBased).toBe(true);
  });
});

describe('an odd property is left out, noted, and spoils nothing', () => {
  test.each([['1e999'], ['NaN'], [Infinity], [9_007_199_254_740_993_000], ['-5'], [{ a: 1 }]])(
    'a price of %j',
    async (value) => {
      const { value: listing, notes } = await read(bare(euros(value)));
      expect(listing.price).toEqual({ type: 'quote' });
      expect(notes).toEqual(['the price could not be read']);
    },
  );
  test('a stock of 1e999, a date that is none, a place on no Earth, tags and pictures that are something else', async () => {
    const { value, notes } = await read(
      bare(
        {
          endTime: 'soon',
          published: 'P10D',
          location: { type: 'Place', latitude: 900, longitude: 0 },
          tag: [7, null, { type: 'Hashtag', name: [] }],
          attachment: [null, 'x', { type: 'Document', mediaType: 'image/png', url: 'javascript:alert(1)' }],
        },
        { availableQuantity: { hasUnit: 'one', hasNumericalValue: '1e999' } },
      ),
    );
    expect(value).toMatchObject({ title: 'Vélo', tags: [], pictures: [] });
    expect(value).not.toHaveProperty('quantity');
    expect(value).not.toHaveProperty('validUntil');
    expect(notes).toEqual([
      'published is missing or no date',
      'location has no coordinates on Earth',
      'availableQuantity could not be read',
    ]);
  });
  test('an attribute that its kind does not know so', async () => {
    const { value, notes } = await read(
      bare(
        { listingKind: 'lodging', listingUnit: 'night' },
        { beds: -3, checkIn: '25:00', amenities: ['wifi', 'gold'], cancellation: 'never' },
      ),
    );
    expect(value.attributes).toEqual({ amenities: ['wifi'] });
    expect(notes).toEqual(['beds could not be read', 'checkIn could not be read', 'cancellation could not be read']);
  });
});

describe('limits', () => {
  test('a title of 200 characters, never half of one; no NUL, no direction override', async () => {
    expect((await read(bare({ name: `${'a'.repeat(199)}😀b` }))).value.title).toBe('a'.repeat(199));
    expect((await read(bare({ name: 'a\u0000b\u202Ec\uD800d' }))).value.title).toBe('abcd');
    expect((await read(bare({ name: `e${'\u0301'.repeat(10_000)}!` }))).value.title.length).toBeLessThan(10);
  });
  test('50,000 characters of text before it is sanitised, 12 pictures, 20 tags', async () => {
    let given = 0;
    const many = bare({
      content: 'x'.repeat(90_000),
      attachment: Array.from({ length: 40 }, (_, i) => ({
        type: 'Image',
        mediaType: 'image/png',
        url: `https://m.example/${i}.png`,
      })),
      tag: Array.from({ length: 40 }, (_, i) => ({ type: 'Hashtag', name: `#t${i}` })),
    });
    const listing = readListing(many, { sanitise: (html) => ((given = html.length), html) });
    expect(given).toBe(50_000);
    expect(listing.ok && [listing.value.pictures.length, listing.value.tags.length]).toEqual([12, 20]);
  });
  test('what is embedded cannot make public what its Note is not', async () => {
    const note = {
      id: 'https://m.example/n/1',
      type: 'Note',
      attributedTo: 'https://m.example/users/a',
      to: ['https://m.example/users/a/followers'],
      cc: [],
      attachment: [bare()],
    };
    expect((await read(note)).value.audience).toBe('peers');
  });
  test('the audience "everybody" is no community', async () => {
    expect((await read(bare({ audience: PUBLIC }))).value).not.toHaveProperty('community');
    expect((await read(bare({ audience: [PUBLIC, 'https://m.example/users/group'] }))).value.community).toBe(
      'https://m.example/users/group',
    );
  });
});

describe('what must be right', () => {
  test.each([
    ['no object', 'x', /no object/],
    ['no id', bare({ id: undefined }), /no id/],
    ['an id that hides something', bare({ id: 'https://m.example/\u202Ep' }), /no id/],
    ['no owner', bare({ attributedTo: undefined }), /no owner/],
    ['an owner elsewhere', bare({ attributedTo: 'https://evil.example/users/a' }), /one origin/],
    [
      'a Proposal of another origin',
      { ...bare(), type: 'Note', attachment: [bare({ id: 'https://evil.example/p' })] },
      /one origin/,
    ],
    [
      'two owners',
      { ...bare(), type: 'Note', attachment: [bare({ attributedTo: 'https://m.example/users/b' })] },
      /different owners/,
    ],
    ['no title', bare({ name: undefined }), /no title/],
    [
      'a shared item of nobody',
      { type: 'Offer', id: 'https://e.example/1', itemPrice: '1', displayName: 'x' },
      /no owner/,
    ],
  ])('%s is refused', (_what, document, reason) => {
    expect(reasonOf(document)).toMatch(reason);
  });
});
