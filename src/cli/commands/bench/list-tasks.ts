import type {Command} from 'commander';

import {findTasks, readSuites} from '../../../runs/bench/list-tasks.ts';
import type {RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {benchGroup, SUITE_HELP} from './bench-group.ts';

interface ListTasksOptions {
  readonly bench?: string;
  readonly root?: string;
  readonly json?: boolean;
}

export function declareListTasks(program: Command, run: RunAction): void {
  benchGroup(program)
    .command('list-tasks')
    .description('List the tasks that a matrix can name, one a line')
    .option('--bench <suites>', SUITE_HELP)
    .option('--root <folder>', 'folder of LLM4AD tasks, with or without index.json')
    .option('--json', 'print them as JSON, with the reason where one cannot be used here')
    .action((options: ListTasksOptions) => run(io => listTasksCommand(options, io)));
}

/** Runs `mac bench list-tasks`. */
export async function listTasksCommand(
  {bench, root, json}: ListTasksOptions,
  {stdout, stderr, cwd}: CommandIo,
): Promise<ExitCode> {
  const suites = readSuites(bench);
  const tasks = await findTasks(suites, root, cwd);
  if (json === true) stdout.write(`${JSON.stringify({schema: 'mac.bench-tasks/1', tasks}, null, 2)}\n`);
  else for (const {id} of tasks) stdout.write(`${id}\n`);
  for (const {name} of suites) {
    if (!tasks.some(({suite}) => suite === name))
      stderr.write(`note: ${name} has no tasks here (--root names a folder)\n`);
  }
  return 0;
}
