import { expect, test } from 'vitest';
import { loadConfig } from '#src/config.ts';

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
