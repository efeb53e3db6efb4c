import {stat} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {type Command, Option} from 'commander';

import {Problems} from '../../analyze/records/problems.ts';
import {readSelection, type Selection} from '../../analyze/select/select-tasks.ts';
import {exportTables, type ExportTarget} from '../../analyze/tables/export.ts';
import {findLatestTrials, findTrials} from '../../analyze/trials/find-trials.ts';
import type {TrialSelection} from '../../analyze/trials/read-trials.ts';
import {EXPORT_FORMATS, type ExportFormat} from '../../analyze/tables/write-tables.ts';
import {readTables} from '../../analyze/tables/read-tables.ts';
import {TEXT_FORMATS, TextSink, type RowSink} from '../../analyze/tables/row-sink.ts';
import {describeTable} from '../../analyze/tables/schema.ts';
import {TABLE_NAMES, type TableName, TRIALS} from '../../analyze/tables/table.ts';
import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {SELECTOR_HELP} from '../options/scoring-options.ts';
import {printJsonTables, reportWritten} from '../output/json-tables.ts';
import {
  formatByName,
  normalizeOutput,
  ReaderClosedError,
  refuseTwoFormats,
  requireWritable,
  writeOutput,
  writeUnlessClosed,
} from '../output/output-file.ts';
import {renderGaps} from '../render/missing.ts';
import {runInterruptibly} from '../signals.ts';
import {exportOfTrials, refuseTable} from './trials/export-of-trials.ts';

export interface ExportOptions {
  readonly table: TableName | typeof TRIALS | 'all';
  readonly format?: ExportFormat;
  readonly output?: string | undefined;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function declareExport(program: Command, run: RunAction): void {
  program
    .command('export [what]')
    .description(`Write the records as tables for R, pandas and spreadsheets (docs/tables.md); ${SELECTOR_HELP}`)
    .addOption(
      new Option('--table <name>', 'write only this table').choices([...TABLE_NAMES, TRIALS, 'all']).default('all'),
    )
    .addOption(
      new Option('--format <format>', 'use this format; default: by the ending of the file name, else csv').choices(
        EXPORT_FORMATS,
      ),
    )
    .option('-o, --output <path>', 'write to this file, or to this folder for all tables; default: stdout')
    .option('--force', 'replace existing files')
    .option('--json', 'print the tables as one JSON document; with -o, print what was written as JSON')
    .action((what: string | undefined, options: ExportOptions) =>
      run(io => exportCommand(what ?? 'latest', options, io)),
    );
}

/** Runs `mac export`: writes the records as tables for other programs. */
export async function exportCommand(
  selector: string,
  {table, ...options}: ExportOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (normalizeOutput(options.output) === undefined) refuseTwoFormats(options);
  const layout = openLayout(io);
  const trials = await findExportedTrials(layout, selector, table);
  if (trials) return await exportOfTrials(trials, {...options, table}, io);
  if (table === TRIALS) throw refuseTable(TRIALS, 'conversations');
  const request = {...options, table, output: normalizeOutput(options.output)};
  const format = chooseFormat(request);
  const targets = await resolveTargets({...request, format}, io.cwd);
  const problems = new Problems();
  const selection = await readSelection(layout, selector, problems);
  const code = targets
    ? await exportToFiles(layout, selection, {targets, format, problems, json: options.json === true, io})
    : await exportToStdout(layout, selection, {...request, format, problems, io});
  io.stderr.write(renderGaps(selection, problems.list()));
  return code;
}

/** Prints tables as JSON, each in a pass of its own over the records. */
async function printAsJson(
  layout: Layout,
  tasks: Selection['tasks'],
  {table, problems, io}: {readonly table: TableName | 'all'; readonly problems: Problems; readonly io: CommandIo},
): Promise<ExitCode> {
  const names = table === 'all' ? TABLE_NAMES : [table];
  const tables = names.map((name, i) => ({
    name,
    columns: describeTable(name, tasks).columns,
    fill: (sink: RowSink) =>
      // The first pass counts the problems of all.
      readTables(layout, tasks, {sinks: {[name]: sink}, problems: i === 0 ? problems : new Problems()}),
  }));
  await printJsonTables(tables, io);
  return 0;
}

/** Finds the trials to export; where nothing in particular was selected, the table tells. */
async function findExportedTrials(
  layout: Layout,
  selector: string,
  table: ExportOptions['table'],
): Promise<TrialSelection | undefined> {
  if (selector !== 'latest' || table === 'all') return await findTrials(layout, selector);
  return table === TRIALS ? await findLatestTrials(layout) : undefined;
}

/** Options of an export of conversations. */
type ConversationExport = Omit<ExportOptions, 'table'> & {readonly table: TableName | 'all'};

/** Returns the format that was asked for, else that of the file name; folder names choose none. */
function chooseFormat({table, format, output}: ConversationExport): ExportFormat {
  return format ?? (table === 'all' || output === undefined ? 'csv' : formatByName(output, EXPORT_FORMATS));
}

/**
 * @returns null for stdout. @throws UserError `output-missing`, `output-not-a-folder` and those of `requireWritable`.
 */
async function resolveTargets(
  {table, format, output, force = false, json = false}: ConversationExport & {readonly format: ExportFormat},
  cwd: string,
): Promise<ExportTarget[] | null> {
  if (output === undefined) {
    if (json || (table !== 'all' && format !== 'parquet')) return null;
    const what = table === 'all' ? 'several tables need a folder: -o FOLDER' : 'Parquet needs a file: -o FILE';
    throw new UserError('output-missing', what, {hint: 'one table as csv or jsonl goes to stdout'});
  }
  if (table === 'all') await requireFolderName(resolve(cwd, output));
  const targets =
    table === 'all'
      ? TABLE_NAMES.map(name => ({table: name, path: join(resolve(cwd, output), `${name}.${format}`)}))
      : [{table, path: resolve(cwd, output)}];
  for (const {path} of targets) await requireWritable(path, {force});
  return targets;
}

/** Matches endings of files, but not a dot in the name of a folder (`run.2`). */
const FILE_ENDING =
  /\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|xlsx?|ods|zip|gz|html?|md|db|duckdb|sqlite|rds|feather|arrow)$/i;

