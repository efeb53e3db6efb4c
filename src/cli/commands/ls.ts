import type {Command} from 'commander';

import {describeOutcomes} from '../../core/conversation-outcome.ts';
import {describeUnreadable} from '../../record/grid/active-runs.ts';
import {type GridLine, listGrids} from '../../runs/list-grids.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {formatTable} from '../render/format.ts';

export function declareLs(program: Command, run: RunAction): void {
  program
    .command('ls')
    .description('List the grids with their progress, newest last')
    .option('--json', 'print the grids as JSON')
    .action((options: {json?: boolean}) => run(io => lsCommand(options, io)));
}

/** Runs `mac ls`: lists the grids of the workspace with their progress, oldest first. */
export async function lsCommand(options: {readonly json?: boolean}, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
  const grids = await listGrids(layout, createSlurmClient(io.env), gridId =>
    io.stderr.write(`warning: ${describeUnreadable(layout, gridId)}\n`),
  );
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({schema: 'mac.ls/1', grids}, null, 2)}\n`);
  } else if (grids.length === 0) {
    io.stdout.write('no grids yet: mac run CONFIG starts one\n');
  } else {
    io.stdout.write(renderLines(grids));
  }
  return 0;
}

function renderTasks({tasks: {total, succeeded, started, skipped}, questions}: GridLine): string {
  const notes = [
    started > 0 ? `${started} begun` : '',
    skipped > 0 ? `${skipped} invalid, left out` : '',
    describeOutcomes(questions?.outcomes ?? {}),
  ].filter(Boolean);
  return `${succeeded}/${total}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function renderLines(lines: readonly GridLine[]): string {
  const onSlurm = lines.some(({slurm}) => slurm !== null);
  return formatTable([
    ['grid', 'state', 'tasks', 'rep', ...(onSlurm ? ['on Slurm'] : []), 'config'],
    ...lines.map(line => [
      line.grid_id,
      line.state,
      renderTasks(line),
      `${line.repetition}/${line.repetitions}`,
      ...(onSlurm ? [describeJobs(line.slurm)] : []),
      line.config,
    ]),
  ]);
}

function describeJobs(jobs: GridLine['slurm']): string {
  if (jobs === null) return '';
  if (jobs === 'unknown') return 'no answer';
  const {running, pending} = jobs;
  const parts = [...(running > 0 ? [`${running} running`] : []), ...(pending > 0 ? [`${pending} pending`] : [])];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
