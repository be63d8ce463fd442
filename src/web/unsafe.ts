/** What every request that changes something must pass before anything of it is read. */
import type { Context } from 'hono';

/**
 * Did another site make a browser send this? Browsers say where a request comes from: by Sec-Fetch-Site, older ones by
 * Origin alone. Whoever says neither is no browser, or a very old one, and must know the form's own token.
 */
export const isForeign = (c: Context, own: string): boolean => {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  // `null` is what a sandboxed frame or a file of somebody's says, and what some privacy tools make of our own pages.
  return origin !== undefined && origin !== own && !(origin === 'null' && site === 'same-origin');
};

/** Fields of one form; what has more is made to keep us busy. */
const MAX_FIELDS = 1_000;

export type Fields = { values: Record<string, string | string[]>; files: Map<string, File[]> };

/** @returns the fields of a form, repeated ones as lists; those beyond the thousandth are left out */
export const readFields = (form: FormData): Fields => {
  const lists = new Map<string, string[]>();
  const files = new Map<string, File[]>();
  let count = 0;
  for (const [name, value] of form.entries()) {
    if (++count > MAX_FIELDS) break;
    // No engine but SQLite stores the character NUL, and nobody types it.
    if (typeof value === 'string') lists.set(name, append(lists.get(name), value.replaceAll('\0', '')));
    else files.set(name, append(files.get(name), value));
  }
  // Without a prototype: a field may be called `constructor`.
  const values: Fields['values'] = Object.create(null);
  for (const [name, list] of lists) values[name] = list.length === 1 ? list[0]! : list;
  return { values, files };
};

const append = <T>(list: T[] | undefined, value: T): T[] => {
  if (list === undefined) return [value];
  list.push(value);
  return list;
};
