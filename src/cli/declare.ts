import type {Command} from 'commander';

import type {CommandIo, ExitCode} from './io.ts';

/** Runs the work of the command that was given, and keeps its exit code. */
export type RunAction = (work: (io: CommandIo) => Promise<ExitCode>) => Promise<void>;

/** Adds one command, with its arguments, options and action, to the program. */
export type DeclareCommand = (program: Command, run: RunAction) => void;

/** Help for the argument that selects a grid; default: the newest. */
export const GRID_HELP = 'grid: its id, config or experiment, or the beginning of one; default: "latest"';

/** Returns the command that holds related ones, such as `mac data`; several files declare into it. */
export function commandGroup(parent: Command, name: string, description: string): Command {
  return parent.commands.find(each => each.name() === name) ?? parent.command(name).description(description);
}
