import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

import type {ParsedConfig} from '../../plan/front-end.ts';
import {validateTaskConfig} from '../../config/validate.ts';
import {parseYaml11} from '../../config/yaml/yaml.ts';
import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {EarlierAttempt} from '../../execute/pack-task.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {submittedAt, type GridRun} from '../../record/grid/run-file.ts';
import {parseSubmissionTime} from '../../record/grid/snapshots.ts';
import type {Layout} from '../../record/layout.ts';
import {readTaskManifest, type TaskManifest} from '../../record/task/task-manifest.ts';

/** Tells whether the older system began a run: it wrote neither run files nor its version. */
export function isOlderSystems(run: GridRun): boolean {
  return run.mac_version === '';
}

/** Tells whether a config says which system's way to ask and read is meant. */
export function namesCompatibility(config: unknown): boolean {
  return (config as {compatibility?: unknown} | null)?.compatibility !== undefined;
}

/** Returns a config of the older system as it is to go on: in that system's way, unless it says otherwise. */
export function assumeReference(config: ParsedConfig): ParsedConfig {
  if (namesCompatibility(config.document.value)) return config;
  const {document} = config;
  const asReference = (value: unknown): unknown => ({compatibility: 'reference', ...(value as object)});
  return {...config, document: {...document, value: asReference(document.value), raw: asReference(document.raw)}};
}

/** The older system's record of one execution of a task. */
interface OlderTask {
  readonly configSnapshotPath: string;
  readonly submittedAtMs: number;
  readonly config: TaskConfig;
  /** Undefined where no question was left: then the index says what was asked. */
  readonly manifest?: {readonly path: string; readonly index: number | undefined};
}

/** A task of a plan that the older system may have begun. */
interface WantedTask {
  readonly index: number;
  readonly experiment: string;
  readonly benchmark: string;
  /** Tells whether a configuration has the same results. */
  readonly isSame: (config: TaskConfig) => boolean;
}

/**
 * Finds what the older system recorded of the tasks of one run. Its manifests name no run and no task: the snapshot of
 * the task's config says which grid it belongs to, and the config itself which task it is.
 */
export class OlderGrid {
  readonly #layout: Layout;
  readonly #run: GridRun;
  readonly #byFolder = new Map<string, Promise<readonly OlderTask[]>>();
  #endMs: Promise<number> | null = null;

  constructor(layout: Layout, run: GridRun) {
    this.#layout = layout;
    this.#run = run;
  }

  /** Returns where an earlier attempt left a task; null when there was none. @throws UserError `cannot-read`. */
  async findEarlier({index, experiment, benchmark, isSame}: WantedTask): Promise<EarlierAttempt | null> {
    const all = await this.#readTasks(benchmark, experiment);
    const same = all.filter(({config}) => isSame(config));
    // A config whose models were edited is recognised by the task's number.
    const mine = same.length > 0 ? same : all.filter(({manifest}) => manifest?.index === index);
    const numbered = mine.filter(({manifest}) => manifest?.index === index);
    const withManifest = mine.filter(({manifest}) => manifest);
    const [best] = [numbered, withManifest, mine].find(some => some.length > 0) ?? [];
    if (!best) return null;
    const {configSnapshotPath, submittedAtMs, manifest} = best;
    return {configSnapshotPath, submittedAtMs, ...(manifest ? {manifestPath: manifest.path} : {isIndexed: true})};
  }

