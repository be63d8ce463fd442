/** Peers, follows, private threads, and everything that waits to be sent or was received. */
import type { Kit } from './kit.ts';

/** `src/domain/scopes.ts` has the words of it; the database only keeps it. */
export type Scope = {
  kinds: ('lodging' | 'service' | 'food' | 'making' | 'goods' | 'delivery')[];
  requests: boolean;
  data: ('availability' | 'profiles' | 'signIn' | 'bookings' | 'reviews' | 'statistics')[];
  territory?: { name: string; latitude: number; longitude: number; radiusKm: number };
};

/** What a node says of itself, as its admin's opposite sees it before deciding. */
export type PeerProfile = {
  territory?: string;
  languages?: string[];
  charter?: string;
  /** Public listings by kind. */
  kinds?: Record<string, number>;
  members?: number;
  /** Hosts of its own partners, if it publishes them. */
  partners?: string[];
  /** RFC 7638 thumbprint of the key of its node's actor, see src/domain/thumbprint.ts. */
  thumbprint?: string;
};
/** `src/domain/audit.ts` has its rules. */
type AuditValue = string | number | boolean | null | AuditValue[] | { [key: string]: AuditValue };
type AuditState = Record<string, AuditValue>;

export const exchangeTables = (k: Kit) => ({
  peers: k.table('peers', {
    id: k.text('id').primaryKey(),
    /** Canonical host, unique: a peer is a server. */
    host: k.text('host').notNull().unique(),
    nodeActor: k.text('node_actor').notNull(),
    cooperative: k.text('cooperative'),
    name: k.text('name').notNull(),
    summary: k.text('summary').notNull(),
    software: k.text('software').notNull(),
    icon: k.text('icon'),
    /** asked (by us), received (asks us), countered (other terms are on the table), active, refused (by the one that was asked), withdrawn (by the one that asked), paused, cut. */
    state: k.text('state').notNull(),
    /** Is it a server of other software, that follows and is followed and knows no agreement? */
    plain: k.bool('plain').notNull().default(false),
    message: k.text('message').notNull(),
    /** Whose word is waited for while it is negotiated: us, them. */
    turn: k.text('turn'),
    /** Id of the agreement that was proposed last, by either. */
    proposal: k.text('proposal'),
    /** Id of theirs that our last word answered: if they ask for it again, the same is said again. */
    answered: k.text('answered'),
    /** When their newest word was said; an older one that comes late counts no more. */
    heard: k.instant('heard'),
    /** Why it was refused: words, or `code:` and a word of src/domain/handshake.ts. */
    reason: k.text('reason').notNull().default(''),
    profile: k.json('profile').$type<PeerProfile>(),
    /** What we give to and take from this peer, and what it says that it gives and takes; null = everything. */
    give: k.json('give').$type<Scope>(),
    take: k.json('take').$type<Scope>(),
    theirGive: k.json('their_give').$type<Scope>(),
    theirTake: k.json('their_take').$type<Scope>(),
    /** Since when nothing flows; what changed since is told when it is taken up again. */
    paused: k.instant('paused'),
    /** Id of the Follow that we sent, and of the one we received. */
    followSent: k.text('follow_sent'),
    followReceived: k.text('follow_received'),
    /** Has the other accepted ours; have we accepted theirs? Both = active. */
    sentAccepted: k.bool('sent_accepted').notNull(),
    receivedAccepted: k.bool('received_accepted').notNull(),
    backfillState: k.text('backfill_state').notNull(),
    backfillNext: k.text('backfill_next'),
    backfillDone: k.integer('backfill_done').notNull(),
    backfillTotal: k.integer('backfill_total'),
    backfillError: k.text('backfill_error'),
    lastReceived: k.instant('last_received'),
    lastDelivered: k.instant('last_delivered'),
    created: k.instant('created').notNull(),
    updated: k.instant('updated').notNull(),
  }),
  /** Links by which an admin of another node is invited to become a partner; one use. */
  peerInvites: k.table(
    'peer_invites',
    {
      id: k.text('id').primaryKey(),
      /** SHA-256 of the secret in the link. */
      hash: k.text('hash').notNull().unique(),
      give: k.json('give').$type<Scope>().notNull(),
      take: k.json('take').$type<Scope>().notNull(),
      /** Canonical host that alone may use it; empty = whoever has it. */
      host: k.text('host').notNull(),
      note: k.text('note').notNull(),
      created: k.instant('created').notNull(),
      expires: k.instant('expires').notNull(),
      revoked: k.instant('revoked'),
      used: k.instant('used'),
      usedBy: k.text('used_by'),
    },
    (t) => [k.index('peer_invites_created').on(t.created)],
  ),
  /** What is decided about all that is of a domain: how far it is shut out. */
  domainRules: k.table('domain_rules', {
    /** In the one spelling by which hosts are compared: lower-case punycode, no port, no dot at the end. */
    domain: k.text('domain').primaryKey(),
    /** suspend, silence (hidden from lists), noop (only what the two flags say). */
    severity: k.text('severity').notNull(),
    /** No picture of theirs is fetched or shown. */
    rejectMedia: k.bool('reject_media').notNull().default(false),
    /** Their reports are dropped. */
    rejectReports: k.bool('reject_reports').notNull().default(false),
    /** Does it hold for all that is under the domain, too? */
    subdomains: k.bool('subdomains').notNull().default(true),
    /** For the admins alone. */
    comment: k.text('comment').notNull(),
    /** Shown on the public page, if there is one. */
    publicComment: k.text('public_comment').notNull().default(''),
    /** Is the name shown there with some of its letters hidden? */
    obfuscate: k.bool('obfuscate').notNull().default(false),
    created: k.instant('created').notNull(),
  }),
  /** Who may ask to be a partner while only those on the list may. */
  allowedDomains: k.table('allowed_domains', {
    domain: k.text('domain').primaryKey(),
    subdomains: k.bool('subdomains').notNull().default(false),
    comment: k.text('comment').notNull(),
    created: k.instant('created').notNull(),
  }),
  /**
   * Who decided what: a chain in which each row's hash is over the hash before it, so that none can be changed, taken
   * out or put in unseen. Rows are only added; the oldest go by a row that says so. Its end stands in `facts`.
   */
  audit: k.table(
    'audit',
    {
      /** From 0 without gaps. */
      n: k.integer('n').primaryKey(),
      /** Handle of a member; or `command line`, or `node`, which no handle can be. */
      actor: k.text('actor').notNull(),
      action: k.text('action').notNull(),
      /** What it was done to: a handle, a host, a domain, an id. */
      subject: k.text('subject').notNull(),
      before: k.json('before').$type<AuditState>(),
      after: k.json('after').$type<AuditState>(),
      created: k.instant('created').notNull(),
      previous: k.text('previous').notNull(),
      hash: k.text('hash').notNull(),
    },
    (t) => [k.index('audit_actor').on(t.actor, t.n), k.index('audit_action').on(t.action, t.n)],
  ),
  /** What is known of a host that we deliver to: its signature dialect, and since when it fails. */
  hosts: k.table('hosts', {
    host: k.text('host').primaryKey(),
    dialect: k.text('dialect'),
    /** First failure of the present series; null = the last delivery went well. */
    failing: k.instant('failing'),
    failures: k.integer('failures').notNull(),
    /** Nothing is sent before: one back-off for the host, however many deliveries wait for it. */
    retry: k.instant('retry'),
    error: k.text('error'),
    /** When the admins were told of the present series. */
    warned: k.instant('warned'),
    updated: k.instant('updated').notNull(),
  }),
  follows: k.table(
    'follows',
    {
      id: k.text('id').primaryKey(),
      /** URI of the Follow activity. */
      uri: k.text('uri').notNull().unique(),
      follower: k.text('follower').notNull(),
      followed: k.text('followed').notNull(),
      state: k.text('state').notNull(),
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
    },
    (t) => [
      k.uniqueIndex('follows_pair').on(t.follower, t.followed),
      k.index('follows_followed').on(t.followed, t.state, t.created),
    ],
  ),
  /** A private thread between two actors about one thing. */
  conversations: k.table(
    'conversations',
    {
      id: k.text('id').primaryKey(),
      /** URI that all its messages carry as `context`: the listing, or the first message. */
      context: k.text('context').notNull(),
      /** The two, in ascending order of URI: one thread per pair and context. */
      first: k.text('first').notNull(),
      second: k.text('second').notNull(),
      title: k.text('title').notNull(),
      firstUnread: k.integer('first_unread').notNull(),
      secondUnread: k.integer('second_unread').notNull(),
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
    },
    (t) => [
      k.uniqueIndex('conversations_pair').on(t.first, t.second, t.context),
      k.index('conversations_first').on(t.first, t.updated),
      k.index('conversations_second').on(t.second, t.updated),
    ],
  ),
  messages: k.table(
    'messages',
    {
      id: k.text('id').primaryKey(),
      uri: k.text('uri').notNull().unique(),
      conversation: k.text('conversation').notNull(),
      author: k.text('author').notNull(),
      html: k.text('html').notNull(),
      created: k.instant('created').notNull(),
      /** Of ours: its reader's server did not take it, and why: a word that we know, and what it says. */
      refused: k.json('refused').$type<{ code: string; words: string }>(),
    },
    (t) => [k.index('messages_conversation').on(t.conversation, t.created)],
  ),
  /**
   * What happened here and has to be told. Written with the state that it announces; the outbox worker turns it
   * into an activity and its deliveries. The activity's id derives from `id`, so a retry is the same activity.
   */
  announcements: k.table(
    'announcements',
    {
      row: k.rowId('row'),
      id: k.text('id').notNull().unique(),
      type: k.text('type').notNull(),
      /** URI of our actor that speaks. */
      actor: k.text('actor').notNull(),
      subject: k.text('subject').notNull(),
      data: k.json('data').$type<Record<string, string>>().notNull(),
      state: k.text('state').notNull(),
      error: k.text('error'),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('announcements_state').on(t.state, t.row)],
  ),
  /** Activities that we made: one body, however many recipients. */
  activities: k.table(
    'activities',
    {
      row: k.rowId('row'),
      uri: k.text('uri').notNull().unique(),
      actor: k.text('actor').notNull(),
      type: k.text('type').notNull(),
      object: k.text('object').notNull(),
      /** Shown in the actor's public outbox? */
      listed: k.bool('listed').notNull(),
      body: k.text('body').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [
      k.index('activities_outbox').on(t.actor, t.listed, t.row),
      k.index('activities_object').on(t.object),
      /** For the clean-up. */
      k.index('activities_age').on(t.listed, t.created),
    ],
  ),
  /** One row per activity and recipient inbox; leased, not deleted, while it is sent. */
  deliveries: k.table(
    'deliveries',
    {
      row: k.rowId('row'),
      activity: k.text('activity').notNull(),
      inbox: k.text('inbox').notNull(),
      host: k.text('host').notNull(),
      key: k.text('key').notNull(),
      /** 0 = a person waits for it, 5 = catalogue. */
      priority: k.integer('priority').notNull(),
      /** waiting, done, dead */
      state: k.text('state').notNull(),
      attempts: k.integer('attempts').notNull(),
      due: k.instant('due').notNull(),
      leased: k.instant('leased'),
      error: k.text('error'),
      created: k.instant('created').notNull(),
      finished: k.instant('finished'),
    },
    (t) => [
      k.uniqueIndex('deliveries_once').on(t.activity, t.inbox),
      /** Whose turn it is: by host, then by priority and age. */
      k.index('deliveries_turn').on(t.state, t.host, t.priority, t.row),
      k.index('deliveries_leased').on(t.leased),
      /** For the clean-up. */
      k.index('deliveries_age').on(t.state, t.finished),
    ],
  ),
  /** The journal: every activity that reached the inbox with a valid signature, and what became of it. */
  received: k.table(
    'received',
    {
      row: k.rowId('row'),
      uri: k.text('uri').notNull().unique(),
      actor: k.text('actor').notNull(),
      host: k.text('host').notNull(),
      type: k.text('type').notNull(),
      object: k.text('object'),
      /** applied, ignored, refused */
      outcome: k.text('outcome').notNull(),
      /** Stable code of the reason (src/domain/reasons.ts), what its words name, and the same in English. Empty in old lines. */
      code: k.text('code').notNull().default(''),
      details: k.json('details').$type<Record<string, string>>(),
      reason: k.text('reason').notNull(),
      created: k.instant('created').notNull(),
    },
    // For each filter of the admin's page; rows are in the order of time, so that the clean-up needs none.
    (t) => [
      k.index('received_host').on(t.host, t.row),
      k.index('received_outcome').on(t.outcome, t.row),
      k.index('received_type').on(t.type, t.row),
    ],
  ),
  /** Public AS2 documents as they are served: built once per change, many times sent. */
  documents: k.table('documents', {
    uri: k.text('uri').primaryKey(),
    /** Changes with what it is made of; a mismatch means: build again. */
    version: k.text('version').notNull(),
    visibility: k.text('visibility').notNull(),
    body: k.text('body').notNull(),
    etag: k.text('etag').notNull(),
    updated: k.instant('updated').notNull(),
  }),
  /** Background jobs other than deliveries: mail, backfill, clean-up. Leased like deliveries. */
  jobs: k.table(
    'jobs',
    {
      row: k.rowId('row'),
      type: k.text('type').notNull(),
      /** At most one waiting job per key, if given. */
      key: k.text('key').unique(),
      data: k.json('data').$type<Record<string, string>>().notNull(),
      state: k.text('state').notNull(),
      attempts: k.integer('attempts').notNull(),
      due: k.instant('due').notNull(),
      leased: k.instant('leased'),
      error: k.text('error'),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('jobs_due').on(t.state, t.due, t.row)],
  ),
  /** Small facts of the node itself: epoch, last clean-up, proofs of work done. */
  facts: k.table('facts', { key: k.text('key').primaryKey(), value: k.text('value').notNull() }),
});
