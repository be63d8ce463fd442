/** One PostgreSQL for the whole run; each test makes databases of its own in it. And keys, which take long to make. */
import type { TestProject } from 'vitest/node';
import { type KeyPairs, generateKeys } from '#domain/actors.ts';
import { startPostgres } from './postgres.ts';

/** As many as a file of tests has actors, mostly; who needs more makes more. */
const KEYS = 40;

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const [server, ...keys] = await Promise.all([startPostgres(), ...Array.from({ length: KEYS }, generateKeys)]);
  project.provide('postgres', server.url);
  project.provide('keys', keys);
  return () => server.drop();
};

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: string;
    keys: KeyPairs[];
  }
}
