/** Photos that a file of listings names: beside it or on the web; prepared before the transaction, compared within. */
import { createHash } from 'node:crypto';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
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
import { SILENT } from '../pictures/fetching.ts';
import type { FetchProblem, PictureFetch } from '../ports.ts';
import type { Site } from '../site.ts';
import type { FieldError } from '../types.ts';
import type { ImportPhoto } from './parse.ts';

/**
 * `mediaDir` keeps the node's pictures; `baseDir` is where the file lies, whose paths are relative to it; `fetch`
 * gets those that have a web address, absent = they are faults.
 */
export type PhotoSource = { mediaDir: string; baseDir: string; fetch?: PictureFetch };

/** As much of a picture as its row keeps. */
type Kept = { key: string; width: number; height: number; alt: string; source?: string };
export type PreparedPhotos = { photos: Kept[] };
type Prepared = Omit<Kept, 'alt'> | { fault: Omit<FieldError, 'field'> };

export type PhotoReader = {
  /** Looks up which of these web addresses were imported before: they are not fetched again. */
  recall(photos: readonly ImportPhoto[]): Promise<void>;
  /**
   * Reads and prepares photos; slow, never within a transaction. Files whose line fails later stay unused in the
   * media directory, under the hash of their content.
   * @returns faults on `photos`: import.photo*, import.noPhotos, picture.*
   */
  read(photos: readonly ImportPhoto[]): Promise<PreparedPhotos | { faults: FieldError[] }>;
};

const WEB = /^https?:\/\//i;
/** Lines that name the same silent server again and again must not make the import wait for each. */
const SILENCES = 3;

/** For one import: what it has fetched once it does not fetch again. @param store false to judge only: nothing is written */
export const createPhotoReader = (db: Reader, source: PhotoSource | undefined, store: boolean): PhotoReader => {
  const fetched = new Map<string, Promise<Prepared>>();
  const silent = new Map<string, { times: number; code: FetchProblem }>();

  const prepare = async (bytes: Buffer, mediaDir: string): Promise<Prepared> => {
    const prepared = await preparePicture(bytes);
    if (!prepared.ok) return { fault: prepared.errors[0]! };
    if (store) await savePictureFiles(mediaDir, prepared.value);
    const { key, width, height } = prepared.value;
    return { key, width, height };
  };

  const fromFile = async (path: string, { mediaDir, baseDir }: PhotoSource): Promise<Prepared> => {
    const read = await readPhoto(path, baseDir);
    if ('code' in read) return { fault: read };
    return (await ownPicture(read.bytes, mediaDir)) ?? prepare(read.bytes, mediaDir);
  };

  const fromWeb = async (url: string, fetch: PictureFetch, mediaDir: string): Promise<Prepared> => {
    const host = URL.canParse(url) ? new URL(url).host : '';
    const before = silent.get(host);
    const outcome =
      before !== undefined && before.times >= SILENCES
        ? { ok: false as const, code: before.code }
        : await fetch(url, MAX_BYTES);
    if (outcome.ok) {
      silent.delete(host);
      const prepared = await prepare(outcome.bytes, mediaDir);
      return 'fault' in prepared ? prepared : { ...prepared, source: url };
    }
    if (SILENT.has(outcome.code)) silent.set(host, { times: (silent.get(host)?.times ?? 0) + 1, code: outcome.code });
    return { fault: { code: FETCH_FAULTS[outcome.code], params: { host, status: outcome.status ?? 0 } } };
  };

  const one = (path: string): Promise<Prepared> => {
    if (source === undefined) return Promise.resolve({ fault: { code: 'import.noPhotos' } });
    if (!WEB.test(path) || source.fetch === undefined) return fromFile(path, source);
    const known = fetched.get(path) ?? fromWeb(path, source.fetch, source.mediaDir);
    fetched.set(path, known);
    return known;
  };

  return {
    recall: async (photos) => {
      const urls = photos.flatMap(({ path }) => (WEB.test(path) && !fetched.has(path) ? [path] : []));
      if (source?.fetch === undefined || urls.length === 0) return;
      const { pictures } = db.t;
      const rows = await db
        .select()
        .from(pictures)
        .where(inArray(pictures.source, [...new Set(urls)]));
      for (const { source: url, key, width, height } of rows)
        if (url !== null && (await isThere(pictureFile(source.mediaDir, key, 1600))))
          fetched.set(url, Promise.resolve({ key, width, height, source: url }));
    },
    read: async (photos) => {
      const faults: FieldError[] = [];
      const kept: Kept[] = [];
      for (const { path, alt } of photos) {
        const found = await one(path);
        if ('fault' in found) faults.push({ ...found.fault, field: 'photos', params: { ...found.fault.params, path } });
        else kept.push({ ...found, alt });
      }
      return faults.length > 0 ? { faults } : { photos: kept };
    },
  };
};

const FETCH_FAULTS: Record<FetchProblem, string> = {
  refused: 'import.photoRefused',
  redirect: 'import.photoRedirect',
  timeout: 'import.photoSilent',
  unreachable: 'import.photoSilent',
  tls: 'import.photoTls',
  noSuchHost: 'import.photoNoSuchHost',
  tooLarge: 'import.photoTooLarge',
  wrongType: 'import.photoNoPicture',
  notFound: 'import.photoNotFound',
  status: 'import.photoStatus',
};

/** A path must stay below the file's own directory: a member's file must not reach into the server. */
const readPhoto = async (path: string, baseDir: string): Promise<{ bytes: Buffer } | { code: string }> => {
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
  if (!(await isThere(pictureFile(mediaDir, key, 1600)))) return undefined;
  const { sharp } = await import('../pictures/decoder.ts');
  const { width, height } = await sharp(bytes).metadata();
  return { key, width: width ?? 0, height: height ?? 0 };
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** @returns whether the listing's pictures would change */
export const photosDiffer = (before: readonly Pick<Kept, 'key' | 'alt'>[], { photos }: PreparedPhotos): boolean =>
  before.length !== photos.length || before.some((row, i) => row.key !== photos[i]?.key || row.alt !== photos[i]?.alt);

/** Makes these the listing's pictures, in this order. @returns whether anything changed */
export const savePhotos = async (tx: Tx, site: Site, listing: ListingRow, photos: PreparedPhotos): Promise<boolean> => {
  const before = await listPictures(tx, [listing.id]);
  if (!photosDiffer(before, photos)) return false;
  for (const row of before) await removePicture(tx, row.id);
  for (const [position, { alt, source, ...picture }] of photos.photos.entries()) {
    await attachPicture(
      tx,
      site.now(),
      { ...picture, files: [] },
      { owner: listing.publisher, listing: listing.id, alt, position, ...(source === undefined ? {} : { source }) },
    );
  }
  return true;
};
