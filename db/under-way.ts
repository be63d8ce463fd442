/**
 * What is being done at this moment, noted in a small file beside the database, so that after the process was ended
 * by it (out of memory, a crash in native code) the next one knows what it was, tries it alone, lets some time pass,
 * and in the end leaves it aside. The operating system keeps what was written when a process dies, so nothing waits
 * for the disk: two writes of some microseconds.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Mutex } from 'async-mutex';

export type UnderWay = {
  /**
   * Does `work`, noted as under way meanwhile. What was under way when a process ended is done alone from then on, so
   * that only the one at fault is under suspicion at the next end.
   * @param key the same for every attempt at the same thing
   */
  run<T>(key: string, work: () => Promise<T>, instead: Instead<T>): Promise<T>;
  close(): void;
};

/** What is done in the place of something that processes ended during. */
export type Instead<T> = {
  /** It is to be tried again after a while. Chance may have it that a process is killed three times at the same thing. */
  later(): Promise<T>;
  /** It ended `MAX_ENDS` processes, over a quarter of an hour: it is left aside for good. */
  never(): Promise<T>;
};

export const MAX_ENDS = 5;
/** How long is waited after the n-th end, in seconds from when that attempt began. */
const WAITS_S = [0, 0, 0, 60, 600];

const SLOT = 40;
const SLOTS = 512;
/** A slot: 32 bytes of hash, its kind, the number of ends, and when the last attempt began, in seconds. */
const [EMPTY, DOING, SUSPECT] = [0, 1, 2];
const MAX_SUSPECTS = 128;
/** Another machine's file that was untouched for so long has nobody who writes it. */
const ABANDONED_MS = 10 * 60_000;

type Suspicion = { ends: number; last: number };

/** @param dir where the files are, one per process; the files of processes that are gone are taken over */
export const openUnderWay = (dir: string, now: () => Date = () => new Date()): UnderWay => {
  const seconds = (): number => Math.floor(now().getTime() / 1_000);
  mkdirSync(dir, { recursive: true });
  const suspects = takeOver(dir);
  const path = join(dir, `under-way-${hostname()}-${process.pid}`);
  const file = openSync(path, 'w');
  const free = Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i);
  const slots = new Map<string, number>();
  const alone = new Mutex();

  const put = (slot: number, hash?: string, kind = EMPTY, { ends, last }: Suspicion = { ends: 0, last: 0 }): void => {
    const bytes = Buffer.alloc(SLOT);
    if (hash !== undefined) bytes.write(hash, 'base64url');
    bytes[32] = kind;
    bytes[33] = Math.min(255, ends);
    bytes.writeUInt32LE(last, 34);
    try {
      writeSync(file, bytes, 0, SLOT, slot * SLOT);
    } catch {
      // A full disk must not keep anything from being done; the note is all that is missing.
    }
  };
  const take = (hash: string, kind: number, suspicion?: Suspicion): number | undefined => {
    const slot = free.pop();
    if (slot !== undefined) put(slot, hash, kind, suspicion);
    return slot;
  };
  const release = (slot: number | undefined): void => {
    if (slot === undefined) return;
    put(slot);
    free.push(slot);
  };
  // The whole length at once: later writes need no space.
  put(SLOTS - 1);
  for (const [hash, suspicion] of suspects) {
    const slot = take(hash, SUSPECT, suspicion);
    if (slot !== undefined) slots.set(hash, slot);
  }

  return {
    run: async (key, work, instead) => {
      const hash = createHash('sha256').update(key).digest('base64url');
      const noted = async () => {
        const slot = take(hash, DOING, { ends: 0, last: seconds() });
        try {
          return await work();
        } finally {
          release(slot);
        }
      };
      const suspicion = suspects.get(hash);
      if (suspicion === undefined) return noted();
      if (suspicion.ends >= MAX_ENDS) return instead.never();
      // A clock that was set back says nothing of how long ago it was.
      const ago = seconds() - suspicion.last;
      if (ago >= 0 && ago < WAITS_S[suspicion.ends]!) return instead.later();
      return alone.runExclusive(async () => {
        try {
          return await noted();
        } finally {
          // Well or badly, it came to an end, and not to the process's.
          suspects.delete(hash);
          release(slots.get(hash));
          slots.delete(hash);
        }
      });
    },
    close: () => {
      closeSync(file);
      // What is under suspicion outlives a stop.
      if (suspects.size === 0) unlinkSync(path);
    },
  };
};

/** @returns what processes ended during, by its hash, from the files of those that are gone */
const takeOver = (dir: string): Map<string, Suspicion> => {
  const suspects = new Map<string, Suspicion>();
  for (const name of readdirSync(dir)) {
    const found = /^under-way-(.+)-(\d+)$/.exec(name);
    if (found === null) continue;
    try {
      if (!isGone(join(dir, name), found[1]!, Number(found[2]))) continue;
      for (const [hash, { ends, last }] of suspectsIn(readFileSync(join(dir, name)))) {
        const known = suspects.get(hash);
        suspects.set(hash, { ends: ends + (known?.ends ?? 0), last: Math.max(last, known?.last ?? 0) });
      }
      unlinkSync(join(dir, name));
    } catch {
      // Another process that starts just now has taken it.
    }
  }
  // Those with the most ends are the likeliest to come again.
  return new Map([...suspects].toSorted(([, a], [, b]) => b.ends - a.ends || b.last - a.last).slice(0, MAX_SUSPECTS));
};

const suspectsIn = (bytes: Buffer): Map<string, Suspicion> => {
  const [doing, suspects] = [new Map<string, number>(), new Map<string, Suspicion>()];
  for (let at = 0; at + SLOT <= bytes.length; at += SLOT) {
    const hash = bytes.subarray(at, at + 32).toString('base64url');
    const [kind, ends, last] = [bytes[at + 32], bytes[at + 33]!, bytes.readUInt32LE(at + 34)];
    if (kind === DOING) doing.set(hash, last);
    if (kind === SUSPECT) suspects.set(hash, { ends, last });
  }
  for (const [hash, last] of doing) suspects.set(hash, { ends: (suspects.get(hash)?.ends ?? 0) + 1, last });
  return suspects;
};

const isGone = (path: string, host: string, pid: number): boolean => {
  if (host !== hostname()) return Date.now() - statSync(path).mtimeMs > ABANDONED_MS;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
};
