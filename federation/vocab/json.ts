/** Reading JSON that others made: never throws, drops what is odd. */
import type { ReasonCode } from '#domain/reasons.ts';

/** A document that cannot be read, and why. */
export type Unreadable = { ok: false; code: ReasonCode; reason: string; details?: Record<string, string> };
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the values as a list: others write one thing plain, in an array, or leave it out */
export const list = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
/** The first of a list or the one value. */
export const first = (value: unknown): unknown => list(value)[0];

/** NUL, other controls, direction overrides and lone surrogates are taken out of every text from elsewhere. */
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/gu;

/** @returns the text without unwanted characters, cut to `max` characters; undefined if there is none */
export const text = (value: unknown, max: number): string | undefined => {
  const found = first(value);
  if (typeof found !== 'string') return undefined;
  const clean = found
    .slice(0, max * 2)
    .replaceAll(UNWANTED, '')
    .replaceAll(/\p{M}{9,}/gu, '')
    .slice(0, max)
    .replace(/[\uD800-\uDBFF]$/, '');
  return clean === '' ? undefined : clean;
};

/** @returns an http(s) URL as it was written, from a string or an object with `href` or `id`; at most 2,000 characters */
export const link = (value: unknown): string | undefined => {
  const found = first(value);
  const candidate = isObject(found) ? (found['href'] ?? found['id']) : found;
  // Ids are compared letter by letter: one with white space or a direction override is somebody's trick.
  if (
    typeof candidate !== 'string' ||
    candidate.length > 2_000 ||
    /[\s\u0000-\u001F\u007F\u202A-\u202E\u2066-\u2069]/.test(candidate) ||
    !URL.canParse(candidate)
  )
    return undefined;
  return ['https:', 'http:'].includes(new URL(candidate).protocol) ? candidate : undefined;
};

/** @returns the ids of a list of strings or objects, at most 200 */
export const ids = (value: unknown): string[] =>
  list(value)
    .slice(0, 200)
    .flatMap((one) => {
      const id = isObject(one) ? one['id'] : one;
      return typeof id === 'string' && id.length <= 2_000 ? [id] : [];
    });

/** @returns an instant, or undefined for what is no date or beyond reason */
export const instant = (value: unknown): Date | undefined => {
  const found = first(value);
  if (typeof found !== 'string' || found.length > 40 || !/^\d{4}-\d{2}-\d{2}/.test(found)) return undefined;
  const date = new Date(found.replace(/([+-]\d{2}:\d{2})Z$/, '$1'));
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1990 || date.getUTCFullYear() > 2200
    ? undefined
    : date;
};

/** A number, or a plain decimal string; nothing beyond 2^53, no NaN, no exponent. */
export const decimal = (value: unknown): number | undefined => {
  const found = isObject(first(value)) ? (first(value) as JsonObject)['@value'] : first(value);
  const number =
    typeof found === 'number'
      ? found
      : typeof found === 'string' && /^-?\d{1,16}(\.\d{1,18})?$/.test(found.trim())
        ? Number(found)
        : Number.NaN;
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
};

/** Is this type among the object's types? */
export const hasType = (value: JsonObject, ...types: string[]): boolean =>
  list(value['type']).some((type) => typeof type === 'string' && types.includes(type));