  #readTasks(benchmark: string, experiment: string): Promise<readonly OlderTask[]> {
    const key = join(benchmark, experiment);
    const reading = this.#byFolder.get(key) ?? this.#readFolder(benchmark, experiment);
    this.#byFolder.set(key, reading);
    return reading;
  }

  async #readFolder(benchmark: string, experiment: string): Promise<readonly OlderTask[]> {
    const layout = this.#layout;
    const manifests = await readOlderManifests(layout.task(benchmark, experiment).manifests);
    const byConfig = new Map(manifests.map(each => [layout.resolve(each.manifest.config_snapshot_path), each]));
    const example = layout.configSnapshot(benchmark, experiment, '');
    const folder = join(example, '..');
    const prefix = basename(example, '.yaml');
    const snapshots = (await listFolder(folder)).filter(name => name.startsWith(prefix));
    const endMs = await (this.#endMs ??= this.#findEnd());
    const tasks = await mapConcurrently(snapshots, MAX_OPEN_FILES, async name => {
      const path = join(folder, name);
      const submittedAtMs = parseSubmissionTime(path);
      const isDuringRun = submittedAtMs !== undefined && submittedAtMs >= this.#startMs() && submittedAtMs < endMs;
      const config = isDuringRun ? await readOlderConfig(path) : undefined;
      if (!isDuringRun || !config || !this.#isOfGrid(config)) return [];
      const found = byConfig.get(path);
      const manifest = found && {path: found.path, index: taskNumber(found.manifest)};
      return [{configSnapshotPath: layout.display(path), submittedAtMs, config, ...(manifest ? {manifest} : {})}];
    });
    return tasks.flat();
  }

  #startMs(): number {
    return Math.floor(submittedAt(this.#run));
  }

  /** Returns when the next repetition began: the older system ran one after another, and they may share all names. */
  async #findEnd(): Promise<number> {
    const {grid_config_snapshot_path: snapshot} = this.#run;
    const starts = (await listActiveRuns(this.#layout))
      .filter(run => run.grid_config_snapshot_path === snapshot)
      .map(submittedAt);
    return Math.min(...starts.filter(start => start > submittedAt(this.#run)), Infinity);
  }

  #isOfGrid({experiment_metadata: metadata}: TaskConfig): boolean {
    const reference = metadata._grid_config_snapshot_path;
    const snapshot = this.#layout.resolve(this.#run.grid_config_snapshot_path);
    return reference !== undefined && this.#layout.resolve(reference) === snapshot;
  }
}

/** Finds the run and the task that a manifest of the older system belongs to; null when its grid is finished. */
export async function findOlderRun(
  layout: Layout,
  manifest: TaskManifest,
  config: TaskConfig,
): Promise<{readonly run: GridRun; readonly index: number} | null> {
  const {experiment_metadata: metadata} = config;
  const reference = metadata._grid_config_snapshot_path;
  const beganMs = parseSubmissionTime(manifest.config_snapshot_path);
  if (reference === undefined || beganMs === undefined) return null;
  const runs = (await listActiveRuns(layout)).filter(
    run =>
      isOlderSystems(run) &&
      layout.resolve(run.grid_config_snapshot_path) === layout.resolve(reference) &&
      Math.floor(submittedAt(run)) <= beganMs,
  );
  const run = runs.at(-1);
  if (!run) return null;
  const grid = await readGridManifest(layout.gridManifest(run.grid_id));
  if (typeof grid === 'string') return null;
  const named = grid.tasks.filter(
    ({experiment_name: experiment, benchmark_subcategory: benchmark}) =>
      experiment === metadata.experiment_name && benchmark === metadata.benchmark_subcategory,
  );
  const task =
    named.find(({task_id}) => task_id === taskNumber(manifest)) ?? (named.length === 1 ? named[0] : undefined);
  return task ? {run, index: task.task_id} : null;
}

/** Returns the number in a task's id; undefined where the older system's repair left it out. */
function taskNumber({job_task_id: id}: TaskManifest): number | undefined {
  const number = /_(\d+)$/.exec(id)?.[1];
  return number === undefined ? undefined : Number(number);
}

async function readOlderManifests(folder: string): Promise<{path: string; manifest: TaskManifest}[]> {
  const names = (await listFolder(folder)).filter(name => name.endsWith('.json'));
  const read = await mapConcurrently(names, MAX_OPEN_FILES, async name => {
    const path = join(folder, name);
    const manifest = await readTaskManifest(path);
    return manifest && manifest.task_key === undefined ? [{path, manifest}] : [];
  });
  return read.flat();
}

/** Reads the snapshot of a task's config, in the older system's way unless it says otherwise. */
export async function readOlderConfig(path: string): Promise<TaskConfig | undefined> {
  try {
    const {value} = parseYaml11(await readFile(path, 'utf8'), path);
    return validateTaskConfig({compatibility: 'reference', ...(value as object)}).config ?? undefined;
  } catch {
    return undefined; // not a task's config, or gone: nothing says what it was
  }
}
