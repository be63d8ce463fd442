/** The journal of the inbox: one line per activity, in the transaction of its effect, so that it counts once. */
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export type ReceivedRow = Reader['t']['received']['$inferSelect'];
export type Receipt = {
  uri: string;
  actor: string;
  host: string;
  type: string;
  object?: string;
  outcome: 'applied' | 'ignored' | 'refused';
  /** In plain words, for the admin. */
  reason: string;
};

/** Notes the activity. @returns false if it was noted before: then nothing more may be done with it */
export const receive = async (tx: Tx, now: Date, receipt: Omit<Receipt, 'outcome' | 'reason'>): Promise<boolean> => {
  const rows = await tx
    .insert(tx.t.received)
    .values({ ...receipt, object: receipt.object ?? null, outcome: 'applied', reason: '', created: now })
    .onConflictDoNothing()
    .returning({ row: tx.t.received.row });
  return rows.length > 0;
};

/** Says what became of an activity that was noted in this transaction. */
export const concludeReceipt = async (
  tx: Tx,
  uri: string,
  outcome: Receipt['outcome'],
  reason: string,
): Promise<void> => {
  await tx
    .update(tx.t.received)
    .set({ outcome, reason: reason.slice(0, 500) })
    .where(eq(tx.t.received.uri, uri));
};

/** The journal, newest first. @param before `row` of the last line shown, for the next page */
export const journal = async (
  db: Reader,
  query: { host?: string; outcome?: string; before?: number; limit: number },
): Promise<ReceivedRow[]> => {
  const { received } = db.t;
  return db
    .select()
    .from(received)
    .where(
      and(
        query.host === undefined ? undefined : eq(received.host, query.host),
        query.outcome === undefined ? undefined : eq(received.outcome, query.outcome),
        query.before === undefined ? undefined : lt(received.row, query.before),
      ),
    )
    .orderBy(desc(received.row))
    .limit(query.limit);
};
