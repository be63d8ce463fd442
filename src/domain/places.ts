import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress, brotliDecompressSync } from 'node:zlib';
import type { Locale } from '#domain/types.ts';
import departments from './places/departments.json' with { type: 'json' };
import { decodePlaces, foldName, lowerBound, rowAt, type PlaceRow, type PlaceTable } from './places/format.ts';
import { boundingBox, distanceKm, type Point, type Town } from './places/geometry.ts';

export { boundingBox, cellOf, distanceKm, shown, type Point, type Town } from './places/geometry.ts';

/** To be shown wherever places are looked up or drawn: both licences ask for it. */
export const PLACES_ATTRIBUTION = 'GeoNames (geonames.org, CC BY 4.0) · Communes : Etalab, Insee (Licence Ouverte 2.0)';

const DEPARTMENTS = new Map(Object.entries(departments));
/** @param code of a French department, as `13` or `2A`. @returns its name, undefined if there is none of that code */
export const departmentName = (code: string): string | undefined => DEPARTMENTS.get(code);

export type PlaceSuggestion = {
  name: string;
  /** "Marseille (13), France", "Bologna, Italie": what a form shows and sends back. */
  label: string;
  latitude: number;
  longitude: number;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** French department code; empty elsewhere. */
  department: string;
  population: number;
};

export type SuggestOptions = {
  /** At most so many, 8 if not said. */
  limit?: number;
  /** Prefer what is close to this point. */
  near?: Point;
  /** Only this country (ISO 3166-1 alpha-2). */
  country?: string;
  /** Language of the country's name, French if not said. */
  locale?: Locale;
};

export type Places = {
  /** Towns whose name begins with `query` (accents, case, hyphens and St/Saint do not matter), largest first. */
  suggest(query: string, options?: SuggestOptions): PlaceSuggestion[];
  /** The town meant by a full name or by a label in any of our languages; the largest of several; else undefined. */
  find(nameOrLabel: string, options?: SuggestOptions): PlaceSuggestion | undefined;
  /** The closest town of at least `minPopulation` (1,000 if not said) within 50 km. */
  nearest(point: Point, options?: { minPopulation?: number; locale?: Locale }): PlaceSuggestion | undefined;
  /**
   * The town that a place lies in: the one of its name if that is near, else the nearest of at least 1,000 people.
   * What is shown of a place at the precision `town` hangs on this alone.
   */
  townOf(place: Point & { name: string }): Town | undefined;
  /** The largest towns within a square of that many kilometres around a point, largest first; for a map. */
  around(point: Point, km: number, limit: number): Town[];
  /** Reads the table without blocking; without it the first question reads it (some 30 ms). */
  warm(): Promise<void>;
  /** Gives the memory back (about 6 MB); the next question reads the table again. */
  release(): void;
};

const FILE = new URL('./places/places.bin.br', import.meta.url);
const MOST_ROWS = 20_000;
const decompress = promisify(brotliDecompress);

/** The offline table of French communes and of the world's towns from 1,000 people. Reads nothing before the first question. */
export function openPlaces(): Places {
  let loaded: PlaceTable | undefined;
  const table = () => (loaded ??= decodePlaces(brotliDecompressSync(readFileSync(FILE))));
  return {
    suggest: (query, options) => suggest(table(), query, options),
    find: (nameOrLabel, options) => find(table(), nameOrLabel, options),
    nearest: (point, options) => nearest(table(), point, options),
    townOf: (place) => townOf(table(), place),
    around: (point, km, limit) => around(table(), point, km, limit),
    async warm() {
      if (!loaded) loaded = decodePlaces(await decompress(await readFile(FILE)));
    },
    release() {
      loaded = undefined;
    },
  };
}

function suggest(table: PlaceTable, query: string, options: SuggestOptions = {}): PlaceSuggestion[] {
  const key = foldName(query.slice(0, 100));
  if (key === '') return [];
  const { limit = 8, near, country, locale = 'fr' } = options;
  const from = lowerBound(table, key);
  // Above every letter that may follow the prefix.
  const to = Math.min(lowerBound(table, `${key}\u{10FFFF}`), from + MOST_ROWS);
  const exact = lowerBound(table, `${key}\0`);
  const ranked: { index: number; score: number }[] = [];
  for (let index = from; index < to; index += 1) {
    let score = Math.log10((table.population[index] ?? 0) + 10);
    // A town whose whole name was typed comes before larger ones that only begin so.
    if (index < exact) score += 2;
    if (near) score -= Math.log10(distanceKm(near, pointAt(table, index)) + 10) * 1.5;
    ranked.push({ index, score });
  }
  ranked.sort((a, b) => b.score - a.score);
  const found = new Map<string, PlaceSuggestion>();
  for (const { index } of ranked) {
    if (found.size >= limit) break;
    const row = rowAt(table, index);
    if (country && row.country !== country) continue;
    const suggestion = suggestionOf(row, locale);
    const id = suggestion.label;
    if (!found.has(id)) found.set(id, suggestion);
  }
  return [...found.values()];
}

