/** What other nodes say while they become partners: they ask, propose, say yes or no. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { tellAdmins } from '#domain/admin-letters.ts';
import type { ActorRow } from '#domain/actors.ts';
import { askComparison } from '#domain/comparisons.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { rejectFollower } from '#domain/follows.ts';
import { MESSAGE_MAX, receiveFollow } from '#domain/handshake.ts';
import { plainText } from '#domain/html.ts';
import { endGuestsUnless } from '#domain/identity/guests.ts';
import { nodeUri } from '#domain/ids.ts';
import { type OfferOutcome, answerPeering, counterAccepted, receiveOffer } from '#domain/negotiation.ts';
import { INVITE_FAULTS } from '#domain/peer-invites.ts';
import { type PeerRow, findPeerByHost } from '#domain/peers.ts';
import type { PeerPreview } from '#domain/ports.ts';
import { parseScope } from '#domain/scopes.ts';
import { cleanText } from '#domain/text.ts';
import { hostOfUri } from '../hosts.ts';
import { inspect } from '../peering/inspect.ts';
import { type ActivityValue, agreementOfOffer, readAgreement } from '../vocab/activity.ts';
import { text } from '../vocab/json.ts';
import { type Handler, type InboxDeps, type Outcome, applied, ignored, notAfter, refused } from './types.ts';
import { wasUndone } from './undone.ts';

/** When it was said: of two words of one server the later one counts. */
export const saidAt = (activity: ActivityValue, now: Date): Date => notAfter(activity.published ?? now, now);

/** Who asks; or what is answered at once, because it may not ask. */
type Asking = { preview: PeerPreview } | { refusal: Outcome };

const whoAsks = async (deps: InboxDeps, actor: string, host: string, row: ActorRow): Promise<Asking> => {
  const found = await inspect(deps.discovery, host);
  // Servers become partners. A person who follows the node would speak for all others of that server.
  const isNode = row.kind === 'node' || (found.ok && found.value.node && found.value.nodeActor === actor);
  const known = await findPeerByHost(deps.db.read, host);
  const another =
    known !== undefined && known.nodeActor !== actor && ['asked', 'active', 'paused'].includes(known.state);
  if (another)
    return {
      refusal: refused('otherNodeActor', `The node of ${host} is known here by another actor, ${known.nodeActor}.`, {
        host,
        actor: known.nodeActor,
      }),
    };
  if (!isNode) return { refusal: refused('onlyServers', 'Only the actor of a server may ask to be a partner.') };
  // A server without NodeInfo may still ask; its actor is what is known of it.
  return {
    preview: found.ok
      ? { ...found.value, nodeActor: actor }
      : { host, nodeActor: actor, name: row.name, summary: '', software: '', node: false },
  };
};

/** A Follow of the node's actor. */
export const askedToPeer = async (
  deps: InboxDeps,
  activity: ActivityValue,
  host: string,
  row: ActorRow,
): ReturnType<Handler> => {
  const { site } = deps;
  const { actor, id: followUri } = activity;
  const known = await findPeerByHost(deps.db.read, host);
  const told = known?.nodeActor === actor && known.followReceived === followUri;
  const asking = told ? undefined : await whoAsks(deps, actor, host, row);
  if (asking !== undefined && 'refusal' in asking)
    return async (tx) => {
      await rejectFollower(tx, site, actor, nodeUri(site), followUri);
      return asking.refusal;
    };
  return async (tx) => {
    if (await wasUndone(tx, activity)) return ignored('undoneBefore', 'It was taken back before it came.');
    if (asking === undefined) return applied('peeringWordsNoted', 'Its Offer told of this Follow.');
    const before = await findPeerByHost(tx, host);
    const said = saidAt(activity, site.now());
    if (before?.heard != null && said < before.heard) return OUTCOMES.older;
    const message = await takeWords(tx, host, actor);
    const peer = await receiveFollow(tx, site, { preview: asking.preview, followUri, message, said });
    if (peer.state === 'received' && before?.state !== 'received') await tellOf(tx, deps, peer);
    if (peer.state === 'received') return OUTCOMES.asked;
    if (peer.state === 'refused') return ADMITTED.notListed;
    const asked = before !== undefined && ['asked', 'countered', 'active', 'paused'].includes(before.state);
    return asked ? OUTCOMES.back : admitted(tx);
  };
};

