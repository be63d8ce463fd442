/**
 * A sign-in, or a proof of who one is, that waits for its answer. It hangs on a secret in a cookie of the browser that
 * began it, lasts minutes, is taken once, and opens nothing by itself: it is no session.
 */
import { and, eq, gt, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { hashSecret, newSecret } from '../tokens.ts';

/** `code`: the password was right, the code is awaited. The others wait for a passkey's answer to their challenge. */
export type StepPurpose = 'code' | 'passkeyIn' | 'passkeyNew' | 'passkeyProof';
export type StepRow = Reader['t']['signInSteps']['$inferSelect'];

export const STEP_MS = 10 * 60_000;

/** @returns the secret for the cookie */
export const openStep = async (
  tx: Tx,
  now: Date,
  step: { purpose: StepPurpose; account?: string; challenge?: string; next?: string },
): Promise<string> => {
  const secret = newSecret();
  await tx.insert(tx.t.signInSteps).values({
    hash: hashSecret(secret),
    purpose: step.purpose,
    account: step.account ?? null,
    challenge: step.challenge ?? null,
    next: step.next ?? '/',
    expires: new Date(now.getTime() + STEP_MS),
  });
  return secret;
};

const live = (db: Reader, now: Date, purpose: StepPurpose, secret: string) => {
  const { signInSteps } = db.t;
  return and(eq(signInSteps.hash, hashSecret(secret)), eq(signInSteps.purpose, purpose), gt(signInSteps.expires, now));
};

/** Is it still awaited, without taking it? */
export const readStep = async (
  db: Reader,
  now: Date,
  purpose: StepPurpose,
  secret: string,
): Promise<StepRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.signInSteps)
    .where(live(db, now, purpose, secret))
    .limit(1);
  return row;
};

/** Takes it: of two answers that come at once, one finds it. */
export const takeStep = async (
  tx: Tx,
  now: Date,
  purpose: StepPurpose,
  secret: string,
): Promise<StepRow | undefined> => {
  const [row] = await tx
    .delete(tx.t.signInSteps)
    .where(live(tx, now, purpose, secret))
    .returning();
  return row;
};

/** Nothing of an account waits any more: its password, or what it signs in with, has changed. */
export const dropSteps = async (tx: Tx, account: string): Promise<void> => {
  await tx.delete(tx.t.signInSteps).where(eq(tx.t.signInSteps.account, account));
};

export const sweepSteps = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.signInSteps).where(lt(tx.t.signInSteps.expires, now));
};
