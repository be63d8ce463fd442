/** A moderator decides: one measure, its reasons, and a word to everybody whom it concerns. */
import { and, desc, eq, inArray, isNull, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from '../announcements.ts';
import { getCooperative } from '../cooperative.ts';
import { newId, nodeUri } from '../ids.ts';
import { queueLetter } from '../mail.ts';
import { DAY_MS, findAccount, findAccountByActor, reinstateMember } from '../members.ts';
import { type ReportRow, reporterAddress } from '../reports.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Result, type Role, ROLES, fail, ok } from '../types.ts';
import { ACTIONS, type Action, GROUNDS, LIFTABLE, TIMED, isAction } from './actions.ts';
import { addLine } from './lines.ts';
import { actionsFor, carryOut, undo } from './measures.ts';
import { receiptLink } from './receipts.ts';

export type DecisionRow = Reader['t']['decisions']['$inferSelect'];
/** `also` = ids of other reports of the same subject that this answers. */
export type DecisionInput = {
  action: string;
  ground: string;
  groundText: string;
  reasons: string;
  answer: string;
  days: string;
  also: string[];
};
export const DECISION_TEXT_MAX = 3_000;
const DAYS_MAX = 365;

export const roleOf = (account: Pick<AccountRow, 'role'>): Role =>
  ROLES.find((role) => role === account.role) ?? 'member';

export const findDecision = async (db: Reader, id: string): Promise<DecisionRow | undefined> => {
  const [row] = await db.select().from(db.t.decisions).where(eq(db.t.decisions.id, id)).limit(1);
  return row;
};

/** Decisions about somebody, newest first, at most 100. */
export const decisionsAbout = async (db: Reader, subject: string): Promise<DecisionRow[]> => {
  const rows = await db
    .select()
    .from(db.t.decisions)
    .where(eq(db.t.decisions.subject, subject))
    .orderBy(db.t.decisions.created)
    .limit(100);
  return rows.toReversed();
};

/**
 * The one place where something is decided. Carries it out, closes the reports, writes the statement of reasons to
 * the one concerned if that is a member of ours, and the answer to whoever reported: a person, or a partner's node.
 * @param by account of the moderator; about moderators and admins an admin decides
 * @param report id of one that is open
 * @returns errors on `action`, `ground`, `groundText`, `reasons`, `answer`, `days`; on `report` when somebody else was
 *   faster or has it
 */
export const decide = async (
  tx: Tx,
  site: Site,
  by: AccountRow,
  report: string,
  input: DecisionInput,
): Promise<Result<DecisionRow>> => {
  const about = await hold(tx, report);
  if (about === undefined) return fail({ field: 'report', code: 'moderation.decided' });
  if (about.claimedBy !== null && about.claimedBy !== by.id)
    return fail({ field: 'report', code: 'moderation.claimed' });
  const closing = await reportsToClose(tx, about, by, input.also);
  const checked = checkDecision(input, await actionsFor(tx, about), closing, site.now());
  if (!checked.ok) return checked;
  const { action } = checked.value;
  const role = roleOf(by);
  const concerned = await findAccountByActor(tx, about.subject);
  if (action !== 'none' && concerned !== undefined && role !== 'admin' && concerned.role !== 'member')
    return fail({ field: 'action', code: 'moderation.adminOnly' });
  const now = site.now();
  const id = newId();
  const done = await carryOut(tx, site, action, about, id, role);
  if (!done.ok) return fail(...done.errors.map((error) => ({ ...error, field: 'action' })));
  const [decision] = await tx
    .insert(tx.t.decisions)
    .values({
      id,
      subject: about.subject,
      object: about.object,
      objectKind: about.objectKind,
      title: about.title,
      ...checked.value,
      by: by.id,
      kept: done.value,
      created: now,
    })
    .returning();
  const answer = input.answer.trim();
  await tx
    .update(tx.t.reports)
    .set({ state: 'closed', decision: answer, decided: id, claimedBy: by.id, updated: now })
    .where(
      inArray(
        tx.t.reports.id,
        closing.map((row) => row.id),
      ),
    );
  for (const row of closing) await addLine(tx, now, { type: 'decided', report: row.id, by: by.id, text: action });
  await tellConcerned(tx, site, decision!, 'statement');
  for (const row of closing) await tellReporter(tx, site, { ...row, decision: answer }, action !== 'none');
  return ok(decision!);
};

/** Of two who decide at once, the second waits here, and finds it decided. */
const hold = async (tx: Tx, id: string): Promise<ReportRow | undefined> => {
  const { reports } = tx.t;
  const [row] = await tx
    .update(reports)
    .set({ state: 'open' })
    .where(and(eq(reports.id, id), eq(reports.state, 'open')))
    .returning();
  return row;
};

/** This report, and those that are chosen beside it, of the same subject and not somebody else's to decide. */
const reportsToClose = async (tx: Tx, about: ReportRow, by: AccountRow, also: string[]): Promise<ReportRow[]> => {
  const ids = also.filter((id) => id !== about.id).slice(0, 100);
  if (ids.length === 0) return [about];
  const { reports } = tx.t;
  const rows = await tx
    .select()
    .from(reports)
    .where(and(inArray(reports.id, ids), eq(reports.subject, about.subject), eq(reports.state, 'open')));
  return [about, ...rows.filter((row) => row.claimedBy === null || row.claimedBy === by.id)];
};

type Checked = Pick<DecisionRow, 'ground' | 'groundText' | 'reasons'> & { action: Action; until: Date | null };

const checkDecision = (input: DecisionInput, allowed: Action[], closing: ReportRow[], now: Date): Result<Checked> => {
  const errors: FieldError[] = [];
  const action = isAction(input.action) && allowed.includes(input.action) ? input.action : undefined;
  if (action === undefined)
    errors.push(
      ACTIONS.some((one) => one === input.action) ? gone : { field: 'action', code: 'moderation.chooseAction' },
    );
  const measure = action !== 'none';
  const ground = GROUNDS.find((one) => one === input.ground);
  if (measure && ground === undefined) errors.push({ field: 'ground', code: 'moderation.chooseGround' });
  const [groundText, reasons, answer] = [input.groundText.trim(), input.reasons.trim(), input.answer.trim()];
  errors.push(...checkText('groundText', groundText, { min: measure ? 1 : 0, max: 500 }));
  errors.push(...checkText('reasons', reasons, { min: measure ? 1 : 0, max: DECISION_TEXT_MAX }));
  // What the template leaves open: a statement of reasons has the facts.
  if (DOTS.test(reasons)) errors.push({ field: 'reasons', code: 'moderation.dots' });
  const answered = closing.some((row) => row.origin !== 'own');
  errors.push(...checkText('answer', answer, { min: answered ? 1 : 0, max: DECISION_TEXT_MAX }));
  const days =
    input.days.trim() === '' || action === undefined || !TIMED.includes(action) ? undefined : Number(input.days);
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= DAYS_MAX))
    errors.push({ field: 'days', code: 'wholeNumber', params: { min: 1, max: DAYS_MAX } });
  if (errors.length > 0 || action === undefined) return fail(...errors);
  return ok({
    action,
    ground: measure ? (ground ?? 'rules') : '',
    groundText: measure ? groundText : '',
    reasons: measure ? reasons : '',
    until: days === undefined ? null : new Date(now.getTime() + days * DAY_MS),
  });
};
const DOTS = /:\s…\s*(?:\n|$)/;
const gone: FieldError = { field: 'action', code: 'moderation.gone' };

