import {readFile} from 'node:fs/promises';

import type {ConfigText} from '../../config/read-config.ts';
import {makeIsFinal} from '../../core/conversation-outcome.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {parseEarlierAttempt} from '../../execute/conversation/conversation-runner.ts';
import type {EarlierAttempt, PackTask} from '../../execute/pack-task.ts';
import {checkPlan, findInvalidTasks} from '../../plan/check/check-plan.ts';
import {refuseIfInvalid} from '../../plan/checked-plan.ts';
import {compilePlan} from '../../plan/compile.ts';
import {requireTrials} from '../../plan/compile-trials.ts';
import type {ParsedConfig, ParsedTrials, TrialContext} from '../../plan/front-end.ts';
import {describesTrials, parseFile} from '../../plan/front-ends.ts';
import type {Plan} from '../../plan/plan.ts';
import {taskKey} from '../../plan/task-key.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import {type GridRun, submittedAt} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {isDone, type TaskRecord} from '../../record/task/task-record.ts';
import {assumeReference, isOlderSystems, OlderGrid} from './older-grids.ts';
import {hashNamedFiles} from './named-files.ts';
import {planConversations, type PlannedTasks} from './planned-tasks.ts';
import {planTrials} from './planned-trials.ts';

/** A grid run that goes on. */
export interface OpenedRun {
  readonly run: GridRun;
  readonly tasks: PlannedTasks;
  /** Returns whether nothing is left of a recorded task, by the outcomes that its config counts as final. */
  readonly isDone: (record: TaskRecord) => boolean;
  /** Reads what is to be known of a task before it is opened. @throws UserError when it cannot be used. */
  readonly readNeeds: (index: number) => Promise<void>;
  /** Finds which of some tasks are invalid now, by themselves or by their question files, which are read. */
  readonly findInvalid: (indices: readonly number[]) => Promise<ReadonlySet<number>>;
  /** @throws ConfigError with all that is wrong, as `mac run` says it. */
  readonly refuseInvalid: (index: number) => Promise<never>;
  /**
   * Refuses to go on with a task that was recorded with another key: its question file must have been read.
   *
   * @throws UserError `plan-changed`.
   */
  readonly refuseChanged: (index: number, recordedKey: string | undefined) => void;
  /** Refuses to go on with a plan of other tasks. @throws UserError `plan-changed`. */
  readonly refuseOtherSize: () => void;
  /** Returns a task as the executor takes it, with what an earlier attempt left of it. */
  readonly openTask: (index: number, record: TaskRecord | undefined) => Promise<PackTask>;
  /** The compiled file, for what only one kind has: what derives from its records. */
  readonly trials: TrialPlan | null;
}

/**
 * Opens a grid run that goes on: compiles the plan again from the snapshot, with the run's own time and repetition, so
 * that names and keys are those it began with.
 *
 * @throws UserError `snapshot-missing`; ConfigError when the config is not usable any more.
 */
export async function openRun(layout: Layout, run: GridRun, files: QuestionFiles): Promise<OpenedRun> {
  const snapshot = await readSnapshot(layout, run.grid_config_snapshot_path);
  return describesTrials(snapshot)
    ? await openTrialRun(layout, run, snapshot)
    : openConversations(layout, run, snapshot, files);
}

function openConversations(layout: Layout, run: GridRun, snapshot: ParsedConfig, files: QuestionFiles): OpenedRun {
  const config = isOlderSystems(run) ? assumeReference(snapshot) : snapshot;
  const plan = compilePlan(config, files, {
    submittedAtMs: submittedAt(run),
    repetition: run.repetition,
    name: run.config_name,
  });
  const findEarlier = makeEarlierFinder(layout, {run, plan, files});
  const tasks = planConversations(plan, files);
  return {
    ...refusals(run, config, tasks, index => plan.taskAt(index).key),
    run,
    tasks,
    trials: null,
    // Few tasks have an outcome to look at, for which their config is needed.
    isDone: record => isDone(record, outcome => makeIsFinal(plan.configAt(record.task_id))(outcome)),
    readNeeds: async index => {
      await files.read([plan.configAt(index).experiment_metadata.questions_file]);
    },
    findInvalid: indices => findInvalidTasks(plan, indices, files),
    refuseInvalid: async index => {
      refuseIfInvalid(await checkPlan(plan, files));
      // Of a very large plan only a part was looked at.
      files.require(plan.configAt(index).experiment_metadata.questions_file);
      throw new Error(`Internal error: task ${index} was invalid and is not`);
    },
    openTask: async (index, record) => tasks.take(run, index, await findEarlier(index, record)),
  };
}

