/** The journal of the inbox: one line per activity, in the transaction of its effect, so that it counts once. */
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { Outcome } from './reasons.ts';
import { cleanText } from './text.ts';

export type ReceivedRow = Reader['t']['received']['$inferSelect'];
export type Receipt = Outcome & { uri: string; actor: string; host: string; type: string; object?: string };

/** Of what others write a journal keeps only so much. */
const REASON_MAX = 500;
const DETAIL_MAX = 200;

/** Was an activity of this id received before? Asked again within the transaction of its effect. */
export const wasReceived = async (db: Reader, uri: string): Promise<boolean> => {
  const { received } = db.t;
  const [row] = await db.select({ row: received.row }).from(received).where(eq(received.uri, uri)).limit(1);
  return row !== undefined;
};

/**
 * Notes the activity and what became of it, in the transaction of its effect.
 * @returns false if another transaction noted it meanwhile: then its effect must be taken back
 */
export const receive = async (tx: Tx, now: Date, receipt: Receipt): Promise<boolean> => {
  const rows = await tx
    .insert(tx.t.received)
    .values({
      ...receipt,
      // Read by people: nothing in it that turns a line round.
      type: cleanText(receipt.type),
      object: receipt.object === undefined ? null : cleanText(receipt.object),
      reason: cleanText(receipt.reason).slice(0, REASON_MAX),
      details: Object.fromEntries(
        Object.entries(receipt.details ?? {}).map(([name, value]) => [name, cleanText(value.slice(0, DETAIL_MAX))]),
      ),
      created: now,
    })
    .onConflictDoNothing()
    .returning({ row: tx.t.received.row });
  return rows.length > 0;
};

export type JournalQuery = { host?: string; outcome?: string; type?: string; before?: number; limit: number };

/** The journal, newest first. @param query.before `row` of the last line shown, for the next page */
export const journal = async (db: Reader, query: JournalQuery): Promise<ReceivedRow[]> => {
  const { received } = db.t;
  return db
    .select()
    .from(received)
    .where(
      and(
        query.host === undefined ? undefined : eq(received.host, query.host),
        query.outcome === undefined ? undefined : eq(received.outcome, query.outcome),
        query.type === undefined ? undefined : eq(received.type, query.type),
        query.before === undefined ? undefined : lt(received.row, query.before),
      ),
    )
    .orderBy(desc(received.row))
    .limit(query.limit);
};
