/** A node that cannot start says why, in words, and what to do; as the process that an admin starts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { VERSION } from '#federation/version.ts';
import { freshDatabase, freshPostgres } from './support/databases.ts';
import { freePort } from './support/nodes.ts';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-start-'));
  folders.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

const start = async (env: Record<string, string>): Promise<{ code: number | null; text: string }> => {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { ...process.env, PORT: '8000', MAILLON_ORIGIN: 'http://x.localhost:8000', LOG_LEVEL: 'error', ...env },
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, 'exit');
  return { code, text };
};
const saysPlainly = (ran: { code: number | null; text: string }, words: RegExp): void => {
  expect(ran.text).toMatch(words);
  expect(ran.text, 'no stack').not.toMatch(/^\s+at /m);
  expect(ran.code).toBe(3);
};

test('a file that is no database', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'maillon.db'), Buffer.alloc(50_000, 7));
  saysPlainly(await start({ MAILLON_DATA: dir }), /is no database, or is damaged\. Put a backup/);
});

// Root may write anywhere: 'a folder that is a file' is the same message for it.
test.skipIf(process.getuid?.() === 0)('a folder that cannot be written', async () => {
  const dir = folder();
  chmodSync(dir, 0o500);
  saysPlainly(await start({ MAILLON_DATA: join(dir, 'data') }), /cannot be written\. Give the folder/);
});

test('a folder that is a file', async () => {
  const file = join(folder(), 'data');
  writeFileSync(file, '');
  const ran = await start({ MAILLON_DATA: file });
  saysPlainly(ran, /cannot be written/);
});

test('a database of a newer version, on SQLite', async () => {
  const fresh = await freshDatabase('sqlite');
  folders.push(fresh.dir);
  await fresh.db.close();
  const file = new Sqlite(join(fresh.dir, 'maillon.db'));
  file.prepare("INSERT INTO __drizzle_migrations(hash, created_at) VALUES ('x', 9999999999999)").run();
  file.close();
  saysPlainly(await start({ MAILLON_DATA: fresh.dir }), /by a newer version of Maillon/);
});

test('a database of a newer version, on PostgreSQL', async () => {
  const fresh = await freshDatabase('postgres');
  folders.push(fresh.dir);
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query("INSERT INTO drizzle.__drizzle_migrations(hash, created_at) VALUES ('x', 9999999999999)");
  await client.end();
  saysPlainly(await start({ MAILLON_DATA: fresh.dir, DATABASE_URL: fresh.url! }), /by a newer version of Maillon/);
  await fresh.drop();
});

test('a PostgreSQL that is not there, and a database that does not exist', async () => {
  const port = await freePort();
  const dir = folder();
  const nobody = await start({ MAILLON_DATA: dir, DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c` });
  saysPlainly(nobody, /PostgreSQL does not answer/);
  const server = await freshPostgres();
  const missing = new URL(server.url);
  missing.pathname = '/nosuch';
  saysPlainly(await start({ MAILLON_DATA: dir, DATABASE_URL: missing.href }), /does not exist\. Make it/);
  await server.drop();
});

test('a port that is taken, and one that is no number; the database is left as it was', async () => {
  const dir = folder();
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const taken = { MAILLON_DATA: dir, PORT: String(port), MAILLON_ORIGIN: `http://x.localhost:${port}` };
  saysPlainly(await start(taken), new RegExp(`^Port ${port} is taken: is the node running already\\?`));
  // What was compiled is kept for the next start, for nobody else's eyes and hands, and nothing of another version.
  const compiled = join(dir, 'compiled');
  expect(statSync(compiled).mode & 0o777).toBe(0o700);
  expect(readdirSync(compiled)).toEqual([`${VERSION}-${process.version}`]);
  const files = (): string[] => readdirSync(compiled, { recursive: true, encoding: 'utf8' }).toSorted();
  const kept = files();
  expect(kept.length).toBeGreaterThan(200);
  mkdirSync(join(compiled, '0.0.9-v22.0.0'));
  // It was closed in order: what SQLite keeps beside the file while it is open is gone.
  expect(readdirSync(dir)).toEqual(['compiled', 'maillon.db']);
  await start(taken);
  expect(files(), 'taken as it was').toEqual(kept);
  holder.close();
  const wrong = await start({ MAILLON_DATA: dir, PORT: 'eighty', TRUSTED_PROXIES: 'caddy' });
  expect(wrong.code).toBe(2);
  expect(wrong.text).toMatch(/^The configuration has faults:\n  PORT: .*\n  TRUSTED_PROXIES: .*\nEvery variable/);
});

test('something at the address of PostgreSQL that is none', async () => {
  const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const ran = await start({ MAILLON_DATA: folder(), DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c` });
  saysPlainly(ran, /^PostgreSQL cannot be reached at the address of DATABASE_URL/);
  other.close();
});
