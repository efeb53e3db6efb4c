import {UserError} from '../../core/errors.ts';
import type {Round} from '../metrics/discussion/discussion.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** Returns the rounds of the longest task; 1 where nothing is known. */
export function mostRounds(tasks: Iterable<KnownTask>): number {
  let most = 1;
  for (const {config} of tasks) most = Math.max(most, config.conversation_config.max_rounds);
  return most;
}

/** @throws UserError `round-unknown` when no task has the round: the last one must not be shown in its place. */
export function refuseUnknownRound(round: Round, tasks: Iterable<KnownTask>): void {
  const most = mostRounds(tasks);
  if (round === 'last' || round < most) return;
  throw new UserError('round-unknown', `no task has a round ${round}`, {
    hint: most === 1 ? 'there is only round 0' : `there are rounds 0–${most - 1}, and last`,
  });
}
