import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';

import {parseYaml11} from '../../config/yaml.ts';
import {messageOf, systemErrorCode} from '../../core/errors.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {findIndexes} from '../../record/find-records.ts';
import type {ConversationStatus, IndexRecord} from '../../record/formats.ts';
import {streamIndex} from '../../record/index-file.ts';
import type {Layout} from '../../record/layout.ts';
import {submissionTimeOf} from '../../record/snapshots.ts';
import type {Problems} from './problems.ts';

/** Where one conversation is recorded. */
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
}

/** A recorded task with its configuration. */
export interface KnownTask extends RecordedTask {
  /** As snapshot; of the older system's keys some may be missing that have defaults with us. */
  readonly config: TaskConfig;
  readonly gridSnapshotPath: string | null;
  readonly submittedAtMs: number | null;
}

/**
 * Reads all indexes of a workspace, line by line: a million conversations need their references in memory and nothing else.
 *
 * Which record of a question counts: per transcript the line with the highest attempt, then the last; of several transcripts of one question in one
 * task a success before anything else, then the same rule (docs/formats.md).
 */
export async function readRecordedTasks(layout: Layout, problems: Problems): Promise<RecordedTask[]> {
  const tasks = new Map<string, {jobTaskId: string; byQuestion: Map<string, TranscriptReference>}>();
  for (const path of await findIndexes(layout)) {
    const onBadLine = (line: number): void => problems.add('index-line-unreadable', `${layout.display(path)}:${line}`);
    for await (const record of streamIndex(path, onBadLine)) {
      if (!isWhole(record)) {
        problems.add('index-line-unreadable', `${layout.display(path)}: ${record.question_id}`);
        continue;
      }
      let task = tasks.get(record.config_snapshot_path);
      if (!task)
        tasks.set(record.config_snapshot_path, (task = {jobTaskId: record.job_task_id, byQuestion: new Map()}));
      keepBetter(task.byQuestion, record, problems);
    }
  }
  return [...tasks].map(([configSnapshotPath, {jobTaskId, byQuestion}]) => ({
    id: basename(configSnapshotPath).replace(/\.yaml$/, ''),
    configSnapshotPath,
    jobTaskId,
    references: [...byQuestion.values()],
  }));
}

/** A line from elsewhere may be JSON and say nothing of where it belongs. */
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

/** Reads the task's config snapshot; null when it cannot be read, which is counted. */
export async function readKnownTask(layout: Layout, task: RecordedTask, problems: Problems): Promise<KnownTask | null> {
  const path = layout.resolve(task.configSnapshotPath);
  try {
    const {value} = parseYaml11(await readFile(path, 'utf8'), path);
    const config = value as TaskConfig;
    if (!isTaskConfig(config)) {
      problems.add('snapshot-unreadable', `${task.configSnapshotPath}: not a task's config`);
      return null;
    }
    return {
      ...task,
      config,
      gridSnapshotPath: config.experiment_metadata._grid_config_snapshot_path ?? null,
      submittedAtMs: submissionTimeOf(path) ?? null,
    };
  } catch (error) {
    const isMissing = systemErrorCode(error) === 'ENOENT';
    problems.add(
      isMissing ? 'snapshot-missing' : 'snapshot-unreadable',
      isMissing ? task.configSnapshotPath : `${task.configSnapshotPath}: ${messageOf(error)}`,
    );
    return null;
  }
}

function isTaskConfig(value: Partial<TaskConfig> | null): boolean {
  return (
    typeof value?.experiment_metadata?.experiment_name === 'string' &&
    typeof value.experiment_metadata.questions_file === 'string' &&
    Array.isArray(value.agent_definitions) &&
    value.conversation_config !== undefined
  );
}
