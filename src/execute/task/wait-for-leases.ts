import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {isSurelyAlive, type ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import type {Layout} from '../../record/layout.ts';
import {describeHolder, peekLease, type Holding} from '../../record/lease/peek-lease.ts';
import {leaseLocation} from './open-task.ts';
import type {PackTask} from '../pack-task.ts';

export interface WaitForLeasesOptions {
  readonly tasks: readonly PackTask[];
  readonly layout: Layout;
  readonly clock: Clock;
  /** Returns whether a holder is an earlier attempt at the same work, which must be about to end. */
  readonly isEarlierAttempt: (holder: ExecutorIdentity) => boolean;
  readonly patienceMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly onNews: (text: string) => void;
}

const POLL_MS = 1_000;

/**
 * Waits for tasks whose executor may be dead: the lease of a holder that cannot be checked, such as one on a node that
 * failed, goes stale only half a minute after its last sign of life. Tasks that are surely held are not waited for.
 *
 * @returns the holders of the tasks that are still held; empty when all are free.
 */
export async function waitForLeases(options: WaitForLeasesOptions): Promise<ReadonlyMap<PackTask, Holding>> {
  const {tasks, layout, clock, patienceMs, signal, isEarlierAttempt: isOurEarlier, onNews} = options;
  const startMs = clock.monotonic();
  let isAnnounced = false;
  for (;;) {
    const held = await findHeld(tasks, layout);
    const [[task, first] = []] = held;
    const isWorthWaiting = [...held.values()].some(
      ({holder}) => holder === null || isOurEarlier(holder) || !isSurelyAlive(holder),
    );
    if (!task || !first || !isWorthWaiting || signal.aborted || clock.monotonic() - startMs >= patienceMs) return held;
    if (!isAnnounced) {
      onNews(`waiting up to ${patienceMs / 1000} s for task ${task.index ?? ''}, which ${describeHolder(first)} had`);
      isAnnounced = true;
    }
    await sleepUnlessAborted(clock, POLL_MS, signal);
  }
}

/** Finds who holds which of some tasks without claiming them, before something costly is begun for them. */
export async function findHeld(tasks: readonly PackTask[], layout: Layout): Promise<ReadonlyMap<PackTask, Holding>> {
  const held = new Map<PackTask, Holding>();
  for (const task of tasks) {
    const holding = await peekLease(leaseLocation(task, layout));
    if (holding) held.set(task, holding);
  }
  return held;
}
