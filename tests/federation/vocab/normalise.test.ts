/** Any spelling that JSON-LD allows is read; nothing is fetched; no core term changes its meaning. */
import { describe, expect, test, vi } from 'vitest';
import { readActivity } from '#federation/vocab/activity.ts';
import { readActor } from '#federation/vocab/actor.ts';
import { readListing } from '#federation/vocab/listing.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { ALICE, asItCame, fixture } from './samples.ts';

const AS2 = 'https://www.w3.org/ns/activitystreams';
const read = async (json: unknown): Promise<Record<string, unknown>> => {
  const document = await readDocument(json);
  if (!document.ok) throw new Error(document.reason);
  return document.document;
};

test.each([
  'fep-0837-proposal',
  'fep-0837-offer',
  'mitra-proposal',
  'flohmarkt-note',
  'epicyon-shared-item',
  'mastodon-note',
  'mastodon-actor',
])('%s has short keys and is left as it is', async (name) => {
  expect(await read(fixture(name))).toEqual(fixture(name));
});

describe('spelled out', () => {
  test('a Proposal in full words comes to short keys; a bare text stays one', async () => {
    const vf = 'https://w3id.org/valueflows/ont/vf#';
    const om2 = 'http://www.ontology-of-units-of-measure.org/resource/om-2/';
    const document = await read({
      '@context': [AS2, 'https://unknown.example/context.jsonld'],
      id: 'https://m.example/p/1',
      type: `${vf}Proposal`,
      attributedTo: 'https://m.example/users/a',
      name: 'Vélo',
      published: '2026-01-01T00:00:00Z',
      to: `${AS2}#Public`,
      [`${vf}purpose`]: 'offer',
      [`${vf}unitBased`]: false,
      [`${vf}publishes`]: {
        type: `${vf}Intent`,
        [`${vf}action`]: 'transfer',
        [`${vf}resourceConformsTo`]: 'https://www.wikidata.org/wiki/Q11442',
        [`${vf}resourceQuantity`]: {
          [`${om2}hasUnit`]: 'one',
          [`${om2}hasNumericalValue`]: { '@value': '1', '@type': 'http://www.w3.org/2001/XMLSchema#decimal' },
        },
      },
      [`${vf}reciprocal`]: {
        type: `${vf}Intent`,
        [`${vf}resourceConformsTo`]: { id: 'https://www.wikidata.org/wiki/Q4916' },
        [`${vf}resourceQuantity`]: { [`${vf}hasUnit`]: 'one', [`${vf}hasNumericalValue`]: 30 },
      },
    });
    expect(readListing(document, asItCame)).toMatchObject({
      ok: true,
      notes: [],
      value: {
        kind: 'goods',
        title: 'Vélo',
        audience: 'public',
        price: { type: 'money', amount: 3000, currency: 'EUR' },
      },
    });
  });
  test('satisfies as a bare text survives', async () => {
    const document = await read({
      '@context': [AS2, { vf: 'https://w3id.org/valueflows/ont/vf#' }],
      id: 'https://m.example/o/1',
      type: 'Offer',
      actor: 'https://m.example/users/a',
      object: {
        type: 'vf:Agreement',
        'vf:stipulates': { type: 'vf:Commitment', 'vf:satisfies': 'https://m.example/p/1#primary' },
      },
    });
    expect(JSON.stringify(document)).toContain('"https://m.example/p/1#primary"');
    expect(readActivity(document)).toMatchObject({
      ok: true,
      value: { type: 'Offer', actor: 'https://m.example/users/a' },
    });
  });
  test.each([
    ['no context at all', undefined],
    ['an unknown one alone', 'https://unknown.example/c'],
    ['the http spelling', `http:${AS2.slice(6)}`],
    [
      "Akkoma's litepub on its own host",
      [AS2, 'https://akkoma.example/schemas/litepub-0.1.jsonld', { '@language': 'und' }],
    ],
    [
      'a spelling of the proof terms of its own',
      [AS2, { sec: 'https://w3id.org/security#', proofValue: 'sec:proofValue' }],
    ],
  ])('with %s', async (_what, context) => {
    const document = await read({
      ...(context === undefined ? {} : { '@context': context }),
      '@id': 'https://o.example/f/1',
      '@type': 'Follow',
      actor: 'https://o.example/a',
      object: ALICE,
    });
    expect(readActivity(document)).toMatchObject({
      ok: true,
      value: { id: 'https://o.example/f/1', type: 'Follow', actor: 'https://o.example/a', objectId: ALICE },
    });
  });
  test('an embedded context that nobody has counts as absent', async () => {
    const document = await read({
      '@context': AS2,
      '@id': 'https://o.example/c/1',
      '@type': 'Create',
      actor: 'https://o.example/a',
      object: { '@context': 'https://unknown.example/c', id: 'https://o.example/n/1', type: 'Note', content: 'x' },
    });
    expect(readActivity(document)).toMatchObject({ ok: true, value: { object: { content: 'x' } } });
  });
  test('nothing is fetched for any of it', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    await read({
      '@context': [AS2, 'https://unknown.example/c'],
      '@id': 'https://o.example/f/1',
      '@type': 'Follow',
      actor: 'https://o.example/a',
      object: ALICE,
    });
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });
});

describe('no other meaning', () => {
  const base = { id: 'https://o.example/f/1', type: 'Follow', actor: 'https://o.example/a', object: ALICE };
  test.each([
    ['actor', { actor: 'https://evil.example/ns#actor' }],
    ['object', { object: 'as:target' }],
    ['id', { id: '@type' }],
    ['type', { type: 'as:name' }],
    ['actor by way of another prefix', { actor: 'https://w3id.org/security#owner' }],
    ['the prefix itself', { as: 'https://evil.example/ns#' }],
    ['attributedTo, taken away', { attributedTo: null }],
    ['to within a term', { thing: { '@id': 'as:thing', '@context': { to: 'as:bto' } } }],
  ])('%s', async (_what, context) => {
    expect(await readDocument({ '@context': [AS2, context], ...base })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('another meaning'),
    });
    expect(await readDocument({ ...base, object: { '@context': context, id: ALICE } })).toMatchObject({ ok: false });
  });
  test.each([
    ['what AS2 itself says', { actor: { '@id': 'as:actor', '@type': '@id' }, id: '@id', type: '@type', as: `${AS2}#` }],
    [
      "security's own terms",
      { sec: 'https://w3id.org/security#', publicKey: 'sec:publicKey', owner: { '@id': 'sec:owner', '@type': '@id' } },
    ],
    ["ldp's inbox", { inbox: 'ldp:inbox' }],
  ])('%s may be said again', async (_what, context) => {
    expect(await readDocument({ '@context': [AS2, context], ...base })).toMatchObject({ ok: true });
  });
  test.each(['@graph', '@included', '@reverse'])('%s is refused', async (key) => {
    expect(await readDocument({ ...base, [key]: [] })).toMatchObject({ ok: false });
  });
  test('what is no object is refused, and a prototype is not touched', async () => {
    for (const json of [null, 7, 'x', []]) expect(await readDocument(json)).toMatchObject({ ok: false });
    const document = await read(
      JSON.parse(
        `{"@id":"https://o.example/a","@type":"Person","inbox":"https://o.example/i","__proto__":{"polluted":true}}`,
      ),
    );
    expect(readActor(document).ok).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
