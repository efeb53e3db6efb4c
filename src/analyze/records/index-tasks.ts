import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {basename} from 'node:path';

import type {ConversationStatus} from '../../record/formats.ts';
import {streamIndex, type IndexRecord} from '../../record/index/index-file.ts';
import type {Layout} from '../../record/layout.ts';
import {cannotRead} from '../../record/disk/read-file.ts';
import {computeChecksum, type CacheLine} from '../cache/cache-lines.ts';
import type {CacheKey, ResultsCache} from '../cache/results-cache.ts';
import {Problems, type Problem} from './problems.ts';

/** The recorded place of one conversation. */
export interface TranscriptReference {
  readonly questionId: string;
  /** As in the index: with `$MAC_FAIRNESS_…` in place of the roots. */
  readonly path: string;
  readonly status: ConversationStatus;
  readonly attempt: number;
}

/** A task as the indexes know it: all conversations that ran under one config snapshot. */
export interface RecordedTask {
  /** The snapshot's name without `.yaml`: unique in a workspace. */
  readonly id: string;
  readonly configSnapshotPath: string;
  readonly jobTaskId: string;
  /** One a question, the one that counts. */
  readonly references: readonly TranscriptReference[];
  /** Equal for equal references. */
  readonly referencesKey: string;
}

/** The contents of one index. */
export interface IndexTasks {
  readonly tasks: readonly RecordedTask[];
  readonly problems: readonly Problem[];
}

interface ParsedIndex extends IndexTasks {
  /** The tasks as cached. */
  readonly encoded: readonly string[];
}

/** Reads the tasks of an index. An index that is unchanged since it was cached is hashed, not parsed. */
export async function readIndexTasks(
  layout: Layout,
  path: string,
  cache: ResultsCache | undefined,
): Promise<IndexTasks> {
  if (!cache) return parseIndex(layout, path);
  const key: CacheKey = {kind: 'index', name: layout.display(path)};
  const hash = await hashFile(path);
  const cached = await cache.read(key);
  const head = cached?.at(1)?.value as {readonly sha256: string; readonly problems: Problem[]} | undefined;
  if (cached && head?.sha256 === hash) {
    const lines = Array.from({length: cached.length - 2}, (_, i) => cached.at(i + 2));
    if (lines.every(line => line !== undefined)) return {tasks: lines.map(decodeTask), problems: head.problems};
  }
  const parsed = await parseIndex(layout, path);
  await cache.write(key, [JSON.stringify({sha256: hash, problems: parsed.problems}), ...parsed.encoded]);
  return parsed;
}

/** @throws UserError `cannot-read`. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) hash.update(chunk as Buffer);
  } catch (error) {
    throw cannotRead(path, error);
  }
  return hash.digest('hex');
}

/**
 * Chooses each question's record: per transcript the line with the highest attempt, then the last; of several
 * transcripts of one question in one task a success before anything else, then the same rule (docs/formats.md).
 *
 * @param earlier the same tasks in other indexes.
 */
export async function parseIndex(
  layout: Layout,
  path: string,
  earlier: ReadonlyMap<string, RecordedTask> = new Map(),
): Promise<ParsedIndex> {
  const problems = new Problems();
  const tasks = new Map<string, {jobTaskId: string; byQuestion: Map<string, TranscriptReference>}>();
  const onBadLine = (line: number): void => problems.add('index-line-unreadable', `${layout.display(path)}:${line}`);
  for await (const record of streamIndex(path, onBadLine)) {
    if (!isWhole(record)) {
      problems.add('index-line-unreadable', `${layout.display(path)}: ${record.question_id}`);
      continue;
    }
    if (!STATUSES.has(record.status)) {
      problems.add('index-status-unknown', `${layout.display(path)}: ${record.question_id}: ${record.status}`);
      continue;
    }
    const snapshot = record.config_snapshot_path;
    let task = tasks.get(snapshot);
    if (!task) {
      const known = earlier.get(snapshot);
      const byQuestion = new Map(known?.references.map(reference => [reference.questionId, reference]));
      tasks.set(snapshot, (task = {jobTaskId: known?.jobTaskId ?? record.job_task_id, byQuestion}));
    }
    keepBetter(task.byQuestion, record, problems);
  }
  const read: RecordedTask[] = [];
  const encoded: string[] = [];
  for (const [snapshot, {jobTaskId, byQuestion}] of tasks) {
    const task = {snapshot, jobTaskId, references: [...byQuestion.values()]};
    const json = encodeTask(task);
    read.push(recordedTask(task, computeChecksum(json)));
    encoded.push(json);
  }
  return {tasks: read, problems: problems.list(), encoded};
}

const STATUSES: ReadonlySet<unknown> = new Set<ConversationStatus>(['succeeded', 'partial', 'failed']);

/** Returns whether a line says where it belongs; foreign ones may not. */
function isWhole({config_snapshot_path: path}: Partial<IndexRecord>): boolean {
  return typeof path === 'string';
}

function keepBetter(byQuestion: Map<string, TranscriptReference>, record: IndexRecord, problems: Problems): void {
  const {question_id: questionId, transcript_path: path, status, attempt = 0} = record;
  const earlier = byQuestion.get(questionId);
  const isSame = earlier?.path === path;
  if (earlier && !isSame) problems.add('transcript-superseded', `${questionId}: ${earlier.path}`);
  if (earlier && !isSame && earlier.status === 'succeeded' && status !== 'succeeded') return;
  const isWorthMore = !isSame && status === 'succeeded' && earlier?.status !== 'succeeded';
  if (earlier && !isWorthMore && attempt < earlier.attempt) return;
  byQuestion.set(questionId, {questionId, path, status, attempt});
}

interface TaskReferences {
  readonly snapshot: string;
  readonly jobTaskId: string;
  readonly references: readonly TranscriptReference[];
}

function recordedTask({snapshot, jobTaskId, references}: TaskReferences, referencesKey: string): RecordedTask {
  const id = basename(snapshot).replace(/\.yaml$/, '');
  return {id, configSnapshotPath: snapshot, jobTaskId, references, referencesKey};
}

/** A cached task; its checksum is the key of its references. */
interface EncodedTask {
  readonly snapshot: string;
  readonly jobTaskId: string;
  /** Common prefix of all paths. */
  readonly prefix: string;
  readonly rows: readonly (readonly [question: string, path: string, attempt: number, status: ConversationStatus])[];
}

function encodeTask({snapshot, jobTaskId, references}: TaskReferences): string {
  const prefix = commonPrefix(references.map(({path}) => path));
  const rows = references.map(
    ({questionId, path, attempt, status}) => [questionId, path.slice(prefix.length), attempt, status] as const,
  );
  return JSON.stringify({snapshot, jobTaskId, prefix, rows} satisfies EncodedTask);
}

function decodeTask({checksum, value}: CacheLine): RecordedTask {
  const {snapshot, jobTaskId, prefix, rows} = value as EncodedTask;
  const references = rows.map(([questionId, path, attempt, status]): TranscriptReference => ({
    questionId,
    path: prefix + path,
    attempt,
    status,
  }));
  return recordedTask({snapshot, jobTaskId, references}, checksum);
}

/** Returns the texts' common prefix. The alphabetically first and last differ the earliest. */
export function commonPrefix(texts: readonly string[]): string {
  let [first = ''] = texts;
  let last = first;
  for (const text of texts) {
    if (text < first) first = text;
    else if (text > last) last = text;
  }
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
