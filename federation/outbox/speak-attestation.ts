/** What this node says of attestations: to a partner that was shown one, that it counts no more. Neither whose nor why. */
import { activityUri } from '#domain/ids.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { inboxOf } from '../addressing.ts';
import { writeDelete } from '../vocab/activity.ts';
import type { Speaker } from './speech.ts';

/** What an attestation was, for the partner that hears that it is gone. */
export const ATTESTATION = 'MembershipAttestation';

export const onAttestationRevoked: Speaker = async ({ db }, row) => {
  const peer = await findPeerByHost(db.read, row.data['host'] ?? '');
  // Who is no partner any more has forgotten it.
  if (peer === undefined || peer.plain) return [];
  const uri = activityUri(row.actor, row.id);
  return [
    {
      uri,
      actor: row.actor,
      type: 'Delete',
      object: row.subject,
      listed: false,
      targets: await inboxOf(db.read, peer.nodeActor),
      priority: 0,
      body: writeDelete({
        id: uri,
        actor: row.actor,
        to: [peer.nodeActor],
        cc: [],
        published: row.created,
        object: row.subject,
        deleted: row.created,
        formerType: ATTESTATION,
      }),
    },
  ];
};
