import {randomBytes} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import {hostname, userInfo} from 'node:os';
import {join, resolve} from 'node:path';

import {isSecretKey} from '../../core/secrets.ts';
import type {Environment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {cannotWrite, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {ClusterLimits} from '../../slurm/cluster/cluster-limits.ts';
import {planArrays, type ArrayPlan, type PlannedArray, type TaskBatch} from '../../slurm/submit/plan-arrays.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import {renderAfterAllScript, type JobFacts} from '../../slurm/submit/render-script.ts';
import {
  createSubmission,
  type AfterAllJob,
  type FrozenCodeReference,
  type Submission,
  type SubmittedArray,
  type SubmittedGuards,
} from '../../slurm/submission/submission-file.ts';
import type {Caller} from '../caller.ts';
import type {PlannedTasks} from '../open/planned-tasks.ts';

export interface SubmissionRequest {
  readonly layout: Layout;
  readonly environment: Environment;
  readonly run: GridRun;
  readonly tasks: PlannedTasks;
  /** The profile of the submission; batches may differ from it in memory and time. */
  readonly profile: ClusterProfile;
  readonly batches: readonly [TaskBatch, ...TaskBatch[]];
  readonly cluster: ClusterLimits;
  readonly code: FrozenCodeReference;
  readonly dependency?: string | undefined;
  readonly guards?: SubmittedGuards | undefined;
  readonly afterAll?: {readonly command: string; readonly alsoAfter: readonly string[]} | undefined;
}

/** A submission that is not yet on disk, with the texts of its scripts. */
export interface PlannedSubmission {
  readonly submission: Submission;
  readonly arrays: ArrayPlan;
  readonly afterAllScript: string | undefined;
}

/** Plans what is to be submitted of a grid run; writes nothing. @throws UserError what `planArrays` throws. */
export function planSubmission(request: SubmissionRequest, number: number, caller: Caller): PlannedSubmission {
  const {layout, run, profile} = request;
  const token = newToken();
  const job = jobFacts(request, {number, token}, caller);
  const {tasks, batches, cluster, afterAll, dependency} = request;
  const pack = tasks.pack({limit: run.question_limit, grouping: run.grouping});
  const arrays = planArrays({pack, batches, cluster, job});
  const afterAllJob: AfterAllJob | undefined = afterAll && {
    command: afterAll.command,
    state: 'intended',
    ...(afterAll.alsoAfter.length === 0 ? {} : {also_after: afterAll.alsoAfter}),
  };
  const submission: Submission = {
    schema: 'mac.slurm-submission/1',
    grid_id: run.grid_id,
    number,
    token,
    created_at: jsonTimestamp(caller.clock.now()),
    submitted_by: {user: userName(caller), host: hostname(), pid: process.pid},
    profile: {...profile},
    code: request.code,
    node_path: profile.node_path ?? process.execPath,
    workspace: layout.workspace,
    experiment_root: request.environment.experimentRoot === undefined ? null : layout.experimentRoot,
    environment: {values: job.environment, inherit: listInheritedKeys(request.tasks, caller)},
    arrays: arrays.arrays.map(submittedArray),
    ...(request.guards === undefined ? {} : {guards: request.guards}),
    ...(dependency === undefined ? {} : {dependency}),
    ...(afterAllJob === undefined ? {} : {after_all: afterAllJob}),
  };
  const afterAllScript = afterAll && renderAfterAllScript(afterAll.command, profile, job);
  return {submission, arrays, afterAllScript};
}

/**
 * Writes a planned submission with its scripts; the number is the next that is free.
 *
 * @throws UserError `cannot-write`.
 */
export async function writeSubmissionFiles(
  request: SubmissionRequest,
  firstNumber: number,
  caller: Caller,
): Promise<PlannedSubmission> {
  const {layout, run} = request;
  const slurm = layout.slurm(run.grid_id);
  for (let number = firstNumber; ; number++) {
    const planned = planSubmission(request, number, caller);
    if (!(await createSubmission(layout, planned.submission))) continue;
    // A job whose folder for output is missing ends at once and leaves no word.
    for (const folder of [slurm.logs, slurm.elements]) {
      await mkdir(folder, {recursive: true}).catch((error: unknown) => {
        throw cannotWrite(folder, error);
      });
    }
    for (const {script, text} of planned.arrays.arrays) await writeFileAtomic(join(slurm.folder, script), text);
    if (planned.afterAllScript !== undefined) {
      await writeFileAtomic(join(slurm.folder, `after_${number}.sbatch`), planned.afterAllScript);
    }
    return planned;
  }
}

function submittedArray({index, name, script, tasks, resources, after}: PlannedArray): SubmittedArray {
  return {index, name, script, tasks, resources, ...(after === undefined ? {} : {after}), state: 'intended'};
}

function jobFacts(
  {layout, environment, run, code, profile}: SubmissionRequest,
  {number, token}: {number: number; token: string},
  caller: Caller,
): JobFacts {
  const slurm = layout.slurm(run.grid_id);
  return {
    gridId: run.grid_id,
    submission: number,
    token,
    workspace: layout.workspace,
    logs: slurm.logs,
    submissionFile: slurm.submission(number),
    codePath: code.path,
    nodePath: profile.node_path ?? process.execPath,
    macVersion: code.version,
    environment: jobEnvironment(layout, environment, caller),
  };
}

/** Variables that choose the Python of trials. */
const INTERPRETER_VARIABLES = new Set(['MAC_PYTHON', 'RUN_STUDY_PYTHON']);

/** Returns our own variables, with paths made absolute: jobs start in other folders. */
function jobEnvironment(layout: Layout, environment: Environment, caller: Caller): Record<string, string> {
  const own = Object.entries(caller.env).filter(
    ([name]) => (name.startsWith('MAC_FAIRNESS_') || INTERPRETER_VARIABLES.has(name)) && !isSecretKey(name),
  );
  const {experimentRoot} = environment;
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
    MAC_FAIRNESS_WORKSPACE: layout.workspace,
    ...(experimentRoot === undefined ? {} : {MAC_FAIRNESS_EXPERIMENT_ROOT: resolve(layout.workspace, experimentRoot)}),
  };
}

const COMMON_KEY_VARIABLES = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'VLLM_API_KEY', 'HF_TOKEN'];

/** Lists the variables with keys that jobs inherit from whoever submits; their values stay out of every file. */
function listInheritedKeys(tasks: PlannedTasks, caller: Caller): string[] {
  const named = new Set(COMMON_KEY_VARIABLES);
  const collectKeys = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'api_key_env' && typeof member === 'string') named.add(member);
      else collectKeys(member);
    }
  };
  collectKeys(tasks.listValues());
  return [...named].filter(name => caller.env[name] !== undefined).sort();
}

/** Returns eight characters of 36: by far enough that no two submissions of a cluster share a name. */
function newToken(): string {
  return [...randomBytes(8)].map(byte => '0123456789abcdefghijklmnopqrstuvwxyz'[byte % 36]).join('');
}

function userName({env}: Caller): string {
  try {
    return userInfo().username;
  } catch {
    // Some containers have no entry for their user.
    return env['USER'] ?? String(process.getuid?.() ?? '');
  }
}

/** Returns the error for a Slurm that cannot be used now; everything is left as it is. */
export function slurmSilentError(reason: string, gridId: string): UserError {
  return new UserError(
    'slurm-silent',
    `Slurm does not answer (${reason}), so it is not known what of ${gridId} is queued`,
    {
      hint: 'nothing was changed; try again when squeue works',
    },
  );
}