/** A member of ours reads what was decided about them by a letter, also when they cannot sign in any more. */
export const tellConcerned = async (
  tx: Tx,
  site: Site,
  decision: DecisionRow,
  name: 'statement' | 'lifted',
): Promise<void> => {
  const account = decision.action === 'none' ? undefined : await findAccountByActor(tx, decision.subject);
  if (account === undefined) return;
  await queueLetter(tx, site.now(), {
    to: account.email,
    locale: account.locale,
    name,
    params: {
      cooperative: (await getCooperative(tx))?.name ?? '',
      name: account.handle,
      title: decision.title,
      reasons: name === 'lifted' ? (decision.liftedReasons ?? '') : decision.reasons,
      link: await receiptLink(tx, site, 'statement', decision.id),
    },
  });
};

/** @param row with the answer in `decision` */
const tellReporter = async (tx: Tx, site: Site, row: ReportRow, acted: boolean): Promise<void> => {
  const now = site.now();
  if (row.flag !== null)
    await announce(tx, now, {
      type: 'report.answered',
      actor: nodeUri(site),
      subject: row.id,
      data: { acted: acted ? '1' : '' },
    });
  const to = await reporterAddress(tx, row);
  if (to === undefined) return;
  await queueLetter(tx, now, {
    to: to.email,
    locale: to.locale,
    name: 'reportDecided',
    params: {
      cooperative: (await getCooperative(tx))?.name ?? '',
      name: to.name,
      title: row.title,
      answer: row.decision,
      link: await receiptLink(tx, site, 'report', row.id),
    },
  });
};

