/** One key of a node vouches for the next: what is taken without asking, and what is not. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { multikeyOf } from '#federation/vocab/actor.ts';
import { vouchesFor, writeRenewal, writeRenewals } from '#federation/vocab/renewal.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';

const ACTOR = 'https://a.example/users/instance';
const newKey = (n: number) => {
  const pair = generateKeyPairSync('ed25519');
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const privateKey = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { keys: { signing: `thumbprint-${n}`, proving: multikeyOf(pem) }, by: { id: `${ACTOR}#${n}`, privateKey } };
};
const [first, second, third, stranger] = [1, 2, 3, 4].map(newKey) as [Key, Key, Key, Key];
type Key = ReturnType<typeof newKey>;
const says = (from: Key, to: Key, actor = ACTOR) =>
  writeRenewal({ actor, keys: to.keys, published: new Date('2026-11-25T12:00:00.500Z') }, from.by);
const listed = (...items: Record<string, unknown>[]) => writeRenewals(`${ACTOR}/renewals`, items);
const vouched = (document: Record<string, unknown>, from: Key, to: Key): boolean =>
  vouchesFor(document, ACTOR, from.keys, to.keys);

test('an unbroken chain is taken, from wherever one stands', () => {
  const chain = listed(says(first, second), says(second, third));
  expect(vouched(chain, first, second)).toBe(true);
  expect(vouched(chain, first, third)).toBe(true);
  expect(vouched(chain, second, third)).toBe(true);
});

test('anything else is not: a gap, a stranger’s word, another’s statement, an altered one, the way back', () => {
  expect(vouched(listed(says(second, third)), first, third)).toBe(false);
  expect(vouched(listed(says(stranger, second)), first, second)).toBe(false);
  expect(vouched(listed(says(first, second, 'https://b.example/users/instance')), first, second)).toBe(false);
  expect(vouched(listed({ ...says(first, second), ...stranger.keys }), first, stranger)).toBe(false);
  expect(vouched(listed({ ...says(first, second), signing: 'another' }), first, second)).toBe(false);
  expect(vouched(listed(says(first, second)), second, first)).toBe(false);
  // The keys of requests belong to it: a new one of them alone is another pair.
  const half: Key = { ...second, keys: { ...second.keys, signing: 'thumbprint-9' } };
  expect(vouched(listed(says(first, second)), first, half)).toBe(false);
  expect(vouched({ orderedItems: [null, 'x', {}] }, first, second)).toBe(false);
  expect(vouchesFor(listed(says(first, second)), ACTOR, { signing: 'x', proving: null }, second.keys)).toBe(false);
});

test('a thumbprint is the one of RFC 7638', () => {
  // The example of RFC 8037, appendix A.3.
  const pem = `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----`;
  expect(thumbprintOf(pem)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  expect(thumbprintOf('no key')).toBeUndefined();
});
