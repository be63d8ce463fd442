/**
 * The columns that a table may be made of, once per engine with equal TypeScript types. Tables are written
 * against `Kit` and made twice; a query sees the same value types whichever engine answers.
 */
import * as pg from 'drizzle-orm/pg-core';
import * as sqlite from 'drizzle-orm/sqlite-core';

/** SQLite: text, JSON as text, instants as integer milliseconds, booleans as 0/1. */
export const sqliteKit = {
  table: sqlite.sqliteTable,
  index: sqlite.index,
  uniqueIndex: sqlite.uniqueIndex,
  primaryKey: sqlite.primaryKey,
  text: (name: string) => sqlite.text(name),
  json: (name: string) => sqlite.text(name, { mode: 'json' }),
  instant: (name: string) => sqlite.integer(name, { mode: 'timestamp_ms' }),
  bool: (name: string) => sqlite.integer(name, { mode: 'boolean' }),
  integer: (name: string) => sqlite.integer(name),
  real: (name: string) => sqlite.real(name),
  /** Integer key that the engine counts up; full text and keyset pages hang on it. */
  rowId: (name: string) => sqlite.integer(name).primaryKey({ autoIncrement: true }),
};

/** What `tables.ts` builds on. */
export type Kit = typeof sqliteKit;

const postgresColumns = {
  table: pg.pgTable,
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  text: (name: string) => pg.text(name),
  json: (name: string) => pg.jsonb(name),
  instant: (name: string) => pg.timestamp(name, { mode: 'date', withTimezone: true, precision: 3 }),
  bool: (name: string) => pg.boolean(name),
  integer: (name: string) => pg.bigint(name, { mode: 'number' }),
  real: (name: string) => pg.doublePrecision(name),
  rowId: (name: string) => pg.bigserial(name, { mode: 'number' }).primaryKey(),
};

/**
 * PostgreSQL under the same types. The builders differ only in dialect; `tests/db/kit.test.ts` proves that the
 * rows they select and insert have equal types, which is what makes this cast sound.
 */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const postgresKit = postgresColumns as unknown as Kit;
