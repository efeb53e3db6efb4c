import {join, resolve} from 'node:path';

import {orderChoices} from '../../questions/question.ts';
import {makeIsFinal} from '../../core/conversation-outcome.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import {isArchived} from '../../record/grid/archive.ts';
import {removeGridRun} from '../../record/grid/grid-run.ts';
import type {IndexWriter} from '../../record/index/index-writer.ts';
import type {Layout} from '../../record/layout.ts';
import {acquireLease, type Lease} from '../../record/lease/lease.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {openTaskRecorder} from '../../record/task/open-task-recorder.ts';
import {describeHolder, type Holding} from '../../record/lease/peek-lease.ts';
import {recordedCounts} from '../../record/task/question-states.ts';
import {parseSubmissionTime, writeTaskSnapshot} from '../../record/grid/snapshots.ts';
import {isDone, readTaskRecordsById, type TaskRecord} from '../../record/task/task-record.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {LoadedTask, PackTask} from '../pack-task.ts';
import {KeptRecord} from './kept-record.ts';
import type {QuestionCache} from './question-cache.ts';
import {mapEffectiveLimits} from './task-models.ts';
import {TaskSession, type SessionContext} from './task-session.ts';

/** The pack of a task, as opening the task needs it. */
export interface OpenContext extends SessionContext {
  readonly questions: QuestionCache;
  readonly indexWriter: IndexWriter;
  /** Limits of the connected servers by their keys. */
  readonly limits: ReadonlyMap<string, number>;
  readonly codeVersion: string;
  readonly onWarning: (message: string) => void;
}

/** A task with nothing to do: another executor has it, or has done it, with so many questions. */
export type OpenRefusal = {readonly refused: string} | {readonly done: number};

/**
 * Claims a task and makes it ready to run: lease, questions, config snapshot, recorder, record.
 *
 * @returns the session, or why there is none.
 * @throws UserError when its config, its questions or the disk cannot be used; the lease is released.
 */
