/** Pictures for listings and people of the demo, drawn from their words: no photograph of strangers, no file to ship. */
import sharp from 'sharp';
import type { Kind } from '#domain/types.ts';
import { randomOf, type Random } from './illustrations/draw.ts';
import { foodScene } from './illustrations/food.ts';
import { lodgingScene } from './illustrations/lodging.ts';
import { goodsScene, serviceScene } from './illustrations/objects.ts';
import { deliveryScene, makingScene } from './illustrations/workshop.ts';

export { portrait } from './illustrations/portrait.ts';

const SCENES: Record<Kind, (title: string, random: Random) => string> = {
  lodging: lodgingScene,
  service: serviceScene,
  food: foodScene,
  making: makingScene,
  goods: goodsScene,
  delivery: deliveryScene,
};

export type Subject = {
  kind: Kind;
  /** Its words choose what is drawn: tomatoes, a room, a bicycle. */
  title: string;
  /** Everything else: colours, light, arrangement. */
  seed: string;
};

/** An SVG scene of 1600 × 1200, always the same for one subject. */
export function illustration({ kind, title, seed }: Subject): string {
  return SCENES[kind](title, randomOf(`${kind} ${seed}`));
}

/** The scene as JPEG, ready to be handled like a photo that a member uploads. `width` in pixels, 1600 if not said. */
export async function renderIllustration(subject: Subject, width = 1600): Promise<Buffer> {
  return sharp(Buffer.from(illustration(subject)))
    .resize({ width })
    .jpeg({ quality: 80, mozjpeg: false })
    .toBuffer();
}

/** A portrait as JPEG, square. `size` in pixels. */
export async function renderPortrait(svg: string, size = 512): Promise<Buffer> {
  return sharp(Buffer.from(svg)).resize({ width: size }).jpeg({ quality: 85 }).toBuffer();
}
