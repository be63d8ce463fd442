/** Members: found, listed, suspended, given a role. How somebody becomes one is in joining.ts. */
import { and, asc, desc, eq, gt, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { updateActor } from './actors.ts';
import { endInvitesOf } from './member-invites.ts';
import { offerListings, withdrawListings } from './moderation/withdrawing.ts';
import type { AccountRow } from './sessions.ts';
import { endWhatHangs } from './sign-in/endings.ts';
import type { Site } from './site.ts';
import { ROLES, type Result, type Role, fail, ok } from './types.ts';

export const DAY_MS = 24 * 3_600_000;

export const findAccount = async (db: Reader, id: string): Promise<AccountRow | undefined> => {
  const [row] = await db.select().from(db.t.accounts).where(eq(db.t.accounts.id, id)).limit(1);
  return row;
};
export const findAccountByHandle = async (db: Reader, handle: string): Promise<AccountRow | undefined> => {
  const [row] = await db.select().from(db.t.accounts).where(eq(db.t.accounts.handle, handle.toLowerCase())).limit(1);
  return row;
};
export const findAccountByActor = async (db: Reader, actor: string): Promise<AccountRow | undefined> => {
  const [row] = await db.select().from(db.t.accounts).where(eq(db.t.accounts.actor, actor)).limit(1);
  return row;
};
export const findAccountByEmail = async (db: Reader, email: string): Promise<AccountRow | undefined> => {
  const [row] = await db.select().from(db.t.accounts).where(eq(db.t.accounts.emailKey, email.toLowerCase())).limit(1);
  return row;
};
/**
 * Is this actor of ours somebody for the world outside: no member who has not been let in yet? Anybody can type any
 * name into the sign-up form.
 */
export const hasJoined = async (db: Reader, actor: { uri: string; kind: string }): Promise<boolean> => {
  if (actor.kind !== 'member') return true;
  const state = (await findAccountByActor(db, actor.uri))?.state;
  return state !== 'unconfirmed' && state !== 'pending';
};

/** @param login handle or e-mail address */
export const findAccountByLogin = async (db: Reader, login: string): Promise<AccountRow | undefined> => {
  const key = login.trim().toLowerCase().replace(/^@/, '');
  const [row] = await db
    .select()
    .from(db.t.accounts)
    .where(or(eq(db.t.accounts.handle, key), eq(db.t.accounts.emailKey, key)))
    .limit(1);
  return row;
};

/** A moderator decides about members; about moderators and admins an admin does. */
const mayDecideOn = (by: Role, account: AccountRow): boolean => by === 'admin' || account.role === 'member';

/** Signs a member out everywhere and hides what they published, here and at partners. @param by role of who decides; the commands are an admin's */
export const suspendMember = async (
  tx: Tx,
  site: Site,
  id: string,
  by: Role = 'admin',
): Promise<Result<AccountRow>> => {
  const account = await findAccount(tx, id);
  if (account === undefined || account.state !== 'active' || !mayDecideOn(by, account))
    return fail({ field: 'member', code: 'notFound' });
  if (account.role === 'admin' && (await isLastAdmin(tx, account.id)))
    return fail({ field: 'member', code: 'members.lastAdmin' });
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ state: 'suspended', updated: site.now() })
    .where(eq(tx.t.accounts.id, id))
    .returning();
  // Nor does anything of it wait for the day of the reinstatement.
  await endWhatHangs(tx, site.now(), id);
  await endInvitesOf(tx, site.now(), id);
  await updateActor(tx, site, account.actor, { suspended: true });
  await withdrawListings(tx, site, account.actor);
  return ok(row!);
};

export const reinstateMember = async (
  tx: Tx,
  site: Site,
  id: string,
  by: Role = 'admin',
): Promise<Result<AccountRow>> => {
  const account = await findAccount(tx, id);
  if (account === undefined || !mayDecideOn(by, account)) return fail({ field: 'member', code: 'notFound' });
  const [row] = await tx
    .update(tx.t.accounts)
    .set({ state: 'active', updated: site.now() })
    .where(and(eq(tx.t.accounts.id, id), eq(tx.t.accounts.state, 'suspended')))
    .returning();
  if (row === undefined) return fail({ field: 'member', code: 'notFound' });
  await updateActor(tx, site, row.actor, { suspended: false });
  await offerListings(tx, site, row.actor, account.updated);
  return ok(row);
};

/** The last admin keeps the role: else nobody could decide anything any more. */
export const setRole = async (tx: Tx, now: Date, id: string, text: string): Promise<Result<AccountRow>> => {
  const role = ROLES.find((one) => one === text);
  if (role === undefined) return fail({ field: 'role', code: 'choice', params: { allowed: ROLES.join(', ') } });
  const account = await findAccount(tx, id);
  if (account === undefined) return fail({ field: 'member', code: 'notFound' });
  if (account.role === 'admin' && role !== 'admin' && (await isLastAdmin(tx, id)))
    return fail({ field: 'role', code: 'members.lastAdmin' });
  const [row] = await tx.update(tx.t.accounts).set({ role, updated: now }).where(eq(tx.t.accounts.id, id)).returning();
  return ok(row!);
};

/** Would nobody be left who may decide? */
export const isLastAdmin = async (tx: Reader, id: string): Promise<boolean> => {
  const rows = await tx
    .select({ id: tx.t.accounts.id })
    .from(tx.t.accounts)
    .where(and(eq(tx.t.accounts.role, 'admin'), eq(tx.t.accounts.state, 'active')))
    .limit(2);
  return rows.length === 1 && rows[0]!.id === id;
};

export type MemberLine = AccountRow & { name: string; icon: string | null };
/** Members for the admin, by state, oldest request or newest member first. @param after handle of the last one shown */
export const listMembers = async (
  db: Reader,
  query: { state?: string; after?: string; limit: number },
): Promise<MemberLine[]> => {
  const { accounts, actors } = db.t;
  const rows = await db
    .select({ account: accounts, name: actors.name, icon: actors.icon })
    .from(accounts)
    .innerJoin(actors, eq(actors.uri, accounts.actor))
    .where(
      and(
        query.state === undefined ? undefined : eq(accounts.state, query.state),
        query.after === undefined ? undefined : gt(accounts.handle, query.after),
      ),
    )
    .orderBy(asc(accounts.handle))
    .limit(query.limit);
  return rows.map((row) => ({ ...row.account, name: row.name, icon: row.icon }));
};

/** Members by role, for mail to admins and for the commands. */
export const membersWithRole = async (db: Reader, role: Role): Promise<AccountRow[]> =>
  db
    .select()
    .from(db.t.accounts)
    .where(and(eq(db.t.accounts.role, role), eq(db.t.accounts.state, 'active')))
    .orderBy(desc(db.t.accounts.created))
    .limit(100);
