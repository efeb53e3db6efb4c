import {basename, resolve} from 'node:path';

import {describeProblem} from '../../config/problem.ts';
import {readConfigText} from '../../config/read-config.ts';
import {readEnvironment, type Environment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {codeVersion} from '../../core/version.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import type {Plan} from '../../plan/plan.ts';
import type {PlannedTask} from '../../record/grid/project-manifest.ts';
import {createGridRuns} from '../../record/grid/grid-run.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {RunRequest} from '../request.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import type {Caller} from '../caller.ts';
import {refuseKnownSecrets} from './known-secrets.ts';
import {refuseIfInvalid, type CheckedPlan} from '../../plan/checked-plan.ts';
import {compileAndCheck, compilePlan} from '../../plan/compile.ts';
import type {ParsedConfig} from '../../plan/front-end.ts';
import {parseConfig} from '../../plan/front-ends.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {profileArguments, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import {isWanted, refuseUnknownTasks} from '../task-ranges.ts';

/** A config that was read and checked, and the tasks of it that are wanted. */
export interface CheckedRequest {
  readonly environment: Environment;
  readonly layout: Layout;
  readonly config: ParsedConfig;
  readonly files: QuestionFiles;
  readonly plan: Plan;
  readonly checked: CheckedPlan;
  /** Ascending task numbers; all of them valid. */
  readonly indices: readonly number[];
  /** Not all tasks of the plan are among them. */
  readonly onlySome: boolean;
  /** Tasks that are left out because they are invalid (`--skip-invalid`). */
  readonly skipped: readonly number[];
  readonly compile: (repetition: number, submittedAtMs: number) => Plan;
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
  const environment = readEnvironment(caller.env, caller.cwd);
  const layout = createLayout(environment);
  const config = parseConfig(await readConfigText(resolve(caller.cwd, configPath)));
  refuseKnownSecrets(config, caller.env);
  const files = new QuestionFiles(layout);
  const compile = (repetition: number, submittedAtMs: number): Plan =>
    compilePlan(config, files, {submittedAtMs, repetition, name: configPath});
  const first = {submittedAtMs: caller.clock.now(), repetition: 1, name: configPath};
  const checked = await compileAndCheck(config, files, first);
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
  return {environment, layout, config, files, plan, checked, indices, onlySome, skipped, compile};
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
    tasksOf: (repetition, submittedAtMs) => {
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
  const tasks = created.flatMap(({run, plan}) =>
    indices.map(index => packTask({run, plan, index, files, layout, limit: limit ?? null})),
  );
  return {
    layout,
    tasks,
    gridIds: runs.map(({grid_id}) => grid_id),
    resumeCommand: renderResumeCommand(runs, options),
    skippedTasks: skipped.length,
  };
}

/**
 * What to type to go on with runs of one snapshot here: the same servers are started, and on Slurm nothing.
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

/** A task as grid manifests list it. */
export function plannedTask(plan: Plan, index: number, isInvalid = false): PlannedTask {
  return {
    task_id: index,
    ...plannedNames(plan, index),
    grid_sweep_specs: plan.sweepSpecsAt(index),
    skip_cleanup: !isInvalid && sharesServersWithNext(plan, index),
    task_key: isInvalid ? '' : plan.taskAt(index).key,
  };
}

/** Whether the next task needs the same vLLM models: the older system's hint to keep an engine. */
function sharesServersWithNext(plan: Plan, index: number): boolean {
  if (index + 1 >= plan.size) return false;
  const own = vllmModels(plan.rawAt(index));
  return own !== '' && own === vllmModels(plan.rawAt(index + 1));
}

function vllmModels(raw: unknown): string {
  const models =
    (raw as {model_definitions?: Record<string, {backend?: string; model_path?: string} | null> | null})
      .model_definitions ?? {};
  const paths = Object.values(models).flatMap(model => (model?.backend === 'vllm' ? [model.model_path ?? ''] : []));
  return [...new Set(paths)].sort().join('\n');
}

/** One task of a grid run, as the executor takes it. */
export function packTask(options: {
  readonly run: GridRun;
  readonly plan: Plan;
  readonly index: number;
  readonly files: QuestionFiles;
  readonly layout: Layout;
  readonly limit: number | null;
  readonly earlier?: PackTask['earlier'];
}): PackTask {
  const {run, plan, index, files, limit} = options;
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = plannedNames(plan, index);
  return {
    label: {gridId: run.grid_id, index, experiment, benchmark},
    gridId: run.grid_id,
    index,
    jobTaskId: `${process.pid}_${index}`,
    load: () => ({...plan.taskAt(index), repetition: run.repetition}),
    earlier: options.earlier ?? null,
    gridSnapshotReference: run.grid_config_snapshot_path,
    questionLimit: limit,
    expectedQuestions: countExpectedQuestions(plan, index, files, limit),
  };
}

function plannedNames(plan: Plan, index: number): {experiment_name: string; benchmark_subcategory: string} {
  const {experiment_metadata: metadata} = plan.rawAt(index) as {
    experiment_metadata?: {experiment_name?: unknown; benchmark_subcategory?: unknown};
  };
  return {
    experiment_name: String(metadata?.experiment_name),
    benchmark_subcategory: String(metadata?.benchmark_subcategory),
  };
}

function countExpectedQuestions(plan: Plan, index: number, files: QuestionFiles, limit: number | null): number {
  const raw = plan.rawAt(index) as {experiment_metadata?: {questions_file?: unknown}};
  const file = files.get(String(raw.experiment_metadata?.questions_file));
  return file instanceof UserError ? 0 : Math.min(file.questions, limit ?? Infinity);
}
