import {readFile} from 'node:fs/promises';

import {UserError} from '../../core/errors.ts';
import {createFileExclusive, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {cannotRead} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import type {TaskSpec} from './array-spec.ts';

/** One `mac submit` or `mac resume`. Written before Slurm is asked, by the holder of the grid's submit lease. */
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
  /** Guards that stop its jobs from running in vain, as far as options set them. */
  readonly guards?: SubmittedGuards;
  /** A condition for the arrays to start, as `sbatch --dependency` takes it. */
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
 * - `cancelled`: by `mac cancel`. `stopped`: by its own elements, which all failed with the same signature.
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
  /** Elements cancelled with `mac cancel --tasks`, as an array specification: Slurm forgets those not yet started. */
  readonly cancelled?: string;
  /** The time of the last call of sbatch. */
  readonly attempt_at?: string;
  readonly job_id?: string;
  readonly reason?: string;
}

export interface AfterAllJob {
  readonly command: string;
  /** Further jobs that must have ended: those of other repetitions and of earlier submissions. */
  readonly also_after?: readonly string[];
  readonly state: ArrayState;
  readonly job_id?: string;
  readonly reason?: string;
}

/**
 * Reads one submission, for the job that belongs to it.
 *
 * @throws UserError `submission-damaged` when it is missing, torn or not ours.
 */
export async function readSubmission(path: string): Promise<Submission> {
  const submission = parseSubmission(await readFile(path, 'utf8').catch(() => ''));
  if (submission) return submission;
  throw new UserError('submission-damaged', `${path} is missing or is not a submission of mac`, {
    hint: 'mac submit and mac resume write it; its jobs cannot run without it',
  });
}

/**
 * Reads the submissions of a grid run, oldest first; none when it was never submitted. `damaged`: paths of files that
 * are torn or not ours.
 *
 * @throws UserError `cannot-read`.
 */
export async function readSubmissions(
  layout: Layout,
  gridId: string,
): Promise<{submissions: Submission[]; damaged: string[]; highest: number}> {
  const {submission: makePath} = layout.slurm(gridId);
  const numbers = await listSubmissionNumbers(layout, gridId);
  const submissions: Submission[] = [];
  const damaged: string[] = [];
  for (const number of numbers) {
    const path = makePath(number);
    const text = await readText(path);
    // One that was created and not filled was never acted upon: sbatch comes after the whole file.
    if (text === '') continue;
    const submission = parseSubmission(text);
    if (submission) submissions.push(submission);
    else damaged.push(path);
  }
  return {submissions, damaged, highest: numbers.at(-1) ?? 0};
}

/** Returns whether a grid run was ever submitted, be it without success: whether it has files of submissions. */
export async function hasSubmissions(layout: Layout, gridId: string): Promise<boolean> {
  return (await listSubmissionNumbers(layout, gridId)).length > 0;
}

async function listSubmissionNumbers(layout: Layout, gridId: string): Promise<number[]> {
  return (await listFolder(layout.slurm(gridId).folder))
    .map(name => Number(/^submission_(\d+)\.json$/.exec(name)?.[1] ?? 0))
    .filter(number => number > 0)
    .sort((a, b) => a - b);
}

/**
 * Writes a new submission; its number must be free.
 *
 * @returns false when another process took the number: read again and choose the next.
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

/** Returns the submission with some fields of one of its arrays changed. */
export function updateArray(submission: Submission, index: number, change: Partial<SubmittedArray>): Submission {
  const arrays = submission.arrays.map(array => (array.index === index ? {...array, ...change} : array));
  return {...submission, arrays};
}

/** Reads a file or throws: a submission on a silent disk must not look absent, or its tasks would run twice. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function parseSubmission(text: string): Submission | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSubmission(value) ? value : undefined;
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

/** Returns the name of an array's job in Slurm, by which a job with a lost id is found again. */
export function arrayName(token: string, index: number): string {
  return `mac-${token}-${index}`;
}

/** Returns the name of the job that runs after all arrays of a submission. */
export function afterAllName(token: string): string {
  return `mac-${token}-after`;
}
