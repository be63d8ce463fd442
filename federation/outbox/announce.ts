/**
 * From what happened to what is said: each waiting announcement becomes one activity with one stored body, and
 * one delivery per inbox, in one transaction. The body is made before it, from reads alone.
 */
import { asc, and, eq, isNull, sql } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import type { AnnouncementType } from '#domain/announcements.ts';
import { activityUri, followersUri } from '#domain/ids.ts';
import { findListing } from '#domain/listings.ts';
import { findPeer } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import { type Target, addressingOf, followerInboxes, inboxOf, peerInboxes, unique } from '../addressing.ts';
import { type Documents, cooperativeUri } from '../documents.ts';
import type { Keyring } from '../keys.ts';
import { valuesOf } from '../listing-value.ts';
import { writeAccept, writeAnnounce, writeCreate, writeDelete, writeFollow, writePeeringOffer, writeReject, writeUndoFollow, writeUpdate } from '../vocab/activity.ts';
import { PUBLIC } from '../vocab/context.ts';
import { writeNote } from '../vocab/listing.ts';
import { writeMessage } from '../vocab/message.ts';
import { addProof } from '../vocab/proof.ts';
import { addDeliveries } from './deliveries.ts';

export type OutboxDeps = { db: Database; site: Site; keyring: Keyring; documents: Documents };
type Row = Reader['t']['announcements']['$inferSelect'];

/** An activity ready to be stored and sent. */
type Said = {
  uri: string;
  actor: string;
  type: string;
  object: string;
  listed: boolean;
  body: Record<string, unknown>;
  targets: Target[];
  /** 0 = somebody waits for it. */
  priority: number;
};

/** Works off waiting announcements in their order. @returns how many, at most `limit` */
export const workOffAnnouncements = async (deps: OutboxDeps, limit: number): Promise<number> => {
  const { db } = deps;
  const rows = await db.read.select().from(db.read.t.announcements).where(eq(db.read.t.announcements.state, 'waiting'))
    .orderBy(asc(db.read.t.announcements.row)).limit(limit);
  for (const row of rows) await workOff(deps, row);
  return rows.length;
};

const workOff = async (deps: OutboxDeps, row: Row): Promise<void> => {
  const { db, site, keyring } = deps;
  const said = await say(deps, row);
  const prepared = await Promise.all(said.map(async (activity) => {
    const keys = await keyring.of(activity.actor);
    if (keys === undefined) return undefined;
    // A proof lets others pass it on (an Announce, a relay) and still be believed; private things carry none.
    const body = activity.listed ? addProof(activity.body, { verificationMethod: keys.ed25519.id, privateKey: keys.ed25519.privateKey, created: row.created }) : activity.body;
    return { ...activity, text: JSON.stringify(body), key: keys.rsa.id };
  }));
  const now = site.now();
  await db.write(async (tx) => {
    const [still] = await tx.update(tx.t.announcements).set({ state: 'done' })
      .where(and(eq(tx.t.announcements.row, row.row), eq(tx.t.announcements.state, 'waiting'))).returning({ row: tx.t.announcements.row });
    if (still === undefined) return;
    for (const activity of prepared) {
      if (activity === undefined) continue;
      await tx.insert(tx.t.activities).values({
        uri: activity.uri, actor: activity.actor, type: activity.type, object: activity.object, listed: activity.listed, body: activity.text, created: now,
      }).onConflictDoNothing();
      if (activity.type === 'Update') await supersede(tx, activity);
      await addDeliveries(tx, now, activity.uri, activity.key, activity.priority, activity.targets);
    }
  });
};

/** An Update that was never tried is pointless once a newer one of the same object waits behind it. */
const supersede = async (tx: Parameters<Parameters<Database['write']>[0]>[0], activity: Said): Promise<void> => {
  const { deliveries: d, activities: a } = tx.t;
  await tx.delete(d).where(and(
    eq(d.state, 'waiting'), eq(d.attempts, 0), isNull(d.leased),
    sql`${d.activity} IN (SELECT ${a.uri} FROM ${a} WHERE ${a.object} = ${activity.object} AND ${a.type} = 'Update' AND ${a.actor} = ${activity.actor} AND ${a.uri} <> ${activity.uri})`,
  ));
};

const say = async (deps: OutboxDeps, row: Row): Promise<Said[]> => {
  const speaker = SPEAKERS[row.type as AnnouncementType];
  return speaker === undefined ? [] : speaker(deps, row);
};

type Speaker = (deps: OutboxDeps, row: Row) => Promise<Said[]>;

