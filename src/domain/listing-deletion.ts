/** Listings that go for good: what hangs on them goes too, a tombstone stays, and whoever had them is told. */
import { eq, inArray } from 'drizzle-orm';
import { unindexWords } from '#db/queries/search.ts';
import type { Reader, Tx } from '#db/database.ts';
import { announceAll } from './announcements.ts';
import { dropHalves } from './hidden-halves.ts';
import { type ListingRow, later, removal } from './listings.ts';
import type { Site } from './site.ts';

/** Was there a listing of ours by this URI, that was deleted? It cannot come back. */
export const wasDeleted = async (db: Reader, uri: string): Promise<boolean> =>
  (await db.$count(db.t.tombstones, eq(db.t.tombstones.uri, uri))) > 0;

/** Deletes a listing for good: a tombstone stays, so that it answers 410 and cannot come back. */
export const deleteListing = (tx: Tx, site: Site, listing: ListingRow): Promise<void> =>
  deleteListings(tx, site, [listing]);

/** The same for many, in chunks: an engine takes only so many parameters in one statement. */
export const deleteListings = async (tx: Tx, site: Site, all: ListingRow[]): Promise<void> => {
  const { listings, pictures, stream, tombstones } = tx.t;
  for (let from = 0; from < all.length; from += 200) {
    const rows = all.slice(from, from + 200);
    const uris = rows.map((row) => row.uri);
    await unindexWords(
      tx,
      rows.map((row) => row.row),
    );
    await tx.delete(listings).where(
      inArray(
        listings.row,
        rows.map((row) => row.row),
      ),
    );
    await dropHalves(
      tx,
      rows.map((row) => row.id),
    );
    await tx.delete(stream).where(inArray(stream.object, uris));
    await tx
      .update(pictures)
      .set({ listing: null })
      .where(
        inArray(
          pictures.listing,
          rows.map((row) => row.id),
        ),
      );
    await tx
      .insert(tombstones)
      .values(
        rows.flatMap((row) =>
          [row.uri, row.proposalUri].map((uri) => ({
            uri,
            owner: row.publisher,
            local: true,
            deleted: later(site, row),
          })),
        ),
      )
      .onConflictDoNothing();
    await announceAll(
      tx,
      site.now(),
      rows.filter((row) => !['draft', 'removed'].includes(row.state)).map((row) => removal(later(site, row), row)),
    );
  }
};
