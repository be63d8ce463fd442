/** Umbrellas as we ask them: who they are, what they say of others, and what they have given us. */
import type { Database } from '#db/database.ts';
import {
  type AnchorRow,
  type OwnMark,
  type ProvenMarks,
  type ShownMark,
  noteAnchor,
  trustedAnchors,
} from '#domain/identity/anchors.ts';
import { canonicalHost } from '#domain/domain-names.ts';
import { blockedDomains, isUnderRule } from '#domain/domain-rules.ts';
import { identityKeys } from '#domain/identity/keys.ts';
import type { FoundIdentity } from '#domain/identity/ports.ts';
import { knownThumbprints } from '#domain/identity/pins.ts';
import type { Site } from '#domain/site.ts';
import { cleanText } from '#domain/text.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import { type Result, fail, ok } from '#domain/types.ts';
import { log } from '#src/log.ts';
import { codeOf } from '../discovery.ts';
import type { GuardedFetch } from '../fetch.ts';
import { fetchStatement, originOfHost, readConfiguration } from './configuration.ts';
import { STATEMENT_PATH, STATEMENT_TYPE, type Statement, thumbprintOfJwk } from './statement.ts';
import { type By, MARK_TYPE, STATUS_TYPE, claimedBy, readMark, readStatus, readSubordinate } from './vouched.ts';

export type AnchorDeps = { db: Database; site: Site; fetch: GuardedFetch };
/** An umbrella, proven: its keys, where it answers, and the marks that it gives itself. */
type Umbrella = By & { host: string; fetchAt: string; statusAt: string; markAt: string; types: string[] };

const MAX_BYTES = 32 * 1024;
/** Of one umbrella; each is asked about. */
const MARKS_EACH = 5;

const section = (metadata: Record<string, unknown>): Record<string, unknown> => {
  const { federation_entity: value } = metadata;
  return typeof value === 'object' && value !== null ? { ...value } : {};
};
const nameIn = (said: Statement, host: string): string => {
  const { organization_name: name } = section(said.metadata);
  return (typeof name === 'string' ? cleanText(name).trim().slice(0, 200) : '') || host;
};

/** Marks that it gives itself, with their names. */
const offersIn = (said: Statement, origin: string): Record<string, string> => {
  const { trust_mark_names: names } = section(said.metadata);
  const named: Record<string, unknown> = typeof names === 'object' && names !== null ? { ...names } : {};
  return Object.fromEntries(
    Object.entries(said.issuers).flatMap(([type, by]): [string, string][] => {
      if (type.length > 300 || !Array.isArray(by) || by.length > 10 || !by.includes(origin)) return [];
      const name = named[type];
      return [[type, (typeof name === 'string' ? cleanText(name).trim().slice(0, 60) : '') || type]];
    }),
  );
};

/** @returns undefined if it answers no questions about others, or has others answer */
const umbrellaIn = (said: Statement, host: string, origin: string): Umbrella | undefined => {
  const metadata = section(said.metadata);
  const own = (name: string): string =>
    typeof metadata[name] === 'string' && metadata[name].startsWith(`${origin}/`) && metadata[name].length < 500
      ? metadata[name]
      : '';
  const [fetchAt, statusAt, markAt] = [
    own('federation_fetch_endpoint'),
    own('federation_trust_mark_status_endpoint'),
    own('federation_trust_mark_endpoint'),
  ];
  if (fetchAt === '' || statusAt === '' || markAt === '') return undefined;
  return { id: origin, keys: said.keys, host, fetchAt, statusAt, markAt, types: Object.keys(offersIn(said, origin)) };
};

/**
 * Who answers at a domain, shown to an admin before its key is pinned.
 * @returns errors on `domain`: codes `discovery.*` and `trust.*`
 */
