/**
 * Rows as no engine in particular has them: objects by column name, instants as ISO 8601, booleans as true and false,
 * JSON as it is. What is read from one engine in this form can be loaded into the other.
 */
import { type SQL, asc, getTableColumns, getTableName, sql } from 'drizzle-orm';
import { type SQLiteColumn, type SQLiteTable, getTableConfig } from 'drizzle-orm/sqlite-core';
import type { Reader, TableName } from '../database.ts';
import { sqliteTables } from '../schema/tables.ts';

export type ColumnType = 'text' | 'json' | 'instant' | 'bool' | 'integer' | 'real';
/** A table as the database names it. */
export type Shape = { name: string; columns: Record<string, ColumnType> };
export type NeutralRow = Record<string, unknown>;

const TYPES: Record<string, ColumnType> = {
  SQLiteText: 'text',
  SQLiteTextJson: 'json',
  SQLiteTimestamp: 'instant',
  SQLiteBoolean: 'bool',
  SQLiteInteger: 'integer',
  SQLiteReal: 'real',
};

/** The tables of the present schema, in the order in which they are read and loaded. */
export const tableNames = (): TableName[] =>
  // The keys of an object literal are its own: nothing else is in it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.keys(sqliteTables) as TableName[];

/** @throws for a kind of column that this form does not know: the kit has grown */
export const shapeOf = (table: TableName): Shape => ({
  name: getTableName(sqliteTables[table]),
  columns: Object.fromEntries(
    Object.values(getTableColumns(sqliteTables[table])).map((column) => {
      const type = TYPES[column.columnType];
      if (type === undefined) throw new Error(`A backup does not know columns of the type ${column.columnType}.`);
      return [column.name, type];
    }),
  ),
});

/** Names, as in the database, of the tables whose rows are counted up, with the column that counts. */
export const countedTables = (): { table: string; column: string }[] =>
  tableNames().flatMap((name) => {
    const { columns } = getTableConfig(sqliteTables[name]);
    const counter = columns.find((column) => 'autoIncrement' in column && column.autoIncrement === true);
    return counter === undefined ? [] : [{ table: getTableName(sqliteTables[name]), column: counter.name }];
  });

export const countRows = (db: Reader, table: TableName): Promise<number> => Promise.resolve(db.$count(db.t[table]));

/**
 * All rows of a table in the order of its primary key, `size` at a time, each page by one look-up in the key's index.
 * @param db of a snapshot, if the pages shall fit together
 */
export const pagesOf = async function* (db: Reader, name: TableName, size: number): AsyncGenerator<NeutralRow[]> {
  const table: SQLiteTable = db.t[name];
  const columns = Object.entries(getTableColumns(table));
  const key = keyOf(name, Object.fromEntries(columns));
  let after: SQL | undefined;
  for (;;) {
    const found: Record<string, unknown>[] = await db
      .select()
      .from(table)
      .where(after)
      .orderBy(...key.map(([, column]) => asc(column)))
      .limit(size);
    const last = found.at(-1);
    if (last === undefined) return;
    yield found.map((row) =>
      Object.fromEntries(columns.map(([property, column]) => [column.name, plain(row[property])])),
    );
    if (found.length < size) return;
    const [left, right] = [key.map(([, column]) => sql`${column}`), key.map(([property]) => sql`${last[property]}`)];
    after = sql`(${sql.join(left, sql`, `)}) > (${sql.join(right, sql`, `)})`;
  }
};

/** The columns of the primary key, by property; every table has one. */
const keyOf = (name: TableName, columns: Record<string, SQLiteColumn>): [string, SQLiteColumn][] => {
  const config = getTableConfig(sqliteTables[name]);
  const names = new Set(
    (config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary)).map((column) => column.name),
  );
  const key = Object.entries(columns).filter(([, column]) => names.has(column.name));
  if (key.length === 0) throw new Error(`The table ${name} has no primary key to page by.`);
  return key;
};

const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);
