import type {Command} from 'commander';

import {positive} from './arguments.ts';
import {addGuardOptions} from './guard-options.ts';

/** Adds the options of commands that run tasks on this machine. */
export function addExecuteOptions(command: Command): Command {
  return addGuardOptions(command)
    .option('--max-parallel <tasks>', 'keep at most this many tasks open at once', positive)
    .option('--fail-fast', 'stop at the first question that fails')
    .option('--json', 'print the outcome as JSON');
}