/** Public things reach everybody who follows while the cooperative is open; what is for peers reaches active peers. */
const reachOf = async (deps: OutboxDeps, audience: 'public' | 'peers'): Promise<Parameters<typeof followerInboxes>[2]> => {
  const [row] = await deps.db.read.select({ open: deps.db.read.t.cooperative.publicOpen }).from(deps.db.read.t.cooperative).limit(1);
  return { site: deps.site, audience, open: row?.open ?? false };
};

const onListing: Speaker = async (deps, row) => {
  const { db, site } = deps;
  const listing = await findListing(db.read, row.subject);
  if (listing === undefined || listing.audience === 'members' || listing.state === 'draft') return [];
  const [value] = await valuesOf(db.read, site, [listing]);
  const cooperative = await cooperativeUri(db.read, site);
  const audience = listing.audience === 'public' ? 'public' : 'peers';
  const to = addressingOf(audience, listing.publisher, cooperative);
  const note = writeNote(value!, to);
  const uri = activityUri(listing.publisher, row.id);
  const first = row.type === 'listing.published';
  const reach = await reachOf(deps, audience);
  const targets = unique([...(await peerInboxes(db.read)), ...(await followerInboxes(db.read, [listing.publisher], reach))]);
  const head = { id: uri, actor: listing.publisher, ...to, published: row.created };
  const create: Said = {
    uri, actor: listing.publisher, type: first ? 'Create' : 'Update', object: listing.uri, listed: audience === 'public', targets, priority: 5,
    body: first ? writeCreate({ ...head, object: note }) : writeUpdate({ ...head, object: note }),
  };
  if (!first) return [create];
  // The cooperative announces what its members publish, to those who follow it.
  const announceId = activityUri(cooperative, row.id);
  return [create, {
    uri: announceId, actor: cooperative, type: 'Announce', object: listing.uri, listed: audience === 'public', priority: 6,
    targets: await followerInboxes(db.read, [cooperative], reach),
    body: writeAnnounce({ id: announceId, actor: cooperative, object: listing.uri, to: to.to, cc: [listing.publisher, followersUri(cooperative)], published: row.created }),
  }];
};

const onListingRemoved: Speaker = async (deps, row) => {
  const { db, site } = deps;
  const cooperative = await cooperativeUri(db.read, site);
  const audience = row.data['audience'] === 'peers' ? 'peers' : 'public';
  const to = addressingOf(audience, row.actor, cooperative);
  const uri = activityUri(row.actor, row.id);
  // Whoever may have had it is told, whatever its audience is now.
  const targets = unique([...(await peerInboxes(db.read)), ...(await followerInboxes(db.read, [row.actor, cooperative], await reachOf(deps, 'public')))]);
  return [{
    uri, actor: row.actor, type: 'Delete', object: row.subject, listed: false, targets, priority: 4,
    body: writeDelete({ id: uri, actor: row.actor, ...to, object: row.subject, deleted: new Date(row.data['deleted'] ?? row.created), formerType: 'Note', published: row.created }),
  }];
};

const onActor: Speaker = async (deps, row) => {
  const { db } = deps;
  const uri = activityUri(row.actor, row.id);
  const targets = unique([...(await peerInboxes(db.read)), ...(await followerInboxes(db.read, [row.actor], await reachOf(deps, 'public')))]);
  const head = { id: uri, actor: row.actor, to: [PUBLIC], cc: [followersUri(row.actor)], published: row.created };
  if (row.type === 'actor.removed') {
    const body = writeDelete({ ...head, object: row.actor, deleted: row.created });
    return [{ uri, actor: row.actor, type: 'Delete', object: row.actor, listed: false, targets, priority: 3, body }];
  }
  const document = await deps.documents.actor(row.actor);
  if (document === undefined) return [];
  return [{ uri, actor: row.actor, type: 'Update', object: row.actor, listed: false, targets, priority: 5, body: writeUpdate({ ...head, object: document }) }];
};

/** Follow, and what is said of one, goes to the one actor concerned. */
const onFollow: Speaker = async ({ db }, row) => {
  const followUri = row.data['followUri'] ?? '';
  const uri = row.type === 'follow.requested' ? followUri : activityUri(row.actor, row.id);
  return [{ ...followActivity(row, uri, followUri), targets: await inboxOf(db.read, row.subject), priority: 1, listed: false }];
};

