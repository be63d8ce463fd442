/** A day with all its secrets, against a real process, and then its real log: every line has its request's number and none a secret. */
import { desc, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueToken } from '#domain/tokens.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';
import { type Process, type Asked, startProcess } from '../support/process.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';
import { until } from '../support/nodes.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { generateKeyPairSync } from 'node:crypto';

const PASSWORD = 'hirondelle-bleue-79';
const METRICS_TOKEN = 'an-eagle-counts-sheep-0815';
eachEngine('the log', (engine) => {
  let fresh: Fresh;
  let node: Process;
  let stranger: Stranger;
  /** Everything that must not be in the log, by what it is. */
  const secrets = new Map<string, string>();
  const answers: Asked[] = [];

  beforeAll(async () => {
    fresh = await freshDatabase(engine);
    node = await startProcess('secrets', {
      MAILLON_DATA: fresh.dir,
      ...(fresh.url === undefined ? {} : { DATABASE_URL: fresh.url }),
      LOG_LEVEL: 'debug',
      METRICS_TOKEN,
      TRUSTED_PROXIES: '127.0.0.1',
    });
    stranger = await startStranger('mallory');
  });
  afterAll(async () => {
    await node?.drop();
    await stranger?.close();
    await fresh.drop();
  });

  const post = async (path: string, fields: Record<string, string>, cookie = ''): Promise<Asked> => {
    const answer = await node.ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', cookie },
      body: new URLSearchParams(fields).toString(),
    });
    answers.push(answer);
    return answer;
  };
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Asked> => {
    const answer = await node.ask(path, { headers: { accept: 'text/html', ...headers } });
    answers.push(answer);
    return answer;
  };
  const cookieOf = (answer: Asked): string => /session=([^;]+)/.exec(String(answer.headers['set-cookie']))?.[1] ?? '';
  /** As somebody breaks a database: behind the node's back. */
  const rename = (table: string): Promise<void> =>
    fresh.db.write((tx) => tx.execute(sql.raw(`ALTER TABLE ${table} RENAME TO ${table}_gone`)));
  /** What a letter that was held back says, for want of a mail server. */
  const linkOf = async (name: string): Promise<string> => {
    const { jobs } = fresh.db.read.t;
    const rows = await fresh.db.read.select().from(jobs).orderBy(desc(jobs.row));
    return rows.find((job) => job.data['name'] === name)?.data['p.link'] ?? '';
  };

  test('a day: set-up, sign-in, a forgotten password, programs, other servers, and a database that breaks', async () => {
    const setup = /\/setup\/([\w-]+)/.exec(node.out())![1]!;
    secrets.set('set-up link', setup);
    secrets.set('password', PASSWORD);
    secrets.set('metrics token', METRICS_TOKEN);
    await get(`/setup/${setup}`);
    const done = await post(`/setup/${setup}`, {
      name: 'Les Volets Ouverts',
      handle: 'volets',
      territory: 'Marseille',
      radiusKm: '30',
      languages: 'fr',
      kinds: 'lodging',
      signUpRule: 'open',
      'admin.name': 'Ada',
      'admin.handle': 'ada',
      'admin.email': 'ada.lovelace@volets.example',
      'admin.password': PASSWORD,
    });
    expect(done.status).toBe(303);
    secrets.set('first session', cookieOf(done));
    await post('/sign-in', { login: 'ada', password: `${PASSWORD}-wrong` });
    const signedIn = await post('/sign-in', { login: 'ada', password: PASSWORD });
    const session = cookieOf(signedIn);
    expect(session).toMatch(/^[\w-]{43}$/);
    secrets.set('session', session);
    const account = await get('/account', { cookie: `session=${session}` });
    secrets.set('form token', /name="csrf" value="([^"]+)"/.exec(account.text)![1]!);

    await post('/password-reset', { login: 'ada' });
    await until('the letter is held', async () => (await linkOf('reset')) !== '');
    const reset = (await linkOf('reset')).replace(/^.*\//, '');
    expect(reset).toMatch(/^[\w-]{43}$/);
    secrets.set('reset link', reset);
    await get(`/password-reset/${reset}`);
    await post(`/password-reset/${reset}`, { password: 'court' });

    // Whoever reports without an account comes back by a link.
    const reported = await post('/reports', {
      location: `${node.origin}/@ada`,
      reason: 'spam',
      text: 'Trop de lettres',
      name: 'Zoé',
      email: 'zoe@example.org',
      goodFaith: '1',
    });
    const receipt = /^\/reports\/[\w-]{36}\.([\w-]{32})$/.exec(String(reported.headers['location']))!;
    secrets.set('report link', receipt[1]!);
    expect((await get(receipt[0])).status).toBe(200);
    expect((await post(`${receipt[0]}/appeal`, { text: 'x' })).status).toBe(404);

    const token = await fresh.db.write((tx) => issueToken(tx, new Date(), 'api', { data: { name: 'script' } }));
    secrets.set('API token', token);
    expect((await get('/api/v1/listings', { authorization: `Bearer ${token}` })).status).toBe(200);
    await get(`/api/v1/listings?token=${token}&password=${PASSWORD}`);
    await get('/metrics', { authorization: `Bearer ${METRICS_TOKEN}` });

    const note = {
      id: `${stranger.origin}/n/1`,
      type: 'Create',
      actor: stranger.actor,
      object: `${stranger.origin}/o`,
    };
    await stranger.post(`${node.origin}/inbox`, note);
    const forged = signedHeaders({
      method: 'POST',
      url: `${node.origin}/inbox`,
      body: Buffer.from(JSON.stringify(note)),
      keyId: `${stranger.actor}#main-key`,
      privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
      dialect: 'cavage',
      now: new Date(),
    });
    secrets.set('signature', /signature="([^"]+)"/.exec(forged['signature']!)![1]!);
    const refused = await node.ask('/inbox', {
      method: 'POST',
      headers: { ...forged, 'content-type': 'application/activity+json' },
      body: JSON.stringify(note),
    });
    expect(refused.status).toBe(401);
  });

  test('what breaks says so with the number of the request, and shows nobody a stack', async () => {
    // Statements that fail quote their values: the hash of a password, the token of a form, private keys, what people wrote.
    await rename('sessions');
    await rename('keys');
    const broken = [
      await post('/sign-in', { login: 'ada', password: PASSWORD }),
      await post('/sign-up', { name: 'Bob', handle: 'bob', email: 'bob@volets.example', password: PASSWORD }),
    ];
    for (const answer of broken) {
      expect(answer.status).toBe(500);
      const id = String(answer.headers['x-request-id']);
      expect(answer.text).toContain(id);
      expect(answer.text).not.toMatch(/at file:|node_modules|SqliteError|INSERT|insert into/);
      const lines = node.lines().filter((line) => (line['properties'] as { request?: string }).request === id);
      expect(lines.map((line) => line['level'])).toEqual(expect.arrayContaining(['ERROR', 'INFO']));
      expect(String(lines.find((line) => line['level'] === 'ERROR')?.['message'])).toMatch(
        /(?:no such table|Failed query: insert into)[\s\S]* at /,
      );
    }
    const program = await node.ask('/sign-in', {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ login: 'ada', password: PASSWORD }).toString(),
    });
    expect(program.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(program.text)).toMatchObject({ status: 500, instance: program.headers['x-request-id'] });

    await rename('cooperative');
    // The address of what failed is a secret itself.
    const link = await get(`/password-reset/${secrets.get('reset link')!}`, { cookie: '' });
    expect(link.status).toBe(500);

    await rename('actors');
    const document = await get('/users/ada', { accept: 'application/activity+json' });
    expect(document.status).toBe(500);
    expect(document.text).toContain(String(document.headers['x-request-id']));
    expect(document.text).not.toContain(' at ');
  });

  test('a number from our own proxy is taken over, and nothing that would break a line', async () => {
    const known = await get('/healthz', { 'x-request-id': 'proxy-000123' });
    expect(known.headers['x-request-id']).toBe('proxy-000123');
    const odd = await get('/healthz', { 'x-request-id': 'x"} {"level":"FATAL' });
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('the log: objects with numbers, and no secret in any of them', async () => {
    await until('the last line is there', async () => node.err().includes('proxy-000123'));
    const lines = node.lines();
    expect(lines.length).toBeGreaterThan(15);
    // Nothing else is on standard error: no bare stack of a library.
    expect(
      node
        .err()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('{')),
    ).toEqual([]);
    const web = lines.filter((line) => line['logger'] === 'maillon.web');
    expect(web.length).toBeGreaterThan(0);
    for (const line of web) expect(line['properties']).toHaveProperty('request');
    for (const answer of answers) expect(answer.headers['x-request-id']).toBeDefined();
    expect(secrets.size).toBe(10);
    for (const [what, secret] of secrets) {
      expect(secret.length, what).toBeGreaterThan(15);
      expect(node.err().includes(secret), `${what} in the log`).toBe(false);
      expect(node.err().includes(encodeURIComponent(secret)), `${what} in the log`).toBe(false);
    }
    for (const pattern of [/PRIVATE KEY/, /\$argon2/, /ada\.lovelace/, /bob@volets/])
      expect(node.err()).not.toMatch(pattern);
  });
});
