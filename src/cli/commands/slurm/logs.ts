import {join, resolve} from 'node:path';
import type {Command} from 'commander';

import {readEnvironment} from '../../../config/workspace.ts';
import {UserError} from '../../../core/errors.ts';
import {listFolder} from '../../../record/disk/list-folder.ts';
import {findRuns, noUnfinishedGrid} from '../../../record/sets/find-runs.ts';
import {readGridManifest, type GridManifest} from '../../../record/grid/grid-manifest.ts';
import {readTrialRecord} from '../../../record/trial/trial-record.ts';
import {listRunTasks} from '../../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../../record/layout.ts';
import {type JobEndOptions, watchJobEnd} from '../../../runs/slurm/watch-job-end.ts';
import {createSlurmClient} from '../../../slurm/cluster/client.ts';
import {readElementRecord} from '../../../slurm/submission/element-file.ts';
import {elementKey, type Placement, placeTasks} from '../../../slurm/submission/placements.ts';
import {readSubmissions} from '../../../slurm/submission/submission-file.ts';
import type {JobSearchContext} from '../../../slurm/submit/find-jobs.ts';
import {reconcile} from '../../../slurm/submit/reconcile.ts';
import type {RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {natural} from '../../options/arguments.ts';
import {refuseUnknownTasks} from '../../../runs/task-ranges.ts';
import {printLog} from '../../output/print-log.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly server?: boolean;
}

export function declareLogs(program: Command, run: RunAction): void {
  program
    .command('logs')
    .argument('<grid>')
    .argument('<task>', 'the number of the task', natural)
    .description("Print the log of a task's newest job, or of a trial")
    .option('-f, --follow', 'keep printing as the log grows, until the job ends')
    .option('--server', 'print the logs of its model servers instead')
    .action((grid: string, task: number, options: LogsOptions) => run(io => logsCommand(grid, task, options, io)));
}

/** Runs `mac logs GRID TASK`: prints the log of a task's newest job or of its model servers; with -f as it grows. */
export async function logsCommand(
  selector: string,
  task: number,
  options: LogsOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const run = createSlurmClient(io.env);
  const {gridId, tasks, trial} = await findGrid(layout, selector, task);
  refuseUnknownTasks([{first: task, last: task}], tasks);
  if (trial && options.server !== true) return await printTrialLog(layout, trial, options, io);
  const placements = await findPlacements({layout, run, clock: io.clock}, gridId, task);
  const newest = placements.at(-1);
  if (!newest) throw noJobError(gridId, task);
  const jobId = newest.array.job_id ?? '';
  const slurm = layout.slurm(gridId);
  const end = {layout, gridId, placement: newest, run, clock: io.clock};
  const paths =
    options.server === true
      ? await serverLogs({layout, gridId, task, placement: newest}, options.follow === true ? end : undefined)
      : [slurm.log(jobId, newest.element)];
  const earlier = placements.slice(0, -1).map(({array, element}) => slurm.log(array.job_id ?? '', element));
  if (earlier.length > 0) io.stderr.write(`earlier jobs of this task: ${earlier.join(', ')}\n`);
  for (const path of paths) {
    io.stderr.write(`${elementKey(jobId, newest.element)}: ${path}\n`);
    const follow = options.follow === true && path === paths.at(-1);
    const bytes = await printLog(path, follow ? {isOver: watchJobEnd(end)} : {}, io);
    if (bytes === undefined) throw await missingLogError(path, slurm.element(jobId, newest.element), gridId);
    if (bytes === 0) io.stderr.write('the log is empty\n');
  }
  return 0;
}

/** Finds one grid, finished or not: logs outlive their grid. */
async function findGrid(layout: Layout, selector: string, task: number): Promise<GridTasks> {
  const {active, finished} = await findRuns(layout, selector);
  const grids = [
    ...active.map(run => ({gridId: run.grid_id, tasks: listRunTasks(run), manifest: null})),
    ...finished.map(({manifest}) => ({
      gridId: manifest.grid_id ?? '',
      tasks: manifest.tasks.map(({task_id: id}) => id),
      manifest,
    })),
  ];
  const [grid, ...others] = grids;
  if (!grid) throw noUnfinishedGrid();
  if (others.length === 0) {
    const manifest = grid.manifest ?? (await readGridManifest(layout.gridManifest(grid.gridId)));
    return {...grid, trial: typeof manifest === 'string' ? undefined : findTrial(manifest, task)};
  }
  const ids = grids.map(({gridId}) => gridId);
  throw new UserError('grid-ambiguous', `${selector} means ${ids.length} runs: ${ids.join(', ')}`, {
    hint: 'name one of them',
  });
}

