/** Reports of listings, members and messages, by members, visitors and peers' nodes (DSA art. 16). */
import { and, desc, eq, gt, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { EMAIL, getCooperative } from './cooperative.ts';
import { activityUri, newId, nodeUri } from './ids.ts';
import { queueLetter } from './mail.ts';
import { findAccountByActor } from './members.ts';
import { addLine } from './moderation/lines.ts';
import { receiptLink } from './moderation/receipts.ts';
import type { Site } from './site.ts';
import { cleanText, checkText } from './text.ts';
import { type FieldError, type Result, fail, ok } from './types.ts';

export type ReportRow = Reader['t']['reports']['$inferSelect'];
export const REPORT_REASONS = [
  'scam',
  'illegal',
  'minors',
  'dangerous',
  'harassment',
  'discrimination',
  'privacy',
  'counterfeit',
  'spam',
  'rules',
  'other',
] as const;
/** Nobody has to say who they are to report sexual abuse of children (DSA art. 16(2) c). */
export const ANONYMOUS_REASONS: readonly string[] = ['minors'];

export const REPORT_TEXT_MAX = 3_000;

/** What is reported. @param uri of the listing's Note, of the member or of the message */
export type Reported = {
  uri: string;
  kind: 'listing' | 'member' | 'message';
  /** URI of the actor whose it is. */
  subject?: string;
  title?: string;
  /** What it says now, as plain text: it may be changed before a moderator looks. */
  snapshot?: string;
  /** The page where it was seen. */
  location?: string;
};
/** One of: a member (URI), a visitor, another server (host), a moderator (account). */
export type ReportedBy = {
  reporter?: string;
  name?: string;
  email?: string;
  locale?: string;
  host?: string;
  /** Id of the Flag, when its server waits for an answer. */
  flag?: string;
  own?: string;
};

/**
 * What is wrong with the form of somebody who is not a server, every field at once.
 * @returns errors on `reason`, `text`, `name`, `email`, `goodFaith`
 */
export const checkReport = (
  input: { reason: string; text: string; name: string; email: string; goodFaith: boolean },
  signedIn: boolean,
): FieldError[] => {
  const errors: FieldError[] = [];
  if (!REPORT_REASONS.some((one) => one === input.reason)) errors.push({ field: 'reason', code: 'reportReason' });
  errors.push(...checkText('text', input.text, { min: 1, max: REPORT_TEXT_MAX }));
  if (!signedIn) {
    const needed = ANONYMOUS_REASONS.includes(input.reason) ? 0 : 1;
    errors.push(...checkText('name', input.name, { min: needed, max: 100 }));
    const email = input.email.trim();
    if (email === '' && needed === 1) errors.push({ field: 'email', code: 'required' });
    else if (email !== '' && (!EMAIL.test(email) || email.length > 254)) errors.push({ field: 'email', code: 'email' });
  }
  if (!input.goodFaith) errors.push({ field: 'goodFaith', code: 'goodFaith' });
  return errors;
};

/**
 * Takes a report in. While one of the same thing by the same person or server is open, a second one only adds its
 * text, so that nobody buries the others' reports under their own.
 * @returns errors on `reason` and `text`; what a form needs besides is `checkReport`'s
 */
export const report = async (
  tx: Tx,
  now: Date,
  object: Reported,
  by: ReportedBy,
  input: { reason: string; text: string },
): Promise<Result<ReportRow>> => {
  const reason = REPORT_REASONS.find((r) => r === input.reason);
  if (reason === undefined) return fail({ field: 'reason', code: 'reportReason' });
  const text = (by.host === undefined ? input.text : cleanText(input.text)).trim();
  const errors = checkText('text', text, { max: REPORT_TEXT_MAX });
  if (errors.length > 0) return fail(...errors);
  const { reports } = tx.t;
  const open = await openReportBy(tx, object.uri, by);
  if (open !== undefined) {
    const both = open.text.includes(text) ? open.text : `${open.text}\n\n${text}`.slice(0, REPORT_TEXT_MAX);
    const [added] = await tx
      .update(reports)
      .set({ text: both, updated: now, ...(by.flag === undefined ? {} : { flag: withFlag(open.flag, by.flag) }) })
      .where(eq(reports.id, open.id))
      .returning();
    if (both !== open.text) await addLine(tx, now, { type: 'added', report: open.id });
    return ok(added!);
  }
  const [row] = await tx
    .insert(reports)
    .values({
      id: newId(),
      object: object.uri,
      objectKind: object.kind,
      subject: object.subject ?? (object.kind === 'member' ? object.uri : ''),
      title: (object.title ?? '').slice(0, 300),
      snapshot: (object.snapshot ?? '').slice(0, 5_000),
      location: object.location ?? '',
      origin: by.own !== undefined ? 'own' : by.host === undefined ? 'form' : 'flag',
      reporter: by.reporter ?? null,
      reporterName: blank(by.name),
      reporterEmail: blank(by.email),
      reporterLocale: by.locale === 'en' ? 'en' : 'fr',
      host: by.host ?? null,
      flag: by.flag ?? null,
      reason,
      text,
      state: 'open',
      claimedBy: by.own ?? null,
      decision: '',
      created: now,
      updated: now,
    })
    .returning();
  await addLine(tx, now, { type: 'received', report: row!.id, ...(by.own === undefined ? {} : { by: by.own }) });
  return ok(row!);
};

const blank = (text: string | undefined): string | null =>
  text === undefined || text.trim() === '' ? null : text.trim();

/** A visitor's stands for itself: whoever typed the same address would else be shown what the other wrote. */
const openReportBy = async (tx: Tx, uri: string, by: ReportedBy): Promise<ReportRow | undefined> => {
  const { reports } = tx.t;
  const who =
    by.host !== undefined
      ? eq(reports.host, by.host)
      : by.reporter !== undefined
        ? eq(reports.reporter, by.reporter)
        : undefined;
  if (who === undefined) return undefined;
  const [open] = await tx
    .select()
    .from(reports)
    .where(and(eq(reports.object, uri), eq(reports.state, 'open'), who))
    .limit(1);
  return open;
};

/** Flags that one report stands for, each to be answered. */
const FLAGS_MAX = 20;
const withFlag = (before: string | null, flag: string): string => {
  const all = flagsOf(before);
  return all.includes(flag) || all.length >= FLAGS_MAX ? all.join(' ') : [...all, flag].join(' ');
};
/** @param flag column of a report @returns the ids in it */
export const flagsOf = (flag: string | null): string[] => (flag === null ? [] : flag.split(' '));

/** Where the reporter is written to, if anywhere: a member by their account, a visitor by what they gave. */
export const reporterAddress = async (
  db: Reader,
  row: ReportRow,
): Promise<{ email: string; locale: string; name: string } | undefined> => {
  const account = row.reporter === null ? undefined : await findAccountByActor(db, row.reporter);
  if (account !== undefined) return { email: account.email, locale: account.locale, name: account.handle };
  return row.reporterEmail === null
    ? undefined
    : { email: row.reporterEmail, locale: row.reporterLocale, name: row.reporterName ?? '' };
};

/** Tells the reporter that it has come, and the moderators that it waits, these once an hour at most. */
export const acknowledge = async (tx: Tx, site: Site, row: ReportRow, writeToReporter: boolean): Promise<void> => {
  const now = site.now();
  const cooperative = (await getCooperative(tx))?.name ?? '';
  const to = writeToReporter ? await reporterAddress(tx, row) : undefined;
  if (to !== undefined)
    await queueLetter(tx, now, {
      to: to.email,
      locale: to.locale,
      name: 'reportReceived',
      params: { cooperative, name: to.name, title: row.title, link: await receiptLink(tx, site, 'report', row.id) },
    });
  if (isNew(row)) await tellModerators(tx, site, row, cooperative);
};

/** Or was it only added to? */
export const isNew = (row: ReportRow): boolean => row.created.getTime() === row.updated.getTime();

const HOUR_MS = 3_600_000;
export const tellModerators = async (tx: Tx, site: Site, row: ReportRow, cooperative: string): Promise<void> => {
  const now = site.now();
  const { accounts, reports } = tx.t;
  if ((await tx.$count(reports, gt(reports.created, new Date(now.getTime() - HOUR_MS)))) > 1) return;
  const moderators = await tx
    .select()
    .from(accounts)
    .where(and(eq(accounts.state, 'active'), inArray(accounts.role, ['admin', 'moderator'])))
    .limit(50);
  for (const one of moderators.filter(({ actor }) => actor !== row.subject))
    await queueLetter(tx, now, {
      to: one.email,
      locale: one.locale,
      name: 'newReport',
      params: { cooperative, name: one.handle, title: row.title, link: `${site.origin}/admin/reports/${row.id}` },
    });
};

/** Sends what was reported of another server's to that server, without who reported it. Once. */
export const forward = async (tx: Tx, site: Site, row: ReportRow, by?: string): Promise<Result<void>> => {
  const host = await hostOfSubject(tx, row);
  if (host === undefined) return fail({ field: 'report', code: 'moderation.nothingToForward' });
  if (row.forwarded !== null) return ok(undefined);
  const now = site.now();
  const id = await announce(tx, now, { type: 'report.forwarded', actor: nodeUri(site), subject: row.id });
  await tx
    .update(tx.t.reports)
    .set({ forwarded: now, forwardedTo: host, forwardedFlag: activityUri(nodeUri(site), id) })
    .where(eq(tx.t.reports.id, row.id));
  await addLine(tx, now, { type: 'forwarded', report: row.id, text: host, ...(by === undefined ? {} : { by }) });
  return ok(undefined);
};

/** The server that the subject of a report lives at, if it is not this one. */
export const hostOfSubject = async (db: Reader, row: Pick<ReportRow, 'subject'>): Promise<string | undefined> => {
  const { actors } = db.t;
  const [actor] = await db
    .select({ host: actors.host })
    .from(actors)
    .where(and(eq(actors.uri, row.subject), eq(actors.local, false)))
    .limit(1);
  return actor?.host;
};

export const findReport = async (db: Reader, id: string): Promise<ReportRow | undefined> => {
  const [row] = await db.select().from(db.t.reports).where(eq(db.t.reports.id, id)).limit(1);
  return row;
};

/** Reports that wait for a decision, those whose decision is contested included. */
export const countOpenReports = async (db: Reader): Promise<number> =>
  db.$count(db.t.reports, inArray(db.t.reports.state, ['open', 'appealed']));

/** Id of the one that was told last, to know it from those that were there before. */
export const newestOpenReport = async (db: Reader): Promise<string> => {
  const { reports } = db.t;
  const [row] = await db
    .select({ id: reports.id })
    .from(reports)
    .where(inArray(reports.state, ['open', 'appealed']))
    .orderBy(desc(reports.created), desc(reports.id))
    .limit(1);
  return row?.id ?? '';
};