const followActivity = (row: Row, uri: string, followUri: string): Pick<Said, 'uri' | 'actor' | 'type' | 'object' | 'body'> => {
  const head = { id: uri, actor: row.actor, to: [row.subject], cc: [], published: row.created };
  const said = (type: string, body: Record<string, unknown>): ReturnType<typeof followActivity> => ({ uri, actor: row.actor, type, object: row.subject, body });
  switch (row.type) {
    case 'follow.withdrawn':
      return said('Undo', writeUndoFollow({ ...head, follow: { id: followUri, actor: row.actor, object: row.subject } }));
    case 'follow.accepted':
      return said('Accept', writeAccept({ ...head, object: followUri, follow: { actor: row.subject, object: row.actor } }));
    case 'follow.rejected':
      return said('Reject', writeReject({ ...head, object: followUri, follow: { actor: row.subject, object: row.actor } }));
    default:
      return said('Follow', writeFollow({ ...head, object: row.subject }));
  }
};

const onMessage: Speaker = async ({ db }, row) => {
  const { messages, conversations } = db.read.t;
  const [found] = await db.read.select().from(messages).innerJoin(conversations, eq(conversations.id, messages.conversation)).where(eq(messages.id, row.subject)).limit(1);
  const to = row.data['to'] ?? '';
  if (found === undefined) return [];
  const { messages: message, conversations: thread } = found;
  const [last] = await db.read.select({ uri: messages.uri }).from(messages)
    .where(and(eq(messages.conversation, thread.id), eq(messages.author, to))).orderBy(sql`${messages.created} DESC`).limit(1);
  const [recipient] = await db.read.select({ handle: db.read.t.actors.handle, host: db.read.t.actors.host }).from(db.read.t.actors).where(eq(db.read.t.actors.uri, to)).limit(1);
  const note = writeMessage({
    uri: message.uri, from: row.actor, to, html: message.html, context: thread.context, published: message.created,
    inReplyTo: last?.uri ?? (thread.context === message.uri ? undefined : thread.context),
    mention: recipient === undefined ? to : `@${recipient.handle}@${recipient.host}`,
  });
  const uri = activityUri(row.actor, row.id);
  return [{
    uri, actor: row.actor, type: 'Create', object: message.uri, listed: false, targets: await inboxOf(db.read, to), priority: 0,
    body: writeCreate({ id: uri, actor: row.actor, to: [to], cc: [], published: message.created, object: note }),
  }];
};

const onPeering: Speaker = async ({ db, site }, row) => {
  const peer = await findPeer(db.read, row.subject);
  if (peer === undefined) return [];
  const targets = await inboxOf(db.read, peer.nodeActor);
  const id = row.data['followUri'] ?? '';
  const uri = activityUri(row.actor, row.id);
  const head = { actor: row.actor, to: [peer.nodeActor], cc: [], published: row.created };
  const one = (activityId: string, type: string, body: Record<string, unknown>): Said => ({ uri: activityId, actor: row.actor, type, object: peer.nodeActor, body, targets, priority: 1, listed: false });
  switch (row.type) {
    case 'peering.requested': {
      const offerId = `${uri}-offer`;
      const offer = writePeeringOffer({ ...head, id: offerId, object: peer.nodeActor, message: row.data['message'] ?? '', site: site.origin });
      return [one(offerId, 'Offer', offer), one(id, 'Follow', writeFollow({ ...head, id, object: peer.nodeActor }))];
    }
    case 'peering.accepted':
      return [one(uri, 'Accept', writeAccept({ ...head, id: uri, object: id, follow: { actor: peer.nodeActor, object: row.actor } }))];
    case 'peering.refused':
      return [one(uri, 'Reject', writeReject({ ...head, id: uri, object: id, follow: { actor: peer.nodeActor, object: row.actor } }))];
    default: {
      const said: Said[] = [];
      const [sent, received] = [row.data['followSent'] ?? '', row.data['followReceived'] ?? ''];
      if (sent !== '') said.push(one(uri, 'Undo', writeUndoFollow({ ...head, id: uri, follow: { id: sent, actor: row.actor, object: peer.nodeActor } })));
      if (received !== '') said.push(one(`${uri}-reject`, 'Reject', writeReject({ ...head, id: `${uri}-reject`, object: received, follow: { actor: peer.nodeActor, object: row.actor } })));
      return said;
    }
  }
};

/** Everything that this node ever says, on one screen. */
const SPEAKERS: Record<AnnouncementType, Speaker | undefined> = {
  'listing.published': onListing,
  'listing.updated': onListing,
  'listing.removed': onListingRemoved,
  'actor.updated': onActor,
  'actor.removed': onActor,
  'follow.requested': onFollow,
  'follow.withdrawn': onFollow,
  'follow.accepted': onFollow,
  'follow.rejected': onFollow,
  'message.sent': onMessage,
  'peering.requested': onPeering,
  'peering.accepted': onPeering,
  'peering.refused': onPeering,
  'peering.ended': onPeering,
};
