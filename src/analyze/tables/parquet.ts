import type {DuckDBAppender, DuckDBType, DuckDBValue} from '@duckdb/node-api';
import {mkdtemp} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {errorMessage} from '../../core/errors.ts';
import {cannotWrite, removeFolder} from '../../record/disk/atomic-file.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import type {Cell, Column, ColumnType} from './table.ts';
import {quoteName, quoteText, withDatabase, type Database, type Engine} from './duckdb.ts';
import type {RowSink} from './row-sink.ts';

/** SQL types of the columns. */
const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
};

/** A table to be written: its columns and where it goes. */
export interface ParquetTarget {
  readonly columns: readonly Column[];
  readonly path: string;
}

/** A table of SQL without rows. */
export function createTableSql(table: string, columns: readonly Column[]): string {
  return `CREATE TABLE ${table} (${columns.map(({name, type}) => `${quoteName(name)} ${SQL_TYPES[type]}`).join(', ')})`;
}

/**
 * Memory limit, low enough for a login node; more goes to the disk. The engine needs as much again for rows on their
 * way in, and for a group of rows per thread on its way out.
 */
const SETTINGS = {memory_limit: '512MB', threads: '1'};

/**
 * Writes Parquet files whose rows come one by one. They are gathered in a database beside the first file, so that
 * memory does not have to hold them.
 *
 * @param fill gets a sink for every target.
 */
export async function writeParquet(
  targets: readonly ParquetTarget[],
  fill: (sinks: readonly RowSink[]) => Promise<void>,
): Promise<void> {
  const folder = await makeScratch(dirname(targets[0]?.path ?? '.'));
  try {
    await withDatabase({path: join(folder, 'rows.duckdb'), spill: folder, settings: SETTINGS}, async database => {
      const sinks: ChunkSink[] = [];
      for (const [i, {columns}] of targets.entries()) sinks.push(await ChunkSink.open(database, `t${i}`, columns));
      await fill(sinks);
      for (const [i, {path}] of targets.entries()) {
        sinks[i]?.close();
        await database.connection.run(copyToParquetSql(`t${i}`, path));
      }
    });
  } catch (error) {
    throw isResourceError(error) ? cannotWrite(targets[0]?.path ?? folder, error) : error;
  } finally {
    await removeFolder(folder);
  }
}

/** The path is one that is renamed later: the engine need not do that too. */
export function copyToParquetSql(table: string, path: string): string {
  return `COPY ${table} TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`;
}

/** The engine's errors have no codes, but begin with their kind. */
export function isResourceError(error: unknown): boolean {
  return /^(?:IO|Out of Memory) Error/.test(errorMessage(error));
}

async function makeScratch(parent: string): Promise<string> {
  const prefix = join(parent, '.mac-rows-');
  try {
    return await mkdtemp(prefix);
  } catch (error) {
    throw cannotWrite(parent, error);
  }
}

/** Number of rows that the engine takes at once. */
const CHUNK_ROWS = 2048;

/** Appends rows to a table chunk by chunk. */
class ChunkSink implements RowSink {
  readonly #appender: DuckDBAppender;
  readonly #columns: readonly Column[];
  readonly #engine: Engine;
  readonly #types: DuckDBType[];
  #rows: (readonly Cell[])[] = [];

  private constructor(engine: Engine, appender: DuckDBAppender, columns: readonly Column[]) {
    this.#engine = engine;
    this.#appender = appender;
    this.#columns = columns;
    this.#types = columns.map((_, i) => appender.columnType(i));
  }

  static async open({engine, connection}: Database, table: string, columns: readonly Column[]): Promise<ChunkSink> {
    await connection.run(createTableSql(table, columns));
    return new ChunkSink(engine, await connection.createAppender(table), columns);
  }

  write(row: readonly Cell[]): undefined {
    this.#rows.push(row);
    if (this.#rows.length >= CHUNK_ROWS) this.#append();
  }

  close(): void {
    if (this.#rows.length > 0) this.#append();
    this.#appender.closeSync();
  }

  #append(): void {
    const rows = this.#rows;
    this.#rows = [];
    const chunk = this.#engine.DuckDBDataChunk.create(this.#types, rows.length);
    chunk.setColumns(
      this.#columns.map(({type}, i) => rows.map(row => engineValue(this.#engine, type, row[i] ?? null))),
    );
    this.#appender.appendDataChunk(chunk);
  }
}

function engineValue({DuckDBTimestampValue}: Engine, type: ColumnType, cell: Cell): DuckDBValue {
  if (cell === null) return null;
  if (type === 'integer') return BigInt(cell);
  if (type !== 'time') return cell;
  const ms = parseTimestamp(cell as string);
  return ms === undefined ? null : new DuckDBTimestampValue(BigInt(Math.round(ms * 1000)));
}
