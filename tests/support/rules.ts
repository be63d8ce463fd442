/** Rules by domain as an admin's form makes them. */
import { type RuleInput, type RuleValue, changeRules, readRule } from '#domain/rules.ts';
import type { Database } from '#db/database.ts';
import { siteOf } from '#domain/site.ts';

export const site = siteOf('https://volets.example');
export const input = (change: Partial<RuleInput> = {}): RuleInput => ({
  domain: 'evil.example',
  severity: 'suspend',
  rejectMedia: false,
  rejectReports: false,
  subdomains: true,
  comment: '',
  publicComment: '',
  obfuscate: false,
  ...change,
});
export const rule = (change: Partial<RuleInput> = {}): RuleValue => {
  const read = readRule(site, input(change));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.value;
};

/** Ada makes them all at once. */
export const makeRules = (db: Database, ...rules: RuleValue[]): Promise<void> =>
  db.write((tx) =>
    changeRules(
      tx,
      site,
      'ada',
      rules.map((one) => ({ domain: one.domain, rule: one })),
    ),
  );
