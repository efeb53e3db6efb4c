import type {GuardOptions} from '../options/guard-options.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import type {ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import type {TaskRange} from '../options/task-list.ts';

export interface ExecuteOptions extends ProfileOptions, GuardOptions {
  readonly maxParallel?: number;
  readonly failFast?: boolean;
  readonly json?: boolean;
  readonly tasks?: readonly TaskRange[];
}

export interface RunOptions extends ExecuteOptions {
  readonly rep?: number;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly skipInvalid?: boolean;
}

/** `mac run CONFIG`: plans, checks everything, then runs the tasks here. */
export async function runCommand(configPath: string, options: RunOptions, io: CommandIo): Promise<ExitCode> {
  const {prepareFreshRun} = await import('../../runs/open/prepare-run.ts');
  const prepared = await prepareFreshRun(configPath, options, io);
  if ('exitCode' in prepared) return prepared.exitCode;
  const {executeLocally: executeHere} = await import('../../runs/here/execute-here.ts');
  return executeHere(prepared, options, io);
}
