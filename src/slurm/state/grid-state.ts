import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import type {OutcomeCounts} from '../../core/conversation-outcome.ts';
import {UserError} from '../../core/errors.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import type {FailureCount, GridManifest, TaskManifest} from '../../record/formats.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {submittedAt, listRunTasks, type GridRun} from '../../record/grid/grid-run.ts';
import type {Layout} from '../../record/layout.ts';
import {findHeldTasks, findQuietHolders} from '../../record/lease/peek-lease.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import {countStates, countDone} from '../../record/task/question-states.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import {askAccounting, askQueueIfAny, type QueueAnswer} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {joinStates, type TaskState} from './join-states.ts';
import {readLogTail} from '../submission/log-tail.ts';
import type {AccountingRow} from '../cluster/parse-accounting.ts';
import type {QueueRow} from '../cluster/parse-queue.ts';
import {elementKey, placeTasks, type Placement} from '../submission/placements.ts';
import {readManyJson} from './read-many-json.ts';
import {accountingStartDate, reconcile} from '../submit/reconcile.ts';
import {classifyState} from '../cluster/job-states.ts';
import {readSubmissions, type Submission} from '../submission/submission-file.ts';
import {isElementRecord, readStopped, type ElementRecord, type StoppedArray} from '../submission/element-file.ts';

export interface StateContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly clock: Clock;
  /** Accounting was found to be off; it is not asked again. */
  readonly accountingIsOff?: boolean;
}

/** How far a task is. */
export interface QuestionProgress {
  /** That need not be asked again. */
  readonly done: number;
  readonly total: number;
  /** How those ended that did not succeed, done or not. */
  readonly outcomes?: OutcomeCounts;
  /** Why they did. */
  readonly failures?: readonly FailureCount[];
}

/** All that is known of a grid run now. */
export interface GridState {
  readonly run: GridRun;
  readonly manifest: GridManifest | undefined;
  readonly records: ReadonlyMap<number, TaskRecord>;
  readonly submissions: readonly Submission[];
  /** Submission files that are torn or not ours. */
  readonly damaged: readonly string[];
  readonly states: readonly TaskState[];
  /** Of tasks that were begun. */
  readonly questions: ReadonlyMap<number, QuestionProgress>;
  readonly queue: readonly QueueRow[];
  readonly elements: ReadonlyMap<string, ElementRecord>;
  readonly logs: ReadonlyMap<string, string>;
}

export interface GridStates {
  readonly grids: readonly GridState[];
  /** Why Slurm could not be asked; undefined when it answered or did not have to be asked. */
  readonly slurmSilence: string | undefined;
  readonly accountingIsOff: boolean;
  /** Why accounting could not be asked; undefined when it answered, is off, or did not have to be asked. */
  readonly accountingSilence: string | undefined;
}

/**
 * How many manifests of begun tasks, leases of running ones, and logs of ended ones are looked at: the rest is shown
 * with less detail.
 */
const MAX_MANIFESTS = 2_000;
const MAX_LEASES = 2_000;
const MAX_LOGS = 200;
/** Heartbeats come every five seconds; networked filesystems may show them a minute late. */
const QUIET_MS = 120_000;

/**
 * Reads everything that is known of some grid runs: our records, one squeue for all of them, one sacct if there are
 * jobs that the queue has forgotten and that did not say themselves how they ended.
 *
 * @throws UserError when records cannot be read.
 */
export async function readGridStates(context: StateContext, runs: readonly GridRun[]): Promise<GridStates> {
  const locals: LocalState[] = [];
  for (const run of runs) locals.push(await readLocal(context, run));
  const queue = await queryQueue(context, locals);
  const pending: PendingState[] = [];
  for (const local of locals) pending.push(await readEnded(context, local, queue));
  const forgotten = [...new Set(pending.flatMap(({forgottenNames}) => forgottenNames))];
  const since = Math.min(...runs.map(run => submittedAt(run)));
  const accounting =
    queue.kind === 'unavailable' || context.accountingIsOff === true || forgotten.length === 0
      ? undefined
      : await askAccounting(context.run, forgotten, accountingStartDate(since));
  const rows = accounting?.kind === 'known' ? accounting.rows : [];
  const grids: GridState[] = [];
  for (const state of pending) grids.push(await finishState(context, state, queue, rows));
  return {
    grids,
    slurmSilence: queue.kind === 'unavailable' ? queue.reason : undefined,
    accountingIsOff: context.accountingIsOff === true || accounting?.kind === 'off',
    accountingSilence: accounting?.kind === 'unavailable' ? accounting.reason : undefined,
  };
}

