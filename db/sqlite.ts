/** SQLite: one writer connection behind a mutex, one reader that sees the last snapshot, both in WAL mode. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Mutex } from 'async-mutex';
import Sqlite from 'better-sqlite3';
import type { SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import {
  type Database,
  type Handle,
  type Snapshot,
  type StatementHook,
  type TableName,
  TransactionEnded,
} from './database.ts';
import { type Touches, createTouches, noting } from './memo.ts';
import { sqliteTables } from './schema/tables.ts';
import { troubleOf } from './trouble.ts';
import { ownersOnly, upgradeSqlite } from './upgrade/sqlite.ts';

/** How long a write waits for another process's lock, in milliseconds, counted from when it was asked for. */
const BUSY_MS = 5_000;
/** How long a commit of another process (a command) may go unnoticed by what is kept of the database. */
const OTHERS_MS = 50;
/** Writes that share one commit at most. */
const GROUP = 64;
/** Statements kept per connection; lists of differing length make new ones. */
const STATEMENTS = 500;

/** Opens (or makes) the file. A copy is kept beside it before a migration changes an existing one. */
export const openSqlite = async (file: string, hook?: StatementHook): Promise<Database> => {
  mkdirSync(dirname(file), { recursive: true });
  ownersOnly(file);
  const writer = connect(file);
  try {
    await upgradeSqlite(writer, file);
  } catch (error) {
    writer.close();
    throw error;
  }
  const reader = connect(file);
  reader.pragma('query_only = true');
  // SQLite's own wait would hold the whole process: `begin` waits instead, and pages are served meanwhile.
  writer.pragma('busy_timeout = 0');

  const mutex = new Mutex();
  const touches = createTouches();
  const write = createWriter(writer, mutex, touches, hook);
  // Our own commits are counted; SQLite is asked only now and then whether another process made one.
  const dataVersion = reader.prepare<[], number>('PRAGMA data_version').pluck();
  let [asked, others] = [Number.NEGATIVE_INFINITY, 0];
  return {
    engine: 'sqlite',
    read: sqliteHandle(reader, { ended: false }, hook),
    write,
    version: () => {
      const now = performance.now();
      if (now - asked > OTHERS_MS) {
        asked = now;
        others = dataVersion.get() ?? 0;
      }
      return others + touches.commits();
    },
    changes: (tables) => touches.count(tables),
    snapshot: () => snapshot(file),
    close: () =>
      mutex.runExclusive(async () => {
        reader.close();
        // Advice for the planner; whoever else writes just now is no reason to end with an error.
        try {
          writer.pragma('optimize');
        } catch (error) {
          if (!(error instanceof Sqlite.SqliteError)) throw error;
        }
        writer.close();
      }),
  };
};

/**
 * A connection of its own, whose one read transaction sees what was there when it began. Writers go on in the
 * write-ahead log, which cannot be emptied before it ends.
 */
const snapshot = async (file: string): Promise<Snapshot> => {
  const connection = connect(file);
  const lease = { ended: false };
  connection.pragma('query_only = true');
  connection.exec('BEGIN');
  // What is seen is fixed by the first query.
  connection.prepare('SELECT 1 FROM sqlite_master').get();
  return {
    read: sqliteHandle(connection, lease),
    end: async () => {
      lease.ended = true;
      connection.close();
    },
  };
};

type Waiting = { run(): Promise<void>; fail(error: unknown): void; settle(): void; deadline: number };

/**
 * Whoever waits while a transaction is under way goes into the next one together: a commit to disk costs more than
 * most of what it commits. Each keeps its own savepoint, so that one that throws takes back its own and nothing else,
 * and nobody hears of success before the one commit is on disk.
 */
