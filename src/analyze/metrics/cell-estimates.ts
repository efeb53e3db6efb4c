import type {Benchmark} from './benchmark.ts';
import {scoreScope} from './count-conversation.ts';
import {CountTable} from './count-table.ts';
import {consensusMetrics} from './discussion/consensus.ts';
import type {Round, Unit} from './discussion/discussion.ts';
import {metricFamilies, type AnswerScope, type MetricFamilies, type MetricFamily} from './families.ts';
import {estimate, type Estimate, type EstimateOptions} from './estimate.ts';
import {difference, scoped, type Metric} from './metric.ts';

export type CellEstimate = Estimate & AnswerScope;

/** Scope of a cell's metrics. */
export interface CellMetrics {
  readonly benchmark: Benchmark;
  readonly unit: Unit;
  readonly round: Round;
  /** True if only some agents were counted: then metrics of whole conversations are left out. */
  readonly isOfAgents?: boolean;
  /** True if every round has a cell of its own: then metrics of whole conversations are left out. */
  readonly isOfRound?: boolean;
  /** Of all conversations that ended, scored or not. */
  readonly endings?: CountTable | undefined;
  /** The same conversations with peers hidden, where there are any. */
  readonly peersHidden?: CountTable | undefined;
  /** The same conversations with identities hidden, counted under the identities that this cell shows. */
  readonly identityHidden?: CountTable | undefined;
}

export interface CellOptions extends CellMetrics, EstimateOptions {
  /** Selects the metrics to estimate by id; by default all. */
  readonly wanted?: ((id: string) => boolean) | undefined;
  /** True if regressions return the grouped counts that they saw. */
  readonly isGrouped?: boolean;
}

/** Estimates the metrics of one cell. */
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

/** Returns the ids of all metrics of a cell. */
export function listMetricIds(table: CountTable, options: CellMetrics): string[] {
  return [
    ...metricGroups(table, options).flatMap(({metrics}) => metrics.map(({id}) => id)),
    ...(options.benchmark.regression?.coefficients ?? []).map(({id}) => id),
  ];
}

/** Metrics over one table. */
interface MetricGroup extends MetricFamily {
  readonly table: CountTable;
}

/** Returns the metrics of a cell with their tables; the scores come first. */
function metricGroups(table: CountTable, options: CellMetrics): MetricGroup[] {
  const {endings = new CountTable()} = options;
  const families = cellFamilies(table, options);
  const {scores, changes, consensus, steps} = families;
  return [
    ...[scores, changes, consensus, steps].map(family => ({table, ...family})),
    ...againstPeersHidden(table, families, options),
    ...againstIdentityHidden(table, families, options),
    {table, ...families.positions},
    {table: endings, ...families.endings},
  ];
}

/** Returns the families without metrics that belong to no agent, or to no single round, where cells are those. */
function cellFamilies(table: CountTable, options: CellMetrics): MetricFamilies {
  const {benchmark, isOfAgents = false, isOfRound = false} = options;
  const {scores, changes, consensus, steps, positions, endings} = metricFamilies(benchmark, options, table.columns());
  const ofAllRounds = isOfRound ? withhold : (family: MetricFamily): MetricFamily => family;
  return {
    scores,
    changes: ofAllRounds(changes),
    consensus: isOfAgents ? {...consensus, metrics: []} : consensus,
    steps: ofAllRounds(steps),
    positions,
    endings: ofAllRounds(endings),
  };
}

/** Puts a reason in place of every value. */
function withhold({about, metrics}: MetricFamily): MetricFamily {
  const reason = 'of all rounds together, not of one: it is given without --by round';
  return {about, metrics: metrics.map(metric => ({...metric, columns: [], value: () => reason, n: () => 0}))};
}

/** Returns the metrics that mean nothing in a cell, with the reason. */
export function refusedMetrics({
  benchmark,
  isOfAgents = false,
}: Pick<CellMetrics, 'benchmark' | 'isOfAgents'>): Benchmark['refused'] {
  if (!isOfAgents) return benchmark.refused;
  const reason = 'it is of the conversation as a whole and belongs to none of its agents';
  return {...benchmark.refused, ...Object.fromEntries(consensusMetrics(benchmark).map(({id}) => [id, reason]))};
}

const SELF = 'self:';
const CONTROL = 'control:';

/** Returns both tables, on the questions that both have. */
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

/** Subtracts what agents do without seeing anybody from changes and consensus. */
function againstPeersHidden(table: CountTable, families: MetricFamilies, options: CellMetrics): MetricGroup[] {
  const {peersHidden: control, unit, round} = options;
  if (!control) return [];
  const {steps, consensus, changes} = families;
  const flips = steps.metrics.filter(({id}) => id.startsWith('flip_'));
  const metrics = [...flips, ...consensus.metrics, ...changes.metrics].map(each => minusControl(each, 'peers_hidden'));
  return [{table: pairTables(table, control), about: {kind: 'control', unit, round}, metrics}];
}

/** Subtracts a seat's influence with identities hidden. */
function againstIdentityHidden(table: CountTable, {steps}: MetricFamilies, options: CellMetrics): MetricGroup[] {
  const {identityHidden: control, unit, round} = options;
  if (!control) return [];
  const influences = steps.metrics.filter(({id}) => id.startsWith('influence:identity:'));
  const metrics = influences.map(each => minusControl(each, 'identity_hidden'));
  return [{table: pairTables(table, control), about: {kind: 'control', unit, round}, metrics}];
}
