/** What members sign in with beside their password, and sign-ins that are under way. */
import type { Kit } from './kit.ts';

export const signInTables = (k: Kit) => ({
  /** One-time codes of an app: they count from when `confirmed` is set. */
  oneTimeCodes: k.table('one_time_codes', {
    account: k.text('account').primaryKey(),
    /** Encrypted under a key of the node. */
    secret: k.text('secret').notNull(),
    /** Of the last code that was taken: neither that one nor an older one is taken again. */
    lastStep: k.integer('last_step').notNull(),
    confirmed: k.instant('confirmed'),
    created: k.instant('created').notNull(),
  }),
  /** For when the telephone is lost; a row goes when its code is used. */
  recoveryCodes: k.table(
    'recovery_codes',
    {
      hash: k.text('hash').primaryKey(),
      account: k.text('account').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('recovery_codes_account').on(t.account)],
  ),
  passkeys: k.table(
    'passkeys',
    {
      /** As the authenticator names it, in base64url. */
      id: k.text('id').primaryKey(),
      account: k.text('account').notNull(),
      name: k.text('name').notNull(),
      /** COSE, in base64url. */
      publicKey: k.text('public_key').notNull(),
      counter: k.integer('counter').notNull(),
      transports: k.json('transports').$type<string[]>().notNull(),
      created: k.instant('created').notNull(),
      used: k.instant('used'),
    },
    (t) => [k.index('passkeys_account').on(t.account)],
  ),
  /** A step of a sign-in or of a proof that waits for its answer. `hash` is of the secret in the browser's cookie. */
  signInSteps: k.table(
    'sign_in_steps',
    {
      hash: k.text('hash').primaryKey(),
      purpose: k.text('purpose').notNull(),
      account: k.text('account'),
      challenge: k.text('challenge'),
      next: k.text('next').notNull(),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('sign_in_steps_account').on(t.account), k.index('sign_in_steps_expires').on(t.expires)],
  ),
});
