import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {type GridRun, listRunTasks} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {askQueue, summarizeFailure} from '../../slurm/cluster/ask-slurm.ts';
import {createSlurmClient, type RunSlurm} from '../../slurm/cluster/client.ts';
import {classifyState} from '../../slurm/cluster/job-states.ts';
import {findExecutors} from '../../slurm/state/find-executors.ts';
import {compressIndices, parseArraySpec} from '../../slurm/submission/array-spec.ts';
import {
  afterAllName,
  readSubmissions,
  type Submission,
  type SubmittedArray,
  writeSubmission,
} from '../../slurm/submission/submission-file.ts';
import {type CancelPlan, planCancel} from '../../slurm/submit/cancel.ts';
import type {JobSearchContext} from '../../slurm/submit/find-jobs.ts';
import {reconcile, settleSubmissions} from '../../slurm/submit/reconcile.ts';
import {belongsToSlurm, withSubmitLease} from '../../slurm/submit/submit-lease.ts';
import type {Caller} from '../caller.ts';
import {isWanted, refuseUnknownTasks, type TaskRange} from '../task-ranges.ts';
import {slurmSilentError} from './plan-submission.ts';
import {patienceMs} from './submit-context.ts';

/** The jobs of one grid run that were cancelled. */
export interface CancelledGrid {
  readonly grid_id: string;
  /** Array job ids, or `{job}_[elements]`. */
  readonly jobs: readonly string[];
  readonly tasks: number;
  /** Arrays that were not yet submitted and will not be. */
  readonly arrays_withdrawn: number;
  /** Ids of the jobs after all arrays that were queued or running. */
  readonly after_all: readonly string[];
  /** False when the workspace could not be written. */
  readonly recorded: boolean;
  /** False when it was never submitted: then there is nothing to cancel, and nothing is written. */
  readonly submitted: boolean;
  /** Processes that work on a run that was never submitted. */
  readonly executors: readonly {readonly host: string; readonly pid: number}[];
}

/**
 * Cancels the Slurm jobs of grid runs, or of some of their tasks; what they recorded stays, and resuming submits the
 * tasks again.
 *
 * @throws UserError `no-such-task` before anything is cancelled; `slurm-missing`, `slurm-silent`, `submit-busy`.
 */
export async function cancelGrids(
  runs: readonly GridRun[],
  {layout, tasks, caller}: Omit<CancelContext, 'run'>,
): Promise<CancelledGrid[]> {
  for (const grid of runs) refuseUnknownTasks(tasks, listRunTasks(grid));
  const run = createSlurmClient(caller.env);
  const cancelled: CancelledGrid[] = [];
  for (const grid of runs) {
    cancelled.push(
      (await belongsToSlurm(layout, grid))
        ? await cancelEvenIfUnwritable(grid, {layout, run, tasks, caller})
        : await describeLocalRun(layout, grid, caller.clock),
    );
  }
  return cancelled;
}

async function describeLocalRun(layout: Layout, grid: GridRun, clock: Clock): Promise<CancelledGrid> {
  const executors = (await findExecutors(layout, grid, clock)).map(({host, pid}) => ({host, pid}));
  const nothing = {jobs: [], tasks: 0, arrays_withdrawn: 0, after_all: [], recorded: true};
  return {grid_id: grid.grid_id, ...nothing, submitted: false, executors};
}

interface CancelContext {
  readonly layout: Layout;
  readonly run: RunSlurm;
  readonly tasks: readonly TaskRange[] | undefined;
  readonly caller: Caller;
}

/** A full or read-only disk must not stop a cancellation: nobody can submit there meanwhile either. */
async function cancelEvenIfUnwritable(grid: GridRun, context: CancelContext): Promise<CancelledGrid> {
  const {layout, caller} = context;
  const lease = {layout, gridId: grid.grid_id, clock: caller.clock, onWait: caller.onNotice};
  try {
    return await withSubmitLease(lease, async () => await cancelRun(grid, context, true));
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'cannot-write') throw error;
    caller.onNotice(
      `warning: ${error.message}: jobs are cancelled without a record of it, and arrays that were not yet submitted stay noted for mac resume`,
    );
    return await cancelRun(grid, context, false);
  }
}

