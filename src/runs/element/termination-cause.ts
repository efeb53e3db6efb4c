import {readFile} from 'node:fs/promises';

import {findCauseInLog, type FailureCause} from '../../slurm/state/failure-cause.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Reads why Slurm told the job to end: slurmstepd writes it to the job's output just before the signal. (Asking the
 * controller does not help: the job is only "completing" to it by then.)
 */
export async function readTerminationCause({
  layout,
  submission,
  arrayJobId,
  element,
}: ElementJob): Promise<FailureCause | undefined> {
  const path = layout.slurm(submission.grid_id).log(arrayJobId, element);
  const text = await readFile(path, 'utf8').catch(() => '');
  // The log of a requeued job goes on after that of its first run.
  const last = [...text.matchAll(/slurmstepd-\S+: error: \*\*\* (?:JOB|STEP) \S+ ON \S+ .* \*\*\*/g)].at(-1)?.[0];
  return last === undefined ? undefined : findCauseInLog(last);
}
