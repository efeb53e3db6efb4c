import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Command} from 'commander';

import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {checkQuestionFile, type FileReport} from '../../questions/check-file.ts';
import type {QuestionProblem} from '../../questions/read.ts';
import {commandGroup, type RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';

export function declareDataCheck(program: Command, run: RunAction): void {
  commandGroup(program, 'data', 'Make and check question files')
    .command('check <files...>')
    .description('Validate question files line by line')
    .option('--json', 'print the problems as JSON')
    .action((files: string[], options: {json?: boolean}) => run(io => dataCheckCommand(files, options, io)));
}

/** Runs `mac data check FILE…`: prints everything odd with its line; exit 1 when a file cannot be run. */
export async function dataCheckCommand(
  files: readonly string[],
  options: {readonly json?: boolean},
  io: CommandIo,
): Promise<ExitCode> {
  const reports: FileReport[] = [];
  for (const file of files) reports.push(checkQuestionFile(file, await readOrExplain(resolve(io.cwd, file))));
  if (options.json) io.stdout.write(`${JSON.stringify({schema: 'mac.data-check/1', files: reports}, null, 2)}\n`);
  else for (const report of reports) io.stdout.write(renderReport(report));
  return reports.some(({problems, questions}) => problems.length > 0 || questions === 0) ? 1 : 0;
}

function renderReport({file, questions, problems, warnings, notes}: FileReport): string {
  const place = ({line, message}: QuestionProblem, kind: string): string => `${file}:${line}: ${kind}${message}`;
  const lines = [
    ...problems.map(problem => place(problem, '')),
    ...warnings.map(warning => place(warning, 'warning: ')),
    ...notes.map(note => place(note, 'note: ')),
    questions === 0 && problems.length === 0
      ? `${file}: no questions`
      : `${file}: ${questions} questions, ${problems.length} problems, ${warnings.length} warnings`,
  ];
  return `${lines.join('\n')}\n`;
}

async function readOrExplain(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const isMissing = systemErrorCode(error) === 'ENOENT';
    throw new UserError(
      'questions-missing',
      isMissing ? `${path}: no such file` : `${path}: cannot be read: ${errorMessage(error)}`,
      {
        cause: error,
        ...(isMissing ? {hint: 'question files of public data sets are made by: mac data format'} : {}),
      },
    );
  }
}
