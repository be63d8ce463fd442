/** Activities on the wire, both ways. `to` and `cc` are always lists; answers name the Follow and never embed an actor. */
import { CONTEXT } from './context.ts';
import { type JsonObject, type Unreadable, first, ids, instant, isObject, link, list, text } from './json.ts';

type Head = { id: string; actor: string; to: string[]; cc: string[]; published: Date };

const activity = (type: string, head: Head, rest: JsonObject): JsonObject => ({
  '@context': CONTEXT,
  id: head.id,
  type,
  actor: head.actor,
  to: head.to,
  cc: head.cc,
  published: head.published.toISOString(),
  ...rest,
});

/** The embedded object has the activity's context already. */
const embedded = (object: JsonObject): JsonObject => {
  const { '@context': _, ...rest } = object;
  return rest;
};

export const writeCreate = (head: Head & { object: JsonObject }): JsonObject =>
  activity('Create', head, { object: embedded(head.object) });
export const writeUpdate = (head: Head & { object: JsonObject }): JsonObject =>
  activity('Update', head, { object: embedded(head.object) });
/** `formerType` given = of an object, with a Tombstone; without = of the actor itself, by its id alone as Mastodon wants it. */
export const writeDelete = (head: Head & { object: string; deleted: Date; formerType?: string }): JsonObject =>
  activity('Delete', head, {
    object:
      head.formerType === undefined
        ? head.object
        : { id: head.object, type: 'Tombstone', formerType: head.formerType, deleted: head.deleted.toISOString() },
  });
export const writeAnnounce = (head: Head & { object: string }): JsonObject =>
  activity('Announce', head, { object: head.object });
/** The one who moves is actor and object. */
export const writeMove = (head: Head & { target: string }): JsonObject =>
  activity('Move', head, { object: head.actor, target: head.target });
export const writeFollow = (head: Head & { object: string }): JsonObject =>
  activity('Follow', head, { object: head.object });
export const writeUndoFollow = (head: Head & { follow: { id: string; actor: string; object: string } }): JsonObject =>
  activity('Undo', head, { object: { type: 'Follow', ...head.follow } });

type Answer = Head & { object: string; follow: { actor: string; object: string } };
/** Embeds the Follow by its three ids: some match on its id, some on actor and object. Epicyon refuses more. */
const answered = (answer: Answer): JsonObject => ({ object: { id: answer.object, type: 'Follow', ...answer.follow } });
export const writeAccept = (answer: Answer): JsonObject => activity('Accept', answer, answered(answer));
/** @param answer.content why, in words @param answer.refusal the same as a word that programs know */
export const writeReject = (answer: Answer & { content?: string; refusal?: string }): JsonObject =>
  activity('Reject', answer, {
    ...answered(answer),
    ...(answer.content === undefined || answer.content === '' ? {} : { content: answer.content }),
    ...(answer.refusal === undefined ? {} : { refusal: answer.refusal }),
  });

/**
 * Proposes an agreement: the first, another in answer to one (`answers`), or the Follow back that goes with a yes
 * (`answers` and `follow`). The Follow beside it is what every software understands.
 */
export const writePeeringOffer = (
  head: Head & { object: string; message: string; agreement: AgreementValue },
): JsonObject => {
  const { id, gives, takes, url, ...rest } = head.agreement;
  const { follow, answers, charter, invite } = rest;
  return activity('Offer', head, {
    target: head.object,
    ...(answers === undefined ? {} : { inReplyTo: answers }),
    object: {
      id,
      type: 'PeeringAgreement',
      attributedTo: head.actor,
      ...(url === undefined ? {} : { url }),
      gives,
      takes,
      ...(follow === undefined ? {} : { follow }),
      ...(charter === undefined ? {} : { charter }),
      ...(invite === undefined ? {} : { invite }),
    },
    ...(head.message === '' ? {} : { content: head.message }),
  });
};
/** Says yes to an agreement that the other proposed in answer to ours. */
export const writeAcceptOffer = (head: Head & { agreement: string; by: string }): JsonObject =>
  activity('Accept', head, { object: { id: offerOf(head.agreement), type: 'Offer', actor: head.by } });

/** The first Offer of an agreement, by which it is accepted; the agreement has its id and a fragment. */
const FRAGMENT = '#agreement';
const offerOf = (agreement: string): string =>
  agreement.endsWith(FRAGMENT) ? agreement.slice(0, -FRAGMENT.length) : agreement;
export const agreementOfOffer = (offer: string): string => `${offer}${FRAGMENT}`;

