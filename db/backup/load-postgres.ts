/** Loading into PostgreSQL: one transaction, in which the tables that were there step aside and new ones are filled. */
import pg from 'pg';
import { postgresHandle } from '../postgres.ts';
import { applyPostgres, makeNotes } from '../upgrade/postgres.ts';
import { type Found, type Load, ROWS_LEFT_OUT } from './load.ts';
import { type NeutralRow, type Shape, countedTables, shapeOf, tableNames } from './rows.ts';

const connected = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A server that goes away makes the query under way fail; it must not end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
};

export const findPostgres = (url: string): Promise<Found> =>
  connected(url, async (client) => {
    if (await isInUse(client)) return 'in use';
    const made = await client.query<{ actors: boolean }>("SELECT to_regclass('actors') IS NOT NULL AS actors");
    if (made.rows[0]?.actors !== true) return 'nothing';
    return (await client.query('SELECT 1 FROM actors LIMIT 1')).rows.length === 0 ? 'unused' : 'node';
  });

/** Who has just left may still be on the list for a moment. */
const isInUse = async (client: pg.Client): Promise<boolean> => {
  for (let tries = 10; ; tries--) {
    const others = await client.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' LIMIT 1`,
    );
    if (others.rows.length === 0) return false;
    if (tries === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export const loadPostgres = (url: string, { before, after, aside, fill }: Load): Promise<void> =>
  connected(url, async (client) => {
    await client.query('BEGIN');
    try {
      await stepAside(client, aside);
      await makeNotes(client);
      for (const migration of before) await applyPostgres(client, migration);
      const lease = { ended: false };
      await fill({
        tx: Object.assign(postgresHandle(client, lease), { inTransaction: true as const }),
        insert: async (shape, rows) => {
          await client.query(insertInto(shape), [JSON.stringify(rows.map((row) => storable(row)))]);
        },
        upgrade: async () => {
          for (const migration of after) await applyPostgres(client, migration);
          for (const { table, column } of countedTables()) await leaveOut(client, table, column);
        },
      });
      lease.ended = true;
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  });

/** Tables of ours that are there, whichever version made them. Others in the same schema are left alone. */
const stepAside = async (client: pg.Client, aside: string | undefined): Promise<void> => {
  const ours = [...tableNames().map((name) => shapeOf(name).name), 'listing_words'];
  const found = await client.query<{ name: string }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE (schemaname = current_schema() AND tablename = ANY($1))
        OR (schemaname = 'drizzle' AND tablename = '__drizzle_migrations')`,
    [ours],
  );
  if (aside !== undefined && found.rows.length > 0) await client.query(`CREATE SCHEMA ${quoted(aside)}`);
  for (const { name } of found.rows)
    await client.query(
      aside === undefined ? `DROP TABLE ${name} CASCADE` : `ALTER TABLE ${name} SET SCHEMA ${quoted(aside)}`,
    );
};

const quoted = (name: string): string => pg.escapeIdentifier(name);

/** The engine itself reads instants, booleans and JSON out of a row's JSON: one statement for many rows. */
const insertInto = ({ name, columns }: Shape): string => {
  const names = Object.keys(columns).map(quoted).join(', ');
  return `INSERT INTO ${quoted(name)} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${quoted(name)}, $1::json)`;
};

/** The one character that SQLite keeps and PostgreSQL does not. */
const storable = (row: NeutralRow): NeutralRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('\0', '') : value]),
  );

const leaveOut = async (client: pg.Client, table: string, column: string): Promise<void> => {
  await client.query(
    `SELECT setval(pg_get_serial_sequence($1, $2), (SELECT coalesce(max(${quoted(column)}), 0) FROM ${quoted(table)}) + ${ROWS_LEFT_OUT})`,
    [quoted(table), column],
  );
};
