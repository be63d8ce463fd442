/** `maillon` as an admin types it: a real process with a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILED } from './compiled.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Ran = { code: number | null; out: string; err: string };
export type Machine = {
  dir: string;
  maillon(words: string[], options?: { input?: string; env?: Record<string, string> }): Promise<Ran>;
  file(name: string, text: string): string;
  drop(): void;
};

/** @param env settings beside MAILLON_DATA, which is a fresh folder */
export const machine = (env: Record<string, string> = {}): Machine => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-cli-'));
  return {
    dir,
    file: (name, text) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    },
    maillon: (words, { input = '', env: more = {} } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'src/cli/main.ts'), ...words], {
          cwd: dir,
          env: {
            PATH: process.env['PATH'] ?? '',
            ...COMPILED,
            MAILLON_DATA: join(dir, 'data'),
            MAILLON_ORIGIN: 'http://volets.localhost:4999',
            ...env,
            ...more,
          },
        });
        let [out, err] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, out, err }));
        child.stdin.end(input);
      }),
    drop: () => rmSync(dir, { recursive: true, force: true }),
  };
};

/** What `maillon setup` needs, as it stands in a file for unattended use. */
export const ANSWERS = {
  name: 'Les Volets Ouverts',
  handle: 'volets',
  summary: 'Une coopérative d’hospitalité.',
  territory: 'Marseille',
  radiusKm: 30,
  languages: ['fr', 'en'],
  kinds: ['lodging', 'service', 'food', 'making', 'goods', 'delivery'],
  signUpRule: 'approval',
  admin: { name: 'Ada', handle: 'ada', email: 'ada@volets.localhost', password: 'une phrase assez longue' },
};
