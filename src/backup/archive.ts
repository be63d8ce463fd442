/**
 * The file itself: a tar archive, locked by age unless `--plain` was said. age seals it in pieces of 64 KiB that are
 * numbered, with a mark on the last, so that a piece that is altered, missing or out of place is noticed; the last
 * entry holds a hash over all others, which does the same for a plain file.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import tar from 'tar-stream';
import { BackupFault } from './fault.ts';
import type { BackupKey } from './key.ts';

/** A file of the archive, small enough to be held in memory. */
export type Entry = { name: string; bytes: Buffer };
/** `seal` is right only when all other entries were read. */
export type Seal = { entries: number; sha256: string };

export const LAST_ENTRY = 'end.json';
const AGE_MAGIC = 'age-encryption.org/v1\n';
/** Where a tar says that it is one. */
const TAR_MAGIC = { text: 'ustar', at: 257 };
const PIECE = 64 * 1024;
const LARGEST_ENTRY = 512 * 1024 * 1024;

/** Counts what goes by. */
const sealer = () => {
  const hash = createHash('sha256');
  let entries = 0;
  return {
    add: ({ name, bytes }: Entry): void => {
      hash.update(`${name}\0${bytes.length}\0`).update(bytes);
      entries += 1;
    },
    seal: (): Seal => ({ entries, sha256: hash.copy().digest('hex') }),
  };
};

/**
 * Writes all entries and the seal. The file is on disk when it resolves; closing it is the caller's.
 * @param last makes the last entry of the seal
 */
export const writeArchive = async (
  file: FileHandle,
  key: BackupKey | undefined,
  now: Date,
  entries: AsyncIterable<Entry>,
  last: (seal: Seal) => Buffer,
): Promise<void> => {
  const pack = tar.pack();
  const add = ({ name, bytes }: Entry): Promise<void> =>
    new Promise((resolve, reject) => {
      pack.entry({ name, size: bytes.length, mode: 0o600, mtime: now }, bytes, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  const feed = async (): Promise<void> => {
    const passing = sealer();
    for await (const entry of entries) {
      passing.add(entry);
      await add(entry);
    }
    await add({ name: LAST_ENTRY, bytes: last(passing.seal()) });
    pack.finalize();
  };
  const fed = feed().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    const plain: ReadableStream<Uint8Array> = webStream(pack);
    for await (const piece of key === undefined ? plain : await key.lock(plain)) await file.writeFile(piece);
  } finally {
    pack.destroy();
    await fed;
  }
  await file.sync();
};

/** @throws BackupFault `foreign` when it is neither age's nor a tar */
export const isLocked = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, 512, 0);
    const begin = head.subarray(0, bytesRead).toString('latin1');
    if (begin.startsWith(AGE_MAGIC)) return true;
    if (begin.startsWith(TAR_MAGIC.text, TAR_MAGIC.at)) return false;
    throw new BackupFault('foreign');
  } finally {
    await file.close();
  }
};

/**
 * Reads entry by entry. What was read before an error may have been anything: use it only once the end was reached.
 * @param onBytes told how much of the file has been read
 * @throws BackupFault `foreign`, `keyMissing`, `keyWrong`, `keyPublic`, `damaged`
 */
export const readArchive = async function* (
  path: string,
  key: BackupKey | undefined,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Entry & { seal: Seal }> {
  const locked = await isLocked(path);
  if (locked && key === undefined) throw new BackupFault('keyMissing');
  const file = await open(path);
  const extract = tar.extract();
  let source: Readable | undefined;
  try {
    const raw = pieces(file, onBytes);
    source = Readable.from(locked && key !== undefined ? await unlocked(key, raw) : raw);
    // Errors come out of the loop below.
    pipeline(source, extract, () => {});
    const passing = sealer();
    for await (const stream of extract) {
      const { name, size = 0, type } = stream.header;
      if (type !== 'file' || size > LARGEST_ENTRY) throw new BackupFault('foreign');
      const entry = { name, bytes: Buffer.concat(await Array.fromAsync(stream)) };
      yield { ...entry, seal: passing.seal() };
      passing.add(entry);
    }
  } catch (error) {
    if (error instanceof BackupFault || isSystemError(error)) throw error;
    throw new BackupFault('damaged');
  } finally {
    source?.destroy();
    extract.destroy();
    await file.close();
  }
};

const unlocked = async (key: BackupKey, raw: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> => {
  try {
    return await key.unlock(webStream(raw));
  } catch (error) {
    if (error instanceof BackupFault || isSystemError(error)) throw error;
    const wrong = error instanceof Error && error.message.includes('no identity matched');
    throw new BackupFault(wrong ? 'keyWrong' : 'damaged');
  }
};

const pieces = async function* (file: FileHandle, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, done);
    if (bytesRead === 0) return;
    done += bytesRead;
    onBytes(done);
    yield buffer.subarray(0, bytesRead);
  }
};

const webStream = (source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from(source)) as ReadableStream<Uint8Array>;

/** The disk's own complaint (EIO, ENOSPC), which says more than "damaged". */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';
