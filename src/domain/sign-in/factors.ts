/** All that an account signs in with beside its password, together; and whether those who decide must have some of it. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { AuditState } from '../audit.ts';
import { dropFact, readFact, writeFact } from '../facts.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type Result, fail, ok } from '../types.ts';
import { endCodes, hasCodes } from './codes.ts';
import { endWhatHangs } from './endings.ts';
import { weakenSessions } from './strength.ts';
import { tellMember } from './words.ts';

const REQUIRED = 'two-factors-required';

/** Removes it all. @returns whether there was anything */
export const dropWaysIn = async (tx: Tx, account: string): Promise<boolean> => {
  const { passkeys } = tx.t;
  const coded = await endCodes(tx, account);
  const keys = await tx.delete(passkeys).where(eq(passkeys.account, account)).returning({ id: passkeys.id });
  await weakenSessions(tx, account);
  return coded || keys.length > 0;
};

/** What of it is compared in the log of decisions. */
export const stateOfWaysIn = async (tx: Reader, account: string): Promise<AuditState> => ({
  codes: await hasCodes(tx, account),
  passkeys: await tx.$count(tx.t.passkeys, eq(tx.t.passkeys.account, account)),
});

/**
 * A member has lost what they sign in with: it is taken away, they are signed out everywhere, programs
 * and links that wait open nothing any more, and they are told why. The password stays.
 * @returns errors on `reason`; `notFound` on `member` if there was nothing to take away
 */
export const resetWaysIn = async (
  tx: Tx,
  site: Site,
  account: AccountRow,
  reason: string,
): Promise<Result<AccountRow>> => {
  const errors = checkText('reason', reason.trim(), { min: 1, max: 500 });
  if (errors.length > 0) return fail(...errors);
  if (!(await dropWaysIn(tx, account.id))) return fail({ field: 'member', code: 'notFound' });
  await endWhatHangs(tx, site.now(), account.id);
  await tellMember(tx, site, account, 'factorsReset', { reason: reason.trim() }, '/sign-in');
  return ok(account);
};

/** Do the admin's pages open only to those who signed in by two factors? */
export const twoFactorsRequired = async (db: Reader): Promise<boolean> => (await readFact(db, REQUIRED)) !== undefined;

export const requireTwoFactors = (tx: Tx, required: boolean): Promise<void> =>
  required ? writeFact(tx, REQUIRED, '1') : dropFact(tx, REQUIRED);
