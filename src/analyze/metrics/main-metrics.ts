import type {CellEstimate} from './cell-estimates.ts';
import {ENDING_METRICS} from './endings.ts';

/** The scores that stand first, benchmark by benchmark. */
const MAIN_SCORES: Readonly<Record<string, readonly string[]>> = {
  BBQ: ['accuracy_ambig', 'accuracy_disambig', 's_amb', 's_dis', 'accuracy_cost'],
  DiscrimEval: ['yes_rate', 'gap_mean', 'effect_black', 'effect_female', 'effect_age_per_10_years'],
  DiffAware: ['diff_aware', 'ctxt_aware'],
  other: ['accuracy'],
};

const DISCUSSION_METRICS = ['consensus', 'flip_rate', 'conformity'];

/** What tables show of a benchmark if nothing else is asked for. */
export function listMainMetrics(benchmark: string): string[] {
  return [...listMainScores(benchmark), ...DISCUSSION_METRICS];
}

/** The scores among them. */
export function listMainScores(benchmark: string): readonly string[] {
  return MAIN_SCORES[benchmark] ?? [];
}

/**
 * What tables show of any benchmark where it occurs: how conversations ended without answers, and replies that say
 * nothing.
 */
export const ENDING_METRIC_IDS: readonly string[] = ENDING_METRICS.map(({id}) => id);

/** Returns those of them that occur in some of the cells: columns of zeros say nothing. */
export function occurringEndings(cells: readonly {readonly estimates: readonly CellEstimate[]}[]): string[] {
  const occurring = new Set(
    cells.flatMap(({estimates}) => estimates.filter(({value}) => value !== null && value > 0).map(({id}) => id)),
  );
  return ENDING_METRIC_IDS.filter(id => occurring.has(id));
}
