import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explainFaults, loadConfig } from '#src/config.ts';
import { LIMITS } from '#src/limits.ts';

test('a faulty configuration names every fault at once, with its remedy', () => {
  const result = loadConfig({
    PORT: 'x',
    MAILLON_ORIGIN: 'http://coop.example/path',
    DATABASE_URL: 'mysql://',
    MAILLON_ROLE: 'boss',
    SMTP_URL: 'mail',
    LOG_LEVEL: 'loud',
  });
  expect(result.ok).toBe(false);
  if (result.ok) return;
  expect(new Set(result.faults.map((fault) => fault.variable))).toEqual(
    new Set(['PORT', 'MAILLON_ORIGIN', 'DATABASE_URL', 'MAILLON_ROLE', 'SMTP_URL', 'LOG_LEVEL']),
  );
  for (const fault of result.faults) expect(fault.remedy.length).toBeGreaterThan(10);
});
test.each([
  ['PORT', { PORT: 'x' }],
  ['MAILLON_ORIGIN', { MAILLON_ORIGIN: 'coop.example' }],
  ['MAILLON_ORIGIN', { MAILLON_ORIGIN: 'https://coop.example.' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '127.0.0.1, caddy' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/8' }],
  ['BIND', { BIND: 'everywhere' }],
  ['METRICS_BIND', { METRICS_BIND: '*' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://maillon:pa#ss@db/maillon' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://db' }],
  ['SMTP_URL', { SMTP_URL: 'smtps://me:12/4@mail.example' }],
  ['MAIL_FROM', { MAIL_FROM: 'Les Volets', MAILLON_ORIGIN: 'https://coop.example' }],
  ['MAIL_FROM', { SMTP_URL: 'smtp://mail.example', MAILLON_ORIGIN: 'https://192.0.2.4' }],
])('%s is the one fault in %o', (variable, env) => {
  expect(loadConfig(env)).toMatchObject({ ok: false, faults: [{ variable }] });
});
test('a name that is misspelt is told: alone as a remark, for going back to an older version must be possible', () => {
  expect(loadConfig({ MAILLON_DATADIR: 'x', HOME: '/' })).toMatchObject({ ok: true, unknown: ['MAILLON_DATADIR'] });
  expect(loadConfig({ MAILLON_ORIGN: 'https://coop.example', MAILLON_ROLE: 'worker' })).toMatchObject({
    ok: false,
    faults: [{ variable: 'MAILLON_ROLE' }, { variable: 'MAILLON_ORIGN' }],
  });
  const everyName = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').matchAll(/^#?(MAILLON_\w+)=/gm);
  expect(loadConfig(Object.fromEntries([...everyName].map(([, name]) => [name, ''])))).toMatchObject({ unknown: [] });
});
test('nothing set: one node on this machine, on SQLite', () => {
  expect(loadConfig({})).toMatchObject({
    ok: true,
    config: { origin: 'http://localhost:8000', testNetwork: true, bind: '127.0.0.1', role: 'all' },
  });
});
test('plain http is for this machine alone', () => {
  expect(loadConfig({ MAILLON_ORIGIN: 'http://coop.example' }).ok).toBe(false);
  expect(loadConfig({ MAILLON_ORIGIN: 'https://coop.example' })).toMatchObject({
    ok: true,
    config: { testNetwork: false },
  });
});

test('a limit that is no number or out of bounds is named with its bounds; one within holds', () => {
  const wrong = loadConfig({
    MAILLON_LIMIT_INBOX_KIB: '0',
    MAILLON_LIMIT_STOP_SECONDS: '60',
    MAILLON_KEEP_JOURNAL_DAYS: '30',
    MAILLON_READY_DISK_MIB: 'lots',
    MAILLON_LIMIT_CONNECTIONS: '2.5',
  });
  expect(wrong.ok).toBe(false);
  if (wrong.ok) return;
  expect(wrong.faults.map((fault) => fault.variable).toSorted()).toEqual([
    'MAILLON_KEEP_JOURNAL_DAYS',
    'MAILLON_LIMIT_CONNECTIONS',
    'MAILLON_LIMIT_INBOX_KIB',
    'MAILLON_LIMIT_STOP_SECONDS',
    'MAILLON_READY_DISK_MIB',
  ]);
  expect(explainFaults(wrong.faults)).toContain(
    'MAILLON_LIMIT_STOP_SECONDS: "60" is not possible. Use a whole number of seconds from 2 to 15; without it 15 holds.',
  );
  const right = loadConfig({ MAILLON_LIMIT_INBOX_KIB: '512', MAILLON_KEEP_JOURNAL_DAYS: '120' });
  expect(right).toMatchObject({
    ok: true,
    config: { limits: { inbox: { maxBytes: 524_288 }, keep: { journalMs: 120 * 86_400_000 } } },
  });
});
test('metrics: a port that is taken by the pages and a token that is guessed are faults', () => {
  const wrong = loadConfig({ PORT: '8000', METRICS_PORT: '8000', METRICS_TOKEN: 'short' });
  expect(wrong).toMatchObject({
    ok: false,
    faults: [{ variable: 'METRICS_PORT' }, { variable: 'METRICS_TOKEN' }],
  });
  expect(loadConfig({})).toMatchObject({ ok: true, config: { metrics: { bind: '127.0.0.1' } } });
});
test('every limit stands in .env.example and in the documentation, with its default and its bounds', () => {
  const [example, docs] = ['../.env.example', '../docs/configure.md'].map((path) =>
    readFileSync(new URL(path, import.meta.url), 'utf8'),
  );
  for (const [name, { fallback, min, max }] of Object.entries(LIMITS)) {
    expect(example, name).toContain(`#${name}=${fallback}\n`);
    expect(docs, name).toContain(`| \`${name}\` | ${fallback} | ${min} – ${max} | `);
  }
  for (const name of ['METRICS_PORT', 'METRICS_BIND', 'METRICS_TOKEN']) {
    expect(example).toContain(`#${name}=`);
    expect(docs).toContain(name);
  }
});
test('every variable that is read stands in .env.example', () => {
  const asked = new Set<string>();
  loadConfig(
    new Proxy<Record<string, string>>(
      {},
      { get: (_target, name) => (typeof name === 'string' ? void asked.add(name) : undefined) },
    ),
  );
  expect(asked.size).toBeGreaterThan(30);
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  for (const name of asked) expect(example, name).toMatch(new RegExp(`^#?${name}=`, 'm'));
});
