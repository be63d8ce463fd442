/** Invitations that members hand out, as the cooperative sees them: who invited whom, what is still open, and taking it back. */
import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { audit } from './audit.ts';
import type { TokenRow } from './tokens.ts';

export type MemberInvite = {
  id: string;
  /** Handle of the member who invites. */
  by: string;
  /** Address that it was sent to; '' if the link was handed over. */
  to: string;
  created: Date;
  expires: Date | null;
  state: 'open' | 'used' | 'expired' | 'revoked';
};

/** In a token's data: an invitation that was taken back was not used by anybody. */
const REVOKED = 'revoked';

/** Newest first. @param query.before id of the last one shown */
export const listMemberInvites = async (
  db: Reader,
  now: Date,
  query: { limit: number; before?: string },
): Promise<MemberInvite[]> => {
  const { tokens, accounts } = db.t;
  const [last] =
    query.before === undefined ? [] : await db.select().from(tokens).where(eq(tokens.id, query.before)).limit(1);
  const rows = await db
    .select({ token: tokens, by: accounts.handle })
    .from(tokens)
    .innerJoin(accounts, eq(accounts.id, tokens.account))
    .where(
      and(
        eq(tokens.purpose, 'invite'),
        last === undefined
          ? undefined
          : or(lt(tokens.created, last.created), and(eq(tokens.created, last.created), lt(tokens.id, last.id))),
      ),
    )
    .orderBy(desc(tokens.created), desc(tokens.id))
    .limit(query.limit);
  return rows.map(({ token, by }) => ({
    id: token.id,
    by,
    to: token.data['email'] ?? '',
    created: token.created,
    expires: token.expires,
    state: stateOf(token, now),
  }));
};

const stateOf = (token: TokenRow, now: Date): MemberInvite['state'] => {
  if (token.used !== null) return token.data[REVOKED] === undefined ? 'used' : 'revoked';
  return token.expires !== null && token.expires <= now ? 'expired' : 'open';
};

/** Members who came by an invitation, newest first, each with who invited them; undefined: they have left. */
export const listInvited = async (
  db: Reader,
  limit: number,
): Promise<{ handle: string; by: string | undefined; created: Date }[]> => {
  const { accounts } = db.t;
  const came = await db
    .select({ handle: accounts.handle, invitedBy: accounts.invitedBy, created: accounts.created })
    .from(accounts)
    .where(isNotNull(accounts.invitedBy))
    .orderBy(desc(accounts.created))
    .limit(limit);
  const ids = [...new Set(came.flatMap(({ invitedBy }) => (invitedBy === null ? [] : [invitedBy])))];
  const inviters = ids.length === 0 ? [] : await db.select().from(accounts).where(inArray(accounts.id, ids));
  const handles = new Map(inviters.map(({ id, handle }) => [id, handle]));
  return came.map(({ handle, invitedBy, created }) => ({ handle, by: handles.get(invitedBy ?? ''), created }));
};

/** Takes one back, by whoever may decide about members, and notes it. @returns whether it was open */
export const revokeMemberInvite = async (tx: Tx, now: Date, by: string, id: string): Promise<boolean> => {
  const { tokens, accounts } = tx.t;
  const [row] = await tx
    .select({ token: tokens, by: accounts.handle })
    .from(tokens)
    .innerJoin(accounts, eq(accounts.id, tokens.account))
    .where(and(eq(tokens.id, id), eq(tokens.purpose, 'invite')))
    .limit(1);
  if (row === undefined || stateOf(row.token, now) !== 'open') return false;
  await tx
    .update(tokens)
    .set({ used: now, data: { ...row.token.data, [REVOKED]: '1' } })
    .where(and(eq(tokens.id, id), isNull(tokens.used)));
  await audit(tx, now, { actor: by, action: 'member.inviteRevoked', subject: row.by });
  return true;
};

/** Whoever is suspended lets nobody in any more by what they gave out before: it runs out now. */
export const endInvitesOf = async (tx: Tx, now: Date, account: string): Promise<void> => {
  const { tokens } = tx.t;
  await tx
    .update(tokens)
    .set({ expires: now })
    .where(
      and(
        eq(tokens.account, account),
        eq(tokens.purpose, 'invite'),
        isNull(tokens.used),
        or(isNull(tokens.expires), gt(tokens.expires, now)),
      ),
    );
};
