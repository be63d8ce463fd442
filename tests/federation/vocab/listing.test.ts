import { existsSync, globSync, readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import { KINDS, type ListingValue, PURPOSES } from '#domain/types.ts';
import { readActivity } from '#federation/vocab/activity.ts';
import { multikeyOf, readActor } from '#federation/vocab/actor.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { readListing, writeNote, writeProposal } from '#federation/vocab/listing.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { addProof, verifyProof } from '#federation/vocab/proof.ts';

const as = { sanitise: (html: string) => html };
const wire = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));
const to = { to: [PUBLIC], cc: ['https://coop.example/users/alice/followers'] };
const base: ListingValue = {
  uri: 'https://coop.example/users/alice/items/1',
  proposalUri: 'https://coop.example/users/alice/proposals/1',
  publisher: 'https://coop.example/users/alice',
  kind: 'lodging',
  purpose: 'offer',
  title: 'Chambre',
  html: '<p>Calme.</p>',
  url: 'https://coop.example/listings/1',
  price: { type: 'money', amount: 4250, currency: 'EUR' },
  unit: 'night',
  unitBased: true,
  attributes: { beds: 2, amenities: ['wifi'] },
  tags: ['mer'],
  pictures: [{ url: 'https://coop.example/media/a-1600.webp', mediaType: 'image/webp', alt: 'Une fenêtre' }],
  audience: 'public',
  state: 'published',
  published: new Date('2026-11-01T10:00:00Z'),
  updated: new Date('2026-11-02T10:00:00Z'),
  quantity: 2,
  language: 'fr',
  place: { name: 'Marseille', latitude: 43.29, longitude: 5.37, accuracy: 1000, country: 'FR' },
  validUntil: new Date('2027-01-01T00:00:00Z'),
};

test('a listing goes out as a Note that any server shows, with its Proposal behind the pictures', () => {
  expect(wire(writeNote(base, to))).toMatchObject({
    type: 'Note',
    name: 'Chambre',
    to: [PUBLIC],
    attributedTo: base.publisher,
    content:
      '<p><strong>Chambre</strong></p><p>Calme.</p><p>42.50 EUR / nuit · 2 personnes · Marseille<br><a href="https://coop.example/listings/1">https://coop.example/listings/1</a></p>',
    attachment: [
      { type: 'Document', url: 'https://coop.example/media/a-1600.webp', name: 'Une fenêtre' },
      {
        id: base.proposalUri,
        type: 'Proposal',
        purpose: 'offer',
        unitBased: true,
        publishes: {
          id: `${base.proposalUri}#primary`,
          action: 'deliverService',
          resourceQuantity: { hasUnit: 'day', hasNumericalValue: '1' },
        },
        reciprocal: {
          id: `${base.proposalUri}#reciprocal`,
          currency: 'EUR',
          resourceConformsTo: 'https://www.wikidata.org/wiki/Q4916',
          resourceQuantity: { hasNumericalValue: '42.50' },
        },
      },
    ],
  });
  expect((wire(writeNote(base, to))['attachment'] as Record<string, unknown>[])[1]).not.toHaveProperty('url');
});