const OUTCOMES: Record<OfferOutcome, Outcome> = {
  asked: applied('peeringAsked', 'Asks to be a partner; an admin decides.'),
  back: applied('peeringBack', 'Follows back: partners.'),
  countered: applied('peeringCountered', 'Proposes other terms; an admin decides.'),
  repeated: applied('peeringRepeated', 'It asked again for what was answered; the answer was sent again.'),
  noted: ignored('peeringKnown', 'This proposal is known already; an admin decides.'),
  older: ignored('peeringOlder', 'It said something later since.'),
  nothing: ignored('peeringNothing', 'It answers nothing that is being negotiated.'),
};

/** What was decided without an admin. */
const ADMITTED = {
  open: applied('peeringOpen', 'Accepted at once: whoever asks may be a partner here.'),
  notListed: refused('peeringNotListed', 'It is not on the list of servers that may be partners; it was told so.'),
  marked: applied('peeringMarked', 'Accepted at once: a network that is trusted here vouches for it by a mark.'),
  invited: applied('peeringInvited', 'It was invited: accepted.'),
  badInvite: refused('peeringInviteBad', 'Its invitation is not good; it was told so.'),
};

/** Where not everybody is accepted at once, it was for a mark. */
const admitted = async (tx: Tx): Promise<Outcome> =>
  (await getCooperative(tx))?.peeringMode === 'open' ? ADMITTED.open : ADMITTED.marked;

/** A proposal; without terms, the words that go with a Follow, which may come before it or after it. */
export const onPeeringOffered: Handler = async (deps, activity, sender) => {
  const { site, resolver } = deps;
  const from = await resolver.actor(activity.actor);
  if (!from.ok || from.value.kind !== 'node')
    return refused('onlyServers', 'Only the actor of a server may ask to be a partner.');
  const message = cleanText(plainText(activity.content ?? '')).slice(0, MESSAGE_MAX);
  const agreement = readAgreement(activity);
  if (agreement === undefined) return words(deps, activity, sender.host, message);
  // It speaks of its own agreements and its own Follow.
  if ([agreement.id, agreement.follow ?? agreement.id].some((uri) => hostOfUri(uri) !== sender.host))
    return OUTCOMES.nothing;
  const known = await findPeerByHost(deps.db.read, sender.host);
  const begins = agreement.follow !== undefined && agreement.answers === undefined;
  const seen = known !== undefined && [known.answered, known.proposal].includes(agreement.id);
  const asking = begins && !seen ? await whoAsks(deps, activity.actor, sender.host, from.value) : undefined;
  if (asking !== undefined && 'refusal' in asking) return asking.refusal;
  return async (tx) => {
    if (agreement.follow !== undefined && (await wasUndone(tx, { ...activity, id: agreement.follow })))
      return ignored('undoneBefore', 'It was taken back before it came.');
    const before = await findPeerByHost(tx, sender.host);
    if (before !== undefined && before.nodeActor !== activity.actor && asking === undefined)
      return refused('peeringOther', 'Another actor of this server asked to be a partner.');
    const { outcome, peer } = await receiveOffer(
      tx,
      site,
      { host: sender.host, preview: asking?.preview },
      {
        agreement: agreement.id,
        gives: parseScope(agreement.gives),
        takes: parseScope(agreement.takes),
        message,
        ...(agreement.answers === undefined ? {} : { answers: agreement.answers }),
        ...(agreement.follow === undefined ? {} : { follow: agreement.follow }),
        ...(agreement.invite === undefined ? {} : { invite: agreement.invite }),
      },
      saidAt(activity, site.now()),
    );
    const toDecide =
      peer !== undefined && (outcome === 'countered' || (outcome === 'asked' && peer.state === 'received'));
    if (toDecide) await tellOf(tx, deps, peer);
    if (outcome !== 'asked' || toDecide) return OUTCOMES[outcome];
    const invited = agreement.invite !== undefined;
    if (peer?.state === 'refused') return invited ? ADMITTED.badInvite : ADMITTED.notListed;
    return invited ? ADMITTED.invited : admitted(tx);
  };
};

const words = async (
  { site }: InboxDeps,
  activity: ActivityValue,
  host: string,
  message: string,
): ReturnType<Handler> => {
  return async (tx) => {
    const peer = await findPeerByHost(tx, host);
    if (peer !== undefined && peer.state === 'received') {
      if (peer.nodeActor !== activity.actor)
        return refused('peeringOther', 'Another actor of this server asked to be a partner.');
      if (message !== '')
        await tx.update(tx.t.peers).set({ message, updated: site.now() }).where(eq(tx.t.peers.id, peer.id));
      return applied('peeringWordsNoted', 'Its message was noted.');
    }
    if (message === '') return ignored('peeringWordsEmpty', 'It says nothing more than the Follow does.');
    const value = JSON.stringify([activity.actor, message]);
    await tx
      .insert(tx.t.facts)
      .values({ key: wordsKey(host), value })
      .onConflictDoUpdate({ target: tx.t.facts.key, set: { value } });
    return applied('peeringWordsKept', 'Kept until the Follow comes.');
  };
};

