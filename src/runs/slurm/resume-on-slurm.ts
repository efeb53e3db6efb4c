import {readEnvironment, type Environment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import {reopenTasks} from '../../execute/task/reopen-tasks.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {findBadNodes, type BadNode} from '../../slurm/state/bad-nodes.ts';
import {escalateMem, escalateTime} from '../../slurm/submit/escalate.ts';
import {describeCode, freezeCode} from '../../slurm/submit/freeze-code.ts';
import {readGridStates, type GridState} from '../../slurm/state/grid-state.ts';
import type {TaskState} from '../../slurm/state/join-states.ts';
import {placeTasks} from '../../slurm/submission/placements.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {settleSubmissions} from '../../slurm/submit/reconcile.ts';
import {submitArrays} from '../../slurm/submit/submit-arrays.ts';
import {withSubmitLease} from '../../slurm/submit/submit-lease.ts';
import {readSubmissions, type Submission} from '../../slurm/submission/submission-file.ts';
import {readElementRecords} from '../../slurm/submission/element-file.ts';
import {toSubmittedGuards} from '../guards.ts';
import type {Caller} from '../caller.ts';
import {warnAboutOlderVersions} from '../open/older-version.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {continuedGrid, listReopenedTasks, inspectRun, type UnfinishedTask} from '../open/prepare-resume.ts';
import {hasProfile, profileOverrides} from '../../slurm/profile/profile-flags.ts';
import {findCluster, patienceMs, readProfileOptions, submitContext, type Cluster} from './submit-context.ts';
import {planSubmission, slurmSilentError, writeSubmissionFiles, type SubmissionRequest} from './plan-submission.ts';
import type {SlurmResumeRequest} from '../request.ts';

/** One grid run, and what of it was submitted, or would be. */
export interface Resumed {
  readonly run: GridRun;
  readonly submission: Submission | undefined;
  readonly notes: readonly string[];
  readonly counts: {readonly total: number; readonly done: number; readonly live: number; readonly chosen: number};
  /** The tasks that were chosen. */
  readonly tasks: readonly UnfinishedTask[];
}

/**
 * Submits what is missing of grid runs that were submitted before: tasks with null questions that are neither queued
 * nor running, as new arrays. Safe at any moment and by several people at once: one at a time decides, and looks at the
 * queue first.
 *
 * @throws UserError `slurm-missing`, `slurm-silent`, `submit-busy`, `profile-unknown`, `escalate-unknown`, those of
 * `findResumable`.
 */
export async function resumeOnSlurm(
  runs: readonly GridRun[],
  options: SlurmResumeRequest,
  caller: Caller,
): Promise<Resumed[]> {
  const environment = readEnvironment(caller.env, caller.cwd);
  const layout = createLayout(environment);
  const cluster = await findCluster(caller);
  const files = new QuestionFiles(layout);
  const resumed: Resumed[] = [];
  for (const run of runs) {
    const context = {layout, environment, cluster, files, options, caller};
    const lease = {
      layout,
      gridId: run.grid_id,
      clock: caller.clock,
      onWait: caller.onNotice,
    };
    // A dry run decides nothing, so that nobody has to wait for it.
    if (options.dryRun === true) resumed.push(await resumeRun(run, context));
    else resumed.push(await withSubmitLease(lease, async held => await resumeRun(run, context, held)));
  }
  return resumed;
}

interface ResumeContext {
  readonly layout: Layout;
  readonly environment: Environment;
  readonly cluster: Cluster;
  readonly files: QuestionFiles;
  readonly options: SlurmResumeRequest;
  readonly caller: Caller;
}

async function resumeRun(run: GridRun, context: ResumeContext, lease?: Lease): Promise<Resumed> {
  const {layout, environment, cluster, files, options, caller} = context;
  const resumable = await inspectRun(layout, run, files, options.tasks);
  const finished = listReopenedTasks(resumable.tasks);
  if (lease) {
    await settleOrThrow(run, context);
    await reopenTasks(layout, caller.clock, finished);
  }
  const {grids, slurmSilence} = await readGridStates({layout, run: cluster.run, clock: caller.clock}, [run]);
  const [grid] = grids;
  if (slurmSilence !== undefined || !grid) throw slurmSilentError(slurmSilence ?? 'no answer', run.grid_id);
  const stateByTask = new Map(grid.states.map(state => [state.task, state]));
  const unfinished = resumable.tasks.flatMap(({task}) => (task.index === null ? [] : [task.index]));
  // A dry run does not reopen them.
  const reopened = new Set(lease ? [] : finished.map(({task}) => task.index));
  const chosen = unfinished.filter(task => reopened.has(task) || isResumable(stateByTask.get(task)));
  const chosenSet = new Set(chosen);
  const counts = {
    total: resumable.total,
    done: resumable.succeeded,
    live: unfinished.length - chosen.length,
    chosen: chosen.length,
  };
  const afterAll = resolveAfterAll(grid, options);
  if (chosen.length === 0 && !afterAll) return {run, submission: undefined, notes: [], counts, tasks: []};
  const base = await chooseProfile(run, grid, context);
  const badNodes =
    'exclude' in profileOverrides(options)
      ? []
      : findBadNodes(grid.states, await readElementRecords(layout, run.grid_id));
  const blamed = badNodes.flatMap(({node, isToBlame}) => (isToBlame ? [node] : []));
  const exclude = [...new Set([...base.exclude, ...blamed])];
  const profile = {...base, exclude};
  const code = lease ? await freezeCode(layout) : await describeCode(layout);
  const notes = [
    ...grid.damaged.map(path => `${path} is damaged: jobs that only it knew are taken for lost`),
    ...badNodes.map(describeBadNode),
    ...describeCodeChange(grid, code),
  ];
  const request: SubmissionRequest = {
    layout,
    environment,
    run,
    tasks: resumable.planned,
    profile,
    batches: batchTasks(chosen, {grid, stateByTask, profile, options}),
    cluster: cluster.limitsFor(profile),
    code,
    dependency: options.dependency,
    guards: toSubmittedGuards(options) ?? grid.submissions.at(-1)?.guards,
    afterAll,
  };
  const tasks = resumable.tasks.filter(({task}) => task.index !== null && chosenSet.has(task.index));
  warnAboutOlderVersions([continuedGrid({run, tasks})], caller);
  const {highest} = await readSubmissions(layout, run.grid_id);
  if (!lease) {
    return {run, submission: planSubmission(request, highest + 1, caller).submission, notes, counts, tasks};
  }
  const {submission, arrays} = await writeSubmissionFiles(request, highest + 1, caller);
  for (const {message} of arrays.warnings) caller.onNotice(`warning: ${message}`);
  const submitted = await submitArrays(submitContext(layout, cluster.run, lease, caller), submission);
  return {run, submission: submitted, notes, counts, tasks};
}

async function settleOrThrow(run: GridRun, {layout, cluster, caller}: ResumeContext): Promise<void> {
  const {silence} = await settleSubmissions(
    {
      layout,
      run: cluster.run,
      clock: caller.clock,
      random: seededRandom(`${process.pid}/${caller.clock.now()}`),
      patienceMs: patienceMs(caller.env),
      onNote: caller.onNotice,
    },
    run.grid_id,
  );
  if (silence !== undefined) throw slurmSilentError(silence, run.grid_id);
}

/** Returns whether nobody has a task and nobody will get it by itself. */
function isResumable(state: TaskState | undefined): boolean {
  switch (state?.state) {
    case 'incomplete':
    case 'failed':
    case 'cancelled':
    case 'lost':
    case 'not submitted':
    case 'not started':
      return true;
    default:
      return false;
  }
}

/** Returns the profile of the last submission with the flags laid over it; another one when it is asked for. */
async function chooseProfile(run: GridRun, grid: GridState, context: ResumeContext): Promise<ClusterProfile> {
  const {options, environment, caller} = context;
  const last = grid.submissions.at(-1)?.profile as ClusterProfile | undefined;
  if (options.profile !== undefined || (last === undefined && hasProfile(options))) {
    return await readProfileOptions(options, environment, caller);
  }
  if (last === undefined) {
    throw new UserError(
      'profile-unknown',
      `mac submit broke off before it wrote down how ${run.grid_id} is to be submitted`,
      {
        hint: `mac resume ${run.grid_id} --profile NAME, or with flags such as --partition; --local runs it here`,
      },
    );
  }
  return hasProfile(options) ? await readProfileOptions(options, environment, caller, last) : last;
}

function describeBadNode({node, failures, cause, isToBlame}: BadNode): string {
  return isToBlame
    ? `node ${node} is left out: ${failures} jobs failed there in the same way (${cause}); --exclude decides otherwise`
    : `${failures} jobs failed in the same way on node ${node} (${cause}), and nothing shows that others do better: it is used again; --exclude ${node} leaves it out`;
}

function describeCodeChange(
  {submissions}: GridState,
  code: {readonly hash: string; readonly version: string},
): string[] {
  const last = submissions.at(-1)?.code;
  if (!last || last.hash === code.hash) return [];
  return [
    `the code has changed since submission ${submissions.at(-1)?.number ?? ''}: ${last.version} then, ${code.version} now`,
  ];
}

/**
 * Groups tasks that get the same resources: what a task had before, more where it died of too little. Flags of this
 * command win.
 */
function batchTasks(
  chosen: readonly number[],
  {
    grid,
    stateByTask,
    profile,
    options,
  }: {
    grid: GridState;
    stateByTask: ReadonlyMap<number, TaskState>;
    profile: ClusterProfile;
    options: SlurmResumeRequest;
  },
): SubmissionRequest['batches'] {
  const overrides = profileOverrides(options);
  const placements = placeTasks(grid.submissions);
  const batches = new Map<string, {tasks: number[]; profile: ClusterProfile}>();
  for (const task of chosen) {
    const had = placements.get(task)?.findLast(({array}) => array.job_id !== undefined)?.array.resources;
    const keepsOwn = options.profile === undefined;
    let mem = 'mem' in overrides || !keepsOwn ? profile.mem : (had?.mem ?? profile.mem);
    let time = 'time' in overrides || !keepsOwn ? profile.time : (had?.time ?? profile.time);
    const cause = stateByTask.get(task)?.cause;
    const {escalate} = options;
    if (cause === 'out of memory' && escalate?.mem !== undefined) mem = escalateMem(mem, escalate.mem);
    if (cause === 'time limit' && escalate?.time !== undefined) time = escalateTime(time, escalate.time);
    const key = `${mem ?? ''}/${time ?? ''}`;
    const batch = batches.get(key);
    if (batch) batch.tasks.push(task);
    else {
      const own = {...profile, ...(mem === undefined ? {} : {mem}), ...(time === undefined ? {} : {time})};
      batches.set(key, {tasks: [task], profile: own});
    }
  }
  const [first = {tasks: [], profile}, ...others] = batches.values();
  return [first, ...others];
}

/**
 * Returns the job after all that is asked for. One that never came into the queue is still owed; one that did has its
 * turn, or had it.
 */
function resolveAfterAll(
  {submissions, queue}: GridState,
  {afterAll}: SlurmResumeRequest,
): SubmissionRequest['afterAll'] {
  const owed = submissions.findLast(({after_all: job}) => job !== undefined)?.after_all;
  const command = afterAll ?? (owed && owed.job_id === undefined ? owed.command : undefined);
  if (command === undefined) return undefined;
  return {command, alsoAfter: [...new Set(queue.map(({jobId}) => jobId))]};
}
