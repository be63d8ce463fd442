/** The one rule of what ends when that on which an account opens has changed, or somebody else may have had it. */
import type { Tx } from '#db/database.ts';
import { endAccess } from '../apps/access.ts';
import { endAllSessions, endOtherSessions } from '../sessions.ts';
import { dropUnderWay } from './under-way.ts';

/**
 * Sessions end, and with each those at partners that hang on it; so does whatever waits in letters or in steps of a
 * sign-in, and what acts for the member. Passkeys stay: each is seen, and removed, by itself.
 * @param left.keep hash of the session that goes on; of another account's it keeps none
 * @param left.access whether apps and the member's own tokens go on, as the member alone may choose
 * @returns how many other sessions were ended, where one was kept
 */
export const endWhatHangs = async (
  tx: Tx,
  now: Date,
  account: string,
  left: { keep?: string; access?: boolean } = {},
): Promise<number> => {
  await dropUnderWay(tx, now, account);
  if (left.access !== true) await endAccess(tx, now, account);
  if (left.keep !== undefined) return endOtherSessions(tx, account, left.keep);
  await endAllSessions(tx, account);
  return 0;
};
