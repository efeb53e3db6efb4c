import {availableParallelism} from 'node:os';

import type {PreparedTasks} from '../prepared-tasks.ts';

/** Trials that run at once on one machine unless a user asks for more: each is a process. */
const MOST_BY_DEFAULT = 64;

/** Number of trials that run at once as their file says, and what is to be said of it. */
export interface TrialParallelism {
  /** Undefined without trials. */
  readonly limit: number | undefined;
  readonly note: string | undefined;
}

/**
 * Returns how many trials run at once. A file that asks for all of them gets that, up to a number that no machine
 * suffers from; above the number of processors it is noted.
 *
 * @param processors of this machine.
 */
export function limitTrials(
  {trialPlans, tasks}: Pick<PreparedTasks, 'trialPlans'> & {readonly tasks: {readonly length: number}},
  processors: number = availableParallelism(),
): TrialParallelism {
  const [plan] = trialPlans;
  if (!plan) return {limit: undefined, note: undefined};
  const {maxParallel} = plan.policy;
  if (maxParallel !== 'all') return {limit: maxParallel, note: undefined};
  const most = Math.max(MOST_BY_DEFAULT, processors);
  const limit = Math.max(1, Math.min(tasks.length, most));
  if (limit <= processors) return {limit, note: undefined};
  const few = tasks.length > most ? ` of ${tasks.length}` : '';
  return {
    limit,
    note: `note: ${limit}${few} trials run at once on ${processors} processors (--max-parallel, in mac suite -p, bounds them)`,
  };
}
