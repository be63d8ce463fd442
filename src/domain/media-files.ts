/** Files of pictures: those that are in use, and those that nobody shows any more. Named by their content, several may share one. */
import { rm } from 'node:fs/promises';
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { enqueueJob } from './jobs.ts';
import { SIZES, mediaUrl, pictureFile } from './media.ts';
import type { Site } from './site.ts';

const JOB_KEYS = 200;
/** The size in which a portrait is named in its actor. */
export const PORTRAIT = 320;

/** Below the media directory: others' pictures, which are fetched again when somebody looks at them. */
export const REMOTE_PICTURES = 'remote';

/** Names, below the media directory, of all files that rows speak of: pictures of listings, and portraits. */
export const mediaInUse = async (db: Reader): Promise<Set<string>> => {
  const { actors, pictures } = db.t;
  const shown = await db.selectDistinct({ key: pictures.key }).from(pictures);
  const portraits = await db
    .select({ icon: actors.icon })
    .from(actors)
    .where(and(eq(actors.local, true), isNotNull(actors.icon)));
  const keys = [...shown.map(({ key }) => key), ...portraits.flatMap(({ icon }) => keyOf(icon) ?? [])];
  return new Set(keys.flatMap((key) => SIZES.map((size) => pictureFile('', key, size))));
};

/** Plans the removal of files, after the commit. @param keys those still in use by others stay */
export const forgetFiles = async (tx: Tx, now: Date, keys: string[]): Promise<void> => {
  const all = [...new Set(keys)];
  for (let from = 0; from < all.length; from += JOB_KEYS)
    await enqueueJob(tx, now, 'files', { keys: all.slice(from, from + JOB_KEYS).join(' ') });
};

/** Removes the files of those keys that no picture and no portrait of ours uses. @returns how many keys went */
export const removeFiles = async (db: Reader, site: Site, dir: string, keys: string[]): Promise<number> => {
  const { actors, pictures } = db.t;
  if (keys.length === 0) return 0;
  const used = await db.select({ key: pictures.key }).from(pictures).where(inArray(pictures.key, keys));
  const portraits = await db
    .select({ icon: actors.icon })
    .from(actors)
    .where(
      inArray(
        actors.icon,
        keys.map((key) => mediaUrl(site, key, PORTRAIT)),
      ),
    );
  const kept = new Set([...used.map((row) => row.key), ...portraits.map((row) => keyOf(row.icon) ?? '')]);
  const gone = keys.filter((key) => !kept.has(key));
  for (const key of gone) await Promise.all(SIZES.map((size) => rm(pictureFile(dir, key, size), { force: true })));
  return gone.length;
};

/** @returns the key of a picture of ours in its address, if it is one */
export const keyOf = (address: string | null): string | undefined =>
  /\/media\/([0-9a-f]{40})-\d+\.webp$/.exec(address ?? '')?.[1];
