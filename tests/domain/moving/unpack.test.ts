/** Files that somebody made up: each is a clear error, and nothing of it lies anywhere but in its own folder. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readContainer } from '#domain/moving/read-container.ts';
import { ContainerFault, unpack } from '#domain/moving/unpack.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maillon-unpack-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

type Entry = { name: string; body?: string | Buffer } & Partial<tar.Headers>;
const MANIFEST: Entry = { name: 'manifest.yml', body: 'ubc-version: 0.1\ncontents: {}\n' };
const PROFILE: Entry = {
  name: 'maillon/profile.json',
  body: JSON.stringify({ actor: 'https://coop.example/users/alice', handle: 'alice', name: 'Alice', text: '' }),
};

const packed = async (entries: Entry[]): Promise<Buffer> => {
  const pack = tar.pack();
  for (const { body = '', ...header } of entries) pack.entry(header, body);
  pack.finalize();
  return Buffer.concat(await Array.fromAsync(pack));
};
const put = (bytes: Buffer): string => {
  const path = join(dir, 'brought.tar');
  writeFileSync(path, bytes);
  return path;
};
const opened = async (bytes: Buffer) => {
  const unpacked = await unpack(put(bytes), join(dir, 'in'));
  return readContainer(join(dir, 'in'), unpacked, 'here.example');
};
const fault = async (bytes: Buffer): Promise<ContainerFault> => {
  const error: unknown = await opened(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ContainerFault)) throw new Error(`It was ${String(error)}.`);
  return error;
};
/** All that came to lie on the disk beside the file itself. */
const left = (): string[] =>
  readdirSync(dir, { recursive: true })
    .map(String)
    .filter((name) => name !== 'brought.tar');

test.each(['../outside.json', 'maillon/../../outside.json', '/etc/outside', 'C:/outside', 'maillon\\..\\outside'])(
  'a name that leads out of the folder is refused: %s',
  async (name) => {
    expect(await fault(await packed([{ name, body: '{}' }, MANIFEST]))).toMatchObject({
      code: 'path',
      params: { name },
    });
    expect(left()).toEqual([]);
  },
);

test.each(['symlink', 'link', 'character-device', 'fifo'] as const)('a %s is refused', async (type) => {
  const entry = { name: 'maillon/profile.json', type, linkname: '/etc/passwd' };
  expect(await fault(await packed([MANIFEST, entry]))).toMatchObject({ code: 'link' });
  expect(existsSync(join(dir, 'in', 'maillon'))).toBe(false);
});

test('a file of more entries than anybody has is refused before one is unpacked', async () => {
  const many = Array.from({ length: 20_001 }, (_, i) => ({ name: `media/${i}.webp` }));
  expect(await fault(await packed(many))).toMatchObject({ code: 'tooManyEntries' });
  expect(left()).toEqual([]);
});

test('an entry that is there twice is refused', async () => {
  expect(await fault(await packed([MANIFEST, PROFILE, PROFILE]))).toMatchObject({ code: 'twice' });
});

test('an extension that would be held in memory, or that says another size, is refused unread', async () => {
  const large = await packed([{ name: 'x', body: Buffer.alloc(1024 * 1024) }]);
  large.write('x', 156);
  expect(await fault(large)).toMatchObject({ code: 'damaged' });
  const lying = await packed([{ name: 'manifest.yml', body: 'x', pax: { size: '99999999999' } } as Entry]);
  expect(await fault(lying)).toMatchObject({ code: 'damaged' });
  expect(left()).toEqual([]);
});

test('what is no container is told by what it is', async () => {
  const sound = await packed([MANIFEST, PROFILE]);
  expect(await fault(gzipSync(sound))).toMatchObject({ code: 'compressed' });
  expect(await fault(Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(2_000)]))).toMatchObject({
    code: 'zip',
  });
  expect(await fault(Buffer.alloc(3_000, 'hello'))).toMatchObject({ code: 'foreign' });
  expect(await fault(sound.subarray(0, 1_300))).toMatchObject({ code: 'cutShort' });
  expect(await fault(await packed([PROFILE]))).toMatchObject({ code: 'noManifest' });
  expect(await fault(await packed([MANIFEST]))).toMatchObject({ code: 'noActor' });
  expect(await fault(await packed([MANIFEST, { ...PROFILE, body: '{"actor": ' }]))).toMatchObject({
    code: 'json',
    params: { name: 'maillon/profile.json' },
  });
  expect(await fault(await packed([MANIFEST, PROFILE, { name: 'listings.json', body: '"none"' }]))).toMatchObject({
    code: 'listings',
  });
});

test('a size that the header lies about is no way in', async () => {
  const sound = await packed([MANIFEST, PROFILE]);
  // Base 256, which means a number of up to 95 bits.
  const huge = Buffer.from(sound);
  huge[124] = 0x80;
  expect(await fault(huge)).toMatchObject({ code: 'damaged' });
  // Nothing is hidden in a folder, or behind the end.
  const folder = await packed([{ name: 'x', body: Buffer.alloc(2_000) }, MANIFEST]);
  folder.write('5', 156);
  expect(await fault(folder)).toMatchObject({ code: 'damaged' });
  const behind = await packed([{ name: 'y', body: Buffer.alloc(1024 * 1024) }]);
  behind.write('x', 156);
  expect(await fault(Buffer.concat([sound, behind]))).toMatchObject({ code: 'damaged' });
});

test('what is unknown or too large is left aside and told; what is known is taken', async () => {
  const brought = await opened(
    await packed([
      MANIFEST,
      PROFILE,
      { name: 'run.sh', body: '#!/bin/sh' },
      { name: 'media/x.svg', body: '<svg/>' },
      { name: 'media/large.webp', body: Buffer.alloc(11 * 1024 * 1024) },
      { name: 'activitypub/outbox.json', body: '{}' },
      { name: 'activitypub/following_accounts.csv', body: 'Account address\nbob@lyon.example,true,false,\n' },
      {
        name: 'listings.json',
        body: JSON.stringify([
          { ref: '1', title: 'Vélo', photos: ['media/gone.webp', '/etc/passwd', 'https://elsewhere.example/x.png'] },
        ]),
      },
    ]),
  );
  expect(left().toSorted()).toEqual(
    [
      'in',
      'in/activitypub',
      'in/activitypub/following_accounts.csv',
      'in/listings.json',
      'in/maillon',
      'in/maillon/profile.json',
      'in/manifest.yml',
    ].toSorted(),
  );
  expect(brought.notes.map((note) => [note.code, note.about])).toEqual([
    ['unknownFile', 'run.sh'],
    ['unknownFile', 'media/x.svg'],
    ['fileTooLarge', 'media/large.webp'],
    ['noPicture', 'Vélo'],
    ['noPicture', 'Vélo'],
    ['noPicture', 'Vélo'],
  ]);
  expect(brought.follows).toEqual(['bob@lyon.example']);
  expect(brought.lines).toMatchObject([{ ref: 'alice@coop.example/1' }]);
  expect(brought.lines[0]!.photos).toBeUndefined();
});
