/** A database of an older version is brought up to date whole or not at all, whatever happens meanwhile. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { type DatabaseLocation, type Engine, openDatabase } from '#db/database.ts';
import { allMigrations, statementsIn } from '../../db/upgrade/plan.ts';
import { eachEngine, freshPostgres } from '../support/databases.ts';
import { COMPILED } from '../support/compiled.ts';

const CHILD = fileURLToPath(new URL('dies-while-upgrading.ts', import.meta.url));
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0)) await one();
});

const place = async (engine: Engine): Promise<DatabaseLocation> => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-upgrade-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  if (engine === 'sqlite') return { engine, file: join(dir, 'maillon.db') };
  const fresh = await freshPostgres();
  undo.push(() => fresh.drop());
  return { engine, url: fresh.url };
};

/** What a cooperative had before the second migration was invented: the tables of the first, and a fact. */
const anOldDatabase = async (location: DatabaseLocation, migrations = 1): Promise<void> => {
  const run: string[] = [];
  const schema = location.engine === 'sqlite' ? '' : 'drizzle.';
  if (schema !== '') run.push('CREATE SCHEMA drizzle');
  run.push(`CREATE TABLE ${schema}__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`);
  for (const one of allMigrations(location.engine).slice(0, migrations)) {
    run.push(...statementsIn(one));
    run.push(
      `INSERT INTO ${schema}__drizzle_migrations (hash, created_at) VALUES ('${one.hash}', ${one.folderMillis})`,
    );
  }
  run.push(`INSERT INTO facts (key, value) VALUES ('charter', 'ours')`);
  if (location.engine === 'sqlite') {
    const file = new Sqlite(location.file);
    for (const statement of run) file.exec(statement);
    file.close();
  } else {
    const client = new pg.Client({ connectionString: location.url });
    await client.connect();
    for (const statement of run) await client.query(statement);
    await client.end();
  }
};

const openElsewhere = (location: DatabaseLocation, dieBefore = 0): Promise<{ end: string; out: string }> =>
  new Promise((resolve, reject) => {
    const where = location.engine === 'sqlite' ? location.file : location.url;
    const child = spawn(process.execPath, [CHILD, location.engine, where, String(dieBefore)], {
      env: { ...process.env, ...COMPILED },
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ end: signal ?? String(code), out }));
  });

const works = async (location: DatabaseLocation): Promise<unknown> => {
  const db = await openDatabase(location);
  try {
    await db.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'afterwards', value: 'writes' });
    });
    await db.write(async (tx) => {
      await tx.delete(tx.t.facts).where(eq(tx.t.facts.key, 'afterwards'));
    });
    await db.read.select().from(db.read.t.listings);
    await db.read.select().from(db.read.t.received);
    return (await db.read.select().from(db.read.t.facts))[0]?.value;
  } finally {
    await db.close();
  }
};

