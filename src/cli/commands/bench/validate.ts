import type {Command} from 'commander';

import {readSuites} from '../../../runs/bench/list-tasks.ts';
import {validateMatrix, type Validation} from '../../../runs/bench/validate-matrix.ts';
import type {RunAction} from '../../declare.ts';
import {toCaller, type CommandIo, type ExitCode} from '../../io.ts';
import {formatTable} from '../../render/format.ts';
import {benchGroup, requireFile, SUITE_HELP} from './bench-group.ts';
import {readOverrides} from './run.ts';

interface BenchValidateOptions {
  readonly config?: string;
  readonly strict?: boolean;
  readonly bench?: string;
  readonly root?: string;
  readonly runsDir?: string;
  readonly json?: boolean;
}

export function declareValidate(program: Command, run: RunAction): void {
  benchGroup(program)
    .command('validate [file]')
    .description('Check a matrix without running it: names, arguments, and that every task builds')
    .option('--config <file>', 'the matrix, instead of the argument')
    .option('--strict', 'also that every task can be trained; print the matrix and write its manifest')
    .option('--bench <suites>', SUITE_HELP)
    .option('--root <folder>', 'folder of LLM4AD tasks')
    .option('--runs-dir <folder>', 'folder for the manifest of --strict')
    .option('--json', 'print it as JSON')
    .action((file: string | undefined, options: BenchValidateOptions) =>
      run(io => validateCommand(requireFile('validate', file, options.config), options, io)),
    );
}

/** Runs `mac bench validate`; exit code 1 when something would fail. */
export async function validateCommand(
  file: string,
  {strict = false, bench, root, runsDir, json}: BenchValidateOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const overrides = readOverrides(
    {...(root === undefined ? {} : {root}), ...(runsDir === undefined ? {} : {runsDir})},
    io,
  );
  const suites = bench === undefined ? undefined : readSuites(bench);
  const validation = await validateMatrix(file, {strict, suites, overrides}, toCaller(io));
  io.stdout.write(json === true ? renderJson(validation) : render(validation, strict));
  return validation.parts.some(({tag}) => tag === 'FAIL') ? 1 : 0;
}

function render({parts, jobs, details, files}: Validation, strict: boolean): string {
  const lines = parts.map(({tag, text}) => `[${tag}] ${text}\n`);
  if (!strict) return lines.join('');
  const {tasks, trainers} = details.matrix;
  const names = (list: readonly {readonly id: string}[]): string => [...new Set(list.map(({id}) => id))].join(', ');
  const table = formatTable(
    jobs.map(({id, task, trainer, variant, seed}) => [
      `  ${id}`,
      task.id,
      trainer.id,
      `variant ${variant}`,
      `seed ${seed}`,
    ]),
  );
  return [
    ...lines,
    `tasks: ${names(tasks)}\n`,
    `trainers: ${names(trainers)}\n`,
    `matrix: ${jobs.length} jobs\n`,
    table,
    ...files.filter(({label}) => label === 'manifest').map(({path}) => `manifest: ${path}\n`),
  ].join('');
}

function renderJson({parts, jobs, details, files}: Validation): string {
  const report = {
    schema: 'mac.bench-validation/1',
    config_hash: details.config_hash,
    parts,
    jobs: jobs.map(({id, task, trainer, variant, seed}) => ({
      job_id: id,
      task_id: task.id,
      trainer_id: trainer.id,
      variant,
      seed,
    })),
    files,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
