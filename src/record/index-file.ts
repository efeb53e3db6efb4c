import {open} from 'node:fs/promises';
import {dirname} from 'node:path';

import {cannotWrite, ensureFolder} from './atomic-file.ts';
import type {IndexRecord} from './formats.ts';
import {appendLines, readLines, streamLines, type JsonLines} from './json-lines.ts';
import {withLock} from './shared-lock.ts';

/**
 * Appends records to an experiment's index: whole lines, one write, one sync, under the lock. (Appending from two hosts without it loses
 * records on network filesystems.) The file is opened under the lock, because only then its end is known.
 *
 * @throws UserError `cannot-write`, `lock-timeout`.
 */
export async function appendIndexRecords(path: string, records: readonly IndexRecord[]): Promise<void> {
  if (records.length === 0) return;
  await withLock(path, () => append(path, records));
}

/**
 * Appends those of `records` that the index does not have yet: after a crash between a task's journal and the index, and at the end of a
 * task, in case another host's append hid ours.
 *
 * @returns how many were missing.
 */
export async function ensureIndexed(path: string, records: readonly IndexRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  return withLock(path, async () => {
    const {records: present} = await readIndex(path);
    const known = new Set(present.map(identityOf));
    const missing = records.filter(record => !known.has(identityOf(record)));
    if (missing.length > 0) await append(path, missing);
    return missing.length;
  });
}

/** One line of the index stands for one attempt at one transcript. */
function identityOf({transcript_path, attempt, status}: IndexRecord): string {
  return `${transcript_path}\n${attempt ?? ''}\n${status}`;
}

async function append(path: string, records: readonly IndexRecord[]): Promise<void> {
  try {
    await ensureFolder(dirname(path));
    const file = await open(path, 'a+', 0o644);
    try {
      await appendLines(file, records);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Reads an index; an absent one is empty. A question that was run again has several lines: per `transcript_path` the one with the
 * highest attempt counts, then the last (`latestRecords`).
 */
export async function readIndex(path: string): Promise<JsonLines<IndexRecord>> {
  return readLines(path, isIndexRecord);
}

/** The records of an index one by one: an index of a million lines is more text than a string can hold. */
export function streamIndex(path: string, onBadLine: (line: number) => void): AsyncGenerator<IndexRecord> {
  return streamLines(path, isIndexRecord, onBadLine);
}

function isIndexRecord(value: unknown): value is IndexRecord {
  const record = value as Partial<IndexRecord> | null;
  return typeof record?.question_id === 'string' && typeof record.transcript_path === 'string';
}

/** The record that counts for each transcript. */
export function latestRecords(records: readonly IndexRecord[]): Map<string, IndexRecord> {
  const latest = new Map<string, IndexRecord>();
  for (const record of records) {
    const earlier = latest.get(record.transcript_path);
    if (!earlier || (record.attempt ?? 0) >= (earlier.attempt ?? 0)) latest.set(record.transcript_path, record);
  }
  return latest;
}
