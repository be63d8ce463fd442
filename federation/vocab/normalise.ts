/**
 * From a document in whatever spelling JSON-LD allows to the short keys that the readers know. Nearly all software
 * writes short keys, and those are read as they are. Only a document that spells terms out (`vf:publishes`, full
 * IRIs, `@type`) is compacted to our context, with bundled contexts alone: nothing is ever fetched.
 */
import { type JsonObject, type Unreadable, isObject, list } from './json.ts';

export type Normalised = { ok: true; document: JsonObject } | Unreadable;

/** Terms that decide who does what to what: no inline context may give them another meaning. */
const CORE = [
  'id',
  'type',
  '@id',
  '@type',
  'actor',
  'object',
  'target',
  'attributedTo',
  'to',
  'cc',
  'publicKey',
  'owner',
  'inbox',
  'proof',
  'url',
];
const NAMESPACE = 'https://www.w3.org/ns/activitystreams#';
/** Terms of the security vocabulary, not of AS2. */
const SECURITY = ['publicKey', 'owner', 'proof'];
/** What others' contexts may say of a core term, besides nothing: the same as AS2 does, in its spellings. */
const harmless = (term: string, meaning: unknown): boolean => {
  const iri = isObject(meaning) ? meaning['@id'] : meaning;
  if (term === 'id' || term === 'type') return iri === `@${term}`;
  if (term.startsWith('@')) return false;
  return (
    typeof iri === 'string' &&
    (iri === `as:${term}` ||
      iri === `${NAMESPACE}${term}` ||
      (SECURITY.includes(term) && /^(?:https:\/\/w3id\.org\/security#|sec:)\w+$/.test(iri)) ||
      (term === 'inbox' && /^(?:ldp:|http:\/\/www\.w3\.org\/ns\/ldp#)inbox$/.test(iri)))
  );
};

/** @param json a parsed body, already bounded in size and depth by the guard */
export const readDocument = async (json: unknown): Promise<Normalised> => {
  if (!isObject(json)) return { ok: false, code: 'notObject', reason: 'It is no JSON object.' };
  const contexts = list(json['@context']).flat();
  const bent = bentTerm(json);
  if (bent !== undefined)
    return {
      ok: false,
      code: 'contextBent',
      reason: `Its @context gives the term "${bent}" another meaning.`,
      details: { term: bent },
    };
  if ('@graph' in json || '@included' in json || '@reverse' in json)
    return { ok: false, code: 'graph', reason: 'It uses @graph, @included or @reverse.' };
  if (!isSpelledOut(json)) return { ok: true, document: json };
  if (isTooMuch(json))
    return {
      ok: false,
      code: 'jsonLdTooLarge',
      reason: 'It is too large to be read with JSON-LD: use the short keys of AS2.',
    };
  // JSON-LD's processor and the bundle of contexts take 40 MB: they are loaded by whoever first needs them.
  const { compact } = await import('./compact.ts');
  return compact(json, contexts);
};

/** The first core term that some inline context, here or in what is embedded, gives another meaning; also the prefix `as` itself. */
const bentTerm = (value: unknown, depth = 0): string | undefined => {
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key === '@context' ? bentIn(inner) : bentTerm(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};
/** As deep as the guard lets anything be. */
const DEPTH_MAX = 24;
const bentIn = (context: unknown, depth = 0): string | undefined => {
  if (depth > DEPTH_MAX) return undefined;
  // Lists of lists and contexts in contexts are unwrapped by JSON-LD's processor, too.
  if (Array.isArray(context)) return firstBent(context, depth);
  if (!isObject(context)) return undefined;
  if (Object.hasOwn(context, 'as') && prefixOf(context['as']) !== NAMESPACE) return 'as';
  // A context within a term's definition holds wherever the term stands.
  const scoped = firstBent(
    [context['@context'], ...Object.values(context).map((meaning) => (isObject(meaning) ? meaning['@context'] : []))],
    depth,
  );
  return scoped ?? CORE.find((term) => Object.hasOwn(context, term) && !harmless(term, context[term]));
};
const firstBent = (contexts: unknown[], depth: number): string | undefined => {
  for (const context of contexts) {
    const term = bentIn(context, depth + 1);
    if (term !== undefined) return term;
  }
  return undefined;
};
const prefixOf = (meaning: unknown): string =>
  String(isObject(meaning) ? meaning['@id'] : meaning).replace(/^http:/, 'https:');

/** JSON-LD's processor takes milliseconds for a document as they are, and seconds for one made to take them. */
const KEYS_MAX = 1_000;
const CONTEXTS_MAX = 50;
const isTooMuch = (json: JsonObject): boolean => {
  let [keys, contexts] = [0, 0];
  const walk = (value: unknown, depth: number): void => {
    if (keys > KEYS_MAX || contexts > CONTEXTS_MAX || typeof value !== 'object' || value === null) return;
    if (depth > DEPTH_MAX) keys = Number.POSITIVE_INFINITY;
    else if (Array.isArray(value)) for (const one of value) walk(one, depth + 1);
    else
      for (const [key, inner] of Object.entries(value)) {
        keys++;
        if (key === '@context') contexts += list(inner).flat().length;
        walk(inner, depth + 1);
      }
  };
  walk(json, 0);
  return keys > KEYS_MAX || contexts > CONTEXTS_MAX;
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
