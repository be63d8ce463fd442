/** What this node says of listings, of members, of follows and of messages. */
import { and, eq, sql } from 'drizzle-orm';
import { findActor } from '#domain/actors.ts';
import { activityUri, followersUri } from '#domain/ids.ts';
import { findListing } from '#domain/listings.ts';
import {
  type Target,
  addressingOf,
  followerInboxes,
  inboxOf,
  inboxesForFarewell,
  peerInboxes,
  unique,
} from '../addressing.ts';
import { cooperativeUri } from '../documents.ts';
import { valuesOf } from '../listing-value.ts';
import {
  writeAccept,
  writeAnnounce,
  writeCreate,
  writeDelete,
  writeFollow,
  writeReject,
  writeUndoFollow,
  writeUpdate,
} from '../vocab/activity.ts';
import { PUBLIC } from '../vocab/context.ts';
import { writeNote } from '../vocab/listing.ts';
import { writeMessage } from '../vocab/message.ts';
import { type AnnouncementRow, type Said, type Speaker, reachOf } from './speech.ts';

/** What concerns some peers alone (a scope was changed) goes to their hosts and to nobody else. */
const onlyTo =
  (row: AnnouncementRow) =>
  (targets: Target[]): Target[] => {
    const hosts = row.data['hosts']?.split(' ');
    return hosts === undefined ? targets : targets.filter((target) => hosts.includes(target.host));
  };

export const onListing: Speaker = async (deps, row) => {
  const { db, site } = deps;
  const listing = await findListing(db.read, row.subject);
  if (listing === undefined || listing.audience === 'members' || listing.state === 'draft') return [];
  if ((await findActor(db.read, listing.publisher))?.suspended === true) return [];
  const [value] = await valuesOf(db.read, site, [listing]);
  const cooperative = await cooperativeUri(db.read, site);
  const audience = value!.audience === 'public' ? 'public' : 'peers';
  const to = addressingOf(audience, listing.publisher, cooperative);
  const note = writeNote(value!, to);
  const uri = activityUri(listing.publisher, row.id);
  const first = row.type === 'listing.published';
  const reach = await reachOf(deps, audience);
  const only = onlyTo(row);
  const targets = only(
    unique([
      ...(await peerInboxes(db.read, listing)),
      ...(await followerInboxes(db.read, [listing.publisher], reach, listing)),
    ]),
  );
  const head = { id: uri, actor: listing.publisher, ...to, published: row.created };
  const create: Said = {
    uri,
    actor: listing.publisher,
    type: first ? 'Create' : 'Update',
    object: listing.uri,
    listed: audience === 'public' && row.data['hosts'] === undefined,
    targets,
    priority: 5,
    body: first ? writeCreate({ ...head, object: note }) : writeUpdate({ ...head, object: note }),
  };
  if (!first) return [create];
  // The cooperative announces what its members publish, to those who follow it.
  const announceId = activityUri(cooperative, row.id);
  return [
    create,
    {
      uri: announceId,
      actor: cooperative,
      type: 'Announce',
      object: listing.uri,
      listed: audience === 'public',
      priority: 6,
      targets: only(await followerInboxes(db.read, [cooperative], reach, listing)),
      body: writeAnnounce({
        id: announceId,
        actor: cooperative,
        object: listing.uri,
        to: to.to,
        cc: [listing.publisher, followersUri(cooperative)],
        published: row.created,
      }),
    },
  ];
};

export const onListingRemoved: Speaker = async (deps, row) => {
  const { db, site } = deps;
  const cooperative = await cooperativeUri(db.read, site);
  const audience = row.data['audience'] === 'peers' ? 'peers' : 'public';
  const to = addressingOf(audience, row.actor, cooperative);
  const uri = activityUri(row.actor, row.id);
  // Whoever may have had it is told, whatever its audience is now.
  const targets = onlyTo(row)(
    unique([
      ...(await peerInboxes(db.read)),
      ...(await followerInboxes(db.read, [row.actor, cooperative], await reachOf(deps, 'public'))),
    ]),
  );
  return [
    {
      uri,
      actor: row.actor,
      type: 'Delete',
      object: row.subject,
      listed: false,
      targets,
      priority: 4,
      body: writeDelete({
        id: uri,
        actor: row.actor,
        ...to,
        object: row.subject,
        deleted: new Date(row.data['deleted'] ?? row.created),
        formerType: 'Note',
        published: row.created,
      }),
    },
  ];
};

