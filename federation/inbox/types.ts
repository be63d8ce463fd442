/** What a handler of the inbox is: first what needs the network, then one act within the transaction. */
import type { Database, Tx } from '#db/database.ts';
import type { Outcome, ReasonCode } from '#domain/reasons.ts';
import type { Site } from '#domain/site.ts';
import type { DiscoveryDeps } from '../discovery.ts';
import type { Resolver } from '../resolve.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import type { Policy } from './policy.ts';

export type InboxDeps = {
  db: Database;
  site: Site;
  resolver: Resolver;
  discovery: DiscoveryDeps;
  policy: Policy;
};
/** Who sent it, besides the actor itself: the canonical host, and whether that is an active peer. */
export type Sender = { host: string; peer: boolean };
export type { Outcome };
/** What is left to do once nothing more has to be fetched. */
export type Act = (tx: Tx) => Promise<Outcome>;
/** @returns the act, or at once why there is none */
export type Handler = (deps: InboxDeps, activity: ActivityValue, sender: Sender) => Promise<Act | Outcome>;

type Details = Record<string, string>;
const concluded =
  (outcome: Outcome['outcome']) =>
  (code: ReasonCode, reason: string, details?: Details): Outcome => ({
    outcome,
    code,
    reason,
    ...(details === undefined ? {} : { details }),
  });
export const applied = concluded('applied');
export const ignored = concluded('ignored');
export const refused = concluded('refused');
/** Ignored because something that it names could not be had. */
export const unread = (code: ReasonCode, what: string, failure: { code: string; detail: string }): Outcome =>
  ignored(code, `${what} cannot be read: ${failure.detail}`, { why: failure.code });

/** What others say happened later than now happened now: else it would stand on top of every list for ever. */
export const notAfter = (said: Date, now: Date): Date => (said > now ? now : said);