async function openTrialRun(layout: Layout, run: GridRun, config: ParsedTrials): Promise<OpenedRun> {
  const known: TrialContext = {
    home: layout.resolve(run.config_folder ?? layout.workspace),
    workspace: layout.workspace,
    submittedAtMs: submittedAt(run),
    runName: run.run_name ?? null,
    limit: run.question_limit ?? null,
  };
  const fileHashes = await hashNamedFiles(config, known, layout.workspace);
  const plan = requireTrials(config, run.config_name, {...known, fileHashes});
  const tasks = planTrials(plan);
  return {
    ...refusals(run, config, tasks, index => plan.trials[index]?.key ?? ''),
    run,
    tasks,
    trials: plan,
    isDone: ({status}) => status === 'succeeded',
    readNeeds: () => Promise.resolve(),
    findInvalid: () => Promise.resolve(new Set()),
    refuseInvalid: index => Promise.reject(new Error(`Internal error: trial ${index} cannot be invalid`)),
    openTask: index => Promise.resolve(tasks.take(run, index)),
  };
}

/** Returns what refuses to go on with a plan that is another one. @param keyAt computes the key of a task. */
function refusals(
  run: GridRun,
  config: Pick<ConfigText, 'path' | 'sha256'>,
  {size}: PlannedTasks,
  keyAt: (index: number) => string,
): Pick<OpenedRun, 'refuseChanged' | 'refuseOtherSize'> {
  return {
    refuseChanged: (index, key) => {
      if (key === undefined || key === '' || keyAt(index) === key) return;
      throw planChangedError(`task ${index} of ${run.grid_id} is not what it was when the run began`, run, config);
    },
    refuseOtherSize: () => {
      const isOther = run.task_ids ? run.task_ids.some(index => index >= size) : run.num_tasks_planned !== size;
      if (isOther) throw planChangedError(`${run.grid_id} has other tasks than when the run began`, run, config);
    },
  };
}

async function readSnapshot(layout: Layout, reference: string): Promise<ParsedConfig | ParsedTrials> {
  const path = layout.resolve(reference);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError('snapshot-missing', `the grid snapshot cannot be read: ${path}: ${errorMessage(error)}`, {
      hint: systemErrorCode(error) === 'ENOENT' ? `put your config back there, or: mac repair ${path}` : undefined,
      cause: error,
    });
  }
  return parseFile({path, text, sha256: sha256(text)}, 'snapshot');
}

/**
 * Returns a function that finds where an earlier attempt left a task of a run: its record says so, and of a run that
 * the older system began the manifests do.
 */
function makeEarlierFinder(
  layout: Layout,
  {run, plan, files}: {readonly run: GridRun; readonly plan: Plan; readonly files: QuestionFiles},
): (index: number, record: TaskRecord | undefined) => Promise<EarlierAttempt | null> {
  const older = isOlderSystems(run) ? new OlderGrid(layout, run) : null;
  return async (index, record) => {
    if (record) return parseEarlierAttempt(record);
    if (!older) return null;
    const {key, config} = plan.taskAt(index);
    const {experiment_name: experiment, benchmark_subcategory: benchmark, questions_file} = config.experiment_metadata;
    const {sha256: questions} = files.require(questions_file);
    const isSame = (recorded: TaskConfig): boolean => taskKey(recorded, questions, run.repetition) === key;
    return older.findEarlier({index, experiment, benchmark, isSame});
  };
}

/**
 * Returns the error for a run whose config, whose questions, or mac's idea of a task changed since it began: results
 * would not belong together.
 */
function planChangedError(message: string, run: GridRun, config: Pick<ConfigText, 'path' | 'sha256'>): UserError {
  const snapshot = `the grid snapshot ${config.path}`;
  const cause =
    run.config_sha256 === undefined
      ? `${snapshot} or a question file has changed`
      : run.config_sha256 === config.sha256
        ? `${run.frontend === undefined ? 'its question file' : 'a file that it names'} has changed`
        : `${snapshot} was edited`;
  return new UserError('plan-changed', message, {
    hint: `${cause}: put the old one back to resume, or start a new run`,
  });
}
