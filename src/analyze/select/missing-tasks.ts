import type {KnownGrid} from './known-grids.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** The selected grids' tasks without results. */
export interface Completeness {
  /** Tasks of the selected grids that have no record yet; empty where no grid is known. */
  readonly missing: readonly string[];
  /** Ids of grids without any record. Their tasks are not missing: perhaps another grid did them. */
  readonly idle: readonly string[];
}

/**
 * Returns what is missing of some grids.
 *
 * @param tasks what is recorded of the selection.
 * @param known all recorded tasks of the workspace.
 * @param isAsked the user named the grid: its tasks count even if none of them ran.
 */
export function checkCompleteness({
  selected,
  tasks,
  known,
  isAsked = false,
}: {
  readonly selected: readonly KnownGrid[];
  readonly tasks: readonly KnownTask[];
  readonly known: readonly KnownTask[];
  readonly isAsked?: boolean;
}): Completeness {
  const begun = new Set(known.map(({gridSnapshotPath}) => gridSnapshotPath));
  const idle = isAsked ? [] : selected.filter(grid => isIdle(grid, begun));
  const missing = listMissingTasks(
    selected.filter(grid => !idle.includes(grid)),
    tasks,
  );
  return {missing, idle: idle.map(({id}) => id)};
}

/** A server that was down, for example, leaves a grid of which no request was ever sent. */
function isIdle({snapshotPath, tasks}: KnownGrid, begun: ReadonlySet<string | null>): boolean {
  if (tasks.length === 0 || begun.has(snapshotPath)) return false;
  return tasks.every(({status, questions}) => status !== 'succeeded' && (questions?.succeeded ?? 0) === 0);
}

/** Planned tasks beyond those recorded, by name: of tasks that share an experiment's name one cannot say which. */
function listMissingTasks(grids: readonly KnownGrid[], tasks: readonly KnownTask[]): string[] {
  const recorded = new Map<string, number>();
  for (const {gridSnapshotPath, config} of tasks) {
    const {experiment_name: experiment, benchmark_subcategory: benchmark} = config.experiment_metadata;
    const name = `${gridSnapshotPath}\n${benchmark}/${experiment}`;
    recorded.set(name, (recorded.get(name) ?? 0) + 1);
  }
  return grids.flatMap(({snapshotPath, tasks: planned}) =>
    planned.flatMap(({benchmark_subcategory: benchmark, experiment_name: experiment, task_id: id}) => {
      const name = `${snapshotPath}\n${benchmark}/${experiment}`;
      const left = recorded.get(name) ?? 0;
      recorded.set(name, left - 1);
      return left > 0 ? [] : [`task ${id}: ${benchmark}/${experiment}`];
    }),
  );
}
