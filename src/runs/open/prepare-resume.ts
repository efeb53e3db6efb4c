import {mapConcurrently, MAX_OPEN_FILES} from '../../core/concurrency.ts';
import {readFile} from 'node:fs/promises';

import {readEnvironment} from '../../config/workspace.ts';
import {validateTaskConfig} from '../../config/validate.ts';
import {makeIsFinal, type IsFinal} from '../../core/conversation-outcome.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {reopenTasks, type ReopenedTask} from '../../execute/task/reopen-tasks.ts';
import {taskKey} from '../../plan/task-key.ts';
import type {Plan} from '../../plan/plan.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {findActiveRuns} from '../../record/grid/find-runs.ts';
import {submittedAt, type GridRun} from '../../record/grid/run-file.ts';
import {readJournal, journalPath} from '../../record/task/journal.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import {mergeStates} from '../../record/task/question-states.ts';
import {readTaskManifest, removeManifest} from '../../record/task/task-manifest.ts';
import {isDone, isFullSuccess, readTaskRecords, type TaskRecord} from '../../record/task/task-record.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {readSubmissions} from '../../slurm/submission/submission-file.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import type {Caller} from '../caller.ts';
import {assumeReference, isOlderSystems, OlderGrid} from './older-grids.ts';
import {warnAboutOlderVersions, type ContinuedGrid} from './older-version.ts';
import {checkPlan} from '../../plan/check/check-plan.ts';
import {refuseIfInvalid} from '../../plan/checked-plan.ts';
import {compilePlan} from '../../plan/compile.ts';
import type {ParsedConfig} from '../../plan/front-end.ts';
import {parseConfig} from '../../plan/front-ends.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {packTask, plannedTask, renderResumeCommand} from './prepare-run.ts';
import type {ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import {isWanted, refuseUnknownTasks, type TaskRange} from '../task-ranges.ts';
import {projectGridManifest, writeGridManifest} from '../../record/grid/project-manifest.ts';

/** A task of an unfinished grid run, and what is known of it. */
export interface UnfinishedTask {
  readonly task: PackTask;
  readonly status: 'pending' | 'started';
  readonly record: TaskRecord | undefined;
  readonly reason: string | undefined;
}

export interface ResumableRun {
  readonly run: GridRun;
  readonly plan: Plan;
  readonly files: QuestionFiles;
  readonly tasks: readonly UnfinishedTask[];
  readonly succeeded: number;
  readonly total: number;
  /** The grid manifest does not tell what the records do: a machine went down between the two. */
  readonly manifestIsBehind: boolean;
}

/**
 * Finds what is left of the grids that a user means. The plan is compiled anew from the snapshot with the run's own
 * time and repetition, so that names and keys are those it began with.
 *
 * @throws UserError `grid-unknown`, `grid-finished`, `grid-ambiguous`, `snapshot-missing`, `plan-changed`; ConfigError
 * when the config or its question files
 *   are not usable any more.
 */
export async function findResumable(
  layout: Layout,
  selector: string,
  wanted?: readonly TaskRange[],
): Promise<ResumableRun[]> {
  const runs = await findActiveRuns(layout, selector);
  const files = new QuestionFiles(layout);
  const resumable: ResumableRun[] = [];
  for (const run of runs) resumable.push(await inspectRun(layout, run, files, wanted));
  return resumable;
}

/** What is left of one run; see `findResumable`. */
export async function inspectRun(
  layout: Layout,
  run: GridRun,
  files: QuestionFiles,
  wanted?: readonly TaskRange[],
): Promise<ResumableRun> {
  const config = await readRunConfig(layout, run);
  const plan = compilePlan(config, files, {
    submittedAtMs: submittedAt(run),
    repetition: run.repetition,
    name: run.config_name,
  });
  const records = await readTaskRecords(layout, run.grid_id);
  const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
  refuseChangedSize(plan, run, config);
  const indices = run.task_ids ?? [...new Array<undefined>(plan.size).keys()];
  refuseUnknownTasks(wanted, indices);
  const invalid = await findInvalid(plan, indices, files);
  if (typeof manifest === 'string') {
    // Damaged from outside: all that it held stands in the plan and the records.
    await writeGridManifest(
      layout,
      run,
      indices.map(index => plannedTask(plan, index, invalid.has(index))),
    );
  } else {
    refuseChangedPlan({plan, run, config, invalid}, manifest.tasks);
  }
  const oldStatus = new Map(
    typeof manifest === 'string' ? [] : manifest.tasks.map(task => [task.task_id, task.status]),
  );
  // Older runs list the tasks that `--skip-invalid` left out, without a key.
  const leftOut = new Set(
    typeof manifest === 'string' ? [] : manifest.tasks.filter(each => each.task_key === '').map(each => each.task_id),
  );
  const tasks: UnfinishedTask[] = [];
  const findEarlier = makeEarlierFinder({layout, run, plan, files});
  let succeeded = 0;
  for (const index of indices) {
    const record = records.get(index);
    const status = record?.status ?? oldStatus.get(index) ?? null;
    if (
      status === 'succeeded' &&
      (!record || invalid.has(index) || isDone(record, finalOutcomePredicate(plan, index)))
    ) {
      succeeded++;
      // A crash between the record of success and the removal of the manifest leaves one too many.
      if (record && isFullSuccess(record)) await removeManifest(layout.resolve(record.manifest_path));
      continue;
    }
    if (!isWanted(index, wanted) || leftOut.has(index)) continue;
    if (invalid.has(index)) return refuseInvalid(plan, files, index);
    tasks.push({
      task: packTask({
        run,
        plan,
        index,
        files,
        layout,
        limit: run.question_limit ?? null,
        earlier: await findEarlier(index, record),
      }),
      status: status === null ? 'pending' : 'started',
      record,
      reason: record?.reason,
    });
  }
  const manifestIsBehind = [...records.values()].some(
    ({task_id, status}) => oldStatus.has(task_id) && oldStatus.get(task_id) !== status,
  );
  return {run, plan, files, tasks, succeeded, total: indices.length, manifestIsBehind};
}

/** Which outcomes a task's config counts as final. */
export function finalOutcomePredicate(plan: Plan, index: number): IsFinal {
  // Few tasks have an outcome to look at.
  return outcome => makeIsFinal(plan.configAt(index))(outcome);
}

/** Where an earlier attempt left a task's config snapshot. */
export function parseEarlierAttempt({config_snapshot_path: path}: TaskRecord): PackTask['earlier'] {
  const submittedAtMs = parseSubmissionTime(path);
  return submittedAtMs === undefined ? null : {configSnapshotPath: path, submittedAtMs};
}

/**
 * Returns a function that finds where an earlier attempt left a task of a run: its record says so, and of a run that
 * the older system began the manifests do.
 */
export function makeEarlierFinder({
  layout,
  run,
  plan,
  files,
}: {
  layout: Layout;
  run: GridRun;
  plan: Plan;
  files: QuestionFiles;
}): (index: number, record: TaskRecord | undefined) => Promise<PackTask['earlier']> {
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

/** Reads the config that a grid run was submitted with. @throws UserError `snapshot-missing`. */
export async function readRunConfig(layout: Layout, run: GridRun): Promise<ParsedConfig> {
  const config = await readSnapshot(layout, run.grid_config_snapshot_path);
  return isOlderSystems(run) ? assumeReference(config) : config;
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

async function findInvalid(plan: Plan, indices: readonly number[], files: QuestionFiles): Promise<Set<number>> {
  const invalid = new Set<number>();
  const names = new Map<number, string>();
  for (const index of indices) {
    const {config} = validateTaskConfig(plan.rawAt(index));
    if (config) names.set(index, config.experiment_metadata.questions_file);
    else invalid.add(index);
  }
  await files.read(names.values());
  for (const [index, name] of names) if (files.get(name) instanceof UserError) invalid.add(index);
  return invalid;
}

/** Says all that is wrong, as `mac run` does. @throws ConfigError */
async function refuseInvalid(plan: Plan, files: QuestionFiles, index: number): Promise<never> {
  refuseIfInvalid(await checkPlan(plan, files));
  // Of a very large plan only a part was looked at.
  const {experiment_metadata: metadata} = plan.configAt(index);
  files.require(metadata.questions_file);
  throw new Error(`Internal error: task ${index} was invalid and is not`);
}

/**
 * A key that differs means that the config, the questions (or mac's idea of a task) changed since the run began:
 * results would not belong together.
 */
function refuseChangedPlan(
  context: {
    readonly plan: Plan;
    readonly run: GridRun;
    readonly config: ParsedConfig;
    readonly invalid: ReadonlySet<number>;
  },
  recorded: readonly {task_id: number; task_key?: string}[],
): void {
  const {plan, run, config, invalid} = context;
  for (const {task_id: index, task_key: key} of recorded) {
    if (key === undefined || key === '' || invalid.has(index) || index >= plan.size) continue;
    if (plan.taskAt(index).key === key) continue;
    throw planChangedError(`task ${index} of ${run.grid_id} is not what it was when the run began`, run, config);
  }
}

function refuseChangedSize(plan: Plan, run: GridRun, config: ParsedConfig): void {
  const isOther = run.task_ids ? run.task_ids.some(index => index >= plan.size) : run.num_tasks_planned !== plan.size;
  if (isOther) throw planChangedError(`${run.grid_id} has other tasks than when the run began`, run, config);
}

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

/** Everything that is left of the grids that a user means, ready to run here. */
export async function prepareResume(
  selector: string,
  options: ProfileOptions & {readonly tasks?: readonly TaskRange[]; readonly local?: boolean},
  caller: Caller,
): Promise<PreparedTasks> {
  const layout = createLayout(readEnvironment(caller.env, caller.cwd));
  const runs = await findResumable(layout, selector, options.tasks);
  for (const {run, manifestIsBehind} of runs) {
    if (manifestIsBehind) await projectGridManifest(layout, run.grid_id, {all: true});
  }
  warnAboutOlderVersions(runs.map(continuedGrid), caller);
  for (const {tasks} of runs) await reopenTasks(layout, caller.clock, listReopenedTasks(tasks));
  return {
    layout,
    tasks: runs.flatMap(({tasks}) => tasks.map(({task}) => task)),
    gridIds: runs.map(({run}) => run.grid_id),
    lastProfile: await findLastProfile(layout, runs),
    resumeCommand: renderResumeCommand(
      runs.map(({run}) => run),
      options,
    ),
    skippedTasks: 0,
  };
}

/** A run as a grid that goes on. */
export function continuedGrid({run, tasks}: Pick<ResumableRun, 'run' | 'tasks'>): ContinuedGrid {
  return {gridId: run.grid_id, version: run.mac_version, tasks: tasks.map(({task}) => task)};
}

/** Tasks that were finished until their config counted fewer outcomes as final. */
export function listReopenedTasks(tasks: readonly UnfinishedTask[]): ReopenedTask[] {
  return tasks.flatMap(({task, record}) => (record?.status === 'succeeded' ? [{task, record}] : []));
}

/** How the newest submission of these runs said that servers are started; undefined when none of them was submitted. */
async function findLastProfile(layout: Layout, runs: readonly ResumableRun[]): Promise<ClusterProfile | undefined> {
  const found = await mapConcurrently(runs, MAX_OPEN_FILES, ({run}) => readSubmissions(layout, run.grid_id));
  const submissions = found.flatMap(each => each.submissions);
  const [newest] = submissions.sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return newest?.profile as ClusterProfile | undefined;
}

/** The ids of the questions of a started task that are still null. */
export async function findNullQuestions(
  layout: Layout,
  {task, record}: UnfinishedTask,
): Promise<{total: number; ids: string[]} | null> {
  const reference = record?.manifest_path ?? task.earlier?.manifestPath;
  if (reference === undefined) return null;
  const path = layout.resolve(reference);
  const manifest = await readTaskManifest(path);
  if (!manifest) return null;
  const {records: entries} = await readJournal(journalPath(path));
  const states = mergeStates([{path, manifest, journal: entries}], makeIsFinal(task.load().config));
  const ids = [...states].filter(([, {status}]) => status === null).map(([id]) => id);
  return {total: states.size, ids};
}
