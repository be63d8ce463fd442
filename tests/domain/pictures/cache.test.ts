/** The disk that copies of pictures may take. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PreparedPicture, SIZES, pictureFile } from '#domain/media.ts';
import { createPictureCache } from '#domain/pictures/cache.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maillon-cache-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const key = (n: number): string => n.toString(16).padStart(40, '0');
/** Three files of a hundred bytes together. */
const picture = (n: number): PreparedPicture => ({
  key: key(n),
  width: 1,
  height: 1,
  files: SIZES.map((size, i) => ({ size, bytes: Buffer.alloc([10, 30, 60][i]!, n) })),
});
const kept = (): number[] => [
  ...new Set(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .flatMap((name) => /([0-9a-f]{40})-/.exec(name)?.[1] ?? [])
      .map((name) => Number.parseInt(name, 16)),
  ),
];
const sorted = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);
const LONG_AGO = new Date(Date.now() - 30 * 86_400_000);
const age = (n: number, days: number): void => {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const size of SIZES) utimesSync(pictureFile(dir, key(n), size), then, then);
};

test('what was looked at longest ago goes when there is no more room, also after a restart', async () => {
  const first = createPictureCache(dir, 300);
  for (const n of [1, 2, 3]) await first.keep(picture(n));
  expect((await first.read(key(1), 320))?.length).toBe(10);
  await first.keep(picture(4));
  expect(sorted(kept())).toEqual([1, 3, 4]);
  expect(await first.read(key(2), 1600)).toBeUndefined();

  for (const [n, days] of [
    [1, 3],
    [3, 9],
    [4, 6],
  ] as const)
    age(n, days);
  const second = createPictureCache(dir, 300);
  await second.read(key(3), 800);
  expect(statSync(pictureFile(dir, key(3), 320)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  await second.keep(picture(5));
  expect(sorted(kept())).toEqual([1, 3, 5]);
});

test('many at once stay within the bound', async () => {
  const cache = createPictureCache(dir, 500);
  await Promise.all(Array.from({ length: 40 }, (_, i) => cache.keep(picture(i))));
  expect(kept()).toHaveLength(5);
});

test('a smaller bound holds from the next clean-up on, and what a crash left is gone', async () => {
  const cache = createPictureCache(dir, 500);
  for (const n of [1, 2, 3]) await cache.keep(picture(n));
  mkdirSync(join(dir, 'ab'));
  const torn = join(dir, 'ab', `${key(9)}-800.webp.x.tmp`);
  writeFileSync(torn, 'half');
  utimesSync(torn, LONG_AGO, LONG_AGO);
  await createPictureCache(dir, 200).retain(async () => new Set([1, 2, 3].map(key)));
  expect(kept()).toHaveLength(2);
  await cache.retain(async () => new Set([key(3)]));
  expect(kept().filter((n) => n !== 3)).toEqual([]);
});

test('somebody empties the directory while the node runs, and it goes on', async () => {
  const cache = createPictureCache(dir, 500);
  await cache.keep(picture(1));
  rmSync(dir, { recursive: true });
  expect(await cache.read(key(1), 320)).toBeUndefined();
  await cache.keep(picture(1));
  expect((await cache.read(key(1), 320))?.length).toBe(10);
});
