/** Listings that others publish, change and delete. */
import { removeCopy, storeCopy } from '#domain/copies.ts';
import { isFollowed } from '#domain/follows.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { removePost } from '#domain/stream.ts';
import { hostOfUri } from '../hosts.ts';
import { readListing } from '../vocab/listing-read.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

/** Create and Update alike: the newest version stands, in whatever order they come. */
export const onListingPublished: Handler = async ({ db, site, resolver }, activity, sender) => {
  const read = readListing(activity.object, { sanitise: sanitiseHtml });
  if (!read.ok) return ignored(read.reason);
  const { value } = read;
  // The object must be the actor's own: an id of its origin and its name on it.
  if (value.publisher !== activity.actor || hostOfUri(value.uri) !== sender.host) return refused('The listing is not the one of the actor that sent it.');
  if (!sender.peer && !(await isFollowed(db.read, site, value.publisher))) return ignored('Its server is no partner, and nobody here follows its publisher.');
  const publisher = await resolver.actor(value.publisher);
  if (!publisher.ok) return ignored(`Its publisher cannot be read: ${publisher.detail}`);
  return async (tx) => {
    const stored = await storeCopy(tx, site.now(), value);
    if (stored.done === 'nothing') return ignored(stored.reason);
    return applied(`Listing ${stored.done}${read.notes.length > 0 ? ` (left out: ${read.notes.join('; ')})` : ''}.`);
  };
};

/** Epicyon's shared item: it names no owner, so it is the sender's. */
export const onSharedItemAdded: Handler = async (deps, activity, sender) => {
  const object = { ...activity.object, attributedTo: activity.actor, published: activity.object?.['published'] ?? activity.published?.toISOString() ?? deps.site.now().toISOString() };
  return onListingPublished(deps, { ...activity, object }, sender);
};

/** Delete of a listing or post: counts from its owner alone, and is remembered also when it comes first. */
export const onObjectDeleted: Handler = async ({ site }, activity, sender) => {
  const uri = activity.objectId;
  if (uri === undefined) return ignored('It names no object.');
  if (hostOfUri(uri) !== sender.host || new URL(uri).origin !== new URL(activity.actor).origin) return refused('The object is of another origin than the actor.');
  const said = activity.object?.['deleted'];
  const at = typeof said === 'string' && !Number.isNaN(Date.parse(said)) ? new Date(said) : (activity.published ?? site.now());
  // A time in the future would shut out every later version.
  const deleted = new Date(Math.min(at.getTime(), site.now().getTime() + 60_000));
  return async (tx) => {
    const gone = await removeCopy(tx, [uri], activity.actor, deleted);
    const post = await removePost(tx, uri, activity.actor);
    return gone || post ? applied('Removed.') : ignored('It was not here; the deletion is remembered.');
  };
};
