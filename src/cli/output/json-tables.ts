import {TextSink, type RowSink, type TextFormat} from '../../analyze/tables/row-sink.ts';
import type {Column} from '../../analyze/tables/table.ts';
import type {CommandIo} from '../io.ts';
import {ReaderClosedError, writeUnlessClosed} from './output-file.ts';

export interface JsonTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly fill: (sink: RowSink) => Promise<void>;
}

/** A file that a table was written to. */
export interface WrittenTable {
  readonly table: string;
  readonly path: string;
  readonly rows: number;
}

/** Prints tables as one JSON document (`mac.export/1`), one after the other and row by row. */
export async function printJsonTables(tables: readonly JsonTable[], {stdout}: CommandIo): Promise<void> {
  const take = (text: string): Promise<void> => writeUnlessClosed(stdout, text);
  try {
    for (const [i, {name, columns, fill}] of tables.entries()) {
      await take(`${i === 0 ? '{"schema":"mac.export/1","tables":{' : ','}\n${JSON.stringify(name)}:[`);
      const sink = new TextSink(columns, listFormat(), take);
      await fill(sink);
      await sink.flush();
      await take(']');
    }
    await take('\n}}\n');
  } catch (error) {
    if (!(error instanceof ReaderClosedError)) throw error;
  }
}

/** Makes the format of the members of one list. */
function listFormat(): TextFormat {
  let separator = '\n';
  return {
    head: () => '',
    line: (columns, row) => {
      const lead = separator;
      separator = ',\n';
      return lead + JSON.stringify(Object.fromEntries(columns.map(({name}, i) => [name, row[i]])));
    },
  };
}

/** Reports files that were written: on stderr, or on stdout as JSON (`mac.export/1`). */
export function reportWritten(files: readonly WrittenTable[], asJson: boolean, {stdout, stderr}: CommandIo): void {
  if (asJson) stdout.write(`${JSON.stringify({schema: 'mac.export/1', files}, null, 2)}\n`);
  else for (const {path, rows} of files) stderr.write(`${path}: ${rows} rows\n`);
}
