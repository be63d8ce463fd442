/** The admin's rules by domain: read from a form, listed, changed with what follows from it and its line in the log. */
import { type SQLWrapper, and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { type AuditEntry, type AuditState, auditAll, difference } from './audit.ts';
import { canonicalDomain, namesOf } from './domain-names.ts';
import { type RuleRow, SEVERITIES, isUnderRule, readRules, ruleSetsOf, severityOf } from './domain-rules.ts';
import { lazily } from './lazily.ts';
import { type RuleEffect, enforceRules, previewRules } from './rule-effects.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type FieldError, type Result, fail, ok } from './types.ts';

const names = lazily<typeof import('tldts')>('tldts');

export type RuleValue = Omit<RuleRow, 'created'>;
export type RuleInput = {
  domain: string;
  severity: string;
  rejectMedia: boolean;
  rejectReports: boolean;
  subdomains: boolean;
  comment: string;
  publicComment: string;
  obfuscate: boolean;
};
export const COMMENT_MAX = 500;
export const RULES_MAX = 20_000;

/**
 * What is wrong with a domain that a rule shall be for.
 * @param site whose own domain no rule may hold for
 */
export const checkDomain = (site: Pick<Site, 'host'>, text: string, subdomains: boolean): Result<string> => {
  const domain = canonicalDomain(text);
  if (text.includes('*') && !/^\s*\*\./.test(text)) return fail({ field: 'domain', code: 'rules.masked' });
  if (domain === undefined) return fail({ field: 'domain', code: 'rules.noDomain' });
  const rule = { domain, severity: 'suspend', rejectMedia: false, rejectReports: false, subdomains };
  if (isUnderRule(site.host, ruleSetsOf([rule]).suspended)) return fail({ field: 'domain', code: 'rules.ourselves' });
  const found = names().parse(domain, { validateHostname: false });
  // A slip of the pen would shut out a whole country.
  if (subdomains && found.isIcann === true && found.domain === null)
    return fail({ field: 'domain', code: 'rules.suffix', params: { domain } });
  return ok(domain);
};

/** @returns faults of domain, severity, comment, publicComment */
export const readRule = (site: Pick<Site, 'host'>, input: RuleInput): Result<RuleValue> => {
  const errors: FieldError[] = [];
  const domain = checkDomain(site, input.domain, input.subdomains);
  if (!domain.ok) errors.push(...domain.errors);
  const severity = SEVERITIES.find((one) => one === input.severity);
  if (severity === undefined)
    errors.push({ field: 'severity', code: 'choice', params: { allowed: SEVERITIES.join(', ') } });
  if (severity === 'noop' && !input.rejectMedia && !input.rejectReports)
    errors.push({ field: 'severity', code: 'rules.nothing' });
  errors.push(...checkText('comment', input.comment, { max: COMMENT_MAX }));
  errors.push(...checkText('publicComment', input.publicComment, { max: COMMENT_MAX }));
  if (!domain.ok || severity === undefined || errors.length > 0) return fail(...errors);
  return ok({
    ...input,
    domain: domain.value,
    severity,
    comment: input.comment.trim(),
    publicComment: input.publicComment.trim(),
  });
};

export const findRule = async (db: Reader, domain: string): Promise<RuleRow | undefined> => {
  const { domainRules } = db.t;
  const [row] = await db.select().from(domainRules).where(eq(domainRules.domain, domain)).limit(1);
  return row;
};

/**
 * Rules by their domains.
 * @param query.search part of a domain or comment; of a server's full name also the rules that hold for it are found
 * @param query.after domain of the last one shown
 */
export const listRules = async (
  db: Reader,
  query: { search?: string; after?: string; limit: number },
): Promise<RuleRow[]> => {
  const { domainRules: r } = db.t;
  const search = (query.search ?? '').trim().toLowerCase();
  const holds = (column: SQLWrapper, text: string) =>
    sql`lower(${column}) LIKE ${`%${text.replaceAll(/[%_!]/g, '!$&')}%`} ESCAPE '!'`;
  const host = search === '' ? undefined : canonicalDomain(search);
  return db
    .select()
    .from(r)
    .where(
      and(
        query.after === undefined ? undefined : gt(r.domain, query.after),
        search === ''
          ? undefined
          : or(
              holds(r.domain, search),
              holds(r.comment, search),
              holds(r.publicComment, search),
              host === undefined ? undefined : inArray(r.domain, namesOf(host)),
              host === undefined ? undefined : holds(r.domain, host),
            ),
      ),
    )
    .orderBy(asc(r.domain))
    .limit(query.limit);
};

/** `rule` absent = it is removed. Domains are canonical. */
export type RuleChange = { domain: string; rule?: RuleValue | undefined };

/** What these changes would do; nothing is changed. */
export const previewChanges = async (db: Reader, changes: RuleChange[]): Promise<RuleEffect> => {
  const before = await readRules(db);
  const changed = new Set(changes.map((one) => one.domain));
  const after = [
    ...before.filter((rule) => !changed.has(rule.domain)),
    ...changes.flatMap(({ rule }) => (rule === undefined ? [] : [rule])),
  ];
  return previewRules(db, ruleSetsOf(before), ruleSetsOf(after));
};

const CHUNK = 200;

/**
 * Makes them, with all that follows at once, and a line in the log for each that changed something.
 * @param by who decides
 */
export const changeRules = async (tx: Tx, site: Site, by: string, changes: RuleChange[]): Promise<void> => {
  const now = site.now();
  const { domainRules } = tx.t;
  const before = ruleSetsOf(await readRules(tx));
  const entries: AuditEntry[] = [];
  for (let from = 0; from < changes.length; from += CHUNK) {
    const chunk = changes.slice(from, from + CHUNK);
    const domains = chunk.map((one) => one.domain);
    const old = await tx.select().from(domainRules).where(inArray(domainRules.domain, domains));
    const was = new Map(old.map((row) => [row.domain, row]));
    await tx.delete(domainRules).where(inArray(domainRules.domain, domains));
    const rows = chunk.flatMap(({ domain, rule }) =>
      rule === undefined ? [] : [{ ...rule, created: was.get(domain)?.created ?? now }],
    );
    if (rows.length > 0) await tx.insert(domainRules).values(rows);
    entries.push(...chunk.flatMap(({ domain, rule }) => entryOf(by, domain, was.get(domain), rule)));
  }
  await enforceRules(tx, site, before, ruleSetsOf(await readRules(tx)));
  await auditAll(tx, now, entries);
};

const entryOf = (by: string, subject: string, before?: RuleValue, after?: RuleValue): AuditEntry[] => {
  const change = difference(stateOf(before), stateOf(after));
  const action = before === undefined ? 'rule.added' : after === undefined ? 'rule.removed' : 'rule.changed';
  return change === undefined ? [] : [{ actor: by, action, subject, ...change }];
};

/** The private comment stays private. */
const stateOf = (rule: RuleValue | undefined): AuditState | undefined =>
  rule === undefined
    ? undefined
    : {
        severity: severityOf(rule.severity),
        rejectMedia: rule.rejectMedia,
        rejectReports: rule.rejectReports,
        subdomains: rule.subdomains,
        publicComment: rule.publicComment,
        obfuscate: rule.obfuscate,
      };

/** `ex***le.org`: enough to recognise it for those who know it, not to find it for those who do not. */
export const maskedDomain = (domain: string): string =>
  domain
    .split('.')
    .map((label, i, all) => {
      if (i === all.length - 1) return label;
      const seen = Math.floor(label.length / 3);
      return label.slice(0, seen) + '*'.repeat(label.length - 2 * seen) + label.slice(label.length - seen);
    })
    .join('.');

/** Rules that are shown to everybody, those with the hardest consequences first; at most a thousand. */
export const publicRules = async (
  db: Reader,
): Promise<Pick<RuleRow, 'domain' | 'severity' | 'rejectMedia' | 'rejectReports' | 'publicComment'>[]> => {
  const rows = await listRules(db, { limit: 1_000 });
  const rank = (row: RuleRow): number => SEVERITIES.indexOf(severityOf(row.severity));
  return rows
    .toSorted((a, b) => rank(a) - rank(b))
    .map((row) => ({ ...row, domain: row.obfuscate ? maskedDomain(row.domain) : row.domain }));
};
