/**
 * Opens a file that a member brings: anybody may have made it. Looked through once before anything is unpacked; then
 * only what is known by its name is written, each piece below its own limit. Whatever is odd is an error that names it.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, pipeline } from 'node:stream';
import { MAX_BYTES } from '../media.ts';
import { MAX_IMPORT_BYTES } from '../transfer/parse.ts';
import {
  ACTOR_FILE,
  ATTESTATIONS_FILE,
  FOLLOWS_CSV,
  FOLLOWS_FILE,
  LISTINGS_JSON,
  MANIFEST,
  MEDIA,
  PROFILE_FILE,
  THREADS_FILE,
} from './names.ts';

/** Why a file is not taken: `arrival.faults.<code>` in locales/. */
export class ContainerFault extends Error {
  override name = 'ContainerFault';
  readonly code: string;
  readonly params: Record<string, string | number>;
  constructor(code: string, params: Record<string, string | number> = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

/** Left out, and told: a code of `arrival.notes`, and the name. */
export type LeftOut = { code: string; about: string };
export type Unpacked = { names: Set<string>; leftOut: LeftOut[] };

const BLOCK = 512;
const MAX_ENTRIES = 20_000;
const MAX_NAME = 300;
/** Longer names and times come in such entries; no honest one is near that. */
const MAX_EXTENSION = 16 * 1024;
const MAX_TOLD = 50;
const MAX_EMPTY = 4_096;
const EMPTY_LIST = 8;

/** Bytes of each file that is read; what is not here is not unpacked. */
const LIMITS: Record<string, number> = {
  [MANIFEST]: 4_000_000,
  [ACTOR_FILE]: 1_000_000,
  [PROFILE_FILE]: 1_000_000,
  [FOLLOWS_FILE]: 10_000_000,
  [FOLLOWS_CSV]: 10_000_000,
  [THREADS_FILE]: 0,
  [ATTESTATIONS_FILE]: 0,
  [LISTINGS_JSON]: MAX_IMPORT_BYTES,
};
const PICTURE = new RegExp(`^${MEDIA}/[A-Za-z0-9_-]{1,100}\\.(?:webp|jpe?g|png|avif)$`);
/** Known, and of no use here: nobody is told of each. */
const KNOWN = /^(?:activitypub|maillon)\/[A-Za-z0-9_-]{1,60}\.(?:json|csv)$|^listings\.csv$/;

const isZero = (block: Buffer): boolean => block.every((byte) => byte === 0);
const field = (block: Buffer, from: number, length: number): string =>
  block.toString('latin1', from, from + length).replace(/[\0 ].*$/s, '');

/**
 * Goes from header to header without reading what is between: what the whole thing claims to be. Names and sizes that
 * stand elsewhere than in the header (they override it) would let it claim one thing here and another to who unpacks.
 * @throws ContainerFault
 */
const lookThrough = async (file: FileHandle): Promise<void> => {
  const { size } = await file.stat();
  const block = Buffer.alloc(BLOCK);
  await file.read(block, 0, BLOCK, 0);
  checkKind(block);
  let [at, entries, empty] = [0, 0, 0];
  while (at + BLOCK <= size) {
    await file.read(block, 0, BLOCK, at);
    // Two empty blocks are the end, and more make the size round; who unpacks looks behind them all the same.
    if (isZero(block)) {
      if (++empty > MAX_EMPTY) throw new ContainerFault('damaged');
      at += BLOCK;
      continue;
    }
    if (field(block, 257, 5) !== 'ustar') throw new ContainerFault('damaged');
    if (++entries > MAX_ENTRIES) throw new ContainerFault('tooManyEntries', { max: MAX_ENTRIES });
    const length = Number.parseInt(block.toString('latin1', 124, 136).replaceAll('\0', ' ').trim(), 8);
    if (!Number.isSafeInteger(length) || length < 0 || (block[124]! & 0x80) !== 0) throw new ContainerFault('damaged');
    const type = String.fromCharCode(block[156]!);
    if ('xgLK'.includes(type)) {
      if (length > MAX_EXTENSION) throw new ContainerFault('damaged');
      const extension = Buffer.alloc(length);
      await file.read(extension, 0, length, at + BLOCK);
      if (/(?:^|\n)\d+ (?:size|GNU\.sparse[^=]*)=/.test(extension.toString('latin1')))
        throw new ContainerFault('damaged');
    } else if (length > 0 && (type === '5' || field(block, 0, 100).endsWith('/'))) throw new ContainerFault('damaged');
    else if (!['0', '5', '\0'].includes(type)) throw new ContainerFault('link', { name: field(block, 0, 100) });
    const next = at + BLOCK + Math.ceil(length / BLOCK) * BLOCK;
    if (at + BLOCK + length > size) throw new ContainerFault('cutShort');
    at = next;
  }
  if (at < size) throw new ContainerFault('cutShort');
};

const checkKind = (block: Buffer): void => {
  if (block[0] === 0x1f && block[1] === 0x8b) throw new ContainerFault('compressed');
  if (block.toString('latin1', 0, 2) === 'PK') throw new ContainerFault('zip');
  if (field(block, 257, 5) !== 'ustar') throw new ContainerFault('foreign');
};

/** No way out of the folder, whatever the name is taken for. */
const checkName = (name: string): void => {
  const shown = name.slice(0, 100);
  if (name.length > MAX_NAME || /[\0\\]/.test(name) || /^(?:\/|[A-Za-z]:)/.test(name) || name.split('/').includes('..'))
    throw new ContainerFault('path', { name: shown });
};

/**
 * @param path of the file; @param folder where what is known is written, made if it is not there
 * @returns the names that were written
 * @throws ContainerFault
 */
export const unpack = async (path: string, folder: string, stop?: AbortSignal): Promise<Unpacked> => {
  const file = await open(path);
  try {
    await lookThrough(file);
  } finally {
    await file.close();
  }
  const [names, leftOut]: [Set<string>, LeftOut[]] = [new Set(), []];
  const tell = (code: string, about: string): void => {
    if (leftOut.length < MAX_TOLD) leftOut.push({ code, about: about.slice(0, 100) });
  };
  const { default: tar } = await import('tar-stream');
  const extract = tar.extract();
  const source = createReadStream(path);
  // Errors come out of the loop below.
  pipeline(source, extract, () => {});
  try {
    for await (const stream of extract) {
      if (stop?.aborted === true) throw new Error('The process stops.');
      const { type, size = 0 } = stream.header;
      const name = stream.header.name.replace(/^\.\//, '').replace(/\/$/, '');
      checkName(stream.header.name);
      if (type === 'directory') {
        stream.resume();
        continue;
      }
      if (type !== 'file') throw new ContainerFault('link', { name: name.slice(0, 100) });
      if (names.has(name)) throw new ContainerFault('twice', { name: name.slice(0, 100) });
      const most = PICTURE.test(name) ? MAX_BYTES : LIMITS[name];
      if (most === undefined || most === 0 || size > most) {
        if (most === undefined && !KNOWN.test(name)) tell('unknownFile', name);
        if (most !== undefined && most !== 0) tell('fileTooLarge', name);
        // Known to be there: an empty list is nothing.
        if (most === 0 && size > EMPTY_LIST) names.add(name);
        stream.resume();
        continue;
      }
      names.add(name);
      await write(join(folder, name), stream);
    }
  } catch (error) {
    if (error instanceof ContainerFault || isSystemError(error)) throw error;
    throw stop?.aborted === true ? error : new ContainerFault('damaged');
  } finally {
    source.destroy();
    extract.destroy();
  }
  if (!names.has(MANIFEST)) throw new ContainerFault('noManifest');
  return { names, leftOut };
};

const write = async (path: string, from: AsyncIterable<Uint8Array>): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'w', 0o600);
  try {
    for await (const bytes of Readable.from(from)) await file.writeFile(bytes);
  } finally {
    await file.close();
  }
};

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';
