/** The node as a process of its own: what a machine that runs it sees. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Report, quantile, temporaryDir } from './run.ts';

export type Running = { child: ChildProcess; ready: number; origin: string; port: number; stop(): Promise<void> };

/** Starts `src/main.ts` as `npm start` does. @returns when the first page is answered; `ready` = milliseconds until then */
export const startNode = async (port: number, dir: string, env: Record<string, string> = {}): Promise<Running> => {
  const begin = performance.now();
  const origin = `http://bench.localhost:${port}`;
  const child = spawn(process.execPath, ['--max-semi-space-size=8', '--heap-growing-percent=50', 'src/main.ts'], {
    env: { ...process.env, PORT: String(port), MAILLON_DATA: dir, MAILLON_ORIGIN: origin, LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const up = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await up())) {
    if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { child, ready: performance.now() - begin, origin, port, stop };
};

/** Resident memory of a process in MB. */
export const residentMb = (child: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;

const STARTS = 5;

export const start = async (port: number, report: Report): Promise<void> => {
  const [times, again, sizes, later]: number[][] = [[], [], [], []];
  for (let i = 0; i < STARTS; i++) {
    const dir = temporaryDir();
    for (const [ready, size] of [
      [times!, sizes!],
      [again!, later!],
    ] as const) {
      const node = await startNode(port, dir);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      ready.push(node.ready);
      size.push(residentMb(node.child));
      await node.stop();
    }
  }
  const [first, second, memory] = [quantile(times!, 0.5), quantile(again!, 0.5), quantile(sizes!, 0.5)];
  report({
    name: 'Start to first page',
    value: first,
    unit: 'ms',
    detail: `median of ${STARTS} with an empty folder, ${Math.min(...times!).toFixed(0)} to ${Math.max(...times!).toFixed(0)} ms`,
    target: '< 1,500 ms',
    holds: first < 1_500,
  });
  report({
    name: 'Start again to first page',
    value: second,
    unit: 'ms',
    detail: `the same folders once more, ${Math.min(...again!).toFixed(0)} to ${Math.max(...again!).toFixed(0)} ms`,
    target: '< 1,500 ms',
    holds: second < 1_500,
  });
  report({
    name: 'Memory idle',
    value: memory,
    unit: 'MB',
    detail: `resident, 2 s after the first page, median of ${STARTS}; ${quantile(later!, 0.5).toFixed(0)} MB after the second start`,
    target: '< 200 MB',
    holds: memory < 200,
  });
};
