import type {Benchmark} from './benchmark.ts';
import {consensusScope, scoreScope, stepScope} from './count-conversation.ts';
import {CONFORMITY_METRICS, doseMetrics} from './discussion/conformity.ts';
import {consensusMetrics} from './discussion/consensus.ts';
import type {Round, Unit} from './discussion/discussion.ts';
import {flipMetrics} from './discussion/flips.ts';
import {influenceMetrics} from './discussion/influence.ts';
import {ENDING_METRICS} from './endings.ts';
import {difference, scoped, type Metric} from './metric.ts';
import {positionMetrics} from './positions.ts';

/** The answers and rounds that a number is about. */
export interface AnswerScope {
  /**
   * `score`: of the benchmark; `change`: that score in the last round minus in the first; `discussion`: of what agents
   * do to each other; `control`: minus the same in the control, on the questions that both have; `position`: of where
   * among the shown choices answers stand; `ending`: of how conversations ended and of replies that say nothing.
   */
  readonly kind: 'score' | 'change' | 'discussion' | 'control' | 'position' | 'ending';
  /** Null for what is not about answers of one kind: consensus, changes of answers, influence. */
  readonly unit: Unit | null;
  /** Null for what is about all rounds. */
  readonly round: Round | null;
}

/** Metrics about the same answers. */
export interface MetricFamily {
  readonly about: AnswerScope;
  readonly metrics: readonly Metric[];
}

/** Every metric of a benchmark but its regression and differences from controls. */
export interface MetricFamilies {
  readonly scores: MetricFamily;
  readonly changes: MetricFamily;
  /** Of whole conversations: they belong to no single agent. */
  readonly consensus: MetricFamily;
  readonly steps: MetricFamily;
  readonly positions: MetricFamily;
  /** Over a table of their own. */
  readonly endings: MetricFamily;
}

/**
 * Returns the metrics of answers of one unit in one round.
 *
 * @param columns that were counted: doses, agents, identities and positions have a metric for each that occurs.
 */
export function metricFamilies(
  benchmark: Benchmark,
  {unit, round}: {readonly unit: Unit; readonly round: Round},
  columns: readonly string[] = [],
): MetricFamilies {
  const within = (scope: string): string[] =>
    columns.filter(column => column.startsWith(scope)).map(column => column.slice(scope.length));
  const scope = scoreScope(unit, round);
  const steps = within(stepScope());
  const discussion = {kind: 'discussion', unit: null} as const;
  return {
    scores: {
      about: {kind: 'score', unit, round},
      metrics: scopeAll([...benchmark.metrics, ...(benchmark.shares ?? [])], scope),
    },
    changes: {
      about: {kind: 'change', unit, round: null},
      metrics: benchmark.metrics.map(metric => changeMetric(metric, unit)),
    },
    consensus: {
      about: {...discussion, round},
      metrics: scopeAll(consensusMetrics(benchmark), consensusScope(round)),
    },
    steps: {
      about: {...discussion, round: null},
      metrics: scopeAll(
        [...flipMetrics(benchmark), ...CONFORMITY_METRICS, ...doseMetrics(steps), ...influenceMetrics(steps)],
        stepScope(),
      ),
    },
    positions: {about: {kind: 'position', unit, round}, metrics: scopeAll(positionMetrics(within(scope)), scope)},
    endings: {about: {kind: 'ending', unit: null, round: null}, metrics: ENDING_METRICS},
  };
}

function scopeAll(metrics: readonly Metric[], scope: string): Metric[] {
  return metrics.map(metric => scoped(metric, scope));
}

/** Returns the amplification of a score: what the discussion did to it. */
function changeMetric(metric: Metric, unit: Unit): Metric {
  return difference({
    id: `change:${metric.id}`,
    label: `${metric.label}: last round − first`,
    first: scoped(metric, scoreScope(unit, 'last')),
    second: scoped(metric, scoreScope(unit, 0)),
  });
}
