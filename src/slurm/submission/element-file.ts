import {join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {createFileExclusive, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {readJsonOrNothing} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';

/** Reason why an attempt of an element ended, as the job itself saw it. */
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

/** A job's record of itself. Slurm forgets jobs after minutes; this stays. */
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

/** Written by an element that stopped its array because all elements failed with the same signature. */
export interface StoppedArray {
  readonly schema: 'mac.slurm-stopped/1';
  readonly job_id: string;
  readonly stopped_at: string;
  readonly by_element: number;
  /** In words, with the number of elements. */
  readonly cause: string;
}

/** Reads the record of one element; undefined when its job never got so far, or it is torn or cannot be read. */
export async function readElementRecord(path: string): Promise<ElementRecord | undefined> {
  const value = await readJsonOrNothing(path);
  return isElementRecord(value) ? value : undefined;
}

/** Reads the element records of a grid run, or of one of its jobs, in no particular order. */
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

/** Reads why an array was stopped by its own elements; undefined when it was not. */
export async function readStopped(layout: Layout, gridId: string, jobId: string): Promise<StoppedArray | undefined> {
  const value = await readJsonOrNothing(layout.slurm(gridId).stopped(jobId));
  return isStopped(value) ? value : undefined;
}

/** Records that an array was stopped; false when another element did. @throws UserError `cannot-write`. */
export async function writeStopped(layout: Layout, gridId: string, stopped: StoppedArray): Promise<boolean> {
  return (await createFileExclusive(layout.slurm(gridId).stopped(stopped.job_id), renderJson(stopped))) === 'created';
}

/** Returns whether a value is an element's record; one of a newer version is not. */
export function isElementRecord(value: unknown): value is ElementRecord {
  const record = value as Partial<ElementRecord> | null | undefined;
  return (
    record?.schema === 'mac.slurm-element/1' &&
    typeof record.job_id === 'string' &&
    Number.isInteger(record.element) &&
    Array.isArray(record.attempts)
  );
}

function isStopped(value: unknown): value is StoppedArray {
  return (value as Partial<StoppedArray> | null | undefined)?.schema === 'mac.slurm-stopped/1';
}
