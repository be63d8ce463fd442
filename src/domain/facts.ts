/** Small facts of the node itself, each under a key of its own. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export const readFact = async (db: Reader, key: string): Promise<string | undefined> => {
  const [row] = await db.select().from(db.t.facts).where(eq(db.t.facts.key, key)).limit(1);
  return row?.value;
};

export const writeFact = async (tx: Tx, key: string, value: string): Promise<void> => {
  await tx.insert(tx.t.facts).values({ key, value }).onConflictDoUpdate({ target: tx.t.facts.key, set: { value } });
};

export const dropFact = async (tx: Tx, key: string): Promise<void> => {
  await tx.delete(tx.t.facts).where(eq(tx.t.facts.key, key));
};
