/** What becomes of a request to be a partner as it comes in, before any admin sees it: decided here and nowhere else. */
import type { Tx } from '#db/database.ts';
import type { PeeringRequest, Terms } from './handshake.ts';
import { useInvite } from './peer-invites.ts';
import type { Site } from './site.ts';

/** `ask`: an admin decides. `reason` as `refusePeering` takes it. */
export type Admission =
  | { decision: 'ask' }
  | { decision: 'accept'; terms: Terms }
  | { decision: 'refuse'; reason: string };

/** An invitation is the consent to whoever brings it; one that is not good is told as such. */
export const admit = async (tx: Tx, site: Site, request: PeeringRequest): Promise<Admission> => {
  const secret = request.offer?.invite;
  if (secret === undefined) return { decision: 'ask' };
  const used = await useInvite(tx, site.now(), secret, request.preview.host);
  return used.ok ? { decision: 'accept', terms: used.terms } : { decision: 'refuse', reason: `code:${used.code}` };
};
