import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import {acquireLease, type Lease, type LeaseClaim} from '../../record/lease/lease.ts';
import {describeHolder, peekLease} from '../../record/lease/peek-lease.ts';
import {hasSubmissions} from '../submission/submission-file.ts';

/** The name of the lease. */
const SUBMIT = 'submit';

/** Longest wait for another process's submission. */
const WAIT_MS = 120_000;

/**
 * Runs `work` as the only process that submits, resumes or cancels for a grid run, after waiting for its turn.
 *
 * @throws UserError `submit-busy` when it lasts.
 */
export async function withSubmitLease<T>(
  options: {
    readonly layout: Layout;
    readonly gridId: string;
    readonly clock: Clock;
    readonly onWait: (message: string) => void;
    readonly waitMs?: number;
  },
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const {layout, gridId, clock, waitMs = WAIT_MS} = options;
  const endMs = clock.monotonic() + waitMs;
  let hasNoted = false;
  for (;;) {
    const claim = await tryAcquireSubmitLease(layout, gridId, clock);
    if (claim.kind === 'acquired') return await work(claim.lease).finally(() => claim.lease.release());
    const holder = describeHolder(claim);
    if (clock.monotonic() >= endMs) {
      throw new UserError('submit-busy', `${gridId} is being submitted or cancelled by another mac: ${holder}`, {
        hint: 'wait for it, or end it if it hangs; then try again',
      });
    }
    if (!hasNoted) options.onWait(`${gridId}: waiting for another mac that is submitting it (${holder})`);
    hasNoted = true;
    await clock.sleep(500);
  }
}

/** Tries once to acquire the submit lease. */
export async function tryAcquireSubmitLease(layout: Layout, gridId: string, clock: Clock): Promise<LeaseClaim> {
  return await acquireLease({directory: layout.slurm(gridId).leases, name: SUBMIT, clock});
}

/**
 * Returns whether a grid run has to do with Slurm: it was meant for it, or was submitted later, or is being submitted
 * now. Of others nothing has to be asked of Slurm, and nothing written for it.
 */
export async function belongsToSlurm(
  layout: Layout,
  {grid_id: id, submitted_to: to}: Pick<GridRun, 'grid_id' | 'submitted_to'>,
): Promise<boolean> {
  return to === 'slurm' || (await hasSubmissions(layout, id)) || (await isBeingSubmitted(layout, id));
}

/** Returns whether a process submits, resumes or cancels for a grid run now; false if nothing can be written. */
export async function isBeingSubmitted(layout: Layout, gridId: string): Promise<boolean> {
  return (await peekLease({directory: layout.slurm(gridId).leases, name: SUBMIT}).catch(() => null)) !== null;
}
