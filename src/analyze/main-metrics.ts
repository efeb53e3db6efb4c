/** The scores that stand first, benchmark by benchmark. */
const MAIN_SCORES: Readonly<Record<string, readonly string[]>> = {
  BBQ: ['accuracy_ambig', 'accuracy_disambig', 's_amb', 's_dis', 'accuracy_cost'],
  DiscrimEval: ['yes_rate', 'gap_mean', 'effect_black', 'effect_female', 'effect_age_per_10_years'],
  DiffAware: ['diff_aware', 'ctxt_aware'],
  other: ['accuracy'],
};

const DISCUSSION_METRICS = ['consensus', 'flip_rate', 'conformity'];

/** What tables show of a benchmark if nothing else is asked for. */
export function mainMetricsOf(benchmark: string): string[] {
  return [...mainScoresOf(benchmark), ...DISCUSSION_METRICS];
}

/** The scores among them. */
export function mainScoresOf(benchmark: string): readonly string[] {
  return MAIN_SCORES[benchmark] ?? [];
}
