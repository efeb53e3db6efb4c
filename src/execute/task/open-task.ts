import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {type IsFinal, makeIsFinal} from '../../core/conversation-outcome.ts';
import {isArchived} from '../../record/grid/archive.ts';
import {removeGridRun} from '../../record/grid/grid-run.ts';
import type {Layout} from '../../record/layout.ts';
import {acquireLease, type Lease} from '../../record/lease/lease.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {describeHolder, type Holding} from '../../record/lease/peek-lease.ts';
import {recordedCounts} from '../../record/task/question-states.ts';
import {isDone, readTaskRecordsById, type TaskRecord} from '../../record/task/task-record.ts';
import {placeTrialLease} from '../../record/trial/trial-lease.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {PackTask} from '../pack-task.ts';
import type {Begun, Runner, Unit} from '../runner.ts';
import {KeptRecord} from './kept-record.ts';
import {TaskSession} from './task-session.ts';

/** The pack of a task, as opening the task needs it. */
export interface OpenContext {
  readonly layout: Layout;
  readonly clock: Clock;
  /** `--canary`; absent: the config's own. */
  readonly canary?: number | undefined;
  readonly onEnded: (session: TaskSession, unit: Unit) => void;
}

/** A task with nothing to do: another executor has it, or has done it, with so many questions. */
export type OpenRefusal = {readonly refused: string} | {readonly done: number};

/**
 * Claims a task and makes it ready to run: lease, work, record.
 *
 * @returns the session, or why there is none.
 * @throws UserError when what it needs or the disk cannot be used, and `lease-lost`; the lease is released.
 */
export async function openTask<Task extends PackTask>(
  task: Task,
  runner: Runner<Task>,
  context: OpenContext,
): Promise<TaskSession | OpenRefusal> {
  const {layout, clock} = context;
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
    return await openClaimedTask({task, runner, context, lease, record: found.record});
  } catch (error) {
    try {
      await requireNotTakenOver(task, layout, lease);
      throw error;
    } finally {
      await lease.release();
    }
  }
}

/**
 * Looks, when a task could not be opened, whether another executor took it over meanwhile: then nothing is wrong with
 * the disk. Where its grid run was archived, too, opening may have made a part of it again, which is removed.
 *
 * @throws UserError `lease-lost`, `cannot-write`.
 */
async function requireNotTakenOver({gridId}: PackTask, layout: Layout, lease: Lease): Promise<void> {
  if (await lease.isCurrent().catch(() => true)) return;
  if (gridId !== null && (await isArchived(layout, gridId))) await removeGridRun(layout, gridId);
  await lease.requireCurrent();
}

/** Describes why a task is refused that another executor has. */
export function describeHeld(holding: Holding): string {
  return `another executor has this task: ${describeHolder(holding)}`;
}

/** Returns the place of a task's leases: a folder for each task, because it is listed several times a second. */
export function leaseLocation(task: PackTask, layout: Layout): {readonly directory: string; readonly name: string} {
  const name = 'lease';
  if (task.kind === 'trial') {
    const {root, folder} = placeTrialLease(layout, task.set, task.planned.trial.id);
    return {directory: join(root, folder), name};
  }
  const folder = layout.leases(task.gridId ?? 'repair');
  return {directory: join(folder, task.gridId === null ? task.load().key : String(task.index)), name};
}

async function recheckTask(
  task: PackTask,
  layout: Layout,
  lease: Lease,
): Promise<{readonly done?: number; readonly record: TaskRecord | undefined}> {
  const {gridId, index} = task;
  if (gridId === null || index === null) return {record: undefined};
  const record = await readFreshRecord(layout, gridId, index, lease.number);
  if (record && isDone(record, makeIsFinalFor(task))) return {done: record.questions.total, record};
  if (!record && (await isArchived(layout, gridId))) {
    await removeGridRun(layout, gridId); // the claim has just created a part of it again
    return {done: task.expectedQuestions, record};
  }
  return {record};
}

function makeIsFinalFor(task: PackTask): IsFinal {
  return task.kind === 'trial' ? () => true : makeIsFinal(task.load().config);
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

async function openClaimedTask<Task extends PackTask>(options: {
  task: Task;
  runner: Runner<Task>;
  context: OpenContext;
  lease: Lease;
  record: TaskRecord | undefined;
}): Promise<TaskSession> {
  const {task, runner, context, lease, record} = options;
  const {canary, clock} = context;
  let session: TaskSession | undefined;
  const onEnded = (unit: Unit): void => {
    if (session) context.onEnded(session, unit);
  };
  const {work, names} = await runner.begin({task, lease, record, onEnded});
  const kept = await keepRecord({work, names}, options);
  return (session = new TaskSession({task, lease, work, record: kept, clock, canary}));
}

async function keepRecord(
  {work, names}: Begun,
  {task, context, lease}: {task: PackTask; context: OpenContext; lease: Lease},
): Promise<KeptRecord | null> {
  if (task.gridId === null) return null;
  const record: TaskRecord = {
    schema: 'mac.task-record/1',
    task_id: task.index ?? 0,
    task_key: names.task_key,
    experiment_name: names.experiment_name,
    benchmark_subcategory: names.benchmark_subcategory,
    status: 'started',
    attempt: lease.number,
    started_at: jsonTimestamp(context.clock.now()),
    completed_at: null,
    questions: recordedCounts(work.counts()),
    carried_over: work.total - work.left,
    config_snapshot_path: names.config_snapshot_path,
    manifest_path: names.manifest_path,
    where: lease.holder,
  };
  try {
    return await KeptRecord.begin(context.layout, task.gridId, record, lease);
  } catch (error) {
    await work.abandon().catch(() => undefined);
    throw error;
  }
}
