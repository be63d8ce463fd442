/**
 * What members let programs do, and the secrets that stand for it. Only hashes are kept. A code is good for one try
 * within a minute; an access token for an hour; a refresh token for one use, and whoever brings one again, or a code
 * again, ends all that came of it (OAuth 2.1, 4.3.1): one of two who have it is a thief.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from '../ids.ts';
import type { AccountRow } from '../sessions.ts';
import { hashSecret, newSecret } from '../tokens.ts';
import { type AppRow, findApp } from './registry.ts';
import { type AppScope, knownScopes } from './scopes.ts';

export type GrantRow = Reader['t']['appGrants']['$inferSelect'];
export type Issued = { access: string; refresh: string; scopes: AppScope[]; seconds: number };
export type Redeemed = { ok: true; value: Issued } | { ok: false; error: 'invalid_grant' | 'invalid_scope' };

const CODE_MS = 60_000;
export const ACCESS_MS = 3_600_000;
const REFRESH_MS = 60 * 24 * 3_600_000;
/** Of one member; the oldest ends when there are more. */
const MAX_GRANTS = 50;
/** Told apart from other secrets when they are found somewhere. */
export const ACCESS_PREFIX = 'mla_';
const REFRESH_PREFIX = 'mlr_';

const refused: Redeemed = { ok: false, error: 'invalid_grant' };

/** A member has said yes. @param wanted.challenge as the program sent it: SHA-256 of its verifier, base64url */
export const issueCode = async (
  tx: Tx,
  now: Date,
  wanted: { app: string; account: string; scopes: AppScope[]; redirectUri: string; challenge: string },
): Promise<string> => {
  const code = newSecret();
  await tx
    .insert(tx.t.appCodes)
    .values({ ...wanted, hash: hashSecret(code), grant: null, expires: new Date(now.getTime() + CODE_MS) });
  return code;
};

