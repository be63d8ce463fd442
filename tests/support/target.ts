/** A node under attack: the real `src/main.ts` in a process of its own, so that its CPU time is nobody else's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { type Database, openDatabase } from '#db/database.ts';
import { sqliteTables } from '#db/schema/tables.ts';
import { join } from 'node:path';
import { type TestNode, startNode, until } from './nodes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Target = {
  origin: string;
  host: string;
  inbox: string;
  /** Its folder. */
  dir: string;
  /** Its own file, opened a second time. */
  db: Database;
  /** Microseconds of CPU, user and system, since it started. */
  cpu(): Promise<number>;
  /** Rows by table. */
  rows(): Promise<Record<string, number>>;
  drop(): Promise<void>;
};

/** @param prepare what is there before it starts: members, listings, partners */
export const startTarget = async (name: string, prepare: (node: TestNode) => Promise<void>): Promise<Target> => {
  const node = await startNode(name);
  await prepare(node);
  await node.settled();
  const { origin, host, dir } = node;
  await node.down();
  const child = spawn(
    join(ROOT, 'node_modules/.bin/node'),
    ['--import', join(ROOT, 'tests/support/report-cpu.ts'), join(ROOT, 'src/main.ts')],
    {
      cwd: dir,
      env: {
        PATH: process.env['PATH'] ?? '',
        ...node.env,
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(
    'the node is ready',
    async () => {
      if (child.exitCode !== null) throw new Error(`The node ended: ${said}`);
      return said.includes('Maillon is ready');
    },
    30_000,
  );
  const db = await openDatabase({ engine: 'sqlite', file: join(dir, 'maillon.db') });
  return {
    origin,
    host,
    inbox: `${origin}/inbox`,
    dir,
    db,
    cpu: () => cpuOf(child),
    rows: async () => {
      const counts: Record<string, number> = {};
      for (const [key, table] of Object.entries(sqliteTables))
        counts[key] = Number((await db.read.select({ n: sql<number>`count(*)` }).from(table))[0]?.n ?? 0);
      return counts;
    },
    drop: async () => {
      await db.close();
      await ended(child);
      await node.drop();
    },
  };
};

const cpuOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('message', (usage: NodeJS.CpuUsage) => resolve(usage.user + usage.system));
    child.send('cpu');
  });

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  });
