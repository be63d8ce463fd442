/** What waits somewhere and would open an account, or carry it away, when it comes back. */
import type { Tx } from '#db/database.ts';
import { voidTokens } from '../tokens.ts';
import { dropSteps } from './steps.ts';

/**
 * Nothing that was begun before opens the account any more: links in letters (to sign in, to choose a password, to take
 * another address, which whoever had the account may have asked for) and steps of a sign-in.
 */
export const dropUnderWay = async (tx: Tx, now: Date, account: string): Promise<void> => {
  for (const purpose of ['signIn', 'reset', 'email'] as const) await voidTokens(tx, now, purpose, account);
  await dropSteps(tx, account);
};
