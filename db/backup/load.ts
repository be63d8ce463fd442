/** A database made anew from rows: whole, or as if nothing had been tried. */
import type { MigrationMeta } from 'drizzle-orm/migrator';
import type { DatabaseLocation, Tx } from '../database.ts';
import type { NeutralRow, Shape } from './rows.ts';

/**
 * Numbers that were given to rows after the backup must not be given again: they are in the addresses of pages that
 * others may still be reading. Nobody makes so many rows between two backups.
 */
export const ROWS_LEFT_OUT = 1_000_000;

/** What is in the place where a database shall be loaded. */
export type Found =
  /** nothing at all */
  | 'nothing'
  /** tables, but no node was ever set up in it */
  | 'unused'
  /** a node, or something that cannot be read */
  | 'node'
  /** a process has it open */
  | 'in use';

export type Loader = {
  /** Adds rows as a backup has them, to a table as it was then. */
  insert(shape: Shape, rows: NeutralRow[]): Promise<void>;
  /** Runs the migrations that came after the backup. Only then is `tx` good for anything but counting. */
  upgrade(): Promise<void>;
  tx: Tx;
};

export type Load = {
  before: MigrationMeta[];
  after: MigrationMeta[];
  /** Name under which what is there is kept; it is removed if nobody ever used it. */
  aside: string | undefined;
  /** Fills the database. Nothing that others see has changed until it resolves; if it throws, nothing will have. */
  fill: (loader: Loader) => Promise<void>;
};

/** Looks without changing anything. */
export const findDatabase = async (location: DatabaseLocation): Promise<Found> =>
  location.engine === 'sqlite'
    ? (await import('./load-sqlite.ts')).findSqlite(location.file)
    : (await import('./load-postgres.ts')).findPostgres(location.url);

/**
 * Makes a database in the form that it had at the backup, lets `fill` load it, and brings it up to date.
 * On SQLite the file must not exist yet: who calls puts it in its place. On PostgreSQL it is one transaction, at whose
 * end the new tables are where the old ones were.
 * @throws whatever `fill` throws, or the engine; then everything is as before
 */
export const loadDatabase = async (location: DatabaseLocation, load: Load): Promise<void> =>
  location.engine === 'sqlite'
    ? (await import('./load-sqlite.ts')).loadSqlite(location.file, load)
    : (await import('./load-postgres.ts')).loadPostgres(location.url, load);
