/** Photos that a file of listings names: read from beside it, prepared before the transaction, compared within. */
import { createHash } from 'node:crypto';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import sharp from 'sharp';
import type { Tx } from '#db/database.ts';
import type { ListingRow } from '../listings.ts';
import {
  MAX_BYTES,
  attachPicture,
  listPictures,
  pictureFile,
  preparePicture,
  removePicture,
  savePictureFiles,
} from '../media.ts';
import type { Site } from '../site.ts';
import type { FieldError } from '../types.ts';
import type { ImportPhoto } from './parse.ts';

/** `mediaDir` keeps the node's pictures; `baseDir` is where the file lies, whose paths are relative to it. */
export type PhotoSource = { mediaDir: string; baseDir: string };

/** As much of a picture as its row keeps. */
type Kept = { key: string; width: number; height: number; alt: string };
export type PreparedPhotos = { photos: Kept[] };

/**
 * Reads and prepares photos; slow, never within a transaction. Files whose line fails later stay unused in the
 * media directory, under the hash of their content.
 * @param store false to judge only: nothing is written
 * @returns faults on `photos`: import.photoUrl, import.photoOutside, import.photoMissing, import.noPhotos, picture.*
 */
export const photosFor = async (
  photos: readonly ImportPhoto[],
  source: PhotoSource | undefined,
  store = true,
): Promise<PreparedPhotos | { faults: FieldError[] }> => {
  const faults: FieldError[] = [];
  const kept: Kept[] = [];
  for (const { path, alt } of photos) {
    const read = source === undefined ? { code: 'import.noPhotos' } : await readPhoto(path, source);
    if (!('bytes' in read) || source === undefined) {
      faults.push({ field: 'photos', code: 'code' in read ? read.code : 'import.noPhotos', params: { path } });
      continue;
    }
    const ours = await ownPicture(read.bytes, source.mediaDir);
    if (ours !== undefined) {
      kept.push({ ...ours, alt });
      continue;
    }
    const prepared = await preparePicture(read.bytes);
    if (!prepared.ok) {
      faults.push(...prepared.errors.map((error) => ({ ...error, params: { ...error.params, path } })));
      continue;
    }
    if (store) await savePictureFiles(source.mediaDir, prepared.value);
    kept.push({ key: prepared.value.key, width: prepared.value.width, height: prepared.value.height, alt });
  }
  return faults.length > 0 ? { faults } : { photos: kept };
};

/** A path must stay below the file's own directory: a member's file must not reach into the server. */
const readPhoto = async (path: string, { baseDir }: PhotoSource): Promise<{ bytes: Buffer } | { code: string }> => {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return { code: 'import.photoUrl' };
  const base = await realpath(baseDir);
  const wanted = resolve(base, path.replaceAll('\\', '/'));
  if (isAbsolute(path) || outside(base, wanted)) return { code: 'import.photoOutside' };
  const real = await realpath(wanted).catch(() => undefined);
  if (real === undefined) return { code: 'import.photoMissing' };
  if (outside(base, real)) return { code: 'import.photoOutside' };
  const info = await stat(real);
  if (!info.isFile()) return { code: 'import.photoMissing' };
  return info.size > MAX_BYTES ? { code: 'import.photoTooLarge' } : { bytes: await readFile(real) };
};

const outside = (base: string, path: string): boolean => {
  const way = relative(base, path);
  return way === '..' || way.startsWith('../') || isAbsolute(way);
};

/** An exported picture that comes back is known by its hash: encoding it again would wear it a little each time. */
const ownPicture = async (bytes: Buffer, mediaDir: string): Promise<Omit<Kept, 'alt'> | undefined> => {
  const key = createHash('sha256').update(bytes).digest('hex').slice(0, 40);
  const here = await access(pictureFile(mediaDir, key, 1600)).then(
    () => true,
    () => false,
  );
  if (!here) return undefined;
  const { width, height } = await sharp(bytes).metadata();
  return { key, width: width ?? 0, height: height ?? 0 };
};

/** @returns whether the listing's pictures would change */
export const photosDiffer = (before: readonly Pick<Kept, 'key' | 'alt'>[], { photos }: PreparedPhotos): boolean =>
  before.length !== photos.length || before.some((row, i) => row.key !== photos[i]?.key || row.alt !== photos[i]?.alt);

/** Makes these the listing's pictures, in this order. @returns whether anything changed */
export const savePhotos = async (tx: Tx, site: Site, listing: ListingRow, photos: PreparedPhotos): Promise<boolean> => {
  const before = await listPictures(tx, [listing.id]);
  if (!photosDiffer(before, photos)) return false;
  for (const row of before) await removePicture(tx, row.id);
  for (const [position, { alt, ...picture }] of photos.photos.entries()) {
    await attachPicture(
      tx,
      site.now(),
      { ...picture, files: [] },
      { owner: listing.publisher, listing: listing.id, alt, position },
    );
  }
  return true;
};
