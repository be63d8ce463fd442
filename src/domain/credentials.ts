/** The password and the address of an account: how they change, and by whom. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import type { CooperativeRow } from './cooperative.ts';
import { queueLetter } from './mail.ts';
import { findAccountByLogin } from './members.ts';
import { type AccountRow, endAllSessions } from './sessions.ts';
import type { Site } from './site.ts';
import { consumeToken, issueToken, voidTokens } from './tokens.ts';
import { type Result, fail, ok } from './types.ts';

/** Somebody forgot a password. The answer is the same whether or not there is such an account. */
export const askPasswordReset = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  login: string,
): Promise<void> => {
  const account = await findAccountByLogin(tx, login);
  if (account === undefined || account.state === 'suspended') return;
  await voidTokens(tx, site.now(), 'reset', account.id);
  const token = await issueToken(tx, site.now(), 'reset', { account: account.id, ttlMs: 3_600_000 });
  await queueLetter(tx, site.now(), {
    to: account.email,
    locale: account.locale,
    name: 'reset',
    params: { cooperative: cooperative.name, name: account.handle, link: `${site.origin}/password-reset/${token}` },
  });
};

/** Sets the new password and signs out everywhere. @param passwordHash made before the transaction */
export const resetPassword = async (
  tx: Tx,
  now: Date,
  token: string,
  passwordHash: string,
): Promise<Result<AccountRow>> => {
  const found = await consumeToken(tx, now, 'reset', token);
  if (found?.account == null) return fail({ field: 'token', code: 'linkExpired' });
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ passwordHash, updated: now })
    .where(eq(tx.t.accounts.id, found.account))
    .returning();
  await endAllSessions(tx, found.account);
  return row === undefined ? fail({ field: 'token', code: 'linkExpired' }) : ok(row);
};
