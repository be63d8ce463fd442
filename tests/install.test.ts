/** That a fresh machine can install what the lock file names. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Lock, builtAtInstall, prebuiltWithoutSaying } from '../scripts/prebuilt.ts';

const lock: Lock & { packages: Record<string, { hasInstallScript?: boolean }> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);
const own: {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
  imports: Record<string, string>;
} = JSON.parse(readFileSync('package.json', 'utf8'));

test('npm ci needs neither Python nor a compiler', () => {
  expect(prebuiltWithoutSaying(lock), 'npm dropped "gypfile": false from package-lock.json: npm run mend-lock').toEqual(
    [],
  );
  expect(builtAtInstall(lock), 'Built at npm ci: choose a package that comes prebuilt').toEqual([]);
  const forgetful = structuredClone(lock);
  delete forgetful.packages['node_modules/better-sqlite3']!.gypfile;
  expect(builtAtInstall(forgetful)).toEqual(['node_modules/better-sqlite3']);
});

test('the lock file names no place to download from: whoever installs has their own', () => {
  expect(Object.entries(lock.packages).filter(([, one]) => one.resolved?.startsWith('http'))).toEqual([]);
});

test('npm runs what has to run at npm ci, the newer Node first of all, and nothing unseen', () => {
  const scripted = Object.entries(lock.packages).filter(([path, one]) => one.hasInstallScript && existsSync(path));
  const names = scripted.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(names).toContain('node');
  expect(
    names.filter((name) => !own.allowScripts[name]),
    'Look what its script does, then: npm install-scripts approve NAME --no-allow-scripts-pin',
  ).toEqual([]);
});

test('every version is exact', () => {
  const versions = Object.entries({ ...own.dependencies, ...own.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});

test('the image of the container has every folder that runs, and nothing else gets into its making', () => {
  const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n');
  const copied = lines('Dockerfile').flatMap((line) => {
    const words = line.split(' ');
    return words[0] === 'COPY' && !words[1]!.startsWith('--from') ? words.slice(1, -1) : [];
  });
  const runs = Object.values(own.imports).map((path) => path.split('/')[1]);
  for (const folder of runs) expect(copied).toContain(folder);
  const [everything, ...excepted] = lines('.dockerignore').filter((line) => line !== '' && !line.startsWith('#'));
  expect(everything).toBe('*');
  expect(excepted.map((line) => line.slice(1)).toSorted()).toEqual([...new Set(copied)].toSorted());
  for (const path of copied) expect(existsSync(path), path).toBe(true);
});
