import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, extname, join, resolve} from 'node:path';
import type {Command} from 'commander';

import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import type {FormattedRow} from '../../questions/formatting/formatted-row.ts';
import {checkRawFile, findFormatter, type Formatter} from '../../questions/formatting/formatters.ts';
import {parseQuestions} from '../../questions/read.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJsonLine} from '../../record/disk/json-text.ts';
import {commandGroup, type RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';

/** Most problems of one file that are listed. */
const LISTED_PROBLEMS = 20;

export function declareDataFormat(program: Command, run: RunAction): void {
  commandGroup(program, 'data', 'Make and check question files')
    .command('format <benchmark>')
    .description("Convert a public data set's raw files to question files; benchmark: bbq, discrimeval or diffaware")
    .requiredOption('--input <path>', 'read the raw data from this folder or file')
    .requiredOption('--output <folder>', 'write the question files to this folder')
    .action((benchmark: string, options: {input: string; output: string}) =>
      run(io => dataFormatCommand(benchmark, options, io)),
    );
}

/**
 * Runs `mac data format BENCHMARK`: converts raw files of a public data set to question files; exit 1 when one of the
 * questions cannot be used.
 *
 * @throws UserError `raw-data-missing`; `raw-data-invalid` when any of the files is wrong: then nothing is written.
 */
export async function dataFormatCommand(
  benchmark: string,
  options: {readonly input: string; readonly output: string},
  io: CommandIo,
): Promise<ExitCode> {
  const formatter = findFormatter(benchmark);
  const files = await rawFiles(resolve(io.cwd, options.input), formatter.extension);
  await refuseInvalid(files, formatter, benchmark);
  let problems = 0;
  for (const file of files) {
    const stem = basename(file, formatter.extension);
    const rows = formatter.format(await readFile(file), stem);
    const target = join(resolve(io.cwd, options.output), formatter.makeFileName(stem));
    const text = rows.map(row => `${renderJsonLine(row)}\n`).join('');
    await writeFileAtomic(target, text);
    io.stdout.write(`${file} → ${target}: ${rows.length} questions\n`);
    warnAboutUnlabeled(rows, target, io);
    const written = parseQuestions(Buffer.from(text));
    for (const {line, message} of written.problems) io.stderr.write(`mac: ${target}:${line}: ${message}\n`);
    problems += written.problems.length;
  }
  return problems === 0 ? 0 : 1;
}

/** Warns about rows without a label: their questions have no right answer, so no accuracy and no bias. */
function warnAboutUnlabeled(rows: readonly FormattedRow[], target: string, io: CommandIo): void {
  const without = rows.filter(({correct_answer_id: correct}) => correct === null);
  const [first] = without;
  if (!first) return;
  io.stderr.write(
    `warning: ${target}: ${without.length} of ${rows.length} rows have no label (the first is ${first.source_id}): their correct_answer_id is null, so that no answer counts as right\n`,
  );
}

/** Checks all files before the first is written. */
async function refuseInvalid(files: readonly string[], formatter: Formatter, benchmark: string): Promise<void> {
  const lines: string[] = [];
  for (const file of files) {
    const problems = checkRawFile(await readFile(file), formatter);
    for (const {line, message} of problems.slice(0, LISTED_PROBLEMS)) {
      lines.push(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);
    }
    if (problems.length > LISTED_PROBLEMS) lines.push(`${file}: … and ${problems.length - LISTED_PROBLEMS} more`);
  }
  if (lines.length === 0) return;
  throw new UserError('raw-data-invalid', lines.join('\n     '), {
    hint: `the raw files of ${benchmark} are expected, as they were published; nothing was written`,
  });
}

async function rawFiles(input: string, extension: string): Promise<string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(input)).isDirectory();
  } catch (error) {
    const why = systemErrorCode(error) === 'ENOENT' ? 'no such file or folder' : errorMessage(error);
    throw new UserError('raw-data-missing', `${input}: ${why}`, {cause: error});
  }
  if (!isFolder) return [input];
  const names = (await readdir(input)).filter(name => extname(name) === extension).sort();
  if (names.length === 0) throw new UserError('raw-data-missing', `${input}: no *${extension} files in this folder`);
  return names.map(name => join(input, name));
}
