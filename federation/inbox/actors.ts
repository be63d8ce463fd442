/** Actors that change or go. */
import { and, eq, or } from 'drizzle-orm';
import { dropCopiesOfPublisher } from '#domain/copies.ts';
import { type Handler, applied, ignored, refused, unread } from './types.ts';

/** What an actor says of itself is read from its own server, not from the activity. */
export const onActorChanged: Handler = async ({ resolver }, activity) => {
  if (activity.objectId !== activity.actor)
    return refused('actorChangesOther', 'An actor changes itself and no other.');
  const fresh = await resolver.freshActor(activity.actor);
  return fresh.ok ? applied('actorRead', 'The actor was read again.') : unread('actorUnreadable', 'The actor', fresh);
};

/** An account is gone: its copies, posts and follows go with it. Letters that members got stay theirs. */
export const onActorDeleted: Handler =
  async ({ site }, activity) =>
  async (tx) => {
    const { actors, follows, posts, stream } = tx.t;
    const rows = await tx
      .update(actors)
      .set({ deleted: site.now() })
      .where(and(eq(actors.uri, activity.actor), eq(actors.local, false)))
      .returning({ uri: actors.uri });
    if (rows.length === 0) return ignored('actorNeverHere', 'This actor was never here.');
    const dropped = await dropCopiesOfPublisher(tx, activity.actor);
    await tx.delete(follows).where(or(eq(follows.follower, activity.actor), eq(follows.followed, activity.actor)));
    const written = await tx.delete(posts).where(eq(posts.author, activity.actor)).returning({ uri: posts.uri });
    for (const { uri } of written) await tx.delete(stream).where(eq(stream.object, uri));
    await tx.delete(stream).where(eq(stream.actor, activity.actor));
    return applied('actorGone', `The actor is gone, and ${dropped} of its listings.`, { n: String(dropped) });
  };
