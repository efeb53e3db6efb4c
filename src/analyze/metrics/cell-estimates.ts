import type {Benchmark} from './benchmark.ts';
import {consensusScope, scoreScope, stepScope} from './count-conversation.ts';
import {CountTable} from './count-table.ts';
import {ENDING_METRICS} from './endings.ts';
import {CONFORMITY_METRICS, doseMetrics} from './discussion/conformity.ts';
import {consensusMetrics} from './discussion/consensus.ts';
import type {Round, Unit} from './discussion/discussion.ts';
import {flipMetrics} from './discussion/flips.ts';
import {influenceMetrics} from './discussion/influence.ts';
import {positionMetrics} from './positions.ts';
import {estimate, type Estimate, type EstimateOptions} from './estimate.ts';
import {difference, scoped, type Metric} from './metric.ts';

/** An estimate of a cell: whose answers in which round it is about. */
export interface CellEstimate extends Estimate {
  /**
   * `score`: of the benchmark; `change`: that score in the last round minus in the first; `discussion`: of what agents
   * do to each other; `control`: minus the same in the control, on the questions that both have; `position`: of where
   * among the shown choices answers stand; `ending`: of how conversations ended and of replies that say nothing.
   */
  readonly kind: 'score' | 'change' | 'discussion' | 'control' | 'position' | 'ending';
  /** Null for what is not about answers of one kind: consensus, changes of answers, influence. */
  readonly unit: Unit | null;
  /** Null for what is about all steps between rounds. */
  readonly round: Round | null;
}

/** What the metrics of a cell are about. */
export interface CellMetrics {
  readonly benchmark: Benchmark;
  readonly unit: Unit;
  readonly round: Round;
  /** Whether only some agents of the conversations were counted: then nothing is said of conversations as a whole. */
  readonly isOfAgents?: boolean;
  /** Whether every round has a cell of its own: then what is of whole conversations is given in none of them. */
  readonly isOfRound?: boolean;
  /** Of all conversations that ended, scored or not. */
  readonly endings?: CountTable | undefined;
  /** The same conversations with peers hidden, where there are any. */
  readonly peersHidden?: CountTable | undefined;
  /** The same conversations with identities hidden, counted under the identities that this cell shows. */
  readonly identityHidden?: CountTable | undefined;
}

export interface CellOptions extends CellMetrics, EstimateOptions {
  /** Tells by its id whether a metric is estimated; by default every one is. */
  readonly wanted?: ((id: string) => boolean) | undefined;
  /** Whether regressions tell the grouped counts that they saw. */
  readonly isGrouped?: boolean;
}

/** What is estimated about one cell. */
export function estimateCell(table: CountTable, options: CellOptions): CellEstimate[] {
  const {benchmark, unit, round, wanted} = options;
  const isWanted = ({id}: {readonly id: string}): boolean => wanted?.(id) ?? true;
  const groups = metricGroups(table, options).map(group => ({...group, metrics: group.metrics.filter(isWanted)}));
  // Of one table all at once: they share their draws.
  const ofTable = new Map<CountTable, Iterator<Estimate>>();
  for (const each of new Set(groups.map(group => group.table))) {
    const metrics = groups.filter(group => group.table === each).flatMap(group => group.metrics);
    ofTable.set(each, estimate(each, metrics, options)[Symbol.iterator]());
  }
  const estimates = groups.map(({table: each, about, metrics}) =>
    metrics.map(() => ({...(ofTable.get(each)?.next().value as Estimate), ...about})),
  );
  const {regression} = benchmark;
  const fitted = regression?.coefficients.some(isWanted)
    ? regression
        .fit(table, scoreScope(unit, round), options)
        .map(({estimate: each}) => each)
        .filter(isWanted)
    : [];
  const [scores = [], ...others] = estimates;
  return [...scores, ...fitted.map(each => ({...each, kind: 'score' as const, unit, round})), ...others.flat()];
}

/** The ids of all metrics of a cell. */
export function listMetricIds(table: CountTable, options: CellMetrics): string[] {
  return [
    ...metricGroups(table, options).flatMap(({metrics}) => metrics.map(({id}) => id)),
    ...(options.benchmark.regression?.coefficients ?? []).map(({id}) => id),
  ];
}

/** Metrics over one table that are about the same answers. */
interface MetricGroup {
  readonly table: CountTable;
  readonly about: Pick<CellEstimate, 'kind' | 'unit' | 'round'>;
  readonly metrics: readonly Metric[];
}

