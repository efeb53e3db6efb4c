import type {Layout} from '../../../record/layout.ts';
import type {ResultsCache} from '../../cache/results-cache.ts';
import {adjustEffects, type AdjustedComparisons} from '../../compare/adjust-effects.ts';
import {compareSides} from '../../compare/compare-sides.ts';
import {countTasks} from '../../compare/count-tasks.ts';
import {MetricPlans} from '../../compare/metric-plans.ts';
import {levelPairs} from '../../compare/select-sides.ts';
import {ENDING_METRIC_IDS, listMainMetrics} from '../../metrics/main-metrics.ts';
import type {Unit} from '../../metrics/discussion/discussion.ts';
import {Problems} from '../../records/problems.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';
import type {Factor} from './factors.ts';

/** Effects of one factor's levels, as `mac compare --factor` computes them. */
export interface FactorEffects extends AdjustedComparisons {
  /** The full name of its column. */
  readonly factor: string;
  /** The level that the others are compared with; null: each with each other. */
  readonly baseline: string | null;
}

export interface Effects {
  readonly byFactor: readonly FactorEffects[];
  /** Factors without effects, with the reason. */
  readonly left: readonly {readonly factor: string; readonly reason: string}[];
}

/** Blocks of large grids take minutes. */
const MOST_TASKS = 200;
const MOST_FACTORS = 6;
const MOST_LEVELS = 12;

/** Most levels that are compared each with each other: more make long tables and a hard correction. */
const MOST_PAIRED_LEVELS = 3;

/** Columns that distinguish tasks without being varied by the config, or share no question. */
const NO_PARAMETERS = new Set(['grid', 'experiment', 'benchmark']);

/** Estimates the effects of factors with few levels on the first metrics; reads every conversation once for all. */
export async function readFactorEffects(
  layout: Layout,
  {tasks, factors}: {readonly tasks: readonly KnownTask[]; readonly factors: readonly Factor[]},
  {unit, draws, cache}: {readonly unit: Unit; readonly draws: number; readonly cache?: ResultsCache | undefined},
): Promise<Effects> {
  const swept = factors.flatMap(({name, sameAs, levels}) => {
    const parameter = [name, ...sameAs].find(each => !NO_PARAMETERS.has(each));
    return parameter === undefined ? [] : [{factor: parameter, levels: [...levels.keys()]}];
  });
  const explainOmission = (levels: readonly string[], position: number): string | null => {
    if (tasks.length > MOST_TASKS) return `there are more than ${MOST_TASKS} tasks`;
    if (levels.length > MOST_LEVELS) return `it has more than ${MOST_LEVELS} values`;
    return position < MOST_FACTORS ? null : `there are ${MOST_FACTORS} others`;
  };
  const chosen = swept.filter(({levels}, i) => explainOmission(levels, i) === null);
  const left = swept.flatMap(({factor, levels}, i) => {
    const reason = explainOmission(levels, i);
    return reason === null ? [] : [{factor, reason}];
  });
  if (chosen.length === 0) return {byFactor: [], left};
  const answers = {unit, round: 'last' as const};
  const plans = new MetricPlans(({name}) => [...listMainMetrics(name), ...ENDING_METRIC_IDS], answers);
  // Scoring the cells reports what cannot be scored.
  const counts = await countTasks(layout, tasks, {plans, problems: new Problems(), cache});
  const compared = chosen.map(({factor, levels}): FactorEffects => {
    const baseline = levels.length <= MOST_PAIRED_LEVELS ? null : (levels.find(isAbsent) ?? levels[0] ?? null);
    const {pairs} = levelPairs({kind: 'factor', factor, baseline: baseline ?? undefined}, tasks);
    const sides = pairs.map(pair => compareSides(pair, counts, {draws, parts: false, blocks: false}));
    return {factor, baseline, ...adjustEffects(sides)};
  });
  const isEmpty = ({comparisons}: FactorEffects): boolean => comparisons.every(({strata}) => strata.length === 0);
  return {
    byFactor: compared.filter(each => !isEmpty(each)),
    left: [
      ...left,
      ...compared
        .filter(isEmpty)
        .map(({factor}) => ({factor, reason: 'its values have no question with all else equal in common'})),
    ],
  };
}

/** Without the identity or the setting is what the others are measured against. */
function isAbsent(level: string): boolean {
  return level === 'null';
}
