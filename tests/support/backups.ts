/** Backups, and what is compared to say that nothing of a node was lost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pagesOf, tableNames } from '#db/backup/rows.ts';
import { type Database, type DatabaseLocation, type Engine, type Reader, openDatabase } from '#db/database.ts';
import { type BackupKey, makeKey, readKey } from '#src/backup/key.ts';
import { type Restored, restoreBackup } from '#src/backup/restore.ts';
import { type Written, mediaFiles, writeBackup } from '#src/backup/write.ts';
import { freshPostgres } from './databases.ts';

export type Dump = Record<string, unknown[]>;

/** Every row of every table, in the form that backups have. */
export const dumpOf = async (db: Reader): Promise<Dump> => {
  const dump: Dump = {};
  for (const table of tableNames()) dump[table] = (await Array.fromAsync(pagesOf(db, table, 1_000))).flat();
  return dump;
};

/** What a restore itself changes: sessions end, and it notes some facts, and itself in the log of decisions. */
export const asRestored = (dump: Dump): Dump => ({
  ...dump,
  sessions: [],
  audit: dump['audit']!.filter((row) => Reflect.get(Object(row), 'action') !== 'node.restored'),
  facts: dump['facts']!.filter(
    (fact) => !['epoch', 'held', 'restored', 'backup', 'audit-head'].includes(String(Reflect.get(Object(fact), 'key'))),
  ),
});

/** Every file below a media directory, with its content. */
export const filesOf = async (dir: string): Promise<Record<string, string>> =>
  Object.fromEntries((await mediaFiles(dir)).map((name) => [name, readFileSync(join(dir, name)).toString('base64')]));

export const newKey = async (): Promise<BackupKey> => readKey((await makeKey(new Date())).file);

/** Where a node may be restored: nothing is there yet. */
export type Place = {
  dir: string;
  location: DatabaseLocation;
  mediaDir: string;
  url: string | undefined;
  drop(): Promise<void>;
};

export const newPlace = async (engine: Engine): Promise<Place> => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-restored-'));
  const postgres = engine === 'postgres' ? await freshPostgres() : undefined;
  return {
    dir,
    location:
      postgres === undefined
        ? { engine: 'sqlite', file: join(dir, 'maillon.db') }
        : { engine: 'postgres', url: postgres.url },
    mediaDir: join(dir, 'media'),
    url: postgres?.url,
    drop: async () => {
      await postgres?.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

export const backUp = async (
  of: { db: Database; origin: string; mediaDir: string },
  file: string,
  key: BackupKey | undefined,
): Promise<Written> => {
  const handle = await open(file, 'wx');
  try {
    return await writeBackup({ ...of, now: new Date(), key, onRows: () => {}, onFiles: () => {} }, handle);
  } finally {
    await handle.close();
  }
};

export const restoreTo = (
  place: Pick<Place, 'dir' | 'location' | 'mediaDir'>,
  origin: string,
  file: string,
  key: BackupKey | undefined,
  replace = false,
): Promise<Restored> =>
  restoreBackup(file, {
    location: place.location,
    dataDir: place.dir,
    mediaDir: place.mediaDir,
    origin,
    now: new Date(),
    key,
    replace,
    onBytes: () => {},
  });

/** Reads all that is in a database that no node has open. */
export const dumpAt = async (location: DatabaseLocation): Promise<Dump> => {
  const db = await openDatabase(location);
  try {
    return await dumpOf(db.read);
  } finally {
    await db.close();
  }
};
