import {open, stat, type FileHandle} from 'node:fs/promises';
import {dirname} from 'node:path';

import {z} from 'zod';

import {systemErrorCode} from '../../core/errors.ts';
import {cannotWrite, ensureFolder} from '../disk/atomic-file.ts';
import {
  codeCountSchema,
  conversationStatusSchema,
  makeGuard,
  outcomeSchema,
  recordedErrorSchema,
  type Immutable,
} from '../formats.ts';
import {appendSharedLines, parseLine, readLines, streamLines, type JsonLines} from '../disk/json-lines.ts';
import {cannotRead} from '../disk/read-file.ts';
import {isLockLost, withLock, type Hold} from '../disk/shared-lock.ts';

/** One line of `{experiment}_index.jsonl`. */
export const indexSchema = z.object({
  question_id: z.string(),
  job_task_id: z.string(),
  config_snapshot_path: z.string(),
  transcript_path: z.string(),
  status: conversationStatusSchema,
  total_rounds_completed: z.number(),
  fatal_error: recordedErrorSchema.omit({details: true}).nullable(),
  outcome: outcomeSchema.exactOptional().describe("ours: as in the transcript's summary"),
  failures: z.array(codeCountSchema).exactOptional().describe('ours: why it did not succeed'),
  attempt: z.number().exactOptional().describe('ours: readers take the highest, then the last line'),
  created_at: z.string().exactOptional(),
});

export type IndexRecord = Immutable<z.infer<typeof indexSchema>>;

/** A status that we do not know is for the reader to report: the line is whole all the same. */
const isIndexRecord = makeGuard(indexSchema.extend({status: z.custom<IndexRecord['status']>()}));

/** A stretch of bytes of an index. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/**
 * Appends records to an experiment's index: whole lines, one write, one sync, under the lock. (Appending from two hosts
 * without it loses records on network filesystems.) The file is opened under the lock, because only then its end is
 * known.
 *
 * @returns where they should stand now; `ensureIndexed` looks whether they do.
 * @throws UserError `cannot-write`, `lock-timeout`.
 */
export async function appendIndexRecords(path: string, records: readonly IndexRecord[]): Promise<Region> {
  if (records.length === 0) return {start: 0, end: 0};
  return withLock(path, hold => appendUnderLock(path, records, hold));
}

/**
 * Returns the size of an index, 0 when there is none: a task's lines come behind it. @throws UserError `cannot-read`.
 */
export async function indexSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw cannotRead(path, error);
  }
}

/**
 * Appends those of `records` that the index does not have yet: after a crash between a task's journal and the index,
 * and at the end of a task, in case another host's append hid ours. The lock is taken only when something is missing,
 * and a large index is read before: while it is held, only what was added meanwhile is looked at.
 *
 * @param regions where they are expected. What is not found there is looked for in the whole file.
 * @returns how many were missing.
 * @throws UserError `cannot-read`, `cannot-write`, `lock-timeout`.
 */
export async function ensureIndexed(
  path: string,
  records: readonly IndexRecord[],
  regions: readonly Region[] = [],
): Promise<number> {
  const wanted = new Map(records.map(record => [recordKey(record), record]));
  for (const region of regions) await scanRegion(path, region, wanted);
  if (wanted.size === 0) return 0;
  let seen = await scanRegion(path, {start: 0, end: Infinity}, wanted);
  if (wanted.size === 0) return 0;
  return withLock(path, async hold => {
    seen = await scanRegion(path, {start: seen, end: Infinity}, wanted);
    if (wanted.size > 0) await appendUnderLock(path, [...wanted.values()], hold);
    return wanted.size;
  });
}

/**
 * Takes out of `wanted` what is in a region of an index. Piece by piece: an index can be larger than memory.
 *
 * @returns where the last whole line that was looked at ends.
 */
async function scanRegion(path: string, {start, end}: Region, wanted: Map<string, IndexRecord>): Promise<number> {
  let seen = start;
  if (wanted.size === 0) return seen;
  try {
    const file = await open(path, 'r');
    try {
      let rest = '';
      for await (const text of readChunks(file, start, end)) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          seen += line.length + 1;
          const record = parseLine(line, isIndexRecord);
          if (record) wanted.delete(recordKey(record));
        }
        if (wanted.size === 0) break;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw cannotRead(path, error);
  }
  return seen;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

async function* readChunks(file: FileHandle, start: number, end: number): AsyncGenerator<string> {
  // A letter a byte: what we write is ASCII, and lines of other writers are only counted.
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, end - start));
  for (let at = start; at < end;) {
    const {bytesRead} = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) return;
    yield buffer.toString('latin1', 0, bytesRead);
    at += bytesRead;
  }
}

/** Returns the key of an index line: one attempt at one transcript. */
function recordKey({transcript_path, attempt, status}: IndexRecord): string {
  return `${transcript_path}\n${attempt ?? ''}\n${status}`;
}

async function appendUnderLock(path: string, records: readonly IndexRecord[], hold: Hold): Promise<Region> {
  try {
    await ensureFolder(dirname(path));
    return await appendSharedLines(path, records, () => hold.requireHeld());
  } catch (error) {
    throw isLockLost(error) ? error : cannotWrite(path, error);
  }
}

/**
 * Reads an index; an absent one is empty. A question that was run again has several lines: per `transcript_path` the
 * one with the highest attempt counts, then the last (`latestRecords`).
 */
export async function readIndex(path: string): Promise<JsonLines<IndexRecord>> {
  return readLines(path, isIndexRecord);
}

/** Yields the records of an index one by one: an index of a million lines is more text than a string can hold. */
export function streamIndex(path: string, onBadLine: (line: number) => void): AsyncGenerator<IndexRecord> {
  return streamLines(path, isIndexRecord, onBadLine);
}

/** Returns the record that counts for each transcript. */
export function latestRecords(records: readonly IndexRecord[]): Map<string, IndexRecord> {
  const latest = new Map<string, IndexRecord>();
  for (const record of records) {
    const earlier = latest.get(record.transcript_path);
    if (!earlier || (record.attempt ?? 0) >= (earlier.attempt ?? 0)) latest.set(record.transcript_path, record);
  }
  return latest;
}
