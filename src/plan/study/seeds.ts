import type {Condition, RunDefaults} from './study-schema.ts';

type SeedKeys = Pick<Condition, 'seed' | 'seeds' | 'seed_start' | 'seed_repeats'>;

/**
 * Returns the seeds of a condition, by the first rule that applies: its `seeds`; its `seed`; `seed_repeats` of it or of
 * the defaults, from `seed_start` on; the defaults' `seeds`; the defaults' `seed`, or 1.
 */
export function listSeeds(condition: SeedKeys, defaults: Pick<RunDefaults, keyof SeedKeys>): readonly number[] {
  if (condition.seeds) return condition.seeds;
  if (typeof condition.seed === 'number') return [condition.seed];
  const repeats = condition.seed_repeats ?? defaults.seed_repeats;
  if (typeof repeats === 'number') {
    const start = condition.seed_start ?? defaults.seed_start ?? defaults.seed ?? 1;
    return Array.from({length: repeats}, (_, i) => start + i);
  }
  return defaults.seeds ?? [defaults.seed ?? 1];
}
