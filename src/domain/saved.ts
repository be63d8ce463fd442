/** Listings that a member keeps to come back to. They stay as long as the listing is there. */
import { and, desc, eq, inArray, isNull, lt, notExists, or, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { ListingRow } from './listings.ts';
import { unrestricted } from './moderation/restrictions.ts';
import { type Result, fail, ok } from './types.ts';

/** More than anybody looks through; a program that keeps everything is stopped there. */
export const MAX_SAVED = 500;
/** States in which a listing is shown to others. */
const SHOWN = ['published', 'paused', 'closed'];

export type Saved = { listing: ListingRow; saved: Date };

/**
 * Keeps a listing for a member. Idempotent. @param listing its URI; whether they may see it is for the caller to know
 * @returns an error `saved.full` on `listing` when they have `MAX_SAVED` already
 */
export const saveListing = async (tx: Tx, now: Date, account: string, listing: string): Promise<Result<void>> => {
  const { saved } = tx.t;
  if ((await savedAmong(tx, account, [listing])).size > 0) return ok(undefined);
  if ((await tx.$count(saved, eq(saved.account, account))) >= MAX_SAVED)
    return fail({ field: 'listing', code: 'saved.full', params: { max: MAX_SAVED } });
  await tx.insert(saved).values({ account, listing, created: now }).onConflictDoNothing();
  return ok(undefined);
};

export const unsaveListing = async (tx: Tx, account: string, listing: string): Promise<void> => {
  await tx.delete(tx.t.saved).where(and(eq(tx.t.saved.account, account), eq(tx.t.saved.listing, listing)));
};

/** Which of these (by URI) has the member kept? */
export const savedAmong = async (db: Reader, account: string, listings: string[]): Promise<Set<string>> => {
  const { saved } = db.t;
  if (listings.length === 0) return new Set();
  const rows = await db
    .select({ listing: saved.listing })
    .from(saved)
    .where(and(eq(saved.account, account), inArray(saved.listing, listings)));
  return new Set(rows.map((row) => row.listing));
};

/**
 * What a member has kept and may still be seen, the newest first. @param before as the `saved` of the last one of the
 * page before
 */
export const savedOf = async (db: Reader, account: string, limit: number, before?: Date): Promise<Saved[]> => {
  const { saved, listings, peers, actors } = db.t;
  const active = db.select({ host: peers.host }).from(peers).where(eq(peers.state, 'active'));
  const rows = await db
    .select({ listing: listings, saved: saved.created })
    .from(saved)
    .innerJoin(listings, eq(listings.uri, saved.listing))
    .leftJoin(actors, eq(actors.uri, listings.publisher))
    .where(
      and(
        eq(saved.account, account),
        before === undefined ? undefined : lt(saved.created, before),
        inArray(listings.state, SHOWN),
        or(eq(listings.local, true), inArray(listings.host, active)),
        or(isNull(actors.suspended), eq(actors.suspended, false)),
        unrestricted(db, { member: true }),
      ),
    )
    .orderBy(desc(saved.created))
    .limit(limit);
  return rows;
};

/** Forgets what was kept and is gone, and whose member has left. */
export const sweepSaved = async (tx: Tx): Promise<void> => {
  const { saved, listings, accounts } = tx.t;
  await tx.delete(saved).where(
    or(
      notExists(
        tx
          .select({ one: sql`1` })
          .from(listings)
          .where(eq(listings.uri, saved.listing)),
      ),
      notExists(
        tx
          .select({ one: sql`1` })
          .from(accounts)
          .where(eq(accounts.id, saved.account)),
      ),
    ),
  );
};
