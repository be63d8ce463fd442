/** How peers fare: what passed per day, whose key they are known by, what they weigh; and what an admin has put off. */
import type { Kit } from './kit.ts';

export const healthTables = (k: Kit) => ({
  /** One row per server and day (UTC), for a month: what was taken, what was not, what came. */
  hostDays: k.table(
    'host_days',
    {
      host: k.text('host').notNull(),
      /** `2026-11-25`. */
      day: k.text('day').notNull(),
      delivered: k.integer('delivered').notNull(),
      failed: k.integer('failed').notNull(),
      received: k.integer('received').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.host, t.day] }), k.index('host_days_day').on(t.day)],
  ),
  /** The keys by which a peer's node is known, and others that it shows since, which an admin has to approve. */
  peerKeys: k.table('peer_keys', {
    host: k.text('host').primaryKey(),
    /** RFC 7638 thumbprint of the key that signs its requests. */
    signing: k.text('signing').notNull(),
    /** Ed25519 Multikey by which it signs documents; null = it shows none. */
    proving: k.text('proving'),
    since: k.instant('since').notNull(),
    /** The last time the old key itself vouched for the new one. */
    renewed: k.instant('renewed'),
    newSigning: k.text('new_signing'),
    newProving: k.text('new_proving'),
    newSeen: k.instant('new_seen'),
  }),
  /** Monthly statistics, our own and those of peers, as they were signed. */
  snapshots: k.table(
    'snapshots',
    {
      host: k.text('host').notNull(),
      /** `2026-10`. */
      month: k.text('month').notNull(),
      /** kept, refused */
      state: k.text('state').notNull(),
      /** Code of why it was refused; empty if it was kept. */
      reason: k.text('reason').notNull(),
      body: k.json('body').$type<Record<string, unknown>>(),
      fetched: k.instant('fetched').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.host, t.month] }), k.index('snapshots_month').on(t.state, t.month)],
  ),
  /** What an admin wants to be reminded of later. */
  putOff: k.table(
    'put_off',
    {
      account: k.text('account').notNull(),
      item: k.text('item').notNull(),
      until: k.instant('until').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.account, t.item] })],
  ),
});
