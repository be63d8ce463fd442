/**
 * Restores a node from a backup: everything is read, loaded beside what is there, and checked; only then does it take
 * its place. Until then, and if anything is wrong, what is there stays as it is.
 */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asc, gt } from 'drizzle-orm';
import { type Found, type Loader, findDatabase, loadDatabase } from '#db/backup/load.ts';
import { splitMigrations } from '#db/backup/migrations.ts';
import type { NeutralRow, Shape } from '#db/backup/rows.ts';
import type { DatabaseLocation, Tx } from '#db/database.ts';
import { indexWords } from '#db/queries/search.ts';
import { wordsOfRow } from '#domain/listings.ts';
import { beginEpoch } from '#domain/restored.ts';
import { LAST_ENTRY, readArchive } from './archive.ts';
import { BackupFault } from './fault.ts';
import type { BackupKey } from './key.ts';
import { type Ending, FIRST_ENTRY, type Manifest, readEnding, readManifest } from './manifest.ts';
import { ASIDE, type Move, isEmptyFolder, makeStaging, moveAll, stampOf } from './place.ts';

export type RestoreDeps = {
  location: DatabaseLocation;
  dataDir: string;
  mediaDir: string;
  origin: string;
  now: Date;
  key: BackupKey | undefined;
  /** A node that is there steps aside. */
  replace: boolean;
  onBytes: (done: number, total: number) => void;
};

export type Restored = {
  manifest: Manifest;
  rows: number;
  files: number;
  /** Files that lacked already when the backup was made. */
  missing: string[];
  /** Name under which the node that was there is kept: a folder, and on PostgreSQL a schema, too. */
  aside: string | undefined;
};

const ROWS_AT_ONCE = 500;
const LARGEST_TEXT = 512 * 1024 * 1024;
const expanded = promisify(gunzip);

