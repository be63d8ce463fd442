/** Compacts a document that spells its terms out to our context, with bundled contexts alone: nothing is ever fetched. */
import { preloadedContexts } from '@fedify/vocab-runtime';
import jsonld from 'jsonld';
import { CONTEXT } from './context.ts';
import { type JsonObject, isObject, list } from './json.ts';
import type { Normalised } from './normalise.ts';

/**
 * @param json a document without dangerous terms
 * @param contexts its own, as a flat list
 * @returns the document in our short keys, or why it cannot be read
 */
export const compact = async (json: JsonObject, contexts: unknown[]): Promise<Normalised> => {
  try {
    // Ours comes first, so that a document without a @context, or with an unknown one, is read by it; without the proof's
    // context, whose terms are protected: another spelling of them in the document's own would be an error.
    const known = contexts.filter((context) => typeof context !== 'string' || bundled(context) !== undefined);
    const input: object = {
      ...withoutUnknown(json),
      '@context': [...CONTEXT.filter((one) => one !== PROOFS), ...known],
    };
    const context: object = [...CONTEXT];
    const document = await jsonld.compact(input as jsonld.JsonLdDocument, context as jsonld.ContextDefinition, {
      documentLoader: async (url: string) => {
        const found = bundled(url);
        if (!isObject(found)) throw new Error(`The context ${url} is not bundled.`);
        return { contextUrl: undefined, documentUrl: url, document: found as jsonld.JsonLdDocument } as never;
      },
    });
    return { ok: true, document: isObject(document) ? tidy(document) : {} };
  } catch (error) {
    return {
      ok: false,
      code: 'jsonLd',
      reason: `Its JSON-LD could not be read: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}`,
    };
  }
};

const PROOFS = 'https://w3id.org/security/data-integrity/v2';
/** An embedded context that nobody here has counts as absent, too. */
const withoutUnknown = (value: JsonObject): JsonObject => {
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(walk);
    if (!isObject(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, one]) => [
        key,
        key === '@context'
          ? list(one).filter((context) => typeof context !== 'string' || bundled(context) !== undefined)
          : walk(one),
      ]),
    );
  };
  const result = walk(value);
  return isObject(result) ? result : {};
};

/** A context that is in the bundle, also under its `http` spelling; Pleroma's and Akkoma's litepub is AS2 with little more. */
const bundled = (url: string): unknown => {
  const spelled = url.replace(/^http:/, 'https:');
  if (spelled.endsWith('/schemas/litepub-0.1.jsonld'))
    return preloadedContexts['https://www.w3.org/ns/activitystreams'];
  return preloadedContexts[url] ?? preloadedContexts[spelled];
};

/** Typed values that compaction leaves as objects become plain again. */
const tidy = (value: unknown): JsonObject => {
  const plain = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(plain);
    if (!isObject(inner)) return inner;
    if ('@value' in inner) return inner['@value'];
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, key === '@context' ? one : plain(one)]));
  };
  const result = plain(value);
  return isObject(result) ? result : {};
};
