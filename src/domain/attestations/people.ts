/** Members of partners, as far as they are known here. */
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { ActorRow } from '../actors.ts';
import type { GuestRow } from '../identity/guests.ts';
import type { PeerRow } from '../peers.ts';

export type Foreigner = { actor: ActorRow; peer: PeerRow; session: GuestRow | undefined };

/** A member of an active partner, with their newest session here. @param host as it is stored */
export const findForeigner = async (db: Reader, handle: string, host: string): Promise<Foreigner | undefined> => {
  const { actors, peers, guests } = db.t;
  const [row] = await db
    .select({ actor: actors, peer: peers })
    .from(actors)
    .innerJoin(peers, eq(peers.host, actors.host))
    .where(
      and(
        eq(actors.host, host),
        eq(actors.handle, handle),
        eq(actors.kind, 'member'),
        eq(actors.local, false),
        eq(actors.suspended, false),
        isNull(actors.deleted),
        eq(peers.state, 'active'),
      ),
    )
    .limit(1);
  if (row === undefined) return undefined;
  const [session] = await db
    .select()
    .from(guests)
    .where(eq(guests.actor, row.actor.uri))
    .orderBy(desc(guests.created))
    .limit(1);
  return { ...row, session };
};

/** Has `author` written to `reader`? Who was only written to has shown nothing. */
export const hasWrittenTo = async (db: Reader, author: string, reader: string): Promise<boolean> => {
  const { conversations: c, messages: m } = db.t;
  const [first, second] = author < reader ? [author, reader] : [reader, author];
  const rows = await db
    .select({ id: m.id })
    .from(c)
    .innerJoin(m, eq(m.conversation, c.id))
    .where(and(eq(c.first, first), eq(c.second, second), eq(m.author, author)))
    .limit(1);
  return rows.length > 0;
};
