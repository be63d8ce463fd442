/** What is asked with nearly every request and hardly ever changes: kept until one of its tables is written. */
import { getTableName } from 'drizzle-orm';
import type { Database, Handle, Reader, TableName } from './database.ts';
import { sqliteTables } from './schema/tables.ts';

/** Counts the commits of this process per table. */
export type Touches = {
  note(tables: ReadonlySet<TableName>): void;
  count(tables: readonly TableName[]): number;
  /** Of all tables. */
  commits(): number;
};

export const createTouches = (): Touches => {
  const counts = new Map<TableName, number>();
  let commits = 0;
  return {
    commits: () => commits,
    note: (tables) => {
      commits++;
      for (const table of tables) counts.set(table, (counts.get(table) ?? 0) + 1);
    },
    count: (tables) => tables.reduce((sum, table) => sum + (counts.get(table) ?? 0), 0),
  };
};

const KEYS = new Map<string, TableName>();
for (const [key, table] of Object.entries(sqliteTables)) {
  // The keys of an object literal are its own: nothing else is in it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  KEYS.set(getTableName(table), key as TableName);
}

/** Notes which tables the handle writes to, raw statements aside. @returns the same handle */
export const noting = (handle: Handle, touched: Set<TableName>): Handle => {
  const watched = <F extends (table: never) => unknown>(method: F): F =>
    new Proxy(method, {
      apply: (target, self, [table]: [Parameters<Handle['insert']>[0]]) => {
        const key = KEYS.get(getTableName(table));
        if (key !== undefined) touched.add(key);
        return Reflect.apply(target, self, [table]);
      },
    });
  handle.insert = watched(handle.insert);
  handle.update = watched(handle.update);
  handle.delete = watched(handle.delete);
  return handle;
};

/** Commits of other processes (a command, a second web process) are seen after it. */
const OTHERS_MS = 1_000;

/**
 * Remembers what `build` read until this process commits to one of the tables, one second at most.
 * @param tables all that `build` reads
 * @returns a function that answers from memory, or reads; those who ask meanwhile wait for the one reading
 */
export const remembered = <T>(
  db: Database,
  tables: readonly TableName[],
  build: (db: Reader) => Promise<T>,
): (() => Promise<T>) => {
  let kept: { value: Promise<T>; changes: number; until: number } | undefined;
  return () => {
    const changes = db.changes(tables);
    const now = performance.now();
    if (kept !== undefined && kept.changes === changes && now < kept.until) return kept.value;
    const value = build(db.read);
    const entry = { value, changes, until: now + OTHERS_MS };
    kept = entry;
    value.catch(() => {
      if (kept === entry) kept = undefined;
    });
    return value;
  };
};