/** The scores stand first. */
function metricGroups(table: CountTable, options: CellMetrics): MetricGroup[] {
  const {benchmark, unit, round} = options;
  const scores = [...benchmark.metrics, ...(benchmark.shares ?? [])];
  const ofAllRounds = withholdByRound(options);
  return [
    {
      table,
      about: {kind: 'score', unit, round},
      metrics: scores.map(metric => scoped(metric, scoreScope(unit, round))),
    },
    {
      table,
      about: {kind: 'change', unit, round: null},
      metrics: benchmark.metrics.map(metric => changeMetric(metric, unit)).map(ofAllRounds),
    },
    {
      table,
      about: {kind: 'discussion', unit: null, round},
      metrics: wholeConversationMetrics(options),
    },
    {
      table,
      about: {kind: 'discussion', unit: null, round: null},
      metrics: stepMetrics(table, benchmark).map(ofAllRounds),
    },
    ...againstPeersHidden(table, options),
    ...againstIdentityHidden(table, options),
    {table, about: {kind: 'position', unit, round}, metrics: listPositionMetrics(table, options)},
    {
      table: options.endings ?? new CountTable(),
      about: {kind: 'ending', unit: null, round: null},
      metrics: ENDING_METRICS.map(ofAllRounds),
    },
  ];
}

/** Numbers of choices are known from what was counted. */
function listPositionMetrics(table: CountTable, {unit, round}: CellMetrics): Metric[] {
  const scope = scoreScope(unit, round);
  const columns = table.columns().filter(column => column.startsWith(scope));
  return positionMetrics(columns.map(column => column.slice(scope.length))).map(metric => scoped(metric, scope));
}

/** Where rounds are told apart, a metric over all of them has a reason in place of a value. */
function withholdByRound({isOfRound = false}: CellMetrics): (metric: Metric) => Metric {
  const reason = 'of all rounds together, not of one: it is given without --by round';
  return metric => (isOfRound ? {...metric, columns: [], value: () => reason, n: () => 0} : metric);
}

function wholeConversationMetrics({benchmark, round, isOfAgents = false}: CellMetrics): Metric[] {
  return isOfAgents ? [] : consensusMetrics(benchmark).map(metric => scoped(metric, consensusScope(round)));
}

/** Metrics that mean nothing in a cell, with the reason. */
export function refusedMetrics({
  benchmark,
  isOfAgents = false,
}: Pick<CellMetrics, 'benchmark' | 'isOfAgents'>): Benchmark['refused'] {
  if (!isOfAgents) return benchmark.refused;
  const reason = 'it is of the conversation as a whole and belongs to none of its agents';
  return {...benchmark.refused, ...Object.fromEntries(consensusMetrics(benchmark).map(({id}) => [id, reason]))};
}

/** Amplification: what the discussion did to the score. */
export function changeMetric(metric: Metric, unit: Unit): Metric {
  return difference({
    id: `change:${metric.id}`,
    label: `${metric.label}: last round − first`,
    first: scoped(metric, scoreScope(unit, 'last')),
    second: scoped(metric, scoreScope(unit, 0)),
  });
}

function stepMetrics(table: CountTable, benchmark: Benchmark): Metric[] {
  return [...flipMetrics(benchmark), ...CONFORMITY_METRICS, ...dynamicMetrics(table)].map(metric =>
    scoped(metric, stepScope()),
  );
}

/** Doses, agents and identities are known from what was counted. */
function dynamicMetrics(table: CountTable): Metric[] {
  const scope = stepScope();
  const columns = table.columns().filter(column => column.startsWith(scope));
  const inner = columns.map(column => column.slice(scope.length));
  return [...doseMetrics(inner), ...influenceMetrics(inner)];
}

const SELF = 'self:';
const CONTROL = 'control:';

/** Both tables on the questions that both have. */
function pairTables(table: CountTable, control: CountTable): CountTable {
  const both = new CountTable();
  both.absorb(table, {scope: SELF, only: id => control.has(id)});
  both.absorb(control, {scope: CONTROL, only: id => table.has(id)});
  return both;
}

function minusControl(metric: Metric, name: string): Metric {
  return difference({
    id: `${metric.id} − ${name}`,
    label: `${metric.label}, minus the same with ${name === 'peers_hidden' ? 'peers' : 'identities'} hidden`,
    first: scoped(metric, SELF),
    second: scoped(metric, CONTROL),
  });
}

/** What is left of changes and of consensus when what agents do without seeing anybody is taken off. */
function againstPeersHidden(table: CountTable, options: CellMetrics): MetricGroup[] {
  const {peersHidden: control, benchmark, unit, round} = options;
  if (!control) return [];
  const ofAllRounds = withholdByRound(options);
  const metrics = [
    ...flipMetrics(benchmark).map(metric => ofAllRounds(scoped(metric, stepScope()))),
    ...wholeConversationMetrics(options),
    ...benchmark.metrics.map(metric => ofAllRounds(changeMetric(metric, unit))),
  ].map(metric => minusControl(metric, 'peers_hidden'));
  return [{table: pairTables(table, control), about: {kind: 'control', unit, round}, metrics}];
}

/** What showing an identity adds to the influence of the seat that has it. */
function againstIdentityHidden(table: CountTable, options: CellMetrics): MetricGroup[] {
  const {identityHidden: control, unit, round} = options;
  if (!control) return [];
  const metrics = dynamicMetrics(table)
    .filter(({id}) => id.startsWith('influence:identity:'))
    .map(metric => minusControl(scoped(metric, stepScope()), 'identity_hidden'))
    .map(withholdByRound(options));
  return [{table: pairTables(table, control), about: {kind: 'control', unit, round}, metrics}];
}
