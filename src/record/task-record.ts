import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {systemErrorCode} from '../core/errors.ts';
import {writeFileAtomic} from './atomic-file.ts';
import type {ExecutorIdentity} from './executor-identity.ts';
import {renderJson} from './json-text.ts';
import type {Layout} from './layout.ts';

/**
 * What happened to one task of a grid run: one file, written only by the holder of the task's lease. The grid manifest is projected from
 * these.
 */
export interface TaskRecord {
  readonly schema: 'mac.task-record/1';
  readonly task_id: number;
  readonly task_key: string;
  readonly experiment_name: string;
  readonly benchmark_subcategory: string;
  /** `started` stays until every question succeeded, as in the grid manifest. */
  readonly status: 'started' | 'succeeded';
  /** The lease's number: which execution this is. */
  readonly attempt: number;
  readonly started_at: string;
  readonly completed_at: string | null;
  /** Why the last attempt left questions; absent while it runs and when it succeeded. */
  readonly reason?: string;
  readonly questions: {readonly total: number; readonly succeeded: number};
  readonly config_snapshot_path: string;
  /** Where the task's manifest lies while questions are left. */
  readonly manifest_path: string;
  readonly where: ExecutorIdentity;
}

/** @throws UserError `cannot-write`. */
export async function writeTaskRecord(layout: Layout, gridId: string, record: TaskRecord): Promise<void> {
  await writeFileAtomic(join(layout.taskRecords(gridId), `${record.task_id}.json`), renderJson(record));
}

/** The record of one task; undefined when it never started, or is unreadable. */
export async function readTaskRecord(layout: Layout, gridId: string, task: number): Promise<TaskRecord | undefined> {
  return readRecord(join(layout.taskRecords(gridId), `${task}.json`));
}

/** The records of a grid run by task number; unreadable ones are left out, since their tasks can only be run again. */
export async function readTaskRecords(layout: Layout, gridId: string): Promise<Map<number, TaskRecord>> {
  const folder = layout.taskRecords(gridId);
  const records = new Map<number, TaskRecord>();
  for (const name of await listFolder(folder)) {
    if (!/^\d+\.json$/.test(name)) continue;
    const record = await readRecord(join(folder, name));
    if (record) records.set(record.task_id, record);
  }
  return records;
}

async function readRecord(path: string): Promise<TaskRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as TaskRecord;
    return Number.isInteger(record.task_id) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Names in a folder, sorted; none when it does not exist. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
