/** What the machine says: disk, sizes, memory, versions. Nothing here throws: what cannot be known is undefined. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '#db/database.ts';
import { databaseFacts } from '#db/queries/size.ts';
import type { MachineFacts } from '#domain/ports.ts';

export type Machine = {
  /** Bytes that a process without privileges may still write where the data is. */
  diskFree: () => Promise<number | undefined>;
  facts: () => Promise<MachineFacts>;
};

/** Counting the pictures asks the disk once per file: seldom enough. */
const MEDIA_MS = 15 * 60_000;
const DIRECTORIES_AT_ONCE = 8;

/** @param options.dataDir where the pictures are, and SQLite's file */
export const createMachine = (db: Database, options: { dataDir: string; version: string }): Machine => {
  const { dataDir, version } = options;
  const started = new Date();
  let media: { bytes: Promise<number | undefined>; until: number } | undefined;

  const diskFree = async (): Promise<number | undefined> => {
    const disk = await statfs(dataDir).catch(() => undefined);
    return disk === undefined ? undefined : disk.bavail * disk.bsize;
  };
  const mediaBytes = (): Promise<number | undefined> => {
    if (media === undefined || performance.now() > media.until)
      media = {
        bytes: sizeOf(join(dataDir, 'media')).catch(() => undefined),
        until: performance.now() + MEDIA_MS,
      };
    return media.bytes;
  };
  const database = async (): Promise<{ bytes: number | undefined; version: string }> => {
    const known = await databaseFacts(db.read).catch(() => ({ bytes: undefined, version: '' }));
    if (db.engine !== 'sqlite' || known.bytes === undefined) return known;
    // The journal is a file of its own, and may be the larger one.
    const journal = await stat(join(dataDir, 'maillon.db-wal')).catch(() => undefined);
    return { ...known, bytes: known.bytes + (journal?.size ?? 0) };
  };

  return {
    diskFree,
    facts: async () => {
      const [free, data, pictures] = await Promise.all([diskFree(), database(), mediaBytes()]);
      return {
        versions: {
          maillon: version,
          node: process.version,
          engine: `${db.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${data.version}`.trim(),
        },
        started,
        memory: process.memoryUsage.rss(),
        diskFree: free,
        database: data.bytes,
        media: pictures,
      };
    },
  };
};

/** Bytes of all files in the folders of a folder, a few folders at a time. @returns 0 if there is none */
const sizeOf = async (dir: string): Promise<number> => {
  const folders = (await readdir(dir, { withFileTypes: true }).catch(() => []))
    .filter((one) => one.isDirectory())
    .map((one) => join(dir, one.name));
  let bytes = 0;
  for (let from = 0; from < folders.length; from += DIRECTORIES_AT_ONCE) {
    const sizes = await Promise.all(folders.slice(from, from + DIRECTORIES_AT_ONCE).map(sizeOfFolder));
    bytes += sizes.reduce((sum, one) => sum + one, 0);
  }
  return bytes;
};

const sizeOfFolder = async (folder: string): Promise<number> => {
  let bytes = 0;
  // One after the other: a page of the admin's is in no hurry, and the members' pictures use the same threads.
  for (const name of await readdir(folder).catch(() => []))
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  return bytes;
};
