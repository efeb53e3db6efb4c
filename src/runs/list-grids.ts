import {mapConcurrently, MAX_OPEN_FILES} from '../core/concurrency.ts';
import {type OutcomeCounts, sumOutcomes} from '../core/conversation-outcome.ts';
import type {QuestionCounts} from '../record/formats.ts';
import {readActiveRuns} from '../record/grid/active-runs.ts';
import {type ArchivedGrid, listArchivedGrids} from '../record/grid/archive.ts';
import {readCurrentManifest} from '../record/grid/grid-manifest.ts';
import type {GridRun} from '../record/grid/run-file.ts';
import type {Layout} from '../record/layout.ts';
import {countDone} from '../record/task/question-states.ts';
import {readTaskRecords} from '../record/task/task-record.ts';
import type {RunSlurm} from '../slurm/cluster/client.ts';
import {countLiveJobs, type LiveJobs} from '../slurm/state/live-jobs.ts';

/** A grid of the workspace with its progress, as `mac ls --json` prints it. */
export interface GridLine {
  readonly grid_id: string;
  readonly config: string;
  readonly submitted_at: string;
  readonly repetition: number;
  readonly repetitions: number;
  readonly state: 'done' | 'unfinished' | 'not started';
  readonly tasks: {
    readonly total: number;
    readonly succeeded: number;
    readonly started: number;
    /** Left out by --skip-invalid; not counted in the total. */
    readonly skipped: number;
  };
  /** Sums over the tasks that were started. */
  readonly questions: {
    readonly total: number;
    readonly succeeded: number;
    readonly done: number;
    /** Counts how questions ended that did not succeed, done or not. */
    readonly outcomes: OutcomeCounts;
  } | null;
  /** Its jobs in Slurm now; null when it was not submitted, `unknown` when Slurm does not answer. */
  readonly slurm: {readonly running: number; readonly pending: number} | 'unknown' | null;
}

/**
 * Lists the grids of a workspace with their progress, oldest first.
 *
 * @param onUnreadable is called with the id of each grid whose files are damaged, before Slurm is asked.
 */
export async function listGrids(
  layout: Layout,
  run: RunSlurm,
  onUnreadable: (gridId: string) => void,
): Promise<GridLine[]> {
  const {runs: active, unreadable} = await readActiveRuns(layout);
  unreadable.forEach(onUnreadable);
  const ids = active.map(({grid_id: id}) => id);
  const jobs = await countLiveJobs({layout, run}, ids);
  return [
    ...(await listArchivedGrids(layout)).map(describeArchived),
    ...(await mapConcurrently(active, MAX_OPEN_FILES, grid => describeActive(layout, grid, jobs))),
  ].sort((a, b) => (a.grid_id < b.grid_id ? -1 : 1));
}

function describeArchived({manifest, skipped_tasks: skipped = []}: ArchivedGrid): GridLine {
  const total = manifest.tasks.length;
  return {
    grid_id: manifest.grid_id ?? '',
    config: manifest.grid_config_snapshot_path.split('/').at(-1) ?? '',
    submitted_at: manifest.submission_timestamp,
    repetition: manifest.repetition ?? 1,
    repetitions: manifest.repetitions ?? 1,
    state: 'done',
    tasks: {total, succeeded: total, started: 0, skipped: skipped.length},
    questions: sumQuestions(manifest.tasks),
    slurm: null,
  };
}

async function describeActive(layout: Layout, run: GridRun, jobs: LiveJobs): Promise<GridLine> {
  const manifest = await readCurrentManifest(layout, run.grid_id);
  const tasks =
    typeof manifest === 'string' ? [...(await readTaskRecords(layout, run.grid_id)).values()] : manifest.tasks;
  const succeeded = tasks.filter(({status}) => status === 'succeeded').length;
  const started = tasks.filter(({status}) => status === 'started').length;
  return {
    grid_id: run.grid_id,
    config: run.grid_config_snapshot_path.split('/').at(-1) ?? '',
    submitted_at: run.submission_timestamp,
    repetition: run.repetition,
    repetitions: run.repetitions,
    state: succeeded + started === 0 ? 'not started' : 'unfinished',
    tasks: {total: run.num_tasks_planned, succeeded, started, skipped: run.skipped_tasks?.length ?? 0},
    questions: sumQuestions(tasks),
    slurm: jobs.of(run.grid_id),
  };
}

function sumQuestions(tasks: readonly {readonly questions?: QuestionCounts}[]): GridLine['questions'] {
  const known = tasks.flatMap(({questions}) => (questions ? [questions] : []));
  if (known.length === 0) return null;
  return {
    total: known.reduce((sum, {total}) => sum + total, 0),
    succeeded: known.reduce((sum, {succeeded}) => sum + succeeded, 0),
    done: known.reduce((sum, counts) => sum + countDone(counts), 0),
    outcomes: sumOutcomes(known.map(({outcomes}) => outcomes)),
  };
}
