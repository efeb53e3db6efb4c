import {rm} from 'node:fs/promises';
import {basename} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {discardGridRuns} from '../../record/grid/grid-run.ts';
import {listRunTasks} from '../../record/grid/run-file.ts';
import {type Submission, writeSubmission} from '../../slurm/submission/submission-file.ts';
import {freezeCode} from '../../slurm/submit/freeze-code.ts';
import {splitRefusal} from '../../slurm/submit/sbatch-answers.ts';
import {submitArrays} from '../../slurm/submit/submit-arrays.ts';
import {withSubmitLease} from '../../slurm/submit/submit-lease.ts';
import type {Caller} from '../caller.ts';
import {toSubmittedGuards} from '../guards.ts';
import {refuseLoopback} from '../open/check-models.ts';
import {prepareSet, projectSets} from '../project-sets.ts';
import {type CheckedRequest, checkRequest} from '../open/check-request.ts';
import {createRuns} from '../open/prepare-run.ts';
import type {SubmitRequest} from '../request.ts';
import {
  planSubmission,
  type PlannedSubmission,
  type SubmissionRequest,
  writeSubmissionFiles,
} from './plan-submission.ts';
import {type Cluster, findCluster, readProfileOptions, submitContext} from './submit-context.ts';

/** A checked config, and how its tasks would be given to Slurm. */
export interface IntendedSubmit {
  readonly checked: CheckedRequest;
  readonly cluster: Cluster;
  readonly shared: Pick<SubmissionRequest, 'profile' | 'cluster' | 'batches' | 'dependency' | 'guards'>;
}

/**
 * Checks a config, its profile and the cluster, and notes unfinished grids of the same config.
 *
 * @throws UserError for everything that is wrong with the request, `slurm-missing`; nothing is written then.
 */
export async function prepareSubmit(
  configPath: string,
  options: SubmitRequest,
  caller: Caller,
): Promise<IntendedSubmit> {
  const checked = await checkRequest(configPath, options, caller);
  const {shown} = checked;
  const profile = await readProfileOptions(options, checked.environment, caller, 'default');
  if (shown.makes === 'conversations' && profile.allow_loopback !== true) refuseLoopback(shown.plan, caller.env);
  const cluster = await findCluster(caller);
  await noteUnfinished(checked, caller);
  const shared = {
    profile,
    cluster: cluster.limitsFor(profile),
    batches: [{tasks: checked.indices, profile}] as const,
    dependency: options.dependency,
    guards: toSubmittedGuards(options),
  };
  return {checked, cluster, shared};
}

/** Plans the first submission of an intended run without writing anything. */
export function previewSubmit(
  {checked, shared}: IntendedSubmit,
  options: Pick<SubmitRequest, 'afterAll'>,
  caller: Caller,
): PlannedSubmission {
  const code = {version: '', hash: '', path: checked.layout.slurmCode('CODE')};
  const afterAll = options.afterAll === undefined ? undefined : {command: options.afterAll, alsoAfter: []};
  return planSubmission({...previewRequest(checked, {...shared, code}), afterAll}, 1, caller);
}

/**
 * Writes the grid runs of all repetitions and submits each; where Slurm refuses the first, nothing is left behind.
 *
 * @returns one submission a repetition, as far as Slurm took it.
 * @throws UserError `sbatch-refused`, `cannot-write`, and what the plan refuses.
 */
export async function submitGrid(
  configPath: string,
  {checked: intended, cluster, shared}: IntendedSubmit,
  {rep, limit, afterAll: command}: SubmitRequest,
  caller: Caller,
): Promise<Submission[]> {
  const {layout, environment, indices} = intended;
  // Trials may all be done already.
  if (indices.length === 0) return [];
  const code = await freezeCode(layout);
  // What the plan refuses must be refused before anything is written.
  planSubmission(previewRequest(intended, {...shared, code}), 1, caller);
  const checked = await intended.claim();
  const created = await createRuns(configPath, checked, {rep, limit, submittedTo: 'slurm'}, caller);
  if (checked.shown.makes === 'trials') {
    const {plan} = checked.shown;
    const gridIds = created.map(({run}) => run.grid_id);
    await prepareSet({layout, plan, indices});
    await projectSets({layout, trialPlans: [plan], gridIds}, caller);
  }
  const submissions: Submission[] = [];
  for (const [i, {run, tasks}] of created.entries()) {
    const isLast = i === created.length - 1;
    const alsoAfter = submissions.flatMap(({arrays}) => arrays.flatMap(({job_id: id}) => id ?? []));
    const afterAll = isLast && command !== undefined ? {command, alsoAfter} : undefined;
    const blocked = submissions.map(findBlocker).find(reason => reason !== undefined);
    const request = {layout, environment, ...shared, run, tasks, code, afterAll};
    submissions.push(await submitRun(request, {cluster, blocked, isFirst: i === 0}, caller));
    if (i === 0 && isRejected(submissions[0])) {
      await discardGridRuns(
        layout,
        created.map(each => each.run),
      );
      await rm(layout.slurm(run.grid_id).folder, {recursive: true, force: true});
      throw rejectionError(submissions[0]);
    }
  }
  return submissions;
}

