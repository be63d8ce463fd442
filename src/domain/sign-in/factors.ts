/** All that an account signs in with beside its password, together. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { endCodes } from './codes.ts';

/** Removes it all. @returns whether there was anything */
export const dropWaysIn = async (tx: Tx, account: string): Promise<boolean> => {
  const { passkeys } = tx.t;
  const coded = await endCodes(tx, account);
  const keys = await tx.delete(passkeys).where(eq(passkeys.account, account)).returning({ id: passkeys.id });
  return coded || keys.length > 0;
};
