/** A node as a process of its own, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { pause } from './chance.ts';
import { COMPILED } from '../../support/compiled.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export type NodeProcess = {
  pid: number;
  /** What it said on standard error so far. */
  said(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it ends by itself: its exit code, or the signal's name. */
  ended: Promise<number | string | null>;
};

/** @param env of `TestNode.env` @param script what runs instead of `src/main.ts` */
export const spawnNode = (
  env: Record<string, string>,
  script = 'src/main.ts',
  more: Record<string, string> = {},
): NodeProcess => {
  const child: ChildProcess = spawn(process.execPath, [`${ROOT}${script}`], {
    cwd: env['MAILLON_DATA'],
    env: { PATH: process.env['PATH'] ?? '', ...COMPILED, LOG_LEVEL: 'error', ...env, ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-20_000);
  });
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  return {
    pid: child.pid!,
    said: () => text,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const how = await ended;
      return typeof how === 'number' ? how : null;
    },
  };
};

/** Resolves when it answers. @throws after 20 s, or when it ended */
export const answers = async (env: Record<string, string>, node: NodeProcess): Promise<void> => {
  const over = Date.now() + 20_000;
  let gone: number | string | null | undefined;
  void node.ended.then((how) => (gone = how));
  for (;;) {
    if (gone !== undefined) throw new Error(`The node ended (${gone}): ${node.said()}`);
    if (Date.now() > over) throw new Error(`The node does not answer: ${node.said()}`);
    const ok = await request(`http://127.0.0.1:${env['PORT']}/assets/app.css`, {
      headers: { host: new URL(env['MAILLON_ORIGIN']!).host },
      headersTimeout: 2_000,
    }).then(
      async (answer) => {
        await answer.body.dump();
        return true;
      },
      () => false,
    );
    if (ok) return;
    await pause(15);
  }
};
