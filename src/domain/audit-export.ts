/** The log of decisions as a file, piece by piece, with the hashes by which it can be checked elsewhere. */
import type { Reader } from '#db/database.ts';
import { type AuditQuery, type AuditRow, listAudit } from './audit.ts';
import { csvRecord, guardCell } from './transfer/cells.ts';

const COLUMNS = ['n', 'created', 'actor', 'action', 'subject', 'before', 'after', 'previous', 'hash'] as const;
const PAGE = 500;
/** So many entries go into one file; for more the filter by time is there. */
export const AUDIT_EXPORT_MAX = 50_000;

/** Yields the file, newest entries first, at most `AUDIT_EXPORT_MAX` of them. */
export const exportAudit = async function* (
  db: Reader,
  query: Omit<AuditQuery, 'limit' | 'before'>,
  format: 'csv' | 'json',
): AsyncGenerator<string> {
  yield format === 'csv' ? `\uFEFF${csvRecord(COLUMNS)}` : '[';
  let before: number | undefined;
  for (let done = 0; done < AUDIT_EXPORT_MAX;) {
    const rows = await listAudit(db, {
      ...query,
      ...(before === undefined ? {} : { before }),
      limit: Math.min(PAGE, AUDIT_EXPORT_MAX - done),
    });
    const last = rows.at(-1);
    if (last === undefined) break;
    yield format === 'csv'
      ? rows.map(record).join('')
      : rows.map((row, i) => `${done + i === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`).join('');
    done += rows.length;
    before = last.n;
  }
  if (format === 'json') yield '\n]\n';
};

const record = (row: AuditRow): string =>
  csvRecord(
    COLUMNS.map((name) => {
      const value = row[name];
      if (value === null) return '';
      if (value instanceof Date) return value.toISOString();
      return guardCell(typeof value === 'object' ? JSON.stringify(value) : String(value));
    }),
  );
