import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/faults/*.faults.ts'],
    globalSetup: ['tests/support/global.ts'],
    testTimeout: process.env['FAULTS_LONG'] === '1' ? 3_600_000 : 120_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    execArgv: ['--import', new URL('../../src/loading.ts', import.meta.url).href],
  },
});
