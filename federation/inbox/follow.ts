/** Follows, and what is answered to them. Between nodes a Follow of the node's actor is peering. */
import { and, eq } from 'drizzle-orm';
import { findActor } from '#domain/actors.ts';
import { acceptFollower, answerFollow, rejectFollower, removeFollower } from '#domain/follows.ts';
import { NODE_HANDLE, actorUri, nodeUri, parseUri } from '#domain/ids.ts';
import { hasJoined } from '#domain/members.ts';
import { takeBack } from '#domain/negotiation.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { hasType, ids, isObject, link } from '../vocab/json.ts';
import { withdrawAnnounce } from './announce.ts';
import { askedToPeer, onPeeringAnswered, saidAt } from './peering.ts';
import { type Handler, applied, ignored, refused, unread } from './types.ts';
import { rememberUndone, wasUndone } from './undone.ts';

export const onFollowAsked: Handler = async (deps, activity, sender) => {
  const { db, site, resolver, policy } = deps;
  const named = activity.objectId === undefined ? undefined : parseUri(site, activity.objectId);
  // Some follow the profile page or the bare address of the server.
  const handle =
    named?.type === 'actor'
      ? named.handle
      : activity.objectId?.replace(/\/$/, '') === site.origin
        ? NODE_HANDLE
        : undefined;
  const followed = handle === undefined ? undefined : await findActor(db.read, actorUri(site, handle));
  if (followed === undefined || followed.deleted !== null || !(await hasJoined(db.read, followed)))
    return ignored('nobodyHere', 'There is nobody of this name here.');
  const follower = await resolver.actor(activity.actor);
  if (!follower.ok) return unread('followerUnreadable', 'The follower', follower);
  if (followed.uri === nodeUri(site)) return askedToPeer(deps, activity, sender.host, follower.value);
  const open = await policy.isOpen();
  return async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    if (!open && !sender.peer) {
      await rejectFollower(tx, site, activity.actor, followed.uri, activity.id);
      return refused('followClosed', 'Only partners may follow while the public part is closed.');
    }
    await acceptFollower(tx, site, activity.actor, followed.uri, activity.id);
    return applied('followed', `${follower.value.name} follows ${followed.name}.`, {
      follower: follower.value.name,
      followed: followed.name,
    });
  };
};

/** Undo, of a Follow or of an Announce. Embedded or named by its id alone. */
export const onFollowWithdrawn: Handler = async ({ site }, activity, sender) => {
  const undone = activity.object;
  if (undone !== undefined && !hasType(undone, 'Follow', 'Announce'))
    return ignored('undoUnknown', 'Only a Follow or an Announce can be taken back here.');
  if (undone !== undefined && link(undone['actor']) !== undefined && link(undone['actor']) !== activity.actor)
    return refused('undoOthers', "One takes back one's own and nothing else.");
  return async (tx) => {
    const { received } = tx.t;
    if (activity.objectId !== undefined) await rememberUndone(tx, site.now(), activity.objectId, activity.actor);
    if (undone !== undefined && hasType(undone, 'Announce')) {
      const object = ids(undone['object'])[0];
      return object !== undefined && (await withdrawAnnounce(tx, activity.actor, object))
        ? applied('announceUndone', 'No longer passed on.')
        : ignored('announceUndoEarly', 'It had not been passed on; the Undo is remembered.');
    }
    const named = undone === undefined ? undefined : parseUri(site, link(undone['object']) ?? '');
    const target = named?.type === 'actor' ? actorUri(site, named.handle) : undefined;
    if (target === nodeUri(site) || target === undefined) {
      const peer = await findPeerByHost(tx, sender.host);
      if (
        peer !== undefined &&
        peer.nodeActor === activity.actor &&
        (target !== undefined || peer.followReceived === activity.objectId)
      ) {
        const said = saidAt(activity, site.now());
        if (peer.heard !== null && said < peer.heard) return ignored('peeringOlder', 'It said something later since.');
        if (['withdrawn', 'cut'].includes(peer.state))
          return ignored('peeringNothing', 'There is nothing left to end.');
        if ((await takeBack(tx, site, peer, said)) !== undefined)
          return applied('peeringWithdrawn', 'It took back its request.');
        await cutPeer(tx, site, peer, false);
        return applied('peeringEnded', 'The partnership was ended by the other side.');
      }
    }
    if (target !== undefined)
      return (await removeFollower(tx, activity.actor, target))
        ? applied('unfollowed', 'Follows no longer.')
        : ignored('notFollowing', 'It did not follow.');
    if (activity.objectId === undefined) return ignored('undoNothing', 'It names no Follow.');
    // An Announce that is named by its id alone: the journal knows what it passed on.
    const [announce] = await tx
      .select({ object: received.object })
      .from(received)
      .where(
        and(eq(received.uri, activity.objectId), eq(received.actor, activity.actor), eq(received.type, 'Announce')),
      )
      .limit(1);
    if (announce?.object != null && (await withdrawAnnounce(tx, activity.actor, announce.object)))
      return applied('announceUndone', 'No longer passed on.');
    const gone = await tx
      .delete(tx.t.follows)
      .where(and(eq(tx.t.follows.uri, activity.objectId), eq(tx.t.follows.follower, activity.actor)))
      .returning({ id: tx.t.follows.id });
    return gone.length === 0
      ? ignored('followUnknown', 'It names no Follow that is known here.')
      : applied('unfollowed', 'Follows no longer.');
  };
};

/** Accept and Reject, matched on who answers and who had asked; Flohmarkt re-makes the Follow with another id. */
export const onFollowAnswered: Handler = async (deps, activity, sender) => {
  const { site } = deps;
  const accepted = activity.type === 'Accept';
  const embedded = activity.object;
  if (embedded !== undefined && hasType(embedded, 'Offer')) return onPeeringAnswered(deps, activity, sender);
  if (embedded !== undefined && embedded['type'] !== undefined && !hasType(embedded, 'Follow'))
    return ignored('answerUnknown', 'Only a Follow is asked from here; what goes with it needs no answer.');
  const follower =
    (isObject(embedded) ? link(embedded['actor']) : undefined) ?? followerOfUri(site.origin, activity.objectId ?? '');
  if (follower === undefined || !follower.startsWith(`${site.origin}/`))
    return ignored('answersNothing', 'It answers nothing that was asked here.');
  if (follower === nodeUri(site)) return onPeeringAnswered(deps, activity, sender);
  return async (tx) => {
    const done = await answerFollow(tx, site.now(), follower, activity.actor, accepted ? 'accepted' : 'rejected');
    return done
      ? accepted
        ? applied('followAccepted', 'The follow was accepted.')
        : applied('followRefused', 'The follow was refused.')
      : ignored('answersNothing', 'It answers nothing that was asked here.');
  };
};

/** Our Follow's id begins with the follower's URI. */
const followerOfUri = (origin: string, uri: string): string | undefined => {
  const found = /^(.*\/users\/[^/]+)\/activities\//.exec(uri)?.[1];
  return found?.startsWith(`${origin}/`) === true ? found : undefined;
};
