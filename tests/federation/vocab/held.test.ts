/** For whom a listing is, over the wire: as FEDERATION.md has it, whatever others make of it. */
import { expect, test } from 'vitest';
import { readHeld } from '#federation/vocab/held.ts';
import { readListing, writeNote, writeProposal } from '#federation/vocab/listing.ts';
import { ADDRESSED, LISTINGS, asItCame, overTheWire } from './samples.ts';

const held = {
  access: 'reserved' as const,
  codes: ['care-worker'],
  names: { 'care-worker': { fr: 'Personnel soignant', en: 'Care worker' } },
};
const room = {
  ...LISTINGS.lodging,
  held,
  tags: ['mer'],
  pictures: [{ url: 'https://a.example/a.webp', mediaType: 'image/webp', alt: 'Un lit' }],
};

test('of a reserved listing a teaser is written, whatever the value holds', () => {
  const [note, bare] = [overTheWire(writeNote(room, ADDRESSED)), overTheWire(writeProposal(room, ADDRESSED))];
  const proposal = {
    id: room.proposalUri,
    type: 'Proposal',
    name: 'Chambre sous les toits',
    content:
      '<p>Réservé à : Personnel soignant. L’annonce entière se lit sur la page, en se connectant avec le compte de sa coopérative.</p>',
    reservedFor: {
      access: 'reserved',
      attestations: [{ code: 'care-worker', names: { fr: 'Personnel soignant', en: 'Care worker' } }],
    },
    publishes: { id: `${room.proposalUri}#primary`, type: 'Intent', action: 'deliverService' },
    reciprocal: { id: `${room.proposalUri}#reciprocal`, type: 'Intent', action: 'transfer' },
  };
  expect(bare).toMatchObject(proposal);
  expect(note).toMatchObject({ tag: [], attachment: [proposal] });
  for (const one of [note, bare])
    expect(JSON.stringify(one)).not.toMatch(/fenêtres|42\.50|wifi|16:00|1320100000123|mer"|a\.webp/);
});

test('by what it is counted does not tell a paid one from a free one', () => {
  const hour = { ...LISTINGS.making, held, unit: 'unit' as const, unitBased: true };
  const free = { ...hour, unit: 'hour' as const, unitBased: false, price: { type: 'free' as const } };
  const [one, other] = [hour, free].map((listing) => overTheWire(writeProposal(listing, ADDRESSED)));
  expect(one).toEqual(other);
});

test('it comes back as what it is, and another price says that there is one', () => {
  const back = readListing(overTheWire(writeNote(room, ADDRESSED)), asItCame);
  expect(back).toMatchObject({
    ok: true,
    value: { held, price: { type: 'quote' }, pictures: [], tags: [], attributes: {} },
  });
  const priced = { ...room, held: { ...held, access: 'priced' as const } };
  const note = overTheWire(writeNote(priced, ADDRESSED));
  expect(note['content']).toContain('42.50 EUR / nuit · autre tarif pour : Personnel soignant');
  expect(readListing(note, asItCame)).toMatchObject({
    ok: true,
    value: { held: { access: 'priced' }, price: { amount: 4250 } },
  });
});

test.each([
  ['nothing', undefined, undefined],
  ['a text', 'care-worker', undefined],
  ['no list', {}, { access: 'reserved', codes: [], names: {} }],
  ['an access that is not known', { access: 'rented', attestations: [] }, { access: 'reserved', codes: [], names: {} }],
  [
    'odd codes and names',
    {
      access: 'reserved',
      attestations: [
        'x',
        null,
        { code: '../x' },
        { code: 'Ok' },
        { code: 'nurse', names: { fr: 'Inf\u202Eirmier', 'x y': 'a', en: 3 } },
      ],
    },
    { access: 'reserved', codes: ['nurse'], names: { nurse: { fr: 'Infirmier' } } },
  ],
])('%s: what cannot be read is reserved for nobody', (_, said, read) => {
  expect(readHeld(said)).toEqual(read);
});
test('at most ten, with short names', () => {
  const attestations = Array.from({ length: 50 }, (_, i) => ({ code: `code-${i}`, names: { fr: 'x'.repeat(500) } }));
  const read = readHeld({ access: 'reserved', attestations });
  expect(read?.codes).toHaveLength(10);
  expect(read?.names?.['code-0']?.['fr']).toHaveLength(80);
});
