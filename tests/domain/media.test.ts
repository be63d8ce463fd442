/** What a member uploads, or a partner shows: decoded if it is a picture of a reasonable size, and made anew. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { preparePicture } from '#domain/media.ts';
import { SVG, bomb, painted, photographed } from '../support/photographs.ts';

const faultOf = async (bytes: Buffer | string) => {
  const read = await preparePicture(Buffer.from(bytes));
  return read.ok ? read.value : read.errors[0];
};

test('sixteen thousand pixels a side are refused before anything is decoded, with what would be right', async () => {
  const bytes = bomb();
  expect(bytes.length).toBeLessThan(100_000);
  const before = process.memoryUsage.rss();
  expect(await faultOf(bytes)).toEqual({
    field: 'photos',
    code: 'picture.dimensions',
    params: { width: 16_000, height: 16_000, side: 12_000, megapixels: 50 },
  });
  expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
  // A small one of the same making is a picture: it is the size alone.
  expect(await faultOf(bomb(80))).toMatchObject({ width: 80, height: 80 });
  expect(await faultOf(await painted(12_001, 10))).toMatchObject({ code: 'picture.dimensions' });
  expect(await faultOf(await painted(12_000, 10))).toMatchObject({ width: 1600 });
});

test('a drawing, a page and half a photo are no pictures', async () => {
  for (const bytes of [SVG, '<!doctype html>', '{"a":1}', '', (await photographed()).subarray(0, 200)])
    expect(await faultOf(bytes)).toMatchObject({ code: 'picture.broken' });
});

test('what a phone adds is taken out: the side it lay on, the place it was at', async () => {
  const bytes = await photographed();
  expect((await sharp(bytes).metadata()).exif?.includes('Telephone')).toBe(true);
  const read = await preparePicture(bytes);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  expect(read.value).toMatchObject({ width: 40, height: 60 });
  for (const { bytes: made } of read.value.files) {
    const { format, exif, orientation } = await sharp(made).metadata();
    expect([format, exif, orientation]).toEqual(['webp', undefined, undefined]);
  }
});

test('of a partner’s picture the clear parts become white, of ours they stay clear', async () => {
  const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00000000' } })
    .png()
    .toBuffer();
  for (const flat of [true, false]) {
    const read = await preparePicture(clear, { flat });
    if (!read.ok) throw new Error(JSON.stringify(read.errors));
    expect(await sharp(read.value.files[0]!.bytes).stats()).toMatchObject({ isOpaque: flat });
  }
});
