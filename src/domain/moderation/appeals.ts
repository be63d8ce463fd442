/** Contesting a decision (DSA art. 20): once by the one concerned, once by each who reported; another moderator decides. */
import { and, asc, eq, inArray, ne, notInArray, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { getCooperative } from '../cooperative.ts';
import { newId } from '../ids.ts';
import { queueLetter } from '../mail.ts';
import { findAccountByActor } from '../members.ts';
import { type ReportRow, findReport, reporterAddress, tellModerators } from '../reports.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type Result, fail, ok } from '../types.ts';
import { APPEAL_MS } from './actions.ts';
import { DECISION_TEXT_MAX, type DecisionRow, findDecision, lift } from './decide.ts';
import { addLine } from './lines.ts';
import { receiptLink } from './receipts.ts';

export type AppealRow = Reader['t']['appeals']['$inferSelect'];

export const findAppeal = async (db: Reader, id: string): Promise<AppealRow | undefined> => {
  const [row] = await db.select().from(db.t.appeals).where(eq(db.t.appeals.id, id)).limit(1);
  return row;
};
/** Of one decision, oldest first; there are few. */
export const appealsOf = async (db: Reader, decision: string): Promise<AppealRow[]> => {
  const { appeals } = db.t;
  return db.select().from(appeals).where(eq(appeals.decision, decision)).orderBy(asc(appeals.created)).limit(100);
};

/** Until when it may be contested. */
export const appealUntil = (decision: Pick<DecisionRow, 'created'>): Date =>
  new Date(decision.created.getTime() + APPEAL_MS);

/**
 * @param report the report whose sender contests; undefined = the one concerned does
 * @returns errors on `text`; on `appeal`: moderation.appealLate, moderation.appealTwice
 */
export const appeal = async (
  tx: Tx,
  site: Site,
  decision: DecisionRow,
  report: ReportRow | undefined,
  text: string,
): Promise<Result<AppealRow>> => {
  const now = site.now();
  const errors = checkText('text', text, { min: 1, max: DECISION_TEXT_MAX });
  if (errors.length > 0) return fail(...errors);
  if (now > appealUntil(decision) || decision.lifted !== null)
    return fail({ field: 'text', code: 'moderation.appealLate' });
  const [row] = await tx
    .insert(tx.t.appeals)
    .values({
      id: newId(),
      decision: decision.id,
      report: report?.id ?? '',
      text: text.trim(),
      state: 'open',
      answer: '',
      created: now,
    })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) return fail({ field: 'text', code: 'moderation.appealTwice' });
  const { reports } = tx.t;
  // By the one concerned: one of the reports that it answers stands for all of them.
  const [shown] =
    report === undefined
      ? await tx.select().from(reports).where(eq(reports.decided, decision.id)).orderBy(asc(reports.created)).limit(1)
      : [report];
  if (shown !== undefined) {
    await tx.update(reports).set({ state: 'appealed', claimedBy: null, updated: now }).where(eq(reports.id, shown.id));
    await addLine(tx, now, { type: 'appealed', report: shown.id, text: report === undefined ? 'subject' : 'reporter' });
    await tellModerators(tx, site, shown, (await getCooperative(tx))?.name ?? '');
  }
  return ok(row);
};

/** Is there anybody else who could decide about this appeal? */
const anotherModerator = async (db: Reader, than: string, subject: string): Promise<boolean> => {
  const { accounts } = db.t;
  const rows = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        inArray(accounts.role, ['moderator', 'admin']),
        eq(accounts.state, 'active'),
        ne(accounts.id, than),
        ne(accounts.actor, subject),
      ),
    )
    .limit(1);
  return rows.length > 0;
};

/** May this moderator decide about it: another than the first, if there is one? */
export const mayJudge = async (db: Reader, by: Pick<AccountRow, 'id'>, decision: DecisionRow): Promise<boolean> =>
  decision.by !== by.id || !(await anotherModerator(db, by.id, decision.subject));

/**
 * Decides about an appeal: the decision stands, or is reversed. Reversed, a measure is taken back, and what was
 * reported without effect is open again.
 * @returns errors on `answer`, `outcome`; on `appeal`: moderation.sameModerator, moderation.decided
 */
