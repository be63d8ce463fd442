/** The inbox's table of contents: what may happen, and who takes care of it. Everything else is noted and ignored. */
import { looksLikeListing } from '../vocab/listing-read.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { hasType } from '../vocab/json.ts';
import { onActorChanged, onActorDeleted } from './actors.ts';
import { onAnnounced } from './announce.ts';
import { onFlagged } from './flag.ts';
import { onFollowAnswered, onFollowAsked, onFollowWithdrawn, onPeeringOffered } from './follow.ts';
import { onListingPublished, onObjectDeleted, onSharedItemAdded } from './listing.ts';
import { onNotePublished } from './note.ts';
import { type Handler, ignored } from './types.ts';

/** @returns the handler of an activity */
export const handlerOf = (activity: ActivityValue): Handler => {
  const { type, object } = activity;
  switch (type) {
    case 'Create':
    case 'Update':
      if (object === undefined) return async () => ignored('The object is not embedded, and what is only named is not fetched for a Create.');
      if (looksLikeListing(object)) return onListingPublished;
      if (hasType(object, 'Note', 'Article', 'Page', 'Event', 'Question', 'Video', 'Image', 'Audio')) return onNotePublished;
      if (hasType(object, 'Person', 'Organization', 'Group', 'Application', 'Service')) return onActorChanged;
      return async () => ignored(`A ${type} of ${JSON.stringify(object['type'])?.slice(0, 60) ?? 'nothing'} concerns nobody here.`);
    case 'Delete':
      return activity.objectId === activity.actor ? onActorDeleted : onObjectDeleted;
    case 'Add':
      return object !== undefined && hasType(object, 'Offer') ? onSharedItemAdded : unknown;
    case 'Follow':
      return onFollowAsked;
    case 'Undo':
      return onFollowWithdrawn;
    case 'Accept':
    case 'Reject':
      return onFollowAnswered;
    case 'Announce':
      return onAnnounced;
    case 'Offer':
      return object !== undefined && hasType(object, 'PeeringAgreement') ? onPeeringOffered : unknown;
    case 'Flag':
      return onFlagged;
    default:
      return unknown;
  }
};

const unknown: Handler = async (_deps, activity) => ignored(`${activity.type.slice(0, 40)} is not understood here.`);
