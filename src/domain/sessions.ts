/** Who is signed in. The cookie holds a secret, the table its hash; a new one is made at every sign-in. */
import { and, desc, eq, gt, lt, ne } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { ActorRow } from './actors.ts';
import { planGoodbyes } from './identity/visits.ts';
import { hashSecret, newSecret } from './tokens.ts';

export type AccountRow = Reader['t']['accounts']['$inferSelect'];
export type SessionRow = Reader['t']['sessions']['$inferSelect'];
export type SignedIn = { session: SessionRow; account: AccountRow; actor: ActorRow };

export const SESSION_MS = 30 * 24 * 3_600_000;
const TOUCH_MS = 10 * 60_000;

/** What a sign-in, or a proof given later, was made with: `link` is a letter alone, which governs nothing. */
export type Proof = 'link' | 'password' | 'strong';

/** @param proof `strong` = two factors, or a passkey that is both; or what an earlier session was given @returns the secret for the cookie */
export const openSession = async (
  tx: Tx,
  now: Date,
  account: string,
  userAgent: string,
  proof: Proof | Pick<SessionRow, 'confirmed' | 'strong'> = 'password',
): Promise<string> => {
  const secret = newSecret();
  await tx.insert(tx.t.sessions).values({
    hash: hashSecret(secret),
    account,
    csrf: newSecret(),
    userAgent: userAgent.slice(0, 300),
    created: now,
    seen: now,
    ...(typeof proof === 'object'
      ? proof
      : { confirmed: proof === 'link' ? new Date(0) : now, strong: proof === 'strong' }),
    expires: new Date(now.getTime() + SESSION_MS),
  });
  return secret;
};

/** One query for all that a page needs to know of who asks. Suspended accounts are signed in nowhere. */
export const readSession = async (db: Reader, now: Date, secret: string): Promise<SignedIn | undefined> => {
  const { sessions, accounts, actors } = db.t;
  const [row] = await db
    .select({ session: sessions, account: accounts, actor: actors })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.account))
    .innerJoin(actors, eq(actors.uri, accounts.actor))
    .where(and(eq(sessions.hash, hashSecret(secret)), gt(sessions.expires, now), eq(accounts.state, 'active')))
    .limit(1);
  return row;
};

/** Should `touchSession` be called? At most every ten minutes. */
export const isStale = (session: SessionRow, now: Date): boolean => now.getTime() - session.seen.getTime() > TOUCH_MS;

export const touchSession = async (tx: Tx, now: Date, hash: string): Promise<void> => {
  await tx
    .update(tx.t.sessions)
    .set({ seen: now, expires: new Date(now.getTime() + SESSION_MS) })
    .where(eq(tx.t.sessions.hash, hash));
};

/** Who it is was proved again. */
export const confirmSession = async (tx: Tx, now: Date, hash: string, proof: Proof): Promise<void> => {
  await tx
    .update(tx.t.sessions)
    .set({ confirmed: now, strong: proof === 'strong' })
    .where(eq(tx.t.sessions.hash, hash));
};

export const endSession = async (tx: Tx, hash: string): Promise<void> => {
  await tx.delete(tx.t.sessions).where(eq(tx.t.sessions.hash, hash));
  await planGoodbyes(tx);
};

export const endAllSessions = async (tx: Tx, account: string): Promise<void> => {
  await tx.delete(tx.t.sessions).where(eq(tx.t.sessions.account, account));
  await planGoodbyes(tx);
};

/** By which a page names a session: part of its hash, so that no page holds what is in the cookie. */
export const sessionName = (session: Pick<SessionRow, 'hash'>): string => session.hash.slice(0, 22);

/** Where a member is signed in, last used first; at most 50. */
export const sessionsOf = async (db: Reader, now: Date, account: string): Promise<SessionRow[]> => {
  const { sessions } = db.t;
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.account, account), gt(sessions.expires, now)))
    .orderBy(desc(sessions.seen))
    .limit(50);
};

/** Signs a member out everywhere but here. @param keep hash of the session that stays @returns how many were ended */
export const endOtherSessions = async (tx: Tx, account: string, keep: string): Promise<number> => {
  const { sessions } = tx.t;
  const ended = await tx
    .delete(sessions)
    .where(and(eq(sessions.account, account), ne(sessions.hash, keep)))
    .returning({ hash: sessions.hash });
  await planGoodbyes(tx);
  return ended.length;
};

/** Removes what has run out. */
export const sweepSessions = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.sessions).where(lt(tx.t.sessions.expires, now));
  await planGoodbyes(tx);
};
