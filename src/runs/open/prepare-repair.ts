import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {readEnvironment} from '../../config/workspace.ts';
import {requireValid} from '../../config/validate.ts';
import {parseYaml11} from '../../config/yaml/yaml.ts';
import {makeIsFinal, type IsFinal} from '../../core/conversation-outcome.ts';
import {UserError} from '../../core/errors.ts';
import {mapConcurrently} from '../../core/concurrency.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import {taskKey, taskSeed} from '../../plan/task-key.ts';
import {isArchived, listArchivedGrids} from '../../record/grid/archive.ts';
import {listActiveRuns, readGridRun} from '../../record/grid/active-runs.ts';
import {findManifestFolders} from '../../record/index/find-records.ts';
import {journalPath, readJournal} from '../../record/task/journal.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import {mergeStates} from '../../record/task/question-states.ts';
import {readTaskManifest, type EarlierManifest, type TaskManifest} from '../../record/task/task-manifest.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import type {PreparedTasks} from '../prepared-tasks.ts';
import type {Caller} from '../caller.ts';
import {findOlderRun, readOlderConfig} from './older-grids.ts';
import {warnAboutOlderVersions, type ContinuedGrid} from './older-version.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {profileArguments, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';

/**
 * There can be tens of thousands: one after the other they would be waited for, all at once they would fill the memory.
 */
const MAX_PARALLEL_FILES = 32;

/** A task manifest with null questions. */
interface FoundManifest {
  readonly path: string;
  readonly manifest: TaskManifest;
  readonly nulls: readonly string[];
  readonly total: number;
}

interface Repair {
  readonly found: FoundManifest;
  readonly config: TaskConfig;
  /** The grid run that the task belongs to, unless that is finished or was never ours. */
  readonly gridId: string | null;
  readonly index: number | null;
}

export interface PreparedRepair extends PreparedTasks {
  readonly found: readonly FoundManifest[];
}

/**
 * Finds every task manifest of a grid snapshot that has null questions; the snapshot itself may be gone.
 *
 * @throws UserError `snapshot-unknown`.
 */
export async function prepareRepair(
  snapshot: string,
  options: ProfileOptions,
  caller: Caller,
): Promise<PreparedRepair> {
  const layout = createLayout(readEnvironment(caller.env, caller.cwd));
  const wanted = basename(layout.resolve(snapshot));
  const repairs = await mapConcurrently(await listManifests(layout), MAX_PARALLEL_FILES, async candidate => {
    const config = await readTaskSnapshot(layout, candidate.manifest);
    const reference = config?.experiment_metadata._grid_config_snapshot_path;
    const isWanted = reference !== undefined && basename(layout.resolve(reference)) === wanted;
    if (!config || !isWanted) return [];
    const found = findNulls(candidate, makeIsFinal(config));
    if (found.nulls.length === 0) return [];
    const older = candidate.manifest.task_key === undefined ? await findOlderRun(layout, found.manifest, config) : null;
    if (older) return [{found, config, gridId: older.run.grid_id, index: older.index}];
    // A finished grid takes nothing back; what is asked again of its tasks is theirs alone.
    const {grid_id: gridId} = found.manifest;
    const activeGrid = gridId === undefined || (await isArchived(layout, gridId)) ? null : gridId;
    return [{found, config, gridId: activeGrid, index: found.manifest.task_id ?? null}];
  });
  const files = new QuestionFiles(layout);
  await files.read(repairs.flat().map(({config}) => config.experiment_metadata.questions_file));
  const found = repairs.flat().map(each => each.found);
  const tasks = repairs.flat().map(each => repairTask(files, each));
  if (found.length === 0) await requireSnapshot(layout, snapshot, wanted);
  warnAboutOlderVersions(await continuedGrids(layout, found, tasks), caller);
  return {
    layout,
    found,
    tasks,
    gridIds: [...new Set(repairs.flat().flatMap(({gridId}) => gridId ?? []))],
    resumeCommand: ['mac', 'repair', snapshot, ...profileArguments(options)].map(shellQuote).join(' '),
    skippedTasks: 0,
    trialPlans: [],
  };
}

