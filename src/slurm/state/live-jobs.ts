import type {Layout} from '../../record/layout.ts';
import {askQueueIfAny} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {classifyState} from '../cluster/job-states.ts';
import {readSubmissions} from '../submission/submission-file.ts';

/** Returns the number of each grid run's jobs in the queue. */
export interface LiveJobs {
  /** Returns null for a run that was never submitted. */
  of(gridId: string): {readonly running: number; readonly pending: number} | 'unknown' | null;
}

/** Asks the queue once for all grid runs; not at all when none was submitted. */
export async function countLiveJobs(
  {layout, run}: {readonly layout: Layout; readonly run: RunSlurm},
  gridIds: readonly string[],
): Promise<LiveJobs> {
  const gridByName = new Map<string, string>();
  for (const gridId of gridIds) {
    const {submissions} = await readSubmissions(layout, gridId);
    for (const {arrays} of submissions) for (const {name} of arrays) gridByName.set(name, gridId);
  }
  const submitted = new Set(gridByName.values());
  const answer = await askQueueIfAny(run, [...gridByName.keys()]);
  const counts = new Map<string, {running: number; pending: number}>();
  for (const {name, state} of answer.kind === 'known' ? answer.rows : []) {
    const gridId = gridByName.get(name);
    const kind = classifyState(state);
    if (gridId === undefined || kind === 'ended') continue;
    const count = counts.get(gridId) ?? {running: 0, pending: 0};
    counts.set(gridId, count);
    if (kind === 'running') count.running++;
    else count.pending++;
  }
  return {
    of: gridId => {
      if (!submitted.has(gridId)) return null;
      return answer.kind === 'known' ? (counts.get(gridId) ?? {running: 0, pending: 0}) : 'unknown';
    },
  };
}