const wordsKey = (host: string): string => `peering-message:${host}`;

/** The words that came before their Follow, if they are the same actor's. */
const takeWords = async (tx: Tx, host: string, actor: string): Promise<string> => {
  const [kept] = await tx
    .delete(tx.t.facts)
    .where(eq(tx.t.facts.key, wordsKey(host)))
    .returning();
  const said: unknown = JSON.parse(kept?.value ?? '[]');
  return Array.isArray(said) && said[0] === actor && typeof said[1] === 'string' ? said[1] : '';
};

/** Accept or Reject of our Follow of another node's actor, or of terms that we proposed. */
export const onPeeringAnswered: Handler = async ({ site }, activity, sender) => {
  const accepted = activity.type === 'Accept';
  const said = saidAt(activity, site.now());
  const embedded = activity.object;
  const isOffer = embedded?.['type'] === 'Offer';
  return async (tx) => {
    const peer = await findPeerByHost(tx, sender.host);
    if (peer !== undefined && peer.nodeActor !== activity.actor)
      return refused('peeringOther', 'Another actor of this server is the partner.');
    if (isOffer) {
      const agreement = agreementOfOffer(activity.objectId ?? '');
      const done = accepted && peer !== undefined ? await counterAccepted(tx, site, peer, agreement, said) : undefined;
      return done === undefined
        ? ignored('peeringNothing', 'It answers nothing that is being negotiated.')
        : applied('peeringAccepted', 'It accepted the partnership.');
    }
    // By its id alone an answer might be to the words that went beside the Follow.
    if (embedded === undefined && peer !== undefined && peer.followSent !== activity.objectId)
      return ignored('answersNoPeering', 'It answers no Follow of this node.');
    const answered = await answerPeering(tx, site, peer, { accepted, reason: reasonOf(activity), said });
    return answered === undefined
      ? ignored('neverAsked', 'This node never asked it.')
      : accepted
        ? applied('peeringAccepted', 'It accepted the partnership.')
        : answered.state === 'cut'
          ? applied('peeringEnded', 'The partnership was ended by the other side.')
          : applied('peeringRefused', 'It refused the partnership.');
  };
};

/** Why it refuses: one of the words that we know, or its own. */
const reasonOf = ({ raw, content }: ActivityValue): string => {
  const refusal = text(raw['refusal'], 40);
  const known = [...INVITE_FAULTS, 'notListed'].find((one) => one === refusal);
  return known === undefined ? cleanText(plainText(content ?? '')).slice(0, MESSAGE_MAX) : `code:${known}`;
};

/** What a peer says that it gives and takes; shown to our admin, who decides about ours. */
export const onPeeringTermsChanged: Handler =
  async ({ site }, activity, sender) =>
  async (tx) => {
    const peer = await findPeerByHost(tx, sender.host);
    if (peer === undefined || peer.nodeActor !== activity.actor)
      return refused('peeringOther', 'Only the actor of a partner says what it gives and takes.');
    const said = saidAt(activity, site.now());
    if (peer.heard !== null && said < peer.heard) return ignored('peeringOlder', 'It said something later since.');
    // What an admin reads and says yes to changes by a new proposal alone.
    if (['received', 'countered'].includes(peer.state)) return OUTCOMES.nothing;
    const theirGive = parseScope(activity.object?.['gives']);
    await endGuestsUnless(tx, peer.host, theirGive);
    await tx
      .update(tx.t.peers)
      .set({
        theirGive,
        theirTake: parseScope(activity.object?.['takes']),
        heard: said,
        updated: site.now(),
      })
      .where(eq(tx.t.peers.id, peer.id));
    // What it gives has changed, or flows again: whatever of it left or came meanwhile, without a word to us, shows in
    // its list.
    if (peer.state === 'active') await askComparison(tx, site.now(), peer.id);
    return applied('peeringTerms', 'What it gives and takes was noted.');
  };

const tellOf = (tx: Tx, { site }: InboxDeps, peer: PeerRow): Promise<number> =>
  tellAdmins(tx, site, peer.state === 'countered' ? 'peeringCountered' : 'peering', `/admin/peers/${peer.id}`, {
    peer: peer.name,
  });
