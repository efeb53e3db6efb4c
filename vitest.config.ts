import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Suites that take minutes, most of it waiting for Slurm, slowest first. */
const SLOWEST = [
  'slurm-faults-of-jobs',
  'slurm-faults-of-cluster',
  'kill-and-resume',
  'trials-killed-often',
  'unwritable-disk',
  'slurm-submit',
  'slurm-element-cluster',
  'known-bias',
  'golden-e2e',
];

/** Starts the slowest suites first: one that is begun last would run on alone. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification): number => {
      const place = SLOWEST.findIndex(name => moduleId.endsWith(`/${name}.test.ts`));
      return place === -1 ? SLOWEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

const unit = {
  setupFiles: ['test/support/seeded-properties.ts'],
  restoreMocks: true,
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    // Suites that wait for Slurm or for a clock leave two cores to those that compute.
    maxWorkers: 4,
    sequence: {sequencer: SlowestFirst},
    // Time limits only end what hangs: a machine may be ten times slower than ours.
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/**/*.isolated.test.ts'],
          // Files share the loaded modules: loading them for each takes half of the time.
          isolate: false,
        },
      },
      // Tests that replace a module.
      {test: {...unit, name: 'isolated', include: ['test/**/*.isolated.test.ts']}},
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
