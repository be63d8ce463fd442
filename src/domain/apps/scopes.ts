/** What a program may do here. Each names what the API has; more come with it. */
export const APP_SCOPES = ['listings:read', 'listings:write', 'profile:read', 'account:export'] as const;
export type AppScope = (typeof APP_SCOPES)[number];

/** What tokens could do before there were scopes, and what an admin's token can do. */
export const READING: readonly AppScope[] = ['listings:read'];

export const isScope = (word: string): word is AppScope => APP_SCOPES.some((one) => one === word);
/** Of what is stored, what is still known. */
export const knownScopes = (words: readonly string[]): AppScope[] => APP_SCOPES.filter((one) => words.includes(one));

/** @param text words with one blank between, as OAuth writes them @returns each once; undefined if one is not known, or none is there */
export const readScopes = (text: string): AppScope[] | undefined => {
  const words = text.split(' ').filter((word) => word !== '');
  return words.length > 0 && words.length <= 20 && words.every((word) => isScope(word))
    ? knownScopes(words)
    : undefined;
};
