/** One PostgreSQL for the whole run; each test makes databases of its own in it. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await startPostgres();
  project.provide('postgres', server.url);
  return () => server.drop();
};

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: string;
  }
}
