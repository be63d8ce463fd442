/** Brings an SQLite file up to this version's schema: a copy first, then everything in one transaction, or nothing. */
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { MigrationMeta } from 'drizzle-orm/migrator';
import { CannotOpen, UpgradeFailed } from '../cannot-open.ts';
import { allMigrations, pendingOf, statementsIn } from './plan.ts';

/** Copies from before a migration that are kept; older ones go. Each is as large as the database was. */
const COPIES = 3;

/**
 * @param writer the only connection of this process
 * @throws CannotOpen if the file is of a newer version, UpgradeFailed if a migration fails
 */
export const upgradeSqlite = async (writer: Sqlite.Database, file: string): Promise<void> => {
  const all = allMigrations('sqlite');
  if (pendingOf(all, appliedIn(writer)).length === 0) return;
  // A table that is rebuilt drops the rows of others that refer to it while references are enforced: checked at the end.
  writer.pragma('foreign_keys = OFF');
  let kept: string | undefined;
  try {
    // At once the only writer: of two processes that start together the second waits, and finds nothing left to do.
    writer.exec('BEGIN IMMEDIATE');
    const seen = appliedIn(writer);
    const pending = pendingOf(all, seen);
    if (pending.length > 0 && seen.length > 0) kept = await keepCopy(file, `${file}.before-migration-${seen.length}`);
    for (const migration of pending) applySqlite(writer, migration);
    const dangling = writer.pragma('foreign_key_check');
    if (Array.isArray(dangling) && dangling.length > 0)
      throw new Error(`${dangling.length} rows refer to what is not there`);
    writer.exec('COMMIT');
  } catch (error) {
    if (writer.inTransaction) writer.exec('ROLLBACK');
    throw error instanceof CannotOpen ? error : new UpgradeFailed(error, kept);
  }
  writer.pragma('foreign_keys = ON');
  if (kept !== undefined) forgetCopies(file);
};

const appliedIn = (connection: Sqlite.Database): number[] =>
  connection.prepare("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get() === undefined
    ? []
    : connection.prepare<[], number>('SELECT created_at FROM __drizzle_migrations').pluck().all();

/** Runs a migration and notes that it was run; within a transaction, and with references not enforced. */
export const applySqlite = (connection: Sqlite.Database, migration: MigrationMeta): void => {
  for (const statement of statementsIn(migration)) connection.exec(statement);
  const { hash, folderMillis } = migration;
  // As drizzle-kit would make it, so that its own tools can read it.
  connection.exec(
    'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  );
  connection.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)').run(hash, folderMillis);
};

/**
 * Under its name only when it is whole: a copy that a power cut broke off must not look like one. Read by a connection
 * of its own, for the writer has begun, but nobody has written yet. @returns its path
 */
const keepCopy = async (file: string, copy: string): Promise<string> => {
  const making = `${copy}.part`;
  rmSync(making, { force: true });
  const reader = new Sqlite(file, { readonly: true });
  try {
    ownersOnly(making);
    await reader.backup(making);
  } catch (error) {
    rmSync(making, { force: true });
    throw error;
  } finally {
    reader.close();
  }
  renameSync(making, copy);
  return copy;
};

const forgetCopies = (file: string): void => {
  const [folder, begin] = [dirname(file), `${basename(file)}.before-migration-`];
  const made = readdirSync(folder).filter((name) => name.startsWith(begin));
  const newest = made
    .filter((name) => /^\d+$/.test(name.slice(begin.length)))
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)
    .slice(0, COPIES);
  // With a copy goes what SQLite put beside it when somebody looked into it.
  const stays = (name: string): boolean =>
    newest.some((kept) => [kept.name, `${kept.name}-wal`, `${kept.name}-shm`].includes(name));
  for (const name of made) if (!stays(name)) rmSync(join(folder, name), { force: true });
};

/** Makes an empty file that only its owner reads: the private keys of all members will be in it. */
export const ownersOnly = (file: string): void => {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
};
