/**
 * The log of what admins and moderators decide: who did what when to what. Rows are only added, each in the transaction
 * of the change that it tells of, and each with a hash over the one before it: a row that was changed, taken out or put
 * in later breaks the chain, and what was cut off its end shows by the last hash and number, which stand in `facts`.
 */
import canonicalize from 'canonicalize';
import { and, asc, desc, eq, gte, lt, lte } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { AuditAction } from './audit-actions.ts';
import { AUDIT_HEAD, type AuditHead, type AuditRow, hashOf, nodeActor, readHead } from './audit-chain.ts';
import { writeFact } from './facts.ts';
import { cleanText } from './text.ts';

export type { AuditRow };
export type AuditState = NonNullable<AuditRow['after']>;
type AuditValue = AuditState[string];

/** Who acts when nobody is signed in: neither can be anybody's handle. */
export const COMMAND_LINE = 'command line';
export const NODE = 'node';

/** `subject` is a handle, a host, a domain or an id. No secrets and nobody's own words in `before` and `after`. */
export type AuditEntry = {
  actor: string;
  action: AuditAction;
  subject: string;
  before?: AuditState | undefined;
  after?: AuditState | undefined;
};

const INSERTED_AT_ONCE = 200;
const LONGEST = 500;

/** Adds one entry to the log, within the transaction of what it tells of. */
export const audit = (tx: Tx, now: Date, entry: AuditEntry): Promise<void> => auditAll(tx, now, [entry]);

/** The same for many at once, in their order. */
export const auditAll = async (tx: Tx, now: Date, entries: AuditEntry[]): Promise<void> => {
  if (entries.length === 0) return;
  let head = await readHead(tx);
  const rows: AuditRow[] = [];
  const add = (entry: AuditEntry): void => {
    const row = chained(head, now, entry);
    head = { n: row.n, hash: row.hash };
    rows.push(row);
  };
  // The first row says whose log it is.
  if (head === undefined) add({ actor: NODE, action: 'log.begun', subject: await nodeActor(tx) });
  for (const entry of entries) add(entry);
  // The end of the chain first. On PostgreSQL whoever adds to it at the same time waits here for this row, and then,
  // serializable, begins again after it: two never follow the same row. On SQLite there is one writer.
  await writeFact(tx, AUDIT_HEAD, JSON.stringify(head));
  for (let from = 0; from < rows.length; from += INSERTED_AT_ONCE)
    await tx.insert(tx.t.audit).values(rows.slice(from, from + INSERTED_AT_ONCE));
};

/**
 * Does something and notes it if it changed anything.
 * @param state reads what is to be compared; undefined = it is not there. Only what differs is kept
 * @param work what is done; if it fails or changes nothing, nothing is noted
 * @returns what `work` returns
 */
export const audited = async <T>(
  tx: Tx,
  now: Date,
  by: Pick<AuditEntry, 'actor' | 'action' | 'subject'>,
  state: () => Promise<AuditState | undefined>,
  work: () => Promise<T>,
): Promise<T> => {
  const before = await state();
  const result = await work();
  const change = difference(before, await state());
  if (change !== undefined) await audit(tx, now, { ...by, ...change });
  return result;
};

/** @returns the two without what is equal in both, or undefined if all is */
export const difference = (
  before: AuditState | undefined,
  after: AuditState | undefined,
): Pick<AuditEntry, 'before' | 'after'> | undefined => {
  if (before === undefined || after === undefined)
    return before === after ? undefined : { before: tidy(before), after: tidy(after) };
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => canonicalize(before[key] ?? null) !== canonicalize(after[key] ?? null),
  );
  const only = (state: AuditState): AuditState => Object.fromEntries(keys.map((key) => [key, state[key] ?? null]));
  return keys.length === 0 ? undefined : { before: tidy(only(before)), after: tidy(only(after)) };
};

