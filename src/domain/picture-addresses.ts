/** Who may see a listing no longer must not go on opening its pictures by addresses that they know: the files get others. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { and, eq } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import { findListing, touchListing } from './listings.ts';
import { SIZES, listPictures, pictureFile } from './media.ts';
import { forgetFiles } from './media-files.ts';
import type { Site } from './site.ts';

/**
 * Gives the pictures of a listing names that nobody knows, and tells them to whoever may still have it. The old ones
 * go, unless something else shows the same picture.
 * @param dir of the media
 */
export const giveNewAddresses = async (db: Database, site: Site, dir: string, listing: string): Promise<void> => {
  const pictures = await listPictures(db.read, [listing]);
  for (const { id, key } of pictures) {
    // As long as the names that are made of what a picture shows.
    const fresh = randomBytes(20).toString('hex');
    for (const size of SIZES) await copyOf(pictureFile(dir, key, size), pictureFile(dir, fresh, size));
    await db.write(async (tx) => {
      const { pictures: p } = tx.t;
      const changed = await tx
        .update(p)
        .set({ key: fresh })
        .where(and(eq(p.id, id), eq(p.key, key)))
        .returning({ id: p.id });
      // Taken out meanwhile, or done by another process: then it is the copy that nobody needs.
      await forgetFiles(tx, site.now(), [changed.length > 0 ? key : fresh]);
    });
  }
  if (pictures.length === 0) return;
  await db.write(async (tx) => {
    const row = await findListing(tx, listing);
    // A teaser has no pictures.
    if (row !== undefined && row.held?.access !== 'reserved') await touchListing(tx, site, row);
  });
};

const copyOf = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    // What is not there is shown to nobody, by no name.
    if (error.code !== 'ENOENT') throw error;
  });
};
