/** Leaving and moving: what members take with them, where they went, and who has been told that they are gone. */
import type { Kit } from './kit.ts';

/** Something that was not taken from a file, or not as it was: a code with its words in locales/, and how often. */
export type ArrivalNote = {
  code: string;
  params?: Record<string, string | number>;
  /** Title of the listing, or address of the person, that it is about. */
  about?: string;
};

/** What a member's file has in it, and what became of it. */
export type ArrivalReport = {
  /** URI and address of the account that it was taken from. */
  actor: string;
  handle: string;
  name: string;
  software: string;
  made: string;
  counts: { listings: number; pictures: number; follows: number; threads: number };
  notes: ArrivalNote[];
  /** Set once it was taken. */
  taken?: {
    profile: boolean;
    picture: boolean;
    created: number;
    already: number;
    failed: number;
    follows: number;
    followsAlready: number;
  };
};

export type ArrivalChoice = { profile: boolean; listings: 'draft' | 'published' | 'none'; follows: boolean };

export const leavingTables = (k: Kit) => ({
  /** Addresses elsewhere that a member of here says are theirs, too (`alsoKnownAs`). */
  aliases: k.table(
    'aliases',
    {
      actor: k.text('actor').notNull(),
      uri: k.text('uri').notNull(),
      /** `@alice@host`, as it was found. */
      handle: k.text('handle').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.actor, t.uri] })],
  ),
  /** Who moved where: members of here, and those elsewhere whom somebody here followed. */
  moves: k.table(
    'moves',
    {
      id: k.text('id').primaryKey(),
      actor: k.text('actor').notNull(),
      target: k.text('target').notNull(),
      /** `@alice@host` of the target. */
      handle: k.text('handle').notNull(),
      url: k.text('url').notNull(),
      local: k.bool('local').notNull(),
      created: k.instant('created').notNull(),
      /** The member of here took the signpost away again. */
      undone: k.instant('undone'),
    },
    (t) => [k.index('moves_actor').on(t.actor, t.created), k.index('moves_created').on(t.local, t.created)],
  ),
  /** Members here who follow somebody at a new place since: they are told until they have seen it. */
  movedFollows: k.table(
    'moved_follows',
    {
      follower: k.text('follower').notNull(),
      move: k.text('move').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [
      k.primaryKey({ columns: [t.follower, t.move] }),
      k.index('moved_follows_move').on(t.move),
      k.index('moved_follows_created').on(t.created),
    ],
  ),
  /** Files with all that is a member's, made when they ask, kept for some days. */
  exports: k.table(
    'exports',
    {
      id: k.text('id').primaryKey(),
      account: k.text('account').notNull(),
      /** making, ready, failed, over (there are newer ones; counted for the day) */
      state: k.text('state').notNull(),
      done: k.integer('done').notNull(),
      total: k.integer('total').notNull(),
      bytes: k.integer('bytes'),
      created: k.instant('created').notNull(),
      finished: k.instant('finished'),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('exports_account').on(t.account, t.created), k.index('exports_expires').on(t.expires)],
  ),
  /** Files that members bring from elsewhere. */
  arrivals: k.table(
    'arrivals',
    {
      id: k.text('id').primaryKey(),
      account: k.text('account').notNull(),
      /** reading, ready, taking, done, failed */
      state: k.text('state').notNull(),
      done: k.integer('done').notNull(),
      total: k.integer('total').notNull(),
      /** Why it could not be read. */
      fault: k.json('fault').$type<{ code: string; params?: Record<string, string | number> }>(),
      choice: k.json('choice').$type<ArrivalChoice>(),
      report: k.json('report').$type<ArrivalReport>(),
      created: k.instant('created').notNull(),
      finished: k.instant('finished'),
      expires: k.instant('expires').notNull(),
    },
    (t) => [k.index('arrivals_account').on(t.account, t.created), k.index('arrivals_expires').on(t.expires)],
  ),
  /** Inboxes that something of a member was ever sent to, noted when the rows that say so are cleaned up. */
  heard: k.table(
    'heard',
    {
      actor: k.text('actor').notNull(),
      inbox: k.text('inbox').notNull(),
      host: k.text('host').notNull(),
      /** When it was last sent something. */
      last: k.instant('last').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.actor, t.inbox] })],
  ),
  /** Accounts that were closed, until everybody has been told or given up. */
  closures: k.table(
    'closures',
    {
      id: k.text('id').primaryKey(),
      handle: k.text('handle').notNull(),
      /** URI of the Delete. */
      activity: k.text('activity').notNull(),
      /** Where the report goes to; gone once it has gone. */
      email: k.text('email'),
      locale: k.text('locale').notNull(),
      created: k.instant('created').notNull(),
      finished: k.instant('finished'),
    },
    (t) => [k.index('closures_finished').on(t.finished, t.created), k.index('closures_created').on(t.created)],
  ),
  /** How far the farewell of a closed account came, by server. */
  closureHosts: k.table(
    'closure_hosts',
    {
      closure: k.text('closure').notNull(),
      host: k.text('host').notNull(),
      /** waiting, told, gaveUp, shutOut */
      state: k.text('state').notNull(),
      error: k.text('error'),
      updated: k.instant('updated').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.closure, t.host] })],
  ),
});
