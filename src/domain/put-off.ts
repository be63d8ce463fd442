/** What waits for a decision may be put off: it is out of the admin's sight until then, and comes back by itself. */
import { and, eq, gt, lte } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export const DELAYS = ['tomorrow', 'week'] as const;
export type Delay = (typeof DELAYS)[number];
/** Things that one admin has put off; more is no list any more. */
const MOST = 500;
/** Before anybody looks. */
const MORNING_HOUR = 5;

/** @returns the morning of tomorrow, or of this day next week, by the server's own clock */
export const untilOf = (now: Date, delay: Delay): Date => {
  const until = new Date(now);
  until.setDate(until.getDate() + (delay === 'tomorrow' ? 1 : 7));
  until.setHours(MORNING_HOUR, 0, 0, 0);
  return until;
};

/** @param item what names it in the list, at most 300 characters */
export const putOff = async (tx: Tx, now: Date, account: string, item: string, delay: Delay): Promise<void> => {
  const { putOff: t } = tx.t;
  if ((await tx.$count(t, eq(t.account, account))) >= MOST) return;
  const until = untilOf(now, delay);
  await tx
    .insert(t)
    .values({ account, item: item.slice(0, 300), until })
    .onConflictDoUpdate({ target: [t.account, t.item], set: { until } });
};

/** What this admin has put off beyond now. */
export const putOffBy = async (db: Reader, now: Date, account: string): Promise<Set<string>> => {
  const { putOff: t } = db.t;
  const rows = await db
    .select({ item: t.item })
    .from(t)
    .where(and(eq(t.account, account), gt(t.until, now)))
    .limit(MOST);
  return new Set(rows.map(({ item }) => item));
};

export const sweepPutOff = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.putOff).where(lte(tx.t.putOff.until, now));
};
