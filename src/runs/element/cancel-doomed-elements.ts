import {errorMessage} from '../../core/errors.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {judgeArray, listOutcomes} from '../../slurm/state/failure-signatures.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {readElementRecords, writeStopped} from '../../slurm/submission/element-file.ts';
import type {CommandIo} from '../../cli/io.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Spares the pending rest of this array what its elements die of. Where all die alike the rest is taken off Slurm, with
 * a record why: a model that cannot be loaded would otherwise cost every element its place in the queue. Where one node
 * fails, the rest is kept off it. What cannot be done here is only reported; this element has ended anyway.
 */
export async function cancelDoomedElements(job: ElementJob, io: CommandIo): Promise<void> {
  const {layout, submission, arrayJobId} = job;
  try {
    const verdict = judgeArray(listOutcomes(await readElementRecords(layout, submission.grid_id, arrayJobId)));
    if (verdict?.kind === 'stop') await cancelPendingElements(job, verdict.cause, io);
    if (verdict?.kind === 'leave-node') await excludeNode(job, verdict, io);
  } catch (error) {
    io.stderr.write(`the pending elements of this array are left as they are: ${errorMessage(error)}\n`);
  }
}

async function cancelPendingElements(
  {layout, submission, arrayJobId, element}: ElementJob,
  cause: string,
  io: CommandIo,
): Promise<void> {
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
}

/** Until the next `mac resume`, which looks at the nodes anew. */
async function excludeNode(
  {submission, arrayJobId}: ElementJob,
  {node, cause}: {readonly node: string; readonly cause: string},
  io: CommandIo,
): Promise<void> {
  const {exclude} = submission.profile;
  const excluded = [...new Set([...(Array.isArray(exclude) ? (exclude as string[]) : []), node])].join(',');
  io.stderr.write(`keeping the pending elements of job ${arrayJobId} off node ${node}: ${cause}\n`);
  const update = ['update', `JobId=${arrayJobId}`, `ExcNodeList=${excluded}`];
  const {exitCode, stdout, stderr} = await createSlurmClient(io.env)('scontrol', update);
  // It complains of elements that run, and does it for those that wait.
  const said = `${stdout}\n${stderr}`;
  if (exitCode !== 0 && !/No error|no longer pending/.test(said)) io.stderr.write(`scontrol: ${said.trim()}\n`);
}
