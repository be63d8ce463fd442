/** Brings a PostgreSQL database up to this version's schema, in one transaction, or not at all. */
import type { MigrationMeta } from 'drizzle-orm/migrator';
import type pg from 'pg';
import { UpgradeFailed } from '../cannot-open.ts';
import { allMigrations, pendingOf, statementsIn } from './plan.ts';

/** Any fixed number: nodes that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_203_514;

/** @throws CannotOpen if the database is of a newer version, UpgradeFailed if a migration fails */
export const upgradePostgres = async (pool: pg.Pool): Promise<void> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    // A migration takes as long as it takes, and whoever starts meanwhile waits for it.
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0');
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const all = allMigrations('postgres');
    const seen = await appliedIn(client);
    const pending = pendingOf(all, seen);
    if (pending.length > 0 && seen.length === 0) await makeNotes(client);
    try {
      for (const migration of pending) await applyPostgres(client, migration);
    } catch (error) {
      throw new UpgradeFailed(error);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
};

const appliedIn = async (client: pg.PoolClient): Promise<number[]> => {
  const known = await client.query("SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS known");
  if (known.rows[0]?.known !== true) return [];
  const found = await client.query<{ made: string }>('SELECT created_at AS made FROM drizzle.__drizzle_migrations');
  return found.rows.map((row) => Number(row.made));
};

/** Runs a migration and notes that it was run; within a transaction. */
export const applyPostgres = async (client: pg.ClientBase, migration: MigrationMeta): Promise<void> => {
  for (const statement of statementsIn(migration)) await client.query(statement);
  await client.query('INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)', [
    migration.hash,
    migration.folderMillis,
  ]);
};

/** The table of what was run, as drizzle-kit would make it, so that its own tools can read it. */
export const makeNotes = async (client: pg.ClientBase): Promise<void> => {
  await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');
  await client.query(
    'CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
  );
};
