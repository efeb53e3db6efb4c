import {rm} from 'node:fs/promises';
import {basename} from 'node:path';
import type {Command} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {sha256} from '../../../core/seeds/hash.ts';
import {listActiveRuns} from '../../../record/grid/active-runs.ts';
import {discardGridRuns} from '../../../record/grid/grid-run.ts';
import {listRunTasks} from '../../../record/grid/run-file.ts';
import {refuseLoopback} from '../../../runs/open/loopback.ts';
import {type CheckedRequest, checkRequest, createRuns} from '../../../runs/open/prepare-run.ts';
import {planSubmission, type SubmissionRequest, writeSubmissionFiles} from '../../../runs/slurm/plan-submission.ts';
import {type Cluster, findCluster, readProfileOptions, submitContext} from '../../../runs/slurm/submit-context.ts';
import type {ProfileOptions} from '../../../slurm/profile/profile-flags.ts';
import {type Submission, writeSubmission} from '../../../slurm/submission/submission-file.ts';
import {freezeCode} from '../../../slurm/submit/freeze-code.ts';
import type {ArrayPlan} from '../../../slurm/submit/plan-arrays.ts';
import {splitRefusal} from '../../../slurm/submit/sbatch-answers.ts';
import {submitArrays} from '../../../slurm/submit/submit-arrays.ts';
import {withSubmitLease} from '../../../slurm/submit/submit-lease.ts';
import type {RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {positive, shellCommand, taskList} from '../../options/arguments.ts';
import {addGuardOptions} from '../../options/guard-options.ts';
import {type GuardOptions, toSubmittedGuards} from '../../../runs/guards.ts';
import {addProfileOptions} from '../../options/profile-options.ts';
import type {TaskRange} from '../../../runs/task-ranges.ts';
import {describeSubmission, isAllSubmitted, renderProblems, renderSubmission} from '../../render/render-submission.ts';

export interface SubmitOptions extends ProfileOptions, GuardOptions {
  readonly rep?: number;
  readonly limit?: number;
  readonly tasks?: readonly TaskRange[];
  readonly dependency?: string;
  readonly afterAll?: string;
  readonly dryRun?: boolean;
  readonly skipInvalid?: boolean;
  readonly json?: boolean;
}

export function declareSubmit(program: Command, run: RunAction): void {
  addGuardOptions(addProfileOptions(program.command('submit <config>')))
    .description('Submit the tasks of a config to Slurm, as job arrays')
    .option('--tasks <list>', 'submit only these tasks, e.g. 3,7-12', taskList)
    .option('--rep <n>', 'repeat the grid n times', positive)
    .option('--limit <n>', 'ask only the first n questions of each task (recorded as such)', positive)
    .option('--dependency <list>', 'start the jobs after others, as sbatch takes it, e.g. afterok:123')
    .option('--after-all <command>', 'run this on Slurm when all jobs have ended, whatever their outcome', shellCommand)
    .option('--skip-invalid', 'submit the valid tasks even if others are invalid')
    .option('--dry-run', 'show what would be submitted; write nothing')
    .option('--json', 'print the submission as JSON')
    .action((config: string, options: SubmitOptions) => run(io => submitCommand(config, options, io)));
}

/** `mac submit CONFIG`: plans as `mac run` does, and gives the tasks to Slurm. */
export async function submitCommand(configPath: string, options: SubmitOptions, io: CommandIo): Promise<ExitCode> {
  const request = await checkRequest(configPath, options, io);
  const profile = await readProfileOptions(options, request.environment, io, 'default');
  if (profile.allow_loopback !== true) refuseLoopback(request.plan, io.env);
  const cluster = await findCluster(io);
  await noteUnfinished(request, io);
  const shared = {
    ...request,
    profile,
    cluster: cluster.limitsFor(profile),
    batches: [{tasks: request.indices, profile}] as const,
    dependency: options.dependency,
    guards: toSubmittedGuards(options),
  };
  if (options.dryRun === true) return dryRun(request, shared, options, io);
  const code = await freezeCode(request.layout);
  // What the plan refuses must be refused before anything is written.
  planSubmission(previewRequest(request, {...shared, code}), 1, io);
  const {rep, limit} = options;
  const how = {rep, limit, submittedTo: 'slurm'} as const;
  const created = await createRuns(configPath, request, how, io);
  const submissions: Submission[] = [];
  for (const [i, {run, plan}] of created.entries()) {
    const isLast = i === created.length - 1;
    const alsoAfter = submissions.flatMap(({arrays}) => arrays.flatMap(({job_id: id}) => id ?? []));
    const afterAll = isLast && options.afterAll !== undefined ? {command: options.afterAll, alsoAfter} : undefined;
    const blocked = submissions.map(findBlocker).find(reason => reason !== undefined);
    submissions.push(await submitRun({...shared, run, plan, code, afterAll}, {cluster, blocked, isFirst: i === 0}, io));
    if (i === 0 && isRejected(submissions[0])) {
      await discardGridRuns(
        request.layout,
        created.map(each => each.run),
      );
      await rm(request.layout.slurm(run.grid_id).folder, {recursive: true, force: true});
      throw rejectionError(submissions[0]);
    }
  }
  return report(submissions, {configPath, json: options.json === true}, io);
}

/** Notes, in one line, unfinished grids with the same config and tasks. A new run may still be intended. */
async function noteUnfinished({layout, config, indices}: CheckedRequest, io: CommandIo): Promise<void> {
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
  io.stderr.write(
    unfinished.length === 1
      ? `note: ${name} has this config too and is not finished: mac resume ${name} goes on with it\n`
      : `note: ${unfinished.length} unfinished grids have this config, newest ${name} (mac resume ${name} goes on with it; mac ls lists them)\n`,
  );
}

/** A run that does not exist, for plans before anything is written. */
function previewRequest(
  {layout, environment, files, plan}: CheckedRequest,
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
  };
  return {layout, environment, files, plan, run, ...shared};
}

