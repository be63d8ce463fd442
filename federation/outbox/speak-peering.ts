/** What this node says while it becomes, and ceases to be, a peer. */
import { getCooperative } from '#domain/cooperative.ts';
import { agreementOf } from '#domain/handshake.ts';
import { activityUri } from '#domain/ids.ts';
import { findPeer } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { inboxOf } from '../addressing.ts';
import {
  type AgreementValue,
  writeAccept,
  writeAcceptOffer,
  writeFollow,
  writePeeringOffer,
  writePeeringTerms,
  writeReject,
  writeUndoFollow,
} from '../vocab/activity.ts';
import type { Said, Speaker } from './speech.ts';

/** For software that knows no such words, and for people who read what was sent. */
const REFUSAL_WORDS: Record<string, string> = {
  notListed: 'This cooperative is a partner of servers on its list only. Write to it, so that it puts yours there.',
};

export const onPeering: Speaker = async ({ db, site }, row) => {
  const peer = await findPeer(db.read, row.subject);
  if (peer === undefined) return [];
  const targets = await inboxOf(db.read, peer.nodeActor);
  const id = row.data['followUri'] ?? '';
  const uri = activityUri(row.actor, row.id);
  const head = { actor: row.actor, to: [peer.nodeActor], cc: [], published: row.created };
  const one = (activityId: string, type: string, body: Record<string, unknown>): Said => ({
    uri: activityId,
    actor: row.actor,
    type,
    object: peer.nodeActor,
    body,
    targets,
    priority: 1,
    listed: false,
  });
  const charter = (await getCooperative(db.read))?.charterUrl ?? undefined;
  /** One agreement may be offered again: its id stays, the activity is another. */
  const offer = (agreement: string, follow?: string): Said => {
    const { message = '', answers = '', invite } = row.data;
    const value: AgreementValue = {
      id: agreement,
      url: site.origin,
      gives: peer.give ?? OPEN_SCOPE,
      takes: peer.take ?? OPEN_SCOPE,
      ...(follow === undefined ? {} : { follow }),
      ...(answers === '' ? {} : { answers }),
      ...(charter === undefined ? {} : { charter }),
      ...(invite === undefined ? {} : { invite }),
    };
    const body = writePeeringOffer({
      ...head,
      id: `${uri}-offer`,
      object: peer.nodeActor,
      message,
      agreement: value,
    });
    return one(`${uri}-offer`, 'Offer', body);
  };
  switch (row.type) {
    case 'peering.requested': {
      const follow = one(id, 'Follow', writeFollow({ ...head, id, object: peer.nodeActor }));
      // Other software knows the Follow alone.
      return peer.plain ? [follow] : [offer(agreementOf(id), id), follow];
    }
    case 'peering.countered':
      return [offer(row.data['agreement'] ?? '')];
    case 'peering.agreed':
      return [
        one(
          uri,
          'Accept',
          writeAcceptOffer({ ...head, id: uri, agreement: row.data['agreement'] ?? '', by: peer.nodeActor }),
        ),
      ];
    case 'peering.withdrawn':
      return [
        one(
          uri,
          'Undo',
          writeUndoFollow({ ...head, id: uri, follow: { id, actor: row.actor, object: peer.nodeActor } }),
        ),
      ];
    case 'peering.scoped':
      if (peer.plain) return [];
      return [
        one(
          uri,
          'Update',
          writePeeringTerms({
            ...head,
            id: uri,
            object: peer.nodeActor,
            site: site.origin,
            gives: peer.give ?? OPEN_SCOPE,
            takes: peer.take ?? OPEN_SCOPE,
          }),
        ),
      ];
    case 'peering.accepted':
      return [
        one(
          uri,
          'Accept',
          writeAccept({ ...head, id: uri, object: id, follow: { actor: peer.nodeActor, object: row.actor } }),
        ),
      ];
    case 'peering.refused': {
      const reason = row.data['reason'] ?? '';
      const refusal = reason.startsWith('code:') ? reason.slice(5) : undefined;
      return [
        one(
          uri,
          'Reject',
          writeReject({
            ...head,
            id: uri,
            object: id,
            follow: { actor: peer.nodeActor, object: row.actor },
            content: refusal === undefined ? reason : (REFUSAL_WORDS[refusal] ?? ''),
            ...(refusal === undefined ? {} : { refusal }),
          }),
        ),
      ];
    }
    default: {
      const said: Said[] = [];
      const [sent, received] = [row.data['followSent'] ?? '', row.data['followReceived'] ?? ''];
      if (sent !== '')
        said.push(
          one(
            uri,
            'Undo',
            writeUndoFollow({ ...head, id: uri, follow: { id: sent, actor: row.actor, object: peer.nodeActor } }),
          ),
        );
      if (received !== '')
        said.push(
          one(
            `${uri}-reject`,
            'Reject',
            writeReject({
              ...head,
              id: `${uri}-reject`,
              object: received,
              follow: { actor: peer.nodeActor, object: row.actor },
            }),
          ),
        );
      return said;
    }
  }
};