interface GridTasks {
  readonly gridId: string;
  readonly tasks: readonly number[];
  /** Set for a task that is a trial. */
  readonly trial: TrialName | undefined;
}

interface TrialName {
  readonly set: {readonly kind: string; readonly id: string};
  readonly id: string;
}

function findTrial({frontend, tasks}: GridManifest, task: number): TrialName | undefined {
  const listed = tasks.find(({task_id: id}) => id === task);
  if (frontend === undefined || !listed) return undefined;
  const {benchmark_subcategory: set, experiment_name: id} = listed;
  return {set: {kind: frontend, id: set.slice(frontend.length + 1)}, id};
}

/** Prints what the process of a trial printed. @throws UserError `no-log`. */
async function printTrialLog(
  layout: Layout,
  {set, id}: TrialName,
  {follow = false}: LogsOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const read = () => readTrialRecord(layout, set, id);
  const path = (await read())?.log_path ?? null;
  if (path === null) throw new UserError('no-log', `${id} has not run yet`, {hint: 'mac status shows its state'});
  const shown = resolve(layout.workspace, layout.resolve(path));
  io.stderr.write(`${id}: ${shown}\n`);
  const isOver = async (): Promise<boolean> => (await read())?.status !== 'started';
  const bytes = await printLog(shown, follow ? {isOver} : {}, io);
  if (bytes === undefined) throw new UserError('no-log', `${shown} does not exist: it was removed`);
  if (bytes === 0) io.stderr.write('the log is empty\n');
  return 0;
}

async function findPlacements(context: JobSearchContext, gridId: string, task: number): Promise<Placement[]> {
  const read = await readSubmissions(context.layout, gridId);
  if (read.submissions.length === 0) {
    throw new UserError('not-submitted', `${gridId} was not submitted to Slurm, so that its tasks have no logs`, {
      hint: 'mac status shows its state; mac show prints a conversation',
    });
  }
  const {submissions} = await reconcile(context, read.submissions, {mayConclude: false}).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'slurm-missing') return read;
    throw error;
  });
  return (placeTasks(submissions).get(task) ?? []).filter(({array}) => array.job_id !== undefined);
}

/** Says why a log is missing: a job that recorded its start had one. */
async function missingLogError(path: string, recordPath: string, gridId: string): Promise<UserError> {
  const record = await readElementRecord(recordPath);
  const why = record
    ? `the job has started (on ${record.attempts.at(-1)?.node ?? '?'}), so that it was removed, or is not to be seen from here`
    : 'the job has not started, or its log was removed';
  return new UserError('no-log', `${path} does not exist: ${why}`, {hint: `mac status ${gridId}`});
}

function noJobError(gridId: string, task: number): UserError {
  return new UserError('no-log', `task ${task} of ${gridId} has no job yet`, {
    hint: `mac status ${gridId}`,
  });
}

const SERVER_PAUSE_MS = 1_000;

/** Finds server logs by name: the job's record lists only servers that are ready, and logs matter most before. */
async function serverLogs(
  of: {
    readonly layout: Layout;
    readonly gridId: string;
    readonly task: number;
    readonly placement: Placement;
  },
  /** If given, waits for the servers until the job ends. */
  end?: JobEndOptions,
): Promise<string[]> {
  const {layout, gridId, task, placement} = of;
  const {logs} = layout.slurm(gridId);
  const prefix = `${elementKey(placement.array.job_id ?? '', placement.element)}.server-`;
  const isOver = end && watchJobEnd(end);
  for (;;) {
    const isLast = isOver === undefined || (await isOver());
    const names = (await listFolder(logs)).filter(name => name.startsWith(prefix));
    if (names.length > 0) return names.map(name => join(logs, name));
    if (isLast || !end) break;
    await end.clock.sleep(SERVER_PAUSE_MS);
  }
  throw new UserError('no-log', `the job of task ${task} of ${gridId} has started no model server, or not yet`, {
    hint: 'without --server: the log of the job itself',
  });
}