function find(table: PlaceTable, nameOrLabel: string, options: SuggestOptions = {}): PlaceSuggestion | undefined {
  const [, name = '', department, land] =
    /^\s*([^(,]+?)\s*(?:\(\s*([0-9A-Za-z]{2,3})\s*\))?\s*(?:,\s*(.+?))?\s*$/.exec(nameOrLabel.slice(0, 200)) ?? [];
  const key = foldName(name);
  if (key === '') return undefined;
  const from = lowerBound(table, key);
  const to = lowerBound(table, `${key}\0`);
  let best: { row: PlaceRow; score: number } | undefined;
  for (let index = from; index < to; index += 1) {
    const row = rowAt(table, index);
    if (options.country && row.country !== options.country) continue;
    if (department && row.department.toLowerCase() !== department.toLowerCase()) continue;
    if (land && !countryNamed(row.country, land)) continue;
    const near = options.near ? Math.log10(distanceKm(options.near, row) + 10) * 1.5 : 0;
    const score = Math.log10(row.population + 10) - near;
    if (!best || score > best.score) best = { row, score };
  }
  return best && suggestionOf(best.row, options.locale ?? 'fr');
}

function nearest(
  table: PlaceTable,
  point: Point,
  options: { minPopulation?: number; locale?: Locale } = {},
): PlaceSuggestion | undefined {
  const { minPopulation = 1000, locale = 'fr' } = options;
  let best: { index: number; km: number } | undefined;
  for (let index = 0; index < table.rows; index += 1) {
    if ((table.population[index] ?? 0) < minPopulation) continue;
    const candidate = pointAt(table, index);
    // Cheap refusal first: half a degree of latitude is 55 km.
    if (Math.abs(candidate.latitude - point.latitude) > 0.5) continue;
    const km = distanceKm(point, candidate);
    if (km <= 50 && (!best || km < best.km)) best = { index, km };
  }
  return best && suggestionOf(rowAt(table, best.index), locale);
}

/** A town's name may be given to a house so far from its centre; beyond, another town is nearer the truth. */
const TOWN_REACH_KM = 25;

function townOf(table: PlaceTable, place: Point & { name: string }): Town | undefined {
  const named = find(table, place.name, { near: place });
  const town = named !== undefined && distanceKm(named, place) <= TOWN_REACH_KM ? named : nearest(table, place);
  if (town === undefined) return undefined;
  const { name, latitude, longitude, country, population } = town;
  return { name, latitude, longitude, country, population };
}

function around(table: PlaceTable, point: Point, km: number, limit: number): Town[] {
  const box = boundingBox(point.latitude, point.longitude, km);
  const scaled = (degrees: number): number => degrees * 100_000;
  const [south, north, west, east] = [scaled(box.south), scaled(box.north), scaled(box.west), scaled(box.east)];
  // A town may have several names, in one place: the row with the most people speaks for it.
  const found = new Map<string, number>();
  for (let index = 0; index < table.rows; index += 1) {
    const [latitude, longitude] = [table.latitude[index] ?? 0, table.longitude[index] ?? 0];
    if (latitude < south || latitude > north || longitude < west || longitude > east) continue;
    const at = `${latitude},${longitude}`;
    const before = found.get(at);
    if (before === undefined || (table.population[index] ?? 0) > (table.population[before] ?? 0)) found.set(at, index);
  }
  return [...found.values()]
    .toSorted((a, b) => (table.population[b] ?? 0) - (table.population[a] ?? 0))
    .slice(0, limit)
    .map((index) => {
      const { name, latitude, longitude, country, population } = rowAt(table, index);
      return { name, latitude, longitude, country, population };
    });
}

const pointAt = (table: PlaceTable, index: number): Point => ({
  latitude: (table.latitude[index] ?? 0) / 100_000,
  longitude: (table.longitude[index] ?? 0) / 100_000,
});

const countryNames = new Map<string, Intl.DisplayNames>();

function countryName(code: string, locale: string): string {
  let names = countryNames.get(locale);
  if (!names) countryNames.set(locale, (names = new Intl.DisplayNames([locale], { type: 'region' })));
  return names.of(code) ?? code;
}

/** A label may come back in another language than it was given out in, and CSV files name countries freely. */
function countryNamed(code: string, text: string): boolean {
  const wanted = foldName(text);
  return (
    wanted === code.toLowerCase() || ['fr', 'en', 'it'].some((locale) => foldName(countryName(code, locale)) === wanted)
  );
}

function suggestionOf(row: PlaceRow, locale: Locale): PlaceSuggestion {
  const { name, latitude, longitude, country, department, population } = row;
  const land = countryName(country, locale);
  const label = department === '' ? `${name}, ${land}` : `${name} (${department}), ${land}`;
  return { name, label, latitude, longitude, country, department, population };
}
