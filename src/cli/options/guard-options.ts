import type {Command} from 'commander';

import type {RunGuards} from '../../execute/guards/run-guards.ts';
import type {SubmittedGuards} from '../../slurm/submission/submission-file.ts';
import {duration, failAfter, natural, positive} from './arguments.ts';

/** Options that `addGuardOptions` adds to a command. */
export interface GuardOptions {
  readonly canary?: number;
  readonly failAfter?: number;
  /** Milliseconds. */
  readonly waitForServer?: number;
}

/** Adds the options that keep a run from going on in vain. */
export function addGuardOptions(command: Command): Command {
  return command
    .option(
      '--canary <n>',
      'send the first n questions of each task first, and the rest only if one of them succeeds',
      natural,
    )
    .option(
      '--fail-after <n|share>',
      'stop after this many failed conversations, or this share of them, e.g. 20% or 0.2',
      failAfter,
    )
    .option(
      '--wait-for-server <time>',
      'wait this long for a server that is not there yet or is loading its model, e.g. 30m',
      duration,
    );
}

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

export function readSubmittedGuards(guards: SubmittedGuards | undefined): RunGuards {
  const seconds = guards?.wait_for_server_seconds;
  return {
    canary: guards?.canary,
    failAfter: guards?.fail_after,
    waitForServerMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

/** Adds the options of commands that run tasks on this machine. */
export function addExecuteOptions(command: Command): Command {
  return addGuardOptions(command)
    .option('--max-parallel <tasks>', 'keep at most this many tasks open at once', positive)
    .option('--fail-fast', 'stop at the first question that fails')
    .option('--json', 'print the outcome as JSON');
}
