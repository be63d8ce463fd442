import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    // As the node itself: half a second less for each file that comes to Drizzle.
    execArgv: ['--import', new URL('src/loading.ts', import.meta.url).href],
  },
});