const createWriter = (
  writer: Sqlite.Database,
  mutex: Mutex,
  touches: Touches,
  hook: StatementHook | undefined,
): Database['write'] => {
  const statements = statementsOf(writer);
  const waiting: Waiting[] = [];
  /** Who has been told how it ended. */
  const settled = new WeakSet<Waiting>();
  let draining = false;

  const commit = async (group: Waiting[]): Promise<void> => {
    const done: Waiting[] = [];
    try {
      hook?.('BEGIN');
      await begin(writer, group[0]!.deadline);
      for (const one of group) {
        if (group.length > 1) writer.exec('SAVEPOINT one');
        try {
          await one.run();
        } catch (error) {
          // Some failures (a full disk) end the whole transaction, with what the others did in it.
          if (!writer.inTransaction || group.length === 1) throw error;
          writer.exec('ROLLBACK TO one');
          writer.exec('RELEASE one');
          one.fail(error);
          continue;
        }
        if (group.length > 1) writer.exec('RELEASE one');
        done.push(one);
      }
      hook?.('COMMIT');
      writer.exec('COMMIT');
    } catch (error) {
      if (writer.inTransaction) writer.exec('ROLLBACK');
      if (group.length === 1) group[0]!.fail(error);
      // Each once more, alone: then each fails or succeeds by itself.
      else for (const one of group.filter((other) => !settled.has(other))) await commit([one]);
      return;
    }
    try {
      hook?.('COMMITTED');
    } catch (error) {
      // It is on disk, and nobody hears of it.
      for (const one of done) one.fail(error);
      return;
    }
    for (const one of done) one.settle();
  };

  const drain = async (): Promise<void> => {
    if (draining) return;
    draining = true;
    while (waiting.length > 0) await mutex.runExclusive(() => commit(waiting.splice(0, GROUP)));
    draining = false;
  };

  return (work) =>
    new Promise((resolve, reject) => {
      let result: Awaited<ReturnType<typeof work>>;
      let touched = new Set<TableName>();
      const one: Waiting = {
        run: async () => {
          const lease = { ended: false };
          touched = new Set();
          const tx = noting(handle(leased(writer, statements, lease), hook), touched);
          try {
            result = await work(Object.assign(tx, { inTransaction: true as const }));
          } finally {
            lease.ended = true;
          }
        },
        fail: (error) => {
          settled.add(one);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
        settle: () => {
          settled.add(one);
          touches.note(touched);
          resolve(result);
        },
        deadline: performance.now() + BUSY_MS,
      };
      waiting.push(one);
      void drain();
    });
};

/**
 * Takes the write lock, waiting for another process that has it. Whoever queued behind a wait that was in vain has
 * waited as long and tries once. @throws SQLITE_BUSY after the deadline
 */
const begin = async (writer: Sqlite.Database, deadline: number): Promise<void> => {
  for (;;) {
    try {
      writer.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (troubleOf(error) !== 'busy' || performance.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  }
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

const handle = (connection: Sqlite.Database, hook?: StatementHook): Handle => {
  const orm = drizzle({ client: connection, ...(hook === undefined ? {} : { logger: { logQuery: hook } }) });
  return Object.assign(orm, {
    engine: 'sqlite' as const,
    t: sqliteTables,
    rows: async <T extends Record<string, unknown>>(query: SQL): Promise<T[]> => orm.all<T>(query),
    execute: async (query: SQL): Promise<void> => {
      orm.run(query);
    },
  });
};

/** What queries are made with. @param lease once it has ended, they throw */
export const sqliteHandle = (connection: Sqlite.Database, lease: { ended: boolean }, hook?: StatementHook): Handle =>
  handle(leased(connection, statementsOf(connection), lease), hook);

type Statements = (query: string) => Sqlite.Statement;

/**
 * Prepares each statement once per connection: SQLite's parser took a tenth of the time of an activity. Drizzle sets a
 * statement to rows as arrays (`raw`) and never back, so that both forms of one text are kept apart.
 */
const statementsOf = (connection: Sqlite.Database): Statements => {
  const kept = new Map<string, Sqlite.Statement>();
  return (query) => {
    const known = kept.get(query);
    if (known !== undefined) return known;
    if (kept.size >= STATEMENTS) kept.clear();
    const [plain, arrays] = [connection.prepare(query), connection.prepare(query)];
    if (arrays.reader) arrays.raw(true);
    const statement = new Proxy(plain, {
      get(target, property) {
        if (property === 'raw') return () => arrays;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    kept.set(query, statement);
    return statement;
  };
};

/** The same connection, refusing everything once the transaction is over. */
const leased = (connection: Sqlite.Database, statements: Statements, lease: { ended: boolean }): Sqlite.Database =>
  new Proxy(connection, {
    get(target, property) {
      if (lease.ended) throw new TransactionEnded();
      if (property === 'prepare') return statements;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
