/** An admin at the terminal, from set-up to a token. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '#db/database.ts';
import { listAudit } from '#domain/audit.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { openSession } from '#domain/sessions.ts';
import { beginCodes } from '#domain/sign-in/codes.ts';
import { peekToken } from '#domain/tokens.ts';
import { loadConfig } from '#src/config.ts';
import { createNode } from '#src/node.ts';
import { ANSWERS, type Machine, machine } from '../support/cli.ts';
import { freshPostgres } from '../support/databases.ts';
import { freePort } from '../support/nodes.ts';
import { painted } from '../support/photographs.ts';
import { startStranger } from '../support/stranger.ts';

const CSV = [
  'ref;type;titre;texte;mode de prix;prix;lieu;photos;photo_alts',
  'a;food;Miel de garrigue;Un miel récolté en juillet.;money;8,50;Aubagne;miel.png;Un pot de miel',
  'b;goods;Chaise;Une chaise en noyer, à réparer.;free;;Marseille;;',
  'c;goods;Table;Une table en noyer, à réparer.;money;beaucoup;Marseille;;',
].join('\n');

describe.each(['sqlite', 'postgres'] as const)('on %s, an admin', (engine) => {
  let box: Machine;
  let postgres: { url: string; drop(): Promise<void> } | undefined;
  beforeAll(async () => {
    postgres = engine === 'postgres' ? await freshPostgres() : undefined;
    box = machine(postgres === undefined ? {} : { DATABASE_URL: postgres.url });
  });
  afterAll(async () => {
    box.drop();
    await postgres?.drop();
  });
  /** What differs between the engines is in the database tests; starting a process a dozen times more would prove nothing new. */
  const once = test.runIf(engine === 'sqlite');
  const open = () =>
    openDatabase(
      postgres === undefined
        ? { engine: 'sqlite', file: join(box.dir, 'data/maillon.db') }
        : { engine: 'postgres', url: postgres.url },
    );

  once('who gives wrong answers hears of all at once, and nothing is saved', async () => {
    const wrong = box.file(
      'wrong.json',
      JSON.stringify({
        ...ANSWERS,
        name: 'X',
        kinds: ['lodging', 'castles'],
        territory: 'Nullepart-les-Bains',
        admin: { ...ANSWERS.admin, email: 'no', password: 'abc' },
      }),
    );
    const { code, err, out } = await box.maillon(['setup', '--from', wrong]);
    expect([code, out]).toEqual([1, '']);
    for (const field of ['name', 'territory', 'kinds', 'admin.email', 'admin.password'])
      expect(err).toMatch(new RegExp(`^  ${field} \\(--`, 'm'));
    expect((await box.maillon(['setup', '--from', box.file('odd.json', '{"nom":"X"}')])).err).toMatch(
      /nom: unknown; use one of: name, handle/,
    );
    expect((await box.maillon(['import', 'x.csv', '--member', 'ada'])).err).toMatch(/not set up yet/);
  });

  test('gets a link to the set-up page, which is good', async () => {
    const { code, out } = await box.maillon(['setup-link']);
    expect(code).toBe(0);
    const token = /^http:\/\/volets\.localhost:4999\/setup\/(\S+)\n$/.exec(out)?.[1] ?? '';
    const db = await open();
    expect(await peekToken(db.read, new Date(), 'setup', token)).toBeDefined();
    await db.close();
  });

  test('sets up from a file, the password from standard input, in French, and only once', async () => {
    const { password: _, ...admin } = ANSWERS.admin;
    const file = box.file('setup.json', JSON.stringify({ ...ANSWERS, admin }));
    const set = await box.maillon(['setup', '--from', file, '--password-stdin'], {
      input: 'une phrase assez longue\n',
      env: { LANG: 'fr_FR.UTF-8' },
    });
    expect(set).toEqual({
      code: 0,
      err: '',
      out: 'Les Volets Ouverts est installée à l’adresse http://volets.localhost:4999. Lancez le nœud avec npm start et connectez-vous en tant que ada.\n',
    });
    const again = await box.maillon(['setup', '--from', file]);
    expect([again.code, again.err]).toEqual([1, 'This node is set up already, as Les Volets Ouverts.\n']);
    expect((await box.maillon(['setup-link'])).code).toBe(1);
  });

  test('imports a file: the good lines in, the bad one told, twice without harm', async () => {
    writeFileSync(
      join(box.dir, 'miel.png'),
      await sharp({ create: { width: 60, height: 40, channels: 3, background: '#ca0' } })
        .png()
        .toBuffer(),
    );
    const file = box.file('annonces.csv', CSV);
    const dry = await box.maillon(['import', file, '--member', 'ada', '--dry-run']);
    expect([dry.code, dry.out]).toEqual([
      1,
      'Nothing was written. New: 2. Changed: 0. As before: 0. Lines with faults: 1.\n',
    ]);
    const first = await box.maillon(['import', file, '--member', '@ada']);
    expect([first.code, first.out]).toEqual([1, 'New: 2. Changed: 0. As before: 0. Lines with faults: 1.\n']);
    expect(first.err).toContain('  line 4, prix: An amount above zero, for example 42.50.\n');
    const second = await box.maillon(['import', file, '--member', 'ada', '--json']);
    expect(JSON.parse(second.out)).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 2,
      faults: [{ line: 4, field: 'prix', code: 'amount', message: expect.stringContaining('42.50') }],
    });
    expect((await box.maillon(['import', file, '--member', 'zoe'])).err).toMatch(/no active member "zoe"/);
    expect((await box.maillon(['import', 'gone.csv', '--member', 'ada'])).code).toBe(1);
    expect((await box.maillon(['import', box.file('list.txt', CSV), '--member', 'ada'])).code).toBe(2);
  });

  test('exports with photos and reads it back', async () => {
    const output = join(box.dir, 'export.csv');
    const { code, err } = await box.maillon(['export', '--output', output, '--photos', 'photos']);
    expect([code, err]).toEqual([0, `Listings written to ${output}: 2.\n`]);
    expect(readFileSync(output, 'utf8')).toMatch(/^\uFEFFref,kind,purpose,title/);
    expect((await box.maillon(['import', output])).out).toBe(
      'New: 0. Changed: 0. As before: 2. Lines with faults: 0.\n',
    );
    expect((await box.maillon(['export', '--output', output])).code).toBe(1);
    const json = await box.maillon(['export', '--format', 'json', '--member', 'ada']);
    expect(JSON.parse(json.out)).toMatchObject([
      { ref: 'a', kind: 'food', price: '8.50', member: 'ada' },
      { ref: 'b', kind: 'goods', price_type: 'free' },
    ]);
    expect((await box.maillon(['export', '--photos', '../x', '--output', output, '--force'])).code).toBe(2);
  });

  once('imports photos from the web, and hears of one that is not there', async () => {
    const album = await startStranger('album');
    album.files.set('/table.png', { body: await painted() });
    const file = box.file(
      'web.csv',
      [
        'ref;kind;title;text;price_type;place;photos',
        ...['table', 'gone'].map(
          (name) => `${name};goods;Une table;Une table en noyer.;free;Marseille;${album.origin}/${name}.png`,
        ),
      ].join('\n'),
    );
    const ran = await box.maillon(['import', file, '--member', 'ada', '--dry-run'], { env: { LC_ALL: 'fr_FR.UTF-8' } });
    expect(ran.out).toContain('Nouvelles : 1.');
    expect(ran.err).toContain(`photos: Il n’y a rien (ou plus rien) à « ${album.origin}/gone.png »`);
    expect(album.asked.toSorted()).toEqual(['/gone.png', '/table.png']);
    await album.close();
  });

  once('sees to members: lists, invites, gives a reset link, keeps the last admin', async () => {
    expect((await box.maillon(['member', 'list'])).out).toMatch(
      /^ada\tadmin\tactive\t\d{4}-\d\d-\d\d\tada@volets\.localhost\tAda\n$/,
    );
    expect((await box.maillon(['member', 'invite'])).out).toMatch(/\/invitations\/\S{20,}\n$/);
    expect((await box.maillon(['member', 'invite', '--email', 'nobody'])).err).toMatch(/^--email: An address/);
    expect((await box.maillon(['member', 'reset-link', 'ada'])).out).toMatch(/\/password-reset\/\S{20,}\n$/);
    expect(await box.maillon(['member', 'demote', 'ada'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('last admin'),
    });
    expect(await box.maillon(['member', 'suspend', 'ada'])).toMatchObject({ code: 1 });
    expect(await box.maillon(['member', 'reinstate', 'ada'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('active'),
    });
    expect(await box.maillon(['member', 'promote', 'zoe'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('"zoe"'),
    });
    expect(await box.maillon(['member', 'promote', 'ada', '--role', 'moderator'])).toMatchObject({ code: 1 });
  });

  once('takes lost factors away, which is told and noted', async () => {
    expect(await box.maillon(['member', 'reset-factors', 'ada'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('neither one-time codes nor passkeys'),
    });
    const db = await open();
    const { id: account } = (await findAccountByHandle(db.read, 'ada'))!;
    await db.write(async (tx) => {
      const created = new Date();
      await tx.insert(tx.t.passkeys).values({
        id: 'a-key',
        account,
        name: 'Téléphone perdu',
        publicKey: 'x',
        counter: 0,
        transports: [],
        created,
      });
      await beginCodes(tx, created, account);
      await openSession(tx, created, account, 'the lost telephone', 'strong');
    });
    expect(await box.maillon(['member', 'reset-factors', 'ada'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('signs in with the password alone again'),
    });
    for (const table of ['passkeys', 'oneTimeCodes', 'sessions'] as const)
      expect(await db.read.$count(db.read.t[table]), table).toBe(0);
    const { jobs } = db.read.t;
    expect(JSON.stringify(await db.read.select().from(jobs))).toContain('factorsReset');
    expect((await listAudit(db.read, { limit: 1 }))[0]).toMatchObject({
      action: 'member.factorsReset',
      subject: 'ada',
    });
    await db.close();
  });

  once('issues a token, lists and revokes it', async () => {
    const issued = await box.maillon(['token', 'issue', '--name', 'site web', '--days', '30']);
    expect(issued.out).toMatch(/^mln_\S{40,}\n$/);
    const [line] = (await box.maillon(['token', 'list'])).out.split('\n');
    expect(line).toMatch(/^\S+\t\d{4}-\d\d-\d\d\tuntil \d{4}-\d\d-\d\d\tsite web$/);
    const id = line?.split('\t')[0] ?? '';
    expect((await box.maillon(['token', 'revoke', id])).code).toBe(0);
    expect((await box.maillon(['token', 'revoke', id])).code).toBe(1);
    expect((await box.maillon(['token', 'list'])).out).toBe('');
  });
});

describe('maillon doctor', () => {
  test('finds a running node well, and says what is wrong when it is not running', async () => {
    const port = await freePort();
    const box = machine({ MAILLON_ORIGIN: `http://volets.localhost:${port}`, PORT: String(port) });
    try {
      const empty = await box.maillon(['doctor', '--offline']);
      expect([empty.code, empty.out]).toEqual([1, expect.stringMatching(/✗ cooperative: This node is not set up/)]);
      await box.maillon(['setup', '--from', box.file('setup.json', JSON.stringify(ANSWERS))]);
      expect(await box.maillon(['doctor', '--offline'])).toMatchObject({ code: 0 });
      expect(await box.maillon(['doctor'])).toMatchObject({
        code: 1,
        out: expect.stringMatching(/✗ node: nothing answers/),
      });

      const loaded = loadConfig({
        MAILLON_ORIGIN: `http://volets.localhost:${port}`,
        PORT: String(port),
        MAILLON_DATA: join(box.dir, 'data'),
      });
      if (!loaded.ok) throw new Error('settings');
      const node = await createNode(loaded.config);
      const server = serve({ fetch: (request, env) => node.fetch(request, env), port, hostname: '127.0.0.1' });
      const well = await box.maillon(['doctor']);
      server.close();
      await node.close();
      expect(well.out).not.toContain('✗');
      expect(well).toMatchObject({
        code: 0,
        out: expect.stringContaining(`✓ node: it answers at http://volets.localhost:${port}`),
      });
      expect(well.out).toContain('Not checked:');
    } finally {
      box.drop();
    }
  });

  test('names every fault of the settings with its remedy', async () => {
    const box = machine();
    const settings = box.file('bad.env', 'LOG_LEVEL=loud\nSMTP_URL=mail.example\nPORT=99999\n');
    const { code, err } = await box.maillon(['doctor', '--settings', settings]);
    expect(code).toBe(2);
    for (const name of ['PORT', 'SMTP_URL', 'LOG_LEVEL']) expect(err).toContain(`  ${name}: `);
    expect(await box.maillon(['doctor', '--settings', 'gone.env'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"gone.env"'),
    });
    expect(
      await box.maillon(['doctor', '--offline'], { env: { DATABASE_URL: 'postgres://nobody:x@127.0.0.1:9/none' } }),
    ).toMatchObject({ code: 1, out: expect.stringMatching(/✗ database: .*DATABASE_URL/) });
    box.drop();
  });
});

test('somebody who mistypes is told the usage and what was meant', async () => {
  const box = machine();
  expect(await box.maillon(['impot'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean import?') });
  expect(await box.maillon(['import', 'x.csv', '--membr', 'ada'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--member'),
  });
  expect(await box.maillon(['import', 'x.csv', '--member'])).toMatchObject({ code: 2 });
  expect(await box.maillon(['import'], { env: { LC_ALL: 'fr_FR.UTF-8' } })).toMatchObject({
    code: 2,
    err: expect.stringContaining('Il manque : file.'),
  });
  expect(await box.maillon(['member', 'promote', 'ada', '--role', 'king'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('admin, moderator'),
  });
  expect(await box.maillon(['token', 'list', 'too', 'much'])).toMatchObject({ code: 2 });
  expect(await box.maillon(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('setup-link') });
  expect(await box.maillon(['export', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--photos') });
  box.drop();
});
