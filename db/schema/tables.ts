/** All tables, once for both engines. */
import { attestationTables } from './attestations.ts';
import { appTables } from './apps.ts';
import { exchangeTables } from './exchange.ts';
import { identityTables } from './identity.ts';
import { healthTables } from './health.ts';
import { type Kit, postgresKit, sqliteKit } from './kit.ts';
import { leavingTables } from './leaving.ts';
import { listingTables } from './listings.ts';
import { moderationTables } from './moderation.ts';
import { peopleTables } from './people.ts';
import { trustTables } from './trust.ts';
import { savedTables } from './saved.ts';
import { signInTables } from './sign-in.ts';

const build = (kit: Kit) => ({
  ...peopleTables(kit),
  ...listingTables(kit),
  ...exchangeTables(kit),
  ...identityTables(kit),
  ...moderationTables(kit),
  ...healthTables(kit),
  ...trustTables(kit),
  ...attestationTables(kit),
  ...savedTables(kit),
  ...appTables(kit),
  ...signInTables(kit),
  ...leavingTables(kit),
});

/** The tables as SQLite has them. */
export const sqliteTables = build(sqliteKit);
/** The same tables as PostgreSQL has them, under the same types. */
export const postgresTables = build(postgresKit);
/** What a query sees as `tx.t`. */
export type Tables = typeof sqliteTables;