eachEngine('bringing a database up to date', (engine) => {
  test('a kill at any moment of it leaves a database that the next start brings up to date', async () => {
    const undisturbed = await place(engine);
    await anOldDatabase(undisturbed);
    const last = Number(/open after (\d+) statements/.exec((await openElsewhere(undisturbed)).out)?.[1]);
    // In the middle, and when all is done but the commit.
    for (const moment of [Math.ceil(last / 2), last]) {
      const location = await place(engine);
      await anOldDatabase(location);
      const killed = await openElsewhere(location, moment);
      expect(killed.end, killed.out).toBe('SIGKILL');
      expect(await works(location), `before statement ${moment} of ${last}`).toBe('ours');
    }
  });

  test('a kill while the very first tables are made leaves nothing half-made', async () => {
    const location = await place(engine);
    expect((await openElsewhere(location, 30)).end).toBe('SIGKILL');
    expect(await works(location)).toBeUndefined();
  });

  test('processes that start together on an old database: one changes it, the others wait', async () => {
    const location = await place(engine);
    await anOldDatabase(location);
    const ends = await Promise.all([1, 2, 3].map(() => openElsewhere(location)));
    expect(ends.map(({ end, out }) => [end, out.replace(/\d+/, 'n').trim()])).toEqual(
      Array.from({ length: 3 }, () => ['0', 'open after n statements']),
    );
    expect(await works(location)).toBe('ours');
  });

  test('what a migration of another branch did is not taken for ours', async () => {
    const location = await place(engine);
    await anOldDatabase(location);
    const strange = "INSERT INTO TABLE (hash, created_at) VALUES ('of another branch', 1)";
    if (location.engine === 'sqlite') {
      const file = new Sqlite(location.file);
      file.exec(strange.replace('TABLE', '__drizzle_migrations'));
      file.close();
    } else {
      const client = new pg.Client({ connectionString: location.url });
      await client.connect();
      await client.query(strange.replace('TABLE', 'drizzle.__drizzle_migrations'));
      await client.end();
    }
    await expect(openDatabase(location)).rejects.toThrow(/by a newer version of Maillon/);
  });

  test('migrations are in the order in which they were made', () => {
    const made = allMigrations(engine).map((one) => one.folderMillis);
    expect(made).toEqual(made.toSorted((a, b) => a - b));
    expect(new Set(made).size).toBe(made.length);
  });
});

const sqlite = async () => (await place('sqlite')) as { engine: 'sqlite'; file: string };

test('a copy of an SQLite file is kept from before, whole, and for its owner only', async () => {
  const location = await sqlite();
  await anOldDatabase(location, 2);
  expect(await works(location)).toBe('ours');
  const copy = `${location.file}.before-migration-2`;
  const before = new Sqlite(copy, { readonly: true });
  expect(before.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get()).toBe(2);
  expect(before.prepare('SELECT value FROM facts').pluck().get()).toBe('ours');
  before.close();
  expect(statSync(copy).mode & 0o077).toBe(0);
  // A start that changes nothing copies nothing.
  rmSync(copy);
  await works(location);
  expect(existsSync(copy)).toBe(false);
});

test('of copies from before, the three newest are kept, and no half one', async () => {
  const location = await sqlite();
  await anOldDatabase(location, 2);
  for (const [i, name] of ['-7', '-7-wal', '-8', '-9', '-1', '-1-wal', '-1.part'].entries()) {
    writeFileSync(`${location.file}.before-migration${name}`, 'older');
    utimesSync(`${location.file}.before-migration${name}`, i + 1, i + 1);
  }
  await works(location);
  const left = readdirSync(join(location.file, '..')).filter((name) => name.includes('before'));
  expect(left.toSorted()).toEqual(['-1', '-1-wal', '-2', '-9'].map((end) => `maillon.db.before-migration${end}`));
});

test('a migration that fails changes nothing, and says where the copy is', async () => {
  const location = await sqlite();
  await anOldDatabase(location);
  const file = new Sqlite(location.file);
  // Something of the same name is in the way of what the migrations make.
  const made = allMigrations('sqlite').slice(1).flatMap(statementsIn).join('\n');
  const name = /CREATE (?:INDEX|TABLE|VIRTUAL TABLE) `?(\w+)/.exec(made)![1]!;
  file.exec(`CREATE TABLE ${name} (x text)`);
  file.close();
  await expect(openDatabase(location)).rejects.toThrow(
    /is as it was before \(.*already.*\)\. A copy from before is .*before-migration-1\. Go back/,
  );
  expect(existsSync(`${location.file}.before-migration-1`)).toBe(true);
  const again = new Sqlite(location.file);
  expect(again.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get()).toBe(1);
  again.exec(`DROP TABLE ${name}`);
  again.close();
  expect(await works(location)).toBe('ours');
});

test('the file with everybody’s keys is for its owner only', async () => {
  const location = await sqlite();
  await works(location);
  expect(statSync(location.file).mode & 0o077).toBe(0);
});
