/** A file of listings, CSV or JSON, to numbered lines that `readListing` understands. */
import type { RawListing } from '../listing-input.ts';
import { type FieldError, LISTING_STATES, type ListingState, type Result, fail, ok } from '../types.ts';
import { joinList, splitList, unguardCell } from './cells.ts';
import { type Column, FIELD_OF, type NamedColumn, nearestColumn, readHeader, readKind, readValue } from './columns.ts';
import { readTable } from './table.ts';

export type ImportPhoto = { path: string; alt: string };

export type ImportLine = {
  /** As an editor shows it; for JSON the position of the object, from 1. */
  line: number;
  /** Names the listing within its publisher's; '' = it has none of its own. */
  ref: string;
  /** Handle of the publisher, if the line says so. */
  member: string;
  state?: ListingState;
  /** By form field, as `readListing` takes it. */
  raw: RawListing;
  /** undefined = the line does not speak of photos: leave them as they are. */
  photos?: ImportPhoto[];
  /** The header of each form field as the file has it: faults are told in the file's own words. */
  headers: Record<string, string>;
  faults: FieldError[];
};

export type ParsedFile = {
  lines: ImportLine[];
  /** What concerns the whole file and stops nothing: unknown columns, each once. */
  notes: FieldError[];
};

/** 20 MB, 20,000 lines. */
export const MAX_IMPORT_BYTES = 20_000_000;
export const MAX_IMPORT_LINES = 20_000;

/** @returns the text of a file: UTF-8 or UTF-16 by its mark, else what old spreadsheets write (Windows-1252) */
export const decodeFile = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
};

/**
 * Reads a file of listings. Lines are not judged here beyond their shape: see `importListings`.
 * @param text at most 20 MB and 20,000 lines; a byte order mark is skipped, `,` `;` or tab found out
 * @returns faults `import.empty`, `import.tooLarge`, `import.tooManyLines`, `import.json`, `import.noColumns`
 */
export const parseListings = (text: string, format: 'csv' | 'json'): Result<ParsedFile> => {
  const plain = text.replace(/^\uFEFF/, '');
  if (Buffer.byteLength(plain) > MAX_IMPORT_BYTES)
    return fail({ field: '', code: 'import.tooLarge', params: { megabytes: MAX_IMPORT_BYTES / 1e6 } });
  if (plain.trim() === '') return fail({ field: '', code: 'import.empty' });
  return format === 'csv' ? parseCsv(plain) : parseJson(plain);
};

const tooManyLines = (): Result<ParsedFile> =>
  fail({ field: '', code: 'import.tooManyLines', params: { max: MAX_IMPORT_LINES } });

const parseCsv = (text: string): Result<ParsedFile> => {
  const table = readTable(text, MAX_IMPORT_LINES);
  if (table === undefined) return fail({ field: '', code: 'import.empty' });
  if (table.rows.length > MAX_IMPORT_LINES) return tooManyLines();
  const header = table.header.cells.map((cell) => cell.trim());
  const columns = readHeaders(header);
  if (!columns.named.some((name) => name !== undefined)) return fail({ field: '', code: 'import.noColumns' });
  const lines = table.rows.map(({ line, cells }) => {
    const values = new Map<number, string>();
    for (const [i, cell] of cells.slice(0, header.length).entries()) values.set(i, unguardCell(cell));
    const read = readLine(line, header, columns.named, values);
    const extra = cells.length > header.length && cells.slice(header.length).some((cell) => cell.trim() !== '');
    if (extra)
      read.faults.push({
        field: '',
        code: 'import.tooManyCells',
        params: { expected: header.length, found: cells.length },
      });
    return read;
  });
  const broken = table.broken.map(({ line, fault }): ImportLine => ({
    line,
    ref: '',
    member: '',
    raw: {},
    headers: {},
    faults: [fault],
  }));
  return ok({ lines: [...lines, ...broken].toSorted((a, b) => a.line - b.line), notes: columns.notes });
};

const parseJson = (text: string): Result<ParsedFile> => {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return fail({ field: '', code: 'import.json', params: { problem: error instanceof Error ? error.message : '' } });
  }
  const list: unknown = isObject(data) && !Array.isArray(data) ? data['listings'] : data;
  if (!Array.isArray(list)) return fail({ field: '', code: 'import.jsonShape' });
  if (list.length > MAX_IMPORT_LINES) return tooManyLines();
  const objects: unknown[] = list;
  const header = [...new Set(objects.flatMap((item) => (isObject(item) ? Object.keys(item) : [])))];
  const columns = readHeaders(header);
  const lines = objects.map((item, i): ImportLine => {
    if (!isObject(item))
      return {
        line: i + 1,
        ref: '',
        member: '',
        raw: {},
        headers: {},
        faults: [{ field: '', code: 'import.noObject' }],
      };
    const values = new Map<number, string>();
    for (const [at, name] of header.entries()) {
      const cell = jsonCell(item[name]);
      if (cell !== undefined) values.set(at, cell);
    }
    return readLine(i + 1, header, columns.named, values);
  });
  return ok({ lines, notes: columns.notes });
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const jsonCell = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value))
    return joinList(value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))));
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const readHeaders = (header: string[]): { named: (NamedColumn | undefined)[]; notes: FieldError[] } => {
  const notes: FieldError[] = [];
  const seen = new Map<string, string>();
  const named = header.map((name) => {
    if (name === '') return undefined;
    const found = readHeader(name);
    if (found === undefined) {
      const nearest = nearestColumn(name);
      if (!notes.some((note) => note.field === name)) {
        notes.push(
          nearest === undefined
            ? { field: name, code: 'import.unknownColumn' }
            : { field: name, code: 'import.unknownColumnNear', params: { nearest } },
        );
      }
      return undefined;
    }
    const id = found.type === 'column' ? found.column : `${found.kind}.${found.attribute.key}`;
    const first = seen.get(id);
    if (first !== undefined) {
      notes.push({ field: name, code: 'import.columnTwice', params: { first } });
      return undefined;
    }
    seen.set(id, name);
    return found;
  });
  return { named, notes };
};

