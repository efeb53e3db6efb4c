import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import type {Benchmark} from '../metrics/benchmark.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {Problems, type Problem} from '../records/problems.ts';
import {readKnownTasks, type KnownTask} from '../records/recorded-tasks.ts';
import {refuseUnknownRound} from '../select/refuse-round.ts';
import {selectTasks} from '../select/select-tasks.ts';
import type {Family} from '../statistics/difference.ts';
import {adjustEffects, type AdjustedEffect} from './adjust-effects.ts';
import type {TaskCounts} from './cell-counts.ts';
import {compareSides, type CompareOptions, type ComparedSides} from './compare-sides.ts';
import {countTasks} from './count-tasks.ts';
import {MetricPlans} from './metric-plans.ts';
import {selectSides, type Contrasted, type SidePairs} from './select-sides.ts';

export interface Comparison {
  /** The selection in which columns were looked up, in words. */
  readonly selection: string;
  /** The column whose levels are compared; null when two sides were named. */
  readonly factor: string | null;
  readonly unit: Unit;
  readonly round: Round;
  readonly draws: number;
  readonly comparisons: readonly ComparedSides<AdjustedEffect>[];
  readonly family: Family;
  /** Tasks of the selected grids without any record. */
  readonly missing_tasks: readonly string[];
  /** Grids that are left out because nothing of them was ever recorded. */
  readonly idle_grids: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ComparisonRequest extends CompareOptions {
  readonly contrasted: Contrasted;
  /** The selection in which columns are looked up, as `selectTasks` takes it. */
  readonly of: string;
  /** Returns the ids of metrics to compare; those that a benchmark lacks are skipped for it. */
  readonly metrics: (benchmark: Benchmark) => readonly string[];
  readonly unit: Unit;
  readonly round: Round;
  /** Without it, every transcript is read. */
  readonly cache?: ResultsCache | undefined;
}

/**
 * Compares conditions on the questions that they share.
 *
 * @throws UserError as `selectSides`, `refuseUnknownRound` and `MetricPlans.refuseMeaningless`;
 * `compare-nothing-scored`, `compare-benchmarks`, `compare-unmatched` and `compare-no-shared-questions` where nothing
 * can be paired.
 */
export async function readComparison(layout: Layout, request: ComparisonRequest): Promise<Comparison> {
  const problems = new Problems();
  const recorded = await readKnownTasks(layout, problems, request.cache);
  const scope = await selectTasks(layout, recorded, request.of);
  const {factor, pairs} = await selectSides(layout, request.contrasted, {...recorded, scope: scope.tasks});
  const plans = new MetricPlans(request.metrics, request);
  const tasks = new Set(pairs.flatMap(({first, second}) => [...first.tasks, ...second.tasks]));
  refuseUnknownRound(request.round, tasks);
  const counts = await countTasks(layout, tasks, {plans, problems, cache: request.cache});
  plans.refuseMeaningless();
  const compared = pairs.map(pair => compareSides(pair, counts, request));
  if (compared.every(({strata}) => strata.length === 0))
    throw nothingSharedError(compared, pairs, {counts, problems: problems.list()});
  return {
    selection: scope.name,
    factor,
    unit: request.unit,
    round: request.round,
    draws: request.draws,
    ...adjustEffects(compared),
    missing_tasks: scope.missing,
    idle_grids: scope.idle,
    problems: problems.list(),
  };
}

function nothingSharedError(
  compared: readonly ComparedSides[],
  {0: pair}: SidePairs['pairs'],
  {counts, problems}: {readonly counts: ReadonlyMap<KnownTask, TaskCounts>; readonly problems: readonly Problem[]},
): UserError {
  const listStrata = (tasks: readonly KnownTask[] = []): string[] => {
    const counted = tasks.flatMap(task => counts.get(task) ?? []);
    return [...new Set(counted.flatMap(({answers, endings}) => [...answers.keys(), ...endings.keys()]))];
  };
  const [first, second] = [listStrata(pair?.first.tasks), listStrata(pair?.second.tasks)];
  if (first.length === 0 || second.length === 0) {
    const sides = [first.length === 0 ? pair?.first.name : null, second.length === 0 ? pair?.second.name : null];
    const name = sides.filter(side => side != null).join(' or ');
    const reasons = problems.map(
      ({kind, count, meaning, examples}) => `${count} × ${kind}: ${meaning} (${examples.join(', ')})`,
    );
    return new UserError('compare-nothing-scored', `no conversation of ${name} can be scored`, {
      hint: reasons.length > 0 ? reasons.join('; ') : 'nothing is recorded of them yet',
    });
  }
  if (!first.some(key => second.includes(key))) {
    const name = (keys: readonly string[]): string => keys.join(', ');
    return new UserError('compare-benchmarks', `one side holds ${name(first)}, the other ${name(second)}`, {
      hint: 'answers are compared question by question: both sides need the same benchmark',
    });
  }
  if (compared.every(({complete_blocks: complete}) => complete === 0)) {
    const fixed = [...new Set(compared.flatMap(({matched_on: columns}) => columns))];
    return new UserError('compare-unmatched', 'no task of one side has a counterpart on the other', {
      hint: `they would have to be equal in ${fixed.join(', ')}`,
    });
  }
  return new UserError('compare-no-shared-questions', 'the sides share no question', {
    hint: 'answers are compared question by question; were both run on the same question file?',
  });
}
