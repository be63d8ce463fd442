/**
 * Pictures out of the network: each once, a few at a time, fewer from one server, and what failed not again for a
 * while. A server that drips or is down costs its own pictures, and nobody else's.
 */
import { Semaphore } from 'async-mutex';
import { type PreparedPicture, preparePicture } from '../media.ts';
import type { FetchProblem, PictureFetch } from '../ports.ts';

const MAX_BYTES = 5 * 1024 * 1024;
const AT_ONCE = 6;
const PER_HOST = 2;
/** Decoding takes some hundred milliseconds of a core and tens of megabytes. */
const DECODING = 2;
const MAX_WAITING = 120;
const MAX_FAILURES = 10_000;
const SHORT_MS = 10 * 60_000;
const LONG_MS = 6 * 3_600_000;
const HOST_RESTS_MS = 60_000;

/** The server does not answer at all: its other pictures need not be tried now. */
export const SILENT: ReadonlySet<FetchProblem> = new Set<FetchProblem>(['timeout', 'unreachable', 'tls', 'noSuchHost']);
/** May be over soon. */
const PASSING: ReadonlySet<FetchProblem> = new Set<FetchProblem>([...SILENT, 'status']);

export type PictureLoader = {
  /** @returns a promise for when it has been tried, or undefined if too many wait already */
  load(key: string, url: string): Promise<void> | undefined;
  /** Did it fail lately? */
  failed(key: string): boolean;
  /** Tries nothing new; resolves when what is under way has ended. */
  close(): Promise<void>;
};

/**
 * @param keep puts a picture away, under its key
 * @param now the clock by which failures are forgotten
 * @param problem is told of faults of this machine (a full disk), which are no fault of the picture's
 */
export const createPictureLoader = (deps: {
  fetch: PictureFetch;
  keep: (picture: PreparedPicture) => Promise<void>;
  now: () => Date;
  problem: (error: unknown) => void;
}): PictureLoader => {
  const loading = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  const resting = new Map<string, number>();
  const hosts = new Map<string, Semaphore>();
  const [fetching, decoding] = [new Semaphore(AT_ONCE), new Semaphore(DECODING)];
  let closed = false;

  const isIn = (times: Map<string, number>, key: string): boolean => (times.get(key) ?? 0) > deps.now().getTime();
  const note = (times: Map<string, number>, key: string, ms: number): void => {
    // The oldest go; to try one of them again does no harm.
    while (times.size >= MAX_FAILURES) times.delete(times.keys().next().value!);
    times.set(key, deps.now().getTime() + ms);
  };

  /** One server's pictures wait for each other before they wait for anybody else's. */
  const inTurn = async <T>(host: string, work: () => Promise<T>): Promise<T> => {
    const gate = hosts.get(host) ?? new Semaphore(PER_HOST);
    hosts.set(host, gate);
    try {
      return await gate.runExclusive(() => fetching.runExclusive(work));
    } finally {
      if (gate.getValue() === PER_HOST) hosts.delete(host);
    }
  };

  const obtain = async (key: string, url: string): Promise<void> => {
    const { host } = new URL(url);
    const outcome = await inTurn(host, async () =>
      closed || isIn(resting, host) ? undefined : deps.fetch(url, MAX_BYTES),
    );
    if (outcome === undefined) return note(failures, key, HOST_RESTS_MS);
    if (!outcome.ok) {
      if (SILENT.has(outcome.code)) note(resting, host, HOST_RESTS_MS);
      return note(failures, key, PASSING.has(outcome.code) ? SHORT_MS : LONG_MS);
    }
    // Clear pixels would show the placeholder that lies behind.
    const prepared = await decoding.runExclusive(() => preparePicture(outcome.bytes, { flat: true }));
    if (!prepared.ok) return note(failures, key, LONG_MS);
    await deps.keep({ ...prepared.value, key });
    failures.delete(key);
  };

  return {
    load: (key, url) => {
      const running = loading.get(key);
      if (running !== undefined) return running;
      if (closed || loading.size >= MAX_WAITING) return undefined;
      const work = obtain(key, url)
        .catch((error: unknown) => {
          note(failures, key, HOST_RESTS_MS);
          deps.problem(error);
        })
        .finally(() => loading.delete(key));
      loading.set(key, work);
      return work;
    },
    failed: (key) => isIn(failures, key),
    close: async () => {
      closed = true;
      await Promise.all(loading.values());
    },
  };
};
