/** Pictures that an object carries: where they are and what they show; nothing is fetched. */
import type { Picture } from '#domain/types.ts';
import { type JsonObject, decimal, hasType, isObject, link, list, text } from './json.ts';

/** @returns at most `max` pictures out of `attachment` and `image`; videos, links and what has no address are left out */
export const readPictures = (doc: JsonObject, max: number): Picture[] =>
  [...list(doc['attachment']), ...list(doc['image'])]
    .flatMap((part): Picture[] => {
      if (!isObject(part) || !hasType(part, 'Document', 'Image')) return [];
      const url = link(part['url'] ?? part['href']);
      const mediaType = text(part['mediaType'], 60) ?? 'image/jpeg';
      if (url === undefined || !/^image\/(jpeg|png|webp|avif|gif)$/.test(mediaType)) return [];
      const [width, height] = [pixels(part['width']), pixels(part['height'])];
      return [
        {
          url,
          mediaType,
          alt: text(part['name'], 1_500) ?? '',
          ...(width === undefined || height === undefined ? {} : { width, height }),
        },
      ];
    })
    .slice(0, max);

const pixels = (value: unknown): number | undefined => {
  const found = decimal(value);
  return found !== undefined && Number.isInteger(found) && found > 0 && found <= 100_000 ? found : undefined;
};
