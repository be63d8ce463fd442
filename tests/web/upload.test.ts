/** A form with a large file, as browsers send it and as those do who want to see what happens. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Upload, readUpload } from '#web/upload.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maillon-upload-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** In pieces of this size, so that every mark is cut somewhere. */
const inPieces = (bytes: Buffer, size: number): ReadableStream<Uint8Array> => {
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
};
const read = (bytes: Buffer, type: string, size = 7): Promise<Upload> =>
  readUpload(
    new Request('http://here.example/', {
      method: 'POST',
      body: inPieces(bytes, size),
      headers: { 'content-type': type },
      duplex: 'half',
    } as RequestInit),
    'file',
    async (values) => (values['csrf'] === 'right' ? join(dir, 'in', 'x.tar') : undefined),
  );
const asSent = async (form: FormData): Promise<[Buffer, string]> => {
  const request = new Request('http://here.example/', { method: 'POST', body: form });
  return [Buffer.from(await request.arrayBuffer()), request.headers.get('content-type')!];
};
const formOf = (file: Buffer, csrf = 'right'): FormData => {
  const form = new FormData();
  form.append('csrf', csrf);
  form.append('empty', '');
  form.append('file', new File([new Uint8Array(file)], 'x.tar'));
  form.append('after', 'é\0');
  return form;
};

test.each([1, 2, 7, 64, 100_000])('the bytes come as they were, in pieces of %i', async (size) => {
  // Full of what looks like the marks between the parts.
  const file = Buffer.from(`\r\n--\r\n--x\r\n\r\n--${'\r\n-'.repeat(50)}\0ÿ`, 'latin1');
  const [bytes, type] = await asSent(formOf(file));
  const upload = await read(bytes, type, size);
  expect(upload).toMatchObject({ ok: true, bytes: file.length });
  expect({ ...upload.values }).toEqual({ csrf: 'right', empty: '', after: 'é' });
  expect(readFileSync(join(dir, 'in', 'x.tar')).equals(file)).toBe(true);
});

test('nothing is written for whoever does not have the word of the form', async () => {
  const [bytes, type] = await asSent(formOf(Buffer.from('x'), 'wrong'));
  expect(await read(bytes, type)).toMatchObject({ ok: false, reason: 'refused' });
  expect(readdirSync(dir)).toEqual([]);
});

test('what is cut short, empty, twice or no form leaves nothing behind', async () => {
  const [bytes, type] = await asSent(formOf(Buffer.alloc(5_000, 'x')));
  for (const part of [bytes.subarray(0, 4_000), bytes.subarray(0, -3), Buffer.from('--'), Buffer.alloc(0)])
    expect(await read(part, type, 1_000)).toMatchObject({ ok: false, reason: 'noForm' });
  expect(await read(...(await asSent(formOf(Buffer.alloc(0)))))).toMatchObject({ ok: false, reason: 'noFile' });
  const twice = formOf(Buffer.from('x'));
  twice.append('file', new File(['y'], 'y.tar'));
  expect(await read(...(await asSent(twice)))).toMatchObject({ ok: false });
  expect(await read(bytes, 'text/plain')).toMatchObject({ ok: false, reason: 'noForm' });
  const endless = Buffer.concat([Buffer.from('--b\r\n'), Buffer.alloc(100_000, 'x')]);
  expect(await read(endless, 'multipart/form-data; boundary=b', 4_096)).toMatchObject({ ok: false, reason: 'noForm' });
  expect(existsSync(join(dir, 'in', 'x.tar'))).toBe(false);
});
