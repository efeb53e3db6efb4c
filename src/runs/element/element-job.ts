import {resolve} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {readSubmission, type SubmittedArray, type Submission} from '../../slurm/submission/submission-file.ts';
import {elementTasks} from '../../slurm/submission/array-spec.ts';
import type {ServerProfile} from '../pack/server-hooks.ts';

export interface ElementOptions {
  readonly submission: string;
  readonly array: number;
  readonly element: number;
}

/** One element of an array while it runs. */
export interface ElementJob {
  readonly submission: Submission;
  readonly array: SubmittedArray;
  readonly element: number;
  readonly tasks: readonly number[];
  readonly profile: ServerProfile;
  readonly layout: Layout;
  /** `SLURM_ARRAY_JOB_ID`. */
  readonly arrayJobId: string;
  /** `SLURM_RESTART_COUNT`. */
  readonly restartCount: number;
}

/**
 * Reads from its submission and its environment what a job is to do.
 *
 * @throws UserError `submission-damaged`, `not-a-slurm-job`, `job-is-twin`.
 */
export async function readElementJob(
  options: ElementOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ElementJob> {
  const path = resolve(options.submission);
  const submission = await readSubmission(path);
  const array = submission.arrays.find(({index}) => index === options.array);
  const tasks = array ? elementTasks(array.tasks, options.element) : [];
  if (!array || tasks.length === 0) {
    throw new UserError(
      'submission-damaged',
      `${path} has no tasks for element ${options.element} of array ${options.array}`,
    );
  }
  const arrayJobId = env['SLURM_ARRAY_JOB_ID'];
  if (arrayJobId === undefined || !/^\d+$/.test(arrayJobId)) {
    throw new UserError(
      'not-a-slurm-job',
      'SLURM_ARRAY_JOB_ID is not set: this command runs only in jobs of mac submit',
      {
        hint: `to run what is missing on this machine: mac resume ${submission.grid_id} --local`,
      },
    );
  }
  if (array.job_id !== undefined && array.job_id !== arrayJobId) {
    throw new UserError('job-is-twin', `the tasks of this job are those of job ${array.job_id}, which has them`, {
      hint: `take this one away: scancel ${arrayJobId}`,
    });
  }
  const {workspace, experiment_root: experimentRoot} = submission;
  return {
    submission,
    array,
    element: options.element,
    tasks,
    profile: submission.profile,
    layout: createLayout({workspace, experimentRoot: experimentRoot ?? undefined}),
    arrayJobId,
    restartCount: Number(env['SLURM_RESTART_COUNT'] ?? 0),
  };
}
