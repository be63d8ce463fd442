/** Which migrations a database has seen, and which it still needs. */
import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { tooNew } from '../cannot-open.ts';
import type { Engine } from '../database.ts';

/** All migrations of an engine, in their order. */
export const allMigrations = (engine: Engine): MigrationMeta[] =>
  readMigrationFiles({ migrationsFolder: fileURLToPath(new URL(`../migrations/${engine}`, import.meta.url)) });

/**
 * @param applied when each migration that the database has seen was made, as Drizzle notes it: its name, so to say
 * @throws CannotOpen if it has seen one that this version does not know
 */
export const pendingOf = (all: MigrationMeta[], applied: number[]): MigrationMeta[] => {
  const known = new Set(all.map((migration) => migration.folderMillis));
  if (applied.some((made) => !known.has(made))) throw tooNew();
  return all.filter((migration) => !applied.includes(migration.folderMillis));
};

/** @returns the statements of a migration, without what is only the space between two */
export const statementsIn = (migration: MigrationMeta): string[] =>
  migration.sql.map((statement) => statement.trim()).filter((statement) => statement !== '');
