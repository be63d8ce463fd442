/** Members of here who follow somebody who has moved follow the new address, and are told. */
import { type SQL, and, asc, desc, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { findActor } from '../actors.ts';
import { announceAll } from '../announcements.ts';
import { isShutOut } from '../domain-rules.ts';
import { activityUri, hostOf, newId } from '../ids.ts';
import { queueLetters } from '../mail.ts';
import { findPeerByHost } from '../peers.ts';
import type { Site } from '../site.ts';
import type { MoveRow } from './moves.ts';

const AT_ONCE = 100;
/** Shown on one page; the rest comes when these have been seen. */
const SHOWN = 20;

/** Members of here, in good standing or not, who follow this actor. */
const followersHere = (db: Reader, followed: string) => {
  const { actors, follows } = db.t;
  return and(
    eq(follows.followed, followed),
    inArray(follows.state, ['accepted', 'pending']),
    inArray(
      follows.follower,
      db
        .select({ uri: actors.uri })
        .from(actors)
        .where(and(eq(actors.local, true), eq(actors.kind, 'member'))),
    ),
  );
};

/** Does any member here follow this actor? */
export const isFollowedHere = async (db: Reader, actor: string): Promise<boolean> => {
  const [row] = await db.select({ id: db.t.follows.id }).from(db.t.follows).where(followersHere(db, actor)).limit(1);
  return row !== undefined;
};

/** Is nobody sent to this server: it is shut out, or the partnership with it was ended? */
export const isNoGoal = async (db: Reader, host: string): Promise<boolean> =>
  (await isShutOut(db, host)) || (await findPeerByHost(db, host))?.state === 'cut';

/** As far as it is known here: not closed, and not suspended meanwhile. */
const isGoal = async (db: Reader, uri: string): Promise<boolean> => {
  const target = await findActor(db, uri);
  return target === undefined || (target.deleted === null && !target.suspended);
};

/**
 * Where somebody of here or elsewhere went, for those who write with them.
 * @returns undefined if nothing is known of it, they came back or left there, too, or nobody is sent there from here
 */
export const whereTo = async (db: Reader, site: Site, actor: string): Promise<MoveRow | undefined> => {
  const { moves } = db.t;
  const lastOf = async (...where: SQL[]): Promise<MoveRow | undefined> =>
    (
      await db
        .select()
        .from(moves)
        .where(and(isNull(moves.undone), ...where))
        .orderBy(desc(moves.created))
        .limit(1)
    )[0];
  const move = await lastOf(eq(moves.actor, actor));
  if (move === undefined) return undefined;
  const back = await lastOf(eq(moves.actor, move.target), eq(moves.target, actor), gt(moves.created, move.created));
  if (back !== undefined || !(await isGoal(db, move.target))) return undefined;
  const host = hostOf(move.target);
  return host !== site.host && (await isNoGoal(db, host)) ? undefined : move;
};

/**
 * Brings followers over, a hundred to a transaction; each transaction takes those who are left, so it may be broken off
 * anywhere and done again.
 */
export const followOn = async (
  db: Database,
  site: Site,
  moveId: string,
  stop?: AbortSignal,
): Promise<'done' | 'returned'> => {
  const [move] = await db.read.select().from(db.read.t.moves).where(eq(db.read.t.moves.id, moveId)).limit(1);
  if (move === undefined || move.undone !== null) return 'done';
  for (;;) {
    if (stop?.aborted === true) return 'returned';
    // A rule may have been added meanwhile.
    if (hostOf(move.target) !== site.host && (await isNoGoal(db.read, hostOf(move.target)))) return 'done';
    if ((await db.write((tx) => bringOver(tx, site, move))) < AT_ONCE) return 'done';
  }
};

const bringOver = async (tx: Tx, site: Site, move: MoveRow): Promise<number> => {
  const { follows, movedFollows } = tx.t;
  const now = site.now();
  const target = await findActor(tx, move.target);
  // Who follows the old address keeps that.
  if (!(await isGoal(tx, move.target))) return 0;
  const rows = await tx
    .select()
    .from(follows)
    .where(followersHere(tx, move.actor))
    .orderBy(asc(follows.id))
    .limit(AT_ONCE);
  if (rows.length === 0) return 0;
  const followers = rows.map((row) => row.follower);
  // Also whom the new address has turned away: nobody is asked again who has said no.
  const before = await tx
    .select({ follower: follows.follower })
    .from(follows)
    .where(and(eq(follows.followed, move.target), inArray(follows.follower, followers)));
  const already = new Set(before.map((row) => row.follower));
  const local = target?.local === true;
  const fresh = followers
    .filter((follower) => !already.has(follower) && follower !== move.target)
    .map((follower) => ({ id: newId(), follower }));
  if (fresh.length > 0)
    await tx
      .insert(follows)
      .values(
        fresh.map(({ id, follower }) => ({
          id,
          uri: activityUri(follower, id),
          follower,
          followed: move.target,
          state: local ? 'accepted' : 'pending',
          created: now,
          updated: now,
        })),
      )
      .onConflictDoNothing();
  if (!local && fresh.length > 0)
    await tx.insert(tx.t.announcements).values(
      fresh.map(({ id, follower }) => ({
        id,
        type: 'follow.requested',
        actor: follower,
        subject: move.target,
        data: { followUri: activityUri(follower, id) },
        state: 'waiting',
        created: now,
      })),
    );
  await tx.delete(follows).where(
    inArray(
      follows.id,
      rows.map((row) => row.id),
    ),
  );
  if (!move.actor.startsWith(`${site.origin}/`))
    await announceAll(
      tx,
      now,
      rows.map((row) => ({
        type: 'follow.withdrawn',
        actor: row.follower,
        subject: row.followed,
        data: { followUri: row.uri },
      })),
    );
  const told = await tx
    .insert(movedFollows)
    .values(followers.map((follower) => ({ follower, move: move.id, created: now })))
    .onConflictDoNothing()
    .returning({ follower: movedFollows.follower });
  await writeTo(
    tx,
    site,
    move,
    told.map((row) => row.follower),
  );
  return rows.length;
};

/** One letter to each who wants letters. @param followers a hundred at most */
const writeTo = async (tx: Tx, site: Site, move: MoveRow, followers: string[]): Promise<void> => {
  const { accounts } = tx.t;
  const wanting = await tx
    .select({ handle: accounts.handle, email: accounts.email, locale: accounts.locale })
    .from(accounts)
    .where(and(inArray(accounts.actor, followers), eq(accounts.state, 'active'), eq(accounts.mailMessages, true)));
  const who = (await findActor(tx, move.actor))?.name || move.handle;
  await queueLetters(
    tx,
    site.now(),
    wanting.map(({ handle, email, locale }) => ({
      to: email,
      locale,
      name: 'theyMoved',
      params: { name: handle, who, to: move.handle, link: `${site.origin}/follows` },
    })),
  );
};

/** Of whom a member has not seen yet that they moved. */
export const unseenMoves = async (db: Reader, follower: string): Promise<(MoveRow & { name: string | null })[]> => {
  const { actors, movedFollows, moves } = db.t;
  const rows = await db
    .select({ move: moves, name: actors.name })
    .from(movedFollows)
    .innerJoin(moves, eq(moves.id, movedFollows.move))
    .leftJoin(actors, eq(actors.uri, moves.target))
    .where(
      and(
        eq(movedFollows.follower, follower),
        // Who has left since, or is suspended, is named no more.
        isNull(actors.deleted),
        or(isNull(actors.suspended), eq(actors.suspended, false)),
      ),
    )
    .orderBy(desc(movedFollows.created))
    .limit(SHOWN);
  return rows.map(({ move, name }) => ({ ...move, name }));
};

/** The member has seen it. */
export const seeMove = async (tx: Tx, follower: string, move: string): Promise<void> => {
  const { movedFollows } = tx.t;
  await tx.delete(movedFollows).where(and(eq(movedFollows.follower, follower), eq(movedFollows.move, move)));
};
