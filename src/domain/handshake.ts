/**
 * How two nodes become partners: the admin of one asks, the other's accepts, refuses with a reason, or proposes other
 * terms, until one says yes or gives up. Each node follows the other's actor at the end. Every proposal has an id, and
 * whoever is asked again for one that it has answered says the same again: so a lost word is mended by either side, and
 * a doubled one does nothing (PROTOCOL: Peering, 2).
 */
import { admit } from './admission.ts';
import { announce } from './announcements.ts';
import type { Reader, Tx } from '#db/database.ts';
import { NODE, audited } from './audit.ts';
import { stateOfPeer } from './audit-states.ts';
import { getCooperative } from './cooperative.ts';
import { keepVouchings } from './identity/anchors.ts';
import { activityUri, newId, nodeUri } from './ids.ts';
import { type PeerRow, findPeerByHost, insertPeer, previewColumns, settle } from './peers.ts';
import type { PeerPreview } from './ports.ts';
import { OPEN_SCOPE, type Scope } from './scopes.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

/** What one side would give and take. */
export type Terms = { give: Scope; take: Scope };
export const MESSAGE_MAX = 1_000;

/** The agreement that a Follow of a node's actor asks for; its Offer is beside the Follow. */
export const agreementOf = (followUri: string): string => `${followUri}-offer#agreement`;

/** What the admin has set for new partners; everything, if nothing. */
export const defaultTerms = async (db: Reader): Promise<Terms> => {
  const cooperative = await getCooperative(db);
  return { give: cooperative?.defaultGive ?? OPEN_SCOPE, take: cooperative?.defaultTake ?? OPEN_SCOPE };
};

/** What we would give and take if it went as the other proposed; undefined if it proposed nothing. */
export const mirrored = (peer: Pick<PeerRow, 'theirGive' | 'theirTake'>): Terms | undefined =>
  peer.theirGive === null || peer.theirTake === null ? undefined : { give: peer.theirTake, take: peer.theirGive };

/**
 * Our admin asks a node to become a peer. If it had asked us before, this accepts.
 * @param more.terms absent: what is set for new partners
 * @param more.invite the secret of its invitation
 */
export const requestPeering = async (
  tx: Tx,
  site: Site,
  preview: PeerPreview,
  message: string,
  more: { terms?: Terms; invite?: string } = {},
): Promise<Result<PeerRow>> => {
  if (preview.host === site.host) return fail({ field: 'domain', code: 'discovery.ourselves' });
  const errors = checkText('message', message, { max: MESSAGE_MAX });
  if (errors.length > 0) return fail(...errors);
  const existing = await findPeerByHost(tx, preview.host);
  if (existing !== undefined) {
    if (existing.state === 'active' || existing.state === 'paused') return ok(existing);
    if (existing.state === 'received') return acceptPeering(tx, site, existing, more.terms);
    if (['asked', 'countered'].includes(existing.state) && more.invite === undefined) return ok(existing);
  }
  const now = site.now();
  const followId = newId();
  const followSent = activityUri(nodeUri(site), followId);
  const terms = more.terms ?? (await defaultTerms(tx));
  const values = {
    ...previewColumns(preview),
    ...terms,
    plain: !preview.node,
    state: 'asked',
    turn: 'them',
    message,
    proposal: agreementOf(followSent),
    answered: null,
    theirGive: null,
    theirTake: null,
    reason: '',
    followSent,
    followReceived: null,
    sentAccepted: false,
    receivedAccepted: false,
  };
  const row = existing === undefined ? await insertPeer(tx, now, values) : await settle(tx, now, existing.id, values);
  await keepVouchings(tx, site, preview.host, preview.marks ?? []);
  await announce(
    tx,
    now,
    {
      type: 'peering.requested',
      actor: nodeUri(site),
      subject: row.id,
      data: { followUri: followSent, message, ...(more.invite === undefined ? {} : { invite: more.invite }) },
    },
    followId,
  );
  return ok(row);
};

/** A request as it comes in, by an Offer with terms or by a Follow alone. */
export type PeeringRequest = {
  preview: PeerPreview;
  followUri: string;
  message: string;
  /** Undefined: it knows no terms. */
  offer?: { agreement: string; gives: Scope; takes: Scope; invite?: string };
  /** When it was said, by its own clock but not after ours. */
  said: Date;
};

