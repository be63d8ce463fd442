/** A small map without any third party: land from the bundled world base (Natural Earth), towns from the table of places. */
import { createRequire } from 'node:module';
import { clipPolygon } from 'lineclip';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { type Places, type Town, boundingBox } from '#domain/places.ts';
import { html, type Html } from './html.ts';

/** Outline of a country as rings of [longitude, latitude]. */
type Ring = [number, number][];
type Rings = Ring[];

const require = createRequire(import.meta.url);
let land: Rings | undefined;

/** Loaded at first use: it is some hundred kilobytes that a start does not need. */
const landRings = (): Rings => {
  if (land === undefined) {
    const world: Topology = require('world-atlas/countries-50m.json');
    const countries = feature(world, world.objects['countries'] as GeometryCollection);
    land = countries.features.flatMap(({ geometry }): Rings => {
      if (geometry.type === 'Polygon') return geometry.coordinates as unknown as Rings;
      return geometry.type === 'MultiPolygon' ? (geometry.coordinates as unknown as Rings[]).flat() : [];
    });
  }
  return land;
};

/**
 * Land as the `d` of a path: what lies in the picture, and a little beyond for its outline.
 * @param near the middle, and how many degrees around it are in the picture at least
 * @param x pixels of a longitude @param y pixels of a latitude
 */
export const landPath = (
  near: { latitude: number; longitude: number; degrees: number },
  x: (longitude: number) => number,
  y: (latitude: number) => number,
): string =>
  landRings()
    .filter((ring) => comesNear(ring, near))
    .map((ring) =>
      clipPolygon(
        ring.map(([longitude, latitude]) => [x(longitude), y(latitude)]),
        FRAME,
      ),
    )
    .filter((ring) => ring.length > 2)
    .map((ring) => `M${ring.map((point) => point.map((value) => Math.round(value * 10) / 10).join(' ')).join('L')}Z`)
    .join('');

/** Most of the world's outlines need not be looked at point by point. */
const comesNear = (
  ring: Ring,
  { latitude, longitude, degrees }: { latitude: number; longitude: number; degrees: number },
): boolean => {
  let [west, east, south, north] = [180, -180, 90, -90];
  for (const [x, y] of ring) {
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
  }
  return (
    west <= longitude + degrees &&
    east >= longitude - degrees &&
    south <= latitude + degrees &&
    north >= latitude - degrees &&
    // What lies on both sides of the date line would be drawn through the whole picture.
    east - west < 100
  );
};

export const [WIDTH, HEIGHT] = [480, 280];
const FRAME: [number, number, number, number] = [-10, -10, WIDTH + 10, HEIGHT + 10];
/** Names that fit on so small a map. */
const NAMES = 7;

/** `gap` = from the town's dot to its name, wider where the place's own mark lies between. */
type Label = { name: string; x: number; y: number; left: boolean; gap: number };

/** The largest towns whose names do not lie over one another, nor over the scale. */
const labelled = (towns: Town[], x: (longitude: number) => number, y: (latitude: number) => number): Label[] => {
  const taken: [number, number, number, number][] = [[0, HEIGHT - 48, 170, HEIGHT]];
  const labels: Label[] = [];
  for (const town of towns) {
    if (labels.length === NAMES) break;
    // Districts of a city ("Marseille 08") say less than the towns around.
    if (/\d/.test(town.name)) continue;
    const [at, line] = [Math.round(x(town.longitude)), Math.round(y(town.latitude))];
    const central = Math.hypot(at - WIDTH / 2, line - HEIGHT / 2) < 14;
    const width = town.name.length * 7.5 + (central ? 20 : 12);
    const left = at + width > WIDTH;
    const box: [number, number, number, number] = [
      left ? at - width : at - 4,
      line - 10,
      left ? at + 4 : at + width,
      line + 10,
    ];
    if (at < 4 || at > WIDTH - 4 || line < 14 || line > HEIGHT - 10 || box[0] < 0) continue;
    if (taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) continue;
    taken.push(box);
    labels.push({ name: town.name, x: at, y: line, left, gap: central ? 16 : 8 });
  }
  return labels;
};

/**
 * Land, towns, and the circle within which a place lies.
 * @param spanKm from the middle to the left and right edges
 */
export const placeMap = (
  places: Pick<Places, 'around'>,
  label: string,
  at: { latitude: number; longitude: number; radiusM: number },
  spanKm: number,
): Html => {
  const box = boundingBox(at.latitude, at.longitude, spanKm);
  const x = (longitude: number): number => ((longitude - box.west) / (box.east - box.west)) * WIDTH;
  const y = (latitude: number): number =>
    HEIGHT / 2 - ((latitude - at.latitude) / ((box.east - box.west) * Math.cos((at.latitude * Math.PI) / 180))) * WIDTH;
  const outline = landPath({ ...at, degrees: Math.max(3, spanKm / 40) }, x, y);
  const perKm = WIDTH / (2 * spanKm);
  const bar = [1, 2, 5, 10, 20, 50, 100, 200, 500].findLast((km) => km * perKm <= 130) ?? 1;
  // Lines at the scale's distance, so that a place far from any coast still reads as a map.
  const step = bar * perKm;
  const [columns, rows] = [Math.floor(WIDTH / 2 / step), Math.floor(HEIGHT / 2 / step)];
  const lines = [
    ...Array.from(
      { length: 2 * columns + 1 },
      (_, i) => `M${Math.round(WIDTH / 2 + (i - columns) * step)} 0V${HEIGHT}`,
    ),
    ...Array.from({ length: 2 * rows + 1 }, (_, i) => `M0 ${Math.round(HEIGHT / 2 + (i - rows) * step)}H${WIDTH}`),
  ].join('');
  const radius = Math.max(9, (at.radiusM / 1_000 / (2 * spanKm)) * WIDTH);
  const towns = labelled(places.around(at, spanKm, 40), x, y);
  return html`<svg class="map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><path class="land" d="${outline}"></path><path class="grid-lines" d="${lines}"></path><circle class="circle" cx="${WIDTH / 2}" cy="${HEIGHT / 2}" r="${Math.round(radius)}"></circle>${towns.map((town) => html`<circle class="town" cx="${town.x}" cy="${town.y}" r="2.5"></circle><text class="town" x="${town.left ? town.x - town.gap : town.x + town.gap}" y="${town.y + 4}"${town.left ? html` text-anchor="end"` : ''}>${town.name}</text>`)}<circle class="dot" cx="${WIDTH / 2}" cy="${HEIGHT / 2}" r="5"></circle><path class="scale" d="M16 ${HEIGHT - 22}v6h${Math.round(bar * perKm)}v-6"></path><text x="16" y="${HEIGHT - 28}">${bar} km</text></svg>`;
};
