/** Where a node keeps its things, and how others are put there: by renaming, which can be taken back. */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What is being restored is under such a name until it is whole. */
const STAGING = 'restoring-';
export const ASIDE = 'before-restore-';

export type Move = { from: string; to: string };

/** A name with the time in it, for files and folders: `20261125T150405Z`. */
export const stampOf = (now: Date): string => now.toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** @returns a new folder within the data directory, so that what is in it can be renamed into place */
export const makeStaging = async (dataDir: string, now: Date): Promise<string> => {
  await mkdir(dataDir, { recursive: true });
  // A restore that was ended has left its own; two at a time are not meant to be.
  for (const name of await readdir(dataDir))
    if (name.startsWith(STAGING)) await rm(join(dataDir, name), { recursive: true, force: true });
  const dir = join(dataDir, `${STAGING}${stampOf(now)}`);
  await mkdir(dir, { mode: 0o700 });
  return dir;
};

/**
 * Renames one after the other; what is not there is passed over.
 * @returns how to take it back
 * @throws what renaming throws, with everything where it was
 */
export const moveAll = async (moves: Move[]): Promise<() => Promise<void>> => {
  const made: Move[] = [];
  const back = async (): Promise<void> => {
    for (const { from, to } of made.toReversed()) await rename(to, from);
    await syncFolders(made);
  };
  try {
    for (const move of moves) {
      if (!existsSync(move.from)) continue;
      await mkdir(dirname(move.to), { recursive: true, mode: 0o700 });
      await rename(move.from, move.to);
      made.push(move);
    }
    await syncFolders(made);
  } catch (error) {
    await back();
    throw error;
  }
  return back;
};

/** A rename is on disk when its folders are. */
const syncFolders = async (moves: Move[]): Promise<void> => {
  for (const folder of new Set(moves.flatMap(({ from, to }) => [dirname(from), dirname(to)]))) await syncFolder(folder);
};

export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
};

export const isEmptyFolder = async (dir: string): Promise<boolean> =>
  !existsSync(dir) || (await readdir(dir)).length === 0;
