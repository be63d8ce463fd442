/** Follows, and what is answered to them. Between nodes a Follow of the node's actor is peering. */
import { and, eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { type ActorRow, findActor } from '#domain/actors.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { acceptFollower, answerFollow, rejectFollower, removeFollower } from '#domain/follows.ts';
import { plainText } from '#domain/html.ts';
import { NODE_HANDLE, actorUri, nodeUri, parseUri } from '#domain/ids.ts';
import { queueLetter } from '#domain/mail.ts';
import { hasJoined, membersWithRole } from '#domain/members.ts';
import { admit } from '#domain/peering-modes.ts';
import { answerPeering, cutPeer, findPeerByHost, receivePeering } from '#domain/peers.ts';
import type { PeerPreview } from '#domain/ports.ts';
import { parseScope } from '#domain/scopes.ts';
import { cleanText } from '#domain/text.ts';
import { inspect } from '../peering/inspect.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { hasType, ids, isObject, link } from '../vocab/json.ts';
import { withdrawAnnounce } from './announce.ts';
import { type Handler, type InboxDeps, applied, ignored, refused, unread } from './types.ts';
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

const askedToPeer = async (
  deps: InboxDeps,
  activity: ActivityValue,
  host: string,
  row: ActorRow,
): ReturnType<Handler> => {
  const { site } = deps;
  const { actor, id: followId } = activity;
  const found = await inspect(deps.discovery, host);
  // Servers become partners. A person who follows the node would speak for all others of that server.
  const isNode = row.kind === 'node' || (found.ok && found.value.node && found.value.nodeActor === actor);
  const known = await findPeerByHost(deps.db.read, host);
  const another =
    known !== undefined && known.nodeActor !== actor && ['asked', 'active', 'paused'].includes(known.state);
  if (!isNode || another) {
    return async (tx) => {
      await rejectFollower(tx, site, actor, nodeUri(site), followId);
      return another
        ? refused('otherNodeActor', `The node of ${host} is known here by another actor, ${known.nodeActor}.`, {
            host,
            actor: known.nodeActor,
          })
        : refused('onlyServers', 'Only the actor of a server may ask to be a partner.');
    };
  }
  // A server without NodeInfo may still ask; its actor is what is known of it.
  const preview: PeerPreview = found.ok
    ? { ...found.value, nodeActor: actor }
    : { host, nodeActor: actor, name: row.name, summary: '', software: '', node: false };
  return async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    const before = await findPeerByHost(tx, host);
    const asking = await receivePeering(tx, site, preview, followId, await takeWords(tx, host, actor));
    const isNew = asking.state === 'received' && before?.state !== 'received';
    const admitted = isNew ? await admit(tx, site, asking, before?.state) : undefined;
    if (admitted?.done === 'notListed')
      return refused('peeringNotListed', 'It is not on the list of servers that may be partners; it was told so.');
    if (admitted?.done === 'accepted')
      return applied('peeringOpen', 'Accepted at once: whoever asks may be a partner here.');
    const peer = admitted?.peer ?? asking;
    if (peer.state === 'received' && before?.state !== 'received') {
      const cooperative = await getCooperative(tx);
      for (const admin of await membersWithRole(tx, 'admin')) {
        await queueLetter(tx, site.now(), {
          to: admin.email,
          locale: admin.locale,
          name: 'peering',
          params: {
            peer: peer.name,
            cooperative: cooperative?.name ?? '',
            link: `${site.origin}/admin/peers/${peer.id}`,
          },
        });
      }
    }
    return peer.state === 'received'
      ? applied('peeringAsked', 'Asks to be a partner; an admin decides.')
      : applied('peeringBack', 'Follows back: partners.');
  };
};

