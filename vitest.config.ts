import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    // Two processes are enough to fill a small CI machine and leave the integration tests their own children.
    maxWorkers: 2,
    // Time limits only end what hangs: a machine may be ten times slower than ours.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**'],
          setupFiles: ['test/support/seeded-properties.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 600_000,
          // The first cluster and the first browser on a machine are installed by their hook.
          hookTimeout: 900_000,
          // See CONTRIBUTING.md: what passes only the second time is named at the end of `npm test`.
          retry: 1,
        },
      },
    ],
  },
});
