/**
 * `npm run bench [NAME…]`: measurements, by hand. Each line is a ratio against a named baseline or limit of the same
 * run; machines are noisy, so look at ratios and run it more than once. BENCH_RUNS sets how often the longest ones are
 * repeated.
 */
const BENCHES: Readonly<Record<string, () => Promise<{run: () => void | Promise<void>}>>> = {
  plan: () => import('./plan.ts'),
  record: () => import('./record.ts'),
  pipeline: () => import('./pipeline.ts'),
  slurm: () => import('./slurm.ts'),
  packing: () => import('./packing.ts'),
  contention: () => import('./contention.ts'),
  coverage: () => import('./coverage.ts'),
  results: () => import('./results.ts'),
};

const wanted = process.argv.slice(2);
for (const [name, load] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(name);
  await (await load()).run();
}
