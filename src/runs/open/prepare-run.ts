import {basename} from 'node:path';

import {shellQuote} from '../../core/text/shell-quote.ts';
import {codeVersion} from '../../core/version.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {createGridRuns} from '../../record/grid/grid-run.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {profileArguments, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {Caller} from '../caller.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import {prepareSet} from '../project-sets.ts';
import type {RunRequest} from '../request.ts';
import {describeLeftOut, type PlannedTasks} from './planned-tasks.ts';
import {type CheckedRequest, checkRequest} from './check-request.ts';

/** Writes the grid runs of all repetitions, and gives the tasks of each. @throws UserError `cannot-write`. */
export async function createRuns(
  configPath: string,
  request: CheckedRequest,
  options: {
    readonly rep?: number | undefined;
    readonly limit?: number | undefined;
    readonly submittedTo?: 'slurm';
  },
  caller: Caller,
): Promise<{run: GridRun; tasks: PlannedTasks}[]> {
  const {layout, config, tasks, indices, onlySome, skipped, compile, ofTrials} = request;
  const repetitions: PlannedTasks[] = [];
  const runs = await createGridRuns(layout, {
    // As found: a user may have named its folder, or its run.
    configPath: config.path,
    configText: config.text,
    submittedAtMs: caller.clock.now(),
    repetitions: options.rep ?? 1,
    macVersion: codeVersion(),
    questionsPlanned: indices.reduce((sum, index) => sum + tasks.countUnits(index, options.limit ?? null), 0),
    questionLimit: options.limit,
    taskIds: onlySome ? indices : undefined,
    skippedTasks: skipped,
    submittedTo: options.submittedTo,
    trials: ofTrials,
    makeTasks: (repetition, submittedAtMs) => {
      const repeated = compile(repetition, submittedAtMs);
      repetitions.push(repeated);
      return indices.map(index => repeated.describe(index));
    },
    listLeftOut: repetition => describeLeftOut(repetitions[repetition - 1] ?? tasks, indices),
  });
  return runs.map((run, i) => ({run, tasks: repetitions[i] ?? tasks}));
}

/**
 * Checks a config and begins its run: the first step of `mac run`.
 *
 * @throws UserError as `checkRequest` and `openFreshRun`.
 */
export async function startRun(configPath: string, request: RunRequest, caller: Caller): Promise<PreparedTasks> {
  return await openFreshRun(configPath, await checkRequest(configPath, request, caller), request, caller);
}

/**
 * Begins a fresh run: writes the grid runs of all repetitions, and returns their tasks. None are written where nothing
 * is left to do.
 *
 * @throws UserError `cannot-write`; nothing is left behind then.
 */
export async function openFreshRun(
  configPath: string,
  checked: CheckedRequest,
  options: RunRequest,
  caller: Caller,
): Promise<PreparedTasks> {
  const request = checked.indices.length === 0 ? checked : await checked.claim();
  const {layout, indices, skipped, shown} = request;
  const {rep, limit} = options;
  const created = indices.length === 0 ? [] : await createRuns(configPath, request, {rep, limit}, caller);
  if (shown.makes === 'trials') await prepareSet({layout, plan: shown.plan, indices});
  const runs = created.map(({run}) => run);
  const tasks = created.flatMap(({run, tasks: planned}): PackTask[] => indices.map(index => planned.take(run, index)));
  return {
    layout,
    tasks,
    gridIds: runs.map(({grid_id}) => grid_id),
    resumeCommand: renderResumeCommand(runs, options),
    skippedTasks: skipped.length,
    trialPlans: shown.makes === 'trials' ? [shown.plan] : [],
  };
}

/**
 * Returns what to type to go on with runs of one snapshot here: the same servers are started, and on Slurm nothing.
 *
 * @param options of the command that runs now.
 */
export function renderResumeCommand(
  runs: readonly GridRun[],
  options: ProfileOptions & {readonly local?: boolean | undefined},
): string {
  const [run] = runs;
  const name = runs.length === 1 ? run?.grid_id : run && basename(run.grid_config_snapshot_path);
  const profile = profileArguments(options);
  const isLocal = options.local === true || profile.length > 0;
  return ['mac', 'resume', name ?? 'latest', ...(isLocal ? ['--local'] : []), ...profile].map(shellQuote).join(' ');
}
