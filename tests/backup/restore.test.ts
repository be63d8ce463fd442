/** What is written, restored and refused, on both engines and from one to the other, without a network. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { getTableName } from 'drizzle-orm';
import pg from 'pg';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, type TableName, openDatabase } from '#db/database.ts';
import { sqliteTables } from '#db/schema/tables.ts';
import { allMigrations } from '#db/upgrade/plan.ts';
import { applySqlite } from '#db/upgrade/sqlite.ts';
import { checkAudit } from '#domain/audit-chain.ts';
import { audit, listAudit } from '#domain/audit.ts';
import { searchCatalogue } from '#domain/catalogue.ts';
import { createListing } from '#domain/listings.ts';
import { attachPicture, preparePicture, savePictureFiles } from '#domain/media.ts';
import { isHeld, restoredState } from '#domain/restored.ts';
import { openSession } from '#domain/sessions.ts';
import { siteOf } from '#domain/site.ts';
import { actorUri } from '#domain/ids.ts';
import { actorsWithoutKeys, danglingReferences } from '#domain/checks.ts';
import { readArchive, writeArchive } from '#src/backup/archive.ts';
import type { BackupKey } from '#src/backup/key.ts';
import { makeKey, readKey } from '#src/backup/key.ts';
import { type Manifest, readEnding, readManifest, writeEnding, writeManifest } from '#src/backup/manifest.ts';
import {
  type Dump,
  type Place,
  asRestored,
  backUp,
  dumpAt,
  dumpOf,
  filesOf,
  newKey,
  newPlace,
  restoreTo,
} from '../support/backups.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { eachEngine } from '../support/databases.ts';
import { draft } from '../support/nodes.ts';

const ORIGIN = 'https://volets.example';
const site = siteOf(ORIGIN);

eachEngine('a node that is backed up', (engine) => {
  let place: Place;
  let db: Database;
  let key: BackupKey;
  const work = mkdtempSync(join(tmpdir(), 'maillon-backups-'));
  const file = join(work, 'good.tar.age');
  let before: Dump;
  let files: Record<string, string>;

  beforeAll(async () => {
    place = await newPlace(engine);
    key = await newKey();
    db = await openDatabase(place.location);
    await settleCooperative(db, site);
    const pixels = { create: { width: 90, height: 60, channels: 3, background: '#c62' } } as const;
    const picture = await preparePicture(await sharp(pixels).png().toBuffer());
    if (!picture.ok) throw new Error('no picture');
    await savePictureFiles(place.mediaDir, picture.value);
    // Of a kind that this version does not know; large enough for several of the pieces that age seals.
    mkdirSync(join(place.mediaDir, 'other'));
    writeFileSync(join(place.mediaDir, 'other', 'film.webm'), randomBytes(300_000));
    await db.write((tx) =>
      audit(tx, new Date(), {
        actor: 'ada',
        action: 'peer.scopes',
        subject: 'lyon.example',
        before: { take: null },
        after: { take: { requests: true, kinds: ['food', 'été'], territory: { radiusKm: 12.5, latitude: 45.764043 } } },
      }),
    );
    await db.write(async (tx) => {
      for (let i = 0; i < 520; i++) {
        const row = await createListing(
          tx,
          site,
          'alice',
          draft({ title: `Chambre ${i}, « été » \u{1F3E0}` }),
          'published',
        );
        if (i === 0)
          await attachPicture(tx, site.now(), picture.value, {
            owner: actorUri(site, 'alice'),
            listing: row.id,
            alt: 'La fenêtre',
            position: 0,
          });
      }
      await openSession(tx, site.now(), (await tx.select().from(tx.t.accounts).limit(1))[0]!.id, 'a browser');
    });
    await backUp({ db, origin: ORIGIN, mediaDir: place.mediaDir }, file, key);
    before = await dumpOf(db.read);
    files = await filesOf(place.mediaDir);
    await db.close();
  });
  afterAll(async () => {
    await place.drop();
    rmSync(work, { recursive: true, force: true });
  });

  test.each(['sqlite', 'postgres'] as const)('comes back on %s with every row and every file', async (other) => {
    const target = await newPlace(other);
    try {
      const restored = await restoreTo(target, ORIGIN, file, key);
      expect(restored).toMatchObject({ aside: undefined, missing: [], files: 4 });
      expect(asRestored(await dumpAt(target.location))).toEqual(asRestored(before));
      expect(await filesOf(target.mediaDir)).toEqual(files);
      expect(Object.keys(files)).toHaveLength(4);
      const found = await openDatabase(target.location);
      // The log of decisions is still one chain, and says that it was restored.
      expect(await checkAudit(found.read)).toMatchObject({ ok: true, count: 4 });
      expect((await listAudit(found.read, { limit: 2 })).map((row) => row.action)).toEqual([
        'node.restored',
        'peer.scopes',
      ]);
      // It is found by its words, which no backup holds.
      const query = { q: 'chambre 519', limit: 5 };
      expect((await searchCatalogue(found.read, new Date(), { member: true }, query)).items).toHaveLength(1);
      expect(await danglingReferences(found.read)).toEqual([]);
      expect((await actorsWithoutKeys(found.read)).bad).toEqual([]);
      // Whoever was signed in is not: a session that was ended since must not open again. And nothing leaves it yet.
      expect(await found.read.$count(found.read.t.sessions)).toBe(0);
      expect([await isHeld(found.read), (await restoredState(found.read))?.confirmed]).toEqual([true, undefined]);
      // Numbers that were given after the backup are not given again.
      const row = await found.write((tx) => createListing(tx, site, 'alice', draft(), 'published'));
      expect(row.row).toBeGreaterThan(1_000_000);
      await found.close();
    } finally {
      await target.drop();
    }
  });

  test('of an older version is brought up to date', async () => {
    const target = await newPlace(engine);
    const old = join(work, 'old.tar');
    const then = columnsAfter(2);
    const only = (table: string, row: object): Record<string, unknown> =>
      Object.fromEntries(Object.entries(row).filter(([column]) => then.get(table)?.has(column) === true));
    await rewrite(file, key, old, {
      manifest: (manifest) => ({
        ...manifest,
        migrations: manifest.migrations.slice(0, 2),
        tables: manifest.tables
          .filter(({ name }) => then.has(name))
          .map(({ name, columns }) => ({ name, columns: only(name, columns) as typeof columns })),
      }),
      row: (row, table) => only(table, row),
      entry: (entry) => (entry.name.startsWith('tables/') && !then.has(tableOf(entry.name)) ? undefined : entry),
      ending: (ending) => ({ ...ending, rows: knownThen(ending.rows, then) }),
    });
    await restoreTo(target, ORIGIN, old, undefined);
    const asThen = (dump: Dump): Dump =>
      Object.fromEntries(
        Object.entries(asRestored(dump)).flatMap(([name, rows]) => {
          const table = getTableName(sqliteTables[name as TableName]);
          return then.has(table) ? [[name, rows.map((row) => only(table, Object(row)))]] : [];
        }),
      );
    const restored = await dumpAt(target.location);
    expect(asThen(restored)).toEqual(asThen(before));
    // And it has what came later.
    expect(Object.keys(restored)).toEqual(Object.keys(before));
    await target.drop();
  });

  /** Everything that a node here consists of; `restoring-…` would be what a restore left behind. */
  const state = async () => ({
    rows: await dumpAt(place.location),
    files: await filesOf(place.mediaDir),
    names: readdirSync(place.dir).filter((name) => !name.startsWith('maillon.db')),
  });
  const tried = async (path: string, with_: BackupKey | undefined = key, origin = ORIGIN): Promise<unknown> =>
    restoreTo(place, origin, path, with_, true).then(
      () => 'restored',
      (error: { code: string }) => error.code,
    );

  test('is never touched by a file that is cut short, altered, of another, or opened by a wrong key', async () => {
    const good = readFileSync(file);
    const now = await state();
    const bad = join(work, 'bad');
    const with_ = (bytes: Buffer): string => {
      writeFileSync(bad, bytes);
      return bad;
    };
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(good);
      copy[at]! ^= 1;
      return copy;
    };
    const piece = 64 * 1024 + 16;
    // After the header's last line and the nonce.
    const body = good.indexOf('\n', good.indexOf('\n--- ') + 1) + 1 + 16;
    expect(good.length).toBeGreaterThan(body + 3 * piece);
    const swapped = Buffer.from(good);
    good.copy(swapped, body, body + piece, body + 2 * piece);
    good.copy(swapped, body + piece, body, body + piece);
    for (const bytes of [
      good.subarray(0, good.length - 1),
      good.subarray(0, Math.floor(good.length / 2)),
      good.subarray(0, body + piece),
      good.subarray(0, 100),
      flipped(300),
      flipped(Math.floor(good.length / 2)),
      flipped(good.length - 5),
      swapped,
      Buffer.concat([good, good.subarray(-500)]),
    ])
      expect(await tried(with_(bytes))).toBe('damaged');
    expect(await tried(with_(flipped(60)))).toMatch(/damaged|keyWrong/);
    expect(await tried(file, await newKey())).toBe('keyWrong');
    expect(await tried(file, await readKey('une tout autre phrase'))).toBe('keyWrong');
    expect(await tried(file, await readKey((await makeKey(new Date())).recipient))).toBe('keyPublic');
    const without = await restoreTo(place, ORIGIN, file, undefined, true).catch((error: unknown) => error);
    expect(without).toMatchObject({ code: 'keyMissing' });
    expect(await tried(with_(Buffer.alloc(0)))).toBe('foreign');
    expect(await tried(with_(Buffer.from('PK\x03\x04 a zip')))).toBe('foreign');
    expect(await tried(file, key, 'https://other.example')).toBe('otherOrigin');

    // Locked with the right key, and yet no backup, or one that says other things than it holds.
    const made = join(work, 'made.tar');
    const archive = async (entries: { name: string; bytes: Buffer }[]): Promise<string> => {
      rmSync(made, { force: true });
      const handle = await open(made, 'wx');
      await writeArchive(handle, undefined, new Date(), from(entries), () => Buffer.from('{}'));
      await handle.close();
      return made;
    };
    expect(await tried(await archive([{ name: 'holiday.jpg', bytes: Buffer.from('x') }]))).toBe('foreign');
    const changed = async (change: Change): Promise<unknown> => {
      rmSync(made, { force: true });
      await rewrite(file, key, made, change);
      return tried(made, undefined);
    };
    expect(
      await changed({ manifest: (manifest) => ({ ...manifest, migrations: [...manifest.migrations, '9999_later'] }) }),
    ).toBe('newer');
    expect(
      await changed({ entry: (entry) => ({ ...entry, name: entry.name.replace('media/', 'media/../../') }) }),
    ).toBe('foreign');
    expect(await changed({ entry: (entry) => (entry.name.includes('/actors/') ? undefined : entry) })).toBe('damaged');
    expect(await changed({ ending: (ending) => ({ ...ending, files: ending.files + 1 }) })).toBe('damaged');
    expect(await changed({ ending: (ending) => ({ ...ending, sha256: '0'.repeat(64) }) })).toBe('damaged');
    // A fault that only the engine finds, at the last row.
    expect(await changed({ row: (row) => ('title' in row ? { ...row, title: null } : row) })).toMatch(
      /^(23502|SQLITE_CONSTRAINT_NOTNULL)$/,
    );

    expect(await state()).toEqual(now);
  });

  test('steps aside for a backup only if that was said, and while nobody uses it', async () => {
    const refused = await restoreTo(place, ORIGIN, file, key).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'lived' });
    const running = await openDatabase(place.location);
    await running.write(async (tx) => {
      await tx.insert(tx.t.facts).values({ key: 'since', value: 'the backup' });
    });
    expect(await tried(file)).toBe('inUse');
    await running.close();
    const now = await dumpAt(place.location);
    mkdirSync(join(place.mediaDir, 'zz'), { recursive: true });
    writeFileSync(join(place.mediaDir, 'zz', 'since.webp'), 'since the backup');

    const { aside } = await restoreTo(place, ORIGIN, file, key, true);
    expect(asRestored(await dumpAt(place.location))).toEqual(asRestored(before));
    expect(await filesOf(place.mediaDir)).toEqual(files);
    const kept = join(place.dir, aside!);
    expect(readFileSync(join(kept, 'media', 'zz', 'since.webp'), 'utf8')).toBe('since the backup');
    if (engine === 'sqlite') expect(await dumpAt({ engine, file: join(kept, 'maillon.db') })).toEqual(now);
    else {
      const client = new pg.Client({ connectionString: place.url! });
      await client.connect();
      const schema = aside!.replaceAll('-', '_').toLowerCase();
      const found = await client.query(`SELECT value FROM ${schema}.facts WHERE key = 'since'`);
      expect(found.rows).toEqual([{ value: 'the backup' }]);
      const listings = await client.query(`SELECT count(*)::int AS n FROM ${schema}.listings`);
      expect(listings.rows).toEqual([{ n: 520 }]);
      await client.end();
    }
    expect(readdirSync(place.dir).filter((name) => name.startsWith('restoring-'))).toEqual([]);
    // A node that was started once and never set up is in nobody's way.
    const bare = await newPlace(engine);
    await (await openDatabase(bare.location)).close();
    expect((await restoreTo(bare, ORIGIN, file, key)).aside).toBeUndefined();
    expect(asRestored(await dumpAt(bare.location))).toEqual(asRestored(before));
    await bare.drop();
  });

  test('tells which pictures lacked when it was backed up', async () => {
    const found = await openDatabase(place.location);
    const gone = Object.keys(files).find((name) => name.endsWith('-800.webp'));
    rmSync(join(place.mediaDir, gone!));
    const lacking = join(work, 'lacking.tar.age');
    expect(await backUp({ db: found, origin: ORIGIN, mediaDir: place.mediaDir }, lacking, key)).toMatchObject({
      files: 3,
      missing: [gone],
    });
    await found.close();
    const target = await newPlace(engine);
    expect(await restoreTo(target, ORIGIN, lacking, key)).toMatchObject({ files: 3, missing: [gone] });
    await target.drop();
  });
});

