/** A sign-in by two factors counts as one only while there are two. */
import { and, eq, isNotNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

/** Has this account anything but its password, codes that count or a passkey? */
export const hasSecondFactor = async (db: Reader, account: string): Promise<boolean> => {
  const { oneTimeCodes, passkeys } = db.t;
  const codes = and(eq(oneTimeCodes.account, account), isNotNull(oneTimeCodes.confirmed));
  return (await db.$count(oneTimeCodes, codes)) > 0 || (await db.$count(passkeys, eq(passkeys.account, account))) > 0;
};

/** Something that the account signed in with is gone: if it was the last, no session was made by two factors any more. */
export const weakenSessions = async (tx: Tx, account: string): Promise<void> => {
  if (await hasSecondFactor(tx, account)) return;
  await tx.update(tx.t.sessions).set({ strong: false }).where(eq(tx.t.sessions.account, account));
};
