/** Listings, ours and copies of peers', their pictures, and the stream that followers read. */
import type { Held } from './attestations.ts';
import type { Kit } from './kit.ts';

export const listingTables = (k: Kit) => ({
  listings: k.table(
    'listings',
    {
      /** Counts up; the full-text index and keyset pages use it. */
      row: k.rowId('row'),
      id: k.text('id').notNull().unique(),
      uri: k.text('uri').notNull().unique(),
      /** What receivers key on: one listing, never two, per Proposal. */
      proposalUri: k.text('proposal_uri').notNull().unique(),
      local: k.bool('local').notNull(),
      publisher: k.text('publisher').notNull(),
      host: k.text('host').notNull(),
      kind: k.text('kind').notNull(),
      purpose: k.text('purpose').notNull(),
      state: k.text('state').notNull(),
      title: k.text('title').notNull(),
      /** Markdown, ours only. */
      text: k.text('text').notNull(),
      html: k.text('html').notNull(),
      url: k.text('url').notNull(),
      priceType: k.text('price_type').notNull(),
      /** Minor units of `currency`, or minutes for `hours`. */
      priceAmount: k.integer('price_amount'),
      currency: k.text('currency'),
      unit: k.text('unit').notNull(),
      unitBased: k.bool('unit_based').notNull(),
      quantity: k.integer('quantity'),
      /** As typed and exact, ours only; never leaves the node unless precision is `exact`. */
      exactName: k.text('exact_name'),
      exactLatitude: k.real('exact_latitude'),
      exactLongitude: k.real('exact_longitude'),
      precision: k.text('precision').notNull(),
      /** As shown. */
      placeName: k.text('place_name'),
      latitude: k.real('latitude'),
      longitude: k.real('longitude'),
      accuracy: k.integer('accuracy'),
      country: k.text('country'),
      attributes: k.json('attributes').$type<Record<string, string | number | boolean | string[]>>().notNull(),
      tags: k.json('tags').$type<string[]>().notNull(),
      /** Pictures of peers' listings; ours are in `pictures`. */
      remotePictures: k.json('remote_pictures').$type<{ url: string; mediaType: string; alt: string }[]>().notNull(),
      audience: k.text('audience').notNull(),
      /** Hosts of peers that its publisher keeps it away from. */
      withheld: k.json('withheld').$type<string[]>().notNull().default([]),
      /** For whom it is, if not for everybody who may see it. */
      held: k.json('held').$type<Held>(),
      community: k.text('community'),
      language: k.text('language'),
      /** `ref` of an imported line, so that an import may be run twice. */
      importRef: k.text('import_ref'),
      validUntil: k.instant('valid_until'),
      /** Since when a draft of a limited member waits for a moderator to publish it. */
      awaits: k.instant('awaits'),
      published: k.instant('published'),
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
      /** Peers' copies: id of the activity that brought this version; empty if it was fetched. */
      broughtBy: k.text('brought_by').notNull().default(''),
      /** Peers' copies: last time their server was heard to have it. */
      fetched: k.instant('fetched'),
    },
    (t) => [
      k.index('listings_newest').on(t.state, t.published, t.row),
      k.index('listings_kind').on(t.state, t.kind, t.published, t.row),
      k.index('listings_publisher').on(t.publisher, t.state, t.published),
      k.index('listings_host').on(t.host, t.state),
      k.index('listings_place').on(t.latitude, t.longitude),
      k.uniqueIndex('listings_import').on(t.publisher, t.importRef),
    ],
  ),
  /** Objects that are gone, also ones that we never had: a late Create must not bring them back. */
  tombstones: k.table('tombstones', {
    uri: k.text('uri').primaryKey(),
    owner: k.text('owner').notNull(),
    local: k.bool('local').notNull(),
    deleted: k.instant('deleted').notNull(),
  }),
  /** A picture of ours: re-encoded in three sizes, named by the hash of its content. */
  pictures: k.table(
    'pictures',
    {
      id: k.text('id').primaryKey(),
      owner: k.text('owner').notNull(),
      listing: k.text('listing'),
      key: k.text('key').notNull(),
      /** Web address that an import took it from, so that a second run does not fetch it again. */
      source: k.text('source'),
      mediaType: k.text('media_type').notNull(),
      alt: k.text('alt').notNull(),
      width: k.integer('width').notNull(),
      height: k.integer('height').notNull(),
      position: k.integer('position').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [
      k.index('pictures_listing').on(t.listing, t.position),
      k.index('pictures_owner').on(t.owner, t.created),
      k.index('pictures_source').on(t.source),
      k.index('pictures_key').on(t.key),
    ],
  ),
  /** Public notes of followed actors that are no listings (Mastodon and others), for the home stream. */
  posts: k.table(
    'posts',
    {
      uri: k.text('uri').primaryKey(),
      author: k.text('author').notNull(),
      html: k.text('html').notNull(),
      url: k.text('url').notNull(),
      pictures: k.json('pictures').$type<{ url: string; mediaType: string; alt: string }[]>().notNull().default([]),
      published: k.instant('published').notNull(),
      updated: k.instant('updated').notNull(),
    },
    (t) => [k.index('posts_author').on(t.author, t.published)],
  ),
  /** One line per thing that an actor published or announced: what its followers read, newest first. */
  stream: k.table(
    'stream',
    {
      row: k.rowId('row'),
      actor: k.text('actor').notNull(),
      object: k.text('object').notNull(),
      type: k.text('type').notNull(),
      published: k.instant('published').notNull(),
    },
    (t) => [
      k.uniqueIndex('stream_once').on(t.actor, t.object),
      k.index('stream_actor').on(t.actor, t.published, t.row),
      k.index('stream_object').on(t.object),
    ],
  ),
});
