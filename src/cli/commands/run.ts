import type {Command} from 'commander';

import type {ExecuteRequest, RunRequest} from '../../runs/request.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {positive, taskList} from '../options/arguments.ts';
import {addExecuteOptions} from '../options/guard-options.ts';
import {addProfileOptions} from '../options/profile-options.ts';

export interface ExecuteOptions extends ExecuteRequest {
  readonly json?: boolean;
}

export interface RunOptions extends RunRequest {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function declareRun(program: Command, run: RunAction): void {
  addProfileOptions(addExecuteOptions(program.command('run <config>')), {onlyOfServers: true})
    .description('Run the tasks of a config on this machine')
    .option('--tasks <list>', 'run only these tasks, e.g. 3,7-12', taskList)
    .option('--rep <n>', 'repeat the grid n times', positive)
    .option('--limit <n>', 'ask only the first n questions of each task (recorded as such)', positive)
    .option('--dry-run', 'show what would run; write nothing')
    .option('--skip-invalid', 'run the valid tasks even if others are invalid')
    .action((config: string, options: RunOptions) => run(io => runCommand(config, options, io)));
}

/** `mac run CONFIG`: plans, checks everything, then runs the tasks here. */
export async function runCommand(configPath: string, options: RunOptions, io: CommandIo): Promise<ExitCode> {
  const {prepareFreshRun} = await import('../../runs/open/prepare-run.ts');
  const prepared = await prepareFreshRun(configPath, options, io);
  if ('exitCode' in prepared) return prepared.exitCode;
  const {executeLocally: executeHere} = await import('../../runs/here/execute-here.ts');
  return executeHere(prepared, options, io);
}
