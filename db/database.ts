/**
 * The one database interface. `read` sees the last committed state; `write` runs one transaction. Nothing may
 * wait for the network inside `write`: on SQLite all writes queue behind it, on PostgreSQL it may run again.
 */
import type { SQL } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { explained } from './cannot-open.ts';
import type { Tables } from './schema/tables.ts';

export type TableName = keyof Tables;
/** Compared for equality only. */
export type Version = number | string;
export type Engine = 'sqlite' | 'postgres';

/** The common surface of Drizzle (always awaited), the tables as `t`, and `rows` for raw statements. */
export type Handle = Pick<
  BetterSQLite3Database,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | '$count'
> & {
  engine: Engine;
  t: Tables;
  /** Runs a raw statement. @returns its rows, columns by their names in the database. */
  rows<T extends Record<string, unknown>>(query: SQL): Promise<T[]>;
  /** Runs a raw statement that returns no rows. */
  execute(query: SQL): Promise<void>;
};

/** A handle outside a transaction: reads only. */
export type Reader = Handle;
/** A handle inside a transaction. Using it after the transaction has ended throws. */
export type Tx = Handle & { readonly inTransaction: true };

export type Snapshot = { read: Reader; end(): Promise<void> };

export type Database = {
  engine: Engine;
  read: Reader;
  /**
   * Runs `work` in one transaction: immediate on SQLite (committed to disk before it resolves), serializable on
   * PostgreSQL, where `work` may run several times. Throwing rolls everything back.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Different after any commit: what was computed from `read` may be kept while it stays equal. On SQLite commits of
   * other processes show in it within 50 ms; on PostgreSQL it is asked of the server, and exact.
   */
  version(): Version | Promise<Version>;
  /**
   * A number that grows with every commit of this process that touched one of the tables; commits of other processes
   * do not show in it. See `remembered` in memo.ts.
   */
  changes(tables: readonly TableName[]): number;
  /**
   * One state of the whole database, for as long as it takes to read it, while others go on writing. Not for pages:
   * on SQLite the write-ahead log grows until `end` is called.
   */
  snapshot(): Promise<Snapshot>;
  /** Ends all connections; a write under way is finished first. */
  close(): Promise<void>;
};

/** Thrown when a query is made on a transaction that has ended: an `await` was forgotten. */
export class TransactionEnded extends Error {
  override name = 'TransactionEnded';
  constructor() {
    super('A query outlived its transaction: an await is missing.');
  }
}

/** Where the data is. `file` may be `:memory:` in no test: two connections share it. */
export type DatabaseLocation = { engine: 'sqlite'; file: string } | { engine: 'postgres'; url: string };

/**
 * Called before each statement with its text and parameters, `BEGIN` and `COMMIT` among them, and with `COMMITTED` after a commit.
 * What it throws is what the statement fails with: the tests of faults fail every one of them in turn.
 */
export type StatementHook = (text: string, params?: unknown[]) => void;

/**
 * Opens the database, brings its schema up to date, and returns it.
 * @throws CannotOpen with words for a person when it cannot be reached, read or migrated
 */
export const openDatabase = async (location: DatabaseLocation, hook?: StatementHook): Promise<Database> => {
  try {
    return location.engine === 'sqlite'
      ? await (await import('./sqlite.ts')).openSqlite(location.file, hook)
      : await (await import('./postgres.ts')).openPostgres(location.url, hook);
  } catch (error) {
    throw explained(error, location);
  }
};
