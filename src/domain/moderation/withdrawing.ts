/**
 * What a suspended member shares is withdrawn from partners and followers, and offered anew when the member is back, or
 * limited no longer.
 */
import { type SQL, and, eq, inArray, max, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announceAll } from '../announcements.ts';
import type { Site } from '../site.ts';

const sharedBy = (db: Reader, actor: string): SQL | undefined => {
  const { listings } = db.t;
  return and(
    eq(listings.publisher, actor),
    eq(listings.local, true),
    inArray(listings.state, ['published', 'paused', 'closed']),
    inArray(listings.audience, ['public', 'peers']),
  );
};

/** For a query of listings: of nobody who is suspended. */
export const ofNobodySuspended = (db: Reader): SQL => {
  const { actors, listings } = db.t;
  const suspended = db.select({ uri: actors.uri }).from(actors).where(eq(actors.suspended, true));
  return sql`${listings.publisher} NOT IN (${suspended})`;
};

export const withdrawListings = async (tx: Tx, site: Site, actor: string): Promise<void> => {
  const now = site.now();
  const { listings } = tx.t;
  const rows = await tx
    .select({ uri: listings.uri, proposalUri: listings.proposalUri, audience: listings.audience })
    .from(listings)
    .where(sharedBy(tx, actor));
  await announceAll(
    tx,
    now,
    rows.map((row) => ({
      type: 'listing.removed',
      actor,
      subject: row.uri,
      data: { proposalUri: row.proposalUri, audience: row.audience, deleted: now.toISOString() },
    })),
  );
};

/** @param since when they were withdrawn, or said to partners alone: a new version must be later, else the deletion stands before it */
export const offerListings = async (tx: Tx, site: Site, actor: string, since: Date): Promise<void> => {
  const { listings } = tx.t;
  const shared = sharedBy(tx, actor);
  const [newest] = await tx
    .select({ updated: max(listings.updated) })
    .from(listings)
    .where(shared);
  const updated = new Date(Math.max(site.now().getTime(), since.getTime() + 1, (newest?.updated?.getTime() ?? 0) + 1));
  const rows = await tx
    .update(listings)
    .set({ updated })
    .where(shared)
    .returning({ id: listings.id, uri: listings.uri, audience: listings.audience });
  await announceAll(
    tx,
    site.now(),
    rows.map((row) => ({
      type: 'listing.updated',
      actor,
      subject: row.id,
      data: { uri: row.uri, audience: row.audience },
    })),
  );
};
