import type {Command} from 'commander';

import {SUITES} from '../../../optimize/catalog/tasks.ts';
import {TRAINERS} from '../../../optimize/catalog/trainers.ts';
import {type BenchDetails, readDetails} from '../../../plan/bench/details.ts';
import {suiteName} from '../../../plan/bench/jobs.ts';
import {findTasks} from '../../../runs/bench/list-tasks.ts';
import {openMatrix} from '../../../runs/bench/open-matrix.ts';
import type {RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {formatTable} from '../../render/format.ts';
import {benchGroup} from './bench-group.ts';

interface CoverageOptions {
  readonly root?: string;
  readonly json?: boolean;
}

/** A suite, and what can be done of it here. */
interface SuiteCoverage {
  readonly suite: string;
  readonly tasks: number;
  readonly available: number;
  /** Tasks of it that a file names; null without a file. */
  readonly in_file: number | null;
  readonly reason: string | null;
}

export function declareCoverage(program: Command, run: RunAction): void {
  benchGroup(program)
    .command('coverage [file]')
    .description('Show of every suite how many tasks can run here, and how many of them a matrix has')
    .option('--root <folder>', 'folder of LLM4AD tasks')
    .option('--json', 'print it as JSON')
    .action((file: string | undefined, options: CoverageOptions) => run(io => coverageCommand(file, options, io)));
}

/** Runs `mac bench coverage`. */
export async function coverageCommand(
  file: string | undefined,
  {root, json}: CoverageOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const details = file === undefined ? null : readDetails((await openMatrix(file, {root}, io)).plan.details);
  const suites = await Promise.all(SUITES.map(suite => coverSuite(suite, root ?? details?.matrix.root, details, io)));
  const external = details?.matrix.tasks.filter(({command}) => command) ?? [];
  const known = TRAINERS.map(({id, availability}) => ({
    trainer: id,
    available: availability.available,
    in_file: details ? details.matrix.trainers.filter(trainer => trainer.id === id).length : null,
  }));
  if (json === true) {
    const report = {schema: 'mac.bench-coverage/1', suites, external_tasks: external.length, trainers: known};
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return 0;
  }
  const shown = (count: number | null): string => (count === null ? '' : String(count));
  io.stdout.write(
    formatTable([
      ['suite', 'tasks', 'can run', ...(details ? ['in the file'] : []), ''],
      ...suites.map(({suite, tasks, available, in_file, reason}) => [
        suite,
        String(tasks),
        String(available),
        ...(details ? [shown(in_file)] : []),
        reason ?? '',
      ]),
    ]),
  );
  if (external.length > 0) io.stdout.write(`and ${external.length} tasks that are commands\n`);
  const usable = known.filter(({available}) => available).length;
  io.stdout.write(`trainers: ${usable} of ${known.length} can run (mac bench list-trainers --all)\n`);
  return 0;
}

async function coverSuite(
  suite: (typeof SUITES)[number],
  root: string | undefined,
  details: BenchDetails | null,
  {cwd}: CommandIo,
): Promise<SuiteCoverage> {
  const tasks = await findTasks([suite], root, cwd);
  const inFile = details?.matrix.tasks.filter(task => !task.command && suiteName(task) === suite.name);
  const reason = suite.availability.available
    ? suite.tasks === 'folder' && tasks.length === 0
      ? 'no folder of tasks here (--root)'
      : null
    : suite.availability.reason;
  return {
    suite: suite.name,
    tasks: tasks.length,
    available: tasks.filter(({availability}) => availability.available).length,
    in_file: inFile?.length ?? null,
    reason,
  };
}
