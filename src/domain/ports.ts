/** What the web half and the commands may ask of the federation half, which they never import. */
import type { Result } from './types.ts';

/** An actor somewhere, as far as it is known after a look-up. */
export type FoundActor = {
  uri: string;
  kind: string;
  handle: string;
  host: string;
  name: string;
  html: string;
  url: string;
  icon?: string;
};

/** Who answers at a domain, shown to an admin before anything is asked of it. */
export type PeerPreview = {
  host: string;
  nodeActor: string;
  cooperative?: string;
  name: string;
  summary: string;
  software: string;
  icon?: string;
  listings?: number;
  members?: number;
  /** Is it a Maillon (or does it speak our peering), rather than other fediverse software? */
  node: boolean;
};

/**
 * The federation half as the others see it. Every call may take up to 10 s and never throws for what others do;
 * errors carry codes `discovery.*` that name the remedy.
 */
export type FederationPort = {
  /** Finds and stores an actor by `@handle@host`, `acct:` URI, or URL of its profile. */
  lookup(handleOrUrl: string): Promise<Result<FoundActor>>;
  /** Asks a domain who it is. */
  inspect(domain: string): Promise<Result<PeerPreview>>;
  /** Tells the outbox that there is news: sends what waits now instead of at the next round. */
  wake(): void;
};
