/** What waits for moderators: filtered, claimed and given back, with notes and what else is said of the same person. */
import { type SQL, and, asc, desc, eq, gt, inArray, isNull, lt, ne, notExists, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { findActor } from '../actors.ts';
import { type ReportRow, report } from '../reports.ts';
import type { AccountRow } from '../sessions.ts';
import { checkText } from '../text.ts';
import { type Result, fail, ok } from '../types.ts';
import { fullHandle } from '../ids.ts';
import { addLine } from './lines.ts';

export const QUEUES = ['open', 'mine', 'closed', 'appealed'] as const;
export type Queue = (typeof QUEUES)[number];

const NOTE_MAX = 3_000;

/**
 * Nobody looks into what is said of themselves, as long as somebody else can.
 * @returns the condition that hides those reports
 */
const notOneself = (db: Reader, by: AccountRow): SQL | undefined =>
  or(ne(db.t.reports.subject, by.actor), notExists(othersThan(db, by)));

const othersThan = (db: Reader, by: AccountRow) => {
  const { accounts } = db.t;
  return db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.state, 'active'), inArray(accounts.role, ['admin', 'moderator']), ne(accounts.id, by.id)))
    .limit(1);
};

/** May this moderator see this report? */
export const maySeeReport = async (db: Reader, by: AccountRow, row: ReportRow): Promise<boolean> =>
  row.subject !== by.actor || (await othersThan(db, by)).length === 0;

const inQueue = (db: Reader, queue: Queue, by: AccountRow): SQL | undefined => {
  const { reports } = db.t;
  return queue === 'mine'
    ? and(inArray(reports.state, ['open', 'appealed']), eq(reports.claimedBy, by.id))
    : eq(reports.state, queue);
};

/**
 * One page. What is open comes oldest first (it has waited longest), what is decided newest first.
 * @param after id of the last one shown
 */
export const listQueue = async (
  db: Reader,
  queue: Queue,
  by: AccountRow,
  limit: number,
  after?: string,
): Promise<ReportRow[]> => {
  const { reports } = db.t;
  const newest = queue === 'closed';
  const [last] = after === undefined ? [] : await db.select().from(reports).where(eq(reports.id, after)).limit(1);
  const beyond =
    last === undefined
      ? undefined
      : newest
        ? or(lt(reports.updated, last.updated), and(eq(reports.updated, last.updated), lt(reports.id, last.id)))
        : or(gt(reports.created, last.created), and(eq(reports.created, last.created), gt(reports.id, last.id)));
  return db
    .select()
    .from(reports)
    .where(and(inQueue(db, queue, by), notOneself(db, by), beyond))
    .orderBy(...(newest ? [desc(reports.updated), desc(reports.id)] : [asc(reports.created), asc(reports.id)]))
    .limit(limit);
};

export const countQueues = async (db: Reader, by: AccountRow): Promise<Record<Queue, number>> => {
  const hidden = notOneself(db, by);
  const count = (queue: Queue): Promise<number> => db.$count(db.t.reports, and(inQueue(db, queue, by), hidden));
  return {
    open: await count('open'),
    mine: await count('mine'),
    closed: await count('closed'),
    appealed: await count('appealed'),
  };
};

/** Other reports of the same person's things, open ones first, newest first; at most 50. */
export const relatedReports = async (db: Reader, row: ReportRow): Promise<ReportRow[]> => {
  if (row.subject === '') return [];
  const { reports } = db.t;
  return db
    .select()
    .from(reports)
    .where(and(eq(reports.subject, row.subject), ne(reports.id, row.id)))
    .orderBy(desc(reports.state), desc(reports.created))
    .limit(50);
};

/**
 * A moderator takes a report on; nobody else decides it until it is given back or taken over.
 * @param over also when somebody else has it
 */
export const claim = async (tx: Tx, now: Date, by: AccountRow, id: string, over: boolean): Promise<Result<void>> => {
  const { reports } = tx.t;
  const rows = await tx
    .update(reports)
    .set({ claimedBy: by.id, updated: now })
    .where(
      and(
        eq(reports.id, id),
        inArray(reports.state, ['open', 'appealed']),
        over ? undefined : or(isNull(reports.claimedBy), eq(reports.claimedBy, by.id)),
      ),
    )
    .returning({ id: reports.id });
  if (rows.length === 0) return fail({ field: 'report', code: 'moderation.claimed' });
  await addLine(tx, now, { type: over ? 'takenOver' : 'claimed', report: id, by: by.id });
  return ok(undefined);
};

/** Gives it back. @returns an error on `report` if it is not one's own */
export const release = async (tx: Tx, now: Date, by: AccountRow, id: string): Promise<Result<void>> => {
  const { reports } = tx.t;
  const rows = await tx
    .update(reports)
    .set({ claimedBy: null, updated: now })
    .where(and(eq(reports.id, id), eq(reports.claimedBy, by.id), inArray(reports.state, ['open', 'appealed'])))
    .returning({ id: reports.id });
  if (rows.length === 0) return fail({ field: 'report', code: 'notFound' });
  await addLine(tx, now, { type: 'released', report: id, by: by.id });
  return ok(undefined);
};

/** A word among moderators. @returns errors on `note` */
export const addNote = async (
  tx: Tx,
  now: Date,
  by: AccountRow,
  report: string,
  text: string,
): Promise<Result<void>> => {
  const errors = checkText('note', text, { min: 1, max: NOTE_MAX });
  if (errors.length > 0) return fail(...errors);
  await addLine(tx, now, { type: 'note', report, by: by.id, text: text.trim() });
  return ok(undefined);
};

/** A moderator looks into somebody of their own accord. @param actor whom @returns the report that stands for it */
export const openCase = async (tx: Tx, now: Date, by: AccountRow, actor: string): Promise<Result<ReportRow>> => {
  const found = await findActor(tx, actor);
  if (found === undefined || found.deleted !== null || found.kind === 'node')
    return fail({ field: 'member', code: 'notFound' });
  return report(
    tx,
    now,
    { uri: found.uri, kind: 'member', title: `${found.name} (${fullHandle(found.handle, found.host)})` },
    { own: by.id },
    { reason: 'rules', text: '' },
  );
};
