/** CSV text to numbered rows of cells. A broken line is reported and costs only itself. */
import { lazily } from '../lazily.ts';
import type { FieldError } from '../types.ts';
import { readHeader } from './columns.ts';

const csv = lazily<typeof import('csv-parse/sync')>('csv-parse/sync');

/** `line` counts from 1 as an editor shows it; a record over several lines has the number of its first. */
export type TableRow = { line: number; cells: string[] };
export type Table = { header: TableRow; rows: TableRow[]; broken: { line: number; fault: FieldError }[] };

const DELIMITERS = [',', ';', '\t'] as const;
/** So many broken quotes mean that the file is something else. */
const MAX_BROKEN = 100;

/**
 * @param text without byte order mark
 * @param maxRows reading stops one row after it
 * @returns undefined if there is not even a header
 */
export const readTable = (text: string, maxRows: number): Table | undefined => {
  const lines = text.split(/\r\n|\n|\r/);
  const delimiter = delimiterOf(lines.find((line) => line.trim() !== '') ?? '');
  const rows: TableRow[] = [];
  const broken: Table['broken'] = [];
  let from = 0;
  while (from < lines.length && rows.length <= maxRows + 1) {
    const stopped = readRun(lines, from, delimiter, rows, maxRows + 2);
    if (stopped === undefined) break;
    broken.push({ line: stopped.line, fault: { field: '', code: 'import.quotes' } });
    if (broken.length >= MAX_BROKEN) break;
    from = stopped.line;
  }
  const [header, ...rest] = rows;
  return header === undefined ? undefined : { header, rows: rest, broken };
};

/** Reads until the end or the first broken record. @returns the line where that one begins */
const readRun = (
  lines: string[],
  from: number,
  delimiter: string,
  rows: TableRow[],
  max: number,
): { line: number } | undefined => {
  let end = from;
  const run: TableRow[] = [];
  try {
    csv().parse(lines.slice(from).join('\n'), {
      delimiter,
      relax_column_count: true,
      to: Math.max(1, max - rows.length),
      record_delimiter: ['\n'],
      on_record: (record: string[], context) => {
        const line = end + 1;
        // The line on which the record ends: more than one further when a quoted cell holds line ends.
        end = from + Math.max(context.lines, end - from + 1);
        if (record.some((cell) => cell.trim() !== '')) run.push({ line, cells: record });
        return null;
      },
    });
    rows.push(...run);
    return undefined;
  } catch (error) {
    if (!(error instanceof csv().CsvError)) throw error;
    rows.push(...run);
    return { line: end + 1 };
  }
};

/** The one that makes the most columns that we know; between equals, the one that makes the most columns. */
const delimiterOf = (header: string): string => {
  const scored = DELIMITERS.map((delimiter) => {
    const cells = header.split(delimiter).map((cell) => cell.trim().replaceAll(/^"|"$/g, ''));
    return { delimiter, score: cells.filter((cell) => readHeader(cell) !== undefined).length * 1_000 + cells.length };
  });
  return scored.toSorted((a, b) => b.score - a.score)[0]?.delimiter ?? ',';
};