/** Notes the request; then it is accepted, refused, or an admin has to decide. */
export const openRequest = async (tx: Tx, site: Site, request: PeeringRequest): Promise<PeerRow> => {
  const now = site.now();
  const { preview, offer } = request;
  const existing = await findPeerByHost(tx, preview.host);
  const values = {
    ...previewColumns(preview),
    plain: !preview.node && offer === undefined,
    state: 'received',
    turn: 'us',
    message: request.message,
    proposal: offer?.agreement ?? null,
    answered: null,
    heard: request.said,
    give: null,
    take: null,
    theirGive: offer?.gives ?? null,
    theirTake: offer?.takes ?? null,
    reason: '',
    followSent: null,
    followReceived: request.followUri,
    sentAccepted: false,
    receivedAccepted: false,
  };
  const peer = existing === undefined ? await insertPeer(tx, now, values) : await settle(tx, now, existing.id, values);
  await keepVouchings(tx, site, preview.host, preview.marks ?? []);
  const admission = await admit(tx, site, request, existing?.state);
  if (admission.decision === 'ask') return peer;
  // Nobody of ours decided it: the log says that the node did.
  const noted = <T>(action: 'peer.refused' | 'peer.accepted', work: () => Promise<T>): Promise<T> =>
    audited(tx, now, { actor: NODE, action, subject: peer.host }, () => stateOfPeer(tx, { id: peer.id }), work);
  if (admission.decision === 'refuse')
    return noted('peer.refused', () => refusePeering(tx, site, peer, admission.reason));
  const terms = admission.terms ?? (await defaultTerms(tx));
  const accepted = await noted('peer.accepted', () => acceptPeering(tx, site, peer, terms));
  return accepted.ok ? accepted.value : peer;
};

/**
 * Another node's actor asks to follow ours.
 * @returns the peer: `received` when our admin has to decide, `active` when ours had asked or accepted already
 */
export const receiveFollow = async (tx: Tx, site: Site, request: Omit<PeeringRequest, 'offer'>): Promise<PeerRow> => {
  const { followUri, message, preview } = request;
  const existing = await findPeerByHost(tx, preview.host);
  if (existing === undefined) return openRequest(tx, site, request);
  // Its Offer told of this Follow before, and was dealt with.
  if (existing.followReceived === followUri) return existing;
  switch (existing.state) {
    case 'refused':
    case 'withdrawn':
    case 'cut':
      return openRequest(tx, site, request);
    case 'received':
      return settle(tx, site.now(), existing.id, {
        ...previewColumns(preview),
        followReceived: followUri,
        message: message === '' ? existing.message : message,
      });
    case 'countered':
      if (existing.followSent === null) return settle(tx, site.now(), existing.id, { followReceived: followUri });
      return acceptFollowBack(tx, site, existing, followUri);
    default:
      return acceptFollowBack(tx, site, existing, followUri);
  }
};

/** We asked them, or are peers: their Follow back needs no second decision. */
export const acceptFollowBack = async (
  tx: Tx,
  site: Site,
  peer: PeerRow,
  followUri: string,
  theirs: Partial<Pick<PeerRow, 'theirGive' | 'theirTake' | 'answered' | 'heard'>> = {},
): Promise<PeerRow> => {
  const now = site.now();
  const told = peer.followReceived === followUri && peer.receivedAccepted;
  if (!told)
    await announce(tx, now, {
      type: 'peering.accepted',
      actor: nodeUri(site),
      subject: peer.id,
      data: { followUri },
    });
  return settle(tx, now, peer.id, { ...theirs, followReceived: followUri, receivedAccepted: true });
};

/**
 * Our side accepts what the other asks: its Follow is answered, and ours goes back.
 * @param terms absent: as it proposed; what is set for new partners, if it proposed nothing
 */
export const acceptPeering = async (tx: Tx, site: Site, peer: PeerRow, terms?: Terms): Promise<Result<PeerRow>> => {
  if (peer.state === 'active') return ok(peer);
  if (!['received', 'countered'].includes(peer.state) || peer.followReceived === null)
    return fail({ field: 'peer', code: 'peers.nothingToAccept' });
  const now = site.now();
  await announce(tx, now, {
    type: 'peering.accepted',
    actor: nodeUri(site),
    subject: peer.id,
    data: { followUri: peer.followReceived },
  });
  const settled = {
    ...(terms ?? mirrored(peer) ?? (await defaultTerms(tx))),
    receivedAccepted: true,
    turn: 'them',
    answered: peer.turn === 'us' ? peer.proposal : peer.answered,
  };
  if (peer.sentAccepted) return ok(await settle(tx, now, peer.id, settled));
  const followId = newId();
  const followSent = activityUri(nodeUri(site), followId);
  const row = await settle(tx, now, peer.id, { ...settled, followSent, state: 'asked' });
  await announce(
    tx,
    now,
    {
      type: 'peering.requested',
      actor: nodeUri(site),
      subject: peer.id,
      data: { followUri: followSent, message: '', answers: peer.proposal ?? '' },
    },
    followId,
  );
  return ok(row);
};

/** Our side refuses. They may ask again later. @param reason what they are told; `code:` and a word, if it is ours */
export const refusePeering = async (tx: Tx, site: Site, peer: PeerRow, reason = ''): Promise<PeerRow> => {
  const now = site.now();
  if (peer.followReceived !== null) {
    await announce(tx, now, {
      type: 'peering.refused',
      actor: nodeUri(site),
      subject: peer.id,
      data: { followUri: peer.followReceived, reason },
    });
  }
  return settle(tx, now, peer.id, {
    state: 'refused',
    turn: null,
    reason,
    receivedAccepted: false,
    answered: peer.turn === 'us' ? peer.proposal : peer.answered,
  });
};
