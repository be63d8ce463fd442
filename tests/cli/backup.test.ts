/** An admin at the terminal who backs up, loses, restores, and asks the doctor. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '#db/database.ts';
import { startStranger } from '../support/stranger.ts';
import { ANSWERS, type Machine, machine } from '../support/cli.ts';
import { freshPostgres } from '../support/databases.ts';
import { peerRow } from '../support/peer-row.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DAY_MS = 24 * 3_600_000;

describe('maillon backup and maillon restore', () => {
  let box: Machine;
  let key = '';
  let made = '';
  const inside = (...names: string[]): string => join(box.dir, ...names);
  const open = () => openDatabase({ engine: 'sqlite', file: inside('data/maillon.db') });

  beforeAll(async () => {
    box = machine();
    await box.maillon(['setup', '--from', box.file('setup.json', JSON.stringify(ANSWERS))]);
    const pixels = { create: { width: 60, height: 40, channels: 3, background: '#ca0' } } as const;
    writeFileSync(inside('miel.png'), await sharp(pixels).png().toBuffer());
    const csv =
      'type;titre;texte;mode de prix;lieu;photos\ngoods;Chaise;Une chaise en noyer.;free;Marseille;miel.png\n';
    expect((await box.maillon(['import', box.file('a.csv', csv), '--member', 'ada'])).code).toBe(0);
    key = inside('keys', 'backup.key');
    mkdirSync(inside('keys'));
  });
  afterAll(() => box.drop());

  test('without a key nothing is written, and it is said how to make one', async () => {
    const refused = await box.maillon(['backup'], { env: { LANG: 'fr_FR.UTF-8' } });
    expect(refused).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/Créez-en une :\n\n {2}maillon backup --new-key backup\.key\n/),
    });
    expect(readdirSync(inside('data'))).not.toContain('backups');
    const short = await box.maillon(['backup'], { env: { MAILLON_BACKUP_KEY: 'trop court' } });
    expect(short).toMatchObject({ code: 2, err: expect.stringContaining('at least 16 characters') });
    const gone = await box.maillon(['backup', '--key-file', key]);
    expect(gone).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
  });

  test('makes a key that only its owner reads, and never writes over one', async () => {
    const fresh = await box.maillon(['backup', '--new-key', key]);
    expect(fresh).toMatchObject({ code: 0, out: expect.stringMatching(/^age1[a-z0-9]{58}\n$/) });
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const content = readFileSync(key, 'utf8');
    expect(content).toMatch(/^# created: .*\n# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
    expect((await box.maillon(['backup', '--new-key', key])).code).toBe(1);
    expect(readFileSync(key, 'utf8')).toBe(content);
  });

  test('writes one locked file, keeps so many, leaves alone what is not its own', async () => {
    const to = inside('elsewhere');
    mkdirSync(to);
    for (const name of [
      'maillon-volets.localhost-4999-20200101T000000Z.tar.age',
      'maillon-volets.localhost-4999-20210101T000000Z.tar.age',
      'maillon-other.example-20200101T000000Z.tar.age',
      'maillon-volets.localhost-4999-holiday.jpg',
    ])
      writeFileSync(join(to, name), '');
    const done = await box.maillon(['backup', '--to', to, '--keep', '2'], { env: { MAILLON_BACKUP_KEY_FILE: key } });
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('Older backups removed: 1') });
    made = done.out.trim();
    expect(made).toMatch(/elsewhere\/maillon-volets\.localhost-4999-\d{8}T\d{6}Z\.tar\.age$/);
    expect(readdirSync(to).toSorted()).toEqual(
      [
        'maillon-other.example-20200101T000000Z.tar.age',
        'maillon-volets.localhost-4999-20210101T000000Z.tar.age',
        'maillon-volets.localhost-4999-holiday.jpg',
        made.split('/').at(-1)!,
      ].toSorted(),
    );
    expect(statSync(made).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(made, 'latin1');
    expect(bytes).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    expect(bytes).not.toMatch(/PRIVATE KEY|ada@volets/);
    expect((await box.maillon(['backup', '--keep', '0', '--key-file', key])).code).toBe(2);
    expect((await box.maillon(['backup', '--keep', '2', '--to', inside('one.age'), '--key-file', key])).code).toBe(2);
  });

  test('a plain one is a tar that any machine opens, and it is said what that means', async () => {
    const to = inside('plain.tar');
    const done = await box.maillon(['backup', '--plain', '--to', to]);
    expect(done).toMatchObject({ code: 0, out: `${to}\n`, err: expect.stringContaining('not locked') });
    const list = spawnSync('tar', ['-tf', to], { encoding: 'utf8' });
    expect(list.stdout.split('\n')).toEqual(
      expect.arrayContaining(['manifest.json', 'tables/keys/000001.jsonl.gz', 'end.json']),
    );
    expect(list.stdout.match(/^media\/.*\.webp$/gm)).toHaveLength(3);
  });

  test('a disk that takes no more leaves no half file', () => {
    const to = inside('full');
    const large = inside('data/media/film.webm');
    mkdirSync(to);
    writeFileSync(large, randomBytes(2_000_000));
    // No file may become larger than 512 KB.
    const script = `ulimit -f 1024; exec "${ROOT}node_modules/.bin/node" "${ROOT}src/cli/main.ts" backup --key-file "${key}" --to "${to}"`;
    const env = {
      PATH: process.env['PATH'] ?? '',
      MAILLON_DATA: inside('data'),
      MAILLON_ORIGIN: 'http://volets.localhost:4999',
    };
    const ran = spawnSync('sh', ['-c', script], { cwd: box.dir, env, encoding: 'utf8' });
    expect([ran.status, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('not enough space');
    expect(readdirSync(to)).toEqual([]);
    rmSync(large);
  });

  test('is restored after the machine was lost, and speaks again once that is confirmed', async () => {
    expect(await box.maillon(['restore', made])).toMatchObject({ code: 1, err: expect.stringContaining('is locked') });
    expect(await box.maillon(['restore', made, '--key-file', key])).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing has changed. There is a node already. Give --replace'),
    });
    rmSync(inside('data'), { recursive: true });
    const restored = await box.maillon(['restore', made, '--key-file', key]);
    expect(restored).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Les Volets Ouverts is restored as it was on .*Files: 3\.\n$/),
      err: expect.stringContaining('maillon restore --confirm'),
    });
    expect(readdirSync(inside('data')).toSorted()).toEqual(['maillon.db', 'media']);
    expect(await box.maillon(['doctor', '--offline'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /✗ restored: from the backup of .*nothing leaves the node\. maillon restore --confirm/,
      ),
    });
    expect(await box.maillon(['restore', '--confirm'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Confirmed: the node speaks again'),
    });
    const well = await box.maillon(['doctor', '--offline']);
    expect(well.out).not.toContain('✗');
    expect(well.out).toMatch(/✓ pictures: all are there: 3 files\n/);
    expect(well.out).toMatch(/✓ backup: the newest is of/);
    expect((await box.maillon(['restore', '--confirm'])).code).toBe(1);
  });

  test('the doctor names what is missing, dangling, old and stuck, each with its remedy', async () => {
    const [folder] = readdirSync(inside('data/media'));
    const [lost] = readdirSync(inside('data/media', folder!));
    rmSync(inside('data/media', folder!, lost!));
    writeFileSync(inside('data/media', folder!, 'unused.webp'), 'x');
    const db = await open();
    const now = Date.now();
    await db.write(async (tx) => {
      const { facts, messages, keys, activities, deliveries, hosts } = tx.t;
      await tx
        .update(facts)
        .set({ value: new Date(now - 5 * DAY_MS).toISOString() })
        .where(eq(facts.key, 'backup'));
      await tx.insert(messages).values({
        id: 'm',
        uri: 'https://a.example/m',
        conversation: 'nowhere',
        author: 'https://a.example/users/a',
        html: '',
        created: new Date(),
      });
      const [pair] = await tx.select().from(keys).limit(1);
      await tx.insert(activities).values({
        uri: 'https://a.example/1',
        actor: pair!.actor,
        type: 'Create',
        object: 'https://a.example/2',
        listed: false,
        body: '{}',
        created: new Date(now),
      });
      await tx.insert(deliveries).values({
        activity: 'https://a.example/1',
        inbox: 'https://away.example/inbox',
        host: 'away.example',
        key: pair!.id,
        priority: 5,
        state: 'waiting',
        attempts: 9,
        due: new Date(now),
        created: new Date(now - 3 * DAY_MS),
      });
      await tx.insert(hosts).values({ host: 'away.example', failures: 9, error: 'No answer', updated: new Date() });
      await tx.update(keys).set({ publicPem: 'no key' });
    });
    await db.close();
    const { code, out } = await box.maillon(['doctor', '--offline']);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ pictures: files that are not there: 1 of 3 \(.*Restore them from a backup/);
    expect(out).toMatch(/· pictures: files that nothing uses: 1/);
    expect(out).toMatch(
      /✗ integrity: rows of messages\.conversation that speak of conversations that are not there: 1/,
    );
    expect(out).toMatch(/✗ keys: missing or unreadable for: .*ada/);
    expect(out).toMatch(/✗ backup: the newest is of .*docs\/backup\.md/);
    expect(out).toMatch(/✗ deliveries: waiting: 1, .*for away\.example \(No answer\)/);
  });

  test('the doctor compares the clock with a partner’s', async () => {
    const partner = await startStranger('lyon');
    const host = new URL(partner.origin).host;
    const db = await open();
    await db.write(async (tx) => {
      await tx
        .insert(tx.t.peers)
        .values(peerRow({ host, nodeActor: `${partner.origin}/users/instance`, name: 'Lyon' }));
    });
    await db.close();
    expect((await box.maillon(['doctor'])).out).toContain(`✓ clock: agrees with ${host}`);
    partner.documents.set('/.well-known/nodeinfo', {});
    partner.dateOff = 7_200_000;
    expect((await box.maillon(['doctor'])).out).toMatch(
      /✗ clock: differs from lyon\.localhost:\d+ by 7[12]\d\d seconds\. .*set-ntp/,
    );
    await partner.close();
    expect((await box.maillon(['doctor'])).out).toContain('· clock: no partner answered');
  });

  test('the doctor says of a broken file how to come back from it', async () => {
    const file = inside('data/maillon.db');
    new Sqlite(file).pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 8_192, bytes.length - 8_192);
    writeFileSync(file, bytes);
    const { code, out } = await box.maillon(['doctor', '--offline']);
    expect([code, out]).toEqual([1, expect.stringMatching(/✗ (database|integrity): .*(restore|MAILLON_DATA)/)]);
    // And so it does: what is broken steps aside.
    const back = await box.maillon(['restore', made, '--key-file', key, '--replace']);
    expect(back).toMatchObject({
      code: 0,
      err: expect.stringMatching(/kept under the name before-restore-\d{8}T\d{6}Z/),
    });
    expect((await box.maillon(['doctor', '--offline'])).out).toMatch(/✓ integrity/);
  });
});

test('a node on PostgreSQL moves to SQLite by a backup', async () => {
  const postgres = await freshPostgres();
  const from = machine({ DATABASE_URL: postgres.url });
  const to = machine();
  await from.maillon(['setup', '--from', from.file('setup.json', JSON.stringify(ANSWERS))]);
  const { out } = await from.maillon(['backup', '--plain', '--to', join(to.dir, 'moved.tar')]);
  expect(await to.maillon(['restore', out.trim()])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Les Volets Ouverts is restored as it was on/),
  });
  to.drop();
  from.drop();
  await postgres.drop();
});
