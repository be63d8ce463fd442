/** One-time codes of an app (TOTP, RFC 6238) as a second factor, and the recovery codes for when the app is lost. */
import { randomInt } from 'node:crypto';
import { and, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import type { TOTP } from 'otpauth';
import type { Reader, Tx } from '#db/database.ts';
import { lazily } from '../lazily.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { hashSecret } from '../tokens.ts';
import { type Result, fail, ok } from '../types.ts';
import { seal, unseal } from './sealing.ts';
import { dropSteps } from './steps.ts';
import { weakenSessions } from './strength.ts';

const otp = lazily<typeof import('otpauth')>('otpauth');

export type CodesRow = Reader['t']['oneTimeCodes']['$inferSelect'];

const PERIOD_S = 30;
export const RECOVERY_CODES = 10;
/** Crockford's letters: none that is taken for another. Sixteen of them are 80 bits. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

const codesOf = async (db: Reader, account: string): Promise<CodesRow | undefined> => {
  const [row] = await db.select().from(db.t.oneTimeCodes).where(eq(db.t.oneTimeCodes.account, account)).limit(1);
  return row;
};

/** Does this account give a code at sign-in? */
export const hasCodes = async (db: Reader, account: string): Promise<boolean> =>
  (await db.$count(
    db.t.oneTimeCodes,
    and(eq(db.t.oneTimeCodes.account, account), isNotNull(db.t.oneTimeCodes.confirmed)),
  )) > 0;

const appOf = (secret: string, site?: Site, account?: AccountRow, cooperative?: string): TOTP =>
  new (otp().TOTP)({
    secret: otp().Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_S,
    ...(site === undefined ? {} : { issuer: cooperative ?? site.host, label: `${account?.handle}@${site.host}` }),
  });

/** Makes a secret that waits for its first code; one that waited before is forgotten. @returns false if codes are on already */
export const beginCodes = async (tx: Tx, now: Date, account: string): Promise<boolean> => {
  const { oneTimeCodes } = tx.t;
  if (await hasCodes(tx, account)) return false;
  await tx.delete(oneTimeCodes).where(eq(oneTimeCodes.account, account));
  const secret = await seal(tx, account, new (otp().Secret)({ size: 20 }).base32);
  await tx.insert(oneTimeCodes).values({ account, secret, lastStep: 0, confirmed: null, created: now });
  return true;
};

/** What an app has to know while the first code is awaited. @returns the secret as text, and as the address in the QR code */
export const awaitedCodes = async (
  db: Reader,
  site: Site,
  account: AccountRow,
  cooperative: string,
): Promise<{ secret: string; uri: string } | undefined> => {
  const row = await codesOf(db, account.id);
  if (row === undefined || row.confirmed !== null) return undefined;
  const secret = await unseal(db, account.id, row.secret);
  return secret === undefined ? undefined : { secret, uri: appOf(secret, site, account, cooperative).toString() };
};

/** @returns the step in time of a code that is right now, or was or will be one step away */
const stepOf = async (db: Reader, now: Date, row: CodesRow, typed: string): Promise<number | undefined> => {
  const secret = await unseal(db, row.account, row.secret);
  const token = typed.replaceAll(/[\s-]/g, '');
  if (secret === undefined || !/^\d{6}$/.test(token)) return undefined;
  const delta = appOf(secret).validate({ token, timestamp: now.getTime(), window: 1 });
  return delta === null ? undefined : Math.floor(now.getTime() / 1_000 / PERIOD_S) + delta;
};

/** The app's first code: from now on they count. @returns the recovery codes, to be shown once; or an error on `code`: wrongCode, codesGone */
export const confirmCodes = async (tx: Tx, now: Date, account: string, typed: string): Promise<Result<string[]>> => {
  const { oneTimeCodes } = tx.t;
  const row = await codesOf(tx, account);
  if (row === undefined || row.confirmed !== null) return fail({ field: 'code', code: 'codesGone' });
  const step = await stepOf(tx, now, row, typed);
  if (step === undefined) return fail({ field: 'code', code: 'wrongCode' });
  await tx
    .update(oneTimeCodes)
    .set({ confirmed: now, lastStep: step })
    .where(and(eq(oneTimeCodes.account, account), isNull(oneTimeCodes.confirmed)));
  return ok(await renewRecovery(tx, now, account));
};

/**
 * Takes a code of the app, or a recovery code.
 * @returns which of them it was; undefined if it is wrong or was used before
 */
export const takeCode = async (
  tx: Tx,
  now: Date,
  account: string,
  typed: string,
): Promise<'app' | 'recovery' | undefined> => {
  const { oneTimeCodes, recoveryCodes } = tx.t;
  const row = await codesOf(tx, account);
  if (row === undefined || row.confirmed === null) return undefined;
  const step = await stepOf(tx, now, row, typed);
  if (step !== undefined) {
    const taken = await tx
      .update(oneTimeCodes)
      .set({ lastStep: step })
      .where(and(eq(oneTimeCodes.account, account), lt(oneTimeCodes.lastStep, step)))
      .returning({ account: oneTimeCodes.account });
    return taken.length > 0 ? 'app' : undefined;
  }
  const used = await tx
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.hash, recoveryHash(account, typed)), eq(recoveryCodes.account, account)))
    .returning({ account: recoveryCodes.account });
  return used.length > 0 ? 'recovery' : undefined;
};

/** However it is written: with or without hyphens, in capitals, and with the letters that are taken for digits. */
const recoveryHash = (account: string, typed: string): string =>
  hashSecret(
    `${account} ${typed
      .slice(0, 100)
      .toLowerCase()
      .replaceAll(/[^0-9a-z]/g, '')
      .replaceAll('o', '0')
      .replaceAll(/[il]/g, '1')}`,
  );

/** Makes ten new ones, and the old ones void. @returns them, to be shown once */
export const renewRecovery = async (tx: Tx, now: Date, account: string): Promise<string[]> => {
  const { recoveryCodes } = tx.t;
  const letters = (): string => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const made = Array.from({ length: RECOVERY_CODES }, () => Array.from({ length: 4 }, letters).join('-'));
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.account, account));
  await tx
    .insert(recoveryCodes)
    .values(made.map((code) => ({ hash: recoveryHash(account, code), account, created: now })));
  return made;
};

export const countRecovery = (db: Reader, account: string): Promise<number> =>
  db.$count(db.t.recoveryCodes, eq(db.t.recoveryCodes.account, account));

/** @returns whether codes were on */
export const endCodes = async (tx: Tx, account: string): Promise<boolean> => {
  const { oneTimeCodes, recoveryCodes } = tx.t;
  const gone = await tx
    .delete(oneTimeCodes)
    .where(eq(oneTimeCodes.account, account))
    .returning({ confirmed: oneTimeCodes.confirmed });
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.account, account));
  await dropSteps(tx, account);
  await weakenSessions(tx, account);
  return gone.some((row) => row.confirmed !== null);
};
