/**
 * npm run faults: the short form, as CI runs it. npm run faults -- --long: for the night.
 * --seed N has the same chance again; --only WORD runs the files with this word in their name.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: { long: { type: 'boolean' }, seed: { type: 'string' }, only: { type: 'string', multiple: true } },
});
const seed = values.seed === undefined ? (values.long === true ? Date.now() % 1_000_000 : 1) : Number(values.seed);
if (!Number.isInteger(seed)) {
  console.error('--seed is a whole number, for example --seed 42.');
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), 'maillon-faults-'));
const report = join(dir, 'report');
process.env['FAULTS_REPORT'] = report;
process.env['FAULTS_SEED'] = String(seed);
if (values.long === true) process.env['FAULTS_LONG'] = '1';

const start = performance.now();
const vitest = await startVitest('test', values.only ?? [], {
  config: join(import.meta.dirname, 'vitest.config.ts'),
  watch: false,
  reporters: ['default'],
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((one) => one.result().state === state).length;
// A file that could not even be loaded has no tests: it counts as one that failed.
const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const errors = vitest.state.getUnhandledErrors().length;
await vitest.close();

console.log(
  `\nFaults, ${values.long === true ? 'long' : 'short'} form, seed ${seed}, ${Math.round((performance.now() - start) / 1_000)} s\n`,
);
console.log(existsSync(report) ? readFileSync(report, 'utf8') : '');
for (const one of tests)
  if (one.result().state === 'failed')
    console.log(`failed: ${one.fullName}: ${one.result().errors?.[0]?.message.split('\n')[0] ?? ''}`);
const failed = count('failed') + broken + errors;
console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
rmSync(dir, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