test('a passphrase opens what it locked, and a short one is refused', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-key-'));
  const file = join(dir, 'x.tar.age');
  const handle = await open(file, 'wx');
  const entries = [{ name: 'a.txt', bytes: Buffer.from('un secret') }];
  await writeArchive(handle, await readKey('une phrase assez longue'), new Date(), from(entries), () =>
    Buffer.from('{}'),
  );
  await handle.close();
  expect(readFileSync(file, 'latin1')).not.toContain('un secret');
  const read = await Array.fromAsync(readArchive(file, await readKey('# note\nune phrase assez longue\n')));
  expect(read.map(({ name, bytes }) => [name, String(bytes)])).toEqual([
    ['a.txt', 'un secret'],
    ['end.json', '{}'],
  ]);
  await expect(readKey('trop court')).rejects.toMatchObject({ code: 'keyShort' });
  await expect(readKey('AGE-SECRET-KEY-1NONSENSE')).rejects.toMatchObject({ code: 'keyBad' });
  await expect(readKey('# nothing\n')).rejects.toMatchObject({ code: 'keyMissing' });
  rmSync(dir, { recursive: true, force: true });
});

const from = async function* <T>(items: T[]): AsyncGenerator<T> {
  yield* items;
};

const tableOf = (name: string): string => name.split('/')[1] ?? '';

