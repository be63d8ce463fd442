/** What somebody who left had said: it stands once more in what was sent, and in letters that wait for them. */
import { and, asc, eq, exists, inArray, isNotNull, not, notInArray, sql } from 'drizzle-orm';
import type { Database, Tx } from '#db/database.ts';
import type { AccountRow } from '../sessions.ts';
import { rememberInboxes } from './heard.ts';

const AT_ONCE = 200;
/** These say that something is gone, and nothing else; some still wait to be sent. */
const FAREWELLS = ['Delete', 'Undo'];

/**
 * Removes what members who left had sent: their names, texts and messages stand in it as they were. Whom it went to is
 * remembered first, for it is they who are told. What still waits to be sent goes later.
 * @param stop ends it early, between two batches
 */
export const eraseSaid = async (db: Database, stop?: AbortSignal): Promise<void> => {
  while (stop?.aborted !== true) if ((await db.write(eraseSome)) < AT_ONCE) return;
};

const eraseSome = async (tx: Tx): Promise<number> => {
  const { activities: a, actors, deliveries: d } = tx.t;
  const gone = tx
    .select({ uri: actors.uri })
    .from(actors)
    .where(and(eq(actors.local, true), isNotNull(actors.deleted)));
  const rows = await tx
    .select({ row: a.row, uri: a.uri })
    .from(a)
    .where(
      and(
        inArray(a.actor, gone),
        notInArray(a.type, FAREWELLS),
        not(
          exists(
            tx
              .select({ row: d.row })
              .from(d)
              .where(and(eq(d.activity, a.uri), eq(d.state, 'waiting'))),
          ),
        ),
      ),
    )
    .orderBy(asc(a.row))
    .limit(AT_ONCE);
  if (rows.length === 0) return 0;
  const uris = rows.map((one) => one.uri);
  const sent = (await tx.select({ row: d.row }).from(d).where(inArray(d.activity, uris)).limit(100_000)).map(
    (one) => one.row,
  );
  for (let from = 0; from < sent.length; from += AT_ONCE) {
    const some = sent.slice(from, from + AT_ONCE);
    await rememberInboxes(tx, some);
    await tx.delete(d).where(inArray(d.row, some));
  }
  await tx.delete(a).where(
    inArray(
      a.row,
      rows.map((one) => one.row),
    ),
  );
  return rows.length;
};

/** Letters that nobody will read any more, and links that were sent to this address. To be called before the last letter is written. */
export const dropLetters = async (tx: Tx, account: Pick<AccountRow, 'email'>): Promise<void> => {
  const { jobs } = tx.t;
  await tx.delete(jobs).where(and(eq(jobs.type, 'mail'), sql`lower(${jobs.data} ->> 'to') = lower(${account.email})`));
};
