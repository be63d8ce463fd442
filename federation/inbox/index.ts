/** The inbox's table of contents: what may happen, and who takes care of it. Everything else is noted and ignored. */
import { hostOfUri } from '../hosts.ts';
import { looksLikeListing } from '../vocab/listing-read.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { type JsonObject, hasType } from '../vocab/json.ts';
import { onActorChanged, onActorDeleted } from './actors.ts';
import { onAnnounced } from './announce.ts';
import { isAttestationGone, onAttestationRevoked } from './attestation.ts';
import { onAnswered, onFlagged } from './flag.ts';
import { onFollowAsked, onFollowWithdrawn } from './follow.ts';
import { onListingPublished, onObjectDeleted, onSharedItemAdded } from './listing.ts';
import { onActorMoved } from './move.ts';
import { onNotePublished } from './note.ts';
import { onPeeringOffered, onPeeringTermsChanged } from './peering.ts';
import { type Handler, ignored, unread } from './types.ts';

/** @returns the handler of an activity */
export const handlerOf = (activity: ActivityValue): Handler => {
  const { type, object } = activity;
  switch (type) {
    case 'Create':
    case 'Update':
      if (activity.objectId === activity.actor) return onActorChanged;
      if (object === undefined) return onOnlyNamed;
      if (hasType(object, 'PeeringAgreement')) return onPeeringTermsChanged;
      if (looksLikeListing(object)) return type === 'Create' ? onListingPublished : onListingChanged;
      if (hasType(object, 'Note', 'ChatMessage', 'Article', 'Page', 'Event', 'Question', 'Video', 'Image', 'Audio'))
        return onNotePublished;
      if (hasType(object, 'Person', 'Organization', 'Group', 'Application', 'Service')) return onActorChanged;
      return async () =>
        ignored('objectUnknown', `A ${type} of ${kindOf(object)} concerns nobody here.`, {
          activity: type,
          object: kindOf(object),
        });
    case 'Delete':
      if (isAttestationGone(activity)) return onAttestationRevoked;
      return activity.objectId === activity.actor ? onActorDeleted : onObjectDeleted;
    case 'Move':
      return onActorMoved;
    case 'Add':
      return object !== undefined && hasType(object, 'Offer') ? onSharedItemAdded : unknown;
    case 'Follow':
      return onFollowAsked;
    case 'Undo':
      return onFollowWithdrawn;
    case 'Accept':
    case 'Reject':
      return onAnswered;
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

/** The newest version stands, whichever of the two brings it. */
const onListingChanged = onListingPublished;

/** A Create or Update that only names its object: it is read from its own origin, which has to be the actor's. */
const onOnlyNamed: Handler = async (deps, activity, sender) => {
  const uri = activity.objectId;
  if (uri === undefined || hostOfUri(uri) !== sender.host)
    return ignored('nameless', 'It names no object of its own server.');
  const object = await deps.resolver.object(uri);
  if (!object.ok) return unread('namedUnreadable', 'What it names', object);
  const whole = { ...activity, object: object.value };
  return handlerOf(whole)(deps, whole, sender);
};

const unknown: Handler = async (_deps, { type }) =>
  ignored('typeUnknown', `${type.slice(0, 40)} is not understood here.`, { activity: type });

const kindOf = (object: JsonObject): string => JSON.stringify(object['type'])?.slice(0, 60) ?? 'nothing';
