/** What moderators keep away from here: hidden listings and people of elsewhere, and members of ours who are limited. */
import { type SQL, and, eq, inArray, notInArray, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

type Effect = 'hidden' | 'limited';

export const restrict = async (tx: Tx, now: Date, uri: string, effect: Effect, decision: string): Promise<void> => {
  await tx
    .insert(tx.t.restrictions)
    .values({ uri, effect, decision, created: now })
    .onConflictDoUpdate({ target: tx.t.restrictions.uri, set: { effect, decision, created: now } });
};

/** Takes back what this decision restricts; what a later one restricts stays. @returns what is restricted no longer */
export const unrestrict = (tx: Tx, decision: string): Promise<{ uri: string; effect: string; created: Date }[]> =>
  Promise.resolve(tx.delete(tx.t.restrictions).where(eq(tx.t.restrictions.decision, decision)).returning());

export const isLimited = async (db: Reader, actor: string): Promise<boolean> =>
  (await db.$count(db.t.restrictions, and(eq(db.t.restrictions.uri, actor), eq(db.t.restrictions.effect, 'limited')))) >
  0;

const restrictedAmong = async (db: Reader, effect: Effect, uris: string[]): Promise<Set<string>> => {
  if (uris.length === 0) return new Set();
  const { restrictions } = db.t;
  const rows = await db
    .select({ uri: restrictions.uri })
    .from(restrictions)
    .where(and(inArray(restrictions.uri, [...new Set(uris)]), eq(restrictions.effect, effect)));
  return new Set(rows.map((row) => row.uri));
};
/** Which of these are hidden here. */
export const hiddenAmong = (db: Reader, uris: string[]): Promise<Set<string>> => restrictedAmong(db, 'hidden', uris);
/** Which of these members of ours are limited. */
export const limitedAmong = (db: Reader, actors: string[]): Promise<Set<string>> =>
  restrictedAmong(db, 'limited', actors);
/** For a query of our listings: those of members who are not limited. */
export const ofNobodyLimited = (db: Reader): SQL => {
  const { listings, restrictions } = db.t;
  const limited = db.select({ uri: restrictions.uri }).from(restrictions).where(eq(restrictions.effect, 'limited'));
  return notInArray(listings.publisher, limited);
};

/** For a query of listings: those that this viewer may see. Limited members' are shown to members alone. */
export const unrestricted = (db: Reader, viewer: { member: boolean }): SQL | undefined => {
  const { listings, restrictions } = db.t;
  const hidden = db.select({ uri: restrictions.uri }).from(restrictions).where(eq(restrictions.effect, 'hidden'));
  const kept = viewer.member ? hidden : db.select({ uri: restrictions.uri }).from(restrictions);
  return and(sql`${listings.uri} NOT IN (${hidden})`, sql`${listings.publisher} NOT IN (${kept})`);
};

/** The same for one listing. */
export const isUnrestricted = async (
  db: Reader,
  viewer: { member: boolean },
  listing: { uri: string; publisher: string },
): Promise<boolean> => {
  const { restrictions } = db.t;
  const rows = await db
    .select()
    .from(restrictions)
    .where(inArray(restrictions.uri, [listing.uri, listing.publisher]));
  return !rows.some((row) => row.effect === 'hidden' || !viewer.member);
};
