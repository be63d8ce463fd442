/** Re-encoded pictures on disk, within a bound: when it is passed, what was looked at longest ago goes. */
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Mutex } from 'async-mutex';
import { type PreparedPicture, SIZES, type Size, pictureFile, savePictureFiles } from '../media.ts';

export type PictureCache = {
  /** @returns the bytes of one size, or undefined if it is not here (any more) */
  read(key: string, size: Size): Promise<Buffer | undefined>;
  /** Keeps all sizes under the picture's key, and drops others until the bound holds again. */
  keep(picture: PreparedPicture): Promise<void>;
  /** Drops what is not wanted any more. @param wanted asked once, for the keys that were here before */
  retain(wanted: () => Promise<ReadonlySet<string>>): Promise<void>;
};

/** Modification times say when a picture was last looked at; more often than this is not worth a write. */
const TOUCH_MS = 3_600_000;
const NAME = /^([0-9a-f]{40})-\d+\.webp$/;

type Entry = { bytes: number; used: number };

/**
 * The files are the truth, and the list in memory is read from them: several processes may share one directory, and
 * somebody may empty it while they run.
 * @param maxBytes of all files together; a single picture that is larger is still kept, alone
 */
export const createPictureCache = (dir: string, maxBytes: number): PictureCache => {
  const changing = new Mutex();
  /** Longest unused first. Undefined until the directory was read. */
  let entries: Map<string, Entry> | undefined;

  const scan = async (): Promise<Map<string, Entry>> => {
    const found = new Map<string, Entry>();
    for (const folder of await names(dir)) {
      for (const name of await names(join(dir, folder))) {
        const path = join(dir, folder, name);
        const info = await stat(path).catch(() => undefined);
        if (info === undefined) continue;
        const key = NAME.exec(name)?.[1];
        // What a crash left half written.
        if (key === undefined && name.endsWith('.tmp') && Date.now() - info.mtimeMs > TOUCH_MS) await remove(path);
        if (key === undefined) continue;
        const before = found.get(key) ?? { bytes: 0, used: 0 };
        found.set(key, { bytes: before.bytes + info.size, used: Math.max(before.used, info.mtimeMs) });
      }
    }
    entries = new Map([...found].toSorted(([, a], [, b]) => a.used - b.used));
    return entries;
  };

  const drop = async (key: string): Promise<void> => {
    for (const size of SIZES) await remove(pictureFile(dir, key, size));
    entries?.delete(key);
  };

  const bound = async (known: Map<string, Entry>, newest?: string): Promise<void> => {
    let total = [...known.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of known) {
      if (total <= maxBytes) return;
      if (key === newest) continue;
      await drop(key);
      total -= entry.bytes;
    }
  };

  const touch = async (key: string, bytes: number): Promise<void> => {
    const known = entries ?? (await changing.runExclusive(async () => entries ?? scan()));
    const now = Date.now();
    // Another process may have kept it: its size is known exactly at the next look at the directory.
    const entry = known.get(key) ?? { bytes, used: 0 };
    known.delete(key);
    known.set(key, entry);
    if (now - entry.used < TOUCH_MS) return;
    entry.used = now;
    // The smallest file speaks for all.
    await utimes(pictureFile(dir, key, SIZES[0]), new Date(now), new Date(now));
  };

  return {
    read: async (key, size) => {
      const bytes = await readFile(pictureFile(dir, key, size)).catch(() => undefined);
      // Should it be dropped at this very moment, there is nothing to note.
      if (bytes !== undefined) await touch(key, bytes.length).catch(() => {});
      return bytes;
    },
    keep: (picture) =>
      changing.runExclusive(async () => {
        const known = entries ?? (await scan());
        await savePictureFiles(dir, picture);
        known.delete(picture.key);
        known.set(picture.key, {
          bytes: picture.files.reduce((sum, file) => sum + file.bytes.length, 0),
          used: Date.now(),
        });
        await bound(known, picture.key);
      }),
    retain: (wanted) =>
      changing.runExclusive(async () => {
        const known = await scan();
        if (known.size === 0) return;
        const stay = await wanted();
        for (const key of known.keys()) if (!stay.has(key)) await drop(key);
        await bound(known);
      }),
  };
};

const names = (dir: string): Promise<string[]> => readdir(dir).catch(() => []);
const remove = (path: string): Promise<void> => rm(path, { force: true });
