import type {Command} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {commandGroup} from '../../declare.ts';

/** Help of `--bench`. */
export const SUITE_HELP = 'only these suites, separated by commas';

/** Returns the command that holds those of benchmark matrices. */
export function benchGroup(program: Command): Command {
  return commandGroup(program, 'bench', 'Work with benchmark matrices');
}

/**
 * Returns the file that a command of a matrix names, as an argument or by `--config`.
 *
 * @throws UserError `bench-usage`.
 */
export function requireFile(command: string, argument: string | undefined, option: string | undefined): string {
  const file = argument ?? option;
  if (file !== undefined && (argument === undefined || option === undefined)) return file;
  throw new UserError('bench-usage', `mac bench ${command} needs one file${file === undefined ? '' : ', not two'}`, {
    hint: `mac bench ${command} FILE, or --config FILE`,
  });
}
