import {open, stat, type FileHandle} from 'node:fs/promises';
import {dirname} from 'node:path';

import {systemErrorCode} from '../core/errors.ts';
import {cannotWrite, ensureFolder} from './atomic-file.ts';
import type {IndexRecord} from './formats.ts';
import {appendLines, readLines, streamLines, type JsonLines} from './json-lines.ts';
import {isLockLost, withLock, type Hold} from './shared-lock.ts';

/** A stretch of bytes of an index. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/**
 * Appends records to an experiment's index: whole lines, one write, one sync, under the lock. (Appending from two hosts without it loses
 * records on network filesystems.) The file is opened under the lock, because only then its end is known.
 *
 * @returns where they should stand now; `ensureIndexed` looks whether they do.
 * @throws UserError `cannot-write`, `lock-timeout`.
 */
export async function appendIndexRecords(path: string, records: readonly IndexRecord[]): Promise<Region> {
  if (records.length === 0) return {start: 0, end: 0};
  return withLock(path, hold => append(path, records, hold));
}

/** The size of an index, 0 when there is none: what a task adds from now on stands behind it. */
export async function indexSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * Appends those of `records` that the index does not have yet: after a crash between a task's journal and the index, and at the end of a
 * task, in case another host's append hid ours. The lock is taken only when something is missing.
 *
 * @param regions where they are expected, the whole file when not given. What is not found there is looked for in the whole file.
 * @returns how many were missing.
 */
export async function ensureIndexed(
  path: string,
  records: readonly IndexRecord[],
  regions: readonly Region[] = [WHOLE],
): Promise<number> {
  const wanted = new Map(records.map(record => [identityOf(record), record]));
  await findIn(path, regions, wanted);
  if (wanted.size === 0) return 0;
  return withLock(path, async hold => {
    await findIn(path, [WHOLE], wanted);
    if (wanted.size > 0) await append(path, [...wanted.values()], hold);
    return wanted.size;
  });
}

const WHOLE: Region = {start: 0, end: Infinity};

/** Takes out of `wanted` what stands in the regions of an index. Piece by piece: an index can be larger than memory. */
async function findIn(path: string, regions: readonly Region[], wanted: Map<string, IndexRecord>): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    for (const {start, end} of regions) {
      let rest = '';
      for await (const text of piecesOf(file, start, end)) {
        if (wanted.size === 0) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const record = parseIndexLine(line);
          if (record) wanted.delete(identityOf(record));
        }
      }
    }
  } finally {
    await file.close();
  }
}

const PIECE_BYTES = 4 * 1024 * 1024;

async function* piecesOf(file: FileHandle, start: number, end: number): AsyncGenerator<string> {
  // What we write is ASCII; the bytes of other writers may be cut inside a character, which harms no line of ours.
  const buffer = Buffer.alloc(Math.min(PIECE_BYTES, end - start));
  for (let at = start; at < end;) {
    const {bytesRead} = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) return;
    yield buffer.toString('latin1', 0, bytesRead);
    at += bytesRead;
  }
}

function parseIndexLine(line: string): IndexRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isIndexRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One line of the index stands for one attempt at one transcript. */
function identityOf({transcript_path, attempt, status}: IndexRecord): string {
  return `${transcript_path}\n${attempt ?? ''}\n${status}`;
}

async function append(path: string, records: readonly IndexRecord[], hold: Hold): Promise<Region> {
  try {
    await ensureFolder(dirname(path));
    const file = await open(path, 'a+', 0o644);
    try {
      hold.requireOurs();
      return await appendLines(file, records);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw isLockLost(error) ? error : cannotWrite(path, error);
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