/**
 * Takes a decision back.
 * @param by absent = its time is over
 * @returns errors on `reasons`; on `decision` if there is nothing to take back
 */
export const lift = async (
  tx: Tx,
  site: Site,
  by: AccountRow | undefined,
  id: string,
  text: string,
): Promise<Result<DecisionRow>> => {
  const reasons = text.trim();
  const errors = checkText('reasons', reasons, { min: by === undefined ? 0 : 1, max: DECISION_TEXT_MAX });
  if (errors.length > 0) return fail(...errors);
  const before = await findDecision(tx, id);
  if (before === undefined || !LIFTABLE.some((one) => one === before.action))
    return fail({ field: 'decision', code: 'notFound' });
  const concerned = await findAccountByActor(tx, before.subject);
  if (by !== undefined && roleOf(by) !== 'admin' && concerned !== undefined && concerned.role !== 'member')
    return fail({ field: 'decision', code: 'moderation.adminOnly' });
  const now = site.now();
  const [decision] = await tx
    .update(tx.t.decisions)
    .set({ lifted: now, liftedBy: by?.id ?? null, liftedReasons: reasons })
    .where(and(eq(tx.t.decisions.id, id), isNull(tx.t.decisions.lifted)))
    .returning();
  if (decision === undefined) return fail({ field: 'decision', code: 'notFound' });
  await undo(tx, site, decision);
  await addLine(tx, now, {
    type: by === undefined ? 'ended' : 'lifted',
    decision: id,
    text: reasons,
    ...(by === undefined ? {} : { by: by.id }),
  });
  await tellConcerned(tx, site, decision, 'lifted');
  return ok(decision);
};

/** Lets a suspended member in again, whoever suspended them and however. @returns an error on `member`: notFound */
export const reinstate = async (tx: Tx, site: Site, by: AccountRow, id: string): Promise<Result<unknown>> => {
  const account = await findAccount(tx, id);
  const { decisions } = tx.t;
  const [decision] =
    account === undefined
      ? []
      : await tx
          .select()
          .from(decisions)
          .where(and(eq(decisions.subject, account.actor), eq(decisions.action, 'suspend'), isNull(decisions.lifted)))
          .orderBy(desc(decisions.created))
          .limit(1);
  if (account === undefined || decision === undefined) return reinstateMember(tx, site, id, roleOf(by));
  const words = account.locale === 'en' ? 'Your account is open again.' : 'Votre compte est de nouveau ouvert.';
  return lift(tx, site, by, decision.id, words);
};

/** Takes back what was decided for a time that is over; at most 100 a run. */
export const endTimed = async (tx: Tx, site: Site): Promise<void> => {
  const { decisions } = tx.t;
  const over = await tx
    .select({ id: decisions.id })
    .from(decisions)
    .where(and(isNull(decisions.lifted), lt(decisions.until, site.now())))
    .limit(100);
  for (const { id } of over) await lift(tx, site, undefined, id, '');
};

/** A member says that they have read it: it no longer stands on their home page. */
export const confirmDecision = async (tx: Tx, now: Date, id: string, subject: string): Promise<boolean> => {
  const { decisions } = tx.t;
  const rows = await tx
    .update(decisions)
    .set({ confirmed: now })
    .where(and(eq(decisions.id, id), eq(decisions.subject, subject), isNull(decisions.confirmed)))
    .returning({ id: decisions.id });
  if (rows.length > 0) await addLine(tx, now, { type: 'confirmed', decision: id });
  return rows.length > 0;
};
