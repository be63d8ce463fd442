/** How somebody becomes a member: invited, signed up by the cooperative's rule, confirmed, let in or refused. */
import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { type KeyPairs, createActor, findActor, findLocalActor } from './actors.ts';
import { type CooperativeRow, EMAIL, checkHandle } from './cooperative.ts';
import { newId } from './ids.ts';
import { queueLetter } from './mail.ts';
import { DAY_MS, findAccount, findAccountByEmail } from './members.ts';
import { checkPassword } from './passwords.ts';
import type { AccountRow } from './sessions.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { consumeToken, issueToken, peekToken } from './tokens.ts';
import { type FieldError, LOCALES, type Result, fail, ok } from './types.ts';

export type SignUpInput = {
  name: string;
  handle: string;
  email: string;
  password: string;
  motivation: string;
  invitation: string;
  locale: string;
};

/** What is wrong with a sign-up, as far as the form alone tells. */
export const checkSignUp = (input: SignUpInput): FieldError[] => {
  const errors: FieldError[] = [];
  const name = input.name.trim();
  errors.push(...checkText('name', name, { min: 1, max: 60 }));
  errors.push(...checkHandle('handle', input.handle.trim().toLowerCase()));
  if (!EMAIL.test(input.email.trim())) errors.push({ field: 'email', code: 'email' });
  errors.push(...checkText('motivation', input.motivation, { max: 1_000 }));
  const password = checkPassword('password', input.password, [input.email.trim(), input.handle.trim()]);
  return password === undefined ? errors : [...errors, password];
};

/**
 * Signs up. The answer is the same whether or not the address is known here: its owner gets a letter either way.
 * @param prepared made before the transaction
 */
export const signUp = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  input: SignUpInput,
  prepared: { keys: KeyPairs; passwordHash: string },
): Promise<Result<void>> => {
  const now = site.now();
  const invitation = input.invitation === '' ? undefined : await peekToken(tx, now, 'invite', input.invitation);
  if (cooperative.signUpRule === 'invitation' && invitation === undefined)
    return fail({ field: 'invitation', code: 'invitation' });
  const email = input.email.trim();
  const known = await findAccountByEmail(tx, email);
  const handle = input.handle.trim().toLowerCase();
  // Looked at whoever the address is: by a name that is taken, as everybody can see, one would else learn it.
  const taken = (await findLocalActor(tx, handle)) !== undefined;
  // The same form twice: of those who have not joined yet nobody sees the name.
  const again = known?.state === 'unconfirmed' && known.handle === handle;
  // Used up for an address that is known, too, which its page would else tell.
  if (invitation !== undefined && (!taken || again)) await consumeToken(tx, now, 'invite', input.invitation);
  if (known !== undefined) {
    await queueLetter(tx, now, {
      to: known.email,
      locale: known.locale,
      name: 'alreadyHere',
      params: { cooperative: cooperative.name, name: known.handle, link: `${site.origin}/sign-in` },
    });
    if (!taken || again) return ok(undefined);
  }
  if (taken) return fail({ field: 'handle', code: 'handleTaken' });
  const actor = await createActor(
    tx,
    site,
    { kind: 'member', handle, name: input.name.trim(), html: '' },
    prepared.keys,
  );
  const id = newId();
  const locale = LOCALES.find((one) => one === input.locale) ?? 'fr';
  await tx.insert(tx.t.accounts).values({
    id,
    actor: actor.uri,
    handle,
    email,
    emailKey: email.toLowerCase(),
    passwordHash: prepared.passwordHash,
    role: 'member',
    state: 'unconfirmed',
    locale,
    text: '',
    showProfile: 'public',
    indexable: false,
    mailMessages: true,
    motivation: input.motivation.trim(),
    invitedBy: invitation?.account ?? null,
    created: now,
    updated: now,
  });
  await sendConfirmation(tx, site, cooperative, { id, email, locale, name: input.name.trim() });
  return ok(undefined);
};

const sendConfirmation = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  to: { id: string; email: string; locale: string; name: string },
): Promise<void> => {
  const token = await issueToken(tx, site.now(), 'confirm', {
    account: to.id,
    data: { email: to.email },
    ttlMs: 3 * DAY_MS,
  });
  await queueLetter(tx, site.now(), {
    to: to.email,
    locale: to.locale,
    name: 'confirm',
    params: { cooperative: cooperative.name, name: to.name, link: `${site.origin}/confirmation/${token}` },
  });
};

