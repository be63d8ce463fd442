/** Actors (here and elsewhere), the accounts of this node's members, and what lets them in. */
import type { Scope } from './exchange.ts';
import type { Kit } from './kit.ts';

export const peopleTables = (k: Kit) => ({
  /** The one cooperative that this node belongs to (row `main`); absent until set-up is finished. */
  cooperative: k.table('cooperative', {
    id: k.text('id').primaryKey(),
    handle: k.text('handle').notNull(),
    name: k.text('name').notNull(),
    summary: k.text('summary').notNull(),
    territoryName: k.text('territory_name').notNull(),
    latitude: k.real('latitude'),
    longitude: k.real('longitude'),
    radiusKm: k.real('radius_km').notNull(),
    languages: k.json('languages').$type<string[]>().notNull(),
    kinds: k.json('kinds').$type<string[]>().notNull(),
    signUpRule: k.text('sign_up_rule').notNull(),
    accent: k.text('accent').notNull(),
    charterUrl: k.text('charter_url'),
    /** May servers that are no peers read and follow what is public? */
    publicOpen: k.bool('public_open').notNull(),
    /** Are the hosts of the partners published? */
    showPartners: k.bool('show_partners').notNull().default(true),
    /** What is given to and taken from new partners; null = everything. */
    defaultGive: k.json('default_give').$type<Scope>(),
    defaultTake: k.json('default_take').$type<Scope>(),
    /** Who may ask to be a partner: open, approval, list. */
    peeringMode: k.text('peering_mode').notNull().default('approval'),
    /** Is there a public page with the rules by domain? */
    showRules: k.bool('show_rules').notNull().default(false),
    /** Key of its logo among the media. */
    logo: k.text('logo'),
    /** What strangers read on the first page, by language. */
    welcome: k.json('welcome').$type<Record<string, string>>(),
    /** Does it publish monthly statistics? */
    statistics: k.bool('statistics').notNull().default(false),
    created: k.instant('created').notNull(),
    updated: k.instant('updated').notNull(),
  }),
  /** Every actor we know, ours and others'. `host` is canonical: lower-case punycode, port only if not the default. */
  actors: k.table(
    'actors',
    {
      uri: k.text('uri').primaryKey(),
      local: k.bool('local').notNull(),
      kind: k.text('kind').notNull(),
      handle: k.text('handle').notNull(),
      host: k.text('host').notNull(),
      name: k.text('name').notNull(),
      /** Sanitised. */
      html: k.text('html').notNull(),
      url: k.text('url').notNull(),
      icon: k.text('icon'),
      inbox: k.text('inbox').notNull(),
      sharedInbox: k.text('shared_inbox'),
      outbox: k.text('outbox'),
      followers: k.text('followers'),
      languages: k.json('languages').$type<string[]>().notNull(),
      discoverable: k.bool('discoverable').notNull(),
      manuallyApproves: k.bool('manually_approves').notNull(),
      suspended: k.bool('suspended').notNull(),
      /** Remote: URI of the cooperative whose node it lives at, when that is a peer. */
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
      fetched: k.instant('fetched'),
      deleted: k.instant('deleted'),
    },
    (t) => [k.index('actors_host_handle').on(t.host, t.handle)],
  ),
  /** Private halves of our actors' keys: RSA-2048 for HTTP signatures, Ed25519 for integrity proofs. */
  keys: k.table(
    'keys',
    {
      id: k.text('id').primaryKey(),
      actor: k.text('actor').notNull(),
      type: k.text('type').notNull(),
      privatePem: k.text('private_pem').notNull(),
      publicPem: k.text('public_pem').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('keys_actor').on(t.actor)],
  ),
  /** Public keys of others, at most 24 h old when used; `pem` null = the key could not be had (negative cache). */
  remoteKeys: k.table('remote_keys', {
    id: k.text('id').primaryKey(),
    owner: k.text('owner'),
    pem: k.text('pem'),
    fetched: k.instant('fetched').notNull(),
  }),
  accounts: k.table(
    'accounts',
    {
      id: k.text('id').primaryKey(),
      actor: k.text('actor').notNull().unique(),
      handle: k.text('handle').notNull().unique(),
      /** As typed, for sending; compared by `emailKey`. */
      email: k.text('email').notNull(),
      emailKey: k.text('email_key').notNull().unique(),
      passwordHash: k.text('password_hash').notNull(),
      role: k.text('role').notNull(),
      state: k.text('state').notNull(),
      locale: k.text('locale').notNull(),
      /** Markdown as typed; the actor's `html` is made of it. */
      text: k.text('text').notNull(),
      showProfile: k.text('show_profile').notNull(),
      indexable: k.bool('indexable').notNull(),
      mailMessages: k.bool('mail_messages').notNull(),
      invitedBy: k.text('invited_by'),
      motivation: k.text('motivation').notNull(),
      emailConfirmed: k.instant('email_confirmed'),
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
    },
    (t) => [k.index('accounts_state').on(t.state, t.created)],
  ),
  /** `hash` = SHA-256 of the cookie's token: a stolen database opens no session. */
  sessions: k.table(
    'sessions',
    {
      hash: k.text('hash').primaryKey(),
      account: k.text('account').notNull(),
      csrf: k.text('csrf').notNull(),
      userAgent: k.text('user_agent').notNull(),
      created: k.instant('created').notNull(),
      seen: k.instant('seen').notNull(),
      /** When the password was last given: admins do dangerous things only shortly after. */
      confirmed: k.instant('confirmed').notNull(),
      /** Was that by two factors? */
      strong: k.bool('strong').notNull().default(false),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('sessions_account').on(t.account), k.index('sessions_expires').on(t.expires)],
  ),
  /** Single-use secrets (reset, confirmation, invitation, set-up) and API tokens, all stored hashed. */
  tokens: k.table(
    'tokens',
    {
      hash: k.text('hash').primaryKey(),
      id: k.text('id').notNull().unique(),
      purpose: k.text('purpose').notNull(),
      account: k.text('account'),
      data: k.json('data').$type<Record<string, string>>().notNull(),
      created: k.instant('created').notNull(),
      expires: k.instant('expires'),
      used: k.instant('used'),
    },
    (t) => [k.index('tokens_purpose').on(t.purpose, t.created)],
  ),
});
