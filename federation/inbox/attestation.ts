/** A partner says that an attestation of its own counts no more. */
import { dropVouched } from '#domain/attestations/partners.ts';
import { nodeUri } from '#domain/ids.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

export const isAttestationGone = (activity: ActivityValue): boolean =>
  activity.object?.['formerType'] === 'MembershipAttestation';

/** It may come before the sign-in that shows it has ended: so it is remembered like every deletion. */
export const onAttestationRevoked: Handler = async ({ site, policy }, activity, sender) => {
  const peer = sender.peer ? await policy.peer(sender.host) : undefined;
  if (peer === undefined) return ignored('notPartner', 'Its server is no partner.');
  const uri = activity.objectId ?? '';
  const { origin } = new URL(activity.actor);
  if (peer.nodeActor !== activity.actor || !uri.startsWith(`${nodeUri({ origin })}/attestations/`))
    return refused('deleteOthers', "One deletes one's own and nothing else.");
  return async (tx) =>
    (await dropVouched(tx, site.now(), uri, { host: sender.host, actor: activity.actor }))
      ? applied('removed', 'Removed.')
      : ignored('nothingToRemove', 'There is nothing to remove; the deletion is remembered.');
};
