/** Announces (boosts): what a cooperative or community passes on. */
import { and, eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { isFollowed } from '#domain/follows.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { findListingByUri } from '#domain/listings.ts';
import { storePost, streamAnnounced } from '#domain/stream.ts';
import { hostOfUri } from '../hosts.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { type JsonObject, hasType, ids } from '../vocab/json.ts';
import { looksLikeListing, readListing } from '../vocab/listing-read.ts';
import { isPublic, readNote } from '../vocab/message.ts';
import { storeListing } from './listing.ts';
import { type Act, type Handler, type InboxDeps, applied, ignored, notAfter, refused, unread } from './types.ts';
import { wasUndone } from './undone.ts';

/** What is announced is read from its own origin, whatever was embedded. */
export const onAnnounced: Handler = async (deps, activity, sender) => {
  const { db, site, resolver, policy } = deps;
  const uri = announcedUri(activity);
  if (uri === undefined) return ignored('announceNothing', 'It passes on nothing that is kept here.');
  const host = hostOfUri(uri) ?? '';
  // The block is on the owner of what is passed on, not only on who passes it on.
  if (await policy.isBlocked(host))
    return refused('announceBlocked', `It passes on something of ${host}, which is blocked here.`, { host });
  const published = notAfter(activity.published ?? site.now(), site.now());
  const known = await findListingByUri(db.read, uri);
  const followed = await isFollowed(db.read, site, activity.actor);
  if (known !== undefined) {
    if (!followed) return ignored('announceKnown', 'It is here already, and nobody follows who passes it on.');
    return passOn(activity, known.uri, published);
  }
  if (host === site.host) return ignored('announceOursGone', 'It passes on something of ours that is not there.');
  const peer = await policy.isActivePeer(host);
  if (!followed && !(peer && sender.host === host))
    return ignored('announcerNotFollowed', 'Nobody here follows who passes it on.');
  const object = await resolver.object(uri);
  if (!object.ok) return unread('announcedUnreadable', 'What is announced', object);
  const found = { object: object.value, published, followed };
  return looksLikeListing(object.value)
    ? announcedListing(deps, activity, found)
    : announcedNote(deps, activity, found);
};

/** Mastodon passes on an object by its id; Lemmy embeds the activity that made it. */
const announcedUri = (activity: ActivityValue): string | undefined => {
  const inner = activity.object;
  const wraps = inner !== undefined && 'actor' in inner && 'object' in inner;
  if (wraps && !hasType(inner, 'Create', 'Update')) return undefined;
  const uri = wraps ? ids(inner['object'])[0] : activity.objectId;
  return uri !== undefined && URL.canParse(uri) ? uri : undefined;
};

type Found = { object: JsonObject; published: Date; followed: boolean };

const announcedListing = async (
  { site, resolver }: InboxDeps,
  activity: ActivityValue,
  found: Found,
): ReturnType<Handler> => {
  const read = readListing(found.object, { sanitise: sanitiseHtml });
  if (!read.ok) return ignored(read.code, read.reason);
  const { value } = read;
  const publisher = await resolver.known(value.publisher);
  if (!publisher.ok) return unread('publisherUnreadable', 'Its publisher', publisher);
  return async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    const stored = await storeListing(tx, site.now(), value, { notes: read.notes });
    if (found.followed && (await findListingByUri(tx, value.uri)) !== undefined)
      await streamAnnounced(tx, activity.actor, value.uri, found.published);
    return stored;
  };
};

const announcedNote = async ({ resolver }: InboxDeps, activity: ActivityValue, found: Found): ReturnType<Handler> => {
  const { object, published, followed } = found;
  if (!followed) return ignored('announcerNotFollowed', 'Nobody here follows who passes it on.');
  const note = readNote(object);
  if (note === undefined || !isPublic(note.to))
    return ignored('announcedNoPublicNote', 'What is announced is no public note.');
  // A server speaks for its own people alone: it cannot put words into another's mouth.
  if (new URL(note.from).origin !== new URL(note.uri).origin)
    return refused('noteOtherOrigin', 'The note names an author of another origin.');
  const author = await resolver.known(note.from);
  if (!author.ok) return unread('authorUnreadable', 'Its author', author);
  const written = notAfter(note.published ?? published, published);
  return async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    await storePost(tx, {
      uri: note.uri,
      author: note.from,
      html: sanitiseHtml(note.html),
      url: note.url,
      pictures: note.pictures,
      published: written,
      updated: note.updated ?? written,
    });
    const [post] = await tx
      .select({ uri: tx.t.posts.uri })
      .from(tx.t.posts)
      .where(eq(tx.t.posts.uri, note.uri))
      .limit(1);
    if (post === undefined) return ignored('postDeleted', 'Its author deleted it.');
    await streamAnnounced(tx, activity.actor, note.uri, published);
    return applied('passedOn', 'Passed on to those who follow.');
  };
};

/** Of what is here already only the line in the stream is new. */
const passOn =
  (activity: ActivityValue, object: string, published: Date): Act =>
  async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    // It may have been deleted while we looked.
    if ((await findListingByUri(tx, object)) === undefined) return ignored('listingDeleted', 'It was deleted.');
    await streamAnnounced(tx, activity.actor, object, published);
    return applied('passedOn', 'Passed on to those who follow.');
  };

/** Who passed something on takes that back: the thing itself stays. @returns whether there was a line to remove */
export const withdrawAnnounce = async (tx: Tx, actor: string, object: string): Promise<boolean> => {
  const { stream } = tx.t;
  const listing = await findListingByUri(tx, object);
  const rows = await tx
    .delete(stream)
    .where(and(eq(stream.actor, actor), eq(stream.object, listing?.uri ?? object), eq(stream.type, 'announce')))
    .returning({ row: stream.row });
  return rows.length > 0;
};