/** The words that go with a peering request; they may come before the Follow or after it. */
export const onPeeringOffered: Handler = async ({ site, resolver }, activity, sender) => {
  const from = await resolver.actor(activity.actor);
  if (!from.ok || from.value.kind !== 'node')
    return refused('onlyServers', 'Only the actor of a server may ask to be a partner.');
  const message = plainText(activity.content ?? '').slice(0, 1_000);
  return async (tx) => {
    const peer = await findPeerByHost(tx, sender.host);
    if (peer !== undefined && peer.state === 'received') {
      if (peer.nodeActor !== activity.actor)
        return refused('peeringOther', 'Another actor of this server asked to be a partner.');
      if (message !== '')
        await tx.update(tx.t.peers).set({ message, updated: site.now() }).where(eq(tx.t.peers.id, peer.id));
      return applied('peeringWordsNoted', 'Its message was noted.');
    }
    if (message === '') return ignored('peeringWordsEmpty', 'It says nothing more than the Follow does.');
    const value = JSON.stringify([activity.actor, message]);
    await tx
      .insert(tx.t.facts)
      .values({ key: wordsKey(sender.host), value })
      .onConflictDoUpdate({ target: tx.t.facts.key, set: { value } });
    return applied('peeringWordsKept', 'Kept until the Follow comes.');
  };
};

/** What a peer says that it gives and takes; shown to our admin, who decides about ours. */
export const onPeeringTermsChanged: Handler =
  async ({ site }, activity, sender) =>
  async (tx) => {
    const peer = await findPeerByHost(tx, sender.host);
    if (peer === undefined || peer.nodeActor !== activity.actor)
      return refused('peeringOther', 'Only the actor of a partner says what it gives and takes.');
    await tx
      .update(tx.t.peers)
      .set({
        theirGive: parseScope(activity.object?.['gives']),
        theirTake: parseScope(activity.object?.['takes']),
        updated: site.now(),
      })
      .where(eq(tx.t.peers.id, peer.id));
    return applied('peeringTerms', 'What it gives and takes was noted.');
  };

const wordsKey = (host: string): string => `peering-message:${host}`;

/** The words that came before their Follow, if they are the same actor's. */
const takeWords = async (tx: Tx, host: string, actor: string): Promise<string> => {
  const [kept] = await tx
    .delete(tx.t.facts)
    .where(eq(tx.t.facts.key, wordsKey(host)))
    .returning();
  const said: unknown = JSON.parse(kept?.value ?? '[]');
  return Array.isArray(said) && said[0] === actor && typeof said[1] === 'string' ? said[1] : '';
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
export const onFollowAnswered: Handler = async ({ site }, activity, sender) => {
  const accepted = activity.type === 'Accept';
  const embedded = activity.object;
  if (embedded !== undefined && embedded['type'] !== undefined && !hasType(embedded, 'Follow'))
    return ignored('answerUnknown', 'Only a Follow is asked from here; what goes with it needs no answer.');
  const follower =
    (isObject(embedded) ? link(embedded['actor']) : undefined) ?? followerOfUri(site.origin, activity.objectId ?? '');
  if (follower === undefined || !follower.startsWith(`${site.origin}/`))
    return ignored('answersNothing', 'It answers nothing that was asked here.');
  const asker = follower;
  return async (tx) => {
    if (asker === nodeUri(site)) {
      // By its id alone an answer might be to the words that went beside the Follow.
      const asked = embedded === undefined ? await findPeerByHost(tx, sender.host) : undefined;
      if (asked !== undefined && asked.followSent !== activity.objectId)
        return ignored('answersNoPeering', 'It answers no Follow of this node.');
      const peer = await answerPeering(tx, site.now(), activity.actor, accepted, reasonOf(activity));
      return peer === undefined
        ? ignored('neverAsked', 'This node never asked it.')
        : accepted
          ? applied('peeringAccepted', 'It accepted the partnership.')
          : applied('peeringRefused', 'It refused the partnership.');
    }
    const done = await answerFollow(tx, site.now(), asker, activity.actor, accepted ? 'accepted' : 'rejected');
    return done
      ? accepted
        ? applied('followAccepted', 'The follow was accepted.')
        : applied('followRefused', 'The follow was refused.')
      : ignored('answersNothing', 'It answers nothing that was asked here.');
  };
};

/** Why it refuses: one of the words that we know, or its own. */
const reasonOf = ({ raw, content }: ActivityValue): string =>
  raw['refusal'] === 'notListed' ? 'code:notListed' : cleanText(plainText(content ?? '')).slice(0, 1_000);

/** Our Follow's id begins with the follower's URI. */
const followerOfUri = (origin: string, uri: string): string | undefined => {
  const found = /^(.*\/users\/[^/]+)\/activities\//.exec(uri)?.[1];
  return found?.startsWith(`${origin}/`) === true ? found : undefined;
};
