/** The thumbprint of a node's key: what two admins read to each other by telephone to know that they speak of the same node. */
import { createHash, createPublicKey } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { nodeUri } from './ids.ts';
import type { Site } from './site.ts';

/** @param pem a public key @returns SHA-256 of its SPKI form, hexadecimal; undefined if it is no key */
export const thumbprintOf = (pem: string): string | undefined => {
  try {
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex');
  } catch {
    return undefined;
  }
};

/** In groups of four, as it is read aloud. */
export const inGroups = (thumbprint: string): string =>
  thumbprint
    .toUpperCase()
    .match(/.{1,4}/g)
    ?.join(' ') ?? '';

/** Of our own node's key. @returns undefined before set-up */
export const ownThumbprint = async (db: Reader, site: Pick<Site, 'origin'>): Promise<string | undefined> => {
  const { keys } = db.t;
  const [row] = await db
    .select({ pem: keys.publicPem })
    .from(keys)
    .where(and(eq(keys.actor, nodeUri(site)), eq(keys.type, 'rsa')))
    .orderBy(desc(keys.created))
    .limit(1);
  return row === undefined ? undefined : thumbprintOf(row.pem);
};
