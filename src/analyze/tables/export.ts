import {open, type FileHandle} from 'node:fs/promises';

import {cannotWrite, replaceFiles} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problems} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {writeParquet} from './parquet.ts';
import {readTables, type Sinks} from './read-tables.ts';
import {TEXT_FORMATS, TextSink, type RowSink} from './row-sink.ts';
import {describeTable} from './schema.ts';
import type {TableName} from './table.ts';

export const EXPORT_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A table and the file that it becomes. */
export interface ExportTarget {
  readonly table: TableName;
  readonly path: string;
}

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly problems: Problems;
  /** Ends the export; no file appears. */
  readonly signal?: AbortSignal;
}

/**
 * Writes tables as files, all in one pass over the records; the files appear when all are whole.
 *
 * @returns how many rows each has.
 * @throws UserError `cannot-write`, `engine-missing`.
 */
export async function exportTables(
  layout: Layout,
  tasks: readonly KnownTask[],
  targets: readonly ExportTarget[],
  {format, problems, signal}: ExportRequest,
): Promise<number[]> {
  const counts = targets.map(() => 0);
  const fill = async (sinks: readonly RowSink[]): Promise<void> => {
    const counted = sinks.map((sink, i): RowSink => ({
      write: row => {
        signal?.throwIfAborted();
        counts[i] = (counts[i] ?? 0) + 1;
        return sink.write(row);
      },
    }));
    const byTable: Sinks = Object.fromEntries(targets.map(({table}, i) => [table, counted[i]]));
    await readTables(layout, tasks, {sinks: byTable, problems});
  };
  const columns = targets.map(({table}) => describeTable(table, tasks).columns);
  await replaceFiles(
    targets.map(({path}) => path),
    async temporaries => {
      if (format === 'parquet') {
        await writeParquet(
          temporaries.map((path, i) => ({path, columns: columns[i] ?? []})),
          fill,
        );
        return;
      }
      const files: FileHandle[] = [];
      try {
        for (const path of temporaries) files.push(await open(path, 'a'));
        const sinks = files.map(
          (file, i) =>
            new TextSink(columns[i] ?? [], TEXT_FORMATS[format], text => append(file, text, targets[i]?.path ?? '')),
        );
        await fill(sinks);
        for (const sink of sinks) await sink.flush();
      } finally {
        await Promise.all(files.map(file => file.close()));
      }
    },
  );
  return counts;
}

async function append(file: FileHandle, text: string, path: string): Promise<void> {
  try {
    await file.appendFile(text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
