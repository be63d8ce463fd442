/** SQLite: one writer connection behind a mutex, one reader that sees the last snapshot, both in WAL mode. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mutex } from 'async-mutex';
import Sqlite from 'better-sqlite3';
import type { SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { type Database, type Handle, TransactionEnded } from './database.ts';
import { sqliteTables } from './schema/tables.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations/sqlite', import.meta.url));
/** How long a statement waits for another process's lock, in milliseconds. */
const BUSY_MS = 5_000;

/** Opens (or makes) the file. A copy is kept beside it before a migration changes an existing one. */
export const openSqlite = async (file: string): Promise<Database> => {
  mkdirSync(dirname(file), { recursive: true });
  const existed = existsSync(file);
  const writer = connect(file);
  await bringUpToDate(writer, file, existed);
  const reader = connect(file);
  reader.pragma('query_only = true');

  const mutex = new Mutex();
  const dataVersion = reader.prepare<[], number>('PRAGMA data_version').pluck();
  return {
    engine: 'sqlite',
    read: handle(reader),
    write: (work) =>
      mutex.runExclusive(async () => {
        const lease = { ended: false };
        writer.exec('BEGIN IMMEDIATE');
        try {
          const result = await work(Object.assign(handle(leased(writer, lease)), { inTransaction: true as const }));
          lease.ended = true;
          writer.exec('COMMIT');
          return result;
        } catch (error) {
          lease.ended = true;
          if (writer.inTransaction) writer.exec('ROLLBACK');
          throw error;
        }
      }),
    version: () => dataVersion.get() ?? 0,
    close: () =>
      mutex.runExclusive(async () => {
        reader.close();
        writer.pragma('optimize');
        writer.close();
      }),
  };
};

const connect = (file: string): Sqlite.Database => {
  const connection = new Sqlite(file, { timeout: BUSY_MS });
  connection.pragma('journal_mode = WAL');
  // FULL: what was acknowledged survives a power cut, at some thousand commits a second still.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('cache_size = -16000');
  connection.pragma('temp_store = MEMORY');
  return connection;
};

/** Drizzle's table rebuild drops child rows while foreign keys are enforced: off around it, checked after. */
const bringUpToDate = async (writer: Sqlite.Database, file: string, existed: boolean): Promise<void> => {
  const before = versionOf(writer);
  if (existed && before > 0 && before < migrationCount()) {
    await writer.backup(`${file}.before-migration-${before}`);
  }
  writer.pragma('foreign_keys = OFF');
  migrate(drizzle({ client: writer }), { migrationsFolder: MIGRATIONS });
  const broken = writer.pragma('foreign_key_check');
  if (Array.isArray(broken) && broken.length > 0)
    throw new Error(`Migration left ${broken.length} dangling references in ${file}`);
  writer.pragma('foreign_keys = ON');
};

const versionOf = (connection: Sqlite.Database): number => {
  const known = connection.prepare("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
  if (known === undefined) return 0;
  return connection.prepare<[], { n: number }>('SELECT count(*) AS n FROM __drizzle_migrations').get()?.n ?? 0;
};

const migrationCount = (): number => journal().entries.length;
const journal = (): { entries: unknown[] } => JSON.parse(readFileSync(`${MIGRATIONS}/meta/_journal.json`, 'utf8'));

const handle = (connection: Sqlite.Database): Handle => {
  const orm = drizzle({ client: connection });
  return Object.assign(orm, {
    engine: 'sqlite' as const,
    t: sqliteTables,
    rows: async <T extends Record<string, unknown>>(query: SQL): Promise<T[]> => orm.all<T>(query),
    execute: async (query: SQL): Promise<void> => {
      orm.run(query);
    },
  });
};

/** The same connection, refusing to prepare anything once the transaction is over. */
const leased = (connection: Sqlite.Database, lease: { ended: boolean }): Sqlite.Database =>
  new Proxy(connection, {
    get(target, property) {
      if (lease.ended) throw new TransactionEnded();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