/** Notes, in one line, unfinished grids with the same config and tasks. A new run may still be intended. */
async function noteUnfinished({layout, config, indices}: CheckedRequest, caller: Caller): Promise<void> {
  const hash = sha256(config.text);
  const wanted = new Set(indices);
  const unfinished = (await listActiveRuns(layout)).filter(
    run =>
      run.submitted_to === 'slurm' && run.config_sha256 === hash && listRunTasks(run).some(task => wanted.has(task)),
  );
  const newest = unfinished.at(-1);
  if (!newest) return;
  const snapshot = newest.grid_config_snapshot_path;
  const repetitions = unfinished.filter(run => run.grid_config_snapshot_path === snapshot);
  const name = repetitions.length === 1 ? newest.grid_id : basename(snapshot);
  caller.onNotice(
    unfinished.length === 1
      ? `note: ${name} has this config too and is not finished: mac resume ${name} goes on with it`
      : `note: ${unfinished.length} unfinished grids have this config, newest ${name} (mac resume ${name} goes on with it; mac ls lists them)`,
  );
}

/** Returns a request for a run that does not exist yet, to plan before anything is written. */
function previewRequest(
  {layout, environment, tasks, ofTrials}: CheckedRequest,
  shared: Pick<SubmissionRequest, 'profile' | 'cluster' | 'batches' | 'code'>,
): SubmissionRequest {
  const run = {
    schema: 'mac.grid-run/1' as const,
    grid_id: 'GRID',
    grid_config_snapshot_path: '',
    config_name: '',
    submission_timestamp: '',
    pid: process.pid,
    host: '',
    repetition: 1,
    repetitions: 1,
    num_tasks_planned: 0,
    mac_version: '',
    ...ofTrials,
  };
  return {layout, environment, tasks, run, ...shared};
}

/** Returns why later submissions should not even be tried. */
function findBlocker({arrays}: Submission): {state: 'deferred' | 'intended'; reason: string} | undefined {
  const array = arrays.find(({state}) => state === 'deferred' || state === 'unknown' || state === 'intended');
  if (!array) return undefined;
  return {state: array.state === 'deferred' ? 'deferred' : 'intended', reason: array.reason ?? 'not tried'};
}

async function submitRun(
  request: SubmissionRequest,
  {cluster, blocked, isFirst}: {cluster: Cluster; blocked: ReturnType<typeof findBlocker>; isFirst: boolean},
  caller: Caller,
): Promise<Submission> {
  const {layout, run} = request;
  const options = {
    layout,
    gridId: run.grid_id,
    clock: caller.clock,
    onWait: caller.onNotice,
  };
  return await withSubmitLease(options, async lease => {
    const {submission, arrays} = await writeSubmissionFiles(request, 1, caller);
    if (isFirst) for (const {message} of arrays.warnings) caller.onNotice(`warning: ${message}`);
    if (!blocked) return await submitArrays(submitContext(layout, cluster.run, lease, caller), submission);
    const held = {...submission, arrays: submission.arrays.map(array => ({...array, ...blocked}))};
    await writeSubmission(layout, held);
    return held;
  });
}

function isRejected(submission: Submission | undefined): submission is Submission {
  return submission !== undefined && submission.arrays.every(({state}) => state === 'rejected');
}

function rejectionError({arrays}: Submission): UserError {
  const reasons = [...new Set(arrays.map(({reason}) => reason ?? 'refused'))];
  const {reason, advice} = splitRefusal(reasons[0] ?? '');
  return new UserError('sbatch-refused', `sbatch refused the job: ${reason}; nothing was submitted`, {
    hint: advice ?? (reasons.slice(1).join('; ') || undefined),
  });
}
