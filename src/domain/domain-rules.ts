/** What is decided about all that is of a domain: shut out, hidden, without pictures, without reports. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { namesOf } from './domain-names.ts';

export type RuleRow = Reader['t']['domainRules']['$inferSelect'];
/**
 * `suspend`: nothing is heard, asked, told or shown. `silence`: it is in no list, and whoever follows somebody there
 * goes on doing so. `noop`: only what the two flags say.
 */
export const SEVERITIES = ['suspend', 'silence', 'noop'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Domains for which a rule holds: alone, or with all that is under them. */
export type RuledDomains = { exact: ReadonlySet<string>; under: ReadonlySet<string> };
/** Which domains each consequence holds for; each has those of `suspended`, too. */
export type RuleSets = Record<'suspended' | 'hidden' | 'withoutMedia' | 'withoutReports', RuledDomains>;

/** What decides about a host. */
export type RuleCore = Pick<RuleRow, 'domain' | 'severity' | 'rejectMedia' | 'rejectReports' | 'subdomains'>;
const MAX_RULES = 100_000;

/** What is no word that is known here counts as the hardest: rather too much than nothing. */
export const severityOf = (text: string): Severity => SEVERITIES.find((one) => one === text) ?? 'suspend';

export const ruleSetsOf = (rules: readonly RuleCore[]): RuleSets => {
  const of = (holds: (rule: RuleCore) => boolean): RuledDomains => {
    const [exact, under] = [new Set<string>(), new Set<string>()];
    for (const rule of rules)
      if (severityOf(rule.severity) === 'suspend' || holds(rule)) (rule.subdomains ? under : exact).add(rule.domain);
    return { exact, under };
  };
  return {
    suspended: of(() => false),
    hidden: of((rule) => severityOf(rule.severity) === 'silence'),
    withoutMedia: of((rule) => rule.rejectMedia),
    withoutReports: of((rule) => rule.rejectReports),
  };
};

/**
 * Rules, as far as they decide about hosts.
 * @param names only those of these domains; all if absent
 */
export const readRules = async (db: Reader, names?: string[]): Promise<RuleCore[]> => {
  const { domain, severity, rejectMedia, rejectReports, subdomains } = db.t.domainRules;
  return db
    .select({ domain, severity, rejectMedia, rejectReports, subdomains })
    .from(db.t.domainRules)
    .where(names === undefined ? undefined : inArray(domain, names))
    .limit(MAX_RULES);
};
export const readRuleSets = async (db: Reader): Promise<RuleSets> => ruleSetsOf(await readRules(db));

/** Those of which nothing is heard, asked, told or shown. */
export const blockedDomains = async (db: Reader): Promise<RuledDomains> => (await readRuleSets(db)).suspended;
/** Those that are in no list. */
export const hiddenDomains = async (db: Reader): Promise<RuledDomains> => (await readRuleSets(db)).hidden;

/** Is nothing of this one host heard, asked, told or shown? Looks up its rules alone. */
export const isShutOut = async (db: Reader, host: string): Promise<boolean> =>
  isUnderRule(host, ruleSetsOf(await readRules(db, namesOf(host))).suspended);

/** Of these hosts, canonical and few, those of which nothing is heard, asked, told or shown. */
export const shutOutAmong = async (db: Reader, hosts: string[]): Promise<string[]> => {
  const { suspended } = ruleSetsOf(await readRules(db, hosts.flatMap(namesOf)));
  return hosts.filter((host) => isUnderRule(host, suspended));
};

/** A rule for a domain holds on any port, and, unless it is for the domain alone, for all that is under it. @param host canonical */
export const isUnderRule = (host: string, { exact, under }: RuledDomains): boolean => {
  if (exact.size === 0 && under.size === 0) return false;
  const names = namesOf(host);
  // An IPv6 address and the IPv4 one that it stands for are one host; of a name only itself is.
  const same = host.startsWith('[') ? names : names.slice(0, 1);
  return same.some((name) => exact.has(name)) || names.some((name) => under.has(name));
};
