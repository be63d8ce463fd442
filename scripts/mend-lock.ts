/**
 * `npm run mend-lock`, after every change of dependencies: npm leaves out of the lock file that a package comes
 * prebuilt (`"gypfile": false`), and then builds it anew at `npm ci`, which needs Python and a compiler.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { prebuiltWithoutSaying } from './prebuilt.ts';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const forgotten = prebuiltWithoutSaying(lock);
for (const path of forgotten) lock.packages[path].gypfile = false;
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(forgotten.length === 0 ? 'Nothing to mend.' : `Mended: ${forgotten.join(', ')}`);
