/** Chance that can be had again: everything random in the faults hangs on one seed. */

/** Long form: more kills, more rows, for the night. */
export const LONG = process.env['FAULTS_LONG'] === '1';
export const SEED = Number(process.env['FAULTS_SEED'] ?? 1);

export type Chance = {
  /** From 0 up to and without 1. */
  next(): number;
  /** A whole number in [min, max]. */
  between(min: number, max: number): number;
  /** One of them. */
  of<T>(list: readonly T[]): T;
};

/** mulberry32. @param name so that scenarios do not share a sequence */
export const chance = (name: string): Chance => {
  let state = [...Buffer.from(name)].reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), SEED ^ 0x811c9dc5);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    of: (list) => list[Math.floor(next() * list.length)]!,
  };
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