/** Is it the verifier of this challenge? */
const proves = (verifier: string, challenge: string): boolean => {
  const [a, b] = [Buffer.from(createHash('sha256').update(verifier).digest('base64url')), Buffer.from(challenge)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** A code for tokens. Whatever is wrong uses it up: there is no second try. */
export const redeemCode = async (
  tx: Tx,
  now: Date,
  given: { code: string; app: string; redirectUri: string | undefined; verifier: string },
): Promise<Redeemed> => {
  const { appCodes } = tx.t;
  const hash = hashSecret(given.code);
  const [code] = await tx
    .update(appCodes)
    .set({ grant: '' })
    .where(and(eq(appCodes.hash, hash), isNull(appCodes.grant)))
    .returning();
  if (code === undefined) {
    const [used] = await tx.select().from(appCodes).where(eq(appCodes.hash, hash)).limit(1);
    if (used?.grant) await endGrants(tx, [used.grant]);
    return refused;
  }
  const right =
    code.expires > now &&
    code.app === given.app &&
    (given.redirectUri === undefined || given.redirectUri === code.redirectUri) &&
    proves(given.verifier, code.challenge);
  if (!right || (await findApp(tx, code.app)) === undefined || !(await isActive(tx, code.account))) return refused;
  const { appGrants } = tx.t;
  const older = await tx
    .select({ id: appGrants.id })
    .from(appGrants)
    .where(eq(appGrants.account, code.account))
    .orderBy(desc(appGrants.created))
    .offset(MAX_GRANTS - 1)
    .limit(MAX_GRANTS);
  await endGrants(
    tx,
    older.map((row) => row.id),
  );
  const id = newId();
  await tx.insert(appGrants).values({
    id,
    app: code.app,
    account: code.account,
    scopes: code.scopes,
    created: now,
    seen: null,
    expires: new Date(now.getTime() + REFRESH_MS),
  });
  // Remembered as long as its tokens may live: it is known again when it comes again.
  await tx
    .update(appCodes)
    .set({ grant: id, expires: new Date(now.getTime() + ACCESS_MS) })
    .where(eq(appCodes.hash, hash));
  return { ok: true, value: await issueTokens(tx, now, id, knownScopes(code.scopes)) };
};

/** New tokens for a refresh token, which is used up. @param scopes fewer than there were; undefined = the same */
export const refreshTokens = async (
  tx: Tx,
  now: Date,
  given: { token: string; app: string; scopes: AppScope[] | undefined },
): Promise<Redeemed> => {
  const { appTokens, appGrants } = tx.t;
  const hash = hashSecret(given.token);
  const [found] = await tx
    .select({ token: appTokens, grant: appGrants })
    .from(appTokens)
    .innerJoin(appGrants, eq(appGrants.id, appTokens.grant))
    .where(and(eq(appTokens.hash, hash), eq(appTokens.kind, 'refresh')))
    .limit(1);
  if (found === undefined || found.grant.app !== given.app || found.token.expires <= now) return refused;
  const granted = knownScopes(found.grant.scopes);
  const scopes = given.scopes ?? granted;
  if (scopes.some((scope) => !granted.includes(scope))) return { ok: false, error: 'invalid_scope' };
  const used = await tx
    .update(appTokens)
    .set({ used: now })
    .where(and(eq(appTokens.hash, hash), isNull(appTokens.used)))
    .returning({ hash: appTokens.hash });
  if (used.length === 0 || !(await isActive(tx, found.grant.account))) {
    await endGrants(tx, [found.grant.id]);
    return refused;
  }
  // The one before ends with the new one: what a program holds is one of each.
  await tx.delete(appTokens).where(and(eq(appTokens.grant, found.grant.id), eq(appTokens.kind, 'access')));
  await tx
    .update(appGrants)
    .set({ expires: new Date(now.getTime() + REFRESH_MS) })
    .where(eq(appGrants.id, found.grant.id));
  return { ok: true, value: await issueTokens(tx, now, found.grant.id, scopes) };
};

const issueTokens = async (tx: Tx, now: Date, grant: string, scopes: AppScope[]): Promise<Issued> => {
  const [access, refresh] = [`${ACCESS_PREFIX}${newSecret()}`, `${REFRESH_PREFIX}${newSecret()}`];
  const row = (kind: string, secret: string, ms: number) => ({
    hash: hashSecret(secret),
    grant,
    kind,
    scopes,
    created: now,
    used: null,
    expires: new Date(now.getTime() + ms),
  });
  await tx.insert(tx.t.appTokens).values([row('access', access, ACCESS_MS), row('refresh', refresh, REFRESH_MS)]);
  return { access, refresh, scopes, seconds: ACCESS_MS / 1_000 };
};

const isActive = async (db: Reader, account: string): Promise<boolean> => {
  const { accounts } = db.t;
  return (await db.$count(accounts, and(eq(accounts.id, account), eq(accounts.state, 'active')))) > 0;
};

/** The grants that a refresh token or an access token stands for end at the program's own wish (RFC 7009). */
export const revokeByToken = async (tx: Tx, token: string, app: string): Promise<void> => {
  const { appTokens, appGrants } = tx.t;
  const [found] = await tx
    .select({ grant: appGrants.id })
    .from(appTokens)
    .innerJoin(appGrants, eq(appGrants.id, appTokens.grant))
    .where(and(eq(appTokens.hash, hashSecret(token)), eq(appGrants.app, app)))
    .limit(1);
  if (found !== undefined) await endGrants(tx, [found.grant]);
};

/** Ends grants with all of their tokens. */
export const endGrants = async (tx: Tx, ids: string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx.delete(tx.t.appTokens).where(inArray(tx.t.appTokens.grant, ids));
  await tx.delete(tx.t.appGrants).where(inArray(tx.t.appGrants.id, ids));
};

export type GivenApp = { grant: GrantRow; app: AppRow };
/** What a member has let programs do, last made first. */
export const grantsOf = async (db: Reader, account: string): Promise<GivenApp[]> => {
  const { appGrants, apps } = db.t;
  return db
    .select({ grant: appGrants, app: apps })
    .from(appGrants)
    .innerJoin(apps, eq(apps.id, appGrants.app))
    .where(eq(appGrants.account, account))
    .orderBy(desc(appGrants.created))
    .limit(MAX_GRANTS);
};

/** @param id of one of this member's grants; absent = all, and codes under way @returns whether there was one */
export const endGrantsOf = async (tx: Tx, account: AccountRow['id'], id?: string): Promise<boolean> => {
  const { appGrants, appCodes } = tx.t;
  const rows = await tx
    .select({ id: appGrants.id })
    .from(appGrants)
    .where(and(eq(appGrants.account, account), id === undefined ? undefined : eq(appGrants.id, id)));
  await endGrants(
    tx,
    rows.map((row) => row.id),
  );
  if (id === undefined) await tx.delete(appCodes).where(eq(appCodes.account, account));
  return rows.length > 0;
};
