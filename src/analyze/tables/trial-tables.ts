import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {removeFolder} from '../../record/disk/atomic-file.ts';
import type {TrialRow} from '../trials/trial-row.ts';
import type {QuerySource} from './query.ts';
import {TEXT_FORMATS, TextSink, type RowSink} from './row-sink.ts';
import {TRIALS} from './table.ts';
import {trialsTable} from './trials-table.ts';
import {writeTables, type ExportFormat} from './write-tables.ts';

/** Writes the table `trials` as a file. @throws UserError `cannot-write`, `engine-missing`. */
export async function exportTrials(
  rows: readonly TrialRow[],
  {path, format, signal}: {readonly path: string; readonly format: ExportFormat; readonly signal?: AbortSignal},
): Promise<void> {
  const {columns} = trialsTable(rows);
  await writeTables([{path, columns}], format, async ([sink]) => {
    if (sink) await fillTrials(rows, sink, signal);
  });
}

/** Hands on the table `trials` as text, piece by piece. */
export async function streamTrials(
  rows: readonly TrialRow[],
  {format, take}: {readonly format: 'csv' | 'jsonl'; readonly take: (text: string) => Promise<void>},
): Promise<void> {
  const sink = new TextSink(trialsTable(rows).columns, TEXT_FORMATS[format], take);
  await fillTrials(rows, sink);
  await sink.flush();
}

/** Hands the rows of the table `trials` to a sink. */
export async function fillTrials(rows: readonly TrialRow[], sink: RowSink, signal?: AbortSignal): Promise<void> {
  const {toRow} = trialsTable(rows);
  for (const row of rows) {
    signal?.throwIfAborted();
    await sink.write(toRow(row));
  }
}

/** Returns trials as what SQL can be asked of. The records were just read: the table is made for this once. */
export function trialSource(rows: readonly TrialRow[], signal: AbortSignal): QuerySource<typeof TRIALS> {
  return {
    names: [TRIALS],
    describe: () => trialsTable(rows),
    withStored: async (names, work) => {
      if (names.length === 0) return await work({paths: new Map(), problems: []});
      const folder = await mkdtemp(join(tmpdir(), 'mac-tables-'));
      try {
        const path = join(folder, `${TRIALS}.parquet`);
        await exportTrials(rows, {path, format: 'parquet', signal});
        return await work({paths: new Map([[TRIALS, path]]), problems: []});
      } finally {
        await removeFolder(folder);
      }
    },
  };
}
