/** Which word was probably meant. */
import { editDistance } from '#domain/transfer/columns.ts';

/** @returns the closest of some words, if it is close enough to have been meant */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  const ranked = words
    .map((known) => ({ known, distance: editDistance(word, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.known : undefined;
};
