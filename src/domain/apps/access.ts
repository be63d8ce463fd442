/** Who asks the API, by the token that they bring, and what it lets them do. */
import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import type { ActorRow } from '../actors.ts';
import type { AccountRow } from '../sessions.ts';
import { type TokenRow, hashSecret, peekToken, voidTokens } from '../tokens.ts';
import { ACCESS_PREFIX, endGrants, endGrantsOf } from './grants.ts';
import { type AppScope, READING, knownScopes } from './scopes.ts';

/** `who` absent: an admin's token, which stands for the node and no member. */
export type Access = { scopes: readonly AppScope[]; who?: { account: AccountRow; actor: ActorRow } };

/** How exactly the page knows when a token was last used. */
const TOUCH_MS = 10 * 60_000;
const TOKEN = /^(?:mln|mla)_[\w-]{20,100}$/;

/** @returns undefined when it is none of ours, has run out, was revoked, or its member is not active */
export const readAccess = async (db: Database, now: Date, token: string): Promise<Access | undefined> => {
  if (!TOKEN.test(token)) return undefined;
  const stale = (seen: Date | undefined): boolean => now.getTime() - (seen?.getTime() ?? 0) > TOUCH_MS;
  if (!token.startsWith(ACCESS_PREFIX)) {
    const row = await peekToken(db.read, now, 'api', token);
    if (row === undefined) return undefined;
    const who = row.account === null ? undefined : await memberOf(db.read, row.account);
    if (row.account !== null && who === undefined) return undefined;
    const { scopes, seen } = row.data;
    if (stale(seen === undefined ? undefined : new Date(seen)))
      await touch(db, async (tx) => {
        const { tokens } = tx.t;
        await tx
          .update(tokens)
          .set({ data: { ...row.data, seen: now.toISOString() } })
          .where(eq(tokens.hash, row.hash));
      });
    return {
      scopes: scopes === undefined ? READING : knownScopes(scopes.split(' ')),
      ...(who === undefined ? {} : { who }),
    };
  }
  const { appTokens, appGrants } = db.read.t;
  const [found] = await db.read
    .select({ scopes: appTokens.scopes, grant: appGrants })
    .from(appTokens)
    .innerJoin(appGrants, eq(appGrants.id, appTokens.grant))
    .where(and(eq(appTokens.hash, hashSecret(token)), eq(appTokens.kind, 'access'), gt(appTokens.expires, now)))
    .limit(1);
  const who = found === undefined ? undefined : await memberOf(db.read, found.grant.account);
  if (found === undefined || who === undefined) return undefined;
  if (stale(found.grant.seen ?? undefined))
    await touch(db, async (tx) => {
      await tx.update(tx.t.appGrants).set({ seen: now }).where(eq(tx.t.appGrants.id, found.grant.id));
    });
  return { scopes: knownScopes(found.scopes), who };
};

/** Reading goes on while nothing can be written. */
const touch = (db: Database, work: (tx: Tx) => Promise<void>): Promise<void> => db.write(work).catch(() => {});

const memberOf = async (db: Reader, account: string): Promise<NonNullable<Access['who']> | undefined> => {
  const { accounts, actors } = db.t;
  const [row] = await db
    .select({ account: accounts, actor: actors })
    .from(accounts)
    .innerJoin(actors, eq(actors.uri, accounts.actor))
    .where(and(eq(accounts.id, account), eq(accounts.state, 'active')))
    .limit(1);
  return row;
};

/** A member's own tokens that still work, the newest first. */
export const tokensOf = (db: Reader, now: Date, account: string): Promise<TokenRow[]> => {
  const { tokens } = db.t;
  return db
    .select()
    .from(tokens)
    .where(
      and(
        eq(tokens.account, account),
        eq(tokens.purpose, 'api'),
        isNull(tokens.used),
        or(isNull(tokens.expires), gt(tokens.expires, now)),
      ),
    )
    .orderBy(desc(tokens.created))
    .limit(50);
};

/** Does anything act for this member: an app, or a token of their own? */
export const hasAccess = async (db: Reader, now: Date, account: string): Promise<boolean> =>
  (await db.$count(db.t.appGrants, eq(db.t.appGrants.account, account))) > 0 ||
  (await tokensOf(db, now, account)).length > 0;

/** Whatever acts for this member acts no more: programs and their own tokens. */
export const endAccess = async (tx: Tx, now: Date, account: string): Promise<void> => {
  await endGrantsOf(tx, account);
  await voidTokens(tx, now, 'api', account);
};

const BATCH = 500;
/** Removes codes, tokens and grants that have run out; the rest next time. */
export const sweepAccess = async (tx: Tx, now: Date): Promise<void> => {
  const { appCodes, appTokens, appGrants } = tx.t;
  await tx.delete(appCodes).where(lt(appCodes.expires, now));
  await tx.delete(appTokens).where(lt(appTokens.expires, now));
  const over = await tx.select({ id: appGrants.id }).from(appGrants).where(lt(appGrants.expires, now)).limit(BATCH);
  await endGrants(
    tx,
    over.map((row) => row.id),
  );
};
