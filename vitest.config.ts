import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two processes are enough to fill a small CI machine and leave the integration tests their own children.
    maxWorkers: 2,
  },
});
