/** Makes a backup of a node that goes on running: one state of the database, then the files that it speaks of. */
import { type FileHandle, readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { migrationTags } from '#db/backup/migrations.ts';
import { type NeutralRow, countRows, pagesOf, shapeOf, tableNames } from '#db/backup/rows.ts';
import type { Database, Reader } from '#db/database.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { REMOTE_PICTURES, mediaInUse } from '#domain/media-files.ts';
import { type Entry, writeArchive } from './archive.ts';
import type { BackupKey } from './key.ts';
import { type Ending, FIRST_ENTRY, writeEnding, writeManifest } from './manifest.ts';

export type WriteDeps = {
  db: Database;
  origin: string;
  mediaDir: string;
  now: Date;
  /** Absent: the file can be read by whoever has it. */
  key: BackupKey | undefined;
  onRows: (done: number, total: number) => void;
  onFiles: (done: number, total: number) => void;
};
export type Written = { rows: number; files: number; missing: string[] };

const compressed = promisify(gzip);
/** Rows read at once, and about how much text goes into one entry of the archive. */
const PAGE = 500;
const ENTRY_CHARACTERS = 1_000_000;

/** @param file new and empty; it is on disk when this resolves, closing it is the caller's */
export const writeBackup = async (deps: WriteDeps, file: FileHandle): Promise<Written> => {
  const ending: Omit<Ending, 'entries' | 'sha256'> = { rows: {}, files: 0, missing: [] };
  await writeArchive(file, deps.key, deps.now, entriesOf(deps, ending), (seal) => writeEnding({ ...seal, ...ending }));
  return {
    rows: Object.values(ending.rows).reduce((sum, n) => sum + n, 0),
    files: ending.files,
    missing: ending.missing,
  };
};

const entriesOf = async function* (deps: WriteDeps, ending: Omit<Ending, 'entries' | 'sha256'>): AsyncGenerator<Entry> {
  const snapshot = await deps.db.snapshot();
  let inUse: Set<string>;
  try {
    yield { name: FIRST_ENTRY, bytes: await manifestOf(deps, snapshot.read) };
    yield* rowEntries(deps, snapshot.read, ending.rows);
    inUse = await mediaInUse(snapshot.read);
  } finally {
    await snapshot.end();
  }
  // Files are written before the row that names them, and never change: those of the snapshot are there now, except of
  // pictures that somebody removed since.
  yield* mediaEntries(deps, inUse, ending);
};

const manifestOf = async ({ db, origin, now }: WriteDeps, read: Reader): Promise<Buffer> =>
  writeManifest({
    origin,
    name: (await getCooperative(read))?.name ?? '',
    engine: db.engine,
    created: now.toISOString(),
    migrations: migrationTags(db.engine),
    tables: tableNames().map(shapeOf),
  });

const rowEntries = async function* (
  { onRows }: WriteDeps,
  read: Reader,
  counts: Record<string, number>,
): AsyncGenerator<Entry> {
  let [done, total] = [0, 0];
  for (const table of tableNames()) total += await countRows(read, table);
  onRows(0, total);
  for (const table of tableNames()) {
    const { name } = shapeOf(table);
    let [part, lines, length] = [0, [] as string[], 0];
    const entry = async (): Promise<Entry> => {
      const bytes = await compressed(`${lines.join('\n')}\n`);
      [part, lines, length] = [part + 1, [], 0];
      return { name: `tables/${name}/${String(part).padStart(6, '0')}.jsonl.gz`, bytes };
    };
    counts[name] = 0;
    for await (const rows of pagesOf(read, table, PAGE)) {
      for (const line of rows.map((row: NeutralRow) => JSON.stringify(row))) {
        lines.push(line);
        length += line.length;
        if (length >= ENTRY_CHARACTERS) yield await entry();
      }
      counts[name] += rows.length;
      done += rows.length;
      onRows(done, total);
    }
    if (lines.length > 0) yield await entry();
  }
};

const mediaEntries = async function* (
  { mediaDir, onFiles }: WriteDeps,
  inUse: Set<string>,
  ending: Omit<Ending, 'entries' | 'sha256'>,
): AsyncGenerator<Entry> {
  const names = await mediaFiles(mediaDir);
  const wanted = new Set(inUse);
  for (const name of names) {
    const bytes = await readFile(join(mediaDir, name)).catch((error: NodeJS.ErrnoException) => {
      // Taken away since the folder was read.
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (bytes === undefined) continue;
    wanted.delete(name);
    yield { name: `media/${name}`, bytes };
    ending.files += 1;
    onFiles(ending.files, names.length);
  }
  ending.missing = [...wanted].toSorted();
};

/**
 * Every file of ours below the media directory, also of kinds that this version does not know; half-written ones and
 * copies of others' pictures are none.
 */
export const mediaFiles = async (dir: string): Promise<string[]> => {
  const found = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return found
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !name.startsWith(`${REMOTE_PICTURES}/`))
    .toSorted();
};
