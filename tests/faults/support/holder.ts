/** Another process that has the write lock of an SQLite file, or of a PostgreSQL table, for a while. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SQLITE = `
  const db = new (require('better-sqlite3'))(process.argv[1], { timeout: 10_000 });
  db.exec('BEGIN IMMEDIATE');
  console.log('held');
  setTimeout(() => { db.exec('COMMIT'); db.close(); }, Number(process.argv[2]));`;
const POSTGRES = `
  const { Client } = require('pg');
  const db = new Client({ connectionString: process.argv[1] });
  db.connect()
    .then(() => db.query('BEGIN'))
    .then(() => db.query('LOCK TABLE listings, announcements, deliveries, received IN EXCLUSIVE MODE'))
    .then(() => { console.log('held'); setTimeout(() => db.query('COMMIT').then(() => db.end()), Number(process.argv[2])); });`;

/** @returns when the lock is held; `released` resolves when it is given back */
export const holdLock = async (
  where: { file: string } | { url: string },
  ms: number,
): Promise<{ released: Promise<void> }> => {
  const [script, at] = 'file' in where ? [SQLITE, where.file] : [POSTGRES, where.url];
  const child: ChildProcess = spawn(process.execPath, ['-e', script, at, String(ms)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const released = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => resolve());
    child.on('exit', (code) => reject(new Error(`The lock was not had: ${code}`)));
  });
  return { released };
};
