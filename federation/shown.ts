/** Which of our listed activities may still be read: what a listing said goes with the listing. */
import { type SQL, and, eq, exists, inArray, notExists, notInArray, or } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { ofNobodyLimited } from '#domain/moderation/restrictions.ts';

const WITH_CONTENT = ['Create', 'Update'];

/**
 * For a query of activities: a Create or Update holds all that its listing said, and is shown only while the listing
 * itself is shown to everybody. It stays in the table: whoever is still to get it gets it from there.
 */
export const stillShown = (db: Reader): SQL | undefined => {
  const { activities: a, actors, listings: l } = db.t;
  const suspended = db
    .select({ uri: actors.uri })
    .from(actors)
    .where(and(eq(actors.uri, l.publisher), eq(actors.suspended, true)));
  const listing = db
    .select({ row: l.row })
    .from(l)
    .where(
      and(
        eq(l.uri, a.object),
        eq(l.local, true),
        eq(l.audience, 'public'),
        inArray(l.state, ['published', 'paused', 'closed']),
        notExists(suspended),
        ofNobodyLimited(db),
      ),
    );
  return and(eq(a.listed, true), or(notInArray(a.type, WITH_CONTENT), exists(listing)));
};
