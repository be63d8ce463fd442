/** Secrets that have to be read again lie encrypted, under a key that is made of a secret of the node. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Reader, Tx } from '#db/database.ts';
import { readFact } from '../facts.ts';

const FACT = 'sign-in-secret';
const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', 'maillon one-time codes', 32));

/** @param owner only for them it opens again */
export const seal = async (tx: Tx, owner: string, text: string): Promise<string> => {
  await tx
    .insert(tx.t.facts)
    .values({ key: FACT, value: randomBytes(32).toString('base64url') })
    .onConflictDoNothing();
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyOf((await readFact(tx, FACT)) ?? ''), iv).setAAD(Buffer.from(owner));
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
};

/** @returns what was sealed, or undefined if it was altered or is another's */
export const unseal = async (db: Reader, owner: string, sealed: string): Promise<string | undefined> => {
  const bytes = Buffer.from(sealed, 'base64url');
  const secret = await readFact(db, FACT);
  if (secret === undefined || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, keyOf(secret), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};
