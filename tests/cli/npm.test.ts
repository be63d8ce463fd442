/** The two commands of the README, as people type them: through npm, which stands between the terminal and the node. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import Sqlite from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { freePort, until } from '../support/nodes.ts';
import { COMPILED } from '../support/compiled.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-npm-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** A process group of its own, as a terminal gives one: Ctrl-C reaches all in it. */
const npm = (words: string[], env: Record<string, string> = {}) => {
  const child: ChildProcess = spawn('npm', words, {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...COMPILED, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close');
  undo.push(async () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    await ended;
  });
  return { child, ended, out: () => out, err: () => err };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

const hold = async (): Promise<{ port: number; holder: Server }> => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  undo.push(() => holder.close());
  const address = holder.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, holder };
};

test.each([
  ['a service manager that ends npm', false, 'SIGTERM'],
  ['Ctrl-C, which reaches npm and the node', true, 'SIGINT'],
] as const)('%s ends the node in order', async (_who, everybody, signal) => {
  const [dir, port] = [folder(), await freePort()];
  const run = npm(['start'], { PORT: String(port), MAILLON_ORIGIN: `http://n.localhost:${port}`, MAILLON_DATA: dir });
  await until('the node listens', async () => run.out().includes('/setup/'));
  process.kill(everybody ? -run.child.pid! : run.child.pid!, signal);
  await run.ended;
  expect(run.err()).toContain('"message":"Stopped"');
  expect(await answers(port)).toBe(false);
  expect(readdirSync(dir).filter((name) => name.startsWith('maillon.db'))).toEqual(['maillon.db']);
});

test('a demo that cannot start says so at once and on standard error alone', async () => {
  const { port } = await hold();
  const cases: [string[], number, RegExp][] = [
    [['--port', String(port)], 1, new RegExp(`Port ${port} is taken: stop what uses it, or say --port`)],
    [['--port', 'high'], 2, /--port "high" is not possible: three ports in a row/],
    [['--prot', '5001'], 2, /Unknown option '--prot'.* Known are --json, --data and --port/],
  ];
  for (const [words, code, said] of cases) {
    const run = npm(['run', '--silent', 'demo', '--', '--json', '--data', folder(), ...words]);
    expect(await run.ended).toEqual([code, null]);
    expect(run.err()).toMatch(said);
    expect(run.err(), 'no stack').not.toMatch(/^\s+at /m);
    expect(run.out()).toBe('');
  }
});

const threePorts = async (): Promise<number> => {
  for (;;) {
    const port = await freePort();
    const free = await Promise.all([port + 1, port + 2].map(async (next) => next < 65_536 && !(await answers(next))));
    if (free.every(Boolean)) return port;
  }
};

test('the demo: one line on standard output once all three are ready; broken off and started again it keeps everything', async () => {
  const [data, port] = [folder(), await threePorts()];
  const words = ['run', '--silent', 'demo', '--', '--json', '--data', data, '--port', String(port)];
  const broken = npm(words);
  await until(
    'the first is being filled',
    async () => readdirSync(data, { recursive: true }).some((name) => String(name).endsWith('maillon.db')),
    120_000,
  );
  process.kill(-broken.child.pid!, 'SIGKILL');
  await broken.ended;

  const count = async (): Promise<number[]> => {
    const run = npm(words);
    await until(
      'all three are ready',
      async () => {
        if (run.child.exitCode !== null) throw new Error(run.err());
        return run.out().includes('\n');
      },
      180_000,
    );
    const ready: { ready: boolean; nodes: { name: string; url: string; admin: object; members: object[] }[] } =
      JSON.parse(run.out());
    expect(ready.nodes.map(({ name, url, members }) => [name, url, members.length])).toEqual(
      ['marseille', 'lyon', 'bologna'].map((name, i) => [name, `http://${name}.localhost:${port + i}`, 2]),
    );
    const counts = await Promise.all(
      ready.nodes.map(async ({ url }, i) => {
        const answer = await request(`http://127.0.0.1:${port + i}/api/v1/listings?limit=100`, {
          headers: { host: new URL(url).host },
        });
        const { items }: { items: { own: boolean }[] } = JSON.parse(await answer.body.text());
        return [items.filter((item) => item.own).length, items.filter((item) => !item.own).length];
      }),
    );
    const lyon = await request(`http://127.0.0.1:${port + 1}/listings?peer=marseille.localhost:${port}`, {
      headers: { host: `lyon.localhost:${port + 1}` },
    });
    expect(await lyon.body.text(), 'the mark of the network').toContain('/marks/carta');
    process.kill(-run.child.pid!, 'SIGINT');
    await run.ended;
    expect(run.out().split('\n')).toHaveLength(2);
    return counts.flat();
  };
  const first = await count();
  for (const listings of first) expect(listings).toBeGreaterThanOrEqual(20);
  // What somebody ended stays so: the demo makes nobody partners or follow again.
  const follows = (sql: string): unknown => {
    const file = new Sqlite(join(data, 'lyon', 'maillon.db'));
    const rows: unknown = sql.startsWith('SELECT') ? file.prepare(sql).pluck().get() : file.prepare(sql).run();
    file.close();
    return rows;
  };
  const members = "follower LIKE '%lyon.localhost%' AND follower NOT LIKE '%/instance'";
  expect(follows(`SELECT count(*) FROM follows WHERE ${members}`)).toBeGreaterThan(3);
  follows(`DELETE FROM follows WHERE ${members}`);
  expect(await count()).toEqual(first);
  expect(follows(`SELECT count(*) FROM follows WHERE ${members}`)).toBe(0);
}, 400_000);
