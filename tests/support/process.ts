/** The node as an admin runs it: `node src/main.ts` in a process of its own, with real signals and a real log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { freePort, until } from './nodes.ts';
import { COMPILED } from './compiled.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Asked = { status: number; headers: Record<string, string | string[] | undefined>; text: string };
export type Process = {
  dir: string;
  port: number;
  host: string;
  origin: string;
  child: ChildProcess;
  /** Standard output and standard error so far. */
  out(): string;
  err(): string;
  /** Lines of the log, as objects. */
  lines(): Record<string, unknown>[];
  /** A request to the node by its name, over loopback. */
  ask(
    path: string,
    options?: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string; port?: number },
  ): Promise<Asked>;
  /** Sends a signal. @returns the exit code and how long it took, in milliseconds */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
  drop(): Promise<void>;
};

/** Starts and waits until it listens. @param env beside origin, port and data, which are fresh unless given */
export const startProcess = async (name: string, env: Record<string, string> = {}): Promise<Process> => {
  const port = Number(env['PORT'] ?? (await freePort()));
  const dir = env['MAILLON_DATA'] ?? mkdtempSync(join(tmpdir(), `maillon-process-${name}-`));
  const host = `${name}.localhost:${port}`;
  const origin = `http://${host}`;
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'src/main.ts')], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'] ?? '',
      ...COMPILED,
      MAILLON_ORIGIN: origin,
      PORT: String(port),
      MAILLON_DATA: dir,
      ...env,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  await until(`${name} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${err}${out}`);
    return out.includes('Maillon is ready');
  });
  return {
    dir,
    port,
    host,
    origin,
    child,
    out: () => out,
    err: () => err,
    lines: () =>
      err
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ask: async (path, options = {}) => {
      const answer = await request(`http://127.0.0.1:${options.port ?? port}${path}`, {
        method: options.method ?? 'GET',
        headers: { host, ...options.headers },
        ...(options.body === undefined ? {} : { body: options.body }),
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    },
    end: async (signal = 'SIGTERM') => {
      const start = performance.now();
      child.kill(signal);
      const code = await ended;
      return { code, ms: performance.now() - start };
    },
    drop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
      if (env['MAILLON_DATA'] === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
};
