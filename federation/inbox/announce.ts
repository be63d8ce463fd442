/** Announces (boosts): what a cooperative or community passes on. */
import { findActor } from '#domain/actors.ts';
import { storeCopy } from '#domain/copies.ts';
import { isFollowed } from '#domain/follows.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { findListingByUri } from '#domain/listings.ts';
import { isActivePeer } from '#domain/peers.ts';
import { storePost, streamAnnounced } from '#domain/stream.ts';
import { hostOfUri } from '../hosts.ts';
import { hasType, isObject } from '../vocab/json.ts';
import { looksLikeListing, readListing } from '../vocab/listing-read.ts';
import { isPublic, readNote } from '../vocab/message.ts';
import { isBlocked } from './policy.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

/** What is announced is read from its own origin, whatever was embedded; Lemmy embeds the whole activity. */
export const onAnnounced: Handler = async (deps, activity, sender) => {
  const { db, site, resolver } = deps;
  const inner = activity.object;
  const uri = inner !== undefined && hasType(inner, 'Create', 'Update') && isObject(inner['object']) ? inner['object']['id'] : activity.objectId;
  if (typeof uri !== 'string' || !URL.canParse(uri)) return ignored('It names nothing that could be read.');
  const host = hostOfUri(uri) ?? '';
  if (await isBlocked(db.read, host)) return refused(`It passes on something of ${host}, which is blocked here.`);
  const published = activity.published ?? site.now();
  const known = await findListingByUri(db.read, uri);
  const followed = await isFollowed(db.read, site, activity.actor);
  if (known !== undefined) {
    if (!followed) return ignored('It is here already, and nobody follows who passes it on.');
    return async (tx) => {
      await streamAnnounced(tx, activity.actor, known.uri, published);
      return applied('Passed on to those who follow.');
    };
  }
  const peer = await isActivePeer(db.read, host);
  if (!followed && !(peer && sender.host === host)) return ignored('Nobody here follows who passes it on.');
  const object = await resolver.object(uri);
  if (!object.ok) return ignored(`What is announced cannot be read: ${object.detail}`);
  if (looksLikeListing(object.value)) {
    const read = readListing(object.value, { sanitise: sanitiseHtml });
    if (!read.ok) return ignored(read.reason);
    await resolver.actor(read.value.publisher);
    return async (tx) => {
      const stored = await storeCopy(tx, site.now(), read.value);
      if (followed) await streamAnnounced(tx, activity.actor, read.value.uri, published);
      return stored.done === 'nothing' ? ignored(stored.reason) : applied(`Listing ${stored.done}.`);
    };
  }
  const note = readNote(object.value);
  if (note === undefined || !isPublic(note.to)) return ignored('What is announced is no public note.');
  const author = (await findActor(db.read, note.from)) ?? (await resolver.actor(note.from));
  if ('ok' in author && !author.ok) return ignored(`Its author cannot be read: ${author.detail}`);
  return async (tx) => {
    await storePost(tx, { uri: note.uri, author: note.from, html: sanitiseHtml(note.html), url: note.url, published: note.published ?? published, updated: note.updated ?? note.published ?? published });
    await streamAnnounced(tx, activity.actor, note.uri, published);
    return applied('Passed on to those who follow.');
  };
};
