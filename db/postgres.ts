/** PostgreSQL: a pool; writes are serializable transactions that are run again when the server asks for it. */
import type { SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import {
  type Database,
  type Handle,
  type Snapshot,
  type StatementHook,
  type TableName,
  TransactionEnded,
  type Tx,
} from './database.ts';
import { type Touches, createTouches, noting } from './memo.ts';
import { postgresTables } from './schema/tables.ts';
import { upgradePostgres } from './upgrade/postgres.ts';

type OneClient = pg.PoolClient | pg.Client;

const MAX_RETRIES = 20;
/** Serialization failure, deadlock. */
const RETRY_CODES = new Set(['40001', '40P01']);

/** Connects and migrates. @param url `postgres://user:password@host/database` */
export const openPostgres = async (url: string, hook?: StatementHook): Promise<Database> => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    statement_timeout: 30_000,
    // As long as SQLite waits: then whoever asked is asked to come again.
    lock_timeout: 5_000,
    connectionTimeoutMillis: 10_000,
  });
  // An idle connection that the server drops must not end the process; the next query reconnects or reports.
  pool.on('error', () => {});
  // Nor may one that is lent out: the statement under way fails, and nobody else listens between two of them.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await upgradePostgres(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const touches = createTouches();
  return {
    engine: 'postgres',
    read: handle(pool, hook),
    write: (work) => retrying(() => transaction({ pool, touches, hook }, work)),
    version: async () => {
      // Another process may have written: what may be seen is the same while the snapshot is.
      const found = await pool.query<{ version: string }>('SELECT pg_current_snapshot()::text AS version');
      return found.rows[0]?.version ?? '';
    },
    changes: (tables) => touches.count(tables),
    snapshot: () => snapshot(pool),
    close: () => pool.end(),
  };
};

const transaction = async <T>(
  { pool, touches, hook }: { pool: pg.Pool; touches: Touches; hook: StatementHook | undefined },
  work: (tx: Tx) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  const lease = { ended: false };
  const touched = new Set<TableName>();
  let broken: Error | undefined;
  try {
    hook?.('BEGIN');
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    const result = await work(
      Object.assign(noting(postgresHandle(client, lease, hook), touched), { inTransaction: true as const }),
    );
    lease.ended = true;
    hook?.('COMMIT');
    await client.query('COMMIT');
    touches.note(touched);
    hook?.('COMMITTED');
    return result;
  } catch (error) {
    lease.ended = true;
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
};

const snapshot = async (pool: pg.Pool): Promise<Snapshot> => {
  const client = await pool.connect();
  const lease = { ended: false };
  const end = async (): Promise<void> => {
    if (lease.ended) return;
    lease.ended = true;
    const broken = await client.query('ROLLBACK').then(
      () => undefined,
      (failure: Error) => failure,
    );
    client.release(broken);
  };
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Who reads may be slow to write down what it read.
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    // What is seen is fixed by the first query.
    await client.query('SELECT 1');
  } catch (error) {
    await end();
    throw error;
  }
  return { read: postgresHandle(client, lease), end };
};

const retrying = async <T>(run: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= MAX_RETRIES || !RETRY_CODES.has(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 5 * 2 ** attempt)));
    }
  }
};

/** Drizzle wraps the driver's error: the code is on the error or on its cause. */
const codeOf = (error: unknown): string => {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
  }
  return '';
};

const handle = (client: pg.Pool | OneClient, hook?: StatementHook): Handle => {
  const orm = drizzle({ client, ...(hook === undefined ? {} : { logger: { logQuery: hook } }) });
  const run = orm.execute.bind(orm);
  const own = {
    engine: 'postgres' as const,
    t: postgresTables,
    rows: async <T extends Record<string, unknown>>(query: SQL): Promise<T[]> => {
      const rows: unknown[] = (await run(query)).rows;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return rows as T[];
    },
    execute: async (query: SQL): Promise<void> => {
      await run(query);
    },
  };
  // The query builders of both dialects have the same surface as far as Handle shows it; the database tests,
  // which all run on both engines, are what holds this.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign(orm, own) as unknown as Handle;
};

/** What queries are made with on one connection. @param lease once it has ended, they throw */
export const postgresHandle = (client: OneClient, lease: { ended: boolean }, hook?: StatementHook): Handle =>
  handle(leased(client, lease), hook);

const leased = <C extends OneClient>(client: C, lease: { ended: boolean }): C =>
  new Proxy(client, {
    get(target, property) {
      if (lease.ended && property === 'query') throw new TransactionEnded();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
