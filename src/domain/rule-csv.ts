/**
 * Rules by domain as files of Mastodon's form, in and out. An import never weakens or removes a rule by accident: what
 * it would do is sorted line by line first, and a line that would weaken needs a word for itself.
 */
import { createHash } from 'node:crypto';
import type { Reader } from '#db/database.ts';
import { type RuleRow, SEVERITIES, severityOf } from './domain-rules.ts';
import { COMMENT_MAX, RULES_MAX, type RuleChange, type RuleValue, listRules, readRule } from './rules.ts';
import type { Site } from './site.ts';
import { csvRecord, guardCell, unguardCell } from './transfer/cells.ts';
import { readTable } from './transfer/table.ts';
import { type FieldError, type Result, fail, ok } from './types.ts';

export const RULE_FILE_MAX = 600_000;
const LINES_MAX = 5_000;
const PAGE = 500;
const COLUMNS = ['#domain', '#severity', '#reject_media', '#reject_reports', '#public_comment', '#obfuscate'] as const;
/** Ours; only in files that have a rule for a domain alone, which other software would take for one with sub-domains. */
const SUBDOMAINS = '#subdomains';
const KNOWN = [...COLUMNS, SUBDOMAINS].map((name) => name.slice(1));

/** Yields the file in pieces. Private comments are not in it: such files are made to be handed on. */
export const exportRules = async function* (db: Reader): AsyncGenerator<string> {
  const exact = (await db.$count(db.t.domainRules)) > 0 && (await hasExact(db));
  yield csvRecord(exact ? [...COLUMNS, SUBDOMAINS] : COLUMNS);
  let after: string | undefined;
  for (let done = 0; done < RULES_MAX;) {
    const rows = await listRules(db, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (rows.length === 0) return;
    yield rows.map((row) => csvRecord(recordOf(row, exact))).join('');
    done += rows.length;
    after = rows.at(-1)!.domain;
  }
};

const recordOf = (row: RuleRow, exact: boolean): string[] => [
  row.domain,
  severityOf(row.severity),
  String(row.rejectMedia),
  String(row.rejectReports),
  guardCell(row.publicComment),
  String(row.obfuscate),
  ...(exact ? [String(row.subdomains)] : []),
];

const hasExact = async (db: Reader): Promise<boolean> => {
  for (let after: string | undefined; ;) {
    const rows = await listRules(db, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (rows.some((row) => !row.subdomains)) return true;
    if (rows.length < PAGE) return false;
    after = rows.at(-1)!.domain;
  }
};

export type FileFault = { line: number; fault: FieldError };
export type RuleFile = { lines: { line: number; rule: RuleValue }[]; faults: FileFault[] };

/**
 * Reads a file, whole; every fault has its line. Lines without a fault are good, whatever is wrong with others.
 * @returns errors on `file` when it is no such file at all
 */
export const parseRuleFile = (site: Pick<Site, 'host'>, text: string): Result<RuleFile> => {
  if (Buffer.byteLength(text) > RULE_FILE_MAX)
    return fail({ field: 'file', code: 'rules.fileTooLarge', params: { kilobytes: RULE_FILE_MAX / 1_000 } });
  const table = readTable(text.replace(/^\uFEFF/, ''), LINES_MAX);
  const header = (table?.header.cells ?? []).map((cell) => cell.trim().toLowerCase().replace(/^#\s*/, ''));
  if (table === undefined || !header.includes('domain'))
    return fail({ field: 'file', code: 'rules.noHeader', params: { columns: COLUMNS.join(',') } });
  const rows = table.rows.slice(0, LINES_MAX);
  const faults: FileFault[] = table.broken.map(({ line }) => ({ line, fault: { field: '', code: 'rules.quotes' } }));
  const unknown = header.filter((name) => name !== '' && !KNOWN.includes(name));
  if (unknown.length > 0)
    faults.push({
      line: table.header.line,
      fault: { field: '', code: 'rules.column', params: { names: unknown.join(', ').slice(0, 200) } },
    });
  if (table.rows.length > LINES_MAX)
    faults.push({
      line: table.rows[LINES_MAX]!.line,
      fault: { field: '', code: 'rules.tooManyLines', params: { max: LINES_MAX } },
    });
  const lines: RuleFile['lines'] = [];
  const seen = new Map<string, number>();
  for (const { line, cells } of rows) {
    const read = readLine(site, header, cells);
    if (!read.ok) {
      faults.push(...read.errors.map((fault) => ({ line, fault })));
      continue;
    }
    const before = seen.get(read.value.domain);
    if (before !== undefined) {
      faults.push({ line, fault: { field: 'domain', code: 'rules.twice', params: { line: before } } });
      continue;
    }
    seen.set(read.value.domain, line);
    lines.push({ line, rule: read.value });
  }
  return ok({ lines, faults: faults.toSorted((a, b) => a.line - b.line) });
};

const readLine = (site: Pick<Site, 'host'>, header: string[], cells: string[]): Result<RuleValue> => {
  if (cells.length > header.length) return fail({ field: '', code: 'rules.moreCells' });
  const cell = (name: string): string => (cells[header.indexOf(name)] ?? '').trim();
  const errors: FieldError[] = [];
  const yes = (name: string, otherwise: boolean): boolean => {
    const word = cell(name).toLowerCase();
    if (['true', 't', '1', 'yes'].includes(word)) return true;
    if (['false', 'f', '0', 'no'].includes(word)) return false;
    if (word !== '') errors.push({ field: name, code: 'rules.trueFalse' });
    return otherwise;
  };
  // As Mastodon has it: without a word it is the hardest.
  const severity = cell('severity') === '' ? 'suspend' : cell('severity').toLowerCase();
  const read = readRule(site, {
    domain: cell('domain'),
    severity,
    rejectMedia: yes('reject_media', false),
    rejectReports: yes('reject_reports', false),
    subdomains: yes('subdomains', true),
    comment: '',
    publicComment: unguardCell(cell('public_comment')).slice(0, COMMENT_MAX),
    obfuscate: yes('obfuscate', false),
  });
  if (read.ok) return errors.length > 0 ? fail(...errors) : read;
  return fail(...errors, ...read.errors);
};

export type LineKind = 'added' | 'stronger' | 'weaker' | 'unchanged';
/** `kept` is what holds if the line is not said to weaken: of the old and the new rule the stronger in each respect. */
export type SortedLine = {
  line: number;
  kind: LineKind;
  domain: string;
  rule: RuleValue;
  before?: RuleRow | undefined;
  kept: RuleValue;
};

const CHUNK = 500;

/** What each line would do to the rules that are there. */
export const sortLines = async (db: Reader, lines: RuleFile['lines']): Promise<SortedLine[]> => {
  const there = new Map<string, RuleRow>();
  for (let after: string | undefined; ;) {
    const rows = await listRules(db, { limit: CHUNK, ...(after === undefined ? {} : { after }) });
    for (const row of rows) there.set(row.domain, row);
    if (rows.length < CHUNK) break;
    after = rows.at(-1)!.domain;
  }
  return lines.map(({ line, rule }) => sorted(line, rule, there.get(rule.domain)));
};

/** How far a rule goes in each respect: a greater number goes further. Shut out, nothing more can be rejected. */
const reach = (rule: RuleValue): [number, number, number, number] => {
  const suspended = severityOf(rule.severity) === 'suspend';
  return [
    SEVERITIES.length - SEVERITIES.indexOf(severityOf(rule.severity)),
    Number(suspended || rule.rejectMedia),
    Number(suspended || rule.rejectReports),
    Number(rule.subdomains),
  ];
};

const sorted = (line: number, rule: RuleValue, before: RuleRow | undefined): SortedLine => {
  const { domain } = rule;
  if (before === undefined) return { line, kind: 'added', domain, rule, kept: rule };
  const [was, is] = [reach(before), reach(rule)];
  const more = is.some((one, i) => one > was[i]!);
  const less = is.some((one, i) => one < was[i]!);
  const { created: _, ...old } = before;
  // What the file says nothing of stays: our own comment, and words that it leaves empty.
  const words = {
    comment: old.comment,
    publicComment: rule.publicComment === '' ? old.publicComment : rule.publicComment,
    obfuscate: rule.obfuscate || old.obfuscate,
  };
  const kept: RuleValue = {
    ...old,
    ...(more ? words : {}),
    severity: is[0] > was[0] ? rule.severity : old.severity,
    rejectMedia: old.rejectMedia || (more && rule.rejectMedia),
    rejectReports: old.rejectReports || (more && rule.rejectReports),
    subdomains: old.subdomains || rule.subdomains,
  };
  const kind = less ? 'weaker' : more ? 'stronger' : 'unchanged';
  return { line, kind, domain, rule: { ...rule, ...words }, before, kept };
};

/**
 * What is to be done after the preview.
 * @param weaken domains of lines that were ticked: the file's word holds, though it is weaker
 */
export const changesOf = (lines: SortedLine[], weaken: ReadonlySet<string>): RuleChange[] =>
  lines.flatMap(({ kind, domain, rule, kept, before }): RuleChange[] => {
    if (kind === 'unchanged') return [];
    const next = kind === 'weaker' ? (weaken.has(domain) ? rule : kept) : kind === 'added' ? rule : kept;
    const same =
      before !== undefined && JSON.stringify(reach(before)) === JSON.stringify(reach(next)) && kind === 'weaker';
    return same ? [] : [{ domain, rule: next }];
  });

/** Changes if what the file would do is no longer what was shown. */
export const fingerprint = (lines: SortedLine[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify(lines.map(({ kind, rule, before }) => [kind, rule, before === undefined ? 0 : reach(before)])),
    )
    .digest('base64url')
    .slice(0, 22);
