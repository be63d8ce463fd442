/** What the pages ask of the half that speaks OpenID Connect, which they never import. */
import type { PeerRow } from '../peers.ts';
import type { Result } from '../types.ts';
import type { Vouched } from './guests.ts';

/** What a partner would learn of a member who says yes. */
export type Learns = { picture: boolean };
/** An attestation that a partner gives, with its name by language. */
export type OfferedAttestation = { code: string; names: Record<string, string> };
/** A partner waits for one of our members to say who they are. */
export type AskedConsent = { peer: PeerRow; learns: Learns };

/** Who has an identity at a domain, before its key is pinned. */
export type FoundIdentity = {
  host: string;
  name: string;
  /** RFC 7638, of the keys that it lists. */
  thumbprints: string[];
  jwks: Record<string, unknown>[];
  /** Does it vouch for others? */
  umbrella: boolean;
  /** Marks that it gives: names by type. */
  offers: Record<string, string>;
};

/** Where a sign-in has to go on, and the secret that the browser keeps meanwhile. */
export type Leaving = { url: string; secret: string };
export type Returned = { who: Vouched; next: string };

/**
 * Errors carry codes `signInAway.*` that say what happened, with `name` of the partner where it is known, and `next`:
 * `down`, `notAllowed`, `refused`, `expired`, `keyChanged`, `invalid`, `unknown`.
 */
export type IdentityPort = {
  /** @returns undefined when there is no such request, it has run out, or the partnership no longer lets it */
  consentAsked(uid: string): Promise<AskedConsent | undefined>;
  /**
   * @param who the member, the hash of their session, and the ids of attestations that may be told; undefined = they
   *   say no @returns where the browser goes
   */
  consentGiven(
    uid: string,
    who: { actor: string; session: string; attestations?: string[] } | undefined,
  ): Promise<string | undefined>;
  /** What a partner attests of its members, as it says itself; undefined if it cannot be asked */
  attestationsOffered(host: string): Promise<OfferedAttestation[] | undefined>;
  /** Begins a sign-in at a partner. @param next path here to come back to */
  leave(host: string, next: string): Promise<Result<Leaving>>;
  /** Who has an identity at a domain, asked now. Errors on `domain`. */
  identityAt(domain: string): Promise<Result<FoundIdentity>>;
  /** Ends it. @param query what home answered by @param secret from the browser's cookie */
  comeBack(query: URLSearchParams, secret: string): Promise<Result<Returned>>;
};