const LISTS = new Set<Column>(['tags', 'photos', 'photo_alts', 'withheld', 'attestations']);

const readLine = (
  line: number,
  header: string[],
  named: (NamedColumn | undefined)[],
  values: Map<number, string>,
): ImportLine => {
  const cells = new Map<Column, string>();
  const read: ImportLine = { line, ref: '', member: '', raw: {}, headers: {}, faults: [] };
  const attributes: { kind: string; field: string; name: string; value: string | string[]; bool: boolean }[] = [];
  for (const [at, column] of named.entries()) {
    const given = values.get(at);
    if (column === undefined || given === undefined) continue;
    const name = header[at] ?? '';
    if (column.type === 'column') {
      cells.set(column.column, given);
      read.headers[FIELD_OF[column.column] ?? column.column] = name;
    } else if (given.trim() !== '') {
      const { key, type } = column.attribute;
      const value =
        type === 'choices'
          ? given
              .split(/[;,]/)
              .map((v) => v.trim())
              .filter((v) => v !== '')
          : given;
      attributes.push({ kind: column.kind, field: `attributes.${key}`, name, value, bool: type === 'bool' });
    }
  }
  const cell = (column: Column): string => readValue(column, (cells.get(column) ?? '').trim());
  const list = (column: Column): string[] => splitList(cells.get(column) ?? '');

  for (const column of cells.keys()) if (!LISTS.has(column)) read.raw[FIELD_OF[column] ?? column] = cell(column);
  if (cells.has('tags'))
    read.raw['tags'] = list('tags')
      .flatMap((tag) => tag.split(','))
      .map((tag) => tag.replace(/^#/, ''));
  for (const column of ['withheld', 'attestations'] as const) if (cells.has(column)) read.raw[column] = list(column);
  read.ref = cell('ref');
  read.member = cell('member').replace(/^@/, '').toLowerCase();
  if (read.ref.length > 200) read.faults.push({ field: 'ref', code: 'tooLong', params: { max: 200 } });

  const kind = readKind(cell('kind'));
  for (const attribute of attributes) {
    if (kind !== undefined && attribute.kind !== kind) {
      if (!(attribute.bool && isNo(attribute.value)))
        read.faults.push({ field: attribute.name, code: 'import.otherKind', params: { kind, column: attribute.name } });
      continue;
    }
    read.raw[attribute.field] = attribute.value;
    read.headers[attribute.field] = attribute.name;
    if (attribute.bool && !isNo(attribute.value) && !isYes(attribute.value))
      read.faults.push({ field: attribute.field, code: 'import.yesNo' });
  }
  readState(cell('state'), read);
  readPhotos(list('photos'), list('photo_alts'), read);
  return read;
};

const isNo = (value: string | string[]): boolean => /^(|0|no|non|false|faux|off)$/i.test(String(value).trim());
const isYes = (value: string | string[]): boolean => /^(1|yes|oui|true|vrai|on)$/i.test(String(value).trim());

const readState = (text: string, read: ImportLine): void => {
  if (text === '') return;
  const state = LISTING_STATES.find((known) => known === text);
  if (state === undefined)
    read.faults.push({ field: 'state', code: 'choice', params: { allowed: LISTING_STATES.join(', ') } });
  else read.state = state;
};

/** As many as the form takes. */
const MAX_PHOTOS = 8;

const readPhotos = (paths: string[], alts: string[], read: ImportLine): void => {
  const photos = paths.map((path, i) => ({ path, alt: alts[i] ?? '' })).filter(({ path }) => path !== '');
  if (photos.length > MAX_PHOTOS) read.faults.push({ field: 'photos', code: 'tooMany', params: { max: MAX_PHOTOS } });
  if (alts.length > paths.length)
    read.faults.push({
      field: 'photo_alts',
      code: 'import.altsWithoutPhotos',
      params: { photos: paths.length, alts: alts.length },
    });
  if (photos.some(({ alt }) => alt.length > 500))
    read.faults.push({ field: 'photo_alts', code: 'tooLong', params: { max: 500 } });
  if (photos.length > 0) read.photos = photos;
};
