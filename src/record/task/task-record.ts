import {join} from 'node:path';

import {z} from 'zod';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import type {FailedOutcome, IsFinal} from '../../core/conversation-outcome.ts';
import type {ExecutorIdentity} from '../lease/executor-identity.ts';
import {raiseFence, type Fence} from '../lease/fence.ts';
import {makeGuard, questionCountsSchema, type Immutable} from '../formats.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Layout} from '../layout.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';
import {noteChange} from './task-changes.ts';

const taskRecordSchema = z.object({
  schema: z.literal('mac.task-record/1'),
  task_id: z.int(),
  task_key: z.string(),
  experiment_name: z.string(),
  benchmark_subcategory: z.string(),
  status: z.enum(['started', 'succeeded']).describe('as in the grid manifest: succeeded when every question is done'),
  attempt: z.number().describe("the lease's number: which execution this is"),
  started_at: z.string(),
  completed_at: z.string().nullable(),
  reason: z.string().exactOptional().describe('why the last attempt left questions; absent while it runs'),
  questions: questionCountsSchema,
  carried_over: z.number().exactOptional().describe('questions that this attempt found done'),
  config_snapshot_path: z.string(),
  manifest_path: z.string().describe("where the task's manifest is while questions are left"),
  where: z.custom<ExecutorIdentity>(),
});

/**
 * The record of one task of a grid run: one file, written only by the holder of the task's lease. The grid manifest is
 * projected from these.
 */
export type TaskRecord = Immutable<z.infer<typeof taskRecordSchema>>;

const isTaskRecord = makeGuard(taskRecordSchema);

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

/** Raises the fence of an executor around its task's record. */
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

/** Reads the record of one task; undefined when it never started, or is torn. @throws UserError `cannot-read`. */
export async function readTaskRecord(layout: Layout, gridId: string, task: number): Promise<TaskRecord | undefined> {
  return readRecord(join(layout.taskRecords(gridId), `${task}.json`));
}

/**
 * Reads the records of a grid run by task number; torn ones are left out, since their tasks can only be run again.
 * @throws UserError `cannot-read`.
 */
export async function readTaskRecords(layout: Layout, gridId: string): Promise<Map<number, TaskRecord>> {
  const names = await listFolder(layout.taskRecords(gridId));
  const ids = names.flatMap(name => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
  return readTaskRecordsById(layout, gridId, ids);
}

/** Reads the records of these tasks, as far as they are there and whole. @throws UserError `cannot-read`. */
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
  const record = await readJsonIfIntact(path, {lookTwice: false});
  return isTaskRecord(record) ? record : undefined;
}
