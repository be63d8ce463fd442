/** Reports of listings, members and messages, by members and by peers' nodes (DSA art. 16, first form). */
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from './ids.ts';
import { checkText, cleanText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

export type ReportRow = Reader['t']['reports']['$inferSelect'];
export const REPORT_REASONS = [
  'scam',
  'illegal',
  'dangerous',
  'harassment',
  'discrimination',
  'spam',
  'other',
] as const;

const TEXT_MAX = 3_000;

/**
 * @param object.uri listing, member or message; while a report of it by the same person or server is open, a second one
 *   only adds its text, so that nobody buries the others' reports under their own
 */
export const report = async (
  tx: Tx,
  now: Date,
  object: { uri: string; kind: 'listing' | 'member' | 'message' },
  by: { reporter?: string; host?: string },
  input: { reason: string; text: string },
): Promise<Result<ReportRow>> => {
  const reason = REPORT_REASONS.find((r) => r === input.reason);
  if (reason === undefined)
    return fail({ field: 'reason', code: 'choice', params: { allowed: REPORT_REASONS.join(', ') } });
  const text = (by.host === undefined ? input.text : cleanText(input.text)).trim();
  const errors = checkText('text', text, { min: reason === 'other' ? 1 : 0, max: TEXT_MAX });
  if (errors.length > 0) return fail(...errors);
  const { reports } = tx.t;
  const [open] = await tx
    .select()
    .from(reports)
    .where(
      and(
        eq(reports.object, object.uri),
        eq(reports.state, 'open'),
        by.reporter === undefined ? isNull(reports.reporter) : eq(reports.reporter, by.reporter),
        by.host === undefined ? isNull(reports.host) : eq(reports.host, by.host),
      ),
    )
    .limit(1);
  if (open !== undefined) {
    const both = open.text.includes(text) ? open.text : `${open.text}\n\n${text}`.slice(0, TEXT_MAX);
    const [added] = await tx
      .update(reports)
      .set({ text: both, updated: now })
      .where(eq(reports.id, open.id))
      .returning();
    return ok(added!);
  }
  const [row] = await tx
    .insert(reports)
    .values({
      id: newId(),
      object: object.uri,
      objectKind: object.kind,
      reporter: by.reporter ?? null,
      host: by.host ?? null,
      reason,
      text,
      state: 'open',
      decision: '',
      created: now,
      updated: now,
    })
    .returning();
  return ok(row!);
};

/** Reports in a state, newest first. */
export const listReports = async (db: Reader, state: 'open' | 'closed', limit = 100): Promise<ReportRow[]> =>
  db.select().from(db.t.reports).where(eq(db.t.reports.state, state)).orderBy(desc(db.t.reports.created)).limit(limit);

export const countOpenReports = async (db: Reader): Promise<number> => {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(db.t.reports)
    .where(eq(db.t.reports.state, 'open'));
  return Number(row?.n ?? 0);
};

/** A moderator closes a report with a reasoned decision. */
export const closeReport = async (tx: Tx, now: Date, id: string, decision: string): Promise<Result<ReportRow>> => {
  const text = decision.trim();
  const errors = checkText('decision', text, { min: 1, max: TEXT_MAX });
  if (errors.length > 0) return fail(...errors);
  const [row] = await tx
    .update(tx.t.reports)
    .set({ state: 'closed', decision: text, updated: now })
    .where(and(eq(tx.t.reports.id, id), eq(tx.t.reports.state, 'open')))
    .returning();
  return row === undefined ? fail({ field: 'report', code: 'notFound' }) : ok(row);
};
