import type {Command} from 'commander';

import {prepareRepair} from '../../runs/open/prepare-repair.ts';
import type {RunAction} from '../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../io.ts';
import {addExecuteOptions, addProfileOptions} from '../options/run-options.ts';
import {renderRepair, renderRepairJson} from '../render/render-repair.ts';
import type {ResumeOptions} from './resume.ts';

export function declareRepair(program: Command, run: RunAction): void {
  addProfileOptions(addExecuteOptions(program.command('repair <snapshot>')), {onlyOfServers: true})
    .description('Run the missing questions of all tasks of a grid snapshot, even if the grid manifest is lost')
    .option('--dry-run', 'list the missing questions; change nothing')
    .action((snapshot: string, options: ResumeOptions) => run(io => repairCommand(snapshot, options, io)));
}

/** Runs `mac repair SNAPSHOT`: runs the null questions of every task manifest that refers to a grid snapshot. */
export async function repairCommand(snapshot: string, options: ResumeOptions, io: CommandIo): Promise<ExitCode> {
  const prepared = await prepareRepair(snapshot, options, toCaller(io));
  if (options.dryRun === true || prepared.found.length === 0) {
    const render = options.json === true ? renderRepairJson : renderRepair;
    io.stdout.write(render(prepared));
    return 0;
  }
  const {executeHere} = await import('../execute-here.ts');
  return executeHere(prepared, options, io);
}