/** The link in the letter was pressed. @returns the account with its new state: active, or pending approval */
export const confirmEmail = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  token: string,
): Promise<Result<AccountRow>> => {
  const now = site.now();
  const found = await consumeToken(tx, now, 'confirm', token);
  const account = found?.account == null ? undefined : await findAccount(tx, found.account);
  if (account === undefined) return fail({ field: 'token', code: 'linkExpired' });
  const inviter = account.invitedBy === null ? undefined : await findAccount(tx, account.invitedBy);
  // The word of somebody who was suspended since lets nobody in.
  const vouched = account.invitedBy !== null && inviter?.state !== 'suspended';
  const waits =
    cooperative.signUpRule !== 'open' && !vouched && (cooperative.signUpRule === 'approval' || inviter !== undefined);
  const state = account.state === 'unconfirmed' ? (waits ? 'pending' : 'active') : account.state;
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ state, emailConfirmed: now, updated: now })
    .where(eq(tx.t.accounts.id, account.id))
    .returning();
  if (state === 'pending') {
    const admins = await tx
      .select()
      .from(tx.t.accounts)
      .where(and(inArray(tx.t.accounts.role, ['admin', 'moderator']), eq(tx.t.accounts.state, 'active')))
      .limit(20);
    for (const admin of admins)
      await queueLetter(tx, now, {
        to: admin.email,
        locale: admin.locale,
        name: 'toApprove',
        params: { cooperative: cooperative.name, name: account.handle, link: `${site.origin}/admin/members` },
      });
  }
  return ok(row!);
};

/** An admin lets a pending member in, or a moderator does. */
export const approveMember = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  id: string,
): Promise<Result<AccountRow>> => {
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ state: 'active', updated: site.now() })
    .where(and(eq(tx.t.accounts.id, id), inArray(tx.t.accounts.state, ['pending', 'unconfirmed'])))
    .returning();
  if (row === undefined) return fail({ field: 'member', code: 'notFound' });
  await queueLetter(tx, site.now(), {
    to: row.email,
    locale: row.locale,
    name: 'approved',
    params: { cooperative: cooperative.name, name: row.handle, link: `${site.origin}/sign-in` },
  });
  return ok(row);
};

/**
 * A request to join is refused: account and actor go, the handle is free again.
 * @returns errors on `reason`: tooLong, unwantedCharacters
 */
export const refuseMember = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  id: string,
  reason: string,
): Promise<Result<void>> => {
  const errors = checkText('reason', reason, { max: 500 });
  if (errors.length > 0) return fail(...errors);
  const [row] = await tx
    .delete(tx.t.accounts)
    .where(and(eq(tx.t.accounts.id, id), inArray(tx.t.accounts.state, ['pending', 'unconfirmed'])))
    .returning();
  if (row === undefined) return fail({ field: 'member', code: 'notFound' });
  await tx.delete(tx.t.keys).where(eq(tx.t.keys.actor, row.actor));
  await tx.delete(tx.t.actors).where(eq(tx.t.actors.uri, row.actor));
  await queueLetter(tx, site.now(), {
    to: row.email,
    locale: row.locale,
    name: 'refused',
    params: { cooperative: cooperative.name, name: row.handle, reason: reason.trim() },
  });
  return ok(undefined);
};

/** A member invites somebody. @returns the link, to be handed over; it is also sent if an address is given */
export const invite = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  by: AccountRow,
  email: string,
): Promise<Result<string>> => {
  const to = email.trim();
  if (to !== '' && !EMAIL.test(to)) return fail({ field: 'email', code: 'email' });
  const token = await issueToken(tx, site.now(), 'invite', { account: by.id, data: { email: to }, ttlMs: 7 * DAY_MS });
  const link = `${site.origin}/invitations/${token}`;
  if (to !== '')
    await queueLetter(tx, site.now(), {
      to,
      locale: by.locale,
      name: 'invite',
      params: { cooperative: cooperative.name, name: (await findActor(tx, by.actor))?.name ?? by.handle, link },
    });
  return ok(link);
};

/** Sign-ups that were never confirmed go after a week, and their handles are free. */
export const sweepUnconfirmed = async (tx: Tx, now: Date): Promise<number> => {
  const rows = await tx
    .delete(tx.t.accounts)
    .where(and(eq(tx.t.accounts.state, 'unconfirmed'), lt(tx.t.accounts.created, new Date(now.getTime() - 7 * DAY_MS))))
    .returning({ actor: tx.t.accounts.actor });
  if (rows.length === 0) return 0;
  const actors = rows.map((row) => row.actor);
  await tx.delete(tx.t.keys).where(inArray(tx.t.keys.actor, actors));
  await tx.delete(tx.t.actors).where(inArray(tx.t.actors.uri, actors));
  return rows.length;
};
