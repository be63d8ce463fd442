/**
 * How long what was reported and decided is kept. A decision may be contested for six months, and whoever decides
 * about the same person again has to know what was decided before: a year after it was closed (`MAILLON_KEEP_REPORTS_DAYS`)
 * the reporter's name and address, what was written, what the reported thing said, the notes, and what was put aside
 * to be given back are gone. What is left is what a transparency report counts, without anybody in it: the reason, where
 * it came from, what was decided, when. That goes after three years. A decision that still holds (a suspension, a
 * limit, something hidden) stays with its reasons for as long as it holds.
 */
import { and, eq, inArray, isNotNull, isNull, lt, ne, notInArray, or } from 'drizzle-orm';
import { unindexWords } from '#db/queries/search.ts';
import type { Tx } from '#db/database.ts';

const COUNTED_MS = 3 * 366 * 24 * 3_600_000;
const BATCH = 500;

/** @param keepMs after the decision @returns how many reports were emptied, at most 500 a call */
export const sweepReports = async (tx: Tx, now: Date, keepMs: number): Promise<number> => {
  const old = new Date(now.getTime() - keepMs);
  const { reports, moderationLines: lines } = tx.t;
  const emptied = await tx
    .select({ id: reports.id })
    .from(reports)
    .where(and(eq(reports.state, 'closed'), lt(reports.updated, old), ne(reports.object, '')))
    .limit(BATCH);
  const ids = emptied.map((row) => row.id);
  if (ids.length > 0) {
    await tx
      .update(reports)
      .set({
        object: '',
        subject: '',
        title: '',
        snapshot: '',
        location: '',
        text: '',
        decision: '',
        reporter: null,
        reporterName: null,
        reporterEmail: null,
        flag: null,
        forwardedFlag: null,
        answerText: null,
        claimedBy: null,
      })
      .where(inArray(reports.id, ids));
    await tx.delete(lines).where(inArray(lines.report, ids));
  }
  await emptyDecisions(tx, old);
  await forget(tx, new Date(now.getTime() - COUNTED_MS));
  return ids.length;
};

/** Of decisions that hold no longer, or never held anything. */
const emptyDecisions = async (tx: Tx, old: Date): Promise<void> => {
  const { decisions, appeals, listings, moderationLines: lines, reports, restrictions } = tx.t;
  const inForce = tx.select({ id: restrictions.decision }).from(restrictions);
  const waiting = tx.select({ id: appeals.decision }).from(appeals).where(eq(appeals.state, 'open'));
  const pending = tx
    .select({ id: reports.decided })
    .from(reports)
    .where(and(isNotNull(reports.decided), ne(reports.object, '')));
  const rows = await tx
    .select({ id: decisions.id, kept: decisions.kept })
    .from(decisions)
    .where(
      and(
        lt(decisions.created, old),
        or(isNull(decisions.lifted), lt(decisions.lifted, old)),
        or(ne(decisions.action, 'suspend'), isNotNull(decisions.lifted)),
        ne(decisions.object, ''),
        notInArray(decisions.id, inForce),
        notInArray(decisions.id, waiting),
        notInArray(decisions.id, pending),
      ),
    )
    .limit(BATCH);
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.id);
  const aside = rows.flatMap(({ kept }) => (typeof kept?.['listing'] === 'string' ? [kept['listing']] : []));
  if (aside.length > 0) {
    const gone = await tx
      .delete(listings)
      .where(and(inArray(listings.id, aside), eq(listings.state, 'removed')))
      .returning({ row: listings.row });
    await unindexWords(
      tx,
      gone.map((one) => one.row),
    );
    await tx.update(tx.t.pictures).set({ listing: null }).where(inArray(tx.t.pictures.listing, aside));
  }
  await tx
    .update(decisions)
    .set({ subject: '', object: '', title: '', groundText: '', reasons: '', liftedReasons: null, kept: null })
    .where(inArray(decisions.id, ids));
  await tx.update(appeals).set({ text: '', answer: '' }).where(inArray(appeals.decision, ids));
  await tx.delete(lines).where(inArray(lines.decision, ids));
};

const forget = async (tx: Tx, before: Date): Promise<void> => {
  const { appeals, decisions, moderationLines: lines, reports } = tx.t;
  await tx.delete(reports).where(and(eq(reports.object, ''), lt(reports.created, before)));
  await tx.delete(decisions).where(and(eq(decisions.object, ''), lt(decisions.created, before)));
  await tx.delete(appeals).where(and(ne(appeals.state, 'open'), eq(appeals.text, ''), lt(appeals.created, before)));
  await tx.delete(lines).where(lt(lines.created, before));
};
