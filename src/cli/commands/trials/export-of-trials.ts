import {stat} from 'node:fs/promises';
import {extname, join, resolve} from 'node:path';

import type {RowSink} from '../../../analyze/tables/row-sink.ts';
import {TRIALS} from '../../../analyze/tables/table.ts';
import {exportTrials, fillTrials, streamTrials} from '../../../analyze/tables/trial-tables.ts';
import {trialsTable} from '../../../analyze/tables/trials-table.ts';
import {EXPORT_FORMATS, type ExportFormat} from '../../../analyze/tables/write-tables.ts';
import type {TrialSelection} from '../../../analyze/trials/read-trials.ts';
import {UserError} from '../../../core/errors.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {printJsonTables, reportWritten} from '../../output/json-tables.ts';
import {
  formatByName,
  normalizeOutput,
  ReaderClosedError,
  requireWritable,
  writeOutput,
  writeUnlessClosed,
} from '../../output/output-file.ts';
import {renderTrialGaps} from '../../render/render-trial-gaps.ts';
import {runInterruptibly} from '../../signals.ts';

export interface TrialExportOptions {
  readonly table: string;
  readonly format?: ExportFormat;
  readonly output?: string | undefined;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Runs `mac export` for a study, a benchmark run or a suite: they have one table. */
export async function exportOfTrials(
  selection: TrialSelection,
  {table, format: asked, force = false, json = false, ...options}: TrialExportOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (table !== TRIALS && table !== 'all') throw refuseTable(table, 'trials');
  const {rows} = selection;
  const output = normalizeOutput(options.output);
  if (output === undefined && json) {
    const fill = async (sink: RowSink): Promise<void> => await fillTrials(rows, sink);
    await printJsonTables([{name: TRIALS, columns: trialsTable(rows).columns, fill}], io);
  } else if (output === undefined) {
    const format = asked ?? 'csv';
    if (format === 'parquet') throw new UserError('output-missing', 'Parquet needs a file: -o FILE');
    await ignoreClosedReader(streamTrials(rows, {format, take: text => writeUnlessClosed(io.stdout, text)}));
  } else {
    const {path, format} = await choosePath(resolve(io.cwd, output), {table, format: asked});
    await requireWritable(path, {force});
    await runInterruptibly(io, async signal => {
      await writeOutput(() => exportTrials(rows, {path, format, signal}));
      return 0;
    });
    reportWritten([{table: TRIALS, path, rows: rows.length}], json, io);
  }
  io.stderr.write(renderTrialGaps(selection));
  return 0;
}

/** Returns the file to write: the one that was named, or one in a folder that was. */
async function choosePath(
  path: string,
  {table, format}: {readonly table: string; readonly format: ExportFormat | undefined},
): Promise<{readonly path: string; readonly format: ExportFormat}> {
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    () => table === 'all' && extname(path) === '',
  );
  if (!isFolder) return {path, format: format ?? formatByName(path, EXPORT_FORMATS)};
  return {path: join(path, `${TRIALS}.${format ?? 'csv'}`), format: format ?? 'csv'};
}

async function ignoreClosedReader(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ReaderClosedError)) throw error;
  }
}

/** Returns the error for a table that the selection does not have. */
export function refuseTable(table: string, selected: 'conversations' | 'trials'): UserError {
  const hint =
    selected === 'trials'
      ? `studies, benchmark runs and suites have one table: --table ${TRIALS}`
      : 'name a study, a benchmark run or a suite';
  return new UserError('trials-usage', `these are ${selected}, which have no table "${table}"`, {hint});
}
