import type {Command} from 'commander';

import {describeValue} from '../../../config/problem.ts';
import {count} from '../../../core/text/amounts.ts';
import {diffRuns, type JobScore, type RunDiff} from '../../../runs/bench/diff-runs.ts';
import {findRun} from '../../../runs/bench/find-runs.ts';
import type {RunAction} from '../../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../../io.ts';
import {formatTable} from '../../render/format.ts';
import {benchGroup} from './bench-group.ts';

interface DiffOptions {
  readonly runsDir?: string;
  readonly json?: boolean;
}

export function declareDiff(program: Command, run: RunAction): void {
  benchGroup(program)
    .command('diff <run> <other>')
    .description('Show in what two runs of a matrix differ, and the scores of their jobs side by side')
    .option('--runs-dir <folder>', 'folder of runs (default: runs)')
    .option('--json', 'print it as JSON')
    .action((before: string, after: string, options: DiffOptions) =>
      run(io => diffCommand([before, after], options, io)),
    );
}

/** Runs `mac bench diff`. */
export async function diffCommand(
  [before, after]: readonly [string, string],
  {runsDir, json}: DiffOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const place = {cwd: io.cwd, layout: openLayout(io), runsDir};
  const [first, second] = [await findRun(before, place), await findRun(after, place)];
  const diff = await diffRuns(first, second);
  const runs = {before: first.manifest.run_id, after: second.manifest.run_id};
  if (json === true) io.stdout.write(`${JSON.stringify({schema: 'mac.bench-diff/1', ...runs, ...diff}, null, 2)}\n`);
  else io.stdout.write(renderDiff(diff));
  return 0;
}

function renderDiff({differences, jobs, mean_difference, same_llm}: RunDiff): string {
  const lines = [
    differences.length === 0 ? 'the same config\n' : '',
    ...differences.map(({path, before, after}) => `${path}: ${describeValue(before)} → ${describeValue(after)}\n`),
    differences.length > 0 && !same_llm && differences.every(({path}) => path.startsWith('llm.'))
      ? 'nothing but the model differs\n'
      : '',
    '\n',
    formatTable([
      ['task', 'trainer', 'variant', 'seed', 'before', 'after', 'difference'],
      ...jobs.map(({task_id, trainer_id, variant, seed, before, after, difference}) => [
        task_id,
        trainer_id,
        String(variant),
        String(seed),
        renderScore(before),
        renderScore(after),
        difference === null ? '' : signed(difference),
      ]),
    ]),
  ];
  const both = jobs.filter(({difference}) => difference !== null).length;
  const mean = mean_difference === null ? '' : `, mean difference ${signed(mean_difference)}`;
  return `${lines.join('')}${count(both, 'job')} with a score in both${mean}\n`;
}

function renderScore(score: JobScore | null): string {
  if (!score) return '–';
  return score.score_val === null ? score.status : round(score.score_val);
}

function signed(value: number): string {
  return value > 0 ? `+${round(value)}` : round(value);
}

function round(value: number): string {
  return String(Number(value.toPrecision(6)));
}
