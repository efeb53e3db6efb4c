import {dirname} from 'node:path';

import {ConfigError, describeProblem} from '../../config/problem.ts';
import type {Environment} from '../../config/workspace.ts';
import type {ConfigText} from '../../config/read-config.ts';
import {UserError} from '../../core/errors.ts';
import {count} from '../../core/text/amounts.ts';
import {type CheckedPlan, refuseIfInvalid} from '../../plan/checked-plan.ts';
import type {Plan} from '../../plan/plan.ts';
import {parseLabelFilters, selectTrials} from '../../plan/select-trials.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {decide} from '../../record/trial/decide.ts';
import {readTrialRecords} from '../../record/trial/trial-record.ts';
import type {Caller} from '../caller.ts';
import type {RunRequest, TrialOptions} from '../request.ts';
import {isWanted, refuseUnknownTasks, type TaskRange} from '../task-ranges.ts';
import {claimRun} from './claim-run.ts';
import {openFile, type OpenedConfig, type OpenedTrials, type OpenOptions} from './open-config.ts';
import {planConversations, type PlannedTasks} from './planned-tasks.ts';
import {planTrials} from './planned-trials.ts';

/** A file that was read and checked, and the tasks of it that are wanted. */
export interface CheckedRequest {
  readonly environment: Environment;
  readonly layout: Layout;
  readonly config: ConfigText;
  /** Its plan, for whoever shows it. */
  readonly shown:
    | {
        readonly makes: 'conversations';
        readonly checked: CheckedPlan;
        readonly plan: Plan;
        readonly files: QuestionFiles;
      }
    | {readonly makes: 'trials'; readonly plan: TrialPlan};
  /** Tasks of the first repetition. */
  readonly tasks: PlannedTasks;
  /** Compiles a repetition as of a time. */
  readonly compile: (repetition: number, submittedAtMs: number) => PlannedTasks;
  /** Ascending task numbers; all of them valid. */
  readonly indices: readonly number[];
  /** Not all tasks of the plan are among them. */
  readonly onlySome: boolean;
  /** Tasks that are left out because they are invalid (`--skip-invalid`). */
  readonly skipped: readonly number[];
  /** Trials that are done already, and stay. */
  readonly kept: readonly number[];
  /** Takes the run's name for this process alone, another where it is taken. @throws UserError `cannot-write`. */
  readonly claim: () => Promise<CheckedRequest>;
  /** Keys of the run file of a file of trials. */
  readonly ofTrials: Pick<GridRun, 'frontend' | 'config_folder' | 'run_name' | 'grouping' | 'forced'> | undefined;
}

type CheckOptions = TrialOptions & Pick<RunRequest, 'skipInvalid' | 'limit' | 'rep'> & Omit<OpenOptions, 'limit'>;

/**
 * Reads and checks a file and says what is to be warned of.
 *
 * @throws UserError for everything that is wrong with the request; nothing is written then.
 */
export async function checkRequest(configPath: string, options: CheckOptions, caller: Caller): Promise<CheckedRequest> {
  const opened = await openFile(configPath, caller, options);
  return opened.makes === 'trials'
    ? await checkTrials(opened, options, caller)
    : await checkConversations(opened, options, caller);
}

async function checkConversations(
  opened: OpenedConfig,
  options: CheckOptions,
  caller: Caller,
): Promise<CheckedRequest> {
  refuseOptions(options, ['only', 'force', 'resume', 'arrayMode'], `${opened.config.path} is a grid of conversations`);
  const checked = await opened.check();
  const {plan} = checked;
  for (const {problem, tasks} of checked.warnings) {
    caller.onNotice(`warning: ${describeProblem(problem)}${tasks > 1 ? ` (${tasks} tasks)` : ''}`);
  }
  const invalid = new Set(checked.invalidTasks);
  if (options.skipInvalid !== true || !checked.isComplete) refuseIfInvalid(checked);
  else for (const {problem} of checked.problems) caller.onNotice(`skipped: ${describeProblem(problem)}`);

  const wanted = chooseTasks(plan.size, options);
  const indices = wanted.filter(index => !invalid.has(index));
  if (indices.length === 0) throw new UserError('no-such-task', 'every task that is asked for is invalid');
  const skipped = wanted.filter(index => invalid.has(index));
  const {environment, layout, config, files, compile} = opened;
  const request: CheckedRequest = {
    claim: () => Promise.resolve(request),
    environment,
    layout,
    config,
    shown: {makes: 'conversations', checked, plan, files},
    tasks: planConversations(plan, files),
    compile: (repetition, submittedAtMs) => planConversations(compile(repetition, submittedAtMs), files),
    indices,
    onlySome: options.tasks !== undefined || skipped.length > 0,
    skipped,
    kept: [],
    ofTrials: undefined,
  };
  return request;
}

