/** Actors that change or go. */
import { and, eq, gt, inArray, ne, or } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { askComparison } from '#domain/comparisons.ts';
import { dropCopiesOfPublisher } from '#domain/copies.ts';
import { renewFollows } from '#domain/follows.ts';
import { hostOfUri } from '../hosts.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { type Handler, applied, ignored, refused, unread } from './types.ts';

/** What an actor says of itself is read from its own server, not from the activity. */
export const onActorChanged: Handler = async ({ resolver, policy, site }, activity, sender) => {
  if (activity.objectId !== activity.actor)
    return refused('actorChangesOther', 'An actor changes itself and no other.');
  const fresh = await resolver.freshActor(activity.actor);
  if (!fresh.ok) return unread('actorUnreadable', 'The actor', fresh);
  const peer = sender.peer ? await policy.peer(sender.host) : undefined;
  if (peer === undefined || peer.nodeActor !== activity.actor) return applied('actorRead', 'The actor was read again.');
  return async (tx) => {
    if (await saidLately(tx, activity, site.now())) return applied('actorRead', 'The actor was read again.');
    // A partner's node says this when it was restored from a backup: it may have forgotten what it had acknowledged.
    await askComparison(tx, site.now(), peer.id);
    const follows = await renewFollows(tx, site, sender.host);
    return applied('partnerRestored', 'Its catalogue is compared, and what is followed there is asked for again.', {
      follows: String(follows),
    });
  };
};

/** Once in ten minutes is often enough to ask for everything anew. */
const LATELY_MS = 600_000;
const saidLately = async (tx: Tx, activity: ActivityValue, now: Date): Promise<boolean> => {
  const { received } = tx.t;
  const [before] = await tx
    .select({ row: received.row })
    .from(received)
    .where(
      and(
        eq(received.host, hostOfUri(activity.actor) ?? ''),
        gt(received.created, new Date(now.getTime() - LATELY_MS)),
        eq(received.actor, activity.actor),
        eq(received.object, activity.actor),
        ne(received.uri, activity.id),
        inArray(received.type, ['Update', 'Create']),
      ),
    )
    .limit(1);
  return before !== undefined;
};

/** An account is gone: its name, text, copies, posts and follows go with it. Letters that members got stay theirs. */
export const onActorDeleted: Handler =
  async ({ site }, activity) =>
  async (tx) => {
    const { actors, follows, posts, stream } = tx.t;
    const rows = await tx
      .update(actors)
      .set({ deleted: site.now(), name: '', html: '', icon: null, languages: [], discoverable: false })
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
