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