/** @param isRecorded whether the workspace can be written. */
async function cancelRun(
  grid: GridRun,
  {layout, run, tasks, caller}: CancelContext,
  isRecorded: boolean,
): Promise<CancelledGrid> {
  const settling = {
    layout,
    run,
    clock: caller.clock,
    random: seededRandom(`${process.pid}/${caller.clock.now()}`),
    patienceMs: patienceMs(caller.env),
    onNote: caller.onNotice,
  };
  const {submissions, silence} = isRecorded
    ? await settleSubmissions(settling, grid.grid_id)
    : await reconcileReadOnly(settling, grid.grid_id);
  if (silence !== undefined) throw slurmSilentError(silence, grid.grid_id);
  const isAll = tasks === undefined;
  const arrays = submissions.flatMap(submission => submission.arrays.filter(({job_id: id}) => id !== undefined));
  const afterAllNames = new Set(
    submissions.flatMap(({token, after_all: job}) => (isAll && job ? [afterAllName(token)] : [])),
  );
  const queue = await askQueue(run, [...arrays.map(({name}) => name), ...afterAllNames]);
  if (queue.kind === 'unavailable') throw slurmSilentError(queue.reason, grid.grid_id);
  const plan = planCancel(submissions, queue, task => isWanted(task, tasks));
  const afterAll = queue.rows.flatMap(({name, state, jobId}) =>
    afterAllNames.has(name) && classifyState(state) !== 'ended' ? [jobId] : [],
  );
  const withdrawn = isRecorded ? await markCancelled(layout, submissions, {plan, isAll, nowMs: caller.clock.now()}) : 0;
  // The job after all arrays first, or it would run as soon as they are gone.
  for (const jobs of [...(afterAll.length === 0 ? [] : [afterAll]), ...plan.calls]) {
    const answer = await run('scancel', jobs);
    if (answer.exitCode === 0) continue;
    throw new UserError('slurm-silent', `scancel failed: ${summarizeFailure(answer, 'scancel')}`, {
      hint: 'mac status shows what is still there; try again',
    });
  }
  return {
    grid_id: grid.grid_id,
    jobs: plan.calls.flat(),
    tasks: plan.tasks,
    arrays_withdrawn: withdrawn,
    after_all: afterAll,
    recorded: isRecorded,
    submitted: true,
    executors: [],
  };
}

async function reconcileReadOnly(
  context: JobSearchContext,
  gridId: string,
): Promise<{submissions: readonly Submission[]; silence: string | undefined}> {
  const {submissions} = await readSubmissions(context.layout, gridId);
  const reconciled = await reconcile(context, submissions, {mayConclude: false});
  return {submissions: reconciled.submissions, silence: reconciled.unresolved};
}

/** Marks arrays before their jobs go: after a crash in between, jobs run on, but are known to be cancelled. */
async function markCancelled(
  layout: Layout,
  submissions: readonly Submission[],
  {plan, isAll, nowMs}: {readonly plan: CancelPlan; readonly isAll: boolean; readonly nowMs: number},
): Promise<number> {
  let withdrawn = 0;
  const reason = `mac cancel at ${jsonTimestamp(nowMs).slice(0, 19)}Z`;
  const mark = (array: SubmittedArray): SubmittedArray => {
    const {job_id: id, state} = array;
    if (id !== undefined && plan.wholeJobs.has(id)) return {...array, state: 'cancelled', reason};
    const some = id === undefined ? undefined : plan.elementsByJob.get(id);
    if (some) return {...array, cancelled: mergeElements(array.cancelled, some)};
    if (!isAll || (state !== 'deferred' && state !== 'intended')) return array;
    withdrawn++;
    return {...array, state: 'cancelled', reason};
  };
  for (const submission of submissions) {
    const arrays = submission.arrays.map(mark);
    const {after_all: after} = submission;
    const changed = arrays.some((array, i) => array !== submission.arrays[i]);
    if (!changed && !(isAll && after)) continue;
    const afterAll = isAll && after ? {after_all: {...after, state: 'cancelled' as const, reason}} : {};
    await writeSubmission(layout, {...submission, arrays, ...afterAll});
  }
  return withdrawn;
}

function mergeElements(before: string | undefined, elements: readonly number[]): string {
  const all = new Set([...(parseArraySpec(before ?? '') ?? []), ...elements]);
  return compressIndices([...all].sort((a, b) => a - b));
}