/** @throws BackupFault, or what the disk or the database says; then nothing has changed */
export const restoreBackup = async (path: string, deps: RestoreDeps): Promise<Restored> => {
  const total = (await stat(path)).size;
  const entries = readArchive(path, deps.key, (done) => deps.onBytes(done, total));
  try {
    const manifest = await firstEntry(entries);
    // Every id of everything begins with it, here and at all that know this node.
    if (manifest.origin !== deps.origin) throw new BackupFault('otherOrigin', { origin: manifest.origin });
    const migrations = splitMigrations(deps.location.engine, manifest.migrations);
    if (migrations === undefined) throw new BackupFault('newer');

    const found = await findDatabase(deps.location);
    if (found === 'in use') throw new BackupFault('inUse');
    const lived = found === 'node' || !(await isEmptyFolder(deps.mediaDir));
    if (lived && !deps.replace) throw new BackupFault('lived');

    const staging = await makeStaging(deps.dataDir, deps.now);
    try {
      const place = placeOf(deps, staging, lived, found);
      let loaded: Ending | undefined;
      await loadDatabase(place.load, {
        ...migrations,
        aside: place.schema,
        fill: async (loader) => {
          loaded = await fill(loader, entries, manifest, place.media);
          await loader.upgrade();
          await indexAll(loader.tx);
          await beginEpoch(loader.tx, deps.now, new Date(manifest.created));
          await place.beforeCommit();
        },
      }).catch(async (error: unknown) => {
        await place.undo();
        throw error;
      });
      await place.afterCommit();
      return {
        manifest,
        rows: Object.values(loaded!.rows).reduce((sum, n) => sum + n, 0),
        files: loaded!.files,
        missing: loaded!.missing,
        aside: lived ? place.aside : undefined,
      };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } finally {
    await entries.return(undefined);
  }
};

type Entries = ReturnType<typeof readArchive>;

const firstEntry = async (entries: Entries): Promise<Manifest> => {
  const first = await entries.next();
  if (first.done === true || first.value.name !== FIRST_ENTRY) throw new BackupFault('foreign');
  return readManifest(first.value.bytes);
};

/**
 * What is moved where. Files change places last on SQLite, and just before the commit on PostgreSQL, whose commit is
 * what others see.
 */
const placeOf = (deps: RestoreDeps, staging: string, lived: boolean, found: Found) => {
  const stamp = stampOf(deps.now);
  const aside = `${ASIDE}${stamp}`;
  // What nobody ever used goes with the staging folder.
  const old = lived ? join(deps.dataDir, aside) : join(staging, 'unused');
  const media = join(staging, 'media');
  const swapMedia: Move[] = [
    { from: deps.mediaDir, to: join(old, 'media') },
    { from: media, to: deps.mediaDir },
  ];
  let undo: (() => Promise<void>) | undefined;
  const moved = async (moves: Move[]): Promise<void> => {
    await mkdir(media, { recursive: true });
    undo = await moveAll(moves);
  };
  const common = { aside, media, undo: async () => undo?.() };
  if (deps.location.engine === 'postgres')
    return {
      ...common,
      load: deps.location,
      schema: found === 'node' ? aside.replaceAll('-', '_').toLowerCase() : undefined,
      beforeCommit: () => moved(swapMedia),
      afterCommit: async () => {},
    };
  const { file } = deps.location;
  const fresh = join(staging, 'maillon.db');
  // Its write-ahead log goes with it: SQLite would play an old one into the new file.
  const database: Move[] = ['-wal', '-shm', ''].map((end) => ({
    from: `${file}${end}`,
    to: join(old, `maillon.db${end}`),
  }));
  return {
    ...common,
    load: { engine: 'sqlite' as const, file: fresh },
    schema: undefined,
    beforeCommit: async () => {},
    afterCommit: async () => {
      // Somebody may have started the node while this was loading.
      if ((await findDatabase(deps.location)) === 'in use') throw new BackupFault('inUse');
      await moved([...database, ...swapMedia, { from: fresh, to: file }]);
    },
  };
};

/** Loads entry by entry. @throws BackupFault `damaged` unless all of it was there, and nothing else */
const fill = async (loader: Loader, entries: Entries, manifest: Manifest, media: string): Promise<Ending> => {
  const shapes = new Map(manifest.tables.map((shape) => [shape.name, shape]));
  const counts = new Map(manifest.tables.map(({ name }) => [name, 0]));
  let ending: Ending | undefined;
  let files = 0;
  for await (const { name, bytes, seal } of entries) {
    if (ending !== undefined) throw new BackupFault('damaged');
    if (name === LAST_ENTRY) {
      ending = readEnding(bytes);
      if (ending.entries !== seal.entries || ending.sha256 !== seal.sha256) throw new BackupFault('damaged');
      continue;
    }
    const [, table] = /^tables\/([a-z_]+)\/\d+\.jsonl\.gz$/.exec(name) ?? [];
    const shape = table === undefined ? undefined : shapes.get(table);
    if (shape !== undefined) {
      const rows = await rowsOf(bytes, shape);
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
        await loader.insert(shape, rows.slice(from, from + ROWS_AT_ONCE));
      counts.set(shape.name, counts.get(shape.name)! + rows.length);
    } else if (isMediaName(name)) {
      await saveFile(join(media, name.slice('media/'.length)), bytes);
      files += 1;
    } else throw new BackupFault('foreign');
  }
  const whole =
    ending !== undefined &&
    ending.files === files &&
    Object.keys(ending.rows).length === counts.size &&
    Object.entries(ending.rows).every(([table, n]) => counts.get(table) === n);
  if (ending === undefined || !whole) throw new BackupFault('damaged');
  return ending;
};

const rowsOf = async (bytes: Buffer, shape: Shape): Promise<NeutralRow[]> => {
  try {
    const text = (await expanded(bytes, { maxOutputLength: LARGEST_TEXT })).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const row: unknown = JSON.parse(line);
        if (
          typeof row !== 'object' ||
          row === null ||
          Object.keys(shape.columns).some((name) => !Object.hasOwn(row, name))
        )
          throw new BackupFault('damaged');
        return { ...row };
      });
  } catch {
    throw new BackupFault('damaged');
  }
};

/** Below `media/`, and nowhere else. */
const isMediaName = (name: string): boolean =>
  /^media(?:\/[\w-][\w.-]{0,120}){1,6}$/.test(name) && !name.split('/').includes('..');

const saveFile = async (path: string, bytes: Buffer): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** The words of all listings: they are kept in a form of each engine's own, and are made anew. */
const indexAll = async (tx: Tx): Promise<void> => {
  const { listings } = tx.t;
  let after = 0;
  for (;;) {
    const rows = await tx
      .select()
      .from(listings)
      .where(gt(listings.row, after))
      .orderBy(asc(listings.row))
      .limit(ROWS_AT_ONCE);
    for (const row of rows) await indexWords(tx, row.row, wordsOfRow(row));
    if (rows.length < ROWS_AT_ONCE) return;
    after = rows.at(-1)!.row;
  }
};
