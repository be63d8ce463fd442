/** Who follows whom, here and elsewhere. The same functions serve a press on "Follow" and a peer's activity. */
import { and, asc, desc, eq, gt, inArray, isNull, like, lt, ne, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { findActor } from './actors.ts';
import { announce } from './announcements.ts';
import { isShutOut } from './domain-rules.ts';
import { activityUri, hostOf, newId, nodeUri } from './ids.ts';
import { hasJoined } from './members.ts';
import type { Site } from './site.ts';
import { type Result, fail, ok } from './types.ts';

export type FollowRow = Reader['t']['follows']['$inferSelect'];

const RENEWED_AT_ONCE = 500;

/**
 * A member asks to follow an actor, of here or of elsewhere. Idempotent: an existing follow is given back.
 * @returns the follow; `accepted` at once when both are here; errors on `actor`: follows.self, discovery.blocked, and
 *   discovery.notFound for who has left, is suspended here or was not let in
 */
export const follow = async (
  tx: Tx,
  site: Site,
  follower: string,
  followed: { uri: string; local: boolean },
): Promise<Result<FollowRow>> => {
  if (follower === followed.uri) return fail({ field: 'actor', code: 'follows.self' });
  const host = hostOf(followed.uri);
  if (!followed.local && (await isShutOut(tx, host)))
    return fail({ field: 'actor', code: 'discovery.blocked', params: { host } });
  const [existing] = await tx
    .select()
    .from(tx.t.follows)
    .where(and(eq(tx.t.follows.follower, follower), eq(tx.t.follows.followed, followed.uri)))
    .limit(1);
  if (existing !== undefined && existing.state !== 'rejected') return ok(existing);
  if (!(await isThere(tx, followed.uri))) return fail({ field: 'actor', code: 'discovery.notFound', params: { host } });
  const now = site.now();
  if (existing !== undefined) await tx.delete(tx.t.follows).where(eq(tx.t.follows.id, existing.id));
  const id = newId();
  const [row] = await tx
    .insert(tx.t.follows)
    .values({
      id,
      uri: activityUri(follower, id),
      follower,
      followed: followed.uri,
      state: followed.local ? 'accepted' : 'pending',
      created: now,
      updated: now,
    })
    .returning();
  if (!followed.local) {
    await announce(
      tx,
      now,
      { type: 'follow.requested', actor: follower, subject: followed.uri, data: { followUri: row!.uri } },
      id,
    );
  }
  return ok(row!);
};

/** Whoever has no page here is not followed either. Of whom nothing is known here, only their own server can say. */
const isThere = async (db: Reader, uri: string): Promise<boolean> => {
  const actor = await findActor(db, uri);
  if (actor === undefined) return true;
  if (actor.deleted !== null) return false;
  return !actor.local || (!actor.suspended && (await hasJoined(db, actor)));
};

/** A member stops following. @returns whether there was anything to stop */
export const unfollow = async (tx: Tx, site: Site, follower: string, followId: string): Promise<boolean> => {
  const [row] = await tx
    .delete(tx.t.follows)
    .where(and(eq(tx.t.follows.id, followId), eq(tx.t.follows.follower, follower)))
    .returning();
  if (row === undefined) return false;
  if (!row.followed.startsWith(`${site.origin}/`)) {
    await announce(tx, site.now(), {
      type: 'follow.withdrawn',
      actor: follower,
      subject: row.followed,
      data: { followUri: row.uri },
    });
  }
  return true;
};

/**
 * Somebody elsewhere asks to follow one of ours. Accepted at once (members, cooperative, communities), and told.
 * A repeated Follow is answered again: its sender may have lost the first answer.
 */
export const acceptFollower = async (
  tx: Tx,
  site: Site,
  follower: string,
  followed: string,
  followUri: string,
): Promise<void> => {
  const now = site.now();
  await tx
    .insert(tx.t.follows)
    .values({ id: newId(), uri: followUri, follower, followed, state: 'accepted', created: now, updated: now })
    .onConflictDoUpdate({
      target: [tx.t.follows.follower, tx.t.follows.followed],
      set: { state: 'accepted', uri: followUri, updated: now },
    });
  await announce(tx, now, { type: 'follow.accepted', actor: followed, subject: follower, data: { followUri } });
};

/** Refuses a Follow from elsewhere, and says so. */
export const rejectFollower = async (
  tx: Tx,
  site: Site,
  follower: string,
  followed: string,
  followUri: string,
): Promise<void> => {
  await tx.delete(tx.t.follows).where(and(eq(tx.t.follows.follower, follower), eq(tx.t.follows.followed, followed)));
  await announce(tx, site.now(), { type: 'follow.rejected', actor: followed, subject: follower, data: { followUri } });
};

/** The follower took its Follow back. Matched on the pair: some servers re-make the Follow with another id. */
export const removeFollower = async (tx: Tx, follower: string, followed: string): Promise<boolean> => {
  const rows = await tx
    .delete(tx.t.follows)
    .where(and(eq(tx.t.follows.follower, follower), eq(tx.t.follows.followed, followed)))
    .returning({ id: tx.t.follows.id });
  return rows.length > 0;
};

/** The other side answered our member's Follow. Matched on (follower, followed), not on the Follow's id alone. */
export const answerFollow = async (
  tx: Tx,
  now: Date,
  follower: string,
  followed: string,
  state: 'accepted' | 'rejected',
): Promise<boolean> => {
  const rows = await tx
    .update(tx.t.follows)
    .set({ state, updated: now })
    .where(and(eq(tx.t.follows.follower, follower), eq(tx.t.follows.followed, followed)))
    .returning({ id: tx.t.follows.id });
  return rows.length > 0;
};

/** Whom an actor follows, newest first. @param before `created` of the last one shown */
export const followsOf = async (db: Reader, follower: string, limit: number, before?: Date): Promise<FollowRow[]> =>
  db
    .select()
    .from(db.t.follows)
    .where(
      and(eq(db.t.follows.follower, follower), before === undefined ? undefined : lt(db.t.follows.created, before)),
    )
    .orderBy(desc(db.t.follows.created))
    .limit(limit);

/** Which of these an actor follows, in whatever state. */
export const followedAmong = async (db: Reader, follower: string, uris: string[]): Promise<Set<string>> => {
  if (uris.length === 0) return new Set();
  const { follows } = db.t;
  const rows = await db
    .select({ followed: follows.followed })
    .from(follows)
    .where(and(eq(follows.follower, follower), inArray(follows.followed, uris)));
  return new Set(rows.map((row) => row.followed));
};

/** Does one follow the other, or wait for the answer? */
export const isFollowing = async (db: Reader, follower: string, followed: string): Promise<boolean> => {
  const { follows } = db.t;
  const found = and(eq(follows.follower, follower), eq(follows.followed, followed), ne(follows.state, 'rejected'));
  return (await db.$count(follows, found)) > 0;
};

/** How many follow an actor, and how many it follows. */
export const countFollows = async (db: Reader, actor: string): Promise<{ followers: number; following: number }> => {
  const { follows } = db.t;
  const count = async (column: typeof follows.follower | typeof follows.followed): Promise<number> => {
    const [row] = await db
      .select({ n: sql<number>`count(*)` })
      .from(follows)
      .where(and(eq(column, actor), eq(follows.state, 'accepted')));
    return Number(row?.n ?? 0);
  };
  return { followers: await count(follows.followed), following: await count(follows.follower) };
};

/**
 * Does anybody here listen to this actor: a member who follows it, or the node itself (peering)?
 * Public notes of actors whom nobody follows are not stored.
 */
export const isFollowed = async (db: Reader, site: Site, actor: string): Promise<boolean> => {
  const [row] = await db
    .select({ id: db.t.follows.id })
    .from(db.t.follows)
    .where(and(eq(db.t.follows.followed, actor), sql`${db.t.follows.follower} <> ${nodeUri(site)}`))
    .limit(1);
  return row !== undefined;
};

/** Follows by members of here of actors elsewhere, whose server is to know of them. */
const elsewhere = (db: Reader, site: Site, host?: string) => {
  const { follows, actors } = db.t;
  const there = db
    .select({ uri: actors.uri })
    .from(actors)
    .where(
      and(eq(actors.local, false), isNull(actors.deleted), host === undefined ? undefined : eq(actors.host, host)),
    );
  return and(
    like(follows.follower, `${site.origin}/users/%`),
    inArray(follows.state, ['pending', 'accepted']),
    inArray(follows.followed, there),
  );
};

export const countFollowsElsewhere = async (db: Reader, site: Site): Promise<number> =>
  db.$count(db.t.follows, elsewhere(db, site));

/**
 * Asks again for what members of here follow elsewhere, each by a Follow with a new id: the old one may have been
 * received and answered, and would be passed over. Meanwhile they count as they did.
 * @param host only actors there; everywhere if absent
 */
export const renewFollows = async (tx: Tx, site: Site, host?: string): Promise<number> => {
  const { follows, announcements } = tx.t;
  const now = site.now();
  let [after, count] = ['', 0];
  for (;;) {
    const rows = await tx
      .select()
      .from(follows)
      .where(and(elsewhere(tx, site, host), gt(follows.id, after)))
      .orderBy(asc(follows.id))
      .limit(RENEWED_AT_ONCE);
    if (rows.length === 0) return count;
    const renewed = rows.map((row) => {
      const announcement = newId();
      return { announcement, row: { ...row, uri: activityUri(row.follower, announcement), updated: now } };
    });
    await tx
      .insert(follows)
      .values(renewed.map(({ row }) => row))
      .onConflictDoUpdate({ target: follows.id, set: { uri: sql`excluded.uri`, updated: now } });
    await tx.insert(announcements).values(
      renewed.map(({ announcement, row }) => ({
        id: announcement,
        type: 'follow.requested',
        actor: row.follower,
        subject: row.followed,
        data: { followUri: row.uri },
        state: 'waiting',
        created: now,
      })),
    );
    count += rows.length;
    after = rows.at(-1)!.id;
  }
};
