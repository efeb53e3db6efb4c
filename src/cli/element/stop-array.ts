import {messageOf} from '../../core/errors.ts';
import {jsonTimestamp} from '../../record/timestamps.ts';
import {outcomesOf, shouldStopArray} from '../../slurm/alike.ts';
import {createSlurmClient} from '../../slurm/client.ts';
import {readElementRecords, writeStopped} from '../../slurm/submission-file.ts';
import type {CommandIo} from '../io.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Takes the pending rest of this array off Slurm when its elements all die alike, and records why: a model that cannot be loaded would otherwise cost
 * every element its place in the queue. What cannot be done here is only reported; this element has ended anyway.
 */
export async function stopArrayIfAlike(job: ElementJob, io: CommandIo): Promise<void> {
  const {layout, submission, arrayJobId, element} = job;
  try {
    const cause = shouldStopArray(outcomesOf(await readElementRecords(layout, submission.grid_id, arrayJobId)));
    if (cause === null) return;
    // Before it is done, so that nobody wonders who did it; and only one element does it.
    const isFirst = await writeStopped(layout, submission.grid_id, {
      schema: 'mac.slurm-stopped/1',
      job_id: arrayJobId,
      stopped_at: jsonTimestamp(io.clock.now()),
      by_element: element,
      cause,
    });
    if (!isFirst) return;
    io.stderr.write(`stopping the pending elements of job ${arrayJobId}: ${cause}\n`);
    const {exitCode, stderr} = await createSlurmClient(io.env)('scancel', ['--state=PENDING', arrayJobId]);
    if (exitCode !== 0) io.stderr.write(`scancel: ${stderr.trim()}\n`);
  } catch (error) {
    io.stderr.write(`the array could not be stopped: ${messageOf(error)}\n`);
  }
}
