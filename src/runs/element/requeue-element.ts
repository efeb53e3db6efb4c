import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {errorMessage} from '../../core/errors.ts';
import type {CommandIo} from '../../cli/io.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Puts this element, and not its whole array, back into the queue. Slurm ends the running job for it, so that this is
 * the last thing a job does. A refusal is only reported: what is left can be resumed.
 */
export async function requeueElement({arrayJobId, element}: ElementJob, io: CommandIo): Promise<void> {
  const id = `${arrayJobId}_${element}`;
  io.stderr.write(`work is left: asking Slurm to requeue ${id}\n`);
  try {
    const {exitCode, stderr, stdout} = await createSlurmClient(io.env)('scontrol', ['requeue', id]);
    // Slurm ends this job's processes for the requeue, scontrol among them.
    if (exitCode === null && stderr.trim() === '') {
      io.stderr.write(`no answer to the request to requeue ${id}: this job is being ended, as for a requeue\n`);
    } else if (exitCode !== 0) {
      const reason = stderr.trim() || stdout.trim() || `scontrol ended with exit code ${exitCode ?? 'unknown'}`;
      io.stderr.write(`Slurm does not requeue ${id}: ${reason}; mac resume will\n`);
    }
  } catch (error) {
    io.stderr.write(`${errorMessage(error)}; mac resume will run what is left\n`);
  }
}
