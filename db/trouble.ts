/** What the database itself cannot do at present: told apart from our own faults, so that people and peers are asked to come again. */

/** `busy`: somebody else holds the lock too long. `full`: no space is left. `away`: it cannot be reached. */
export type Trouble = 'busy' | 'full' | 'away';

/** Seconds after which it is worth trying again. */
export const RETRY_AFTER: Record<Trouble, number> = { busy: 5, full: 60, away: 10 };

const BY_CODE: [RegExp, Trouble][] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'busy'],
  [/^SQLITE_FULL/, 'full'],
  // A write that the file system refuses is a full disk more often than a broken one.
  [/^SQLITE_IOERR_(WRITE|FSYNC|TRUNCATE)/, 'full'],
  [/^SQLITE_(IOERR|READONLY|CANTOPEN)/, 'away'],
  // PostgreSQL: lock and statement timeouts, and transactions that twenty attempts did not get through.
  [/^(55P03|57014|40001|40P01)$/, 'busy'],
  [/^53100$/, 'full'],
  // Connection exceptions, shutdown and start-up, too many clients, a standby that takes no writes.
  [/^(08\w{3}|57P0\w|53300|25006)$/, 'away'],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/, 'away'],
];
/** The PostgreSQL driver gives these no code. */
const BY_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/;

/** @returns what the database suffers from if that is what this error says, undefined for every other error */
export const troubleOf = (error: unknown): Trouble | undefined => {
  // Drizzle wraps the driver's error: the code is on the error or on its cause.
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const code = 'code' in one && typeof one.code === 'string' ? one.code : '';
    const found = BY_CODE.find(([pattern]) => pattern.test(code))?.[1];
    if (found !== undefined) return found;
    if (BY_MESSAGE.test(one.message)) return 'away';
  }
  return undefined;
};