export const findIdentity = async (deps: AnchorDeps, domain: string): Promise<Result<FoundIdentity>> => {
  const wrong = (code: string, host = ''): ReturnType<typeof fail> => fail({ field: 'domain', code, params: { host } });
  const host = canonicalHost(
    domain
      .trim()
      .replace(/^https?:\/\//i, '')
      .replace(/[/?#].*$/, ''),
  );
  if (host === undefined) return wrong('discovery.noDomain');
  if (host === deps.site.host) return wrong('discovery.ourselves');
  if (isUnderRule(host, await blockedDomains(deps.db.read))) return wrong('discovery.blocked', host);
  const origin = originOfHost(deps.site, host);
  const asked = await deps.fetch.request(`${origin}${STATEMENT_PATH}`, {
    accept: [`application/${STATEMENT_TYPE}`],
    maxBytes: MAX_BYTES,
    maxRedirects: 0,
    urgent: true,
  });
  if (!asked.ok || asked.status !== 200) {
    const code = codeOf(asked);
    return wrong(code === 'notFound' || code === 'wrongType' ? 'trust.noIdentity' : `discovery.${code}`, host);
  }
  const said = await fetchStatement(deps, origin, await knownThumbprints(deps.db.read, host));
  if (!said.ok)
    return wrong(
      said.code === 'key' ? 'trust.otherKey' : said.code === 'down' ? 'discovery.unreachable' : 'trust.invalid',
      host,
    );
  return ok({
    host,
    name: nameIn(said.value, host),
    thumbprints: said.value.thumbprints,
    jwks: said.value.keys.map((key) => ({ ...key })),
    umbrella: umbrellaIn(said.value, host, origin) !== undefined,
    offers: offersIn(said.value, origin),
  });
};

const get = async (
  { fetch }: AnchorDeps,
  url: string,
  type: string,
): Promise<{ ok: true; text: string | undefined } | { ok: false }> => {
  const outcome = await fetch.request(url, {
    accept: [`application/${type}`],
    maxBytes: MAX_BYTES,
    maxRedirects: 0,
    urgent: true,
  });
  // Too much, or of another kind, is a word, too: none that we take.
  if (!outcome.ok)
    return ['too-large', 'wrong-type'].includes(outcome.code) ? { ok: true, text: undefined } : { ok: false };
  if (outcome.status >= 500 || outcome.status === 429) return { ok: false };
  return { ok: true, text: outcome.status === 200 ? outcome.body.toString('utf8') : undefined };
};

/** @returns whether the umbrella says now that this mark holds; undefined if it cannot be asked */
const holdsNow = async (deps: AnchorDeps, by: Umbrella, mark: string): Promise<boolean | undefined> => {
  const outcome = await deps.fetch.request(by.statusAt, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams({ trust_mark: mark }).toString()),
    accept: [`application/${STATUS_TYPE}`],
    maxBytes: MAX_BYTES,
    urgent: true,
  });
  if (!outcome.ok && !['too-large', 'wrong-type'].includes(outcome.code)) return undefined;
  if (outcome.ok && (outcome.status >= 500 || outcome.status === 429)) return undefined;
  if (!outcome.ok || outcome.status !== 200) return false;
  return readStatus(outcome.body.toString('utf8'), by, mark, deps.site.now());
};

/** What an umbrella says of one who shows its marks. @returns undefined if it cannot be asked */
const provenBy = async (
  deps: AnchorDeps,
  by: Umbrella,
  said: Statement,
  id: string,
): Promise<ShownMark[] | undefined> => {
  const now = deps.site.now();
  const answer = await get(deps, `${by.fetchAt}?sub=${encodeURIComponent(id)}`, STATEMENT_TYPE);
  if (!answer.ok) return undefined;
  if (answer.text === undefined) return [];
  const keys = await readSubordinate(answer.text, by, id, now);
  const refuse = (reason: string): [] => {
    log.federation.info('What {anchor} says of {id} is not believed: {reason}', { anchor: by.host, id, reason });
    return [];
  };
  if (!keys.ok) return refuse(keys.reason);
  // Not some key that it once had: the very one by which it has just spoken.
  const named = keys.value.map(thumbprintOfJwk);
  if (!named.includes(said.signer)) return refuse('It names other keys than the cooperative shows.');
  const types = new Map(said.marks.map(({ type, token }) => [token, type]));
  const tokens = [...types.keys()].filter((token) => claimedBy(token) === by.id).slice(0, MARKS_EACH);
  const marks: ShownMark[] = [];
  for (const token of tokens) {
    // Of the type that it is shown as, and of no other.
    const mark = await readMark(token, by, id, by.types.includes(types.get(token)!) ? [types.get(token)!] : [], now);
    if (!mark.ok) {
      refuse(mark.reason);
      continue;
    }
    const holds = await holdsNow(deps, by, token);
    if (holds === undefined) return undefined;
    if (holds && !marks.some(({ type }) => type === mark.value.type)) marks.push(mark.value);
  }
  return marks;
};

/** So long an umbrella's own configuration is good for several questions. */
const LATELY_MS = 60_000;

export const createAnchors = (deps: AnchorDeps) => {
  const { db, site } = deps;
  const lately = new Map<string, { until: number; umbrella: Umbrella }>();

  /** @param fresh ask now, whatever was said a moment ago */
  const umbrella = async (
    host: string,
    fresh = false,
  ): Promise<{ ok: true; value: Umbrella; said?: Statement } | { ok: false; code: string }> => {
    const known = lately.get(host);
    if (!fresh && known !== undefined && performance.now() < known.until) return { ok: true, value: known.umbrella };
    lately.delete(host);
    const origin = originOfHost(site, host);
    const said = await readConfiguration(deps, host, origin);
    if (!said.ok) return said;
    const value = umbrellaIn(said.value, host, origin);
    if (value === undefined) return { ok: false, code: 'noUmbrella' };
    lately.set(host, { until: performance.now() + LATELY_MS, umbrella: value });
    return { ok: true, value, said: said.value };
  };

  return {
    /**
     * What umbrellas that are trusted here say of somebody, asked now.
     * @param said its configuration, already held to its own keys
     * @returns of each that could be asked
     */
    proven: async (said: Statement, origin: string): Promise<ProvenMarks[]> => {
      const trusted = await trustedAnchors(db.read);
      const answers = await Promise.all(
        trusted.map(async ({ host }): Promise<ProvenMarks | undefined> => {
          // Only who is named directly: nobody is climbed to over others, so that no chain is longer than two.
          if (!said.hints.includes(originOfHost(site, host)) || host === new URL(origin).host)
            return { anchor: host, marks: [] };
          const by = await umbrella(host);
          if (!by.ok) return by.code === 'down' ? undefined : { anchor: host, marks: [] };
          const marks = await provenBy(deps, by.value, said, origin);
          return marks === undefined ? undefined : { anchor: host, marks };
        }),
      );
      return answers.filter((one) => one !== undefined);
    },

    /** Looks at an umbrella anew: its name and marks, and what it has given us. */
    renew: async (anchor: AnchorRow): Promise<void> => {
      const now = site.now();
      const by = await umbrella(anchor.host, true);
      const note = (found: Parameters<typeof noteAnchor>[3]): Promise<void> =>
        db.write((tx) => noteAnchor(tx, now, anchor, found));
      if (!by.ok) return note({ problem: by.code, ...(by.code === 'down' ? {} : { marks: [] }) });
      const { value, said } = by;
      const known = said === undefined ? {} : { name: nameIn(said, anchor.host), offers: offersIn(said, value.id) };
      if (!anchor.ours) return note({ ...known, problem: '' });
      const answer = await get(deps, `${value.fetchAt}?sub=${encodeURIComponent(site.origin)}`, STATEMENT_TYPE);
      if (!answer.ok) return note({ ...known, problem: 'down' });
      const vouched =
        answer.text === undefined ? undefined : await readSubordinate(answer.text, value, site.origin, now);
      if (vouched?.ok !== true) return note({ ...known, problem: 'notVouched', marks: [] });
      const [signing] = await identityKeys(db.read, site, 'federation');
      const named = vouched.value.map(thumbprintOfJwk);
      if (!named.includes(thumbprintOf(signing?.publicPem ?? '') ?? ''))
        return note({ ...known, problem: 'otherKeys', marks: [] });
      const marks: OwnMark[] = [];
      for (const type of value.types) {
        const query = new URLSearchParams({ trust_mark_type: type, sub: site.origin }).toString();
        const given = await get(deps, `${value.markAt}?${query}`, MARK_TYPE);
        if (!given.ok) return note({ ...known, problem: 'down' });
        const read = given.text === undefined ? undefined : await readMark(given.text, value, site.origin, [type], now);
        if (read?.ok === true && given.text !== undefined) marks.push({ ...read.value, token: given.text });
      }
      return note({ ...known, problem: '', marks });
    },
  };
};
