import {isAbsolute, join, resolve} from 'node:path';

import {UserError} from '../core/errors.ts';

const WORKSPACE_VARIABLE = '$MAC_FAIRNESS_WORKSPACE';
const EXPERIMENT_VARIABLE = '$MAC_FAIRNESS_EXPERIMENT_ROOT';

export interface LayoutOptions {
  readonly workspace: string;
  /**
   * `$MAC_FAIRNESS_EXPERIMENT_ROOT`; relative ones are inside the workspace. Default: `experiment` in the workspace.
   */
  readonly experimentRoot?: string | undefined;
}

export interface TaskFolders {
  readonly manifests: string;
  readonly summaries: string;
  readonly transcripts: string;
}

export interface SlurmFolder {
  readonly folder: string;
  readonly submission: (number: number) => string;
  readonly script: (submission: number, array: number) => string;
  readonly logs: string;
  /** `--output` of the jobs is `{logs}/%A_%a.out`. */
  readonly log: (arrayJobId: string, element: number) => string;
  readonly elements: string;
  readonly element: (arrayJobId: string, element: number) => string;
  /** Exists when elements stopped their array because all of them failed with the same signature. */
  readonly stopped: (arrayJobId: string) => string;
  /** Leases of those who may submit for the grid run: `lease/submit.{n}.json`. */
  readonly leases: string;
}

/** Folders of `bookkeeping/` that do not come from an experiment's name. */
export const BOOKKEEPING_FOLDERS: ReadonlySet<string> = new Set([
  '_grid_config_snapshot',
  'config_snapshot',
  'grid_manifest',
  'grid_archive',
  'task_record',
  'trial_record',
  'lease',
  'server_log',
  'slurm',
  'results_cache',
  'tables_cache',
]);

/** Every path that records have, in one place. */
export interface Layout {
  readonly workspace: string;
  readonly experimentRoot: string;
  readonly bookkeeping: string;
  readonly gridSnapshots: string;
  readonly gridManifests: string;
  /** Ours: manifests of grid runs that are complete. */
  readonly gridArchive: string;
  readonly gridManifest: (gridId: string) => string;
  readonly archivedGrid: (gridId: string) => string;
  /** Ours: one record a task of a grid run. */
  readonly taskRecords: (gridId: string) => string;
  /** Ours: one record a trial of a study, a benchmark run or a suite. */
  readonly trialRecords: (kind: string, set: string) => string;
  /** Ours: folder of all of these, one folder a kind. */
  readonly allTrialRecords: string;
  /** Ours: leases, one folder a task. */
  readonly leases: (gridId: string) => string;
  readonly configSnapshot: (benchmark: string, experiment: string, fileTimestamp: string) => string;
  readonly index: (experiment: string) => string;
  readonly task: (benchmark: string, experiment: string) => TaskFolders;
  readonly transcript: (benchmark: string, experiment: string, transcriptId: string) => string;
  /** Ours: logs of model servers that were started outside Slurm. */
  readonly serverLogs: string;
  /** Ours: the cache of `mac results`; may be deleted at any time. */
  readonly resultsCache: string;
  /** Ours: tables of results that `mac query` keeps; may be deleted at any time. */
  readonly tablesCache: string;
  /** Ours: submissions of a grid run to Slurm, and the files that its jobs left. */
  readonly slurm: (gridId: string) => SlurmFolder;
  /** Ours: the code that submitted jobs run, one folder a version, shared by all grids. */
  readonly slurmCode: (hash: string) => string;
  /** A path as records have it: with `$MAC_FAIRNESS_…` in place of the roots. */
  readonly display: (path: string) => string;
  /** The inverse of `display`; other texts come back as they are. */
  readonly resolve: (text: string) => string;
}

