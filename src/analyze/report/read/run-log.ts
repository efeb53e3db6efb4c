import {findIndexes} from '../../../record/index/find-records.ts';
import {streamIndex, type IndexRecord} from '../../../record/index/index-file.ts';
import type {Layout} from '../../../record/layout.ts';
import {parseTimestamp} from '../../../record/disk/timestamps.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';
import type {TranscriptReference} from '../../records/index-tasks.ts';

/** Times and ends of conversations in the indexes, repeated ones included. */
export interface RunLog {
  /** Ends of conversations, in milliseconds since the epoch. */
  readonly ends: readonly number[];
  /** Conversations without such a time: the older system did not write it. */
  readonly untimed: number;
  /** Errors by code, from the record of each question that counts: attempts are not conversations. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Reads the index lines of some tasks, one by one. */
export async function readRunLog(layout: Layout, tasks: readonly KnownTask[]): Promise<RunLog> {
  const wanted = new Set(tasks.map(({configSnapshotPath}) => configSnapshotPath));
  const counting = new Set(tasks.flatMap(({references}) => references.map(referenceIdentity)));
  const seen = new Set<string>();
  const ends: number[] = [];
  const errors = new Map<string, number>();
  let untimed = 0;
  for (const path of await findIndexes(layout)) {
    // Lines that cannot be read have been counted among the problems.
    for await (const record of streamIndex(path, () => undefined)) {
      if (!wanted.has(record.config_snapshot_path) || isRepeated(record, seen)) continue;
      const end = record.created_at === undefined ? undefined : parseTimestamp(record.created_at);
      if (end === undefined) untimed++;
      else ends.push(end);
      if (record.status === 'succeeded' || !counting.has(recordIdentity(record))) continue;
      const code = record.fatal_error?.error_code ?? 'unknown';
      errors.set(code, (errors.get(code) ?? 0) + 1);
    }
  }
  return {ends, untimed, errors};
}

/** Equal lines are one (docs/formats.md). */
function isRepeated(record: IndexRecord, seen: Set<string>): boolean {
  const identity = recordIdentity(record);
  if (seen.has(identity)) return true;
  seen.add(identity);
  return false;
}

function recordIdentity({transcript_path: path, attempt = 0, status}: IndexRecord): string {
  return `${path}\n${attempt}\n${status}`;
}

function referenceIdentity({path, attempt, status}: TranscriptReference): string {
  return `${path}\n${attempt}\n${status}`;
}