export const onActor: Speaker = async (deps, row) => {
  const { db } = deps;
  const uri = activityUri(row.actor, row.id);
  const targets = unique([
    ...(await peerInboxes(db.read)),
    ...(await followerInboxes(db.read, [row.actor], await reachOf(deps, 'public'))),
  ]);
  const head = { id: uri, actor: row.actor, to: [PUBLIC], cc: [followersUri(row.actor)], published: row.created };
  if (row.type === 'actor.removed') {
    const body = writeDelete({ ...head, object: row.actor, deleted: row.created });
    const everywhere = unique([...targets, ...(await inboxesForFarewell(deps, row.actor))]);
    const said = { uri, actor: row.actor, type: 'Delete', object: row.actor, listed: false, priority: 4 };
    return [{ ...said, targets: everywhere, body }];
  }
  const document = await deps.documents.actor(row.actor);
  if (document === undefined) return [];
  return [
    {
      uri,
      actor: row.actor,
      type: 'Update',
      object: row.actor,
      listed: false,
      targets,
      priority: 5,
      body: writeUpdate({ ...head, object: document }),
    },
  ];
};

/** Follow, and what is said of one, goes to the one actor concerned. */
export const onFollow: Speaker = async ({ db }, row) => {
  const followUri = row.data['followUri'] ?? '';
  const uri = row.type === 'follow.requested' ? followUri : activityUri(row.actor, row.id);
  return [
    {
      ...followActivity(row, uri, followUri),
      targets: await inboxOf(db.read, row.subject),
      priority: 1,
      listed: false,
    },
  ];
};

const followActivity = (
  row: AnnouncementRow,
  uri: string,
  followUri: string,
): Pick<Said, 'uri' | 'actor' | 'type' | 'object' | 'body'> => {
  const head = { id: uri, actor: row.actor, to: [row.subject], cc: [], published: row.created };
  const said = (type: string, body: Record<string, unknown>): ReturnType<typeof followActivity> => ({
    uri,
    actor: row.actor,
    type,
    object: row.subject,
    body,
  });
  switch (row.type) {
    case 'follow.withdrawn':
      return said(
        'Undo',
        writeUndoFollow({ ...head, follow: { id: followUri, actor: row.actor, object: row.subject } }),
      );
    case 'follow.accepted':
      return said(
        'Accept',
        writeAccept({ ...head, object: followUri, follow: { actor: row.subject, object: row.actor } }),
      );
    case 'follow.rejected':
      return said(
        'Reject',
        writeReject({ ...head, object: followUri, follow: { actor: row.subject, object: row.actor } }),
      );
    default:
      return said('Follow', writeFollow({ ...head, object: row.subject }));
  }
};

export const onMessage: Speaker = async ({ db }, row) => {
  const { messages, conversations } = db.read.t;
  const [found] = await db.read
    .select()
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversation))
    .where(eq(messages.id, row.subject))
    .limit(1);
  const to = row.data['to'] ?? '';
  if (found === undefined) return [];
  const { messages: message, conversations: thread } = found;
  const [last] = await db.read
    .select({ uri: messages.uri })
    .from(messages)
    .where(and(eq(messages.conversation, thread.id), eq(messages.author, to)))
    .orderBy(sql`${messages.created} DESC`)
    .limit(1);
  const [recipient] = await db.read
    .select({ handle: db.read.t.actors.handle, host: db.read.t.actors.host })
    .from(db.read.t.actors)
    .where(eq(db.read.t.actors.uri, to))
    .limit(1);
  const note = writeMessage({
    uri: message.uri,
    from: row.actor,
    to,
    html: message.html,
    context: thread.context,
    published: message.created,
    inReplyTo: last?.uri ?? (thread.context === message.uri ? undefined : thread.context),
    mention: recipient === undefined ? to : `@${recipient.handle}@${recipient.host}`,
  });
  const uri = activityUri(row.actor, row.id);
  return [
    {
      uri,
      actor: row.actor,
      type: 'Create',
      object: message.uri,
      listed: false,
      targets: await inboxOf(db.read, to),
      priority: 0,
      body: writeCreate({ id: uri, actor: row.actor, to: [to], cc: [], published: message.created, object: note }),
    },
  ];
};