function dryRun(
  request: CheckedRequest,
  shared: Pick<SubmissionRequest, 'profile' | 'cluster' | 'batches' | 'dependency'>,
  options: SubmitOptions,
  io: CommandIo,
): ExitCode {
  const code = {version: '', hash: '', path: request.layout.slurmCode('CODE')};
  const preview = previewRequest(request, {...shared, code});
  const afterAll = options.afterAll === undefined ? undefined : {command: options.afterAll, alsoAfter: []};
  const {submission, arrays} = planSubmission({...preview, dependency: options.dependency, afterAll}, 1, io);
  warn(arrays, io);
  if (options.json === true) {
    const report = {schema: 'mac.submit/1', dry_run: true, grids: [describeSubmission(submission)]};
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return 0;
  }
  io.stdout.write(renderSubmission(submission, request.config.path));
  const times = (options.rep ?? 1) > 1 ? `, ${options.rep} times over` : '';
  io.stdout.write(
    `dry run: this would be submitted${times}; nothing was written (mac plan --scripts shows the scripts)\n`,
  );
  return 0;
}

function warn({warnings}: ArrayPlan, io: CommandIo): void {
  for (const {message} of warnings) io.stderr.write(`warning: ${message}\n`);
}

/** Finds the failure because of which later submissions should not be tried. */
function findBlocker({arrays}: Submission): {state: 'deferred' | 'intended'; reason: string} | undefined {
  const array = arrays.find(({state}) => state === 'deferred' || state === 'unknown' || state === 'intended');
  if (!array) return undefined;
  return {state: array.state === 'deferred' ? 'deferred' : 'intended', reason: array.reason ?? 'not tried'};
}

async function submitRun(
  request: SubmissionRequest,
  {cluster, blocked, isFirst}: {cluster: Cluster; blocked: ReturnType<typeof findBlocker>; isFirst: boolean},
  io: CommandIo,
): Promise<Submission> {
  const {layout, run} = request;
  const options = {
    layout,
    gridId: run.grid_id,
    clock: io.clock,
    onWait: (message: string) => io.stderr.write(`${message}\n`),
  };
  return await withSubmitLease(options, async lease => {
    const {submission, arrays} = await writeSubmissionFiles(request, 1, io);
    if (isFirst) warn(arrays, io);
    if (!blocked) return await submitArrays(submitContext(layout, cluster.run, lease, io), submission);
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

function report(
  submissions: readonly Submission[],
  {configPath, json}: {readonly configPath: string; readonly json: boolean},
  io: CommandIo,
): ExitCode {
  const exitCode = submissions.every(isAllSubmitted) ? 0 : 1;
  if (json) {
    const answer = {schema: 'mac.submit/1', exit_code: exitCode, grids: submissions.map(describeSubmission)};
    io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return exitCode;
  }
  for (const submission of submissions) {
    io.stdout.write(renderSubmission(submission, configPath));
    io.stderr.write(renderProblems(submission));
  }
  const [first] = submissions;
  if (first) io.stdout.write(`watch it: mac status ${submissions.length > 1 ? 'latest' : first.grid_id} --watch\n`);
  return exitCode;
}
