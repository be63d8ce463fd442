/**
 * Opens a database as the node does, in a process that is killed in the middle of bringing it up to date:
 * `node dies-while-upgrading.ts sqlite|postgres <file or url> <before which statement; 0 = never>`. Says "open" if it lives.
 */
import '#src/loading.ts';
import Sqlite from 'better-sqlite3';
import pg from 'pg';

const [, , engine, where = '', nth] = process.argv;
const fatal = Number(nth);
let count = 0;
/** Before a statement that changes the schema is carried out. */
const maybeDie = (statement: unknown): void => {
  if (typeof statement !== 'string' || !/^(CREATE|ALTER|DROP|INSERT|UPDATE|COMMIT)/i.test(statement)) return;
  count += 1;
  if (count !== fatal) return;
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
/** The same method, which may die first. */
const dying = (prototype: object, method: string): void => {
  const own: (...args: unknown[]) => unknown = Reflect.get(prototype, method);
  Reflect.set(prototype, method, function (this: unknown, ...args: unknown[]) {
    maybeDie(args[0]);
    return own.apply(this, args);
  });
};
dying(Sqlite.prototype, 'exec');
dying(pg.Client.prototype, 'query');

const { openDatabase } = await import('#db/database.ts');
const db = await openDatabase(
  engine === 'sqlite' ? { engine: 'sqlite', file: where } : { engine: 'postgres', url: where },
);
await db.close();
console.log(`open after ${count} statements`);
