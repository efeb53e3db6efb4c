import type {Layout} from '../../record/layout.ts';
import type {Problems} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {readTables, type Sinks} from './read-tables.ts';
import type {RowSink} from './row-sink.ts';
import {describeTable} from './schema.ts';
import type {TableName} from './table.ts';
import {writeTables, type ExportFormat} from './write-tables.ts';

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
  const files = targets.map(({table, path}) => ({path, columns: describeTable(table, tasks).columns}));
  await writeTables(files, format, fill);
  return counts;
}
