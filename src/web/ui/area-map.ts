/** A map of how much there is where: a circle per area, by its number, over the same land as every other map. */
import type { Area } from '#domain/statistics.ts';
import { html, type Html } from './html.ts';
import { HEIGHT, WIDTH, landPath } from './map.ts';

const [SMALL, LARGE] = [7, 30];

/** @param areas at least one; the numbers stand in the page's table, too @param name of an area */
export const areaMap = (label: string, areas: Area[], name: (area: Area) => string): Html => {
  const edge = (of: 'latitude' | 'longitude', pick: (...all: number[]) => number): number =>
    pick(...areas.map((area) => area[of]));
  const [south, north] = [edge('latitude', Math.min), edge('latitude', Math.max)];
  const [west, east] = [edge('longitude', Math.min), edge('longitude', Math.max)];
  const middle = { latitude: (south + north) / 2, longitude: (west + east) / 2 };
  const shrink = Math.cos((middle.latitude * Math.PI) / 180);
  // Room for the circles, and enough land around a single one to know where it is.
  const span = Math.max(3, ((east - west) / 2) * 1.35, (((north - south) / 2) * 1.5 * (WIDTH / HEIGHT)) / shrink);
  const x = (longitude: number): number => WIDTH / 2 + ((longitude - middle.longitude) / span) * (WIDTH / 2);
  const y = (latitude: number): number => HEIGHT / 2 - ((latitude - middle.latitude) / (span * shrink)) * (WIDTH / 2);
  const land = landPath({ ...middle, degrees: span }, x, y);
  const round = (value: number): number => Math.round(value * 10) / 10;
  const top = Math.max(...areas.map(({ n }) => n));
  const radius = (n: number): number => Math.round(SMALL + (LARGE - SMALL) * Math.sqrt(n / top));
  return html`<svg class="map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><path class="land" d="${land}"></path>${areas
    .toSorted((a, b) => b.n - a.n)
    .map(
      (area) =>
        html`<circle class="circle" cx="${round(x(area.longitude))}" cy="${round(y(area.latitude))}" r="${radius(area.n)}"><title>${name(area)}</title></circle><text class="count" x="${round(x(area.longitude))}" y="${round(y(area.latitude)) + 5}" text-anchor="middle">${area.n}</text>`,
    )}</svg>`;
};
