import type {Clock} from '../../core/clock.ts';
import type {Random} from '../../core/random.ts';
import type {Layout} from '../../record/layout.ts';
import {backOff} from '../cluster/ask-slurm.ts';
import type {RunSlurm} from '../cluster/client.ts';
import {reconcile, type Reconciled} from './reconcile.ts';
import {cancelDuplicates} from './submit-arrays.ts';
import {readSubmissions, writeSubmission, type Submission} from '../submission/submission-file.ts';

/**
 * Reads the submissions of a grid run and clears up what crashes left: job ids that were lost are found and written
 * down, what never reached Slurm is marked. Only for the holder of the submit lease.
 *
 * @returns `silence`: why Slurm could not be asked; nothing may be submitted then.
 */
export async function settleSubmissions(
  context: {
    readonly layout: Layout;
    readonly run: RunSlurm;
    readonly clock: Clock;
    readonly random: Random;
    readonly patienceMs: number;
    readonly onNote: (message: string) => void;
  },
  gridId: string,
): Promise<{submissions: readonly Submission[]; highest: number; silence: string | undefined}> {
  const {layout, clock, patienceMs, onNote} = context;
  const read = await readSubmissions(layout, gridId);
  const endMs = clock.monotonic() + patienceMs;
  let reconciled: Reconciled;
  for (let attempt = 0; ; attempt++) {
    reconciled = await reconcile(context, read.submissions, {mayConclude: true});
    if (reconciled.unresolved === undefined || clock.monotonic() >= endMs) break;
    onNote(`Slurm does not answer (${reconciled.unresolved}); asking again`);
    await backOff(attempt, context);
  }
  for (const changed of reconciled.changed) {
    await writeSubmission(layout, changed);
    onNote(`submission ${changed.number} had broken off: ${describeChange(changed, read.submissions)}`);
  }
  await cancelDuplicates(context, reconciled.twins);
  return {submissions: reconciled.submissions, highest: read.highest, silence: reconciled.unresolved};
}

function describeChange(after: Submission, all: readonly Submission[]): string {
  const before = all.find(({number}) => number === after.number);
  const parts = after.arrays.flatMap((array, i) => {
    if (array === before?.arrays[i]) return [];
    return array.job_id === undefined
      ? [`array ${array.index} was not submitted`]
      : [`array ${array.index} is job ${array.job_id}`];
  });
  return parts.length === 0 ? 'the job after all arrays is settled' : parts.join(', ');
}