/** Refuses a file name where a folder is needed; an existing folder may have any name. */
async function requireFolderName(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
  if (isFolder || !FILE_ENDING.test(path)) return;
  throw new UserError('output-not-a-folder', `${path} names a file, and several tables need a folder`, {
    hint: '-o FOLDER, or one of them with --table NAME',
  });
}

interface FileExportOptions {
  readonly targets: readonly ExportTarget[];
  readonly format: ExportFormat;
  readonly problems: Problems;
  readonly json: boolean;
  readonly io: CommandIo;
}

async function exportToFiles(
  layout: Layout,
  {tasks}: Selection,
  {targets, format, problems, json, io}: FileExportOptions,
): Promise<ExitCode> {
  return runInterruptibly(io, async signal => {
    const counts = await writeOutput(() => exportTables(layout, tasks, targets, {format, problems, signal}));
    const files = targets.map(({table, path}, i) => ({table, path, rows: counts[i] ?? 0}));
    reportWritten(files, json, io);
    return 0;
  });
}

async function exportToStdout(
  layout: Layout,
  {tasks}: Selection,
  {
    table,
    format,
    json = false,
    problems,
    io,
  }: ConversationExport & {format: ExportFormat; problems: Problems; io: CommandIo},
): Promise<ExitCode> {
  if (json) return await printAsJson(layout, tasks, {table, problems, io});
  if (table === 'all' || format === 'parquet') throw new Error('Internal error: only text of one table goes to stdout');
  const sink = new TextSink(describeTable(table, tasks).columns, TEXT_FORMATS[format], text =>
    writeUnlessClosed(io.stdout, text),
  );
  try {
    await readTables(layout, tasks, {sinks: {[table]: sink}, problems});
    await sink.flush();
  } catch (error) {
    if (!(error instanceof ReaderClosedError)) throw error;
  }
  return 0;
}
