/** Signing in between nodes: what the issuer keeps, what the client keeps, and the partners' keys. */
import type { Kit } from './kit.ts';

export const identityTables = (k: Kit) => ({
  /** What oidc-provider has to remember for minutes: interactions, codes, grants, used assertions. */
  oidcRecords: k.table(
    'oidc_records',
    {
      /** Kind and id, as `AuthorizationCode:…`. */
      id: k.text('id').primaryKey(),
      /** Of the consent that it hangs on: revoked together. */
      grant: k.text('grant_id'),
      payload: k.json('payload').$type<Record<string, unknown>>().notNull(),
      consumed: k.instant('consumed'),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('oidc_records_grant').on(t.grant), k.index('oidc_records_expires').on(t.expires)],
  ),
  /** A partner's entity configuration as it was last read, and the thumbprints of the keys that it may be signed with. */
  entities: k.table('entities', {
    host: k.text('host').primaryKey(),
    thumbprints: k.json('thumbprints').$type<string[]>().notNull(),
    metadata: k.json('metadata').$type<Record<string, unknown>>().notNull(),
    fetched: k.instant('fetched').notNull(),
    expires: k.instant('expires').notNull(),
  }),
  /** Somebody has gone to sign in at home and has not come back yet. `hash` is of the secret in the browser's cookie. */
  signInAttempts: k.table(
    'sign_in_attempts',
    {
      hash: k.text('hash').primaryKey(),
      host: k.text('host').notNull(),
      state: k.text('state').notNull(),
      nonce: k.text('nonce').notNull(),
      verifier: k.text('verifier').notNull(),
      next: k.text('next').notNull(),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('sign_in_attempts_expires').on(t.expires)],
  ),
  /** Members of partners who are signed in here: by issuer and subject, never by an address. */
  guests: k.table(
    'guests',
    {
      hash: k.text('hash').primaryKey(),
      issuer: k.text('issuer').notNull(),
      /** URI of their actor, which is also the subject. */
      actor: k.text('actor').notNull(),
      host: k.text('host').notNull(),
      /** Of the session at home. */
      sid: k.text('sid').notNull(),
      csrf: k.text('csrf').notNull(),
      userAgent: k.text('user_agent').notNull(),
      level: k.text('level').notNull(),
      since: k.text('since').notNull(),
      created: k.instant('created').notNull(),
      expires: k.instant('expires').notNull(),
    },
    (t) => [
      k.index('guests_host').on(t.host),
      k.index('guests_subject').on(t.issuer, t.actor),
      k.index('guests_expires').on(t.expires),
    ],
  ),
  /** Where our members have signed in with the session here: those nodes are told when it ends. */
  visits: k.table(
    'visits',
    {
      /** The consent that it began with. */
      grant: k.text('grant_id').primaryKey(),
      sid: k.text('sid'),
      session: k.text('session').notNull(),
      actor: k.text('actor').notNull(),
      host: k.text('host').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('visits_session').on(t.session), k.index('visits_created').on(t.created)],
  ),
});
