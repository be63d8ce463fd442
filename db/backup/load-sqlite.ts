/** Loading into a new SQLite file. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import Sqlite from 'better-sqlite3';
import { sqliteHandle } from '../sqlite.ts';
import { applySqlite, ownersOnly } from '../upgrade/sqlite.ts';
import { type Found, type Load, ROWS_LEFT_OUT } from './load.ts';
import { type ColumnType, type NeutralRow, type Shape, countedTables } from './rows.ts';

export const findSqlite = async (file: string): Promise<Found> => {
  if (!existsSync(file)) return 'nothing';
  let connection: Sqlite.Database | undefined;
  try {
    connection = new Sqlite(file, { timeout: 0 });
    // In WAL mode each connection holds a shared lock for as long as it is open: none can be exclusive beside it.
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.exec('BEGIN EXCLUSIVE; COMMIT');
    const made = connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'actors'").get();
    return made === undefined || connection.prepare('SELECT 1 FROM actors LIMIT 1').get() === undefined
      ? 'unused'
      : 'node';
  } catch (error) {
    return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY') ? 'in use' : 'node';
  } finally {
    connection?.close();
  }
};

export const loadSqlite = async (file: string, { before, after, fill }: Load): Promise<void> => {
  ownersOnly(file);
  const connection = new Sqlite(file);
  try {
    // Nobody sees the file before it is whole, so that it need not survive a stop in between.
    connection.pragma('journal_mode = MEMORY');
    connection.pragma('foreign_keys = OFF');
    connection.pragma('synchronous = OFF');
    connection.exec(
      'CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
    );
    connection.exec('BEGIN');
    for (const migration of before) applySqlite(connection, migration);
    const lease = { ended: false };
    const inserts = new Map<string, Sqlite.Statement>();
    await fill({
      tx: Object.assign(sqliteHandle(connection, lease), { inTransaction: true as const }),
      insert: async (shape, rows) => {
        const statement = inserts.get(shape.name) ?? connection.prepare(insertInto(shape));
        inserts.set(shape.name, statement);
        for (const row of rows) statement.run(...valuesOf(shape, row));
      },
      upgrade: async () => {
        for (const migration of after) applySqlite(connection, migration);
        for (const { table, column } of countedTables()) leaveOut(connection, table, column);
      },
    });
    lease.ended = true;
    connection.exec('COMMIT');
    const verdict = connection.pragma('integrity_check', { simple: true });
    if (verdict !== 'ok') throw new Error(`SQLite finds in the new file: ${String(verdict)}`);
    const dangling = connection.pragma('foreign_key_check');
    if (Array.isArray(dangling) && dangling.length > 0)
      throw new Error(`The new file has ${dangling.length} references to rows that it does not have`);
  } finally {
    connection.close();
  }
  const written = await open(file, 'r+');
  await written.sync();
  await written.close();
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const insertInto = ({ name, columns }: Shape): string => {
  const names = Object.keys(columns);
  return `INSERT INTO ${quoted(name)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
};

const valuesOf = ({ columns }: Shape, row: NeutralRow): unknown[] =>
  Object.entries(columns).map(([name, type]) => stored(type, row[name] ?? null));

const stored = (type: ColumnType, value: unknown): unknown => {
  if (value === null) return null;
  if (type === 'json') return JSON.stringify(value);
  if (type === 'bool') return value === true ? 1 : 0;
  return type === 'instant' && typeof value === 'string' ? Date.parse(value) : value;
};

const leaveOut = (connection: Sqlite.Database, table: string, column: string): void => {
  const last = connection
    .prepare(`SELECT max(${quoted(column)}) FROM ${quoted(table)}`)
    .pluck()
    .get();
  connection.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
  connection
    .prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)')
    .run(table, Number(last ?? 0) + ROWS_LEFT_OUT);
};
