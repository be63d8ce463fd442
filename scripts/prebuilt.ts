/** Which packages come prebuilt, and whether the lock file says so. */
import { existsSync, readFileSync } from 'node:fs';

export type Lock = { packages: Record<string, { gypfile?: boolean; resolved?: string }> };

type Manifest = { gypfile?: boolean; scripts?: Record<string, string> };
const installed = (path: string): Manifest | undefined =>
  path !== '' && existsSync(`${path}/package.json`)
    ? JSON.parse(readFileSync(`${path}/package.json`, 'utf8'))
    : undefined;

/** @returns paths of installed packages that have a binding.gyp and need no build, where the lock file does not say it */
export const prebuiltWithoutSaying = (lock: Lock): string[] =>
  Object.keys(lock.packages).filter(
    (path) => installed(path)?.gypfile === false && lock.packages[path]?.gypfile !== false,
  );

/** @returns paths of installed packages that `npm ci` would build: by their own script, or by npm's for a binding.gyp */
export const builtAtInstall = (lock: Lock): string[] =>
  Object.keys(lock.packages).filter((path) => {
    const scripts = installed(path)?.scripts ?? {};
    const own = ['preinstall', 'install', 'postinstall']
      .map((name) => scripts[name])
      .filter((one) => one !== undefined);
    if (own.some((script) => script.includes('node-gyp'))) return true;
    return (
      own.length === 0 && path !== '' && existsSync(`${path}/binding.gyp`) && lock.packages[path]?.gypfile !== false
    );
  });