/** Finds the grids that these tasks began in, finished ones too. */
async function continuedGrids(
  layout: Layout,
  found: readonly FoundManifest[],
  tasks: readonly PackTask[],
): Promise<ContinuedGrid[]> {
  const tasksByGrid = new Map<string, PackTask[]>();
  for (const [index, task] of tasks.entries()) {
    const id = found[index]?.manifest.grid_id ?? task.gridId ?? '';
    tasksByGrid.set(id, [...(tasksByGrid.get(id) ?? []), task]);
  }
  const archived = tasksByGrid.size === 0 ? [] : await listArchivedGrids(layout);
  return await mapConcurrently(tasksByGrid, MAX_PARALLEL_FILES, async ([gridId, ofGrid]) => {
    const grid =
      (await readGridRun(layout, gridId)) ?? archived.find(({manifest}) => manifest.grid_id === gridId)?.manifest;
    return {gridId: gridId === '' ? 'this grid' : gridId, version: grid?.mac_version ?? '', tasks: ofGrid};
  });
}

/** Refuses what never was a snapshot: "nothing to do" is no answer for it. @throws UserError `snapshot-unknown`. */
async function requireSnapshot(layout: Layout, given: string, name: string): Promise<void> {
  if ((await listFolder(layout.gridSnapshots)).includes(name)) return;
  const grids = [...(await listActiveRuns(layout)), ...(await listArchivedGrids(layout)).map(({manifest}) => manifest)];
  if (grids.some(grid => basename(grid.grid_config_snapshot_path) === name)) return;
  throw new UserError('snapshot-unknown', `${given} is no grid snapshot of this workspace`, {
    hint: `a snapshot is the copy of a config that mac run makes: ${layout.gridSnapshots}/CONFIG_TIME.yaml`,
  });
}

async function listManifests(layout: Layout): Promise<EarlierManifest[]> {
  const folders = await findManifestFolders(layout);
  const paths = await mapConcurrently(folders, MAX_PARALLEL_FILES, async folder =>
    (await listFolder(folder)).filter(name => name.endsWith('.json')).map(name => join(folder, name)),
  );
  const found = await mapConcurrently(paths.flat(), MAX_PARALLEL_FILES, readIfUnfinished);
  return found.flatMap(each => each ?? []);
}

/** Reads a manifest that may have null questions: whether it has any, its task's config decides later. */
async function readIfUnfinished(path: string): Promise<EarlierManifest | undefined> {
  const manifest = await readTaskManifest(path);
  if (!manifest) return undefined;
  const {records: journal} = await readJournal(journalPath(path));
  const read = {path, manifest, journal};
  return findNulls(read, outcome => outcome === 'succeeded').nulls.length > 0 ? read : undefined;
}

function findNulls({path, manifest, journal}: EarlierManifest, isFinal: IsFinal): FoundManifest {
  const states = mergeStates([{path, manifest, journal}], isFinal);
  const nulls = [...states].filter(([, {status}]) => status === null).map(([id]) => id);
  return {path, manifest, nulls, total: states.size};
}

async function readTaskSnapshot(layout: Layout, manifest: TaskManifest): Promise<TaskConfig | undefined> {
  const path = layout.resolve(manifest.config_snapshot_path);
  // The older system's manifests have no keys.
  if (manifest.task_key === undefined) return readOlderConfig(path);
  try {
    return requireValid(parseYaml11(await readFile(path, 'utf8'), path).value);
  } catch {
    return undefined; // another grid's task, or one whose snapshot is gone: nothing says what it was
  }
}

function repairTask(files: QuestionFiles, {found: {manifest, total}, config, gridId, index}: Repair): PackTask {
  const {experiment_name: experiment, benchmark_subcategory: benchmark, questions_file} = config.experiment_metadata;
  const {sha256} = files.require(questions_file);
  const key = manifest.task_key ?? taskKey(config, sha256, 1);
  return {
    kind: 'conversations',
    label: {gridId, index, experiment, benchmark, units: 'questions'},
    gridId,
    index,
    jobTaskId: String(process.pid),
    load: () => ({key, seed: taskSeed(config, key), repetition: manifest.repetition ?? 1, config}),
    earlier: {
      configSnapshotPath: manifest.config_snapshot_path,
      submittedAtMs: parseSubmissionTime(manifest.config_snapshot_path) ?? 0,
    },
    gridSnapshotReference: config.experiment_metadata._grid_config_snapshot_path ?? null,
    questionLimit: manifest.question_limit ?? null,
    expectedQuestions: total,
  };
}
