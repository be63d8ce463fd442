/** What becomes of a request to be a partner as it comes in, before any admin sees it: decided here and nowhere else. */
import type { Tx } from '#db/database.ts';
import type { PeeringRequest, Terms } from './handshake.ts';
import { skipsApproval } from './identity/anchors.ts';
import { useInvite } from './peer-invites.ts';
import { admissionByMode } from './peering-modes.ts';
import type { Site } from './site.ts';

/** `ask`: an admin decides. `terms` absent: what is set for new partners. `reason` as `refusePeering` takes it. */
export type Admission =
  | { decision: 'ask' }
  | { decision: 'accept'; terms?: Terms }
  | { decision: 'refuse'; reason: string };

/**
 * An invitation is the consent to whoever brings it, whatever the mode; one that is not good is told as such. Without
 * one the cooperative's mode decides, and a mark that lets in without an admin, proven at this moment.
 * @param before state in which the peer was known until now
 */
export const admit = async (
  tx: Tx,
  site: Site,
  request: PeeringRequest,
  before: string | undefined,
): Promise<Admission> => {
  const secret = request.offer?.invite;
  const { host } = request.preview;
  if (secret === undefined)
    return admissionByMode(tx, site.now(), host, before, await skipsApproval(tx, request.preview.marks ?? []));
  const used = await useInvite(tx, site.now(), secret, host);
  return used.ok ? { decision: 'accept', terms: used.terms } : { decision: 'refuse', reason: `code:${used.code}` };
};
