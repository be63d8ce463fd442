/**
 * Words for the full-text index and for queries: folded, without French elision and plural, so that «l'hôtel»,
 * "hotels" and "HÔTEL" meet. Both engines get the same words, so both find the same things.
 */

/** Marks on letters after NFKD, and ligatures that it leaves. */
const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll('ß', 'ss');

/** l' d' j' m' n' s' t' c' qu' jusqu' lorsqu' puisqu' */
const ELISION = /^(?:[ldjmnstc]|qu|jusqu|lorsqu|puisqu)['’](?=\p{L})/u;
const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;
const MAX_WORDS = 4_000;

/** Plural and feminine endings that French, Italian and English share roughly; never below four letters. */
const stem = (word: string): string => {
  if (word.length <= 4) return word;
  return word
    .replace(/eaux$/, 'eau')
    .replace(/aux$/, 'al')
    .replace(/ies$/, 'y')
    .replace(/(?<=[^s])s$|x$/, '')
    .replace(/(?<=\p{L}{3}[^e])e$/u, '');
};

/** @returns the index words of a text in their order, at most 4,000; repeated words stay repeated */
export const wordsOf = (text: string): string[] => {
  const found: string[] = [];
  for (const [match] of text.matchAll(WORD)) {
    const bare = fold(match.replace(ELISION, ''));
    for (const part of bare.split(/['’]/)) if (part !== '') found.push(stem(part));
    if (found.length >= MAX_WORDS) break;
  }
  return found;
};

/** @returns the words of a query, at most 8, each once; the last one may be the beginning of a word */
export const queryWords = (query: string): string[] => [...new Set(wordsOf(query.slice(0, 200)))].slice(0, 8);
