import {open, type FileHandle} from 'node:fs/promises';

import {cannotWrite, replaceFiles} from '../../record/disk/atomic-file.ts';
import {writeParquet} from './parquet.ts';
import {TEXT_FORMATS, TextSink, type RowSink} from './row-sink.ts';
import type {Column} from './table.ts';

export const EXPORT_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A file that a table becomes. */
export interface TableFile {
  readonly columns: readonly Column[];
  readonly path: string;
}

/**
 * Writes tables as files, which appear when all are whole.
 *
 * @param fill gets a sink for every file.
 * @throws UserError `cannot-write`, `engine-missing`.
 */
export async function writeTables(
  targets: readonly TableFile[],
  format: ExportFormat,
  fill: (sinks: readonly RowSink[]) => Promise<void>,
): Promise<void> {
  await replaceFiles(
    targets.map(({path}) => path),
    async temporaries => {
      if (format === 'parquet') {
        await writeParquet(
          temporaries.map((path, i) => ({path, columns: targets[i]?.columns ?? []})),
          fill,
        );
        return;
      }
      const files: FileHandle[] = [];
      try {
        for (const path of temporaries) files.push(await open(path, 'a'));
        const sinks = files.map(
          (file, i) =>
            new TextSink(targets[i]?.columns ?? [], TEXT_FORMATS[format], text =>
              append(file, text, targets[i]?.path ?? ''),
            ),
        );
        await fill(sinks);
        for (const sink of sinks) await sink.flush();
      } finally {
        await Promise.all(files.map(file => file.close()));
      }
    },
  );
}

async function append(file: FileHandle, text: string, path: string): Promise<void> {
  try {
    await file.appendFile(text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
