/** Pictures: decoded, turned upright, stripped of what they tell (EXIF, place) and encoded anew in three sizes. */
import { createHash } from 'node:crypto';
import { access, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { asc, eq, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from './ids.ts';
import type { Site } from './site.ts';
import { type Result, fail, ok } from './types.ts';

export const SIZES = [320, 800, 1600] as const;
export type Size = (typeof SIZES)[number];
export type PictureRow = Reader['t']['pictures']['$inferSelect'];
export type PreparedPicture = { key: string; width: number; height: number; files: { size: Size; bytes: Buffer }[] };

export const MAX_BYTES = 10 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 12_000;
const DECODE_SECONDS = 20;
const FORMATS = new Set(['jpeg', 'png', 'webp', 'avif', 'heif']);

/**
 * Decodes and encodes a picture. Slow (some hundred milliseconds): never within a transaction.
 * @param options.flat clear parts become white
 * @returns errors on `photos`: picture.tooLarge, picture.format, picture.dimensions, picture.broken
 */
export const preparePicture = async (
  bytes: Buffer,
  { flat = false }: { flat?: boolean } = {},
): Promise<Result<PreparedPicture>> => {
  if (bytes.length > MAX_BYTES)
    return fail({ field: 'photos', code: 'picture.tooLarge', params: { max: MAX_BYTES / 1024 / 1024 } });
  const { sharp } = await import('./pictures/decoder.ts');
  try {
    // Only the header is read for this: a few kilobytes may say that they are a gigabyte of pixels.
    const head = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (!FORMATS.has(head.format)) return fail({ field: 'photos', code: 'picture.format' });
    if (Math.max(head.width, head.height) > MAX_SIDE || head.width * head.height > MAX_PIXELS)
      return fail({
        field: 'photos',
        code: 'picture.dimensions',
        params: { width: head.width, height: head.height, side: MAX_SIDE, megapixels: MAX_PIXELS / 1e6 },
      });
    const options = { limitInputPixels: MAX_PIXELS, failOn: 'error', animated: false } as const;
    const files: PreparedPicture['files'] = [];
    let [width, height] = [0, 0];
    for (const size of SIZES) {
      const upright = sharp(bytes, options)
        .rotate()
        .resize({ width: size, height: size * 2, fit: 'inside', withoutEnlargement: true });
      const { data, info } = await (flat ? upright.flatten({ background: '#ffffff' }) : upright)
        .webp({ quality: size === 320 ? 72 : 80 })
        .timeout({ seconds: DECODE_SECONDS })
        .toBuffer({ resolveWithObject: true });
      files.push({ size, bytes: data });
      [width, height] = [info.width, info.height];
    }
    const key = createHash('sha256').update(files.at(-1)!.bytes).digest('hex').slice(0, 40);
    return ok({ key, width, height, files });
  } catch {
    return fail({ field: 'photos', code: 'picture.broken' });
  }
};

/** Path of one size of a picture below the media directory. */
export const pictureFile = (dir: string, key: string, size: Size): string =>
  join(dir, key.slice(0, 2), `${key}-${size}.webp`);

/** Puts the files in place, whole or not at all, before the row that names them is written. */
export const savePictureFiles = async (dir: string, picture: PreparedPicture): Promise<void> => {
  for (const { size, bytes } of picture.files) {
    const path = pictureFile(dir, picture.key, size);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      continue;
    await mkdir(join(dir, picture.key.slice(0, 2)), { recursive: true });
    const temporary = `${path}.${newId()}.tmp`;
    const file = await open(temporary, 'wx');
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  }
};

/** Address of a picture in one size, on our own origin. */
export const mediaUrl = (site: Pick<Site, 'origin'>, key: string, size: Size): string =>
  `${site.origin}/media/${key}-${size}.webp`;

/** Adds a picture to a listing (or to nobody's yet), behind those that are there. */
export const attachPicture = async (
  tx: Tx,
  now: Date,
  picture: PreparedPicture,
  to: { owner: string; listing?: string; alt: string; position: number; source?: string; id?: string },
): Promise<PictureRow> => {
  const [row] = await tx
    .insert(tx.t.pictures)
    .values({
      id: to.id ?? newId(),
      owner: to.owner,
      listing: to.listing ?? null,
      key: picture.key,
      source: to.source ?? null,
      mediaType: 'image/webp',
      alt: to.alt.slice(0, 1_500),
      width: picture.width,
      height: picture.height,
      position: to.position,
      created: now,
    })
    .returning();
  return row!;
};

/** The pictures of many listings with one query, in their order. */
export const listPictures = async (db: Reader, listings: string[]): Promise<PictureRow[]> =>
  listings.length === 0
    ? []
    : db
        .select()
        .from(db.t.pictures)
        .where(inArray(db.t.pictures.listing, listings))
        .orderBy(asc(db.t.pictures.position));

/** @returns the picture, also one that is of no listing */
export const findPicture = async (db: Reader, id: string): Promise<PictureRow | undefined> => {
  const [row] = await db.select().from(db.t.pictures).where(eq(db.t.pictures.id, id)).limit(1);
  return row;
};

export const removePicture = async (tx: Tx, id: string): Promise<void> => {
  await tx.delete(tx.t.pictures).where(eq(tx.t.pictures.id, id));
};
