/** Full text: the one place where the two engines differ in more than a column type. */
import { type SQL, sql } from 'drizzle-orm';
import type { Handle, Tx } from '../database.ts';

/**
 * Puts a listing's words in the index, replacing what was there.
 * @param row `listings.row`; @param fresh it was made in this transaction, so that there is nothing to replace
 */
export const indexWords = async (tx: Tx, row: number, words: string[], fresh = false): Promise<void> => {
  const text = words.join(' ');
  if (tx.engine === 'sqlite') {
    if (!fresh) await tx.execute(sql`DELETE FROM listing_words WHERE rowid = ${row}`);
    await tx.execute(sql`INSERT INTO listing_words(rowid, words) VALUES (${row}, ${text})`);
    return;
  }
  await tx.execute(sql`INSERT INTO listing_words("row", words) VALUES (${row}, to_tsvector('simple', ${text}))
    ON CONFLICT ("row") DO UPDATE SET words = EXCLUDED.words`);
};

/** Takes listings out of the index. @param rows `listings.row`, some hundred at most */
export const unindexWords = async (tx: Tx, rows: number[]): Promise<void> => {
  if (rows.length === 0) return;
  await (tx.engine === 'sqlite'
    ? tx.execute(sql`DELETE FROM listing_words WHERE rowid IN ${rows}`)
    : tx.execute(sql`DELETE FROM listing_words WHERE "row" IN ${rows}`));
};

/**
 * A condition on `listings.row`: every word occurs, the last one at least as a beginning.
 * @param words folded and stemmed, at least one, letters and digits only
 */
export const matchesWords = (db: Handle, words: string[]): SQL => {
  const last = words.length - 1;
  if (db.engine === 'sqlite') {
    const query = words.map((word, i) => (i === last ? `"${word}"*` : `"${word}"`)).join(' ');
    return sql`${db.t.listings.row} IN (SELECT rowid FROM listing_words WHERE words MATCH ${query})`;
  }
  const query = words.map((word, i) => (i === last ? `${word}:*` : word)).join(' & ');
  return sql`${db.t.listings.row} IN (SELECT "row" FROM listing_words WHERE words @@ to_tsquery('simple', ${query}))`;
};
