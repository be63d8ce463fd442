import { createHash } from 'node:crypto';
import type { Place, Precision } from '#domain/types.ts';

export type Point = { latitude: number; longitude: number };
/** Degrees; where `west > east` the box crosses the 180th meridian. */
export type Box = { south: number; west: number; north: number; east: number };

const EARTH_KM = 6371.0088;
const KM_PER_DEGREE = (Math.PI * EARTH_KM) / 180;
const NEAREST_M = 200;
const FARTHEST_M = 1000;
/** Circles of a town, in metres: by its size, wider only where a house lies farther out. */
const TOWN_M = [5_000, 10_000, 20_000, 50_000, 100_000];
/** Side of the square, in degrees, that stands for a town whose centre nobody knows (5.5 km). */
const TOWN_DEGREES = 0.05;

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const round5 = (degrees: number) => Math.round(degrees * 100_000) / 100_000;
const wrap = (longitude: number) => ((((longitude + 180) % 360) + 360) % 360) - 180;

/** Great-circle distance in kilometres. */
export function distanceKm(a: Point, b: Point): number {
  const latitude = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const longitude = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const half = latitude + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * longitude;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/**
 * The cell of a world-wide grid with cells of `size` degrees, rows from the south pole, as one integer:
 * equal numbers mean the same cell, and a box is a few ranges of consecutive numbers (one for each row).
 */
export function cellOf(latitude: number, longitude: number, size: number): number {
  const columns = Math.ceil(360 / size);
  const row = Math.min(Math.floor((latitude + 90) / size), Math.ceil(180 / size) - 1);
  const column = Math.min(Math.floor((wrap(longitude) + 180) / size), columns - 1);
  return row * columns + column;
}

/** The smallest box that holds every point within `radiusKm` of the centre. */
export function boundingBox(latitude: number, longitude: number, radiusKm: number): Box {
  const angle = radiusKm / EARTH_KM;
  const degrees = radiusKm / KM_PER_DEGREE;
  const south = Math.max(-90, latitude - degrees);
  const north = Math.min(90, latitude + degrees);
  const cosine = Math.cos(radians(latitude));
  // A circle around a pole touches every meridian.
  if (south === -90 || north === 90 || Math.sin(angle) >= cosine) return { south, north, west: -180, east: 180 };
  const width = (Math.asin(Math.sin(angle) / cosine) * 180) / Math.PI;
  return { south, north, west: wrap(longitude - width), east: wrap(longitude + width) };
}

/** A town by its centre. */
export type Town = { name: string; latitude: number; longitude: number; country?: string; population: number };

/**
 * The place as others may see it. `exact` is the point; `neighbourhood` moves it by 200 m to 1 km in a direction that
 * depends on `seed` alone; `town` is the town's centre (see `Places.townOf`), else the middle of a square of 5.5 km.
 * Only `exact` shows the name as it was typed, for that may be an address: the others show the town's.
 *
 * `seed` must hold a secret of the node and name the true place or its owner (not the listing): who knows the seed
 * can move the point back, and several listings at one address with different seeds average out to it.
 */
export function shown(
  place: { name: string; latitude: number; longitude: number; country?: string },
  precision: Precision,
  seed: string,
  town?: Town,
): Place {
  const land = place.country ?? town?.country;
  const country = land === undefined ? {} : { country: land };
  if (precision === 'exact') {
    return { name: place.name, latitude: place.latitude, longitude: place.longitude, accuracy: 0, ...country };
  }
  if (precision === 'neighbourhood') {
    const point = moved(place, seed);
    return { name: town?.name ?? areaName(point), ...point, accuracy: FARTHEST_M, ...country };
  }
  const point = town ?? squareOf(place);
  return {
    name: town?.name ?? areaName(point),
    latitude: round5(point.latitude),
    longitude: round5(point.longitude),
    accuracy: townRadius(town?.population ?? 0, distanceKm(point, place) * 1000),
    ...country,
  };
}

/** In few steps, the first of which hangs on the town alone: the radius must not give the distance away. */
function townRadius(population: number, away: number): number {
  const usual = population < 20_000 ? 0 : population < 200_000 ? 1 : 2;
  return TOWN_M.slice(usual).find((radius) => radius >= away) ?? 100_000;
}

/** Where no town is near: `43.3, 5.4`, ten kilometres wide. */
const areaName = (point: Point): string => `${point.latitude.toFixed(1)}, ${point.longitude.toFixed(1)}`;

function moved(place: Point, seed: string): Point {
  const digest = createHash('sha256').update(seed).digest();
  const bearing = (digest.readUInt32BE(0) / 2 ** 32) * 2 * Math.PI;
  const share = digest.readUInt32BE(4) / 2 ** 32;
  // Evenly over the ring's area; a few metres inside its edges because coordinates are rounded.
  const inner = (NEAREST_M + 5) ** 2;
  const outer = (FARTHEST_M - 5) ** 2;
  const km = Math.sqrt(inner + share * (outer - inner)) / 1000;
  const angle = km / EARTH_KM;
  const from = radians(place.latitude);
  const latitude = Math.asin(Math.sin(from) * Math.cos(angle) + Math.cos(from) * Math.sin(angle) * Math.cos(bearing));
  const turn = Math.atan2(
    Math.sin(bearing) * Math.sin(angle) * Math.cos(from),
    Math.cos(angle) - Math.sin(from) * Math.sin(latitude),
  );
  return {
    latitude: round5((latitude * 180) / Math.PI),
    longitude: round5(wrap(place.longitude + (turn * 180) / Math.PI)),
  };
}

function squareOf(place: Point): Point {
  const middle = (degrees: number) => (Math.floor(degrees / TOWN_DEGREES) + 0.5) * TOWN_DEGREES;
  return { latitude: Math.min(90, middle(place.latitude)), longitude: wrap(middle(place.longitude)) };
}
