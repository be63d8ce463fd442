/** Follows, and what is answered to them. Between nodes a Follow of the node's actor is peering. */
import { and, eq } from 'drizzle-orm';
import { findActor } from '#domain/actors.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { acceptFollower, answerFollow, rejectFollower, removeFollower } from '#domain/follows.ts';
import { NODE_HANDLE, actorUri, nodeUri, parseUri } from '#domain/ids.ts';
import { queueLetter } from '#domain/mail.ts';
import { membersWithRole } from '#domain/members.ts';
import { answerPeering, cutPeer, findPeerByHost, receivePeering } from '#domain/peers.ts';
import type { PeerPreview } from '#domain/ports.ts';
import { inspect } from '../peering/inspect.ts';
import { isObject, link } from '../vocab/json.ts';
import { type Handler, type InboxDeps, applied, ignored, refused } from './types.ts';

export const onFollowAsked: Handler = async (deps, activity, sender) => {
  const { db, site, resolver } = deps;
  const named = activity.objectId === undefined ? undefined : parseUri(site, activity.objectId);
  const handle = named?.type === 'actor' ? named.handle : activity.objectId?.replace(/\/$/, '') === site.origin ? NODE_HANDLE : undefined;
  const followed = handle === undefined ? undefined : await findActor(db.read, actorUri(site, handle));
  if (followed === undefined || followed.deleted !== null) return ignored('There is nobody of this name here.');
  const follower = await resolver.actor(activity.actor);
  if (!follower.ok) return ignored(`The follower cannot be read: ${follower.detail}`);
  if (followed.uri === nodeUri(site)) return askedToPeer(deps, activity.actor, activity.id, sender.host, follower.value);
  const open = (await getCooperative(db.read))?.publicOpen ?? true;
  return async (tx) => {
    if (!open && !sender.peer) {
      await rejectFollower(tx, site, activity.actor, followed.uri, activity.id);
      return refused('Only partners may follow while the public part is closed.');
    }
    await acceptFollower(tx, site, activity.actor, followed.uri, activity.id);
    return applied(`${follower.value.name} follows ${followed.name}.`);
  };
};

const askedToPeer = async (deps: InboxDeps, actor: string, followId: string, host: string, row: { name: string; html: string }): ReturnType<Handler> => {
  const { site } = deps;
  const found = await inspect(deps.discovery, host);
  // A server without NodeInfo may still ask; its actor is what is known of it.
  const preview: PeerPreview = found.ok ? { ...found.value, nodeActor: actor } : { host, nodeActor: actor, name: row.name, summary: '', software: '', node: false };
  return async (tx) => {
    const before = await findPeerByHost(tx, host);
    // The Offer with the admin's words may have come first.
    const key = `peering-message:${host}`;
    const [words] = await tx.delete(tx.t.facts).where(eq(tx.t.facts.key, key)).returning();
    const peer = await receivePeering(tx, site, preview, followId, words?.value ?? '');
    if (peer.state === 'received' && before?.state !== 'received') {
      const cooperative = await getCooperative(tx);
      for (const admin of await membersWithRole(tx, 'admin')) {
        await queueLetter(tx, site.now(), { to: admin.email, locale: admin.locale, name: 'peering', params: { peer: peer.name, cooperative: cooperative?.name ?? '', link: `${site.origin}/admin/peers/${peer.id}` } });
      }
    }
    return applied(peer.state === 'received' ? 'Asks to be a partner; an admin decides.' : 'Follows back: partners.');
  };
};

/** The words that go with a peering request. */
export const onPeeringOffered: Handler = async ({ site }, activity, sender) => async (tx) => {
  const peer = await findPeerByHost(tx, sender.host);
  if (peer === undefined) {
    const message = (activity.content ?? '').slice(0, 1_000);
    await tx.insert(tx.t.facts).values({ key: `peering-message:${sender.host}`, value: message }).onConflictDoUpdate({ target: tx.t.facts.key, set: { value: message } });
    return applied('Kept until the Follow comes.');
  }
  if (activity.content !== undefined) await tx.update(tx.t.peers).set({ message: activity.content.slice(0, 1_000), updated: site.now() }).where(eq(tx.t.peers.id, peer.id));
  return applied('Its message was noted.');
};

export const onFollowWithdrawn: Handler = async ({ site }, activity, sender) => {
  const undone = activity.object;
  if (undone !== undefined && undone['type'] !== 'Follow') return ignored('Only a Follow can be taken back here.');
  if (undone !== undefined && link(undone['actor']) !== undefined && link(undone['actor']) !== activity.actor) return refused("One takes back one's own Follow and no other.");
  return async (tx) => {
    const named = undone === undefined ? undefined : parseUri(site, link(undone['object']) ?? '');
    const target = named?.type === 'actor' ? actorUri(site, named.handle) : undefined;
    if (target === nodeUri(site) || target === undefined) {
      const peer = await findPeerByHost(tx, sender.host);
      if (peer !== undefined && peer.nodeActor === activity.actor && (target !== undefined || peer.followReceived === activity.objectId)) {
        await cutPeer(tx, site, peer, false);
        return applied('The partnership was ended by the other side.');
      }
    }
    if (target !== undefined) return (await removeFollower(tx, activity.actor, target)) ? applied('Follows no longer.') : ignored('It did not follow.');
    if (activity.objectId === undefined) return ignored('It names no Follow.');
    const gone = await tx.delete(tx.t.follows).where(and(eq(tx.t.follows.uri, activity.objectId), eq(tx.t.follows.follower, activity.actor))).returning({ id: tx.t.follows.id });
    return gone.length === 0 ? ignored('It names no Follow that is known here.') : applied('Follows no longer.');
  };
};

/** Accept and Reject, matched on who answers and who had asked; Flohmarkt re-makes the Follow with another id. */
export const onFollowAnswered: Handler = async ({ site }, activity) => {
  const accepted = activity.type === 'Accept';
  const embedded = activity.object;
  const follower = (isObject(embedded) ? link(embedded['actor']) : undefined) ?? followerOfUri(site.origin, activity.objectId ?? '');
  if (follower === undefined || !follower.startsWith(`${site.origin}/`)) return ignored('It answers nothing that was asked here.');
  const asker = follower;
  return async (tx) => {
    if (asker === nodeUri(site)) {
      const peer = await answerPeering(tx, site.now(), activity.actor, accepted);
      return peer === undefined ? ignored('This node never asked it.') : applied(accepted ? 'It accepted the partnership.' : 'It refused the partnership.');
    }
    const done = await answerFollow(tx, site.now(), asker, activity.actor, accepted ? 'accepted' : 'rejected');
    return done ? applied(accepted ? 'The follow was accepted.' : 'The follow was refused.') : ignored('It answers nothing that was asked here.');
  };
};

/** Our Follow's id begins with the follower's URI. */
const followerOfUri = (origin: string, uri: string): string | undefined => {
  const found = /^(.*\/users\/[^/]+)\/activities\//.exec(uri)?.[1];
  return found?.startsWith(`${origin}/`) === true ? found : undefined;
};
