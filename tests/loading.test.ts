/** What a node loads to answer its first page: what is needed later is loaded later, for it stays in memory for good. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from './support/nodes.ts';

/** Tells on the way out which packages were loaded. */
const WATCH = `
import { registerHooks } from 'node:module';
const names = new Set();
registerHooks({ load: (url, context, next) => {
  const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
  if (name !== undefined) names.add(name);
  return next(url, context);
} });
process.on('exit', () => process.stdout.write('LOADED ' + JSON.stringify([...names])));
`;
/** Each costs 5 MB or more. */
const LATER = [
  '@hono/zod-openapi',
  '@simplewebauthn/server',
  'age-encryption',
  'csv-parse',
  'jsonld',
  'markdown-it',
  'nodemailer',
  'oidc-provider',
  'openid-client',
  'otpauth',
  'pg',
  'postcss',
  'sanitize-html',
  'sharp',
  'tar-stream',
  'tldts',
  'undici',
  'zod',
];

test('the first page is answered without the libraries that only some pages need', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-loading-'));
  writeFileSync(join(dir, 'watch.mjs'), WATCH);
  const port = await freePort();
  const origin = `http://loading.localhost:${port}`;
  const child = spawn(process.execPath, ['--import', join(dir, 'watch.mjs'), 'src/main.ts'], {
    env: {
      ...process.env,
      PORT: String(port),
      MAILLON_ORIGIN: origin,
      MAILLON_DATA: join(dir, 'data'),
      MAIL_FROM: 'Coop <coop@coop.example>',
      LOG_LEVEL: 'error',
    },
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  try {
    const answers = async (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.ok,
        () => false,
      );
    while (!(await answers())) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill('SIGTERM');
    await ended;
  } finally {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
  const loaded: string[] = JSON.parse(/LOADED (.*)$/.exec(text)?.[1] ?? '[]');
  expect(loaded).toContain('hono');
  expect(loaded.filter((name) => LATER.includes(name))).toEqual([]);
}, 60_000);