/** As both engines give it back: no text that they would alter, none that is endless. */
const tidy = (state: AuditState | undefined): AuditState | undefined => {
  if (state === undefined) return undefined;
  const clean = (value: AuditValue): AuditValue => {
    if (typeof value === 'string') return cleanText(value).slice(0, LONGEST).toWellFormed();
    if (Array.isArray(value)) return value.map(clean);
    return typeof value === 'object' && value !== null ? cleanObject(value) : value;
  };
  const cleanObject = (object: AuditState): AuditState =>
    Object.fromEntries(
      Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, clean(value)]])),
    );
  return cleanObject(state);
};

const chained = (head: AuditHead | undefined, now: Date, entry: AuditEntry): AuditRow => {
  const row = {
    n: head === undefined ? 0 : head.n + 1,
    actor: entry.actor,
    action: entry.action,
    subject: cleanText(entry.subject).slice(0, LONGEST).toWellFormed(),
    before: tidy(entry.before) ?? null,
    after: tidy(entry.after) ?? null,
    created: now,
    previous: head?.hash ?? '',
  };
  return { ...row, hash: hashOf(row) };
};

export type AuditQuery = {
  actor?: string;
  action?: string;
  /** From this instant on, and before that one. */
  from?: Date;
  to?: Date;
  /** `n` of the last one shown, for the next page. */
  before?: number;
  limit: number;
};

/** Entries, newest first. */
export const listAudit = async (db: Reader, query: AuditQuery): Promise<AuditRow[]> => {
  const { audit: log } = db.t;
  return db
    .select()
    .from(log)
    .where(
      and(
        query.actor === undefined ? undefined : eq(log.actor, query.actor),
        query.action === undefined ? undefined : eq(log.action, query.action),
        query.from === undefined ? undefined : gte(log.created, query.from),
        query.to === undefined ? undefined : lt(log.created, query.to),
        query.before === undefined ? undefined : lt(log.n, query.before),
      ),
    )
    .orderBy(desc(log.n))
    .limit(query.limit);
};

/** All who ever acted, for the filter; at most two hundred. */
export const auditActors = async (db: Reader): Promise<string[]> => {
  const rows = await db
    .selectDistinct({ actor: db.t.audit.actor })
    .from(db.t.audit)
    .orderBy(db.t.audit.actor)
    .limit(200);
  return rows.map((row) => row.actor);
};

const DAY_MS = 86_400_000;
/** Old entries go a week's at a time, so that the row that says so does not come every hour. */
const AT_ONCE_MS = 7 * DAY_MS;
const SWEPT_AT_ONCE = 5_000;

/**
 * Takes away the entries that are too old, and notes in the chain up to which one, and its hash: with it what is left
 * can still be checked from its beginning.
 * @returns how many are gone
 */
export const sweepAudit = async (tx: Tx, now: Date, keepMs: number): Promise<number> => {
  const { audit: log } = tx.t;
  const [oldest] = await tx.select({ created: log.created }).from(log).orderBy(asc(log.n)).limit(1);
  const until = new Date(now.getTime() - keepMs);
  if (oldest === undefined || oldest.created.getTime() > until.getTime() - AT_ONCE_MS) return 0;
  const head = await readHead(tx);
  const rows = await tx
    .select({ n: log.n, hash: log.hash, created: log.created })
    .from(log)
    .orderBy(asc(log.n))
    .limit(SWEPT_AT_ONCE);
  // In the order of the chain, up to the first that is young: a clock may have gone back.
  const young = rows.findIndex((row) => row.created >= until || row.n === head?.n);
  const last = rows[(young === -1 ? rows.length : young) - 1];
  if (last === undefined) return 0;
  const count = last.n - rows[0]!.n + 1;
  await tx.delete(log).where(lte(log.n, last.n));
  await audit(tx, now, {
    actor: NODE,
    action: 'log.shortened',
    subject: await nodeActor(tx),
    after: { through: last.n, hash: last.hash, count },
  });
  return count;
};
