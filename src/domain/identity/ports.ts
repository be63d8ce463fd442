/** What the pages ask of the half that speaks OpenID Connect, which they never import. */
import type { PeerRow } from '../peers.ts';
import type { Result } from '../types.ts';
import type { Vouched } from './guests.ts';

/** What a partner would learn of a member who says yes. */
export type Learns = { picture: boolean };
/** A partner waits for one of our members to say who they are. */
export type AskedConsent = { peer: PeerRow; learns: Learns };

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
  /** @param who the member and the hash of their session; undefined = they say no @returns where the browser goes */
  consentGiven(uid: string, who: { actor: string; session: string } | undefined): Promise<string | undefined>;
  /** Begins a sign-in at a partner. @param next path here to come back to */
  leave(host: string, next: string): Promise<Result<Leaving>>;
  /** Ends it. @param query what home answered by @param secret from the browser's cookie */
  comeBack(query: URLSearchParams, secret: string): Promise<Result<Returned>>;
};