/** The tables and their columns as the first migrations made them. */
const columnsAfter = (migrations: number): Map<string, Set<string>> => {
  const db = new Sqlite(':memory:');
  for (const migration of allMigrations('sqlite').slice(0, migrations)) applySqlite(db, migration);
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  const found = new Map(tables.map((table) => [table, new Set(columns.all(table))]));
  db.close();
  return found;
};
const knownThen = <T>(rows: Record<string, T>, then: Map<string, unknown>): Record<string, T> =>
  Object.fromEntries(Object.entries(rows).filter(([table]) => then.has(table)));

type Change = {
  manifest?: (manifest: Manifest) => Manifest;
  row?: (row: Record<string, unknown>, table: string) => Record<string, unknown>;
  entry?: (entry: { name: string; bytes: Buffer }) => { name: string; bytes: Buffer } | undefined;
  ending?: (ending: ReturnType<typeof readEnding>) => ReturnType<typeof readEnding>;
};

/** A backup that says something else, sealed as if it were right. */
const rewrite = async (file: string, key: BackupKey, to: string, change: Change): Promise<void> => {
  const read = await Array.fromAsync(readArchive(file, key));
  const entries = read.slice(0, -1).flatMap(({ name, bytes }) => {
    if (name === 'manifest.json')
      return [{ name, bytes: writeManifest((change.manifest ?? ((same) => same))(readManifest(bytes))) }];
    const table = name.startsWith('tables/') && change.row !== undefined;
    const lines = table
      ? gunzipSync(bytes)
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.stringify(change.row!(JSON.parse(line), tableOf(name))))
          .join('\n')
      : '';
    const entry = { name, bytes: table ? gzipSync(lines) : bytes };
    const changed = change.entry === undefined ? entry : change.entry(entry);
    return changed === undefined ? [] : [changed];
  });
  const handle = await open(to, 'wx');
  await writeArchive(handle, undefined, new Date(), from(entries), (seal) =>
    writeEnding((change.ending ?? ((same) => same))({ ...readEnding(read.at(-1)!.bytes), ...seal })),
  );
  await handle.close();
};
