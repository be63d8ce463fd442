/**
 * Writes a member's file: a tar whose pieces are made one after the other, so that neither many listings nor many
 * messages need much memory. Each piece goes through a file beside it, for a tar says first how long a piece is.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type tar from 'tar-stream';
import type { Database, Reader } from '#db/database.ts';
import { exportListings, exportedPictures } from '../export.ts';
import { keyOf } from '../media-files.ts';
import { pictureFile } from '../media.ts';
import type { Site } from '../site.ts';
import { writeManifest } from './manifest.ts';
import { aliasesOf, moveOf } from './moves.ts';
import { ACTOR_FILE, LISTINGS_CSV, LISTINGS_JSON, MANIFEST, MEDIA, PORTRAIT_FILE, PROFILE_FILE } from './names.ts';
import { type Owner, PARTS } from './parts.ts';

export type ContainerDeps = {
  db: Database;
  site: Site;
  mediaDir: string;
  software: string;
  /** The document of an actor of ours, as everybody may read it. */
  document: (uri: string) => Promise<Record<string, unknown> | undefined>;
};

/** The process stops: it is made anew after the next start. */
export class Stopped extends Error {
  override name = 'Stopped';
}

const nameOf = (key: string): string => `${key}-1600.webp`;

/**
 * Writes the file whole or not at all.
 * @param onProgress told after each piece how many of all are done
 * @returns its size in bytes
 * @throws Stopped when `stop` is aborted; what the disk says
 */
export const writeContainer = async (
  deps: ContainerDeps,
  owner: Owner,
  path: string,
  onProgress: (done: number, total: number) => void = () => {},
  stop?: AbortSignal,
): Promise<number> => {
  const [partial, piece] = [`${path}.partial`, `${path}.piece`];
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const { default: library } = await import('tar-stream');
  const pack = library.pack();
  let file: FileHandle | undefined;
  try {
    file = await open(partial, 'w', 0o600);
    const fed = feed(deps, owner, { pack, piece, onProgress, ...(stop === undefined ? {} : { stop }) }).catch(
      (error: unknown) => {
        pack.destroy(error instanceof Error ? error : new Error(String(error)));
        throw error;
      },
    );
    const pieces: AsyncIterable<Uint8Array> = pack;
    const written = (async () => {
      for await (const bytes of pieces) await file.writeFile(bytes);
    })().catch((error: unknown) => {
      pack.destroy();
      throw error;
    });
    // The first to fail says why; the other must have ended before its file is closed.
    const [made, kept] = await Promise.allSettled([fed, written]);
    if (kept.status === 'rejected' && !(made.status === 'rejected' && made.reason instanceof Stopped))
      throw kept.reason;
    if (made.status === 'rejected') throw made.reason;
    await file.sync();
    await file.close();
    file = undefined;
    await rename(partial, path);
    return (await stat(path)).size;
  } finally {
    pack.destroy();
    await file?.close().catch(() => {});
    await Promise.all([rm(partial, { force: true }), rm(piece, { force: true })]);
  }
};

type Feed = {
  pack: tar.Pack;
  /** Where a piece is written before its length is known. */
  piece: string;
  onProgress: (done: number, total: number) => void;
  stop?: AbortSignal;
};

const feed = async (deps: ContainerDeps, owner: Owner, { pack, piece, onProgress, stop }: Feed): Promise<void> => {
  const { db, site, mediaDir } = deps;
  const made = site.now();
  const { handle } = owner.account;
  const keys = new Set<string>();
  for await (const { key } of exportedPictures(db.read, site, handle)) keys.add(key);
  const portrait = keyOf(owner.actor.icon);
  const media = [...[...keys].map(nameOf), ...(portrait === undefined ? [] : [PORTRAIT_FILE.slice(MEDIA.length + 1)])];
  const total = media.length + PARTS.length + 5;
  let done = 0;
  const step = (): void => {
    if (stop?.aborted === true) throw new Stopped('The process stops.');
    onProgress(++done, total);
  };
  const text = async (name: string, body: string): Promise<void> => {
    const bytes = Buffer.from(body);
    await entry(pack, { name, size: bytes.length, mtime: made }, [bytes]);
    step();
  };
  const pieces = async (name: string, from: AsyncIterable<string>): Promise<void> => {
    const handle = await open(piece, 'w', 0o600);
    try {
      for await (const one of from) {
        if (stop?.aborted === true) throw new Stopped('The process stops.');
        await handle.writeFile(one);
      }
    } finally {
      await handle.close();
    }
    await entry(pack, { name, size: (await stat(piece)).size, mtime: made }, createReadStream(piece));
    step();
  };
  const picture = async (name: string, path: string): Promise<void> => {
    // A file that is missing on the disk is missing in the copy, too; the rest is not held up by it.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) await entry(pack, { name, size: found.size, mtime: made }, createReadStream(path));
    step();
  };

  await text(MANIFEST, writeManifest({ actor: owner.actor.uri, software: deps.software, made }, PARTS, media));
  await text(ACTOR_FILE, `${JSON.stringify((await deps.document(owner.actor.uri)) ?? {}, undefined, 2)}\n`);
  await text(PROFILE_FILE, `${JSON.stringify(await profileOf(db.read, owner), undefined, 2)}\n`);
  const photo = ({ key }: { key: string }): string => `${MEDIA}/${nameOf(key)}`;
  await pieces(LISTINGS_JSON, exportListings(db.read, site, { format: 'json', handle, photo }));
  await pieces(LISTINGS_CSV, exportListings(db.read, site, { format: 'csv', handle, photo }));
  for (const part of PARTS) await pieces(part.path, part.pieces(db.read, owner));
  for (const key of keys) await picture(`${MEDIA}/${nameOf(key)}`, pictureFile(mediaDir, key, 1600));
  if (portrait !== undefined) await picture(PORTRAIT_FILE, pictureFile(mediaDir, portrait, 1600));
  pack.finalize();
};

/** One entry, written as fast as it is taken. */
const entry = (
  pack: tar.Pack,
  header: { name: string; size: number; mtime: Date },
  from: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const sink = pack.entry({ ...header, mode: 0o600 }, (error) => (error ? reject(error) : resolve()));
    void (async () => {
      for await (const bytes of from)
        if (!sink.write(bytes)) {
          await new Promise<void>((go) => {
            const on = (): void => {
              sink.off('drain', on).off('close', on);
              go();
            };
            sink.on('drain', on).on('close', on);
          });
          if (sink.destroyed) throw new Error('The file could not be written.');
        }
      sink.end();
    })().catch((error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });

/** What the member wrote of themselves, and how they have set things. */
const profileOf = async (db: Reader, { account, actor }: Owner): Promise<Record<string, unknown>> => ({
  actor: actor.uri,
  handle: account.handle,
  host: actor.host,
  name: actor.name,
  text: account.text,
  languages: actor.languages,
  showProfile: account.showProfile,
  indexable: account.indexable,
  picture: keyOf(actor.icon) === undefined ? null : PORTRAIT_FILE,
  email: account.email,
  locale: account.locale,
  mailMessages: account.mailMessages,
  role: account.role,
  motivation: account.motivation,
  joined: account.created.toISOString(),
  alsoKnownAs: (await aliasesOf(db, actor.uri)).map((one) => one.uri),
  movedTo: (await moveOf(db, actor.uri))?.target ?? null,
});
