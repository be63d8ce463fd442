/** What a member's home shows: everything that those whom they follow published or announced, newest first. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { isUnderRule, readRuleSets } from './domain-rules.ts';
import { followedAmong } from './follows.ts';
import type { ListingRow } from './listings.ts';
import { hiddenAmong } from './moderation/restrictions.ts';

export type PostRow = Reader['t']['posts']['$inferSelect'];
type ActorRow = Reader['t']['actors']['$inferSelect'];

/** One line: who brought it here, when, and the listing or post itself. */
export type StreamItem = { row: number; published: Date; by: ActorRow; author?: ActorRow } & (
  | { listing: ListingRow }
  | { post: PostRow }
);

/**
 * One page of a follower's stream, each object once (the newest of its lines).
 * @param cursor as given by the page before
 */
export const streamOf = async (
  db: Reader,
  follower: string,
  limit: number,
  cursor?: string,
): Promise<{ items: StreamItem[]; next?: string }> => {
  const { stream, follows, listings, posts, actors } = db.t;
  const from = /^(\d{1,15})-(\d{1,15})$/.exec(cursor ?? '');
  const followed = db
    .select({ uri: follows.followed })
    .from(follows)
    .where(and(eq(follows.follower, follower), eq(follows.state, 'accepted')));
  const lines = await db
    .select()
    .from(stream)
    .where(
      and(
        inArray(stream.actor, followed),
        from === null
          ? undefined
          : sql`(${stream.published}, ${stream.row}) < (${sql.param(new Date(Number(from[1])), stream.published)}, ${Number(from[2])})`,
      ),
    )
    .orderBy(desc(stream.published), desc(stream.row))
    .limit(limit + 1);
  const page = lines.slice(0, limit);
  const objects = page.map((line) => line.object);
  if (objects.length === 0) return { items: [] };
  const found = await db
    .select()
    .from(listings)
    .where(and(inArray(listings.uri, objects), eq(listings.state, 'published')));
  const notes = await db.select().from(posts).where(inArray(posts.uri, objects));
  const people = await db
    .select()
    .from(actors)
    .where(
      inArray(actors.uri, [
        ...new Set([...page.map((l) => l.actor), ...found.map((l) => l.publisher), ...notes.map((n) => n.author)]),
      ]),
    );
  const concealed = await hiddenAmong(db, [...objects, ...people.map((one) => one.uri)]);
  const rules = await readRuleSets(db);
  const under = (which: keyof typeof rules): string[] =>
    people.filter((one) => isUnderRule(one.host, rules[which])).map((one) => one.uri);
  // Who is hidden is shown to those who follow them, and not because others pass them on.
  const hidden = under('hidden');
  const wanted = await followedAmong(db, follower, hidden);
  const shutOut = new Set([...under('suspended'), ...hidden.filter((uri) => !wanted.has(uri))]);
  const actorOf = new Map(people.map((actor) => [actor.uri, actor]));
  const listingOf = new Map(found.map((listing) => [listing.uri, listing]));
  const postOf = new Map(notes.map((post) => [post.uri, post]));
  const seen = new Set<string>();
  const items = page.flatMap((line): StreamItem[] => {
    const by = actorOf.get(line.actor);
    const listing = listingOf.get(line.object);
    const post = postOf.get(line.object);
    const from = listing?.publisher ?? post?.author ?? '';
    // Nothing of a blocked server, and nothing that a moderator hides, whoever passed it on.
    if (by === undefined || shutOut.has(line.actor) || shutOut.has(from) || seen.has(line.object)) return [];
    if ([line.object, line.actor, from].some((uri) => concealed.has(uri))) return [];
    seen.add(line.object);
    const author = actorOf.get(from);
    const head = { row: line.row, published: line.published, by, ...(author === undefined ? {} : { author }) };
    if (listing !== undefined) return [{ ...head, listing }];
    return post === undefined ? [] : [{ ...head, post }];
  });
  const last = page.at(-1);
  return lines.length > limit && last !== undefined
    ? { items, next: `${last.published.getTime()}-${last.row}` }
    : { items };
};

/** Notes that an actor announced (boosted) something that is stored here. */
export const streamAnnounced = async (tx: Tx, actor: string, object: string, published: Date): Promise<void> => {
  await tx.insert(tx.t.stream).values({ actor, object, type: 'announce', published }).onConflictDoNothing();
};

/** Stores a followed actor's public note, the newest version of it. */
export const storePost = async (tx: Tx, post: PostRow): Promise<'created' | 'updated' | 'nothing'> => {
  const { posts, stream, tombstones } = tx.t;
  const [grave] = await tx.select().from(tombstones).where(eq(tombstones.uri, post.uri)).limit(1);
  if (grave !== undefined && grave.owner === post.author && grave.deleted >= post.updated) return 'nothing';
  const [before] = await tx.select().from(posts).where(eq(posts.uri, post.uri)).limit(1);
  if (before !== undefined) {
    if (before.author !== post.author || before.updated >= post.updated) return 'nothing';
    await tx.update(posts).set(post).where(eq(posts.uri, post.uri));
    return 'updated';
  }
  await tx.insert(posts).values(post);
  await tx
    .insert(stream)
    .values({ actor: post.author, object: post.uri, type: 'post', published: post.published })
    .onConflictDoNothing();
  return 'created';
};

/** Removes a post at its author's word. @returns whether it was here */
export const removePost = async (tx: Tx, uri: string, author: string): Promise<boolean> => {
  const rows = await tx
    .delete(tx.t.posts)
    .where(and(eq(tx.t.posts.uri, uri), eq(tx.t.posts.author, author)))
    .returning({ uri: tx.t.posts.uri });
  if (rows.length > 0) await tx.delete(tx.t.stream).where(eq(tx.t.stream.object, uri));
  return rows.length > 0;
};
