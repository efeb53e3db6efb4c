import {readFile} from 'node:fs/promises';

import {parseYaml11} from '../../config/yaml/yaml.ts';
import {mapConcurrently} from '../../core/concurrency.ts';
import {errorMessage, systemErrorCode} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {findIndexes} from '../../record/index/find-records.ts';
import type {Layout} from '../../record/layout.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import {CachedEntries} from '../cache/cached-entries.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import {parseIndex, readIndexTasks, type RecordedTask} from './index-tasks.ts';
import {Problems} from './problems.ts';

/** A recorded task with its configuration. */
export interface KnownTask extends RecordedTask {
  /** As snapshot; of the older system's keys some may be missing that have defaults with us. */
  readonly config: TaskConfig;
  /** Of the snapshot's text. */
  readonly configSha256: string;
  readonly gridSnapshotPath: string | null;
  readonly submittedAtMs: number | null;
}

/** Reads all indexes of a workspace, line by line: only the references of a million conversations stay in memory. */
export async function readRecordedTasks(
  layout: Layout,
  problems: Problems,
  cache?: ResultsCache,
): Promise<RecordedTask[]> {
  const tasks = new Map<string, RecordedTask>();
  for (const path of await findIndexes(layout)) {
    const index = await readIndexTasks(layout, path, cache);
    const isContinued = index.tasks.some(({configSnapshotPath: snapshot}) => tasks.has(snapshot));
    // A copied index, or one whose tasks another holds too: the rule above is about all lines of a task, in their
    // order.
    const {tasks: read, problems: found} = isContinued ? await parseIndex(layout, path, tasks) : index;
    for (const task of read) tasks.set(task.configSnapshotPath, task);
    problems.absorb(found);
  }
  return [...tasks.values()];
}

/** Number of snapshots read at once. */
const READ_CONCURRENCY = 16;

/** The contents of a workspace's indexes. */
export interface WorkspaceTasks {
  readonly known: readonly KnownTask[];
  /** Tasks whose config snapshot is missing or unreadable: they cannot be scored. */
  readonly unreadable: readonly RecordedTask[];
}

/** Reads all tasks of a workspace with their configurations. Parses only new snapshots: parsing YAML is slow. */
export async function readKnownTasks(
  layout: Layout,
  problems: Problems,
  cache?: ResultsCache,
): Promise<WorkspaceTasks> {
  const recorded = await readRecordedTasks(layout, problems, cache);
  const snapshots = await CachedEntries.open<unknown>(cache, {kind: 'snapshots', name: ''});
  const read = await mapConcurrently(recorded, READ_CONCURRENCY, async task => {
    const own = new Problems();
    return {task: await readKnownTask(layout, task, own, snapshots), problems: own.list()};
  });
  await snapshots.save();
  for (const each of read) problems.absorb(each.problems);
  return {
    known: shareCompatibility(read.flatMap(({task}) => task ?? [])),
    unreadable: recorded.filter((_, i) => read[i]?.task === null),
  };
}

/** Gives a grid's tasks one `compatibility`: older snapshots lack it, our continuations say `reference`. */
function shareCompatibility(tasks: readonly KnownTask[]): KnownTask[] {
  const continued = new Set(
    tasks.flatMap(({config, gridSnapshotPath}) => (config.compatibility === 'reference' ? gridSnapshotPath : [])),
  );
  return tasks.map(task =>
    task.config.compatibility === undefined && continued.has(task.gridSnapshotPath)
      ? {...task, config: {compatibility: 'reference', ...task.config}}
      : task,
  );
}

/** Reads the task's config snapshot; null when it cannot be read, which is counted. */
async function readKnownTask(
  layout: Layout,
  task: RecordedTask,
  problems: Problems,
  snapshots: CachedEntries<unknown>,
): Promise<KnownTask | null> {
  const path = layout.resolve(task.configSnapshotPath);
  try {
    const text = await readFile(path, 'utf8');
    const configSha256 = sha256(text);
    const key = `${task.id} ${configSha256}`;
    const parsed = snapshots.get(key);
    const config = parsed ?? parseYaml11(text, path).value;
    if (!isTaskConfig(config)) {
      problems.add('snapshot-unreadable', `${task.configSnapshotPath}: not a task's config`);
      return null;
    }
    if (parsed === undefined) snapshots.keep(key, config);
    return {
      ...task,
      config,
      configSha256,
      gridSnapshotPath: config.experiment_metadata._grid_config_snapshot_path ?? null,
      submittedAtMs: parseSubmissionTime(path) ?? null,
    };
  } catch (error) {
    const isMissing = systemErrorCode(error) === 'ENOENT';
    problems.add(
      isMissing ? 'snapshot-missing' : 'snapshot-unreadable',
      isMissing ? task.configSnapshotPath : `${task.configSnapshotPath}: ${errorMessage(error)}`,
    );
    return null;
  }
}

function isTaskConfig(value: unknown): value is TaskConfig {
  const config = value as Partial<TaskConfig> | null;
  return (
    typeof config?.experiment_metadata?.experiment_name === 'string' &&
    typeof config.experiment_metadata.questions_file === 'string' &&
    Array.isArray(config.agent_definitions) &&
    config.conversation_config !== undefined
  );
}
