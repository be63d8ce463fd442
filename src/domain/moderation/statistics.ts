/** What a transparency report counts (DSA art. 15 and 24), for one year. No person is in it. */
import { and, gte, lt } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { csvRecord, guardCell } from '../transfer/cells.ts';
import { REPORT_REASONS } from '../reports.ts';
import { ACTIONS } from './actions.ts';

export type YearCount = {
  year: number;
  /** By reason: those by form, by other servers, decided, and the median hours from report to decision. */
  reasons: { reason: string; forms: number; flags: number; decided: number; medianHours: number | undefined }[];
  decisions: { action: string; n: number; lifted: number }[];
  appeals: { open: number; upheld: number; reversed: number; medianHours: number | undefined };
  own: number;
  forwarded: number;
};

const ROWS_MAX = 200_000;

/** @param year by UTC @returns counts of what was reported, decided and contested in it */
export const countYear = async (db: Reader, year: number): Promise<YearCount> => {
  const [from, to] = [new Date(Date.UTC(year, 0, 1)), new Date(Date.UTC(year + 1, 0, 1))];
  const { reports, decisions, appeals } = db.t;
  const rows = await db
    .select({
      reason: reports.reason,
      origin: reports.origin,
      forwarded: reports.forwarded,
      state: reports.state,
      created: reports.created,
      decided: reports.decided,
    })
    .from(reports)
    .where(and(gte(reports.created, from), lt(reports.created, to)))
    .limit(ROWS_MAX);
  const made = await db
    .select({ id: decisions.id, action: decisions.action, created: decisions.created, lifted: decisions.lifted })
    .from(decisions)
    .where(and(gte(decisions.created, from), lt(decisions.created, to)))
    .limit(ROWS_MAX);
  // Decisions on the reports of the year, also those that came in the year after.
  const late = await db
    .select({ id: decisions.id, created: decisions.created })
    .from(decisions)
    .where(gte(decisions.created, from))
    .limit(ROWS_MAX);
  const when = new Map(late.map((one) => [one.id, one.created]));
  const contested = await db
    .select({ state: appeals.state, created: appeals.created, decided: appeals.decided })
    .from(appeals)
    .where(and(gte(appeals.created, from), lt(appeals.created, to)))
    .limit(ROWS_MAX);
  const judged = (state: string): number => contested.filter((one) => one.state === state).length;
  return {
    year,
    reasons: REPORT_REASONS.map((reason) => {
      const of = rows.filter((row) => row.reason === reason && row.origin !== 'own');
      return {
        reason,
        forms: of.filter((row) => row.origin === 'form').length,
        flags: of.filter((row) => row.origin === 'flag').length,
        decided: of.filter((row) => row.state !== 'open').length,
        medianHours: median(of.flatMap((row) => hoursBetween(row.created, when.get(row.decided ?? '')))),
      };
    }),
    decisions: ACTIONS.map((action) => {
      const of = made.filter((one) => one.action === action);
      return { action, n: of.length, lifted: of.filter((one) => one.lifted !== null).length };
    }),
    appeals: {
      open: judged('open'),
      upheld: judged('upheld'),
      reversed: judged('reversed'),
      medianHours: median(contested.flatMap((one) => hoursBetween(one.created, one.decided ?? undefined))),
    },
    own: rows.filter((row) => row.origin === 'own').length,
    forwarded: rows.filter((row) => row.forwarded !== null).length,
  };
};

const hoursBetween = (from: Date, to: Date | undefined): number[] =>
  to === undefined ? [] : [(to.getTime() - from.getTime()) / 3_600_000];

/** @returns undefined of nothing */
const median = (values: number[]): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : Math.round(((low + high) / 2) * 10) / 10;
};

/** The same as a file: one line per number. @param word what a line is called */
export const yearAsCsv = (count: YearCount, word: (key: string) => string): string => {
  const line = (group: string, of: string, what: string, n: number | undefined): string =>
    csvRecord([String(count.year), group, of, what, n === undefined ? '' : String(n)].map(guardCell));
  const lines = [
    csvRecord(['year', 'name', 'code', 'what', 'value']),
    ...count.reasons.flatMap((one) => [
      line(word(`report.reasons.${one.reason}`), one.reason, 'reports by form', one.forms),
      line(word(`report.reasons.${one.reason}`), one.reason, 'reports by other servers', one.flags),
      line(word(`report.reasons.${one.reason}`), one.reason, 'decided', one.decided),
      line(word(`report.reasons.${one.reason}`), one.reason, 'median hours to the decision', one.medianHours),
    ]),
    ...count.decisions.flatMap((one) => [
      line(word(`moderation.actions.${one.action}`), one.action, 'decisions', one.n),
      line(word(`moderation.actions.${one.action}`), one.action, 'of these lifted', one.lifted),
    ]),
    line('', 'appeals', 'open', count.appeals.open),
    line('', 'appeals', 'upheld', count.appeals.upheld),
    line('', 'appeals', 'reversed', count.appeals.reversed),
    line('', 'appeals', 'median hours to the decision', count.appeals.medianHours),
    line('', 'own', 'on our own initiative', count.own),
    line('', 'forwarded', 'forwarded to other servers', count.forwarded),
  ];
  return `\uFEFF${lines.join('')}`;
};
