/** Keys by their RFC 7638 thumbprint: what two admins can compare by telephone. */
import { createHash, createPublicKey } from 'node:crypto';

/** @param pem SPKI of an RSA or Ed25519 key @returns SHA-256 of its canonical JWK in base64url; undefined if it is none */
export const thumbprintOf = (pem: string): string | undefined => {
  try {
    const { kty, e, n, crv, x } = createPublicKey(pem).export({ format: 'jwk' });
    const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x };
    return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  } catch {
    return undefined;
  }
};
