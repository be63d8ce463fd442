/** That a fresh machine can install what the lock file names. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Lock, prebuiltWithoutSaying } from '../scripts/prebuilt.ts';

const lock: Lock & { packages: Record<string, { resolved?: string }> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);

test('npm ci needs neither Python nor a compiler (else: npm run mend-lock)', () => {
  expect(prebuiltWithoutSaying(lock)).toEqual([]);
});

test('the lock file names no place to download from: whoever installs has their own', () => {
  expect(Object.entries(lock.packages).filter(([, one]) => one.resolved?.startsWith('http'))).toEqual([]);
});

test('every version is exact', () => {
  const own: { dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const versions = Object.entries({ ...own.dependencies, ...own.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});
