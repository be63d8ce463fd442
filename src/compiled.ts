/**
 * What V8 made of the source is kept in the data folder and read at the next start, which saves a quarter of the time
 * until the first page, and some memory that compiling takes and never gives back. Not in the system's temporary folder:
 * whoever can write there could give us code to run.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

const SAVED_AFTER_MS = 60_000;

/**
 * Called before the node's modules are imported. One version's code is kept, no older one's. A folder that cannot be
 * written costs the time, nothing else.
 * @param dataDir the node's data folder; @param version of Maillon
 */
export const keepCompiled = (dataDir: string, version: string): void => {
  const all = join(dataDir, 'compiled');
  const own = `${version}-${process.version}`;
  try {
    mkdirSync(dataDir, { recursive: true });
    mkdirSync(all, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(all)) if (name !== own) rmSync(join(all, name), { recursive: true, force: true });
    enableCompileCache(join(all, own));
    // Node writes it when the process ends, but not at `kill -9`. Functions are compiled when they are first called:
    // a while after the start most have been, and what is written once is not written again.
    setTimeout(flushCompileCache, SAVED_AFTER_MS).unref();
  } catch {
    // Then it is compiled at each start.
  }
};