test('what goes out comes back the same, for every kind, price and purpose', () => {
  const values = fc.record({
    kind: fc.constantFrom(...KINDS),
    purpose: fc.constantFrom(...PURPOSES),
    title: fc.stringMatching(/^[A-Za-zéè' -]{3,60}[a-z]$/).map((text) => text.trim()),
    quantity: fc.integer({ min: 0, max: 999 }),
    state: fc.constantFrom('published' as const, 'paused' as const),
    price: fc.oneof(
      fc.record({
        type: fc.constant('money' as const),
        amount: fc.integer({ min: 1, max: 1e8 }),
        currency: fc.constantFrom('EUR', 'CHF', 'JPY', 'TND'),
      }),
      fc.record({ type: fc.constant('hours' as const), minutes: fc.integer({ min: 1, max: 6_000 }) }),
      fc.constant({ type: 'free' as const }),
      fc.constant({ type: 'quote' as const }),
    ),
  });
  fc.assert(
    fc.property(values, ({ quantity, ...rest }) => {
      const profile = KIND_PROFILES[rest.kind];
      const { quantity: _, ...plain } = base;
      const value: ListingValue = {
        ...plain,
        ...rest,
        unit: profile.units[0]!,
        attributes: {},
        ...(profile.quantity === 'none' ? {} : { quantity }),
      };
      const back = readListing(wire(writeNote(value, to)), as);
      expect(back).toEqual({ ok: true, value, notes: [] });
      const alone = readListing(wire(writeProposal(value, to)), as);
      expect(alone.ok && alone.value.price).toEqual(value.price);
    }),
    { numRuns: 200 },
  );
});

describe("others' shapes", () => {
  const proposal = (change: Record<string, unknown>) =>
    readListing(
      {
        id: 'https://m.example/p/1',
        type: 'Proposal',
        attributedTo: 'https://m.example/users/a',
        name: 'Vélo',
        published: '2026-01-01T00:00:00Z',
        to: PUBLIC,
        purpose: 'offer',
        publishes: { type: 'Intent', action: 'transfer', resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' } },
        ...change,
      },
      as,
    );
  test.each([
    [
      'om2 measures as strings',
      {
        reciprocal: {
          resourceConformsTo: 'https://www.wikidata.org/wiki/Q4916',
          resourceQuantity: { hasUnit: 'one', hasNumericalValue: '30' },
        },
      },
    ],
    [
      'numbers',
      {
        reciprocal: {
          resourceConformsTo: 'https://www.wikidata.org/wiki/Q4916',
          resourceQuantity: { hasUnit: 'one', hasNumericalValue: 30 },
        },
      },
    ],
    ['a currency as unit', { reciprocal: { resourceQuantity: { hasUnit: 'EUR', hasNumericalValue: '30.00' } } }],
    [
      'prefixed terms',
      {
        reciprocal: {
          resourceConformsTo: 'https://www.wikidata.org/wiki/Q4916',
          resourceQuantity: { 'vf:hasUnit': 'one', 'vf:hasNumericalValue': '30' },
        },
      },
    ],
  ])('a price with %s is read', (_what, change) => {
    const read = proposal(change);
    expect(read.ok && read.value.price).toEqual({ type: 'money', amount: 3000, currency: 'EUR' });
  });
  test.each([['1e999'], ['NaN'], [9_007_199_254_740_993_000], ['-5']])('a price of %j is no price', (value) => {
    const read = proposal({ reciprocal: { resourceQuantity: { hasUnit: 'EUR', hasNumericalValue: value } } });
    expect(read.ok && read.value.price).toEqual({ type: 'quote' });
  });
  test('one odd property does not spoil the rest', () => {
    const read = proposal({ endTime: 'soon', location: 'Lyon', tag: 7, attachment: [null] });
    expect(read.ok && read.value.title).toBe('Vélo');
  });
  test("Epicyon's shared item is goods", () => {
    const read = readListing(
      {
        type: 'Offer',
        id: 'https://e.example/users/b/statuses/1',
        attributedTo: 'https://e.example/users/b',
        displayName: 'Perceuse',
        itemPrice: '12.50',
        itemCurrency: 'EUR',
        location: 'Lyon',
        to: [PUBLIC],
      },
      as,
    );
    expect(read.ok && read.value).toMatchObject({
      kind: 'goods',
      title: 'Perceuse',
      price: { type: 'money', amount: 1250 },
    });
  });
  test('terms that are spelled out are read, too, and nothing is fetched', async () => {
    const spelled = await readDocument({
      '@context': [
        'https://www.w3.org/ns/activitystreams',
        'https://unknown.example/context',
        { vf: 'https://w3id.org/valueflows/ont/vf#' },
      ],
      '@id': 'https://m.example/p/1',
      '@type': 'vf:Proposal',
      attributedTo: 'https://m.example/users/a',
      name: 'Vélo',
      'vf:purpose': 'request',
    });
    expect(spelled.ok && readListing(spelled.document, as)).toMatchObject({
      ok: true,
      value: { purpose: 'request', title: 'Vélo' },
    });
  });
});

test('a proof holds for what was signed and for nothing else', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const multibase = multikeyOf(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const signed = addProof(writeNote(base, to), {
    verificationMethod: `${base.publisher}#ed25519-key`,
    privateKey,
    created: new Date(),
  });
  expect(verifyProof(signed, multibase)).toBe(true);
  expect(verifyProof({ ...signed, name: 'Autre' }, multibase)).toBe(false);
});

const folder = new URL('../../../../shared/data/wire', import.meta.url);
test.skipIf(!existsSync(folder))('every document that other software sent is read, or left with a reason', async () => {
  const files = globSync('*/*.json', { cwd: folder }).toSorted();
  expect(files.length).toBeGreaterThan(200);
  for (const file of files) {
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(readFileSync(new URL(`${folder.href}/${file}`), 'utf8'));
    } catch {
      continue;
    }
    const document = await readDocument(json['body'] ?? json);
    if (!document.ok) expect(document.reason).not.toBe('');
    else
      for (const read of [
        readActivity(document.document),
        readActor(document.document),
        readListing(document.document, as),
      ])
        expect(read.ok || read.reason !== '', file).toBe(true);
  }
});