export async function openTask(task: PackTask, context: OpenContext): Promise<TaskSession | OpenRefusal> {
  const {layout, clock} = context;
  const loaded = task.load();
  const claim = await acquireLease({...leaseLocation(task, layout), clock});
  if (claim.kind === 'held') {
    return {refused: describeHeld(claim)};
  }
  const {lease} = claim;
  try {
    // The plan may be old: since then others may have worked on the task or finished it.
    const found = await recheckTask(task, layout, lease);
    if (found.done !== undefined) {
      await lease.release();
      return {done: found.done};
    }
    return await openClaimedTask({task, context, loaded, lease, earlier: found.earlier});
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** Describes why a task is refused that another executor has. */
export function describeHeld(holding: Holding): string {
  return `another executor has this task: ${describeHolder(holding)}`;
}

/** Returns the place of a task's leases: a folder for each task, because it is listed several times a second. */
export function leaseLocation(task: PackTask, layout: Layout): {readonly directory: string; readonly name: string} {
  const folder = layout.leases(task.gridId ?? 'repair');
  return {directory: join(folder, task.gridId === null ? task.load().key : String(task.index)), name: 'lease'};
}

async function recheckTask(
  task: PackTask,
  layout: Layout,
  lease: Lease,
): Promise<{readonly done?: number; readonly earlier: PackTask['earlier']}> {
  const {gridId, index, earlier} = task;
  if (gridId === null || index === null) return {earlier};
  const record = await readFreshRecord(layout, gridId, index, lease.number);
  if (record && isDone(record, makeIsFinal(task.load().config))) return {done: record.questions.total, earlier};
  if (!record && (await isArchived(layout, gridId))) {
    await removeGridRun(layout, gridId); // the claim has just created a part of it again
    return {done: task.expectedQuestions, earlier};
  }
  const submittedAtMs = record ? parseSubmissionTime(record.config_snapshot_path) : undefined;
  if (!record || submittedAtMs === undefined) return {earlier};
  return {earlier: {configSnapshotPath: record.config_snapshot_path, submittedAtMs}};
}

/** Reads a task's record. On a network file system a new one may be invisible until its folder is listed. */
async function readFreshRecord(
  layout: Layout,
  gridId: string,
  index: number,
  leaseNumber: number,
): Promise<TaskRecord | undefined> {
  const read = async (): Promise<TaskRecord | undefined> =>
    (await readTaskRecordsById(layout, gridId, [index])).get(index);
  const record = await read();
  if (record || leaseNumber === 1) return record;
  const isThere = (await listFolder(layout.taskRecords(gridId))).includes(`${index}.json`);
  return isThere ? read() : undefined;
}

async function openClaimedTask(options: {
  task: PackTask;
  context: OpenContext;
  loaded: LoadedTask;
  lease: Lease;
  earlier: PackTask['earlier'];
}): Promise<TaskSession> {
  const {task, context, loaded, lease, earlier} = options;
  const {layout, clock} = context;
  const {config} = loaded;
  const {experiment_name, benchmark_subcategory, questions_file} = config.experiment_metadata;
  const questions = await context.questions.read(resolve(layout.workspace, layout.resolve(questions_file)));
  const {repetition, seed} = loaded;
  const order = config.conversation_config.choice_order ?? 'fixed';
  const planned = orderChoices(questions.questions, {order, seed, repetition}).slice(
    0,
    task.questionLimit ?? undefined,
  );
  const snapshot = earlier
    ? {path: earlier.configSnapshotPath, submittedAtMs: earlier.submittedAtMs}
    : await writeTaskSnapshot(layout, withGridReference(config, task.gridSnapshotReference), clock.now());
  const configSnapshotPath = layout.display(layout.resolve(snapshot.path));
  const recorder = await openTaskRecorder({
    layout,
    gridId: task.gridId,
    taskIndex: task.index,
    taskKey: loaded.key,
    repetition,
    jobTaskId: task.jobTaskId,
    config,
    isFinal: makeIsFinal(config),
    configSnapshotPath,
    isIndexed: earlier?.isIndexed ?? false,
    submittedAtMs: snapshot.submittedAtMs,
    questions: planned,
    questionsSha256: questions.sha256,
    questionLimit: task.questionLimit,
    lease,
    clock,
    debug: context.debug,
    indexWriter: context.indexWriter,
    effectiveLimits: mapEffectiveLimits(config, context.limits),
    onWarning: context.onWarning,
  });
  const carriedOver = planned.length - recorder.pending.length;
  const record: TaskRecord = {
    schema: 'mac.task-record/1',
    task_id: task.index ?? 0,
    task_key: loaded.key,
    experiment_name,
    benchmark_subcategory,
    status: 'started',
    attempt: lease.number,
    started_at: jsonTimestamp(clock.now()),
    completed_at: null,
    questions: recordedCounts(recorder.counts()),
    carried_over: carriedOver,
    config_snapshot_path: configSnapshotPath,
    manifest_path: layout.display(recorder.manifestPath),
    where: lease.holder,
  };
  const begin = task.gridId === null ? null : KeptRecord.begin(layout, task.gridId, record, lease);
  const kept = await begin?.catch(async (error: unknown) => {
    await recorder.abandon().catch(() => undefined);
    throw error;
  });
  return new TaskSession({
    context,
    task,
    loaded,
    lease,
    recorder,
    planned,
    record: kept ?? null,
    origin: {
      layout,
      config,
      debug: context.debug,
      jobTaskId: task.jobTaskId,
      configSnapshotPath,
      submittedAtMs: snapshot.submittedAtMs,
      provenance: {
        task_key: loaded.key,
        attempt: lease.number,
        mac_version: context.codeVersion,
        seed,
        choice_order: order,
        repetition,
        questions_sha256: questions.sha256,
      },
    },
  });
}

/** Adds to a task's config the grid that it belongs to, as the last key of its metadata. */
function withGridReference(config: TaskConfig, reference: string | null): TaskConfig {
  if (reference === null) return config;
  const {_grid_config_snapshot_path: _dropped, ...metadata} = config.experiment_metadata;
  return {...config, experiment_metadata: {...metadata, _grid_config_snapshot_path: reference}};
}
