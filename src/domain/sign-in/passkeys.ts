/**
 * Passkeys (WebAuthn): keys on a member's own devices that open the account without a password. They are asked to verify
 * who holds them, by a finger, a face or a PIN, so that each counts as two factors. Bound to the exact origin of this
 * node and to a challenge that is kept here, taken once, by the browser that asked for it.
 */
import { and, asc, eq, lt } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { findAccount } from '../members.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Result, fail, ok } from '../types.ts';
import { type StepPurpose, openStep, takeStep } from './steps.ts';
import { weakenSessions } from './strength.ts';

export type PasskeyRow = Reader['t']['passkeys']['$inferSelect'];
export const MOST_PASSKEYS = 20;
/** EdDSA, ES256, RS256: what every device has one of. */
const ALGORITHMS = [-8, -7, -257];
const NAME = { min: 1, max: 60 };

/** For those who never come near a passkey it is not loaded. */
const library = () => import('@simplewebauthn/server');
const answers = () => import('./passkey-answers.ts');
const rpOf = (site: Site): string => new URL(site.origin).hostname;

export const passkeysOf = (db: Reader, account: string): Promise<PasskeyRow[]> =>
  db
    .select()
    .from(db.t.passkeys)
    .where(eq(db.t.passkeys.account, account))
    .orderBy(asc(db.t.passkeys.created))
    .limit(MOST_PASSKEYS);

/** What a browser is given, and the secret for its cookie. */
export type Challenge = { options: unknown; secret: string };

