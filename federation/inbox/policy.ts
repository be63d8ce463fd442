/** Rules by domain: compared in canonical spelling, a rule for a domain holds for all that is under it. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';

/** @param host canonical @returns whether the host, or a domain above it, is shut out */
export const isBlocked = async (db: Reader, host: string): Promise<boolean> => {
  const bare = host.replace(/:\d+$/, '');
  const labels = bare.split('.');
  const above = labels.map((_, i) => labels.slice(i).join('.')).slice(0, 20);
  const [rule] = await db.select({ domain: db.t.domainRules.domain }).from(db.t.domainRules).where(inArray(db.t.domainRules.domain, [host, ...above])).limit(1);
  return rule !== undefined;
};