/** What two nodes agree on, as one of them says it; `gives` and `takes` are plain JSON. */
export type AgreementValue = {
  id: string;
  gives: unknown;
  takes: unknown;
  url?: string;
  /** Id of the Follow that goes with it. */
  follow?: string;
  /** Id of the agreement that it answers. */
  answers?: string;
  charter?: string;
  invite?: string;
};

/** @returns undefined if the Offer names no agreement with terms */
export const readAgreement = (value: ActivityValue): AgreementValue | undefined => {
  const { object, raw } = value;
  const id = object === undefined ? undefined : link(object['id']);
  if (object === undefined || id === undefined || !isObject(object['gives']) || !isObject(object['takes']))
    return undefined;
  const optional = {
    follow: link(object['follow']),
    answers: link(raw['inReplyTo']),
    charter: link(object['charter']),
    invite: text(object['invite'], 200),
  };
  return {
    id,
    gives: object['gives'],
    takes: object['takes'],
    ...Object.fromEntries(Object.entries(optional).filter(([, one]) => one !== undefined)),
  };
};

/** What a node gives to and takes from its peer from now on: its own word on the agreement. */
export const writePeeringTerms = (
  head: Head & { object: string; site: string; gives: unknown; takes: unknown },
): JsonObject =>
  activity('Update', head, {
    target: head.object,
    object: {
      id: `${head.id}#agreement`,
      type: 'PeeringAgreement',
      attributedTo: head.actor,
      url: head.site,
      gives: head.gives,
      takes: head.takes,
    },
  });

/** @param head.objects the actor concerned, and what is reported of theirs; `reason` one of our list, for our like */
export const writeFlag = (head: Head & { objects: string[]; content: string; reason: string }): JsonObject =>
  activity('Flag', head, { object: head.objects, content: head.content, flagReason: head.reason });

/** What became of a Flag: Accept = something was done about it, Reject = nothing was; `content` says why. */
export const writeFlagAnswer = (
  head: Head & { acted: boolean; flag: string; flagged: string[]; by: string; content: string },
): JsonObject =>
  activity(head.acted ? 'Accept' : 'Reject', head, {
    object: { id: head.flag, type: 'Flag', actor: head.by, object: head.flagged },
    content: head.content,
  });

/** A message of somebody's was not taken. @param head.refusal a word that programs know @param head.content the same in words */
export const writeNotTaken = (
  head: Head & { note: string; author: string; refusal: string; content: string },
): JsonObject =>
  activity('Reject', head, {
    object: { id: head.note, type: 'Note', attributedTo: head.author },
    refusal: head.refusal,
    content: head.content,
  });

/** An activity as far as every handler needs it; `raw` has the rest. */
export type ActivityValue = {
  id: string;
  type: string;
  actor: string;
  /** Id of the object, if it has one. */
  objectId?: string;
  /** The object itself, if it was embedded. */
  object?: JsonObject;
  /** All objects' ids, for a Flag. */
  objectIds: string[];
  targetId?: string;
  to: string[];
  cc: string[];
  published?: Date;
  content?: string;
  raw: JsonObject;
};

/** Reads an activity tolerantly: id, one type and one actor must be right. */
export const readActivity = (doc: unknown): { ok: true; value: ActivityValue } | Unreadable => {
  if (!isObject(doc)) return { ok: false, code: 'notObject', reason: 'It is no object.' };
  const id = link(doc['id']);
  const actor = link(doc['actor']);
  const type = first(doc['type']);
  if (id === undefined) return { ok: false, code: 'activityNoId', reason: 'The activity has no id.' };
  if (actor === undefined || list(doc['actor']).length > 1)
    return { ok: false, code: 'activityNoActor', reason: 'The activity does not have exactly one actor.' };
  if (typeof type !== 'string') return { ok: false, code: 'activityNoType', reason: 'The activity has no type.' };
  const object = first(doc['object']);
  const objectId = ids(doc['object'])[0];
  const targetId = ids(doc['target'])[0];
  const published = instant(doc['published']);
  const content = text(doc['content'], 5_000);
  return {
    ok: true,
    value: {
      id,
      type,
      actor,
      objectIds: ids(doc['object']),
      to: ids(doc['to']),
      cc: ids(doc['cc']),
      raw: doc,
      ...(objectId === undefined ? {} : { objectId }),
      ...(isObject(object) ? { object } : {}),
      ...(targetId === undefined ? {} : { targetId }),
      ...(published === undefined ? {} : { published }),
      ...(content === undefined ? {} : { content }),
    },
  };
};
