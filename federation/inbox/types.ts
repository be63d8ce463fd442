/** What a handler of the inbox is: first what needs the network, then one act within the transaction. */
import type { Database, Tx } from '#db/database.ts';
import type { Site } from '#domain/site.ts';
import type { DiscoveryDeps } from '../discovery.ts';
import type { Resolver } from '../resolve.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import type { Policy } from './policy.ts';

export type InboxDeps = { db: Database; site: Site; resolver: Resolver; discovery: DiscoveryDeps; policy: Policy };
/** Who sent it, besides the actor itself: the canonical host, and whether that is an active peer. */
export type Sender = { host: string; peer: boolean };
export type Outcome = { outcome: 'applied' | 'ignored' | 'refused'; reason: string };
/** What is left to do once nothing more has to be fetched. */
export type Act = (tx: Tx) => Promise<Outcome>;
/** @returns the act, or at once why there is none */
export type Handler = (deps: InboxDeps, activity: ActivityValue, sender: Sender) => Promise<Act | Outcome>;

export const applied = (reason: string): Outcome => ({ outcome: 'applied', reason });
export const ignored = (reason: string): Outcome => ({ outcome: 'ignored', reason });
export const refused = (reason: string): Outcome => ({ outcome: 'refused', reason });

/** What others say happened later than now happened now: else it would stand on top of every list for ever. */
export const notAfter = (said: Date, now: Date): Date => (said > now ? now : said);
