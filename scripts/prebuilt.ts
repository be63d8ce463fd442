/** Which packages come prebuilt, and whether the lock file says so. */
import { existsSync, readFileSync } from 'node:fs';

export type Lock = { packages: Record<string, { gypfile?: boolean; resolved?: string }> };

/** @returns paths of installed packages that have a binding.gyp and need no build, where the lock file does not say it */
export const prebuiltWithoutSaying = (lock: Lock): string[] =>
  Object.keys(lock.packages).filter((path) => {
    const file = `${path}/package.json`;
    if (path === '' || !existsSync(file)) return false;
    const { gypfile }: { gypfile?: boolean } = JSON.parse(readFileSync(file, 'utf8'));
    return gypfile === false && lock.packages[path]?.gypfile !== false;
  });
