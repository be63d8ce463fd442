/** Fresh, migrated databases of both engines. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, inject } from 'vitest';
import { type Database, type Engine, openDatabase } from '#db/database.ts';

export type Fresh = { db: Database; dir: string; url: string | undefined; drop(): Promise<void> };

/** An empty database of a PostgreSQL that runs for the tests. @returns its URL and how to drop it */
export const freshPostgres = async (): Promise<{ url: string; drop(): Promise<void> }> => {
  const server = inject('postgres');
  const name = `t_${randomBytes(8).toString('hex')}`;
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: `${server}/postgres` });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  return { url: `${server}/${name}`, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
};

/** @returns a database with all tables and nothing in them */
export const freshDatabase = async (engine: Engine): Promise<Fresh> => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-test-'));
  const postgres = engine === 'postgres' ? await freshPostgres() : undefined;
  const db = await openDatabase(
    postgres === undefined
      ? { engine: 'sqlite', file: join(dir, 'maillon.db') }
      : { engine: 'postgres', url: postgres.url },
  );
  return {
    db,
    dir,
    url: postgres?.url,
    drop: async () => {
      await db.close();
      await postgres?.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** The same tests on both engines. */
export const eachEngine = (name: string, tests: (engine: Engine) => void): void => {
  for (const engine of ['sqlite', 'postgres'] as const) {
    describe(`${name} (${engine})`, () => {
      tests(engine);
    });
  }
};
