/** Where our members have signed in elsewhere with a session of theirs here, and telling those nodes when it is over. */
import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, max } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { enqueueJob } from '../jobs.ts';
import { GUEST_MS } from './guests.ts';

export type VisitRow = Reader['t']['visits']['$inferSelect'];
/** A guest's session at a partner lasts a day; a visit is remembered a little longer. */
const VISIT_MS = 2 * 24 * 3_600_000;
const BATCH = 100;

export const noteVisit = async (tx: Tx, visit: Omit<VisitRow, 'sid'>): Promise<void> => {
  await tx.insert(tx.t.visits).values({ ...visit, sid: null });
};

/** Is the session here still open with which this consent was given? Else its code is good for nothing. */
export const visitHolds = async (db: Reader, grant: string): Promise<boolean> => {
  const { visits, sessions } = db.t;
  const rows = await db
    .select({ grant: visits.grant })
    .from(visits)
    .innerJoin(sessions, eq(sessions.hash, visits.session))
    .where(eq(visits.grant, grant))
    .limit(1);
  return rows.length > 0;
};

/** The partner has got its code: from now on it knows the visit by this id. */
export const nameVisit = async (tx: Tx, grant: string, sid: string): Promise<void> => {
  await tx.update(tx.t.visits).set({ sid }).where(eq(tx.t.visits.grant, grant));
};

/** Sessions of ours have ended: if they were used elsewhere, a job tells those nodes. */
export const planGoodbyes = async (tx: Tx): Promise<void> => {
  // A job is due by the machine's own clock or before it.
  if ((await visitsToEnd(tx, '', 1)).length > 0) await enqueueJob(tx, new Date(), 'goodbye', {}, 'goodbye');
};

/** A partner where a member is a guest today. `name` is missing when it is no partner any more. */
export type Elsewhere = { host: string; name: string | null; since: Date | null };

/** Where a member may be signed in with this account at this moment, last first; at most fifty. */
export const visitedBy = async (db: Reader, now: Date, account: string): Promise<Elsewhere[]> => {
  const { peers, sessions, visits } = db.t;
  const since = max(visits.created);
  const rows = await db
    .select({ host: visits.host, name: peers.name, since })
    .from(visits)
    .innerJoin(sessions, eq(sessions.hash, visits.session))
    .leftJoin(peers, eq(peers.host, visits.host))
    .where(
      and(eq(sessions.account, account), isNotNull(visits.sid), gt(visits.created, new Date(now.getTime() - GUEST_MS))),
    )
    .groupBy(visits.host, peers.name)
    .limit(50);
  return rows.toSorted((a, b) => Number(b.since) - Number(a.since));
};

/** Signs a member out at a partner, and not here: its visits hang on no session any more. @returns whether there were any */
export const endVisits = async (tx: Tx, account: string, host: string): Promise<boolean> => {
  const { sessions, visits } = tx.t;
  const own = tx.select({ hash: sessions.hash }).from(sessions).where(eq(sessions.account, account));
  const ended = await tx
    .update(visits)
    .set({ session: '' })
    .where(and(eq(visits.host, host), inArray(visits.session, own)))
    .returning({ grant: visits.grant });
  await planGoodbyes(tx);
  return ended.length > 0;
};

/** Visits whose session here is over, oldest first, at most a hundred. @param after grant of the last one seen */
export const visitsToEnd = async (db: Reader, after: string, limit = BATCH): Promise<VisitRow[]> => {
  const { visits, sessions } = db.t;
  const rows = await db
    .select({ visit: visits })
    .from(visits)
    .leftJoin(sessions, eq(sessions.hash, visits.session))
    .where(and(isNull(sessions.hash), gt(visits.grant, after)))
    .orderBy(asc(visits.grant))
    .limit(limit);
  return rows.map((row) => row.visit);
};

/** The partner says that the session there is over: nobody has to be told. @param sid by which it knows the visit */
export const dropVisitOf = async (tx: Tx, host: string, sid: string): Promise<void> => {
  await tx.delete(tx.t.visits).where(and(eq(tx.t.visits.host, host), eq(tx.t.visits.sid, sid)));
};

/** They were told. */
export const dropVisits = async (tx: Tx, grants: string[]): Promise<void> => {
  if (grants.length > 0) await tx.delete(tx.t.visits).where(inArray(tx.t.visits.grant, grants));
};

/** Removes those whose session at the partner has run out anyway. */
export const sweepVisits = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.visits).where(lt(tx.t.visits.created, new Date(now.getTime() - VISIT_MS)));
};
