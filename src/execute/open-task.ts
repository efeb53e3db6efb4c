import {join, resolve} from 'node:path';

import type {TaskConfig} from '../core/task-config.ts';
import type {IndexWriter} from '../record/index-writer.ts';
import type {Layout} from '../record/layout.ts';
import {acquireLease, describeHolder, type Lease} from '../record/lease.ts';
import {openTaskRecorder} from '../record/open-task-recorder.ts';
import {writeTaskSnapshot} from '../record/snapshots.ts';
import {writeTaskRecord, type TaskRecord} from '../record/task-record.ts';
import {jsonTimestamp} from '../record/timestamps.ts';
import type {LoadedTask, PackTask} from './pack-task.ts';
import type {QuestionCache} from './question-cache.ts';
import {effectiveLimitsOf} from './task-models.ts';
import {TaskSession, type SessionContext} from './task-session.ts';

/** What opening a task uses of the pack, with what its session will use. */
export interface OpenContext extends SessionContext {
  readonly questions: QuestionCache;
  readonly indexWriter: IndexWriter;
  /** Limits of the connected servers, by their keys. */
  readonly limits: ReadonlyMap<string, number>;
  readonly codeVersion: string;
  readonly onWarning: (message: string) => void;
}

/**
 * Claims a task and makes it ready to run: lease, questions, config snapshot, recorder, record.
 *
 * @returns the session, or why another executor has the task.
 * @throws UserError when its config, its questions or the disk are not usable; the lease is given back.
 */
export async function openTask(task: PackTask, context: OpenContext): Promise<TaskSession | {refused: string}> {
  const {layout, clock} = context;
  const loaded = task.load();
  const claim = await acquireLease({...leaseOf(task, layout), clock});
  if (claim.kind === 'held') {
    return {refused: `another executor has this task: ${describeHolder(claim.holder, claim.ageMs)}`};
  }
  const {lease} = claim;
  try {
    return await openClaimedTask({task, context, loaded, lease});
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** Where a task's leases lie. A folder of its own for each task: the lease is looked up by listing, several times a second. */
export function leaseOf(task: PackTask, layout: Layout): {readonly directory: string; readonly name: string} {
  const folder = layout.leases(task.gridId ?? 'repair');
  return {directory: join(folder, task.gridId === null ? task.load().key : String(task.index)), name: 'lease'};
}

async function openClaimedTask(options: {
  task: PackTask;
  context: OpenContext;
  loaded: LoadedTask;
  lease: Lease;
}): Promise<TaskSession> {
  const {task, context, loaded, lease} = options;
  const {layout, clock} = context;
  const {config} = loaded;
  const {experiment_name, benchmark_subcategory, questions_file} = config.experiment_metadata;
  const questions = await context.questions.read(resolve(layout.workspace, layout.resolve(questions_file)));
  const planned = questions.questions.slice(0, task.questionLimit ?? undefined);
  const snapshot = task.earlier
    ? {path: task.earlier.configSnapshotPath, submittedAtMs: task.earlier.submittedAtMs}
    : await writeTaskSnapshot(layout, withGridReference(config, task.gridSnapshotReference), clock.now());
  const configSnapshotPath = layout.display(layout.resolve(snapshot.path));
  const recorder = await openTaskRecorder({
    layout,
    gridId: task.gridId,
    taskIndex: task.index,
    taskKey: loaded.key,
    jobTaskId: task.jobTaskId,
    config,
    configSnapshotPath,
    submittedAtMs: snapshot.submittedAtMs,
    questions: planned,
    questionsSha256: questions.sha256,
    questionLimit: task.questionLimit,
    lease,
    clock,
    debug: context.debug,
    indexWriter: context.indexWriter,
    effectiveLimits: effectiveLimitsOf(config, context.limits),
    onWarning: context.onWarning,
  });
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
    questions: {total: planned.length, succeeded: 0},
    config_snapshot_path: configSnapshotPath,
    manifest_path: layout.display(recorder.manifestPath),
    where: lease.holder,
  };
  if (task.gridId !== null) await writeTaskRecord(layout, task.gridId, record);
  return new TaskSession({
    context,
    task,
    loaded,
    lease,
    recorder,
    planned,
    record,
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
        seed: loaded.seed,
        questions_sha256: questions.sha256,
      },
    },
  });
}

/** The snapshot of a task names the grid it belongs to, as the last key of its metadata. */
function withGridReference(config: TaskConfig, reference: string | null): TaskConfig {
  if (reference === null) return config;
  const {_grid_config_snapshot_path: _dropped, ...metadata} = config.experiment_metadata;
  return {...config, experiment_metadata: {...metadata, _grid_config_snapshot_path: reference}};
}
