/** Terms go to and fro: what is proposed, answered, withdrawn, and said again when a word was lost. */
import type { Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import {
  MESSAGE_MAX,
  type PeeringRequest,
  type Terms,
  acceptFollowBack,
  acceptPeering,
  agreementOf,
  mirrored,
  openRequest,
} from './handshake.ts';
import { activityUri, newId, nodeUri } from './ids.ts';
import { useInvite } from './peer-invites.ts';
import { type PeerRow, cutPeer, findPeerByHost, settle } from './peers.ts';
import type { PeerPreview } from './ports.ts';
import type { Scope } from './scopes.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

/** May our admin say yes or propose something else now? */
export const isOurTurn = (peer: PeerRow): boolean =>
  peer.state === 'received' || (peer.state === 'countered' && peer.turn === 'us');

/** Has one side said yes, and only the other's confirmation is to come? */
export const isBeingSettled = (peer: PeerRow): boolean =>
  peer.state === 'asked' &&
  (peer.sentAccepted || peer.receivedAccepted || (peer.answered !== null && peer.answered === peer.proposal));

/** Our admin says yes to what is on the table. @param terms for a request without terms of its own */
export const agree = async (tx: Tx, site: Site, peer: PeerRow, terms?: Terms): Promise<Result<PeerRow>> => {
  if (!isOurTurn(peer)) return fail({ field: 'peer', code: 'peers.nothingToAccept' });
  if (peer.followReceived !== null) return acceptPeering(tx, site, peer, terms);
  const agreed = mirrored(peer);
  if (agreed === undefined || peer.proposal === null) return fail({ field: 'peer', code: 'peers.nothingToAccept' });
  const now = site.now();
  await tell(tx, site, peer, 'peering.agreed', { agreement: peer.proposal });
  return ok(await settle(tx, now, peer.id, { ...agreed, state: 'asked', turn: 'them', answered: peer.proposal }));
};

/** Our admin proposes other terms. The same as theirs are a yes. */
export const counterPeering = async (
  tx: Tx,
  site: Site,
  peer: PeerRow,
  terms: Terms,
  message: string,
): Promise<Result<PeerRow>> => {
  if (!isOurTurn(peer) || peer.proposal === null) return fail({ field: 'peer', code: 'peers.nothingToAccept' });
  const errors = checkText('message', message, { max: MESSAGE_MAX });
  if (errors.length > 0) return fail(...errors);
  const theirs = mirrored(peer);
  if (theirs !== undefined && sameScope(theirs.give, terms.give) && sameScope(theirs.take, terms.take))
    return agree(tx, site, peer);
  const now = site.now();
  const id = newId();
  const agreement = agreementOf(activityUri(nodeUri(site), id));
  await tell(tx, site, peer, 'peering.countered', { agreement, answers: peer.proposal, message }, id);
  return ok(
    await settle(tx, now, peer.id, {
      ...terms,
      state: 'countered',
      turn: 'them',
      message,
      proposal: agreement,
      answered: peer.proposal,
    }),
  );
};

/** Our admin takes back what we asked for, before it is agreed. */
export const withdrawPeering = async (tx: Tx, site: Site, peer: PeerRow): Promise<Result<PeerRow>> => {
  if (!['asked', 'countered'].includes(peer.state) || peer.followSent === null || peer.sentAccepted)
    return fail({ field: 'peer', code: 'peers.nothingToWithdraw' });
  await tell(tx, site, peer, 'peering.withdrawn', { followUri: peer.followSent });
  return ok(await settle(tx, site.now(), peer.id, { state: 'withdrawn', turn: null }));
};

/** The other takes back what it asked for. @returns undefined if nothing of it was open */
export const takeBack = async (tx: Tx, site: Site, peer: PeerRow, said: Date): Promise<PeerRow | undefined> =>
  ['received', 'countered', 'asked', 'refused'].includes(peer.state)
    ? settle(tx, site.now(), peer.id, {
        state: 'withdrawn',
        turn: null,
        heard: said,
        followSent: null,
        sentAccepted: false,
        receivedAccepted: false,
      })
    : undefined;

/** What an Offer of a node says. `answers`: the agreement of ours that it is about; `follow`: its Follow that goes with it. */
export type ReceivedOffer = {
  agreement: string;
  gives: Scope;
  takes: Scope;
  message: string;
  answers?: string;
  follow?: string;
  invite?: string;
};
export type OfferOutcome = 'asked' | 'back' | 'countered' | 'repeated' | 'noted' | 'older' | 'nothing';

/** @param preview who it is, when the Offer may begin something new */
export const receiveOffer = async (
  tx: Tx,
  site: Site,
  from: { host: string; preview: PeerPreview | undefined },
  offer: ReceivedOffer,
  said: Date,
): Promise<{ outcome: OfferOutcome; peer?: PeerRow }> => {
  const peer = await findPeerByHost(tx, from.host);
  const now = site.now();
  if (peer?.heard != null && said < peer.heard) return { outcome: 'older', peer };
  if (peer !== undefined && offer.agreement === peer.answered) {
    await repeatLastWord(tx, site, peer);
    return { outcome: 'repeated', peer };
  }
  if (peer !== undefined && offer.agreement === peer.proposal && peer.turn === 'us') return { outcome: 'noted', peer };
  const theirs = { theirGive: offer.gives, theirTake: offer.takes, heard: said };
  if (offer.answers !== undefined) {
    if (peer === undefined || offer.answers !== peer.proposal || peer.state === 'cut') return { outcome: 'nothing' };
    if (peer.state === 'withdrawn') {
      // Its yes and our Undo have crossed. What follows from that yes is no request.
      if (offer.follow !== undefined) await settle(tx, now, peer.id, { followReceived: offer.follow });
      await repeatLastWord(tx, site, peer);
      return { outcome: 'repeated', peer };
    }
    if (offer.follow !== undefined)
      return {
        outcome: 'back',
        peer: await acceptFollowBack(tx, site, peer, offer.follow, { ...theirs, answered: offer.agreement }),
      };
    if (!['asked', 'countered'].includes(peer.state)) return { outcome: 'nothing', peer };
    const { agreement: proposal, message } = offer;
    return {
      outcome: 'countered',
      peer: await settle(tx, now, peer.id, { ...theirs, state: 'countered', turn: 'us', proposal, message }),
    };
  }
  if (offer.follow === undefined) return { outcome: 'nothing' };
  if (peer !== undefined && ['asked', 'active', 'paused'].includes(peer.state)) {
    // We had asked as well, so nothing hangs on the invitation; it has served its purpose, and is for nobody else.
    if (offer.invite !== undefined) await useInvite(tx, now, offer.invite, from.host);
    const back = await acceptFollowBack(tx, site, peer, offer.follow, { ...theirs, answered: offer.agreement });
    // It has forgotten that we are partners, or never heard that we asked, too.
    if (peer.state !== 'asked') await followAgain(tx, site, back, offer.agreement);
    return { outcome: 'back', peer: back };
  }
  if (from.preview === undefined) return { outcome: 'nothing' };
  const request: PeeringRequest = {
    preview: from.preview,
    followUri: offer.follow,
    message: offer.message,
    said,
    offer: {
      agreement: offer.agreement,
      gives: offer.gives,
      takes: offer.takes,
      ...(offer.invite === undefined ? {} : { invite: offer.invite }),
    },
  };
  return { outcome: 'asked', peer: await openRequest(tx, site, request) };
};

/** The other says yes to the terms that we proposed in answer to its own. @returns undefined if they are not on the table */
export const counterAccepted = async (
  tx: Tx,
  site: Site,
  peer: PeerRow,
  agreement: string,
  said: Date,
): Promise<PeerRow | undefined> => {
  if (peer.proposal !== agreement) return undefined;
  if (peer.state !== 'countered') {
    await repeatLastWord(tx, site, peer);
    return peer;
  }
  if (peer.turn !== 'them' || peer.give === null || peer.take === null) return undefined;
  const heard = await settle(tx, site.now(), peer.id, { heard: said, theirGive: peer.take, theirTake: peer.give });
  const done = await acceptPeering(tx, site, heard, { give: peer.give, take: peer.take });
  return done.ok ? done.value : undefined;
};

/**
 * The other answered our Follow. Matched on the node actor, not on the Follow's id alone. A no that comes once both
 * are partners ends the partnership as its Undo does.
 * @returns undefined if we never asked, or took it back
 */
export const answerPeering = async (
  tx: Tx,
  site: Site,
  peer: PeerRow | undefined,
  answer: { accepted: boolean; reason: string; said: Date },
): Promise<PeerRow | undefined> => {
  if (peer === undefined || peer.followSent === null) return undefined;
  if (!['asked', 'countered', 'active', 'paused'].includes(peer.state)) return undefined;
  if (peer.heard !== null && answer.said < peer.heard) return undefined;
  const now = site.now();
  if (!answer.accepted && ['active', 'paused'].includes(peer.state)) {
    await cutPeer(tx, site, peer, false);
    return settle(tx, now, peer.id, { reason: answer.reason, heard: answer.said });
  }
  if (!answer.accepted)
    return settle(tx, now, peer.id, {
      sentAccepted: false,
      state: 'refused',
      turn: null,
      reason: answer.reason,
      heard: answer.said,
    });
  return settle(tx, now, peer.id, {
    sentAccepted: true,
    ...(peer.state === 'countered' ? { state: 'asked' } : {}),
    ...(peer.plain ? {} : { theirGive: peer.theirGive ?? peer.take, theirTake: peer.theirTake ?? peer.give }),
  });
};

/** Says again what we said last: the other may not have heard it. Nothing changes here. */
export const repeatLastWord = async (tx: Tx, site: Site, peer: PeerRow): Promise<void> => {
  const { followReceived, followSent } = peer;
  switch (peer.state) {
    case 'refused':
      if (followReceived !== null)
        await tell(tx, site, peer, 'peering.refused', { followUri: followReceived, reason: peer.reason });
      return;
    case 'withdrawn':
      if (followSent !== null) await tell(tx, site, peer, 'peering.withdrawn', { followUri: followSent });
      return;
    case 'countered':
      if (peer.turn === 'them' && peer.proposal !== null)
        await tell(tx, site, peer, 'peering.countered', {
          agreement: peer.proposal,
          answers: peer.answered ?? '',
          message: peer.message,
        });
      return;
    case 'asked':
    case 'active':
    case 'paused':
      if (peer.receivedAccepted && followReceived !== null)
        await tell(tx, site, peer, 'peering.accepted', { followUri: followReceived });
      else if (peer.answered !== null && peer.answered === peer.proposal)
        await tell(tx, site, peer, 'peering.agreed', { agreement: peer.proposal });
      if (!peer.sentAccepted && followSent !== null && (peer.answered !== peer.proposal || peer.receivedAccepted))
        await askAgain(tx, site, peer, followSent);
      return;
    default:
  }
};

/** The same Follow and the same agreement; other software knows a Follow by its id alone, and gets a new one. */
const askAgain = async (tx: Tx, site: Site, peer: PeerRow, followSent: string): Promise<void> => {
  if (peer.plain) return followAgain(tx, site, peer, '');
  // Our own request, or the Follow back that goes with our yes.
  const answers = peer.proposal === agreementOf(followSent) ? '' : (peer.proposal ?? '');
  await tell(tx, site, peer, 'peering.requested', { followUri: followSent, message: peer.message, answers });
};

const followAgain = async (tx: Tx, site: Site, peer: PeerRow, answers: string): Promise<void> => {
  const id = newId();
  const followUri = activityUri(nodeUri(site), id);
  await settle(tx, site.now(), peer.id, { followSent: followUri });
  await tell(tx, site, peer, 'peering.requested', { followUri, message: '', answers }, id);
};

const tell = (
  tx: Tx,
  site: Site,
  peer: PeerRow,
  type: Parameters<typeof announce>[2]['type'],
  data: Record<string, string>,
  id: string = newId(),
): Promise<string> => announce(tx, site.now(), { type, actor: nodeUri(site), subject: peer.id, data }, id);

/** Whatever the order in which it was written or stored. */
export const sameScope = (a: Scope, b: Scope): boolean => plain(a) === plain(b);
const plain = ({ kinds, requests, data, territory }: Scope): string =>
  JSON.stringify([
    kinds.toSorted(),
    requests,
    data.toSorted(),
    territory === undefined ? null : [territory.latitude, territory.longitude, territory.radiusKm],
  ]);