interface LocalState {
  readonly run: GridRun;
  readonly manifest: GridManifest | undefined;
  readonly tasks: readonly number[];
  readonly records: ReadonlyMap<number, TaskRecord>;
  readonly submissions: readonly Submission[];
  readonly damaged: readonly string[];
  readonly placements: ReadonlyMap<number, readonly Placement[]>;
  readonly unfinished: readonly number[];
}

async function readLocal({layout, clock, run: runSlurm}: StateContext, run: GridRun): Promise<LocalState> {
  const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
  const records = await readRecords(layout, run.grid_id, clock);
  const read = await readSubmissions(layout, run.grid_id);
  // Jobs that a crash left without their ids are found by what is on disk and in the queue; what is found is not
  // written here.
  const {submissions} = await reconcile({layout, clock, run: runSlurm}, read.submissions, {mayConclude: false}).catch(
    (error: unknown) => {
      if (error instanceof UserError && error.code === 'slurm-missing') return read;
      throw error;
    },
  );
  const placements = placeTasks(submissions);
  const tasks = typeof manifest === 'string' ? listRunTasks(run) : manifest.tasks.map(({task_id: task}) => task);
  return {
    run,
    manifest: typeof manifest === 'string' ? undefined : manifest,
    tasks,
    records,
    submissions,
    damaged: read.damaged,
    placements,
    unfinished: tasks.filter(task => records.get(task)?.status !== 'succeeded'),
  };
}

async function readRecords(layout: Layout, gridId: string, clock: Clock): Promise<Map<number, TaskRecord>> {
  const folder = layout.taskRecords(gridId);
  const names = (await listFolder(folder)).filter(name => /^\d+\.json$/.test(name));
  const values = await readManyJson(
    names.map(name => join(folder, name)),
    () => clock.monotonic(),
  );
  const records = new Map<number, TaskRecord>();
  for (const value of values as (TaskRecord | undefined)[]) {
    if (value && Number.isInteger(value.task_id)) records.set(value.task_id, value);
  }
  return records;
}

async function queryQueue({run}: StateContext, locals: readonly LocalState[]): Promise<QueueAnswer> {
  const names = new Set<string>();
  for (const {unfinished, placements} of locals) {
    for (const task of unfinished) {
      for (const {array} of placements.get(task) ?? []) {
        if (array.job_id !== undefined || array.state === 'submitting' || array.state === 'unknown')
          names.add(array.name);
      }
    }
  }
  return await askQueueIfAny(run, [...names]);
}

interface PendingState extends LocalState {
  readonly elements: ReadonlyMap<string, ElementRecord>;
  readonly logs: ReadonlyMap<string, string>;
  readonly held: ReadonlyMap<number, ExecutorIdentity>;
  readonly quiet: ReadonlyMap<number, number>;
  readonly stopped: ReadonlyMap<string, StoppedArray>;
  /** Names of arrays of which only accounting can tell how elements ended. */
  readonly forgottenNames: readonly string[];
}

async function readEnded(context: StateContext, local: LocalState, queue: QueueAnswer): Promise<PendingState> {
  const {layout, clock} = context;
  const slurm = layout.slurm(local.run.grid_id);
  const rows = queue.kind === 'known' ? queue.rows : [];
  const rowOf = new Map(rows.map(row => [elementKey(row.jobId, row.element), row]));
  const isAlive = (row: QueueRow | undefined): boolean => row !== undefined && classifyState(row.state) !== 'ended';
  const newest = new Map<string, Placement>();
  const idle: number[] = [];
  const running: RunningTask[] = [];
  for (const task of local.unfinished) {
    const placement = local.placements.get(task)?.findLast(({array}) => array.job_id !== undefined);
    const key = placement && elementKey(placement.array.job_id ?? '', placement.element);
    const row = key === undefined ? undefined : rowOf.get(key);
    if (placement && row && classifyState(row.state) === 'running') {
      running.push({task, placement, row});
      continue;
    }
    idle.push(task);
    if (placement && key !== undefined && !isAlive(row)) newest.set(key, placement);
  }
  const elements = await readElements(
    [...newest.values()].map(({array, element}) => slurm.element(array.job_id ?? '', element)),
    clock,
  );
  const logs = new Map<string, string>();
  for (const [key, {array, element}] of [...newest].slice(0, MAX_LOGS)) {
    const tail = await readLogTail(slurm.log(array.job_id ?? '', element));
    if (tail !== undefined) logs.set(key, tail);
  }
  const forgotten = [...newest].filter(
    ([key]) => !rowOf.has(key) && elements.get(key)?.attempts.at(-1)?.ended_at === undefined,
  );
  return {
    ...local,
    elements,
    logs,
    held: await findHeldTasks(layout, {gridId: local.run.grid_id, tasks: idle, clock}),
    quiet: await findQuietTasks(context, local.run.grid_id, running),
    stopped: await readAllStopped(layout, local.run.grid_id, newest.values()),
    forgottenNames: [...new Set(forgotten.map(([, {array}]) => array.name))],
  };
}

