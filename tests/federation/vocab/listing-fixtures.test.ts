/** What one listing of each kind looks like on the wire, letter by letter. FEDERATION.md quotes these fixtures. */
import { Note, Proposal } from '@fedify/vocab';
import { preloadedContexts } from '@fedify/vocab-runtime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import type { AttributeProfile } from '#domain/kinds/profile.ts';
import { type Attributes, KINDS, type ListingValue, PURPOSES } from '#domain/types.ts';
import { CONTEXT, PUBLIC } from '#federation/vocab/context.ts';
import { readListing, writeNote, writeProposal } from '#federation/vocab/listing.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { ADDRESSED, LISTINGS, asItCame, fixture, overTheWire } from './samples.ts';

/** Nothing but what a peer has bundled: a document that needs more fails here. */
const documentLoader = async (url: string) => {
  const document = preloadedContexts[url];
  if (document === undefined) throw new Error(`${url} would have to be fetched`);
  return { contextUrl: null, documentUrl: url, document };
};
const bundled = { documentLoader, contextLoader: documentLoader };

test('one context is written out in every document, and it is this one', () => {
  expect(overTheWire({ context: CONTEXT })['context']).toEqual(fixture('context'));
  expect(CONTEXT.filter((one) => typeof one === 'string')).toEqual([
    'https://www.w3.org/ns/activitystreams',
    'https://w3id.org/security/v1',
    'https://w3id.org/security/data-integrity/v2',
  ]);
});

describe.each(KINDS)('a listing of kind %s', (kind) => {
  const value = LISTINGS[kind];
  test('goes out exactly as published, and comes back the same', async () => {
    const note = overTheWire(writeNote(value, ADDRESSED));
    expect(note).toEqual({ ...fixture(`listing-${kind}`), '@context': fixture('context') });
    const document = await readDocument(note);
    expect(document.ok && readListing(document.document, asItCame)).toEqual({ ok: true, value, notes: [] });
  });

  test('says the same by its Proposal alone', () => {
    const read = readListing(overTheWire(writeProposal(value, ADDRESSED)), asItCame);
    if (!read.ok) throw new Error(read.reason);
    const { price, unit, attributes, quantity, purpose, state, title, html, place, audience } = value;
    expect(read.value).toMatchObject({
      kind,
      price,
      unit,
      attributes,
      purpose,
      state,
      title,
      html,
      audience,
      proposalUri: value.proposalUri,
      ...(place === undefined ? {} : { place }),
      ...(quantity === undefined ? {} : { quantity }),
    });
  });

  test('is read by a server built on Fedify, which fetches nothing for it', async () => {
    const note = await Note.fromJsonLd(overTheWire(writeNote(value, ADDRESSED)), bundled);
    const attached = await Array.fromAsync(note.getAttachments(bundled));
    expect(note.id?.href).toBe(value.uri);
    expect(attached.at(-1)).toBeInstanceOf(Proposal);
    const proposal = await Proposal.fromJsonLd(overTheWire(writeProposal(value, ADDRESSED)), bundled);
    expect(proposal).toMatchObject({ purpose: value.purpose, unitBased: value.unitBased });
  });
});

test('pictures come before the Proposal, which has no address that an image importer could load', () => {
  const attachment = overTheWire(writeNote(LISTINGS.lodging, ADDRESSED))['attachment'];
  expect(attachment).toMatchObject([{ type: 'Document' }, { type: 'Proposal' }]);
  expect((attachment as object[])[1]).not.toHaveProperty('url');
});

test('to and cc are lists, also when nobody is named', () => {
  expect(overTheWire(writeNote(LISTINGS.goods, { to: [PUBLIC], cc: [] }))).toMatchObject({ to: [PUBLIC], cc: [] });
});

test('a title with markup in it stays a title', () => {
  const note = writeNote({ ...LISTINGS.goods, title: '<img src=x onerror="alert(1)"> & more' }, ADDRESSED);
  expect(note['content']).toContain('<strong>&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; more</strong>');
});

test('an attribute that its kind does not declare stays at home, and none replaces what the Proposal says itself', () => {
  const note = overTheWire(
    writeNote(
      { ...LISTINGS.goods, attributes: { action: 'steal', id: 'https://evil.example', diary: 'private' } },
      ADDRESSED,
    ),
  );
  expect(JSON.stringify(note)).not.toMatch(/steal|evil|diary/);
});

const valueOf = (attribute: AttributeProfile): fc.Arbitrary<string | number | boolean | string[]> => {
  switch (attribute.type) {
    case 'bool':
      return fc.constant(true);
    case 'number':
      return fc.integer({ min: attribute.min ?? 0, max: attribute.max ?? 1000 });
    case 'choice':
      return fc.constantFrom(...attribute.options!);
    case 'choices':
      return fc.uniqueArray(fc.constantFrom(...attribute.options!), { minLength: 1 });
    case 'time':
      return fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    default:
      // As the form leaves it: trimmed, and refused when longer than the attribute may be (a grapheme is several units).
      return fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
        .map((typed) => typed.trim())
        .filter((typed) => typed !== '' && typed.length <= (attribute.maxLength ?? 500));
  }
};
/** Some of the attributes, each with a value that its form would take. */
const attributesOf = (profiles: readonly AttributeProfile[]): fc.Arbitrary<Attributes> =>
  fc
    .tuple(
      ...profiles.map((profile) =>
        fc.option(
          valueOf(profile).map((value) => [profile.key, value] as const),
          { nil: undefined },
        ),
      ),
    )
    .map((chosen) => Object.fromEntries(chosen.filter((one) => one !== undefined)));
const price = fc.oneof(
  fc.record({
    type: fc.constant('money' as const),
    amount: fc.integer({ min: 1, max: 1e14 }),
    currency: fc.constantFrom('EUR', 'CHF', 'GBP', 'USD', 'JPY', 'TND', 'XOF'),
  }),
  fc.record({ type: fc.constant('hours' as const), minutes: fc.integer({ min: 1, max: 60_000 }) }),
  fc.constant({ type: 'free' as const }),
  fc.constant({ type: 'quote' as const }),
);
const listing = fc.constantFrom(...KINDS).chain((kind) => {
  const profile = KIND_PROFILES[kind];
  return fc.record({
    kind: fc.constant(kind),
    unit: fc.constantFrom(...profile.units),
    purpose: fc.constantFrom(...PURPOSES),
    price,
    unitBased: fc.boolean(),
    state: fc.constantFrom('published' as const, 'paused' as const, 'closed' as const),
    audience: fc.constantFrom('public' as const, 'peers' as const),
    title: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    attributes: attributesOf(profile.attributes),
    quantity: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined }),
  });
});

test('whatever a member may enter comes back the same', () => {
  fc.assert(
    fc.property(listing, ({ quantity, ...rest }) => {
      const { quantity: _, ...base } = LISTINGS.lodging;
      const value: ListingValue = {
        ...base,
        ...rest,
        ...(quantity === undefined || KIND_PROFILES[rest.kind].quantity === 'none' ? {} : { quantity }),
      };
      const names =
        value.audience === 'public' ? ADDRESSED : { to: ['https://marseille.example/users/toits/followers'], cc: [] };
      expect(readListing(overTheWire(writeNote(value, names)), asItCame)).toEqual({ ok: true, value, notes: [] });
    }),
    { numRuns: 300 },
  );
});
