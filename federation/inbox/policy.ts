/** Who is heard: rules by domain, and what is left open while the public part is closed. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { isActivePeer } from '#domain/peers.ts';

/** A rule for a domain holds for all that is under it. @param host canonical @returns whether the host, or a domain above it, is shut out */
export const isBlocked = async (db: Reader, host: string): Promise<boolean> => {
  const bare = host.replace(/:\d+$/, '');
  const labels = bare.split('.');
  const above = labels.map((_, i) => labels.slice(i).join('.')).slice(0, 20);
  const [rule] = await db
    .select({ domain: db.t.domainRules.domain })
    .from(db.t.domainRules)
    .where(inArray(db.t.domainRules.domain, [host, ...above]))
    .limit(1);
  return rule !== undefined;
};

/** To ask for peering and to answer it, to follow (and be told no), and to take things back. */
const ALWAYS_HEARD = new Set(['Follow', 'Accept', 'Reject', 'Undo', 'Offer', 'Delete']);

/** While the public part is closed only partners are heard. @returns whether this activity is not */
export const isShutOut = async (db: Reader, host: string, type: string): Promise<boolean> =>
  !ALWAYS_HEARD.has(type) && (await getCooperative(db))?.publicOpen === false && !(await isActivePeer(db, host));
