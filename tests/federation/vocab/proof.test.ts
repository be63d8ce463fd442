/** Integrity proofs hold here and in Fedify, both ways; and for nothing else than what was signed. */
import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto';
import { generateCryptoKeyPair, signObject, verifyProof as verifyByFedify } from '@fedify/fedify';
import { DataIntegrityProof, Multikey, Note } from '@fedify/vocab';
import { preloadedContexts } from '@fedify/vocab-runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeAnnounce, writeCreate } from '#federation/vocab/activity.ts';
import { multikeyOf } from '#federation/vocab/actor.ts';
import { base58 } from '#federation/vocab/base58.ts';
import { writeNote } from '#federation/vocab/listing.ts';
import { addProof, proofKey, verifyProof } from '#federation/vocab/proof.ts';
import { ADDRESSED, ALICE, LISTINGS, overTheWire } from './samples.ts';

const KEY = `${ALICE}#ed25519-key`;
let pair: CryptoKeyPair;
let privateKey: KeyObject;
let multibase = '';
beforeAll(async () => {
  pair = await generateCryptoKeyPair('Ed25519');
  privateKey = createPrivateKey({
    key: Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  multibase = multikeyOf(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
});
const documentLoader = async (url: string) => {
  const document = preloadedContexts[url];
  if (document === undefined) throw new Error(`${url} would have to be fetched`);
  return { contextUrl: null, documentUrl: url, document };
};
const bundled = { documentLoader, contextLoader: documentLoader };
const create = () =>
  writeCreate({
    id: `${ALICE}/activities/1`,
    actor: ALICE,
    ...ADDRESSED,
    published: new Date('2026-11-02T09:00:00Z'),
    object: writeNote(LISTINGS.lodging, ADDRESSED),
  });
const prove = (document: Record<string, unknown>, created = new Date('2026-11-02T09:00:00.123Z')) =>
  addProof(document, { verificationMethod: KEY, privateKey, created });

describe('ours in Fedify', () => {
  test.each([
    '2026-11-02T09:00:00.000Z',
    '2026-11-02T09:00:00.100Z',
    '2026-11-02T09:00:00.120Z',
    '2026-11-02T09:00:00.123Z',
    '2026-11-02T09:00:10.000Z',
  ])('made at %s', async (created) => {
    const document = prove(create(), new Date(created));
    const key = new Multikey({ id: new URL(KEY), controller: new URL(ALICE), publicKey: pair.publicKey });
    const proof = await DataIntegrityProof.fromJsonLd(document['proof'], bundled);
    const believed = await verifyByFedify(document, proof, {
      ...bundled,
      keyCache: { get: async () => key, set: async () => {} },
    });
    expect(believed?.id?.href).toBe(KEY);
  });
});
test("Fedify's with us", async () => {
  const note = new Note({ id: new URL(`${ALICE}/items/1`), attribution: new URL(ALICE), content: 'é' });
  const signed = await signObject(note, pair.privateKey, new URL(KEY), bundled);
  const document = overTheWire(await signed.toJsonLd({ format: 'compact', contextLoader: documentLoader }));
  expect(verifyProof(document, multibase)).toBe(true);
  expect(verifyProof({ ...document, content: 'e' }, multibase)).toBe(false);
});

test('it holds for what was signed, over the JSON as it is sent', () => {
  const document = prove({ ...create(), nothing: undefined });
  expect(proofKey(document)).toBe(KEY);
  expect(verifyProof(overTheWire(document), multibase)).toBe(true);
  expect(
    verifyProof(
      prove(
        writeAnnounce({
          id: 'https://a.example/1',
          actor: ALICE,
          to: [],
          cc: [],
          published: new Date(),
          object: ALICE,
        }),
      ),
      multibase,
    ),
  ).toBe(true);
});
test.each<[string, (document: Record<string, unknown>, proof: Record<string, unknown>) => Record<string, unknown>]>([
  ['another word', (document) => ({ ...document, actor: 'https://evil.example/users/x' })],
  ['another price within', (document) => JSON.parse(JSON.stringify(document).replace('42.50', '4.25'))],
  ['another context', (document) => ({ ...document, '@context': 'https://www.w3.org/ns/activitystreams' })],
  ['another moment', (document, proof) => ({ ...document, proof: { ...proof, created: '2027-01-01T00:00:00Z' } })],
  ['another purpose', (document, proof) => ({ ...document, proof: { ...proof, proofPurpose: 'authentication' } })],
  ['another suite', (document, proof) => ({ ...document, proof: { ...proof, cryptosuite: 'eddsa-rdfc-2022' } })],
  ['a value in another base', (document, proof) => ({ ...document, proof: { ...proof, proofValue: 'u0000' } })],
  [
    'a value cut short',
    (document, proof) => ({ ...document, proof: { ...proof, proofValue: String(proof['proofValue']).slice(0, 40) } }),
  ],
  ['no proof', (document) => ({ ...document, proof: undefined })],
])('%s: it does not hold', (_what, change) => {
  const document = prove(create());
  expect(verifyProof(change(document, document['proof'] as Record<string, unknown>), multibase)).toBe(false);
});
test('not by another key, nor by what is no key', async () => {
  const other = createPublicKey(
    createPrivateKey({
      key: Buffer.from(await crypto.subtle.exportKey('pkcs8', (await generateCryptoKeyPair('Ed25519')).privateKey)),
      format: 'der',
      type: 'pkcs8',
    }),
  );
  for (const key of [
    multikeyOf(other.export({ type: 'spki', format: 'pem' }).toString()),
    '',
    'z',
    'z0OIl',
    multibase.slice(0, -1),
    `u${multibase.slice(1)}`,
  ])
    expect(verifyProof(prove(create()), key), key).toBe(false);
});
test('not after it has expired', () => {
  const document = prove(create());
  expect(
    verifyProof(
      { ...document, proof: { ...(document['proof'] as object), expires: '2020-01-01T00:00:00Z' } },
      multibase,
    ),
  ).toBe(false);
});
test('base58 keeps bytes, leading zeros too', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.from([0, 0, 1]),
    Buffer.from('hello'),
    Buffer.alloc(64, 255),
  ])
    expect(base58.decode(base58.encode(bytes))).toEqual(bytes);
  expect(base58.encode(Buffer.from('Hello World!'))).toBe('2NEpo7TZRRrLZSi2U');
  expect(base58.decode('0')).toBeUndefined();
});
