/** What the engine says of itself: how large the database is, and which version answers. */
import { sql } from 'drizzle-orm';
import type { Reader } from '../database.ts';

/** @returns bytes of tables and indexes (SQLite's journal aside), and the engine's version */
export const databaseFacts = async (db: Reader): Promise<{ bytes: number; version: string }> => {
  if (db.engine === 'sqlite') {
    const [row] = await db.rows<{ bytes: number; version: string }>(
      sql`SELECT page_count * page_size AS bytes, sqlite_version() AS version FROM pragma_page_count(), pragma_page_size()`,
    );
    return { bytes: row?.bytes ?? 0, version: row?.version ?? '' };
  }
  const [row] = await db.rows<{ bytes: string; version: string }>(
    sql`SELECT pg_database_size(current_database()) AS bytes, current_setting('server_version') AS version`,
  );
  return { bytes: Number(row?.bytes ?? 0), version: row?.version ?? '' };
};
