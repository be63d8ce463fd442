/** Listings that members keep to come back to, of here and of partners. */
import type { Kit } from './kit.ts';

export const savedTables = (k: Kit) => ({
  saved: k.table(
    'saved',
    {
      account: k.text('account').notNull(),
      /** Its URI: a copy may go and come again under another row. */
      listing: k.text('listing').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [
      k.primaryKey({ columns: [t.account, t.listing] }),
      k.index('saved_newest').on(t.account, t.created),
      k.index('saved_listing').on(t.listing),
    ],
  ),
});