async function checkTrials(opened: OpenedTrials, options: CheckOptions, caller: Caller): Promise<CheckedRequest> {
  const {environment, layout, config, context, compile, check} = opened;
  const kind = `${config.path} is a ${config.frontEnd.name}`;
  refuseOptions(options, ['rep', 'skipInvalid'], `${kind}: it says itself which seeds it has`);
  const {plan, problems} = await check();
  for (const problem of plan.warnings) caller.onNotice(`warning: ${describeProblem(problem)}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const {run, kept} = await chooseTrials(layout, plan, options, caller);
  // An unknown array mode is refused before anything is written.
  const tasks = planTrials(plan);
  tasks.pack({grouping: options.arrayMode});
  const isNew = config.frontEnd.isAlwaysNew === true && options.runName === undefined;
  const request: CheckedRequest = {
    claim: () => (isNew ? claimTrials(opened, request, options, caller) : Promise.resolve(request)),
    environment,
    layout,
    config,
    shown: {makes: 'trials', plan},
    tasks,
    compile: (_repetition, submittedAtMs) => planTrials(compile(submittedAtMs).plan),
    indices: run,
    onlySome: run.length < plan.size,
    skipped: [],
    kept,
    ofTrials: {
      frontend: config.frontEnd.name,
      config_folder: layout.display(dirname(config.path)),
      run_name: context.runName,
      ...(options.arrayMode === undefined ? {} : {grouping: options.arrayMode}),
      ...(options.force === true || (options.resume ?? plan.policy.resume) === 'none' ? {forced: true as const} : {}),
    },
  };
  return request;
}

async function claimTrials(
  opened: OpenedTrials,
  request: CheckedRequest,
  options: CheckOptions,
  caller: Caller,
): Promise<CheckedRequest> {
  const name = opened.context.runName ?? '';
  for (let number = 2, claimed = request; ; number++) {
    if (claimed.shown.makes !== 'trials' || (await claimRun(claimed.layout, claimed.shown.plan.set))) return claimed;
    claimed = await checkTrials(opened.rename(`${name}_${number}`), options, caller);
  }
}

/**
 * Chooses the trials that are asked for, decides which of them run, and says why others do not, or run again.
 *
 * @throws UserError `no-such-task`, `label-unknown`, `only-usage`.
 */
export async function chooseTrials(
  layout: Layout,
  plan: TrialPlan,
  {force, resume, tasks, only = []}: TrialOptions,
  caller: Caller,
): Promise<{readonly run: readonly number[]; readonly kept: readonly number[]}> {
  const chosen = new Set(selectTrials(plan.trials, parseLabelFilters(only)));
  const wanted = chooseTasks(plan.size, {tasks}).filter(index => chosen.has(index));
  const mode = force === true ? 'none' : (resume ?? plan.policy.resume);
  const records = await readTrialRecords(layout, plan.set);
  const decided = wanted.flatMap(index => {
    const planned = plan.trials[index];
    return planned ? [{index, decision: decide(records.get(planned.trial.id), planned, mode)}] : [];
  });
  const run = decided.flatMap(({index, decision}) => (decision.kind === 'run' ? [index] : []));
  const kept = decided.flatMap(({index, decision}) => (decision.kind === 'keep' ? [index] : []));
  const changed = decided.filter(({decision}) => decision.kind === 'run' && decision.isChanged === true).length;
  if (changed > 0) {
    caller.onNotice(`note: ${count(changed, 'trial')} will run again, since what they do has changed since they ran`);
  }
  if (kept.length > 0)
    caller.onNotice(`note: ${count(kept.length, 'trial')} done already, kept (--force runs them again)`);
  const left = decided.length - run.length - kept.length;
  if (left > 0) caller.onNotice(`note: ${count(left, 'trial')} left out, which never ran (--resume failed)`);
  return {run, kept};
}

/** @throws UserError `no-such-task`. */
function chooseTasks(size: number, {tasks}: {readonly tasks?: readonly TaskRange[] | undefined}): number[] {
  const all = [...new Array<undefined>(size).keys()];
  refuseUnknownTasks(tasks, all);
  return all.filter(index => isWanted(index, tasks));
}

/** @throws UserError `trials-usage`. */
function refuseOptions(options: CheckOptions, keys: readonly (keyof CheckOptions)[], because: string): void {
  const given = keys.filter(
    key => options[key] !== undefined && !(Array.isArray(options[key]) && options[key].length === 0),
  );
  if (given.length === 0) return;
  const flags = given.map(key => `--${key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`);
  throw new UserError('trials-usage', `${flags.join(', ')}: ${because}`, {hint: 'leave it out'});
}
