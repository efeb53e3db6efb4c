import type {CommandIo, ExitCode} from '../io.ts';
import {prepareRepair, renderRepair, renderRepairJson} from '../../runs/open/prepare-repair.ts';
import type {ResumeOptions} from './resume.ts';

/** `mac repair SNAPSHOT`: runs the null questions of every task manifest that refers to a grid snapshot. */
export async function repairCommand(snapshot: string, options: ResumeOptions, io: CommandIo): Promise<ExitCode> {
  const prepared = await prepareRepair(snapshot, options, io);
  if (options.dryRun === true || prepared.found.length === 0) {
    const render = options.json === true ? renderRepairJson : renderRepair;
    io.stdout.write(render(prepared));
    return 0;
  }
  const {executeLocally: executeHere} = await import('../../runs/here/execute-here.ts');
  return executeHere(prepared, options, io);
}
