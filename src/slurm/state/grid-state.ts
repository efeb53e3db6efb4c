import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {readGridManifest, type GridManifest} from '../../record/grid/grid-manifest.ts';
import {submittedAt, listRunTasks, type GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {listFolder} from '../../record/disk/list-folder.ts';
import type {LeasePlace} from '../../record/lease/peek-lease.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import {placeTrialLeases} from '../../record/trial/trial-lease.ts';
import {askAccounting, askQueueIfAny, type QueueAnswer, accountingStartDate} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {readEvidence, type ElementEvidence} from './element-evidence.ts';
import {countQuestions, type QuestionProgress} from './question-progress.ts';
import {joinStates, type TaskState} from './join-states.ts';
import type {AccountingRow} from '../cluster/parse-accounting.ts';
import type {QueueRow} from '../cluster/parse-queue.ts';
import {placeTasks, type Placement} from '../submission/placements.ts';
import {readManyJson} from './read-many-json.ts';
import {reconcile} from '../submit/reconcile.ts';
import {readSubmissions, type Submission} from '../submission/submission-file.ts';
import type {ElementRecord} from '../submission/element-file.ts';

export interface StateContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly clock: Clock;
  /** Accounting was found to be off; it is not asked again. */
  readonly accountingIsOff?: boolean;
}

/** The state of a grid run. */
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
  /** Reason why Slurm could not be asked; undefined when it answered or was not asked. */
  readonly slurmSilence: string | undefined;
  readonly accountingIsOff: boolean;
  /** Reason why accounting could not be asked; undefined when it answered, is off, or was not asked. */
  readonly accountingSilence: string | undefined;
}

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
  const evidences: ElementEvidence[] = [];
  for (const local of locals) evidences.push(await readEvidence(context, local, queue));
  const forgotten = [...new Set(evidences.flatMap(({forgottenNames}) => forgottenNames))];
  const since = Math.min(...runs.map(run => submittedAt(run)));
  const accounting =
    queue.kind === 'unavailable' || context.accountingIsOff === true || forgotten.length === 0
      ? undefined
      : await askAccounting(context.run, forgotten, accountingStartDate(since));
  const rows = accounting?.kind === 'known' ? accounting.rows : [];
  const grids: GridState[] = [];
  for (const [i, local] of locals.entries()) {
    const evidence = evidences[i];
    if (evidence) grids.push(await finishState(context, {...local, ...evidence}, queue, rows));
  }
  return {
    grids,
    slurmSilence: queue.kind === 'unavailable' ? queue.reason : undefined,
    accountingIsOff: context.accountingIsOff === true || accounting?.kind === 'off',
    accountingSilence: accounting?.kind === 'unavailable' ? accounting.reason : undefined,
  };
}

/** Facts from our own records and submissions. */
interface LocalState {
  readonly run: GridRun;
  readonly gridId: string;
  readonly manifest: GridManifest | undefined;
  readonly tasks: readonly number[];
  readonly records: ReadonlyMap<number, TaskRecord>;
  readonly submissions: readonly Submission[];
  readonly damaged: readonly string[];
  readonly placements: ReadonlyMap<number, readonly Placement[]>;
  readonly unfinished: readonly number[];
  /** Of trials: their leases are by set, not by grid. */
  readonly leasePlaces: ReadonlyMap<number, LeasePlace>;
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
    gridId: run.grid_id,
    manifest: typeof manifest === 'string' ? undefined : manifest,
    tasks,
    records,
    submissions,
    damaged: read.damaged,
    placements,
    unfinished: tasks.filter(task => records.get(task)?.status !== 'succeeded'),
    leasePlaces: typeof manifest === 'string' ? new Map() : placeTrialLeases(layout, run, manifest),
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

async function finishState(
  {layout, clock}: StateContext,
  state: LocalState & ElementEvidence,
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
