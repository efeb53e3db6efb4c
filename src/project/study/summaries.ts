import type {Mapping} from '../../core/mapping.ts';
import {nameStatus, SCHEMA_VERSION} from './repro-record.ts';
import {summariseReplicates, type ReplicateStatistics} from './replicate-statistics.ts';
import type {RowScores} from './row-scores.ts';
import type {StudyRow} from './study-rows.ts';

/** A row and what was measured of it. */
export interface ScoredRow {
  readonly row: StudyRow;
  /** Null while there is nothing. */
  readonly scores: RowScores | null;
}

/** Returns the entries of one hypothesis in `runs.json`. */
export function renderRuns(rows: readonly ScoredRow[]): Mapping[] {
  return rows.map(({row: {condition, scenario, seed, trial, record}, scores}) => ({
    condition,
    scenario,
    seed,
    run_id: trial.id,
    status: record ? nameStatus(record.status) : 'pending',
    run_dir: record?.output_dir ?? null,
    eval_paths: Object.fromEntries(
      (record?.evaluations ?? []).flatMap(({id, path}) => (path === null ? [] : [[id, path]])),
    ),
    agents: scores?.agents ?? {},
    aggregated: scores?.aggregated ?? {},
    // One run is one replicate: it has means and no spread.
    aggregated_stats: Object.fromEntries(
      Object.entries(scores?.aggregated ?? {}).map(([name, value]) => [name, summariseReplicates([value])]),
    ),
    summary: scores?.summary ?? {},
  }));
}

/** Returns `summary.json`: every run's numbers, and over the seeds of a condition in all and each of its scenarios. */
export function renderSummary(rows: readonly ScoredRow[]): Mapping {
  const scored = rows.filter(({row}) => row.record?.status === 'succeeded' || row.record?.status === 'reused');
  const stats = summarise(scored, ({hypothesis, condition}) => [hypothesis, condition]);
  return {
    schema_version: SCHEMA_VERSION,
    conditions: scored.map(({row: {hypothesis, condition, scenario, seed, trial}, scores}) => ({
      hypothesis,
      condition,
      scenario,
      seed,
      run_id: trial.id,
      aggregated: scores?.aggregated ?? {},
      summary: scores?.summary ?? {},
    })),
    metrics_by_condition: mapLeaves(stats, ({mean}) => mean),
    metrics_stats_by_condition: stats,
    metrics_stats_by_scenario: summarise(scored, ({hypothesis, condition, scenario}) => [
      hypothesis,
      condition,
      scenario,
    ]),
  };
}

/** A tree of names with numbers at its leaves. */
type Tree<Leaf> = {[name: string]: Tree<Leaf> | Leaf};

/** Summarises every metric over the rows of a group, in a tree by the group's names and the metric. */
function summarise(
  rows: readonly ScoredRow[],
  getNames: (row: StudyRow) => readonly string[],
): Tree<ReplicateStatistics> {
  const groups = new Map<string, {readonly path: readonly string[]; readonly values: number[]}>();
  for (const {row, scores} of rows) {
    for (const [metric, value] of Object.entries(scores?.aggregated ?? {})) {
      const path = [...getNames(row), metric];
      const key = JSON.stringify(path);
      const group = groups.get(key) ?? {path, values: []};
      groups.set(key, group);
      group.values.push(value);
    }
  }
  return toTree([...groups.values()].map(({path, values}) => ({path, leaf: summariseReplicates(values)})));
}

function toTree<Leaf>(entries: readonly {readonly path: readonly string[]; readonly leaf: Leaf}[]): Tree<Leaf> {
  const heads = [...new Set(entries.map(({path}) => path[0] ?? ''))];
  return Object.fromEntries(
    heads.map(head => {
      const inner = entries.filter(({path}) => path[0] === head).map(({path, leaf}) => ({path: path.slice(1), leaf}));
      const [only] = inner;
      return [head, only?.path.length === 0 ? only.leaf : toTree(inner)];
    }),
  );
}

function mapLeaves(tree: Tree<ReplicateStatistics>, map: (leaf: ReplicateStatistics) => number | null): Mapping {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [name, isLeaf(value) ? map(value) : mapLeaves(value, map)]),
  );
}

function isLeaf(value: Tree<ReplicateStatistics> | ReplicateStatistics): value is ReplicateStatistics {
  return typeof value['n'] === 'number';
}
