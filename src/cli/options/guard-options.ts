import type {Command} from 'commander';

import {duration, failAfter, natural, positive} from './arguments.ts';

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

/** Adds the options of commands that run tasks on this machine. */
export function addExecuteOptions(command: Command): Command {
  return addGuardOptions(command)
    .option('--max-parallel <tasks>', 'keep at most this many tasks open at once', positive)
    .option('--fail-fast', 'stop at the first question that fails')
    .option('--json', 'print the outcome as JSON');
}
