/** Who may become a partner: everybody at once, whom an admin accepts, or only who is on a list. */
import { asc, eq, gt, gte, inArray, and } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { NODE, audit, audited } from './audit.ts';
import { stateOfPeeringMode } from './audit-states.ts';
import { getCooperative } from './cooperative.ts';
import { canonicalDomain, namesOf } from './domain-names.ts';
import { checkText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

/** `open`: who asks is accepted at once. `approval`: an admin decides. `list`: who is not on the list is refused. */
export const PEERING_MODES = ['open', 'approval', 'list'] as const;
export type PeeringMode = (typeof PEERING_MODES)[number];
export const modeOf = (text: string | undefined): PeeringMode =>
  PEERING_MODES.find((one) => one === text) ?? 'approval';

export type AllowedRow = Reader['t']['allowedDomains']['$inferSelect'];

/** So many a day are accepted without anybody looking; more wait for an admin. */
export const OPEN_PER_DAY = 50;
const DAY_MS = 86_400_000;

/** Is this host on the list of those that may ask? */
export const isAllowed = async (db: Reader, host: string): Promise<boolean> => {
  const { allowedDomains } = db.t;
  const names = namesOf(host);
  const rows = await db.select().from(allowedDomains).where(inArray(allowedDomains.domain, names));
  return rows.some((row) => row.domain === names[0] || row.subdomains);
};

export type Admission = { decision: 'ask' } | { decision: 'accept' } | { decision: 'refuse'; reason: string };

/**
 * What the mode says to a server that asks.
 * @param before its state until now, if it was known: whom an admin refused or cut once does not come back by asking again
 * @param marked an umbrella vouches for it by a mark that stands for an admin's yes; not for a place on the list
 */
export const admissionByMode = async (
  tx: Tx,
  now: Date,
  host: string,
  before?: string,
  marked = false,
): Promise<Admission> => {
  const mode = modeOf((await getCooperative(tx))?.peeringMode);
  if (mode === 'list' && !(await isAllowed(tx, host))) return { decision: 'refuse', reason: 'code:notListed' };
  const turnedAway = before === 'refused' || before === 'cut';
  const open = (mode === 'open' || marked) && !turnedAway && (await acceptedToday(tx, now)) < OPEN_PER_DAY;
  return { decision: open ? 'accept' : 'ask' };
};

const acceptedToday = (tx: Tx, now: Date): Promise<number> => {
  const { audit: log } = tx.t;
  const since = new Date(now.getTime() - DAY_MS);
  return Promise.resolve(
    tx.$count(log, and(eq(log.actor, NODE), eq(log.action, 'peer.accepted'), gte(log.created, since))),
  );
};

/** What a change of the mode meets. */
export type ModeEffect = {
  mode: PeeringMode;
  /** Requests that wait for an admin, and of those the ones by servers that are not on the list. */
  waiting: number;
  unlisted: number;
  /** Partnerships, those that rest included. */
  partners: number;
  /** Names on the list. */
  listed: number;
};

/** So many of the requests that wait are looked up in the list. */
const LOOKED_AT = 500;

/** Counts what a mode would meet. Nothing is changed. @returns an error on `mode` */
export const previewMode = async (db: Reader, text: string): Promise<Result<ModeEffect>> => {
  const mode = PEERING_MODES.find((one) => one === text);
  if (mode === undefined) return badMode();
  const { allowedDomains, peers } = db.t;
  const asking = await db
    .select({ host: peers.host })
    .from(peers)
    .where(eq(peers.state, 'received'))
    .orderBy(asc(peers.host))
    .limit(LOOKED_AT);
  const names = [...new Set(asking.flatMap(({ host }) => namesOf(host)))];
  const rows =
    names.length === 0 ? [] : await db.select().from(allowedDomains).where(inArray(allowedDomains.domain, names));
  const isListed = (host: string): boolean => {
    const own = namesOf(host);
    return rows.some((row) => own.includes(row.domain) && (row.domain === own[0] || row.subdomains));
  };
  return ok({
    mode,
    waiting: await db.$count(peers, eq(peers.state, 'received')),
    unlisted: asking.filter(({ host }) => !isListed(host)).length,
    partners: await db.$count(peers, inArray(peers.state, ['active', 'paused'])),
    listed: await db.$count(allowedDomains),
  });
};

const badMode = () => fail({ field: 'mode', code: 'choice', params: { allowed: PEERING_MODES.join(', ') } });

/** @param by who decides @returns an error on `mode` */
export const setPeeringMode = async (tx: Tx, now: Date, by: string, text: string): Promise<Result<PeeringMode>> => {
  const mode = PEERING_MODES.find((one) => one === text);
  if (mode === undefined) return badMode();
  await audited(
    tx,
    now,
    { actor: by, action: 'peering.mode', subject: mode },
    () => stateOfPeeringMode(tx),
    async () => tx.update(tx.t.cooperative).set({ peeringMode: mode, updated: now }),
  );
  return ok(mode);
};

/** The list, by domain. @param after domain of the last one shown */
export const listAllowed = async (db: Reader, limit: number, after?: string): Promise<AllowedRow[]> => {
  const { allowedDomains } = db.t;
  return db
    .select()
    .from(allowedDomains)
    .where(after === undefined ? undefined : gt(allowedDomains.domain, after))
    .orderBy(asc(allowedDomains.domain))
    .limit(limit);
};

/** Puts a domain on the list, or changes its line. @returns errors on `domain`, `comment` */
export const allowDomain = async (
  tx: Tx,
  now: Date,
  by: string,
  input: { domain: string; subdomains: boolean; comment: string },
): Promise<Result<string>> => {
  const domain = canonicalDomain(input.domain);
  const errors = checkText('comment', input.comment, { max: 500 });
  if (domain === undefined) errors.unshift({ field: 'domain', code: 'discovery.noDomain' });
  if (domain === undefined || errors.length > 0) return fail(...errors);
  const { allowedDomains } = tx.t;
  const set = { subdomains: input.subdomains, comment: input.comment.trim() };
  await tx
    .insert(allowedDomains)
    .values({ domain, ...set, created: now })
    .onConflictDoUpdate({ target: allowedDomains.domain, set });
  await audit(tx, now, {
    actor: by,
    action: 'peering.allowed',
    subject: domain,
    after: { subdomains: input.subdomains },
  });
  return ok(domain);
};

/** Takes it off; partnerships go on. @returns whether it was there */
export const disallowDomain = async (tx: Tx, now: Date, by: string, domain: string): Promise<boolean> => {
  const { allowedDomains } = tx.t;
  const gone = await tx.delete(allowedDomains).where(eq(allowedDomains.domain, domain)).returning();
  if (gone.length > 0) await audit(tx, now, { actor: by, action: 'peering.disallowed', subject: domain });
  return gone.length > 0;
};
