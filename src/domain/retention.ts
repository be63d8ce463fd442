/**
 * What is kept for a time and then cleaned up, in small transactions between which others have their turn.
 *
 * How long the journal has to last. It is by the journal that a second copy of an activity is known as one. The bytes
 * of a request can be replayed by whoever recorded them only for as long as its signature counts: an hour after its
 * date, which may lie an hour ahead, so two hours at most (WINDOW_MS in federation/signatures.ts). But the sender
 * itself signs anew each time it sends: a server that did not get our 202 comes again, by its back-off for days
 * (Maillon 14 by default and 28 at most, Mastodon about 2), and from its dead letters once more when its admin says so,
 * up to 60 days later. A line therefore stays 90 days at least, more than 28 + 60. What comes later still, or from
 * software that keeps its letters longer, meets the state itself: the newest version of a listing stands, tombstones
 * stay, a message, a follow and a post have unique ids, an answer counts only while it is awaited. The one thing that
 * would be there twice is a report, which a moderator closes twice.
 *
 * The log of decisions is kept for years; what goes of it leaves a row that says up to where, so that the rest can still
 * be checked (audit.ts).
 *
 * What was sent is kept some days for those who look for it; the row does nothing more. What is said publicly stays
 * readable at its address and in the outbox for a year; an activity that something still waits to send stays anyway.
 *
 * Reports and decisions have times of their own: see moderation/keeping.ts.
 */
import { and, asc, eq, exists, inArray, lt, not } from 'drizzle-orm';
import type { Database, Tx } from '#db/database.ts';
import { sweepAudit } from './audit.ts';
import { sweepReports } from './moderation/keeping.ts';
import { rememberInboxes } from './moving/heard.ts';

/** In milliseconds of age. */
export type Keep = {
  journalMs: number;
  sentMs: number;
  deadMs: number;
  activitiesMs: number;
  reportsMs: number;
  auditMs: number;
};
export type Swept = {
  journal: number;
  sent: number;
  dead: number;
  activities: number;
  announcements: number;
  reports: number;
  audit: number;
};

const BATCH = 500;
/** A sweep ends after it even if more is left: the next one goes on. Well within the lease of its job. */
const LONGEST_MS = 60_000;
/** An announcement that was told is of no use; a few days help whoever looks for a fault. */
const TOLD_MS = 7 * 24 * 3_600_000;

/** @param signal ends it early, between two batches @returns how many rows of each kind are gone */
export const sweepOld = async (db: Database, now: Date, keep: Keep, signal?: AbortSignal): Promise<Swept> => {
  const end = performance.now() + LONGEST_MS;
  const before = (ageMs: number): Date => new Date(now.getTime() - ageMs);
  const all = async (batch: (tx: Tx) => Promise<number>): Promise<number> => {
    let gone = 0;
    while (signal?.aborted !== true && performance.now() < end) {
      const some = await db.write(batch);
      gone += some;
      if (some < BATCH) break;
    }
    return gone;
  };
  return {
    journal: await all((tx) => sweepJournal(tx, before(keep.journalMs))),
    sent: await all((tx) => sweepDeliveries(tx, 'done', before(keep.sentMs))),
    dead: await all((tx) => sweepDeliveries(tx, 'dead', before(keep.deadMs))),
    reports: await all((tx) => sweepReports(tx, now, keep.reportsMs)),
    announcements: await all((tx) => sweepAnnouncements(tx, before(TOLD_MS))),
    audit: await db.write((tx) => sweepAudit(tx, now, keep.auditMs)),
    activities:
      (await all((tx) => sweepActivities(tx, false, before(keep.sentMs)))) +
      (await all((tx) => sweepActivities(tx, true, before(keep.activitiesMs)))),
  };
};

/** Rows are in the order of time: the oldest are the first, and no index on the time is needed. */
const sweepJournal = async (tx: Tx, before: Date): Promise<number> => {
  const { received } = tx.t;
  const rows = await tx
    .select({ row: received.row, created: received.created })
    .from(received)
    .orderBy(asc(received.row))
    .limit(BATCH);
  const old = rows.filter((one) => one.created < before).map((one) => one.row);
  if (old.length > 0) await tx.delete(received).where(inArray(received.row, old));
  return old.length;
};

const sweepDeliveries = async (tx: Tx, state: 'done' | 'dead', before: Date): Promise<number> => {
  const { deliveries: d } = tx.t;
  const rows = await tx
    .select({ row: d.row })
    .from(d)
    .where(and(eq(d.state, state), lt(d.finished, before)))
    .orderBy(asc(d.finished))
    .limit(BATCH);
  const old = rows.map((one) => one.row);
  if (old.length > 0) {
    // Who once got something of a member is told when the member leaves, however long ago it was.
    await rememberInboxes(tx, old);
    await tx.delete(d).where(inArray(d.row, old));
  }
  return old.length;
};

const sweepAnnouncements = async (tx: Tx, before: Date): Promise<number> => {
  const { announcements } = tx.t;
  const rows = await tx
    .select({ row: announcements.row })
    .from(announcements)
    .where(and(eq(announcements.state, 'done'), lt(announcements.created, before)))
    .orderBy(asc(announcements.row))
    .limit(BATCH);
  if (rows.length > 0)
    await tx.delete(announcements).where(
      inArray(
        announcements.row,
        rows.map((one) => one.row),
      ),
    );
  return rows.length;
};

/** Bodies that nothing needs any more: neither a delivery that refers to it nor, if it is public, its age. */
const sweepActivities = async (tx: Tx, listed: boolean, before: Date): Promise<number> => {
  const { activities: a, deliveries: d } = tx.t;
  const rows = await tx
    .select({ row: a.row })
    .from(a)
    .where(
      and(
        eq(a.listed, listed),
        lt(a.created, before),
        not(exists(tx.select({ row: d.row }).from(d).where(eq(d.activity, a.uri)))),
      ),
    )
    .orderBy(asc(a.created))
    .limit(BATCH);
  if (rows.length > 0)
    await tx.delete(a).where(
      inArray(
        a.row,
        rows.map((one) => one.row),
      ),
    );
  return rows.length;
};
