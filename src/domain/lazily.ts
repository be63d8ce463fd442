/**
 * Libraries that no first page needs: each costs 5 to 16 MB from when it is loaded. `import()` does the same where one
 * can wait; this is for functions that answer at once.
 */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/**
 * @param name of a library that can be had by `require`; its type is named where it is used: `typeof import('…')`
 * @returns a function that loads it when it is first called
 */
export const lazily = <T>(name: string): (() => T) => {
  let loaded: { library: T } | undefined;
  return () => (loaded ??= { library: load(name) as T }).library;
};
