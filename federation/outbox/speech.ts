/** The words shared by everything that this node says: what an activity is before it is stored, and who makes it. */
import type { Database, Reader } from '#db/database.ts';
import type { Site } from '#domain/site.ts';
import { type Target, followerInboxes } from '../addressing.ts';
import type { Documents } from '../documents.ts';
import type { Keyring } from '../keys.ts';

export type OutboxDeps = { db: Database; site: Site; keyring: Keyring; documents: Documents };
export type AnnouncementRow = Reader['t']['announcements']['$inferSelect'];

/** An activity ready to be stored and sent. */
export type Said = {
  uri: string;
  actor: string;
  type: string;
  object: string;
  listed: boolean;
  body: Record<string, unknown>;
  targets: Target[];
  /** 0 = somebody waits for it. */
  priority: number;
};
/** From one announcement to the activities that say it; reads only. */
export type Speaker = (deps: OutboxDeps, row: AnnouncementRow) => Promise<Said[]>;

/** Public things reach everybody who follows while the cooperative is open; what is for peers reaches active peers. */
export const reachOf = async (
  deps: OutboxDeps,
  audience: 'public' | 'peers',
): Promise<Parameters<typeof followerInboxes>[2]> => {
  const [row] = await deps.db.read
    .select({ open: deps.db.read.t.cooperative.publicOpen })
    .from(deps.db.read.t.cooperative)
    .limit(1);
  return { site: deps.site, audience, open: row?.open ?? false };
};
