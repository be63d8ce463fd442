/** One key of a node vouches for the next: a statement over the new keys, signed by the old Ed25519 key. */
import type { KeyObject } from 'node:crypto';
import type { NodeKeys } from '#domain/peer-keys.ts';
import { type JsonObject, isObject, list } from './json.ts';
import { addProof, verifyProof } from './proof.ts';

const CONTEXT = 'https://www.w3.org/ns/activitystreams';
/** The newest that are shown, and that are read. */
export const RENEWALS_SHOWN = 50;

export type Renewal = { actor: string; keys: NodeKeys & { proving: string }; published: Date };

/** @param by the key before */
export const writeRenewal = (
  { actor, keys, published }: Renewal,
  by: { id: string; privateKey: KeyObject },
): JsonObject =>
  addProof(
    {
      '@context': CONTEXT,
      type: 'KeyRenewal',
      actor,
      signing: keys.signing,
      proving: keys.proving,
      published: published.toISOString(),
    },
    { verificationMethod: by.id, privateKey: by.privateKey, created: published },
  );

export const writeRenewals = (id: string, items: JsonObject[]): JsonObject => ({
  '@context': CONTEXT,
  id,
  type: 'OrderedCollection',
  totalItems: items.length,
  orderedItems: items,
});

/**
 * Does an unbroken chain of statements lead from the keys by which a node is known to those that it shows?
 * @param document as its server gave it, oldest statement first
 */
export const vouchesFor = (document: JsonObject, actor: string, from: NodeKeys, to: NodeKeys): boolean => {
  let { proving } = from;
  for (const item of list(document['orderedItems']).slice(-RENEWALS_SHOWN)) {
    if (proving === null) return false;
    if (!isObject(item) || item['type'] !== 'KeyRenewal' || item['actor'] !== actor) continue;
    const { signing, proving: next } = item;
    if (typeof signing !== 'string' || typeof next !== 'string' || !verifyProof(item, proving)) continue;
    if (signing === to.signing && next === to.proving) return true;
    proving = next;
  }
  return false;
};
