import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {errorMessage} from '../../core/errors.ts';
import type {Caller} from '../caller.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Puts this element, and not its whole array, back into the queue. Slurm ends the running job for it, so that this is
 * the last thing a job does. A refusal is only reported: what is left can be resumed.
 */
export async function requeueElement({arrayJobId, element}: ElementJob, caller: Caller): Promise<void> {
  const id = `${arrayJobId}_${element}`;
  caller.onNotice(`work is left: asking Slurm to requeue ${id}`);
  try {
    const {exitCode, stderr, stdout} = await createSlurmClient(caller.env)('scontrol', ['requeue', id]);
    // Slurm ends this job's processes for the requeue, scontrol among them.
    if (exitCode === null && stderr.trim() === '') {
      caller.onNotice(`no answer to the request to requeue ${id}: this job is being ended, as for a requeue`);
    } else if (exitCode !== 0) {
      const reason = stderr.trim() || stdout.trim() || `scontrol ended with exit code ${exitCode ?? 'unknown'}`;
      caller.onNotice(`Slurm does not requeue ${id}: ${reason}; mac resume will`);
    }
  } catch (error) {
    caller.onNotice(`${errorMessage(error)}; mac resume will run what is left`);
  }
}
