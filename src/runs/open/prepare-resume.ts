import {readEnvironment} from '../../config/workspace.ts';
import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {makeIsFinal} from '../../core/conversation-outcome.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {reopenTasks, type ReopenedTask} from '../../execute/task/reopen-tasks.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {findActiveRuns} from '../../record/sets/find-runs.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {projectGridManifest, writeGridManifest} from '../../record/grid/project-manifest.ts';
import {type GridRun, listRunTasks} from '../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {journalPath, readJournal} from '../../record/task/journal.ts';
import {mergeStates} from '../../record/task/question-states.ts';
import {readTaskManifest, removeManifest} from '../../record/task/task-manifest.ts';
import {isFullSuccess, readTaskRecords, type TaskRecord} from '../../record/task/task-record.ts';
import type {ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {readSubmissions} from '../../slurm/submission/submission-file.ts';
import type {Caller} from '../caller.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import {isWanted, refuseUnknownTasks, type TaskRange} from '../task-ranges.ts';
import {type ContinuedGrid, warnAboutOlderVersions} from './older-version.ts';
import {type OpenedRun, openRun} from './open-run.ts';
import {describeLeftOut} from './planned-tasks.ts';
import {renderResumeCommand} from './prepare-run.ts';

/** A task of an unfinished grid run, and what is known of it. */
export interface UnfinishedTask {
  readonly task: PackTask;
  readonly status: 'pending' | 'started';
  readonly record: TaskRecord | undefined;
  readonly reason: string | undefined;
}

export interface ResumableRun extends Omit<OpenedRun, 'tasks'> {
  readonly planned: OpenedRun['tasks'];
  readonly tasks: readonly UnfinishedTask[];
  readonly succeeded: number;
  readonly total: number;
  /** The grid manifest does not tell what the records do: a machine went down between the two. */
  readonly manifestIsBehind: boolean;
}

/**
 * Finds what is left of the grids that a user means, and warns of those that an older version began.
 *
 * @throws UserError `grid-unknown`, `grid-finished`, `grid-ambiguous`, `plan-changed`, as `openRun`; ConfigError when
 *   the config or its question files are not usable any more.
 */
export async function findResumable(
  layout: Layout,
  selector: string,
  wanted: readonly TaskRange[] | undefined,
  caller: Caller,
): Promise<ResumableRun[]> {
  const runs = await findActiveRuns(layout, selector);
  const files = new QuestionFiles(layout);
  const resumable: ResumableRun[] = [];
  for (const run of runs) resumable.push(await inspectRun(layout, run, files, wanted));
  warnAboutOlderVersions(resumable.map(continuedGrid), caller);
  return resumable;
}

/** Returns what is left of one run; see `findResumable`. */
export async function inspectRun(
  layout: Layout,
  run: GridRun,
  files: QuestionFiles,
  wanted?: readonly TaskRange[],
): Promise<ResumableRun> {
  const opened = await openRun(layout, run, files);
  const {tasks: planned} = opened;
  const records = await readTaskRecords(layout, run.grid_id);
  const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
  opened.refuseOtherSize();
  const indices = listRunTasks(run);
  refuseUnknownTasks(wanted, indices);
  const invalid = await opened.findInvalid(indices);
  const listed = new Map(typeof manifest === 'string' ? [] : manifest.tasks.map(task => [task.task_id, task]));
  if (typeof manifest === 'string') {
    // Damaged from outside: all that it held stands in the plan and the records.
    const all = indices.map(index => planned.describe(index, {isInvalid: invalid.has(index)}));
    await writeGridManifest(layout, run, all, describeLeftOut(planned, indices));
  }
  for (const [index, {task_key: key}] of listed) {
    if (!invalid.has(index) && index < planned.size) opened.refuseChanged(index, key);
  }
  const tasks: UnfinishedTask[] = [];
  let succeeded = 0;
  for (const index of indices) {
    const record = records.get(index);
    const status = record?.status ?? listed.get(index)?.status ?? null;
    if (status === 'succeeded' && (!record || invalid.has(index) || opened.isDone(record))) {
      succeeded++;
      // A crash between the record of success and the removal of the manifest leaves one too many.
      if (record && planned.makes === 'conversations' && isFullSuccess(record))
        await removeManifest(layout.resolve(record.manifest_path));
      continue;
    }
    // Older runs list the tasks that `--skip-invalid` left out, without a key.
    const isLeftOut = listed.get(index)?.task_key === '';
    if (!isWanted(index, wanted) || isLeftOut) continue;
    if (invalid.has(index)) return await opened.refuseInvalid(index);
    const task = await opened.openTask(index, record);
    tasks.push({task, status: status === null ? 'pending' : 'started', record, reason: record?.reason});
  }
  const manifestIsBehind = [...records.values()].some(
    ({task_id: index, status}) => listed.has(index) && listed.get(index)?.status !== status,
  );
  return {...opened, planned, tasks, succeeded, total: indices.length, manifestIsBehind};
}

/** Prepares everything that is left of the grids that a user means to run here. @throws as `findResumable`. */
export async function prepareResume(
  selector: string,
  options: ProfileOptions & {readonly tasks?: readonly TaskRange[]; readonly local?: boolean},
  caller: Caller,
): Promise<PreparedTasks> {
  const layout = createLayout(readEnvironment(caller.env, caller.cwd));
  const runs = await findResumable(layout, selector, options.tasks, caller);
  for (const {run, manifestIsBehind} of runs) {
    if (manifestIsBehind) await projectGridManifest(layout, run.grid_id, {all: true});
  }
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
    trialPlans: runs.flatMap(({trials}) => trials ?? []),
  };
}

/** Returns a run as a grid that goes on. */
export function continuedGrid({run, tasks}: Pick<ResumableRun, 'run' | 'tasks'>): ContinuedGrid {
  return {gridId: run.grid_id, version: run.mac_version, tasks: tasks.map(({task}) => task)};
}

/** Returns the tasks that were finished until their config counted fewer outcomes as final. */
export function listReopenedTasks(tasks: readonly UnfinishedTask[]): ReopenedTask[] {
  return tasks.flatMap(({task, record}) => (record?.status === 'succeeded' ? [{task, record}] : []));
}

/** Returns the profile of the newest submission of these runs; undefined when none of them was submitted. */
async function findLastProfile(layout: Layout, runs: readonly ResumableRun[]): Promise<ClusterProfile | undefined> {
  const found = await mapConcurrently(runs, MAX_OPEN_FILES, ({run}) => readSubmissions(layout, run.grid_id));
  const submissions = found.flatMap(each => each.submissions);
  const [newest] = submissions.sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return newest?.profile as ClusterProfile | undefined;
}

/** Finds the ids of the questions of a started task that are still null; null when nothing is recorded of it. */
export async function findNullQuestions(
  layout: Layout,
  {task, record}: UnfinishedTask,
): Promise<{total: number; ids: string[]} | null> {
  if (task.kind === 'trial') return null;
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
