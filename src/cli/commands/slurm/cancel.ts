import type {Command} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {findActiveRuns} from '../../../record/sets/find-runs.ts';
import {type CancelledGrid, cancelGrids} from '../../../runs/slurm/cancel-grids.ts';
import type {TaskRange} from '../../../runs/task-ranges.ts';
import type {RunAction} from '../../declare.ts';
import {type CommandIo, type ExitCode, openLayout, toCaller} from '../../io.ts';
import {taskList} from '../../options/arguments.ts';

export interface CancelOptions {
  readonly tasks?: readonly TaskRange[];
  readonly json?: boolean;
}

function describeCancelled(grid: CancelledGrid): string {
  if (!grid.submitted) return describeLocal(grid);
  const {jobs, tasks, arrays_withdrawn: withdrawn, after_all: after} = grid;
  const parts = [
    jobs.length === 0 ? 'no jobs' : `jobs ${jobs.join(' ')}`,
    ...(withdrawn === 0 ? [] : [`${withdrawn} arrays that were not yet submitted`]),
    ...(after.length === 0 ? [] : [`the job after all: ${after.join(' ')}`]),
  ];
  if (jobs.length + withdrawn + after.length === 0) return 'nothing of it is queued or running on Slurm';
  return `cancelled ${tasks} tasks (${parts.join(', ')})`;
}

function describeLocal({executors}: CancelledGrid): string {
  const nothing = 'nothing of it was submitted to Slurm';
  if (executors.length === 0) return `${nothing}, and nothing runs it`;
  const stops = executors.map(({pid, host}) => `kill ${pid} on ${host}`);
  return `${nothing}; it runs outside of it, and this stops it: ${stops.join(', ')}`;
}

export function declareCancel(program: Command, run: RunAction): void {
  program
    .command('cancel <grid>')
    .description('Cancel the Slurm jobs of a grid; what they have recorded stays')
    .option('--tasks <list>', 'cancel only the jobs of these tasks, e.g. 3,7-12', taskList)
    .option('--json', 'print what was cancelled as JSON')
    .action((grid: string, options: CancelOptions) => run(io => cancelCommand(grid, options, io)));
}

/** Runs `mac cancel GRID`: cancels jobs; their records stay, and `mac resume` submits the tasks again. */
export async function cancelCommand(selector: string, options: CancelOptions, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
  const runs = await findActiveRuns(layout, selector).catch((error: unknown) => {
    if (!(error instanceof UserError) || error.code !== 'grid-finished') throw error;
    (options.json === true ? io.stderr : io.stdout).write(`nothing to cancel: ${error.message}\n`);
    return [];
  });
  const cancelled = await cancelGrids(runs, {layout, tasks: options.tasks, caller: toCaller(io)});
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({schema: 'mac.cancel/1', grids: cancelled}, null, 2)}\n`);
    return 0;
  }
  for (const each of cancelled) io.stdout.write(`${each.grid_id}: ${describeCancelled(each)}\n`);
  if (cancelled.some(({jobs}) => jobs.length > 0))
    io.stdout.write('what they had done is kept; mac resume submits the rest again\n');
  return 0;
}
