/**
 * A member's address changes: what they say of their other addresses (`alsoKnownAs`), and the signpost to the new one
 * (`movedTo`). Both ends have to say it, each by its own member: neither alone sends anybody anywhere.
 */
import { and, asc, desc, eq, gt, inArray, isNull, lt, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { updateActor } from '../actors.ts';
import { announce } from '../announcements.ts';
import { isShutOut } from '../domain-rules.ts';
import { hostOf, newId } from '../ids.ts';
import { enqueueJob } from '../jobs.ts';
import { moveListing } from '../listings.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { type Result, fail, ok } from '../types.ts';

export type MoveRow = Reader['t']['moves']['$inferSelect'];
export type AliasRow = Reader['t']['aliases']['$inferSelect'];

/** An address elsewhere as its own server describes it just now. */
export type Elsewhere = { uri: string; handle: string; url: string; alsoKnownAs: string[]; movedTo?: string };

const MAX_ALIASES = 10;
const DAY_MS = 86_400_000;
/** Between two moves of one account: who follows it is not to be sent about, and nobody moves house more often. */
export const REST_MS = 7 * DAY_MS;
/** Moves of others are known so long: a copy of the activity is known by the journal, what is older changes nothing. */
const KEPT_MS = 90 * DAY_MS;

export const aliasesOf = (db: Reader, actor: string): Promise<AliasRow[]> =>
  Promise.resolve(
    db
      .select()
      .from(db.t.aliases)
      .where(eq(db.t.aliases.actor, actor))
      .orderBy(asc(db.t.aliases.created))
      .limit(MAX_ALIASES),
  );

/** @returns errors on `actor`: moving.same, moving.tooManyAliases */
export const addAlias = async (
  tx: Tx,
  site: Site,
  actor: string,
  other: Pick<Elsewhere, 'uri' | 'handle'>,
): Promise<Result<void>> => {
  if (other.uri === actor) return fail({ field: 'actor', code: 'moving.same' });
  const known = await aliasesOf(tx, actor);
  if (known.some((one) => one.uri === other.uri)) return ok(undefined);
  if (known.length >= MAX_ALIASES)
    return fail({ field: 'actor', code: 'moving.tooManyAliases', params: { max: MAX_ALIASES } });
  await tx
    .insert(tx.t.aliases)
    .values({ actor, uri: other.uri, handle: other.handle, created: site.now() })
    .onConflictDoNothing();
  await updateActor(tx, site, actor, {});
  return ok(undefined);
};

export const removeAlias = async (tx: Tx, site: Site, actor: string, uri: string): Promise<boolean> => {
  const gone = await tx
    .delete(tx.t.aliases)
    .where(and(eq(tx.t.aliases.actor, actor), eq(tx.t.aliases.uri, uri)))
    .returning({ uri: tx.t.aliases.uri });
  if (gone.length > 0) await updateActor(tx, site, actor, {});
  return gone.length > 0;
};

/** Where an actor of here has gone, if it has. */
export const moveOf = async (db: Reader, actor: string): Promise<MoveRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.moves)
    .where(and(eq(db.t.moves.actor, actor), eq(db.t.moves.local, true), isNull(db.t.moves.undone)))
    .orderBy(desc(db.t.moves.created))
    .limit(1);
  return row;
};

/** The last move of an actor within the rest, also one that was undone. */
export const recentMove = async (db: Reader, now: Date, actor: string): Promise<MoveRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.moves)
    .where(and(eq(db.t.moves.actor, actor), gt(db.t.moves.created, new Date(now.getTime() - REST_MS))))
    .orderBy(desc(db.t.moves.created))
    .limit(1);
  return row;
};

/** When this account may be moved again; undefined = now. */
export const nextMove = async (db: Reader, now: Date, actor: string): Promise<Date | undefined> => {
  const last = await recentMove(db, now, actor);
  return last === undefined ? undefined : new Date(last.created.getTime() + REST_MS);
};

/**
 * A member moves to another address: the signpost is put up, whoever follows them is told, and their listings here are
 * paused if they want it. Nothing is deleted.
 * @param to as the new address's own server describes it
 * @returns errors on `target`: moving.same, moving.noBackLink, moving.onward, moving.tooSoon, discovery.blocked
 */
