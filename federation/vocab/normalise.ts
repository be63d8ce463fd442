/**
 * From a document in whatever spelling JSON-LD allows to the short keys that the readers know. Nearly all software
 * writes short keys, and those are read as they are. Only a document that spells terms out (`vf:publishes`, full
 * IRIs, `@type`) is compacted to our context, with bundled contexts alone: nothing is ever fetched.
 */
import { preloadedContexts } from '@fedify/vocab-runtime';
import jsonld from 'jsonld';
import { CONTEXT } from './context.ts';
import { type JsonObject, isObject, list } from './json.ts';

export type Normalised = { ok: true; document: JsonObject } | { ok: false; reason: string };

/** Terms that decide who does what to what: no inline context may give them another meaning. */
const CORE = ['id', 'type', '@id', '@type', 'actor', 'object', 'target', 'attributedTo', 'to', 'cc', 'publicKey', 'owner', 'inbox', 'proof', 'url'];
const NAMESPACE = 'https://www.w3.org/ns/activitystreams#';
/** What others' contexts may say of a core term, besides nothing: the same as AS2 does, in its spellings. */
const harmless = (term: string, meaning: unknown): boolean => {
  const iri = isObject(meaning) ? meaning['@id'] : meaning;
  if (term === 'id' || term === 'type') return iri === `@${term}`;
  if (term.startsWith('@')) return false;
  return typeof iri === 'string' && (iri === `as:${term}` || iri === `${NAMESPACE}${term}` || /^(?:https:\/\/w3id\.org\/security|sec:)/.test(iri) || (term === 'inbox' && iri === 'ldp:inbox') || (term === 'url' && iri === 'as:url'));
};

/** @param json a parsed body, already bounded in size and depth by the guard */
export const readDocument = async (json: unknown): Promise<Normalised> => {
  if (!isObject(json)) return { ok: false, reason: 'It is no JSON object.' };
  const contexts = list(json['@context']).flat();
  for (const context of contexts) {
    if (!isObject(context)) continue;
    const bent = CORE.find((term) => Object.hasOwn(context, term) && !harmless(term, context[term]));
    if (bent !== undefined) return { ok: false, reason: `Its @context gives the term "${bent}" another meaning.` };
  }
  if ('@graph' in json || '@included' in json || '@reverse' in json) return { ok: false, reason: 'It uses @graph, @included or @reverse.' };
  return isSpelledOut(json) ? compact(json, contexts) : { ok: true, document: json };
};

/** Does a key carry a prefix or a full IRI, or JSON-LD's own `@id`, here or in what is embedded? */
const isSpelledOut = (value: unknown, depth = 0): boolean => {
  if (depth > 6) return false;
  if (Array.isArray(value)) return value.some((one) => isSpelledOut(one, depth + 1));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (key === '@context') return false;
    if (key === '@id' || key === '@type' || /^(?:as|vf|om2|https?):/.test(key)) return true;
    return isSpelledOut(inner, depth + 1);
  });
};

const compact = async (json: JsonObject, contexts: unknown[]): Promise<Normalised> => {
  try {
    // Ours comes first, so that a document without a @context, or with an unknown one, is read by it.
    const known = contexts.filter((context) => typeof context !== 'string' || bundled(context) !== undefined);
    const input: object = { ...json, '@context': [...CONTEXT, ...known] };
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
    return { ok: false, reason: `Its JSON-LD could not be read: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}` };
  }
};

/** A context that is in the bundle, also under its `http` spelling; Pleroma's and Akkoma's litepub is AS2 with little more. */
const bundled = (url: string): unknown => {
  const spelled = url.replace(/^http:/, 'https:');
  if (spelled.endsWith('/schemas/litepub-0.1.jsonld')) return preloadedContexts['https://www.w3.org/ns/activitystreams'];
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
