import {readFile, readdir, stat} from 'node:fs/promises';
import {basename, extname, join, resolve} from 'node:path';

import {messageOf, systemErrorCode, UserError} from '../../core/errors.ts';
import {checkQuestion} from '../../questions/check-question.ts';
import {formatBbq} from '../../questions/format-bbq.ts';
import {formatDiffAware} from '../../questions/format-diffaware.ts';
import {formatDiscrimEval} from '../../questions/format-discrimeval.ts';
import type {FormattedRow} from '../../questions/formatted-row.ts';
import {readPickle} from '../../questions/pickle.ts';
import {parseQuestions} from '../../questions/read.ts';
import {schemaRemarks} from '../../questions/question-schema.ts';
import {writeFileAtomic} from '../../record/atomic-file.ts';
import {renderJsonLine} from '../../record/json-text.ts';
import type {CommandIo, ExitCode} from '../io.ts';

interface Formatter {
  readonly extension: '.jsonl' | '.pkl';
  /** The name of the file that comes out, and the rows in it. */
  readonly format: (stem: string, bytes: Uint8Array) => {name: string; rows: FormattedRow[]};
}

const FORMATTERS: Readonly<Record<string, Formatter>> = {
  bbq: {
    extension: '.jsonl',
    format: (stem, bytes) => {
      const lower = stem.toLowerCase();
      return {name: `bbq_${lower}.jsonl`, rows: formatBbq(decode(bytes), lower)};
    },
  },
  discrimeval: {
    extension: '.jsonl',
    format: (stem, bytes) => ({name: `discrimEval_${stem}.jsonl`, rows: formatDiscrimEval(decode(bytes), stem)}),
  },
  diffaware: {
    extension: '.pkl',
    format: (stem, bytes) => {
      const lower = stem.toLowerCase();
      return {name: `diffAware_${lower}.jsonl`, rows: formatDiffAware(readPickle(bytes), lower)};
    },
  },
};

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** `mac data format BENCHMARK`: converts a public data set's raw files to the unified format; exit 1 when a row is not usable. */
export async function dataFormatCommand(
  benchmark: string,
  options: {readonly input: string; readonly output: string},
  io: CommandIo,
): Promise<ExitCode> {
  const formatter = FORMATTERS[benchmark.toLowerCase()];
  if (!formatter) {
    throw new UserError('unknown-benchmark', `no formatter for "${benchmark}"`, {
      hint: `one of: ${Object.keys(FORMATTERS).join(', ')}`,
    });
  }
  const files = await rawFiles(resolve(io.cwd, options.input), formatter.extension);
  let badRows = 0;
  for (const file of files) {
    const {name, rows} = formatFile(formatter, file, await readFile(file));
    const target = join(resolve(io.cwd, options.output), name);
    await writeFileAtomic(target, rows.map(row => `${renderJsonLine(row)}\n`).join(''));
    io.stdout.write(`${file} → ${target}: ${rows.length} questions\n`);
    for (const row of rows) {
      for (const problem of checkQuestion(row)) {
        badRows++;
        io.stderr.write(`mac: ${target}: ${row.question_id}: ${problem}\n`);
      }
    }
  }
  return badRows === 0 ? 0 : 1;
}

function formatFile(formatter: Formatter, file: string, bytes: Uint8Array): {name: string; rows: FormattedRow[]} {
  try {
    return formatter.format(basename(file, formatter.extension), bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, `${file}: ${error.message}`, {hint: error.hint, cause: error});
  }
}

async function rawFiles(input: string, extension: string): Promise<string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(input)).isDirectory();
  } catch (error) {
    throw new UserError(
      'raw-data-missing',
      `${input}: ${systemErrorCode(error) === 'ENOENT' ? 'no such file or folder' : messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (!isFolder) return [input];
  const names = (await readdir(input)).filter(name => extname(name) === extension).sort();
  if (names.length === 0) throw new UserError('raw-data-missing', `${input}: no *${extension} files in this folder`);
  return names.map(name => join(input, name));
}

/** `mac data check FILE…`: every problem with its line; exit 1 when there is one. */
export async function dataCheckCommand(
  files: readonly string[],
  options: {readonly json?: boolean},
  io: CommandIo,
): Promise<ExitCode> {
  const reports = [];
  for (const file of files) {
    const {questions, problems} = parseQuestions(await readOrExplain(resolve(io.cwd, file)));
    const strict = questions.flatMap(question =>
      schemaRemarks(question).map(remark => `${question.question_id}: ${remark}`),
    );
    reports.push({file, questions: questions.length, problems: [...problems], remarks: strict});
  }
  if (options.json) io.stdout.write(`${JSON.stringify({schema: 'mac.data-check/1', files: reports}, null, 2)}\n`);
  else for (const report of reports) io.stdout.write(renderReport(report));
  return reports.some(({problems, questions}) => problems.length > 0 || questions === 0) ? 1 : 0;
}

interface Report {
  readonly file: string;
  readonly questions: number;
  readonly problems: readonly {readonly line: number; readonly message: string}[];
  readonly remarks: readonly string[];
}

function renderReport({file, questions, problems, remarks}: Report): string {
  const lines = [
    ...problems.map(({line, message}) => `${file}:${line}: ${message}`),
    ...remarks.map(remark => `${file}: note: ${remark}`),
    questions === 0 && problems.length === 0
      ? `${file}: no questions`
      : `${file}: ${questions} questions, ${problems.length} problems`,
  ];
  return `${lines.join('\n')}\n`;
}

async function readOrExplain(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError('questions-missing', `${path}: cannot be read: ${messageOf(error)}`, {cause: error});
  }
}
