/**
 * Why the inbox did what it did, by stable codes: the journal keeps the code, the admin's page has its words
 * (`reasons.<code>` in locales/), the metrics count its class.
 */

/** Few, so that they may label a metric. */
export type ReasonClass =
  | 'done'
  /** Of somebody whom nobody here has asked to hear. */
  | 'stranger'
  /** A decision of this cooperative. */
  | 'policy'
  /** Nothing here is concerned by it. */
  | 'nothing'
  /** A kind of activity or object that Maillon has no use for. */
  | 'unknown'
  /** Something in it is missing or contradicts itself. */
  | 'unreadable'
  /** What it names could not be had from its server. */
  | 'unreachable'
  /** It speaks of what is another's. */
  | 'forged'
  /** Something later is known already. */
  | 'older';

const inClass = <C extends string>(name: ReasonClass, codes: readonly C[]): Record<C, ReasonClass> =>
  // One entry per code: that is what the type says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(codes.map((code) => [code, name])) as Record<C, ReasonClass>;

export const REASONS = {
  ...inClass('done', [
    'actorGone',
    'actorRead',
    'announceUndone',
    'flagAnswered',
    'flagNoted',
    'followAccepted',
    'followRefused',
    'followed',
    'listingCreated',
    'listingUpdated',
    'messageNotTaken',
    'messageStored',
    'moved',
    'partnerRestored',
    'passedOn',
    'peeringAccepted',
    'peeringAsked',
    'peeringBack',
    'peeringCountered',
    'peeringEnded',
    'peeringInvited',
    'peeringMarked',
    'peeringOpen',
    'peeringRefused',
    'peeringRepeated',
    'peeringTerms',
    'peeringWithdrawn',
    'peeringWordsKept',
    'peeringWordsNoted',
    'postCreated',
    'postUpdated',
    'removed',
    'unfollowed',
  ]),
  ...inClass('stranger', ['announcerNotFollowed', 'authorNotFollowed', 'moveNotFollowed', 'notPartner']),
  ...inClass('policy', [
    'announceBlocked',
    'blocked',
    'flagRejected',
    'followClosed',
    'moveBlocked',
    'onlyServers',
    'peeringInviteBad',
    'peeringNotListed',
    'notHolder',
    'peerScope',
  ]),
  ...inClass('nothing', [
    'actorNeverHere',
    'announceKnown',
    'announceOursGone',
    'announceUndoEarly',
    'answersNoPeering',
    'answersNothing',
    'flagNothing',
    'followUnknown',
    'followersOnly',
    'moveSelf',
    'moveTooSoon',
    'neverAsked',
    'nobodyHere',
    'nobodyTakes',
    'notFollowing',
    'nothingToRemove',
    'peeringKnown',
    'peeringNothing',
    'peeringWordsEmpty',
    'privateToSeveral',
  ]),
  ...inClass('unknown', ['announceNothing', 'answerUnknown', 'objectUnknown', 'typeUnknown', 'undoUnknown']),
  ...inClass('unreadable', [
    'activityNoActor',
    'activityNoId',
    'activityNoType',
    'announcedNoPublicNote',
    'contextBent',
    'deadly',
    'graph',
    'itemNoId',
    'itemNoOwner',
    'itemOrigins',
    'jsonLd',
    'listingNoId',
    'listingNoOwner',
    'listingNoTitle',
    'listingOrigins',
    'listingOwners',
    'moveNowhere',
    'nameless',
    'noObject',
    'noProposal',
    'notObject',
    'jsonLdTooLarge',
    'noteIncomplete',
    'undoNothing',
  ]),
  ...inClass('unreachable', [
    'actorUnreadable',
    'announcedUnreadable',
    'authorUnreadable',
    'followerUnreadable',
    'moveUnreadable',
    'namedUnreadable',
    'publisherUnreadable',
  ]),
  ...inClass('forged', [
    'actorChangesOther',
    'deleteOtherOrigin',
    'deleteOthers',
    'flagAnswerOther',
    'moveNoBackLink',
    'moveNoSignpost',
    'moveOnward',
    'moveOther',
    'noteNotOwn',
    'noteOtherOrigin',
    'notOwn',
    'otherNodeActor',
    'peeringOther',
    'proposalChanged',
    'noteChanged',
    'staysListing',
    'publishedByOther',
    'undoOthers',
  ]),
  ...inClass('older', [
    'deletedByOwner',
    'duplicate',
    'listingDeleted',
    'messageHere',
    'messagesStay',
    'moveKnown',
    'newerHere',
    'peeringOlder',
    'postDeleted',
    'postSame',
    'sameHere',
    'undoneBefore',
  ]),
} as const;
export type ReasonCode = keyof typeof REASONS;

export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);

/** What became of an activity, and why. */
export type Outcome = {
  outcome: 'applied' | 'ignored' | 'refused';
  code: ReasonCode;
  /** The same in English, for those who read the table. */
  reason: string;
  /** What the words of the code name. `why` = code of a failed fetch. */
  details?: Record<string, string>;
};
