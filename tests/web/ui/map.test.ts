/** The small map carries the land that is in its picture, not a country's whole coast. */
import { expect, test } from 'vitest';
import { openPlaces } from '#domain/places.ts';
import { placeMap } from '#web/ui/map.ts';

const places = openPlaces();

test.each([
  ['Marseille, at the sea', 43.3, 5.37, 30, 3_000],
  ['Bologna, far from any', 44.49, 11.34, 20, 3_000],
  ['half a thousand kilometres around Brussels', 50.85, 4.35, 500, 15_000],
])('%s', async (_what, latitude, longitude, spanKm, most) => {
  const map = (await placeMap(places, 'Carte', { latitude, longitude, radiusM: 1_000 }, spanKm)).toString();
  expect(map.length).toBeLessThan(most);
  const d = /class="land" d="([^"]+)"/.exec(map)?.[1] ?? '';
  const numbers = [...d.matchAll(/-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
  expect(numbers.length).toBeGreaterThan(7);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-10);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(490);
});
