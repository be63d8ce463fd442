/** Servers that are shut out, by domain: nothing of them is heard, asked for, told or shown. */
import type { Reader } from '#db/database.ts';

/** Domains in the one spelling by which hosts are compared: lower-case punycode, no port, no trailing dot. */
export type BlockedDomains = ReadonlySet<string>;

export const blockedDomains = async (db: Reader): Promise<BlockedDomains> => {
  const rows = await db.select({ domain: db.t.domainRules.domain }).from(db.t.domainRules).limit(100_000);
  return new Set(rows.map((row) => row.domain));
};

/** A rule for a domain holds for all that is under it, on any port. @param host canonical */
export const isUnderRule = (host: string, blocked: BlockedDomains): boolean => {
  if (blocked.size === 0) return false;
  const labels = host.replace(/:\d+$/, '').split('.');
  return blocked.has(host) || labels.some((_, i) => i < 20 && blocked.has(labels.slice(i).join('.')));
};
