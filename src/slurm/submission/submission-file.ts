import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {createFileExclusive, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import type {Layout} from '../../record/layout.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {parseArraySpec} from './array-spec.ts';

/**
 * What Slurm was asked to do by one `mac submit` or `mac resume`. Written before anything is asked, by the holder of
 * the grid's submit lease.
 */
export interface Submission {
  readonly schema: 'mac.slurm-submission/1';
  readonly grid_id: string;
  /** From 1, in the order of submitting. */
  readonly number: number;
  /** Eight random characters of base 36; every job of the submission carries them in its name. */
  readonly token: string;
  readonly created_at: string;
  readonly submitted_by: {readonly user: string; readonly host: string; readonly pid: number};
  /** The cluster profile with all flags applied. Holds names of API keys' variables, never their values. */
  readonly profile: Readonly<Record<string, unknown>>;
  readonly code: FrozenCodeReference;
  /** The Node.js that jobs run. */
  readonly node_path: string;
  readonly workspace: string;
  /** `$MAC_FAIRNESS_EXPERIMENT_ROOT` made absolute; null where the variable was not set. */
  readonly experiment_root: string | null;
  readonly environment: {
    /** Variables that the job sets, such as MAC_FAIRNESS_DEBUG_FLAG. */
    readonly values: Readonly<Record<string, string>>;
    /** Variables that the job takes from the environment of its submitter: API keys, whose values are never written. */
    readonly inherit: readonly string[];
  };
  readonly arrays: readonly SubmittedArray[];
  /** What keeps its jobs from going on in vain, as far as options said so. */
  readonly guards?: SubmittedGuards;
  /** What the arrays wait for before they start, as `sbatch --dependency` takes it. */
  readonly dependency?: string;
  /** A job that runs after all arrays, whatever their outcome. */
  readonly after_all?: AfterAllJob;
}

/** `--canary`, `--fail-after` and `--wait-for-server` of a submission. */
export interface SubmittedGuards {
  readonly canary?: number;
  /** Conversations from 1, a share of them below 1. */
  readonly fail_after?: number;
  readonly wait_for_server_seconds?: number;
}

export interface FrozenCodeReference {
  readonly version: string;
  readonly hash: string;
  /** Absolute; jobs run `bin/mac.js` of it. */
  readonly path: string;
}

/**
 * - `intended`: written down, sbatch not called.
 * - `submitting`: sbatch was about to be called; only Slurm knows whether it was.
 * - `submitted`: has its job id.
 * - `rejected`: sbatch refused it, `reason` says why.
 * - `deferred`: a submit limit was reached; the next `mac resume` submits it.
 * - `unknown`: sbatch gave no clear answer and Slurm could not be asked.
 * - `cancelled`: by `mac cancel`. `stopped`: by its own elements, all of which died alike.
 */
export type ArrayState =
  'intended' | 'submitting' | 'submitted' | 'rejected' | 'deferred' | 'unknown' | 'cancelled' | 'stopped';

export interface SubmittedArray {
  /** From 0 in its submission. */
  readonly index: number;
  /** `mac-{token}-{index}`: the Slurm job's name, by which a lost job id is found again. */
  readonly name: string;
  /** File name of the rendered script, beside the submission. */
  readonly script: string;
  readonly tasks: TaskSpec;
  readonly resources: {readonly gpus: number; readonly mem?: string; readonly time?: string};
  /** Index of the array that must have ended first: arrays that share a throttle form chains. */
  readonly after?: number;
  readonly state: ArrayState;
  /**
   * Elements that `mac cancel --tasks` took back, as an array specification: Slurm forgets those that had not started.
   */
  readonly cancelled?: string;
  /** When sbatch was called last. */
  readonly attempt_at?: string;
  readonly job_id?: string;
  readonly reason?: string;
}

/** Which task numbers the elements of an array run. */
export interface TaskSpec {
  /** The array's elements as `sbatch --array` takes them, without `%throttle`. */
  readonly spec: string;
  /** Without packs, element e runs task e + offset. */
  readonly offset: number;
  /** With packs, element e runs the tasks packs[e]. */
  readonly packs?: readonly (readonly number[])[];
}

export interface AfterAllJob {
  readonly command: string;
  /** Further jobs that must have ended: those of other repetitions and of earlier submissions. */
  readonly also_after?: readonly string[];
  readonly state: ArrayState;
  readonly job_id?: string;
  readonly reason?: string;
}

/** Why an attempt of an element ended, as the job itself saw it. */
export type ElementCause =
  | 'done'
  | 'questions-left'
  | 'server-failed'
  | 'out-of-memory'
  | 'out-of-gpu-memory'
  | 'time-limit'
  | 'preempted-or-cancelled'
  | 'cannot-write'
  | 'lease-held'
  | 'bug';

/** What a job wrote of itself. Slurm forgets jobs after minutes; this stays. */
export interface ElementRecord {
  readonly schema: 'mac.slurm-element/1';
  readonly grid_id: string;
  /** Number of the submission, index of the array in it. */
  readonly submission: number;
  readonly array: number;
  /** `SLURM_ARRAY_JOB_ID`. */
  readonly job_id: string;
  readonly element: number;
  readonly tasks: readonly number[];
  /** Oldest first; a requeued element has several. */
  readonly attempts: readonly ElementAttempt[];
}

export interface ElementAttempt {
  /** `SLURM_RESTART_COUNT`, 0 where it is not set. */
  readonly restart_count: number;
  readonly node: string;
  /** `CUDA_VISIBLE_DEVICES`; null where it is not set. */
  readonly gpus: string | null;
  readonly started_at: string;
  /** Absent while it runs, and for ever when it was killed. */
  readonly ended_at?: string;
  readonly exit_code?: number;
  readonly signal?: 'USR2' | 'TERM';
  readonly cause?: ElementCause;
  readonly detail?: string;
  readonly questions: {readonly done: number; readonly total: number};
  readonly servers: readonly ElementServer[];
}

export interface ElementServer {
  readonly model: string;
  readonly port: number;
  readonly pid: number;
  readonly log: string;
  /** From start to ready; null while or because it was not. */
  readonly ready_seconds: number | null;
  readonly restarts: number;
}

/** Written by an element that stopped its array because all of them died alike. */
export interface StoppedArray {
  readonly schema: 'mac.slurm-stopped/1';
  readonly job_id: string;
  readonly stopped_at: string;
  readonly by_element: number;
  /** In words, with the number of elements. */
  readonly cause: string;
}

/** The task numbers of one element; none when the array has no such element. */
export function elementTasks({offset, packs}: TaskSpec, element: number): readonly number[] {
  return packs ? (packs[element] ?? []) : [element + offset];
}

/**
 * Every element of an array with its tasks.
 *
 * @throws UserError `submission-damaged`.
 */
export function listElements({spec, offset, packs}: TaskSpec): {element: number; tasks: readonly number[]}[] {
  const elements = parseArraySpec(spec);
  if (!elements) throw new UserError('submission-damaged', `"${spec}" is not a list of array elements`);
  return elements.map(element => ({
    element,
    tasks: elementTasks({spec, offset, ...(packs ? {packs} : {})}, element),
  }));
}

/**
 * Reads one submission, for the job that belongs to it.
 *
 * @throws UserError `submission-damaged` when it is missing, torn or not ours.
 */
export async function readSubmission(path: string): Promise<Submission> {
  const submission = await tryRead(path, isSubmission);
  if (submission) return submission;
  throw new UserError('submission-damaged', `${path} is missing or is not a submission of mac`, {
    hint: 'mac submit and mac resume write it; its jobs cannot run without it',
  });
}

/**
 * The submissions of a grid run, oldest first; none when it was never submitted. `damaged`: paths of files that are
 * torn or not ours.
 *
 * @throws UserError `cannot-read`.
 */
export async function readSubmissions(
  layout: Layout,
  gridId: string,
): Promise<{submissions: Submission[]; damaged: string[]; highest: number}> {
  const {folder, submission: pathOf} = layout.slurm(gridId);
  const numbers = (await listFolder(folder))
    .map(name => Number(/^submission_(\d+)\.json$/.exec(name)?.[1] ?? 0))
    .filter(number => number > 0)
    .sort((a, b) => a - b);
  const submissions: Submission[] = [];
  const damaged: string[] = [];
  for (const number of numbers) {
    const path = pathOf(number);
    const text = await readText(path);
    // One that was created and not filled was never acted upon: sbatch comes after the whole file.
    if (text === '') continue;
    const submission = parse(text, isSubmission);
    if (submission) submissions.push(submission);
    else damaged.push(path);
  }
  return {submissions, damaged, highest: numbers.at(-1) ?? 0};
}

/**
 * Writes a new submission; its number must be free.
 *
 * @returns false when somebody else took the number: read again and choose the next.
 * @throws UserError `cannot-write`.
 */
export async function createSubmission(layout: Layout, submission: Submission): Promise<boolean> {
  const path = layout.slurm(submission.grid_id).submission(submission.number);
  return (await createFileExclusive(path, renderJson(submission))) === 'created';
}

/** Replaces a submission; only for the holder of the submit lease. @throws UserError `cannot-write`. */
export async function writeSubmission(layout: Layout, submission: Submission): Promise<void> {
  await writeFileAtomic(layout.slurm(submission.grid_id).submission(submission.number), renderJson(submission));
}

/** The submission with some fields of one of its arrays changed. */
export function updateArray(submission: Submission, index: number, change: Partial<SubmittedArray>): Submission {
  const arrays = submission.arrays.map(array => (array.index === index ? {...array, ...change} : array));
  return {...submission, arrays};
}

/** The record of one element; undefined when its job never got so far. */
export async function readElementRecord(path: string): Promise<ElementRecord | undefined> {
  return tryRead(path, isElementRecord);
}

/** The element records of a grid run, or of one of its jobs, in no particular order. */
export async function readElementRecords(layout: Layout, gridId: string, jobId?: string): Promise<ElementRecord[]> {
  const {elements} = layout.slurm(gridId);
  const isWanted = (name: string): boolean =>
    /^\d+_\d+\.json$/.test(name) && (jobId === undefined || name.startsWith(`${jobId}_`));
  const names = (await listFolder(elements)).filter(isWanted);
  const records = await mapConcurrently(names, MAX_OPEN_FILES, name => readElementRecord(join(elements, name)));
  return records.filter(record => record !== undefined);
}

/** Replaces an element's record; only for the element's own job. @throws UserError `cannot-write`. */
export async function writeElementRecord(layout: Layout, record: ElementRecord): Promise<void> {
  await writeFileAtomic(layout.slurm(record.grid_id).element(record.job_id, record.element), renderJson(record));
}

/** Why an array was stopped by its own elements; undefined when it was not. */
export async function readStopped(layout: Layout, gridId: string, jobId: string): Promise<StoppedArray | undefined> {
  return tryRead(layout.slurm(gridId).stopped(jobId), (value): value is StoppedArray => {
    return (value as Partial<StoppedArray> | null)?.schema === 'mac.slurm-stopped/1';
  });
}

/** Records that an array was stopped; false when another element did. @throws UserError `cannot-write`. */
export async function writeStopped(layout: Layout, gridId: string, stopped: StoppedArray): Promise<boolean> {
  return (await createFileExclusive(layout.slurm(gridId).stopped(stopped.job_id), renderJson(stopped))) === 'created';
}

/**
 * A disk that does not answer now must not look like a submission that never was: its tasks would be submitted again.
 */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError('cannot-read', `${path} cannot be read: ${errorMessage(error)}`, {cause: error});
  }
}

async function tryRead<T>(path: string, isValid: (value: unknown) => value is T): Promise<T | undefined> {
  return parse(await readFile(path, 'utf8').catch(() => ''), isValid);
}

function parse<T>(text: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSubmission(value: unknown): value is Submission {
  const submission = value as Partial<Submission> | null;
  return (
    submission?.schema === 'mac.slurm-submission/1' &&
    typeof submission.token === 'string' &&
    Number.isInteger(submission.number) &&
    Array.isArray(submission.arrays) &&
    submission.arrays.every(isArray)
  );
}

function isArray(value: unknown): value is SubmittedArray {
  const array = value as Partial<SubmittedArray> | null;
  return Number.isInteger(array?.index) && typeof array?.name === 'string' && typeof array.tasks?.spec === 'string';
}

/** Whether a value is an element's record; one of a newer version is not. */
export function isElementRecord(value: unknown): value is ElementRecord {
  const record = value as Partial<ElementRecord> | null;
  return (
    record?.schema === 'mac.slurm-element/1' &&
    typeof record.job_id === 'string' &&
    Number.isInteger(record.element) &&
    Array.isArray(record.attempts)
  );
}
