/**
 * The one place through which everything that moderators decide and do passes: a line of the report's history.
 * Whoever keeps a log of what admins do hangs it here.
 */
import { asc, eq, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export type LineType =
  | 'received'
  | 'added'
  | 'claimed'
  | 'takenOver'
  | 'released'
  | 'note'
  | 'forwarded'
  | 'answered'
  | 'decided'
  | 'confirmed'
  | 'appealed'
  | 'appealUpheld'
  | 'appealReversed'
  | 'reopened'
  | 'lifted'
  | 'ended';
export type LineRow = Reader['t']['moderationLines']['$inferSelect'];

/** @param line.by account; absent = nobody of here, or the clock */
export const addLine = async (
  tx: Tx,
  now: Date,
  line: { type: LineType; report?: string; decision?: string; by?: string; text?: string },
): Promise<void> => {
  await tx.insert(tx.t.moderationLines).values({
    report: line.report ?? null,
    decision: line.decision ?? null,
    type: line.type,
    by: line.by ?? null,
    text: line.text ?? '',
    created: now,
  });
};

/** What became of a report and of the decision on it, oldest first; at most 500 lines. */
export const linesOfReport = async (db: Reader, report: string, decision: string | null): Promise<LineRow[]> => {
  const { moderationLines: lines } = db.t;
  return db
    .select()
    .from(lines)
    .where(or(eq(lines.report, report), decision === null ? undefined : eq(lines.decision, decision)))
    .orderBy(asc(lines.row))
    .limit(500);
};