/** @throws UserError `unsafe-name` from the functions when a name would leave its folder. */
export function createLayout({workspace: root, experimentRoot: external}: LayoutOptions): Layout {
  const workspace = resolve(root);
  const experimentRoot = external === undefined ? join(workspace, 'experiment') : resolve(workspace, external);
  const bookkeeping = join(workspace, 'bookkeeping');
  const gridManifests = join(bookkeeping, 'grid_manifest');
  const gridArchive = join(bookkeeping, 'grid_archive');
  const taskRoot = (benchmark: string, experiment: string): string =>
    join(experimentRoot, safeName(benchmark), safeName(experiment));
  return {
    workspace,
    experimentRoot,
    bookkeeping,
    gridSnapshots: join(bookkeeping, '_grid_config_snapshot'),
    gridManifests,
    gridArchive,
    serverLogs: join(bookkeeping, 'server_log'),
    resultsCache: join(bookkeeping, 'results_cache'),
    tablesCache: join(bookkeeping, 'tables_cache'),
    gridManifest: gridId => join(gridManifests, `${safeName(gridId)}.json`),
    archivedGrid: gridId => join(gridArchive, `${safeName(gridId)}.json`),
    taskRecords: gridId => join(bookkeeping, 'task_record', safeName(gridId)),
    trialRecords: (kind, set) => join(bookkeeping, 'trial_record', safeName(kind), safeName(set)),
    allTrialRecords: join(bookkeeping, 'trial_record'),
    leases: gridId => join(bookkeeping, 'lease', safeName(gridId)),
    configSnapshot: (benchmark, experiment, fts) =>
      join(bookkeeping, 'config_snapshot', safeName(benchmark), `${safeName(experiment)}_${fts}.yaml`),
    index: experiment => join(bookkeeping, `${safeName(experiment)}_index.jsonl`),
    task: (benchmark, experiment) => ({
      manifests: join(taskRoot(benchmark, experiment), 'task_manifest'),
      summaries: join(taskRoot(benchmark, experiment), 'task_summary'),
      transcripts: join(taskRoot(benchmark, experiment), 'transcript'),
    }),
    transcript: (benchmark, experiment, id) =>
      join(taskRoot(benchmark, experiment), 'transcript', `${safeName(id)}.json`),
    slurm: gridId => slurmFolder(join(bookkeeping, 'slurm', safeName(gridId))),
    slurmCode: hash => join(bookkeeping, 'slurm', 'code', safeName(hash)),
    display: path => displayPath(path, {workspace, ...(external === undefined ? {} : {experimentRoot})}),
    resolve: text => resolvePath(text, {workspace, ...(external === undefined ? {} : {experimentRoot})}),
  };
}

function slurmFolder(folder: string): SlurmFolder {
  const logs = join(folder, 'logs');
  const elements = join(folder, 'element');
  return {
    folder,
    submission: number => join(folder, `submission_${number}.json`),
    script: (submission, array) => join(folder, `array_${submission}_${array}.sbatch`),
    logs,
    log: (arrayJobId, element) => join(logs, `${safeName(arrayJobId)}_${element}.out`),
    elements,
    element: (arrayJobId, element) => join(elements, `${safeName(arrayJobId)}_${element}.json`),
    stopped: arrayJobId => join(folder, 'stopped', `${safeName(arrayJobId)}.json`),
    leases: join(folder, 'lease'),
  };
}

/** Names come from configs and become path parts: a `/` makes a folder, as it always did, but none may climb out. */
function safeName(name: string): string {
  const parts = name.split('/');
  if (
    name === '' ||
    name.includes('\0') ||
    isAbsolute(name) ||
    parts.some(part => part === '..' || part === '.' || part === '')
  ) {
    throw new UserError('unsafe-name', `${JSON.stringify(name)} cannot be part of a path`, {
      hint: 'names of experiments and benchmarks become folders: no "..", no leading or doubled "/"',
    });
  }
  return name;
}

/** The roots as the environment has them. */
export interface Roots {
  readonly workspace: string;
  /** Absolute; only where the variable is set. */
  readonly experimentRoot?: string;
}

/**
 * Replaces a root at the start of a path by its variable. Plain prefixes of text, as in the older system: `/exp2` under
 * the root `/exp` becomes `$MAC_FAIRNESS_EXPERIMENT_ROOT2`, which `resolvePath` turns back.
 */
export function displayPath(path: string, {workspace, experimentRoot}: Roots): string {
  if (experimentRoot !== undefined && path.startsWith(experimentRoot)) {
    return EXPERIMENT_VARIABLE + path.slice(experimentRoot.length);
  }
  return path.startsWith(workspace) ? WORKSPACE_VARIABLE + path.slice(workspace.length) : path;
}

/** Turns back what `displayPath` made. */
export function resolvePath(text: string, {workspace, experimentRoot}: Roots): string {
  if (experimentRoot !== undefined && text.startsWith(EXPERIMENT_VARIABLE)) {
    return experimentRoot + text.slice(EXPERIMENT_VARIABLE.length);
  }
  return text.startsWith(WORKSPACE_VARIABLE) ? workspace + text.slice(WORKSPACE_VARIABLE.length) : text;
}
