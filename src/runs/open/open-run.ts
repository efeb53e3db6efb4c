import {readFile} from 'node:fs/promises';

import {makeIsFinal} from '../../core/conversation-outcome.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {compilePlan} from '../../plan/compile.ts';
import type {ParsedConfig} from '../../plan/front-end.ts';
import {parseConfig} from '../../plan/front-ends.ts';
import type {Plan} from '../../plan/plan.ts';
import {taskKey} from '../../plan/task-key.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import {type GridRun, submittedAt} from '../../record/grid/run-file.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import type {Layout} from '../../record/layout.ts';
import {isDone, type TaskRecord} from '../../record/task/task-record.ts';
import {assumeReference, isOlderSystems, OlderGrid} from './older-grids.ts';
import {packTask} from './planned-tasks.ts';

/** A grid run that goes on. */
export interface OpenedRun {
  readonly run: GridRun;
  readonly plan: Plan;
  readonly files: QuestionFiles;
  /** Returns whether nothing is left of a recorded task, by the outcomes that its config counts as final. */
  readonly isDone: (record: TaskRecord) => boolean;
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
}

/**
 * Opens a grid run that goes on: compiles the plan again from the snapshot, with the run's own time and repetition, so
 * that names and keys are those it began with.
 *
 * @throws UserError `snapshot-missing`; ConfigError when the config is not usable any more.
 */
export async function openRun(layout: Layout, run: GridRun, files: QuestionFiles): Promise<OpenedRun> {
  const snapshot = await readSnapshot(layout, run.grid_config_snapshot_path);
  const config = isOlderSystems(run) ? assumeReference(snapshot) : snapshot;
  const plan = compilePlan(config, files, {
    submittedAtMs: submittedAt(run),
    repetition: run.repetition,
    name: run.config_name,
  });
  const findEarlier = makeEarlierFinder(layout, {run, plan, files});
  return {
    run,
    plan,
    files,
    // Few tasks have an outcome to look at, for which their config is needed.
    isDone: record => isDone(record, outcome => makeIsFinal(plan.configAt(record.task_id))(outcome)),
    refuseChanged: (index, key) => {
      if (key === undefined || key === '' || plan.taskAt(index).key === key) return;
      throw planChangedError(`task ${index} of ${run.grid_id} is not what it was when the run began`, run, config);
    },
    refuseOtherSize: () => {
      const isOther = run.task_ids
        ? run.task_ids.some(index => index >= plan.size)
        : run.num_tasks_planned !== plan.size;
      if (isOther) throw planChangedError(`${run.grid_id} has other tasks than when the run began`, run, config);
    },
    openTask: async (index, record) => packTask(run, {plan, files}, index, await findEarlier(index, record)),
  };
}

async function readSnapshot(layout: Layout, reference: string): Promise<ParsedConfig> {
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
  return parseConfig({path, text, sha256: sha256(text)}, 'snapshot');
}

/**
 * Returns a function that finds where an earlier attempt left a task of a run: its record says so, and of a run that
 * the older system began the manifests do.
 */
function makeEarlierFinder(
  layout: Layout,
  {run, plan, files}: Pick<OpenedRun, 'run' | 'plan' | 'files'>,
): (index: number, record: TaskRecord | undefined) => Promise<PackTask['earlier']> {
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

/** Returns where an earlier attempt left a task's config snapshot. */
function parseEarlierAttempt({config_snapshot_path: path}: TaskRecord): PackTask['earlier'] {
  const submittedAtMs = parseSubmissionTime(path);
  return submittedAtMs === undefined ? null : {configSnapshotPath: path, submittedAtMs};
}

/**
 * Returns the error for a run whose config, whose questions, or mac's idea of a task changed since it began: results
 * would not belong together.
 */
function planChangedError(message: string, run: GridRun, config: ParsedConfig): UserError {
  const snapshot = `the grid snapshot ${config.path}`;
  const cause =
    run.config_sha256 === undefined
      ? `${snapshot} or a question file has changed`
      : run.config_sha256 === config.sha256
        ? 'its question file has changed'
        : `${snapshot} was edited`;
  return new UserError('plan-changed', message, {
    hint: `${cause}: put the old one back to resume, or start a new run`,
  });
}