/** @param who as the device shows it */
export const askNewPasskey = async (
  db: Database,
  site: Site,
  account: AccountRow,
  who: { name: string; cooperative: string },
): Promise<Challenge> => {
  const known = await passkeysOf(db.read, account.id);
  const { generateRegistrationOptions } = await library();
  const options = await generateRegistrationOptions({
    rpName: who.cooperative,
    rpID: rpOf(site),
    userName: `${account.handle}@${site.host}`,
    userDisplayName: who.name,
    userID: Uint8Array.from(Buffer.from(account.id)),
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  const secret = await db.write((tx) =>
    openStep(tx, site.now(), { purpose: 'passkeyNew', account: account.id, challenge: options.challenge }),
  );
  return { options, secret };
};

/** @param account whose passkeys are asked for; absent = the device says who it is */
export const askPasskey = async (db: Database, site: Site, account?: string): Promise<Challenge> => {
  const known = account === undefined ? [] : await passkeysOf(db.read, account);
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({
    rpID: rpOf(site),
    userVerification: 'required',
    ...(account === undefined ? {} : { allowCredentials: known.map(({ id, transports }) => ({ id, transports })) }),
  });
  const purpose = account === undefined ? 'passkeyIn' : 'passkeyProof';
  const secret = await db.write((tx) =>
    openStep(tx, site.now(), {
      purpose,
      challenge: options.challenge,
      ...(account === undefined ? {} : { account }),
    }),
  );
  return { options, secret };
};

/** Used up before the answer is looked at: there is no second try on one challenge. */
const takeChallenge = async (
  db: Database,
  site: Site,
  purpose: StepPurpose,
  secret: string,
  account: string | undefined,
): Promise<string | undefined> => {
  const step = await db.write((tx) => takeStep(tx, site.now(), purpose, secret));
  return step === undefined || step.account !== (account ?? null) ? undefined : (step.challenge ?? undefined);
};

/** What is wrong with a passkey's name. @param field where it was typed */
export const checkPasskeyName = (field: string, name: string): FieldError[] => checkText(field, name.trim(), NAME);

/**
 * Takes a device's new key.
 * @param then done in the same transaction
 * @returns errors on `passkey`: passkeyLate, passkeyRefused, passkeyKnown, tooMany
 */
export const addPasskey = async (
  db: Database,
  site: Site,
  account: AccountRow,
  given: { secret: string; answer: string; name: string },
  then: (tx: Tx) => Promise<void>,
): Promise<Result<void>> => {
  const refused = fail({ field: 'passkey', code: 'passkeyRefused' });
  const expectedChallenge = await takeChallenge(db, site, 'passkeyNew', given.secret, account.id);
  if (expectedChallenge === undefined) return fail({ field: 'passkey', code: 'passkeyLate' });
  const response = await (await answers()).readNewKey(given.answer);
  if (response === undefined) return refused;
  const { verifyRegistrationResponse } = await library();
  const checked = await verifyRegistrationResponse({
    response,
    expectedChallenge,
    expectedOrigin: site.origin,
    expectedRPID: rpOf(site),
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (checked?.verified !== true) return refused;
  const { credential } = checked.registrationInfo;
  return db.write(async (tx) => {
    const { passkeys } = tx.t;
    if ((await tx.$count(passkeys, eq(passkeys.account, account.id))) >= MOST_PASSKEYS)
      return fail({ field: 'passkey', code: 'tooMany', params: { max: MOST_PASSKEYS } });
    const added = await tx
      .insert(passkeys)
      .values({
        id: credential.id,
        account: account.id,
        name: given.name.trim(),
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: response.response.transports ?? [],
        created: site.now(),
      })
      .onConflictDoNothing()
      .returning({ id: passkeys.id });
    if (added.length === 0) return fail({ field: 'passkey', code: 'passkeyKnown' });
    await then(tx);
    return ok(undefined);
  });
};

/**
 * Looks at a passkey's answer.
 * @param given.account whose it has to be; absent = whoever it is signs in
 * @param then what it opens, in the transaction in which the use is noted
 * @returns errors on `passkey`: passkeyLate, passkeyUnknown, passkeyRefused, passkeyCopied, account.suspended and the like
 */
export const checkPasskey = async <T>(
  db: Database,
  site: Site,
  given: { secret: string; answer: string; account?: string },
  then: (tx: Tx, account: AccountRow) => Promise<T>,
): Promise<Result<T>> => {
  const no = (code: string): Result<T> => fail({ field: 'passkey', code });
  const purpose = given.account === undefined ? 'passkeyIn' : 'passkeyProof';
  const expectedChallenge = await takeChallenge(db, site, purpose, given.secret, given.account);
  if (expectedChallenge === undefined) return no('passkeyLate');
  const response = (await answers()).readAssertion(given.answer);
  if (response === undefined) return no('passkeyRefused');
  const key = await findPasskey(db.read, response.id);
  if (key === undefined) return no('passkeyUnknown');
  const handle = response.response.userHandle;
  if (handle !== undefined && Buffer.from(handle, 'base64url').toString() !== key.account) return no('passkeyRefused');
  if (given.account !== undefined && key.account !== given.account) return no('passkeyRefused');
  const { verifyAuthenticationResponse } = await library();
  const checked = await verifyAuthenticationResponse({
    response,
    expectedChallenge,
    expectedOrigin: site.origin,
    expectedRPID: rpOf(site),
    requireUserVerification: true,
    // The counter is looked at below, once it is known that the key itself says it.
    credential: { id: key.id, publicKey: Uint8Array.from(Buffer.from(key.publicKey, 'base64url')), counter: 0 },
  }).catch(() => undefined);
  if (checked?.verified !== true) return no('passkeyRefused');
  const { newCounter } = checked.authenticationInfo;
  return db.write(async (tx) => {
    const { passkeys } = tx.t;
    const account = await findAccount(tx, key.account);
    if (account === undefined) return no('passkeyUnknown');
    if (account.state !== 'active') return no(`account.${account.state}`);
    // A key that counts never says the same number twice: a copy of it does. Of two that say it at once, one is let in.
    const counted = newCounter > 0 ? lt(passkeys.counter, newCounter) : eq(passkeys.counter, 0);
    const noted = await tx
      .update(passkeys)
      .set({ counter: newCounter, used: site.now() })
      .where(and(eq(passkeys.id, key.id), counted))
      .returning({ id: passkeys.id });
    if (noted.length === 0)
      return no((await findPasskey(tx, key.id)) === undefined ? 'passkeyUnknown' : 'passkeyCopied');
    return ok(await then(tx, account));
  });
};

const findPasskey = async (db: Reader, id: string): Promise<PasskeyRow | undefined> => {
  const [row] = await db.select().from(db.t.passkeys).where(eq(db.t.passkeys.id, id)).limit(1);
  return row;
};

const theirs = (tx: Tx, account: string, id: string) =>
  and(eq(tx.t.passkeys.id, id), eq(tx.t.passkeys.account, account));

/** @returns whether the account has such a passkey */
export const renamePasskey = async (tx: Tx, account: string, id: string, name: string): Promise<boolean> => {
  const rows = await tx
    .update(tx.t.passkeys)
    .set({ name: name.trim() })
    .where(theirs(tx, account, id))
    .returning({ id: tx.t.passkeys.id });
  return rows.length > 0;
};

/** @returns its name, or undefined if the account has no such passkey */
export const removePasskey = async (tx: Tx, account: string, id: string): Promise<string | undefined> => {
  const [row] = await tx
    .delete(tx.t.passkeys)
    .where(theirs(tx, account, id))
    .returning({ name: tx.t.passkeys.name });
  await weakenSessions(tx, account);
  return row?.name;
};
