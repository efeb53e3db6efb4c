import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import type {Command} from 'commander';

import {readEnvironment} from '../../config/workspace.ts';
import {describeOutcomes, type OutcomeCounts, sumOutcomes} from '../../core/conversation-outcome.ts';
import type {QuestionCounts} from '../../record/formats.ts';
import {describeUnreadable, readActiveRuns} from '../../record/grid/active-runs.ts';
import {type ArchivedGrid, listArchivedGrids} from '../../record/grid/archive.ts';
import {readCurrentManifest} from '../../record/grid/grid-manifest.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {countDone} from '../../record/task/question-states.ts';
import {readTaskRecords} from '../../record/task/task-record.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {countLiveJobs, type LiveJobs} from '../../slurm/state/live-jobs.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {formatTable} from '../render/format.ts';

interface GridLine {
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

export function declareLs(program: Command, run: RunAction): void {
  program
    .command('ls')
    .description('List the grids with their progress, newest last')
    .option('--json', 'print the grids as JSON')
    .action((options: {json?: boolean}) => run(io => lsCommand(options, io)));
}

/** Runs `mac ls`: lists the grids of the workspace with their progress, oldest first. */
export async function lsCommand(options: {readonly json?: boolean}, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const {runs: active, unreadable} = await readActiveRuns(layout);
  for (const gridId of unreadable) io.stderr.write(`warning: ${describeUnreadable(layout, gridId)}\n`);
  const jobs = await countLiveJobs(
    {layout, run: createSlurmClient(io.env)},
    active.map(run => run.grid_id),
  );
  const lines = [
    ...(await listArchivedGrids(layout)).map(describeArchived),
    ...(await mapConcurrently(active, MAX_OPEN_FILES, run => describeActive(layout, run, jobs))),
  ].sort((a, b) => (a.grid_id < b.grid_id ? -1 : 1));
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({schema: 'mac.ls/1', grids: lines}, null, 2)}\n`);
  } else if (lines.length === 0) {
    io.stdout.write('no grids yet: mac run CONFIG starts one\n');
  } else {
    io.stdout.write(renderLines(lines));
  }
  return 0;
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

function renderTasks({tasks: {total, succeeded, started, skipped}, questions}: GridLine): string {
  const notes = [
    started > 0 ? `${started} begun` : '',
    skipped > 0 ? `${skipped} invalid, left out` : '',
    describeOutcomes(questions?.outcomes ?? {}),
  ].filter(Boolean);
  return `${succeeded}/${total}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function renderLines(lines: readonly GridLine[]): string {
  const onSlurm = lines.some(({slurm}) => slurm !== null);
  return formatTable([
    ['grid', 'state', 'tasks', 'rep', ...(onSlurm ? ['on Slurm'] : []), 'config'],
    ...lines.map(line => [
      line.grid_id,
      line.state,
      renderTasks(line),
      `${line.repetition}/${line.repetitions}`,
      ...(onSlurm ? [describeJobs(line.slurm)] : []),
      line.config,
    ]),
  ]);
}

function describeJobs(jobs: GridLine['slurm']): string {
  if (jobs === null) return '';
  if (jobs === 'unknown') return 'no answer';
  const {running, pending} = jobs;
  const parts = [...(running > 0 ? [`${running} running`] : []), ...(pending > 0 ? [`${pending} pending`] : [])];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
