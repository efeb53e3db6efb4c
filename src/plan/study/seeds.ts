import type {DocumentPath} from '../../config/problem.ts';
import type {Condition, RunDefaults} from './study-schema.ts';

type SeedKeys = Pick<Condition, 'seed' | 'seeds' | 'seed_start' | 'seed_repeats'>;

/**
 * Returns the seeds of a condition, by the first rule that applies: its `seeds`; its `seed`; `seed_repeats` of it or of
 * the defaults, from `seed_start` on; the defaults' `seeds`; the defaults' `seed`, or 1.
 *
 * @param path of the condition.
 * @returns them with the place of the list, if there is one.
 */
export function findSeeds(
  condition: SeedKeys,
  defaults: Pick<RunDefaults, keyof SeedKeys>,
  path: DocumentPath,
): {readonly seeds: readonly number[]; readonly path: DocumentPath} {
  if (condition.seeds) return {seeds: condition.seeds, path: [...path, 'seeds']};
  if (typeof condition.seed === 'number') return {seeds: [condition.seed], path};
  const repeats = condition.seed_repeats ?? defaults.seed_repeats;
  if (typeof repeats === 'number') {
    const start = condition.seed_start ?? defaults.seed_start ?? defaults.seed ?? 1;
    return {seeds: Array.from({length: repeats}, (_, i) => start + i), path};
  }
  return {seeds: defaults.seeds ?? [defaults.seed ?? 1], path: ['study', 'run_defaults', 'seeds']};
}
