/** Entity configurations of others, fetched from their own origin and held to the keys that are pinned here. */
import type { Database } from '#db/database.ts';
import { blockedDomains, isUnderRule } from '#domain/domain-rules.ts';
import { findPin, holdPin, isPinned, keepPin, knownThumbprints } from '#domain/identity/pins.ts';
import type { Site } from '#domain/site.ts';
import { log } from '#src/log.ts';
import type { GuardedFetch } from '../fetch.ts';
import { STATEMENT_PATH, STATEMENT_TYPE, type Statement, readStatement } from './statement.ts';

export type ConfigurationDeps = { db: Database; site: Site; fetch: GuardedFetch };
export type FoundConfiguration =
  | { ok: true; value: Statement }
  /** `unpinned`: nobody has said by which keys it is known. */
  | { ok: false; code: 'down' | 'keyChanged' | 'invalid' | 'unpinned' | 'blocked'; reason: string };

/** A node that shows a new key is asked again after so long: it may have been a mistake. */
const HELD_MS = 10 * 60_000;
const MAX_BYTES = 64 * 1024;

/** Plain http among nodes of one machine alone. */
export const originOfHost = (site: Pick<Site, 'origin'>, host: string): string =>
  `${site.origin.startsWith('http:') && /(?:^|\.)localhost(?::\d+)?$/.test(host) ? 'http' : 'https'}://${host}`;

/** @param known see `readStatement` */
export const fetchStatement = async (
  { site, fetch }: Pick<ConfigurationDeps, 'site' | 'fetch'>,
  origin: string,
  known: string[] | undefined,
): Promise<{ ok: false; code: 'down'; reason: string } | Awaited<ReturnType<typeof readStatement>>> => {
  const outcome = await fetch.request(`${origin}${STATEMENT_PATH}`, {
    accept: [`application/${STATEMENT_TYPE}`],
    maxBytes: MAX_BYTES,
    maxRedirects: 0,
    urgent: true,
  });
  if (!outcome.ok) return { ok: false, code: 'down', reason: outcome.detail };
  if (outcome.status !== 200) return { ok: false, code: 'down', reason: `It answers ${outcome.status}.` };
  return readStatement(outcome.body.toString('utf8'), origin, site.now(), known);
};

/**
 * A configuration as it is now. Keys that its old ones name are remembered; others are held for an admin.
 * @param host canonical, by which its keys are pinned
 */
export const readConfiguration = async (
  deps: ConfigurationDeps,
  host: string,
  origin: string,
): Promise<FoundConfiguration> => {
  const { db, site } = deps;
  const now = site.now();
  if (isUnderRule(host, await blockedDomains(db.read)))
    return { ok: false, code: 'blocked', reason: 'A rule of this node shuts it out.' };
  const pin = await findPin(db.read, host);
  const held = pin?.newSeen ?? null;
  if (held !== null && now.getTime() - held.getTime() < HELD_MS)
    return { ok: false, code: 'keyChanged', reason: 'An admin has not approved its new key.' };
  const known = await knownThumbprints(db.read, host);
  if (known === undefined) return { ok: false, code: 'unpinned', reason: 'It has not said which keys it has.' };
  const said = await fetchStatement(deps, origin, known);
  if (said.ok) {
    const { thumbprints } = said.value;
    if (!isPinned(pin, thumbprints)) await db.write((tx) => keepPin(tx, now, host, thumbprints));
    return said;
  }
  if (said.code === 'down') return said;
  log.federation.warning('The entity configuration of {host} is not believed: {reason}', { host, reason: said.reason });
  if (said.code !== 'key') return { ok: false, code: 'invalid', reason: said.reason };
  if (await db.write((tx) => holdPin(tx, site, host, said.thumbprints)))
    log.federation.warning(
      'The identity of {host} shows a new key, which no key that is known vouches for: nobody signs in from there until an admin approves it',
      { host },
    );
  return { ok: false, code: 'keyChanged', reason: said.reason };
};
