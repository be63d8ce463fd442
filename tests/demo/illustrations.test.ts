import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { KINDS } from '#domain/types.ts';
import { bologna } from '#src/demo/data/bologna.ts';
import { lyon } from '#src/demo/data/lyon.ts';
import { marseille } from '#src/demo/data/marseille.ts';
import { illustration, portrait, renderIllustration, renderPortrait } from '#src/demo/illustrations.ts';

const listings = [marseille, lyon, bologna].flatMap((demo) => demo.listings);

/** Mean difference of two pictures at the size of a thumbnail, 0 to 255. */
const difference = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;

describe('a visitor of the demo looks at the catalogue', () => {
  test(
    'and sees a different picture for each listing of a cooperative, also as a thumbnail',
    { timeout: 30_000 },
    async () => {
      for (const demo of [marseille, lyon, bologna]) {
        const thumbnails = await Promise.all(
          demo.listings.map(({ kind, title }) =>
            sharp(Buffer.from(illustration({ kind, title, seed: title })))
              .resize(40, 30)
              .removeAlpha()
              .raw()
              .toBuffer(),
          ),
        );
        for (const [i, a] of thumbnails.entries()) {
          for (const [j, b] of thumbnails.entries()) {
            if (i < j)
              expect(difference(a, b), `${demo.listings[i]?.title} / ${demo.listings[j]?.title}`).toBeGreaterThan(3);
          }
        }
      }
    },
  );

  test('and the same ones when they come back', () => {
    for (const { kind, title } of listings)
      expect(illustration({ kind, title, seed: 'a' })).toBe(illustration({ kind, title, seed: 'a' }));
    expect(portrait('fatou')).toBe(portrait('fatou'));
    expect(portrait('fatou')).not.toBe(portrait('lucien'));
  });

  test('and tomatoes are drawn for tomatoes, not what comes by chance', () => {
    const of = (title: string) => illustration({ kind: 'food', title, seed: 'same' });
    for (const title of [
      'Pomodori del campo',
      'Plants de tomates anciennes, au printemps',
      'Cherche trente kilos de tomates à coulis',
    ]) {
      expect(of(title)).toBe(of('Tomates anciennes'));
    }
    expect(of('Surplus de courgettes à donner')).toBe(of('Courgettes'));
    expect(of('Pommes de terre nouvelles')).toBe(of('Patate'));
    expect(of('Pommes de terre nouvelles')).not.toBe(of('Pommes'));
    expect(of('Tomates anciennes')).not.toBe(of('Miel de lavande'));
  });
});

test('a title cannot write into the picture', () => {
  for (const kind of KINDS) {
    const svg = illustration({ kind, title: '</svg><script>alert(1)</script> & "tomates"', seed: '<&>' });
    expect(svg).not.toMatch(/script|alert|NaN|undefined|href/);
  }
});

test('pictures come out as JPEG: 4:3 for listings, square for people', async () => {
  const scene = await sharp(await renderIllustration({ kind: 'lodging', title: 'Maison', seed: 'x' })).metadata();
  expect(scene).toMatchObject({ format: 'jpeg', width: 1600, height: 1200 });
  const small = await sharp(await renderIllustration({ kind: 'lodging', title: 'Maison', seed: 'x' }, 800)).metadata();
  expect(small).toMatchObject({ width: 800, height: 600 });
  expect(await sharp(await renderPortrait(portrait('x'), 256)).metadata()).toMatchObject({
    format: 'jpeg',
    width: 256,
    height: 256,
  });
});
