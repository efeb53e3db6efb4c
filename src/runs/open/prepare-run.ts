import {basename} from 'node:path';

import {describeProblem} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {codeVersion} from '../../core/version.ts';
import {type CheckedPlan, refuseIfInvalid} from '../../plan/checked-plan.ts';
import type {Plan} from '../../plan/plan.ts';
import {createGridRuns} from '../../record/grid/grid-run.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {profileArguments, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {Caller} from '../caller.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import type {RunRequest} from '../request.ts';
import {isWanted, refuseUnknownTasks} from '../task-ranges.ts';
import {openConfig, type OpenedConfig} from './open-config.ts';
import {countExpectedQuestions, packTask, plannedTask} from './planned-tasks.ts';

/** A config that was read and checked, and the tasks of it that are wanted. */
export interface CheckedRequest extends OpenedConfig {
  readonly plan: Plan;
  readonly checked: CheckedPlan;
  /** Ascending task numbers; all of them valid. */
  readonly indices: readonly number[];
  /** Not all tasks of the plan are among them. */
  readonly onlySome: boolean;
  /** Tasks that are left out because they are invalid (`--skip-invalid`). */
  readonly skipped: readonly number[];
}

/**
 * Reads and checks a config and says what is to be warned of.
 *
 * @throws UserError for everything that is wrong with the request; nothing is written then.
 */
export async function checkRequest(
  configPath: string,
  options: Pick<RunRequest, 'tasks' | 'skipInvalid'>,
  caller: Caller,
): Promise<CheckedRequest> {
  const opened = await openConfig(configPath, caller);
  const checked = await opened.check();
  const {plan} = checked;
  for (const {problem, tasks} of checked.warnings) {
    caller.onNotice(`warning: ${describeProblem(problem)}${tasks > 1 ? ` (${tasks} tasks)` : ''}`);
  }
  const invalid = new Set(checked.invalidTasks);
  if (options.skipInvalid !== true || !checked.isComplete) refuseIfInvalid(checked);
  else for (const {problem} of checked.problems) caller.onNotice(`skipped: ${describeProblem(problem)}`);

  const all = [...new Array<undefined>(plan.size).keys()];
  refuseUnknownTasks(options.tasks, all);
  const wanted = all.filter(index => isWanted(index, options.tasks));
  const indices = wanted.filter(index => !invalid.has(index));
  if (indices.length === 0) throw new UserError('no-such-task', 'every task that is asked for is invalid');
  const skipped = wanted.filter(index => invalid.has(index));
  const onlySome = options.tasks !== undefined || skipped.length > 0;
  return {...opened, plan, checked, indices, onlySome, skipped};
}

/** Writes the grid runs of all repetitions, and gives each one's plan. @throws UserError `cannot-write`. */
export async function createRuns(
  configPath: string,
  request: CheckedRequest,
  options: {
    readonly rep?: number | undefined;
    readonly limit?: number | undefined;
    readonly submittedTo?: 'slurm';
  },
  caller: Caller,
): Promise<{run: GridRun; plan: Plan}[]> {
  const {layout, config, files, plan, indices, onlySome, skipped, compile} = request;
  const plans: Plan[] = [];
  const runs = await createGridRuns(layout, {
    configPath,
    configText: config.text,
    submittedAtMs: caller.clock.now(),
    repetitions: options.rep ?? 1,
    macVersion: codeVersion(),
    questionsPlanned: indices.reduce(
      (sum, index) => sum + countExpectedQuestions(plan, index, files, options.limit ?? null),
      0,
    ),
    questionLimit: options.limit,
    taskIds: onlySome ? indices : undefined,
    skippedTasks: skipped,
    submittedTo: options.submittedTo,
    makeTasks: (repetition, submittedAtMs) => {
      const repeated = compile(repetition, submittedAtMs);
      plans.push(repeated);
      return indices.map(index => plannedTask(repeated, index));
    },
  });
  return runs.map((run, i) => ({run, plan: plans[i] as Plan}));
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
 * Begins a fresh run: writes the grid runs of all repetitions, and returns their tasks.
 *
 * @throws UserError `cannot-write`; nothing is left behind then.
 */
export async function openFreshRun(
  configPath: string,
  checked: CheckedRequest,
  options: RunRequest,
  caller: Caller,
): Promise<PreparedTasks> {
  const {layout, files, indices, skipped} = checked;
  const {rep, limit} = options;
  const created = await createRuns(configPath, checked, {rep, limit}, caller);
  const runs = created.map(({run}) => run);
  const tasks = created.flatMap(({run, plan}) => indices.map(index => packTask(run, {plan, files}, index)));
  return {
    layout,
    tasks,
    gridIds: runs.map(({grid_id}) => grid_id),
    resumeCommand: renderResumeCommand(runs, options),
    skippedTasks: skipped.length,
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
