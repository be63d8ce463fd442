/** Fails the N-th statement that a node makes, whichever it is: reads, writes, BEGIN, COMMIT, and the answer to COMMIT. */
import type { StatementHook } from '#db/database.ts';

export type Saboteur = {
  hook: StatementHook;
  /** Counts from now on, and fails number `n` of it; absent: counts only. */
  arm(n?: number): void;
  /** @returns how many statements there were, and the text of the one that failed */
  disarm(): { count: number; failed: string | undefined };
};

export const createSaboteur = (): Saboteur => {
  let armed = false;
  let [count, at]: [number, number | undefined] = [0, undefined];
  let failed: string | undefined;
  return {
    hook: (text) => {
      if (!armed) return;
      count++;
      if (count !== at) return;
      failed = text.replaceAll(/\s+/g, ' ').slice(0, 120);
      throw new Error(`Sabotage of statement ${at}: ${failed}`);
    },
    arm: (n) => {
      [armed, count, at, failed] = [true, 0, n, undefined];
    },
    disarm: () => {
      armed = false;
      return { count, failed };
    },
  };
};
