/**
 * Every inbox that something of a member was ever sent to: who may hold something of theirs. What was sent lately stands
 * in the deliveries; when those rows are cleaned up, what they say of it goes into a small table and stays.
 */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export type Inbox = { inbox: string; host: string };

const MOST = 50_000;
/** Rows that one statement may insert. */
const AT_ONCE = 200;

/** @returns the actor whose item, proposal or message this is, if its address says so */
const ownerOf = (object: string): string | undefined =>
  /^(https?:\/\/[^/]+\/users\/[^/]+)\/[a-z]+\/[^/]+$/.exec(object)?.[1];

/** These deliveries are about to be forgotten: not to whom they went. */
export const rememberInboxes = async (tx: Tx, deliveries: number[]): Promise<void> => {
  const { activities: a, deliveries: d, heard } = tx.t;
  if (deliveries.length === 0) return;
  const rows = await tx
    .select({ inbox: d.inbox, host: d.host, last: d.created, actor: a.actor, object: a.object })
    .from(d)
    .innerJoin(a, eq(a.uri, d.activity))
    .where(inArray(d.row, deliveries));
  const latest = new Map<string, typeof heard.$inferInsert>();
  for (const { inbox, host, last, actor, object } of rows) {
    // What the cooperative passes on is its member's, too.
    const owner = ownerOf(object);
    for (const one of new Set([actor, owner ?? actor])) {
      const key = `${one} ${inbox}`;
      const before = latest.get(key);
      if (before === undefined || before.last < last) latest.set(key, { actor: one, inbox, host, last });
    }
  }
  const all = [...latest.values()];
  for (let from = 0; from < all.length; from += AT_ONCE)
    await tx
      .insert(heard)
      .values(all.slice(from, from + AT_ONCE))
      .onConflictDoUpdate({
        target: [heard.actor, heard.inbox],
        set: { last: sql`excluded.last`, host: sql`excluded.host` },
      });
};

/**
 * @param cooperative URI of the actor that passes on what members publish
 * @returns every inbox that something of this actor was ever sent to, by itself or by its cooperative
 */
export const everSentTo = async (db: Reader, actor: string, cooperative: string): Promise<Inbox[]> => {
  const { activities: a, deliveries: d, heard } = db.t;
  const own = `${actor}/`;
  const sent = await db
    .selectDistinct({ inbox: d.inbox, host: d.host })
    .from(d)
    .innerJoin(a, eq(a.uri, d.activity))
    .where(eq(a.actor, actor))
    .limit(MOST);
  const passedOn = await db
    .selectDistinct({ inbox: d.inbox, host: d.host })
    .from(d)
    .innerJoin(a, eq(a.uri, d.activity))
    .where(and(eq(a.actor, cooperative), sql`substr(${a.object}, 1, ${own.length}) = ${own}`))
    .limit(MOST);
  // Last: what goes from the deliveries meanwhile stands here by then.
  const known = await db
    .select({ inbox: heard.inbox, host: heard.host })
    .from(heard)
    .where(eq(heard.actor, actor))
    .limit(MOST);
  return [...new Map([...known, ...sent, ...passedOn].map((one) => [one.inbox, one])).values()];
};
