import {errorMessage} from '../../core/errors.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {judgeArray, listOutcomes} from '../../slurm/state/failure-signatures.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {readElementRecords, writeStopped} from '../../slurm/submission/element-file.ts';
import type {Caller} from '../caller.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Cancels the pending elements of this array when all that ran failed with the same signature, with a record why: a
 * model that cannot be loaded would otherwise cost every element its place in the queue. Where one node fails, the rest
 * is kept off it. What cannot be done here is only reported; this element has ended anyway.
 */
export async function cancelDoomedElements(job: ElementJob, caller: Caller): Promise<void> {
  const {layout, submission, arrayJobId} = job;
  try {
    const verdict = judgeArray(listOutcomes(await readElementRecords(layout, submission.grid_id, arrayJobId)));
    if (verdict?.kind === 'stop') await cancelPendingElements(job, verdict.cause, caller);
    if (verdict?.kind === 'leave-node') await excludeNode(job, verdict, caller);
  } catch (error) {
    caller.onNotice(`the pending elements of this array are left as they are: ${errorMessage(error)}`);
  }
}

async function cancelPendingElements(
  {layout, submission, arrayJobId, element}: ElementJob,
  cause: string,
  caller: Caller,
): Promise<void> {
  // Before it is done, so that nobody wonders who did it; and only one element does it.
  const isFirst = await writeStopped(layout, submission.grid_id, {
    schema: 'mac.slurm-stopped/1',
    job_id: arrayJobId,
    stopped_at: jsonTimestamp(caller.clock.now()),
    by_element: element,
    cause,
  });
  if (!isFirst) return;
  caller.onNotice(`stopping the pending elements of job ${arrayJobId}: ${cause}`);
  const {exitCode, stderr} = await createSlurmClient(caller.env)('scancel', ['--state=PENDING', arrayJobId]);
  if (exitCode !== 0) caller.onNotice(`scancel: ${stderr.trim()}`);
}

/** Keeps pending elements off a node, until the next `mac resume`, which looks at the nodes again. */
async function excludeNode(
  {submission, arrayJobId}: ElementJob,
  {node, cause}: {readonly node: string; readonly cause: string},
  caller: Caller,
): Promise<void> {
  const {exclude} = submission.profile;
  const excluded = [...new Set([...(Array.isArray(exclude) ? (exclude as string[]) : []), node])].join(',');
  caller.onNotice(`keeping the pending elements of job ${arrayJobId} off node ${node}: ${cause}`);
  const update = ['update', `JobId=${arrayJobId}`, `ExcNodeList=${excluded}`];
  const {exitCode, stdout, stderr} = await createSlurmClient(caller.env)('scontrol', update);
  // It complains of elements that run, and does it for those that wait.
  const said = `${stdout}\n${stderr}`;
  if (exitCode !== 0 && !/No error|no longer pending/.test(said)) caller.onNotice(`scontrol: ${said.trim()}`);
}
