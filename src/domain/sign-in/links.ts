/** A link by letter that signs a member in without a password: a quarter of an hour, once, and only by a button. */
import type { Tx } from '#db/database.ts';
import { findAccount, findAccountByLogin } from '../members.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { consumeToken, issueToken, voidTokens } from '../tokens.ts';
import { tellMember } from './words.ts';

const LINK_MS = 15 * 60_000;

/** Sends the link. The answer is the same whether or not there is such an account. */
export const askSignInLink = async (tx: Tx, site: Site, login: string): Promise<void> => {
  const account = await findAccountByLogin(tx, login);
  if (account?.state !== 'active') return;
  await voidTokens(tx, site.now(), 'signIn', account.id);
  const token = await issueToken(tx, site.now(), 'signIn', { account: account.id, ttlMs: LINK_MS });
  await tellMember(tx, site, account, 'signInLink', {}, `/sign-in/link/${token}`);
};

/** Uses it up. @returns whose it was, or undefined if it is good no longer or they may not sign in */
export const takeSignInLink = async (tx: Tx, site: Site, token: string): Promise<AccountRow | undefined> => {
  const found = await consumeToken(tx, site.now(), 'signIn', token);
  const account = found?.account == null ? undefined : await findAccount(tx, found.account);
  return account?.state === 'active' ? account : undefined;
};
