/** Whom one trusts without having met: keys of identities, umbrellas that vouch, and for whom this node vouches itself. */
import type { Kit } from './kit.ts';

/** A mark as it is shown: which one, in whose words, and until when. */
export type ShownMark = { type: string; name: string; text: string; link: string; until: string };
/** The same with the token by which it is proven. */
export type OwnMark = ShownMark & { token: string };

export const trustTables = (k: Kit) => ({
  /** The keys by which an identity is known: of a partner, an umbrella, or a cooperative for which we vouch. */
  entityPins: k.table('entity_pins', {
    host: k.text('host').primaryKey(),
    /** RFC 7638. */
    thumbprints: k.json('thumbprints').$type<string[]>().notNull(),
    since: k.instant('since').notNull(),
    /** The old key named the new one. */
    renewed: k.instant('renewed'),
    /** Nobody vouches for these: an admin has to look. */
    newThumbprints: k.json('new_thumbprints').$type<string[]>(),
    newSeen: k.instant('new_seen'),
  }),
  /** Umbrellas: those that vouch for us, and those in whose word we trust; one may be both. */
  anchors: k.table('anchors', {
    host: k.text('host').primaryKey(),
    name: k.text('name').notNull(),
    /** We name it as vouching for us, and show its marks. */
    ours: k.bool('ours').notNull(),
    /** What it says of others counts here. */
    trusted: k.bool('trusted').notNull(),
    /** Those of its marks that let a cooperative become a partner without an admin. */
    skips: k.json('skips').$type<string[]>().notNull(),
    /** What it gives, by type. */
    offers: k.json('offers').$type<Record<string, string>>().notNull(),
    /** What it has given us. */
    marks: k.json('marks').$type<OwnMark[]>().notNull(),
    /** A code of what is wrong with it, if anything. */
    problem: k.text('problem').notNull(),
    checked: k.instant('checked'),
    created: k.instant('created').notNull(),
  }),
  /** What umbrellas that we trust say of others, as it was last proven. */
  vouchings: k.table(
    'vouchings',
    {
      host: k.text('host').notNull(),
      anchor: k.text('anchor').notNull(),
      marks: k.json('marks').$type<ShownMark[]>().notNull(),
      /** Marks that were there and are not any more: for the admin to read. */
      lost: k.json('lost').$type<ShownMark[]>().notNull(),
      lostSeen: k.instant('lost_seen'),
      checked: k.instant('checked').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.host, t.anchor] })],
  ),
  /** Marks that this node gives. */
  markTypes: k.table('mark_types', {
    slug: k.text('slug').primaryKey(),
    name: k.text('name').notNull(),
    text: k.text('text').notNull(),
    link: k.text('link').notNull(),
    created: k.instant('created').notNull(),
  }),
  /** Cooperatives for which this node vouches. */
  subordinates: k.table('subordinates', {
    host: k.text('host').primaryKey(),
    name: k.text('name').notNull(),
    /** Public keys that it signs with, as it last showed them. */
    jwks: k.json('jwks').$type<Record<string, unknown>[]>().notNull(),
    problem: k.text('problem').notNull(),
    checked: k.instant('checked').notNull(),
    created: k.instant('created').notNull(),
  }),
  /** Which of them has which mark. A mark that was taken back stays, so that its status can be told. */
  givenMarks: k.table(
    'given_marks',
    {
      slug: k.text('slug').notNull(),
      host: k.text('host').notNull(),
      given: k.instant('given').notNull(),
      until: k.instant('until').notNull(),
      revoked: k.instant('revoked'),
    },
    (t) => [k.primaryKey({ columns: [t.slug, t.host] }), k.index('given_marks_host').on(t.host)],
  ),
});
