import type {Clock} from '../../core/clock.ts';
import type {Layout} from '../../record/layout.ts';
import {askQueueIfAny} from '../../slurm/cluster/ask-slurm.ts';
import type {RunSlurm} from '../../slurm/cluster/client.ts';
import type {Placement} from '../../slurm/submission/placements.ts';
import {classifyState} from '../../slurm/cluster/job-states.ts';
import {readElementRecord} from '../../slurm/submission/element-file.ts';

export interface JobEndOptions {
  readonly layout: Layout;
  readonly gridId: string;
  readonly placement: Placement;
  readonly run: RunSlurm;
  readonly clock: Clock;
}

/** Clusters ban those who ask all the time. */
const POLL_MS = {first: 5_000, longest: 60_000, growth: 1.5};

/**
 * Tells whether an element of an array has ended for good. What it wrote of itself is looked at every time; Slurm is
 * asked now and then, for a job that was killed could write nothing, and one that was requeued will go on.
 */
export function watchJobEnd({layout, gridId, placement, run, clock}: JobEndOptions): () => Promise<boolean> {
  const {array, element} = placement;
  let pauseMs = POLL_MS.first;
  let nextAskMs = clock.monotonic();
  return async () => {
    const record = await readElementRecord(layout.slurm(gridId).element(array.job_id ?? '', element));
    const attempt = record?.attempts.at(-1);
    const saysEnded = attempt?.ended_at !== undefined;
    if (saysEnded && attempt.cause === 'done') return true;
    if (clock.monotonic() < nextAskMs) return false;
    const queue = await askQueueIfAny(run, [array.name]);
    nextAskMs = clock.monotonic() + pauseMs;
    pauseMs = Math.min(POLL_MS.longest, pauseMs * POLL_MS.growth);
    if (queue.kind === 'unavailable') return saysEnded;
    if (queue.cutShort.has(array.name)) return false;
    const row = queue.rows.find(each => each.jobId === array.job_id && each.element === element);
    return row === undefined || classifyState(row.state) === 'ended';
  };
}
