/** Why the database cannot be opened, in words for whoever starts the node. */
import type { DatabaseLocation } from './database.ts';

/** A migration failed and was taken back whole: the database is as it was. */
export class UpgradeFailed extends Error {
  override name = 'UpgradeFailed';
  readonly kept: string | undefined;
  /** @param kept where a copy from before is, if one was made */
  constructor(cause: unknown, kept?: string) {
    super('The database could not be brought up to date.', { cause });
    this.kept = kept;
  }
}

/** Its message says what is wrong and what to do; there is no need for a stack. */
export class CannotOpen extends Error {
  override name = 'CannotOpen';
}

/** A newer version has changed this database: an older one would do harm. */
export const tooNew = (): CannotOpen =>
  new CannotOpen(
    'This database was brought up to date by a newer version of Maillon. Start that version, or put the copy from before the update back (docs/updates.md).',
  );

const codeOf = (error: unknown): string => {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if ('code' in e && typeof e.code === 'string') return e.code;
  return '';
};

/** @returns what `openDatabase` throws in the place of a driver's error */
export const explained = (error: unknown, location: DatabaseLocation): unknown => {
  if (error instanceof CannotOpen) return error;
  const code = codeOf(error);
  const text = sentenceOf(code, location) ?? (location.engine === 'postgres' ? unanswered(error) : undefined);
  if (text !== undefined) return new CannotOpen(code === '' ? text : `${text} (${code})`, { cause: error });
  if (!(error instanceof UpgradeFailed)) return error;
  const kept = error.kept === undefined ? '' : ` A copy from before is ${error.kept}.`;
  const why = error.cause instanceof Error ? error.cause.message : String(error.cause);
  return new CannotOpen(
    `The database could not be brought up to date, and is as it was before (${why}).${kept} Go back to the version that you had (docs/updates.md), and please report this.`,
    { cause: error },
  );
};

/** The driver's own errors that have no code: nobody answers in time, or something else than PostgreSQL does. */
const unanswered = (error: unknown): string | undefined =>
  error instanceof Error && /timeout exceeded when trying to connect|Connection terminated|SSL|SASL/.test(error.message)
    ? `PostgreSQL cannot be reached at the address of DATABASE_URL: ${error.message}.`
    : undefined;

const sentenceOf = (code: string, location: DatabaseLocation): string | undefined => {
  if (location.engine === 'sqlite') {
    const { file } = location;
    // SQLite tells more than is needed here: SQLITE_READONLY_DIRECTORY is SQLITE_READONLY.
    switch (/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code) {
      case 'EACCES':
      case 'EROFS':
      case 'EPERM':
      case 'EEXIST':
      case 'ENOTDIR':
      case 'SQLITE_CANTOPEN':
      case 'SQLITE_READONLY':
        return `${file} cannot be written. Give the folder to the user that runs the node, or set MAILLON_DATA to another.`;
      case 'SQLITE_NOTADB':
      case 'SQLITE_CORRUPT':
        return `${file} is no database, or is damaged. Put a backup in its place (docs/backup.md), or set MAILLON_DATA to another folder.`;
      case 'SQLITE_FULL':
      case 'ENOSPC':
        return `There is no room left on the disk of ${file}.`;
      case 'SQLITE_BUSY':
        return `Another program holds ${file}. Stop it first; only one node may run on a file.`;
      default:
        return undefined;
    }
  }
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return 'PostgreSQL does not answer at the address of DATABASE_URL. Is it running, and is the address right?';
    case '28P01':
    case '28000':
      return 'PostgreSQL refuses the user or password of DATABASE_URL.';
    case '3D000':
      return 'The database of DATABASE_URL does not exist. Make it: createdb maillon.';
    case '42501':
      return 'The user of DATABASE_URL may not make tables in that database.';
    case '57P03':
      return 'PostgreSQL is still starting. Start the node again in a moment.';
    default:
      return undefined;
  }
};
