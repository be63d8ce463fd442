/** Secrets that are given out once and kept only as hashes. */
import { createHash, randomBytes } from 'node:crypto';
import { and, desc, eq, gt, isNull, or } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from './ids.ts';

export type TokenPurpose = 'setup' | 'confirm' | 'reset' | 'email' | 'invite' | 'signIn' | 'api';
export type TokenRow = Reader['t']['tokens']['$inferSelect'];

/** 256 random bits, in letters that survive a mail program. */
export const newSecret = (): string => randomBytes(32).toString('base64url');
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** @param ttlMs how long it is good for; absent = until it is revoked @returns the token, to be shown once */
export const issueToken = async (
  tx: Tx,
  now: Date,
  purpose: TokenPurpose,
  about: { account?: string; data?: Record<string, string>; ttlMs?: number },
): Promise<string> => {
  const token = `${purpose === 'api' ? 'mln_' : ''}${newSecret()}`;
  await tx.insert(tx.t.tokens).values({
    hash: hashSecret(token),
    id: newId(),
    purpose,
    account: about.account ?? null,
    data: about.data ?? {},
    created: now,
    expires: about.ttlMs === undefined ? null : new Date(now.getTime() + about.ttlMs),
  });
  return token;
};

const live = (db: Reader, now: Date, purpose: TokenPurpose, token: string) => {
  const { tokens } = db.t;
  return and(
    eq(tokens.hash, hashSecret(token)),
    eq(tokens.purpose, purpose),
    isNull(tokens.used),
    or(isNull(tokens.expires), gt(tokens.expires, now)),
  );
};

/** Is it good, without using it? */
export const peekToken = async (
  db: Reader,
  now: Date,
  purpose: TokenPurpose,
  token: string,
): Promise<TokenRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.tokens)
    .where(live(db, now, purpose, token))
    .limit(1);
  return row;
};

/** The newest of an account that is still good, for instance a change of address that waits. */
export const waitingToken = async (
  db: Reader,
  now: Date,
  purpose: TokenPurpose,
  account: string,
): Promise<TokenRow | undefined> => {
  const { tokens } = db.t;
  const [row] = await db
    .select()
    .from(tokens)
    .where(
      and(
        eq(tokens.account, account),
        eq(tokens.purpose, purpose),
        isNull(tokens.used),
        or(isNull(tokens.expires), gt(tokens.expires, now)),
      ),
    )
    .orderBy(desc(tokens.created))
    .limit(1);
  return row;
};

/** Uses it up: of two who come at once, one gets it. */
export const consumeToken = async (
  tx: Tx,
  now: Date,
  purpose: TokenPurpose,
  token: string,
): Promise<TokenRow | undefined> => {
  const [row] = await tx
    .update(tx.t.tokens)
    .set({ used: now })
    .where(live(tx, now, purpose, token))
    .returning();
  return row;
};

export const listTokens = async (db: Reader, purpose: TokenPurpose): Promise<TokenRow[]> =>
  db
    .select()
    .from(db.t.tokens)
    .where(and(eq(db.t.tokens.purpose, purpose), isNull(db.t.tokens.used)))
    .orderBy(desc(db.t.tokens.created))
    .limit(200);

/** @returns whether there was such a token */
export const revokeToken = async (tx: Tx, now: Date, id: string): Promise<boolean> => {
  const rows = await tx
    .update(tx.t.tokens)
    .set({ used: now })
    .where(and(eq(tx.t.tokens.id, id), isNull(tx.t.tokens.used)))
    .returning({ id: tx.t.tokens.id });
  return rows.length > 0;
};

/** Makes all tokens of an account and purpose void, for instance older reset links. */
export const voidTokens = async (tx: Tx, now: Date, purpose: TokenPurpose, account: string): Promise<void> => {
  await tx
    .update(tx.t.tokens)
    .set({ used: now })
    .where(and(eq(tx.t.tokens.purpose, purpose), eq(tx.t.tokens.account, account), isNull(tx.t.tokens.used)));
};
