/** Actors that change or go. */
import { and, eq, or } from 'drizzle-orm';
import { dropCopiesOfPublisher } from '#domain/copies.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

/** What an actor says of itself is read from its own server, not from the activity. */
export const onActorChanged: Handler = async ({ resolver }, activity) => {
  if (activity.objectId !== activity.actor) return refused('An actor changes itself and no other.');
  const fresh = await resolver.freshActor(activity.actor);
  return fresh.ok ? applied('The actor was read again.') : ignored(`The actor cannot be read: ${fresh.detail}`);
};

/** An account is gone: its copies and follows go with it. */
export const onActorDeleted: Handler = async ({ site }, activity) => async (tx) => {
  const { actors, follows } = tx.t;
  const rows = await tx.update(actors).set({ deleted: site.now() }).where(and(eq(actors.uri, activity.actor), eq(actors.local, false))).returning({ uri: actors.uri });
  if (rows.length === 0) return ignored('This actor was never here.');
  const dropped = await dropCopiesOfPublisher(tx, activity.actor);
  await tx.delete(follows).where(or(eq(follows.follower, activity.actor), eq(follows.followed, activity.actor)));
  return applied(`The actor is gone, and ${dropped} of its listings.`);
};
