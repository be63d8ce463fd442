/** The land around a point, from the bundled world base (Natural Earth). */
import { createRequire } from 'node:module';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Rings } from './components.ts';

const require = createRequire(import.meta.url);
let land: Rings | undefined;

/** Loaded at first use: it is some hundred kilobytes that a start does not need. */
export const landRings = (): Rings => {
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

/** Only rings that come near: a page need not carry the world. */
export const ringsNear = (latitude: number, longitude: number, degrees: number): Rings =>
  landRings()
    .filter((ring) => {
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
        east - west < 100
      );
    })
    .map((ring) =>
      ring.filter(
        ([x, y], i) => (Math.abs(x - longitude) < degrees * 4 && Math.abs(y - latitude) < degrees * 4) || i % 6 === 0,
      ),
    );
