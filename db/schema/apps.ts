/** Programs that members let act for them by OAuth: who they are, what they may, and the secrets that they hold. */
import type { Kit } from './kit.ts';

export const appTables = (k: Kit) => ({
  /** Registered by a member. `id` is the client id; none of them has a secret of its own. */
  apps: k.table(
    'apps',
    {
      id: k.text('id').primaryKey(),
      /** Who registered it. */
      account: k.text('account').notNull(),
      name: k.text('name').notNull(),
      website: k.text('website').notNull(),
      redirectUris: k.json('redirect_uris').$type<string[]>().notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('apps_account').on(t.account, t.created)],
  ),
  /** What a member has said yes to. All tokens of it end with it. */
  appGrants: k.table(
    'app_grants',
    {
      id: k.text('id').primaryKey(),
      app: k.text('app').notNull(),
      account: k.text('account').notNull(),
      scopes: k.json('scopes').$type<string[]>().notNull(),
      created: k.instant('created').notNull(),
      seen: k.instant('seen'),
      /** When its last token runs out. */
      expires: k.instant('expires').notNull(),
    },
    (t) => [
      k.index('app_grants_account').on(t.account, t.created),
      k.index('app_grants_app').on(t.app),
      k.index('app_grants_expires').on(t.expires),
    ],
  ),
  /** A yes on its way through the browser, for a minute; `hash` is of the code. */
  appCodes: k.table(
    'app_codes',
    {
      hash: k.text('hash').primaryKey(),
      app: k.text('app').notNull(),
      account: k.text('account').notNull(),
      scopes: k.json('scopes').$type<string[]>().notNull(),
      redirectUri: k.text('redirect_uri').notNull(),
      /** SHA-256 of the verifier. */
      challenge: k.text('challenge').notNull(),
      /** What it was used for: who brings it again ends that. Empty = it was used in vain. */
      grant: k.text('grant_id'),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('app_codes_account').on(t.account), k.index('app_codes_expires').on(t.expires)],
  ),
  /** `kind`: access or refresh. A refresh token that was used is kept until it would have run out, to know it again. */
  appTokens: k.table(
    'app_tokens',
    {
      hash: k.text('hash').primaryKey(),
      grant: k.text('grant_id').notNull(),
      kind: k.text('kind').notNull(),
      scopes: k.json('scopes').$type<string[]>().notNull(),
      created: k.instant('created').notNull(),
      used: k.instant('used'),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('app_tokens_grant').on(t.grant), k.index('app_tokens_expires').on(t.expires)],
  ),
});
