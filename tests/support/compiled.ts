/**
 * Processes that tests start, hundreds of them, read what V8 compiled for the one before: half of the time of a command
 * is compiling. Not for those that measure a start or a process's CPU time, and not for those whose data folder is looked at.
 */
import { fileURLToPath } from 'node:url';

/** For the environment of a process. */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/maillon-tests', import.meta.url)),
};
