/** Listings that others publish, change and delete. */
import { and, eq, ne, or } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { dropCopies, removeCopy, storeCopy } from '#domain/copies.ts';
import { isFollowed } from '#domain/follows.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { removePost } from '#domain/stream.ts';
import { type Scope, allows } from '#domain/scopes.ts';
import type { ListingValue } from '#domain/types.ts';
import { hostOfUri } from '../hosts.ts';
import { instant } from '../vocab/json.ts';
import { readListing } from '../vocab/listing-read.ts';
import { type Handler, type Outcome, applied, ignored, notAfter, refused, unread } from './types.ts';

/** Create and Update alike: the newest version stands, in whatever order they come. */
export const onListingPublished: Handler = async ({ db, site, resolver, policy }, activity, sender) => {
  const read = readListing(activity.object, { sanitise: sanitiseHtml });
  if (!read.ok) return ignored(read.code, read.reason);
  const { value } = read;
  // The object must be the actor's own: an id of its origin and its name on it.
  if (value.publisher !== activity.actor || hostOfUri(value.uri) !== sender.host)
    return refused('notOwn', 'The listing is not the one of the actor that sent it.');
  const taken = sender.peer && takes(await policy.peer(sender.host), value);
  // Asked only when it decides: most that comes is of partners, and within what is taken of them.
  if (!taken && !(await isFollowed(db.read, site, value.publisher)))
    return sender.peer
      ? (tx) => leftOut(tx, activity.actor, value)
      : ignored('notPartner', 'Its server is no partner, and nobody here follows its publisher.');
  const publisher = await resolver.known(value.publisher);
  if (!publisher.ok) return unread('publisherUnreadable', 'Its publisher', publisher);
  return (tx) => storeListing(tx, site.now(), value, { by: activity.id, notes: read.notes });
};

/** Does our scope for the peer let its listing in? */
export const takes = (peer: { take: Scope | null } | undefined, value: ListingValue): boolean =>
  allows(peer?.take ?? null, {
    kind: value.kind,
    purpose: value.purpose,
    latitude: value.place?.latitude ?? null,
    longitude: value.place?.longitude ?? null,
  });

/** A listing that has left the scope by its change goes from here, too. */
const leftOut = async (tx: Tx, publisher: string, value: ListingValue): Promise<Outcome> => {
  const { listings } = tx.t;
  const rows = await tx
    .select()
    .from(listings)
    .where(and(eq(listings.proposalUri, value.proposalUri), eq(listings.publisher, publisher)))
    .limit(1);
  await dropCopies(tx, rows);
  return ignored('peerScope', 'What is taken of this partner does not include it.');
};

/** Stores what was checked to be its publisher's own. @param from.by id of the activity that brings it */
export const storeListing = async (
  tx: Tx,
  now: Date,
  value: ListingValue,
  from: { by?: string; notes?: string[] } = {},
): Promise<Outcome> => {
  const { by = '', notes = [] } = from;
  const stored = await storeCopy(tx, now, { ...value, published: notAfter(value.published, now) }, by);
  if (stored.done === 'nothing') return ignored(stored.code, stored.reason);
  if (stored.done === 'refused') return refused(stored.code, stored.reason);
  return applied(
    stored.done === 'created' ? 'listingCreated' : 'listingUpdated',
    `Listing ${stored.done}${notes.length > 0 ? ` (left out: ${notes.join('; ')})` : ''}.`,
    { title: value.title, left: notes.join('; ') },
  );
};

/** Epicyon's shared item: it names no owner, so it is the sender's. */
export const onSharedItemAdded: Handler = async (deps, activity, sender) => {
  const object = {
    ...activity.object,
    attributedTo: activity.actor,
    published: activity.object?.['published'] ?? activity.published?.toISOString() ?? deps.site.now().toISOString(),
  };
  return onListingPublished(deps, { ...activity, object }, sender);
};

const AHEAD_MS = 24 * 3_600_000;

/** Delete of a listing or post: counts from its owner alone, and is remembered also when it comes first. */
export const onObjectDeleted: Handler = async ({ site }, activity, sender) => {
  const uri = activity.objectId;
  if (uri === undefined || !URL.canParse(uri)) return ignored('noObject', 'It names no object.');
  if (hostOfUri(uri) !== sender.host || new URL(uri).origin !== new URL(activity.actor).origin)
    return refused('deleteOtherOrigin', 'The object is of another origin than the actor.');
  // A time far in the future would shut out every later version; a clock that was ahead for a while must not keep a
  // deletion from beating the version that it wrote.
  const latest = new Date(site.now().getTime() + AHEAD_MS);
  const deleted = notAfter(instant(activity.object?.['deleted']) ?? activity.published ?? site.now(), latest);
  return async (tx) => {
    if (await isOthers(tx, uri, activity.actor))
      return refused('deleteOthers', "One deletes one's own and nothing else.");
    const gone = await removeCopy(tx, [uri], activity.actor, deleted);
    const post = await removePost(tx, uri, activity.actor);
    return gone || post
      ? applied('removed', 'Removed.')
      : ignored('nothingToRemove', 'There is nothing to remove; the deletion is remembered.');
  };
};

/** Is this somebody else than `actor`, or their listing or post? Two accounts of one server share an origin, not their things. */
const isOthers = async (tx: Tx, uri: string, actor: string): Promise<boolean> => {
  const { actors, listings, posts } = tx.t;
  const [somebody] = await tx.select({ uri: actors.uri }).from(actors).where(eq(actors.uri, uri)).limit(1);
  if (somebody !== undefined) return somebody.uri !== actor;
  const [listing] = await tx
    .select({ row: listings.row })
    .from(listings)
    .where(and(or(eq(listings.uri, uri), eq(listings.proposalUri, uri)), ne(listings.publisher, actor)))
    .limit(1);
  if (listing !== undefined) return true;
  const [post] = await tx
    .select({ uri: posts.uri })
    .from(posts)
    .where(and(eq(posts.uri, uri), ne(posts.author, actor)))
    .limit(1);
  return post !== undefined;
};
