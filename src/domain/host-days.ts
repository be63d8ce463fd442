/**
 * What passed between us and each peer per day: gathered in memory and added once a minute, so that no delivery costs a
 * write more. What a process that is killed had gathered is not counted: these numbers are for a chart.
 */
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { listPeers } from './peers.ts';

export type Passed = 'delivered' | 'failed' | 'received';
export type DayCounts = Record<Passed, number>;
export type DayCounter = {
  count: (host: string, what: Passed, n?: number) => void;
  /** Adds what was gathered to the table. */
  flush: () => Promise<void>;
};

const DAYS_KEPT = 35;
const DAY_MS = 86_400_000;
/** Servers counted between two flushes: partners are fewer, and nobody else is written. */
const GATHERED = 10_000;
const ROWS_AT_ONCE = 200;

const dayOf = (when: Date): string => when.toISOString().slice(0, 10);

export const createDayCounter = (db: Database, now: () => Date): DayCounter => {
  let gathered = new Map<string, DayCounts & { host: string; day: string }>();
  const add = (host: string, day: string, counts: Partial<DayCounts>): void => {
    const key = `${day} ${host}`;
    const row = gathered.get(key) ?? { host, day, delivered: 0, failed: 0, received: 0 };
    if (!gathered.has(key) && gathered.size >= GATHERED) return;
    row.delivered += counts.delivered ?? 0;
    row.failed += counts.failed ?? 0;
    row.received += counts.received ?? 0;
    gathered.set(key, row);
  };
  return {
    count: (host, what, n = 1) => add(host, dayOf(now()), { [what]: n }),
    flush: async () => {
      if (gathered.size === 0) return;
      const taken = gathered;
      gathered = new Map();
      try {
        const known = new Set((await listPeers(db.read)).map((peer) => peer.host));
        const rows = [...taken.values()].filter(({ host }) => known.has(host));
        if (rows.length > 0) await db.write((tx) => addRows(tx, rows));
      } catch (error) {
        for (const { host, day, ...counts } of taken.values()) add(host, day, counts);
        throw error;
      }
    },
  };
};

const addRows = async (tx: Tx, rows: (DayCounts & { host: string; day: string })[]): Promise<void> => {
  const { hostDays: d } = tx.t;
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
    await tx
      .insert(d)
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflictDoUpdate({
        target: [d.host, d.day],
        set: {
          delivered: sql`${d.delivered} + excluded.delivered`,
          failed: sql`${d.failed} + excluded.failed`,
          received: sql`${d.received} + excluded.received`,
        },
      });
};

export type Day = DayCounts & { day: string };
/** The last days of a host up to today, oldest first, none left out. @param days at most 35 */
export const daysOfHost = async (db: Reader, now: Date, host: string, days = 30): Promise<Day[]> => {
  const { hostDays: d } = db.t;
  const first = dayOf(new Date(now.getTime() - (days - 1) * DAY_MS));
  const rows = await db
    .select()
    .from(d)
    .where(and(eq(d.host, host), gte(d.day, first)))
    .limit(DAYS_KEPT);
  const known = new Map(rows.map((row) => [row.day, row]));
  return Array.from({ length: days }, (_, i) => {
    const day = dayOf(new Date(now.getTime() - (days - 1 - i) * DAY_MS));
    const { delivered = 0, failed = 0, received = 0 } = known.get(day) ?? {};
    return { day, delivered, failed, received };
  });
};

/** Removes what is older than the chart. */
export const sweepHostDays = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.hostDays).where(lt(tx.t.hostDays.day, dayOf(new Date(now.getTime() - DAYS_KEPT * DAY_MS))));
};