interface RunningTask {
  readonly task: number;
  readonly placement: Placement;
  readonly row: QueueRow;
}

/** Tasks whose executor Slurm takes for running and that was not heard of for a while, with the milliseconds since. */
async function findQuietTasks(
  {layout, clock}: StateContext,
  gridId: string,
  running: readonly RunningTask[],
): Promise<Map<number, number>> {
  const some = running.slice(0, MAX_LEASES);
  const holders = await findQuietHolders(layout, {gridId, tasks: some.map(({task}) => task), clock, quietMs: QUIET_MS});
  const quiet = new Map<number, number>();
  for (const {task, placement, row} of some) {
    const found = holders.get(task);
    if (!found) continue;
    const {slurm_array_job_id: job, slurm_array_task_id: element} = found.holder;
    // What an earlier run of a requeued element left says nothing of this one. squeue writes times in the zone of who
    // asks.
    const isOfThisRun = !(found.lastSignMs < Date.parse(row.startAt));
    const isOfThisJob = job === placement.array.job_id && element === String(placement.element);
    if (isOfThisJob && isOfThisRun) quiet.set(task, found.ageMs);
  }
  return quiet;
}

async function readElements(paths: readonly string[], clock: Clock): Promise<Map<string, ElementRecord>> {
  const values = await readManyJson(paths, () => clock.monotonic());
  const records = values.filter(isElementRecord);
  return new Map(records.map(record => [elementKey(record.job_id, record.element), record]));
}

async function readAllStopped(
  layout: Layout,
  gridId: string,
  placements: Iterable<Placement>,
): Promise<Map<string, StoppedArray>> {
  const jobs = new Set([...placements].flatMap(({array}) => array.job_id ?? []));
  const stopped = new Map<string, StoppedArray>();
  for (const job of jobs) {
    const record = await readStopped(layout, gridId, job);
    if (record) stopped.set(job, record);
  }
  return stopped;
}

async function finishState(
  {layout, clock}: StateContext,
  state: PendingState,
  queue: QueueAnswer,
  accounting: readonly AccountingRow[],
): Promise<GridState> {
  const states = joinStates({
    ...state,
    isSubmitted: state.submissions.length > 0 || state.run.submitted_to === 'slurm',
    queue,
    accounting,
  });
  return {
    ...state,
    states,
    questions: await countQuestions(layout, state.records, states, clock),
    queue: queue.kind === 'known' ? queue.rows : [],
  };
}

/** Records are written when a task begins and ends; between, its manifest is ahead of it. */
async function countQuestions(
  layout: Layout,
  records: ReadonlyMap<number, TaskRecord>,
  states: readonly TaskState[],
  clock: Clock,
): Promise<Map<number, QuestionProgress>> {
  const counts = new Map<number, QuestionProgress>();
  for (const [task, {questions, status}] of records) {
    const {outcomes = {}, failures = []} = questions;
    const done = status === 'succeeded' ? questions.total : countDone(questions);
    counts.set(task, {done, total: questions.total, outcomes, failures});
  }
  const begun = states.filter(({state, task}) => state !== 'done' && records.has(task));
  const runningFirst = [...begun].sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running'));
  const open = runningFirst.slice(0, MAX_MANIFESTS).flatMap(({task}) => records.get(task) ?? []);
  const manifests = await readManyJson(
    open.map(({manifest_path: path}) => layout.resolve(path)),
    () => clock.monotonic(),
  );
  for (const [i, record] of open.entries()) {
    const manifest = manifests[i] as Partial<TaskManifest> | undefined;
    if (typeof manifest?.questions !== 'object') continue;
    const known = counts.get(record.task_id);
    const {done, outcomes, failures} = countStates(new Map(Object.entries(manifest.questions)));
    if (known && known.done > done) continue;
    counts.set(record.task_id, {done, total: record.questions.total, outcomes, failures});
  }
  return counts;
}
