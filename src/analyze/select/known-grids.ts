import {isMapping, readAt} from '../../core/mapping.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {readGridManifest, type GridManifestTask} from '../../record/grid/grid-manifest.ts';
import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {listArchivedGrids} from '../../record/grid/archive.ts';
import type {Layout} from '../../record/layout.ts';
import {varyingParameters} from './columns.ts';
import {compareTextLists, compareTexts} from '../../core/text/compare-texts.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

export interface KnownGrid {
  readonly id: string;
  readonly snapshotPath: string;
  /** Number of questions of a file that its tasks ask (`--limit`); null: all. */
  readonly questionLimit: number | null;
  readonly tasks: readonly GridManifestTask[];
}

/**
 * Grids of conversations as their manifests have them, running or archived; the older system deleted those of finished
 * ones. What trials recorded stands in their own records.
 */
export async function listGrids(layout: Layout): Promise<KnownGrid[]> {
  const grids: KnownGrid[] = [];
  for (const {manifest} of await listArchivedGrids(layout)) {
    if (manifest.frontend !== undefined) continue;
    const {grid_id: id = '', grid_config_snapshot_path: snapshotPath, question_limit: limit, tasks} = manifest;
    grids.push({id, snapshotPath, questionLimit: limit ?? null, tasks});
  }
  for (const run of await listActiveRuns(layout)) {
    if (run.frontend !== undefined) continue;
    const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
    grids.push({
      id: run.grid_id,
      snapshotPath: run.grid_config_snapshot_path,
      questionLimit: run.question_limit ?? null,
      tasks: typeof manifest === 'string' ? [] : manifest.tasks,
    });
  }
  return grids;
}

/**
 * Tasks as their grids number them, whenever they ran; those of grids without a manifest by the values of what varies.
 * So that two runs of a grid give tables whose rows stand in the same order.
 */
export function inGridOrder(tasks: readonly KnownTask[], grids: readonly KnownGrid[]): KnownTask[] {
  const positions = new Map(tasks.map(task => [task, findPosition(task, grids)]));
  const loose = tasks.filter(task => positions.get(task) === undefined);
  const parameters = loose.length > 1 ? varyingParameters(loose) : [];
  const values = new Map(loose.map(task => [task, parameters.map(({getValue}) => String(getValue(task) ?? ''))]));
  return [...tasks].sort(
    (a, b) =>
      compareTexts(a.gridSnapshotPath ?? '', b.gridSnapshotPath ?? '') ||
      (positions.get(a) ?? 0) - (positions.get(b) ?? 0) ||
      compareTextLists(values.get(a) ?? [], values.get(b) ?? []) ||
      (a.submittedAtMs ?? 0) - (b.submittedAtMs ?? 0) ||
      compareTexts(a.id, b.id),
  );
}

/** Finds a task's number in its grid. Parameters distinguish tasks that share a name. */
function findPosition({config, gridSnapshotPath}: KnownTask, grids: readonly KnownGrid[]): number | undefined {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = config.experiment_metadata;
  for (const {tasks} of grids.filter(({snapshotPath}) => snapshotPath === gridSnapshotPath)) {
    const named = tasks.filter(
      planned => planned.experiment_name === experiment && planned.benchmark_subcategory === benchmark,
    );
    const own = named.length > 1 ? named.find(planned => hasValues(config, planned.grid_sweep_specs)) : named[0];
    if (own) return own.task_id;
  }
  return undefined;
}

/** Returns whether a config has a grid's swept values. A spec is a path, a zip, or a broadcast of unknown paths. */
function hasValues(config: TaskConfig, specs: GridManifestTask['grid_sweep_specs']): boolean {
  return Object.entries(specs).every(([name, value]) => {
    const own = readAt(config, name.split('.'));
    if (own !== undefined) return JSON.stringify(own) === JSON.stringify(value);
    if (isMapping(value) && Object.keys(value).every(path => readAt(config, path.split('.')) !== undefined)) {
      return hasValues(config, value);
    }
    return JSON.stringify(config).includes(JSON.stringify(value));
  });
}
