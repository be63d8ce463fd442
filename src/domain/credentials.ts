/** The password and the address of an account: how they change, and by whom. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { type CooperativeRow, EMAIL } from './cooperative.ts';
import { queueLetter } from './mail.ts';
import { DAY_MS, findAccount, findAccountByEmail, findAccountByLogin } from './members.ts';
import type { AccountRow } from './sessions.ts';
import { endWhatHangs } from './sign-in/endings.ts';
import type { Site } from './site.ts';
import { consumeToken, issueToken, voidTokens, waitingToken } from './tokens.ts';
import { type FieldError, type Result, fail, ok } from './types.ts';

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
  await endWhatHangs(tx, now, found.account);
  return row === undefined ? fail({ field: 'token', code: 'linkExpired' }) : ok(row);
};

/**
 * A member who is signed in chooses another password: all other sessions end, and links that are under way.
 * @param to.passwordHash made before the transaction
 * @param to.keep hash of the session that stays
 * @param to.access whether apps and the member's own tokens go on
 * @returns how many other sessions were ended
 */
export const changePassword = async (
  tx: Tx,
  now: Date,
  account: string,
  to: { passwordHash: string; keep: string; access: boolean },
): Promise<number> => {
  const { passwordHash, ...left } = to;
  await tx.update(tx.t.accounts).set({ passwordHash, updated: now }).where(eq(tx.t.accounts.id, account));
  return endWhatHangs(tx, now, account, left);
};

/** What is wrong with the address that a member wants: email, emailSame. */
export const checkNewEmail = (account: AccountRow, typed: string): FieldError[] => {
  const email = typed.trim();
  if (!EMAIL.test(email)) return [{ field: 'email', code: 'email' }];
  return email.toLowerCase() === account.emailKey ? [{ field: 'email', code: 'emailSame' }] : [];
};

/**
 * A member wants another address: it gets a letter with a link, and counts from when that is followed. The answer is
 * the same if the address has an account here already: then its owner gets a letter that says so.
 * @returns errors on `email`: email, emailSame
 */
export const askEmailChange = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  account: AccountRow,
  typed: string,
): Promise<Result<void>> => {
  const wrong = checkNewEmail(account, typed);
  if (wrong.length > 0) return fail(...wrong);
  const email = typed.trim();
  const now = site.now();
  await voidTokens(tx, now, 'email', account.id);
  // Issued in both cases, so that the page that follows looks the same.
  const token = await issueToken(tx, now, 'email', { account: account.id, data: { email }, ttlMs: 3 * DAY_MS });
  const other = await findAccountByEmail(tx, email);
  await queueLetter(
    tx,
    now,
    other === undefined
      ? {
          to: email,
          locale: account.locale,
          name: 'newAddress',
          params: {
            cooperative: cooperative.name,
            name: account.handle,
            link: `${site.origin}/email-confirmation/${token}`,
          },
        }
      : {
          to: other.email,
          locale: other.locale,
          name: 'alreadyHere',
          params: { cooperative: cooperative.name, name: other.handle, link: `${site.origin}/sign-in` },
        },
  );
  return ok(undefined);
};

/** @returns the address that a member asked for and has not confirmed, if any */
export const awaitedEmail = async (db: Reader, now: Date, account: string): Promise<string | undefined> =>
  (await waitingToken(db, now, 'email', account))?.data['email'];

export const withdrawEmailChange = (tx: Tx, now: Date, account: string): Promise<void> =>
  voidTokens(tx, now, 'email', account);

/**
 * The link at the new address was followed: from now on it counts. The old address is told, and what was sent there
 * opens nothing any more.
 * @param left what goes on; see `endWhatHangs`
 */
export const confirmEmailChange = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  token: string,
  left: { keep?: string; access?: boolean } = {},
): Promise<Result<AccountRow>> => {
  const now = site.now();
  const found = await consumeToken(tx, now, 'email', token);
  const email = found?.data['email'];
  const account = found?.account == null ? undefined : await findAccount(tx, found.account);
  if (account === undefined || email === undefined) return fail({ field: 'token', code: 'linkExpired' });
  const other = await findAccountByEmail(tx, email);
  if (other !== undefined) return fail({ field: 'token', code: 'linkExpired' });
  await endWhatHangs(tx, now, account.id, left);
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ email, emailKey: email.toLowerCase(), emailConfirmed: now, updated: now })
    .where(eq(tx.t.accounts.id, account.id))
    .returning();
  await queueLetter(tx, now, {
    to: account.email,
    locale: account.locale,
    name: 'addressChanged',
    params: { cooperative: cooperative.name, name: account.handle, address: email },
  });
  return ok(row!);
};
