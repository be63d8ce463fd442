/** The thumbprint of a node's key: what two admins read to each other by telephone to know that they speak of the same node. */
import { createHash, createPublicKey } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { nodeUri } from './ids.ts';
import type { Site } from './site.ts';

/** @param pem SPKI of an RSA or Ed25519 key @returns its RFC 7638 thumbprint: SHA-256 of its canonical JWK, in base64url; undefined if it is no key */
export const thumbprintOf = (pem: string): string | undefined => {
  try {
    const { kty, e, n, crv, x } = createPublicKey(pem).export({ format: 'jwk' });
    const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x };
    return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  } catch {
    return undefined;
  }
};

/** As it is read aloud: hexadecimal, which knows no capitals, in groups of four. */
export const inGroups = (thumbprint: string): string =>
  Buffer.from(thumbprint, 'base64url')
    .toString('hex')
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