export const moveAway = async (
  tx: Tx,
  site: Site,
  account: Pick<AccountRow, 'actor'>,
  to: Elsewhere,
  options: { pause: boolean },
): Promise<Result<MoveRow>> => {
  const { actor } = account;
  const now = site.now();
  if (to.uri === actor || hostOf(to.uri) === site.host) return fail({ field: 'target', code: 'moving.same' });
  if (await isShutOut(tx, hostOf(to.uri)))
    return fail({ field: 'target', code: 'discovery.blocked', params: { host: hostOf(to.uri) } });
  if (!to.alsoKnownAs.includes(actor))
    return fail({ field: 'target', code: 'moving.noBackLink', params: { handle: to.handle, actor } });
  if (to.movedTo !== undefined) return fail({ field: 'target', code: 'moving.onward', params: { handle: to.handle } });
  const next = await nextMove(tx, now, actor);
  if (next !== undefined)
    return fail({ field: 'target', code: 'moving.tooSoon', params: { day: next.toISOString().slice(0, 10) } });
  // One signpost at a time.
  await tx
    .update(tx.t.moves)
    .set({ undone: now })
    .where(and(eq(tx.t.moves.actor, actor), eq(tx.t.moves.local, true), isNull(tx.t.moves.undone)));
  const [row] = await tx
    .insert(tx.t.moves)
    .values({ id: newId(), actor, target: to.uri, handle: to.handle, url: to.url, local: true, created: now })
    .returning();
  // The actor first: whoever reads the Move looks whether it says so.
  await updateActor(tx, site, actor, {});
  await announce(tx, now, { type: 'actor.moved', actor, subject: to.uri });
  await enqueueJob(tx, now, 'followOn', { move: row!.id }, `follow on ${row!.id}`);
  if (options.pause) await pauseListings(tx, site, actor);
  return ok(row!);
};

const pauseListings = async (tx: Tx, site: Site, actor: string): Promise<void> => {
  const { listings } = tx.t;
  const rows = await tx
    .select()
    .from(listings)
    .where(and(eq(listings.publisher, actor), eq(listings.local, true), eq(listings.state, 'published')));
  for (const row of rows) await moveListing(tx, site, row, 'paused');
};

/** Takes the signpost away. Who has followed to the new address stays there. */
export const undoMove = async (tx: Tx, site: Site, actor: string): Promise<boolean> => {
  const rows = await tx
    .update(tx.t.moves)
    .set({ undone: site.now() })
    .where(and(eq(tx.t.moves.actor, actor), eq(tx.t.moves.local, true), isNull(tx.t.moves.undone)))
    .returning({ id: tx.t.moves.id });
  if (rows.length > 0) await updateActor(tx, site, actor, {});
  return rows.length > 0;
};

/** Somebody elsewhere, whom members of here follow, has moved: both ends have been asked. */
export const noteMove = async (
  tx: Tx,
  now: Date,
  move: Pick<MoveRow, 'actor' | 'target' | 'handle' | 'url'>,
): Promise<void> => {
  const id = newId();
  await tx.insert(tx.t.moves).values({ ...move, id, local: false, created: now });
  await enqueueJob(tx, now, 'followOn', { move: id }, `follow on ${id}`);
};

/** An account is closed: nothing that says where it went or came from stays. */
export const forgetMoves = async (tx: Tx, actor: string): Promise<void> => {
  const { aliases, movedFollows, moves } = tx.t;
  await tx.delete(aliases).where(eq(aliases.actor, actor));
  // Of others' moves those that led here, with the notices of them.
  const gone = or(and(eq(moves.actor, actor), eq(moves.local, true)), eq(moves.target, actor));
  await tx
    .delete(movedFollows)
    .where(
      or(
        eq(movedFollows.follower, actor),
        inArray(movedFollows.move, tx.select({ id: moves.id }).from(moves).where(gone)),
      ),
    );
  await tx.delete(moves).where(gone);
};

/** Removes what is known of others' moves, and of signposts that were taken away, when it is old. */
export const sweepMoves = async (tx: Tx, now: Date): Promise<void> => {
  const { movedFollows, moves } = tx.t;
  const before = new Date(now.getTime() - KEPT_MS);
  await tx.delete(movedFollows).where(lt(movedFollows.created, before));
  await tx.delete(moves).where(and(lt(moves.created, before), or(eq(moves.local, false), lt(moves.undone, before))));
};