export const judge = async (
  tx: Tx,
  site: Site,
  by: AccountRow,
  id: string,
  input: { outcome: string; answer: string },
): Promise<Result<AppealRow>> => {
  const found = await findAppeal(tx, id);
  const decision = found === undefined ? undefined : await findDecision(tx, found.decision);
  if (found === undefined || decision === undefined || found.state !== 'open')
    return fail({ field: 'appeal', code: 'moderation.decided' });
  if (!(await mayJudge(tx, by, decision))) return fail({ field: 'appeal', code: 'moderation.sameModerator' });
  const outcome = (['upheld', 'reversed'] as const).find((one) => one === input.outcome);
  const errors = [
    ...(outcome === undefined ? [{ field: 'outcome', code: 'moderation.chooseOutcome' }] : []),
    ...checkText('answer', input.answer, { min: 1, max: DECISION_TEXT_MAX }),
  ];
  if (errors.length > 0 || outcome === undefined) return fail(...errors);
  const now = site.now();
  const answer = input.answer.trim();
  const { appeals, reports } = tx.t;
  const stillOpen = and(eq(appeals.id, id), eq(appeals.state, 'open'));
  // Of two who answer at once, the second waits here, and finds it answered.
  const held = await tx.update(appeals).set({ state: 'open' }).where(stillOpen).returning({ id: appeals.id });
  if (held.length === 0) return fail({ field: 'appeal', code: 'moderation.decided' });
  const bySubject = found.report === '';
  if (outcome === 'reversed' && bySubject && decision.lifted === null) {
    const lifted = await lift(tx, site, by, decision.id, answer);
    if (!lifted.ok) return lifted;
  }
  const [row] = await tx
    .update(appeals)
    .set({ state: outcome, answer, decidedBy: by.id, decided: now })
    .where(stillOpen)
    .returning();
  const again = outcome === 'reversed' && !bySubject;
  // Several may contest one decision: while another of them waits, what it stands on stays among the contested.
  const waiting = (await appealsOf(tx, decision.id)).filter((one) => one.state === 'open');
  const closes = again || bySubject || waiting.every((one) => one.report !== '');
  const shown = await tx
    .update(reports)
    .set({ state: again ? 'open' : 'closed', updated: now, ...(again ? { claimedBy: null } : {}) })
    .where(
      and(
        eq(reports.state, 'appealed'),
        eq(reports.decided, decision.id),
        closes ? undefined : sql`1 = 0`,
        bySubject
          ? notInArray(
              reports.id,
              waiting.map((one) => one.report),
            )
          : eq(reports.id, found.report),
      ),
    )
    .returning({ id: reports.id });
  for (const one of shown)
    await addLine(tx, now, {
      type: outcome === 'upheld' ? 'appealUpheld' : 'appealReversed',
      report: one.id,
      by: by.id,
      text: answer,
    });
  if (again && shown[0] !== undefined) await addLine(tx, now, { type: 'reopened', report: shown[0].id, by: by.id });
  await tellAppellant(tx, site, row!, decision);
  return ok(row!);
};

const tellAppellant = async (tx: Tx, site: Site, row: AppealRow, decision: DecisionRow): Promise<void> => {
  const report = row.report === '' ? undefined : await findReport(tx, row.report);
  const account = report === undefined ? await findAccountByActor(tx, decision.subject) : undefined;
  const to =
    report === undefined
      ? account === undefined
        ? undefined
        : { email: account.email, locale: account.locale, name: account.handle }
      : await reporterAddress(tx, report);
  if (to === undefined) return;
  await queueLetter(tx, site.now(), {
    to: to.email,
    locale: to.locale,
    name: row.state === 'reversed' ? 'appealReversed' : 'appealUpheld',
    params: {
      cooperative: (await getCooperative(tx))?.name ?? '',
      name: to.name,
      title: decision.title,
      answer: row.answer,
      link:
        report === undefined
          ? await receiptLink(tx, site, 'statement', decision.id)
          : await receiptLink(tx, site, 'report', report.id),
    },
  });
};
