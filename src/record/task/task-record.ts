import {join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import type {FailedOutcome, IsFinal} from '../../core/conversation-outcome.ts';
import type {ExecutorIdentity} from '../lease/executor-identity.ts';
import {raiseFence, type Fence} from '../lease/fence.ts';
import type {QuestionCounts} from '../formats.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Layout} from '../layout.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';
import {noteChange} from './task-changes.ts';

/**
 * What happened to one task of a grid run: one file, written only by the holder of the task's lease. The grid manifest
 * is projected from these.
 */
export interface TaskRecord {
  readonly schema: 'mac.task-record/1';
  readonly task_id: number;
  readonly task_key: string;
  readonly experiment_name: string;
  readonly benchmark_subcategory: string;
  /** `started` stays until every question is done, as in the grid manifest: it succeeded, or its outcome is final. */
  readonly status: 'started' | 'succeeded';
  /** The lease's number: which execution this is. */
  readonly attempt: number;
  readonly started_at: string;
  readonly completed_at: string | null;
  /** Why the last attempt left questions; absent while it runs and when it succeeded. */
  readonly reason?: string;
  readonly questions: QuestionCounts;
  /** Questions that this attempt found done; absent in records of earlier versions. */
  readonly carried_over?: number;
  readonly config_snapshot_path: string;
  /** Where the task's manifest lies while questions are left. */
  readonly manifest_path: string;
  readonly where: ExecutorIdentity;
}

/**
 * Tells whether nothing is left of a task. A config that counts fewer outcomes as final than it did makes a finished
 * task an unfinished one.
 */
export function isDone({status, questions: {outcomes = {}}}: TaskRecord, isFinal: IsFinal): boolean {
  return status === 'succeeded' && (Object.keys(outcomes) as FailedOutcome[]).every(isFinal);
}

/** Tells whether every question of a task succeeded: then nothing is kept that tells them apart. */
export function isFullSuccess({status, questions: {total, succeeded}}: TaskRecord): boolean {
  return status === 'succeeded' && succeeded === total;
}

/** Where an executor raises the fence for its task's record. */
export function taskRecordFence(layout: Layout, gridId: string, taskId: number, number: number): Promise<Fence> {
  return raiseFence([layout.taskRecords(gridId)], `${taskId}`, number);
}

/**
 * Writes a record, then a note that it changed, for whoever projects the grid manifest next.
 *
 * @throws UserError `cannot-write`, `lease-lost`.
 */
export async function writeTaskRecord(
  layout: Layout,
  gridId: string,
  record: TaskRecord,
  fence: Pick<Fence, 'write'>,
): Promise<void> {
  await fence.write(recordPath(layout, gridId, record.task_id), renderJson(record));
  await noteChange(layout, gridId, record);
}

/** The record of one task; undefined when it never started, or is torn. @throws UserError `cannot-read`. */
export async function readTaskRecord(layout: Layout, gridId: string, task: number): Promise<TaskRecord | undefined> {
  return readRecord(join(layout.taskRecords(gridId), `${task}.json`));
}

/**
 * The records of a grid run by task number; torn ones are left out, since their tasks can only be run again. @throws
 * UserError `cannot-read`.
 */
export async function readTaskRecords(layout: Layout, gridId: string): Promise<Map<number, TaskRecord>> {
  const names = await listFolder(layout.taskRecords(gridId));
  const ids = names.flatMap(name => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
  return readTaskRecordsById(layout, gridId, ids);
}

/** The records of these tasks, as far as they are there and whole. @throws UserError `cannot-read`. */
export async function readTaskRecordsById(
  layout: Layout,
  gridId: string,
  taskIds: readonly number[],
): Promise<Map<number, TaskRecord>> {
  const records = new Map<number, TaskRecord>();
  const read = await mapConcurrently(taskIds, MAX_OPEN_FILES, id => readRecord(recordPath(layout, gridId, id)));
  for (const record of read) if (record) records.set(record.task_id, record);
  return records;
}

function recordPath(layout: Layout, gridId: string, taskId: number): string {
  return join(layout.taskRecords(gridId), `${taskId}.json`);
}

async function readRecord(path: string): Promise<TaskRecord | undefined> {
  const record = (await readJsonIfIntact(path, {lookTwice: false})) as TaskRecord | null | undefined;
  return Number.isInteger(record?.task_id) ? (record ?? undefined) : undefined;
}
