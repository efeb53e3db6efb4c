import type {RunGuards} from '../execute/guards/run-guards.ts';
import type {SubmittedGuards} from '../slurm/submission/submission-file.ts';

/** Limits that keep a run from going on in vain, as a user asks for them. */
export interface GuardOptions {
  readonly canary?: number;
  readonly failAfter?: number;
  /** Milliseconds. */
  readonly waitForServer?: number;
}

/** Returns the guards as an executor takes them. */
export function parseGuards({canary, failAfter: limit, waitForServer}: GuardOptions): RunGuards {
  return {canary, failAfter: limit, waitForServerMs: waitForServer};
}

/** Returns the guards as a submission keeps them for its jobs; undefined when none was given. */
export function toSubmittedGuards(options: GuardOptions): SubmittedGuards | undefined {
  const {canary, failAfter: limit, waitForServer} = options;
  if (canary === undefined && limit === undefined && waitForServer === undefined) return undefined;
  return {
    ...(canary === undefined ? {} : {canary}),
    ...(limit === undefined ? {} : {fail_after: limit}),
    ...(waitForServer === undefined ? {} : {wait_for_server_seconds: waitForServer / 1000}),
  };
}

/** Returns the guards that a submission kept for its jobs. */
export function readSubmittedGuards(guards: SubmittedGuards | undefined): RunGuards {
  const seconds = guards?.wait_for_server_seconds;
  return {
    canary: guards?.canary,
    failAfter: guards?.fail_after,
    waitForServerMs: seconds === undefined ? undefined : seconds * 1000,
  };
}
