import {appendFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {type Command, Option} from 'commander';

import {Problems} from '../../analyze/records/problems.ts';
import {readSelection} from '../../analyze/select/select-tasks.ts';
import {csvLine} from '../../analyze/tables/row-sink.ts';
import {isResourceError} from '../../analyze/tables/parquet.ts';
import {findTables, type QueryResult, querySource, queryTables, type ResultCell} from '../../analyze/tables/query.ts';
import {SCHEMA} from '../../analyze/tables/schema.ts';
import {TABLE_NAMES, TRIALS} from '../../analyze/tables/table.ts';
import {mergeProblems} from '../../analyze/tables/table-cache.ts';
import {trialSource} from '../../analyze/tables/trial-tables.ts';
import {findLatestTrials, findTrials} from '../../analyze/trials/find-trials.ts';
import type {TrialSelection} from '../../analyze/trials/read-trials.ts';
import {UserError} from '../../core/errors.ts';
import {cannotWrite, replaceFiles} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {FRESH, openResultsCache, SELECTOR_HELP} from '../options/scoring-options.ts';
import {
  formatByName,
  normalizeOutput,
  ReaderClosedError,
  refuseTwoFormats,
  requireWritable,
  writeOutput,
  writeUnlessClosed,
} from '../output/output-file.ts';
import {renderTrialGaps} from '../render/render-trial-gaps.ts';
import {renderGaps} from '../render/missing.ts';
import {MAX_SHOWN_ROWS, renderRows, renderSchema} from '../render/render-query.ts';
import {runInterruptibly} from '../signals.ts';

/** Formats that a file name can choose. */
const FILE_FORMATS = ['csv', 'json', 'jsonl', 'parquet'] as const;

type QueryFormat = 'table' | (typeof FILE_FORMATS)[number];

export interface QueryOptions {
  readonly format?: QueryFormat;
  readonly output?: string;
  readonly force?: boolean;
  readonly schema?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

export function declareQuery(program: Command, run: RunAction): void {
  program
    .command('query [sql] [what]')
    .description(`Query the tables of mac export with SQL; ${SELECTOR_HELP}`)
    .option('--schema', 'list the tables and their columns')
    .addOption(
      new Option(
        '--format <format>',
        'use this format; default: by the ending of the file name, else an aligned table',
      ).choices(['table', ...FILE_FORMATS]),
    )
    .option('-o, --output <file>', 'write the result to this file; default: stdout')
    .option('--force', 'replace an existing file')
    .option('--json', 'as --format json; with -o, print what was written as JSON')
    .addOption(FRESH)
    .action((sql: string | undefined, what: string | undefined, options: QueryOptions) =>
      run(io => queryCommand(sql, what, options, io)),
    );
}

/** Runs `mac query`: SQL over the tables that `mac export` writes. */
export async function queryCommand(
  sql: string | undefined,
  selector: string | undefined,
  options: QueryOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (options.schema === true) {
    if (sql !== undefined) throw new UserError('query-ambiguous', '--schema lists the tables and takes no SQL');
    io.stdout.write(
      options.json === true ? `${JSON.stringify({schema: 'mac.tables/1', tables: SCHEMA}, null, 2)}\n` : renderSchema(),
    );
    return 0;
  }
  if (sql === undefined) {
    throw new UserError('query-missing', 'no SQL was given', {
      hint: 'mac query "SELECT status, count(*) FROM conversations GROUP BY ALL"; mac query --schema lists the tables',
    });
  }
  const layout = openLayout(io);
  const target = await resolveTarget(options, io.cwd);
  const trials = await findQueriedTrials(layout, sql, selector);
  if (trials) {
    return await runInterruptibly(io, signal =>
      querySource(trialSource(trials.rows, signal), {sql, signal}, async result => {
        await deliver(result, target, options, io);
        io.stderr.write(renderTrialGaps(trials));
        return 0;
      }),
    );
  }
  const problems = new Problems();
  const {fresh = false} = options;
  const selection = await readSelection(layout, selector ?? 'latest', problems, openResultsCache(layout, io, {fresh}));
  return runInterruptibly(io, signal =>
    queryTables(layout, selection.tasks, {sql, signal, fresh}, async result => {
      await deliver(result, target, options, io);
      io.stderr.write(renderGaps(selection, mergeProblems([problems.list(), result.problems])));
      return 0;
    }),
  );
}

/** Finds the trials that a query is of; where nothing was selected, the tables that it names tell. */
async function findQueriedTrials(
  layout: Layout,
  sql: string,
  selector: string | undefined,
): Promise<TrialSelection | undefined> {
  if (selector !== undefined) return await findTrials(layout, selector);
  if (findTables(sql, [TRIALS]).length > 0) return await findLatestTrials(layout);
  return findTables(sql, TABLE_NAMES).length > 0 ? undefined : await findTrials(layout, 'latest');
}

/** Prints a result or writes it as a file. */
async function deliver(
  result: QueryResult,
  target: Target,
  {json = false}: QueryOptions,
  io: CommandIo,
): Promise<void> {
  if (target.path === null) {
    await queryToStdout(result, target.format, io);
    return;
  }
  const rows = await writeOutput(() => queryToFile(result, target.format, target.path));
  if (json)
    io.stdout.write(`${JSON.stringify({schema: 'mac.query/1', path: target.path, row_count: rows}, null, 2)}\n`);
  else io.stderr.write(`${target.path}: ${rows} rows\n`);
}

type TextFormat = Exclude<QueryFormat, 'parquet'>;

type Target =
  {readonly path: null; readonly format: TextFormat} | {readonly path: string; readonly format: QueryFormat};

/** @throws UserError `output-missing`, `output-ambiguous` and those of `formatByName` and `requireWritable`. */
async function resolveTarget(
  {format, force = false, json = false, ...options}: QueryOptions,
  cwd: string,
): Promise<Target> {
  const output = normalizeOutput(options.output);
  if (output === undefined) {
    refuseTwoFormats({json, format});
    if (json) return {path: null, format: 'json'};
    if (format === 'parquet') throw new UserError('output-missing', 'Parquet needs a file: -o FILE');
    return {path: null, format: format ?? 'table'};
  }
  const path = resolve(cwd, output);
  const byName = format ?? formatByName(path, FILE_FORMATS);
  await requireWritable(path, {force});
  return {path, format: byName};
}

async function queryToStdout(result: QueryResult, format: TextFormat, {stdout}: CommandIo): Promise<void> {
  try {
    await writeText(result, format, text => writeUnlessClosed(stdout, text));
  } catch (error) {
    if (!(error instanceof ReaderClosedError)) throw error;
  }
}

async function queryToFile(result: QueryResult, format: QueryFormat, path: string): Promise<number> {
  let rows = 0;
  await replaceFiles([path], async ([temporary = '']) => {
    if (format === 'parquet') rows = await queryToParquet(result, temporary, path);
    else rows = await writeText(result, format, text => appendText(temporary, text, path));
  });
  return rows;
}

async function queryToParquet(result: QueryResult, temporary: string, path: string): Promise<number> {
  try {
    return await result.writeParquet(temporary);
  } catch (error) {
    throw isResourceError(error) ? cannotWrite(path, error) : error;
  }
}

async function appendText(temporary: string, text: string, path: string): Promise<void> {
  try {
    await appendFile(temporary, text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

type WriteChunk = (text: string) => Promise<void>;

/** @returns how many rows there were. */
async function writeText(result: QueryResult, format: TextFormat, take: WriteChunk): Promise<number> {
  if (format === 'table') return writeTable(result, take);
  const names = result.columns.map(({name}) => name);
  const object = (row: readonly ResultCell[]): string =>
    JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]])));
  switch (format) {
    case 'csv':
      return writeRows(result, {head: csvLine(names), line: row => csvLine(row.map(flattenCell)), tail: ''}, take);
    case 'jsonl':
      return writeRows(result, {head: '', line: row => `${object(row)}\n`, tail: ''}, take);
    case 'json': {
      const head = `{"schema":"mac.query/1","columns":${JSON.stringify(result.columns)},"rows":[\n`;
      return writeRows(result, {head, line: (row, n) => `${n > 0 ? ',\n' : ''}${object(row)}`, tail: '\n]}\n'}, take);
    }
  }
}

/** Returns a cell for CSV; lists and structs become JSON. */
function flattenCell(cell: ResultCell): string | number | boolean | null {
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}

interface RowFormat {
  readonly head: string;
  readonly line: (row: readonly ResultCell[], index: number) => string;
  readonly tail: string;
}

/** Number of characters collected before they are written. */
const CHUNK_CHARACTERS = 64 * 1024;

async function writeRows({rows}: QueryResult, {head, line, tail}: RowFormat, take: WriteChunk): Promise<number> {
  let text = head;
  let count = 0;
  for await (const row of rows()) {
    text += line(row, count++);
    if (text.length < CHUNK_CHARACTERS) continue;
    await take(text);
    text = '';
  }
  await take(text + tail);
  return count;
}

async function writeTable({columns, rows}: QueryResult, take: WriteChunk): Promise<number> {
  const shown: (readonly ResultCell[])[] = [];
  let count = 0;
  for await (const row of rows()) if (count++ < MAX_SHOWN_ROWS) shown.push(row);
  await take(renderRows(columns, shown, count));
  return count;
}
