/** Backups that an admin makes and fetches from the pages: one at a time, kept beside the data, a few of them. */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Database } from '#db/database.ts';
import type { BackupPort, BackupState } from '#domain/ports.ts';
import { noteBackup } from '#domain/restored.ts';
import type { Site } from '#domain/site.ts';
import type { Config } from '#src/config.ts';
import { describe, log } from '#src/log.ts';
import type { BackupKey } from './key.ts';
import { stampOf, syncFolder } from './place.ts';

export type KeeperDeps = {
  db: Database;
  site: Site;
  mediaDir: string;
  config: Pick<Config, 'dataDir' | 'backupKey' | 'backupKeyFile'>;
};
export type Keeper = BackupPort & {
  /** Waits for the one that is being made. */
  idle: () => Promise<void>;
};

/** Older ones of those that were made here make room: they lie on the same disk. */
const KEPT = 3;
const NAME = /^maillon-[a-z0-9.-]+-\d{8}T\d{6}Z\.tar\.age$/;
/** The node's own backups carry its name, so that those of others in the same folder are left alone. */
export const nameOf = (host: string): string => `maillon-${host.replaceAll(/[^a-z0-9.-]/g, '-')}-`;

export const createKeeper = ({ db, site, mediaDir, config }: KeeperDeps): Keeper => {
  const folder = join(config.dataDir, 'backups');
  let running: { work: Promise<void>; done: number; total: number } | undefined;
  let failed: BackupState['failed'];

  const keyOf = async (): Promise<BackupKey | 'noKey' | 'badKey'> => {
    const { backupKey, backupKeyFile } = config;
    if (backupKey === undefined && backupKeyFile === undefined) return 'noKey';
    try {
      // Only who makes a backup needs what locks it.
      const { readKey } = await import('./key.ts');
      return await readKey(backupKey ?? (await readFile(backupKeyFile!, 'utf8')));
    } catch {
      return 'badKey';
    }
  };

  const own = async (): Promise<string[]> =>
    (await readdir(folder).catch(() => []))
      .filter((name) => name.startsWith(nameOf(site.host)) && NAME.test(name))
      .toSorted()
      .toReversed();

  const make = async (key: BackupKey, progress: { done: number; total: number }): Promise<void> => {
    const now = site.now();
    const target = join(folder, `${nameOf(site.host)}${stampOf(now)}.tar.age`);
    const partial = `${target}.partial`;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let file: FileHandle | undefined;
    try {
      file = await open(partial, 'wx', 0o600);
      const { writeBackup } = await import('./write.ts');
      const tell = (done: number, total: number): void => void Object.assign(progress, { done, total });
      await writeBackup({ db, origin: site.origin, mediaDir, now, key, onRows: tell, onFiles: tell }, file);
      await file.close();
      await rename(partial, target);
      await syncFolder(folder);
    } catch (error) {
      await file?.close().catch(() => {});
      await rm(partial, { force: true });
      throw error;
    }
    await db.write((tx) => noteBackup(tx, now));
    for (const name of (await own()).slice(KEPT)) await rm(join(folder, name), { force: true });
  };

  return {
    start: async () => {
      if (running !== undefined) return 'running';
      const key = await keyOf();
      if (typeof key === 'string') return key;
      const progress = { done: 0, total: 0 };
      failed = undefined;
      const work = make(key, progress)
        .catch((error: unknown) => {
          const full =
            error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
          failed = full ? 'full' : 'other';
          log.node.error('The backup failed: {error}', { error: describe(error) });
        })
        .finally(() => {
          running = undefined;
        });
      running = Object.assign(progress, { work });
      return 'started';
    },
    state: async () => {
      const files = await Promise.all(
        (await own()).slice(0, 20).map(async (name) => {
          const found = await stat(join(folder, name)).catch(() => undefined);
          return found === undefined ? [] : [{ name, bytes: found.size, made: found.mtime }];
        }),
      );
      const key = await keyOf();
      return {
        key: typeof key === 'string' ? key : 'ready',
        files: files.flat(),
        ...(running === undefined ? {} : { running: { done: running.done, total: running.total } }),
        ...(failed === undefined ? {} : { failed }),
      };
    },
    read: async (name) => {
      if (!(await own()).includes(name)) return undefined;
      const found = await stat(join(folder, name)).catch(() => undefined);
      if (found === undefined) return undefined;
      // Node's own stream type is the one of the web.
      const stream = Readable.toWeb(createReadStream(join(folder, name))) as ReadableStream<Uint8Array>;
      return { bytes: found.size, stream };
    },
    idle: async () => running?.work,
  };
};
