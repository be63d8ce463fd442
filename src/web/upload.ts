/** A form with one large file, read piece by piece: the fields into memory, the file to where it is told. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Upload =
  | { ok: true; values: Record<string, string>; bytes: number }
  | { ok: false; reason: 'noForm' | 'refused' | 'noFile'; values: Record<string, string> };

const MAX_HEAD = 8 * 1024;
const MAX_VALUE = 64 * 1024;
const MAX_FIELDS = 50;

/**
 * @param request a form of the type multipart/form-data, its size bounded already
 * @param name of the file's field
 * @param place asked once the file begins, with the fields before it: where to put it; undefined = it is not wanted
 * @returns `noFile` also for an empty one; whatever was written of a file that did not come whole is gone
 */
export const readUpload = async (
  request: Request,
  name: string,
  place: (values: Record<string, string>) => Promise<string | undefined>,
): Promise<Upload> => {
  const boundary = /^multipart\/form-data\s*;.*boundary="?([^";]{1,70})"?/i.exec(
    request.headers.get('content-type') ?? '',
  )?.[1];
  const values: Record<string, string> = Object.create(null);
  if (boundary === undefined || request.body === null) return { ok: false, reason: 'noForm', values };
  const parts = createParts(request.body, boundary);
  let path: string | undefined;
  let whole = false;
  let bytes = 0;
  try {
    for (let count = 0; ; count++) {
      const head = await parts.next();
      if (head === undefined) break;
      if (head === 'broken' || count >= MAX_FIELDS) return { ok: false, reason: 'noForm', values };
      if (head.name !== name) {
        values[head.name] = await textOf(parts.body());
        continue;
      }
      // A second one is none of ours.
      const wanted = path === undefined ? await place(values) : undefined;
      if (wanted === undefined) return { ok: false, reason: 'refused', values };
      path = wanted;
      bytes = await write(path, parts.body());
    }
    whole = parts.ended() && bytes > 0;
    if (!parts.ended()) return { ok: false, reason: 'noForm', values };
    return whole ? { ok: true, values, bytes } : { ok: false, reason: 'noFile', values };
  } finally {
    if (!whole && path !== undefined) await rm(path, { force: true });
    await parts.cancel();
  }
};

const textOf = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= MAX_VALUE) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '');
};

const write = async (path: string, body: AsyncIterable<Buffer>): Promise<number> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let file: FileHandle | undefined;
  let bytes = 0;
  try {
    file = await open(path, 'wx', 0o600);
    for await (const chunk of body) {
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file?.close();
  }
  return bytes;
};

type Head = { name: string };

/** One part after the other; the body of each must have been read before the next. */
const createParts = (stream: ReadableStream<Uint8Array>, boundary: string) => {
  const reader = stream.getReader();
  const mark = Buffer.from(`\r\n--${boundary}`);
  // The first mark has no line before it.
  let held = Buffer.from('\r\n');
  let [dry, end] = [false, false];
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (done) dry = true;
    else held = Buffer.concat([held, value]);
    return !done;
  };
  const atLeast = async (length: number): Promise<boolean> => {
    while (held.length < length) if (!(await more())) return false;
    return true;
  };
  /** What stands before the next mark, and the mark taken away. */
  const before = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(mark);
      if (at >= 0) {
        if (at > 0) yield held.subarray(0, at);
        held = held.subarray(at + mark.length);
        return;
      }
      // A mark may begin at the end of what is held.
      const safe = held.length - (mark.length - 1);
      if (safe > 0) {
        yield held.subarray(0, safe);
        held = held.subarray(safe);
      }
      if (!(await more())) return;
    }
  };
  let begun = false;
  return {
    next: async (): Promise<Head | 'broken' | undefined> => {
      if (!begun) {
        begun = true;
        for await (const _ of before());
      }
      if (dry && held.length === 0) return 'broken';
      if (!(await atLeast(2))) return 'broken';
      if (held.toString('latin1', 0, 2) === '--') {
        end = true;
        return undefined;
      }
      for (;;) {
        const at = held.indexOf('\r\n\r\n');
        if (at >= 0) {
          const head = held.toString('utf8', 0, at);
          held = held.subarray(at + 4);
          const name = /^content-disposition:\s*form-data\s*;.*?\bname="([^"]{1,100})"/im.exec(head)?.[1];
          if (name === undefined) return 'broken';
          return { name };
        }
        if (held.length > MAX_HEAD || !(await more())) return 'broken';
      }
    },
    body: before,
    ended: (): boolean => end,
    cancel: async (): Promise<void> => {
      if (!dry) await reader.cancel().catch(() => {});
    },
  };
};
