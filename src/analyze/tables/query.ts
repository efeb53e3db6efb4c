import type {DuckDBConnection, DuckDBDataChunk, DuckDBExtractedStatements, DuckDBResult} from '@duckdb/node-api';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {didYouMean} from '../../config/problem.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {removeFolder} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problem} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {quoteText, withDatabase, type Database, type Engine} from './duckdb.ts';
import {copyToParquetSql, createTableSql} from './parquet.ts';
import {describeTable} from './schema.ts';
import {withStoredTables, type StoredTables} from './table-cache.ts';
import {TABLE_NAMES, type TableName} from './table.ts';

/** A value of a result; lists, mappings and the like as in JSON. */
export type ResultCell = string | number | boolean | null | readonly unknown[] | object;

/** A query's result. Can be read once. */
export interface QueryResult {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: () => AsyncIterable<readonly ResultCell[]>;
  /** Writes it as a file instead of giving the rows. @returns how many there were. */
  readonly writeParquet: (path: string) => Promise<number>;
  readonly problems: readonly Problem[];
}

export interface QueryRequest {
  readonly sql: string;
  readonly signal: AbortSignal;
  /** True to ignore what earlier queries stored. */
  readonly fresh: boolean;
}

/**
 * Answers SQL over the tables of some tasks. The SQL sees those tables and nothing else: no file, no network, no
 * setting; it changes nothing.
 *
 * @throws UserError `sql-error` with the engine's words, `sql-refused` for what does more than read, those of
 * `withStoredTables`.
 */
export async function queryTables<Answer>(
  layout: Layout,
  tasks: readonly KnownTask[],
  {sql, signal, fresh}: QueryRequest,
  use: (result: QueryResult) => Promise<Answer>,
): Promise<Answer> {
  const names = tablesIn(sql);
  return withStoredTables(layout, tasks, {names, signal, fresh}, stored =>
    withScratch(spill =>
      withDatabase({path: ':memory:', spill}, async database => {
        const {connection} = database;
        const interrupt = (): void => connection.interrupt();
        signal.addEventListener('abort', interrupt);
        try {
          await createViews(connection, tasks, stored);
          const result = await runSql(database, sql, names, tasks);
          return await use(describeResult(database.engine, result, {spill, problems: stored.problems}));
        } finally {
          signal.removeEventListener('abort', interrupt);
        }
      }),
    ),
  );
}

/** Finds the tables that the SQL may mean: those whose names occur in it as words. Others exist without rows. */
function tablesIn(sql: string): TableName[] {
  return TABLE_NAMES.filter(name => new RegExp(`\\b${name}\\b`, 'i').test(sql));
}

async function withScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'mac-query-'));
  try {
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}

async function createViews(
  connection: DuckDBConnection,
  tasks: readonly KnownTask[],
  {paths}: StoredTables,
): Promise<void> {
  for (const name of TABLE_NAMES) {
    const path = paths.get(name);
    if (path === undefined) await connection.run(createTableSql(name, describeTable(name, tasks).columns));
    else await createView(connection, name, path);
  }
  // What is allowed could be written too, but for the kinds of statements that are let through.
  await connection.run(`SET allowed_paths = [${[...paths.values()].map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function createView(connection: DuckDBConnection, name: TableName, path: string): Promise<void> {
  try {
    await connection.run(`CREATE VIEW ${name} AS FROM read_parquet(${quoteText(path)})`);
  } catch (error) {
    throw new UserError('tables-damaged', `a table of an earlier query cannot be read: ${errorMessage(error)}`, {
      hint: `--fresh rebuilds it (${path})`,
      cause: error,
    });
  }
}

/** Runs all statements; the result is the last one's. */
async function runSql(
  {engine, connection}: Database,
  sql: string,
  names: readonly TableName[],
  tasks: readonly KnownTask[],
): Promise<DuckDBResult> {
  const {SELECT, CREATE} = engine.StatementType;
  try {
    const statements = await parseStatements(connection, sql);
    for (let i = 0; ; i++) {
      const prepared = await statements.prepare(i);
      // PIVOT makes a type on its way.
      if (prepared.statementType !== SELECT && prepared.statementType !== CREATE) throw refusal();
      if (i === statements.count - 1) return await prepared.stream();
      await prepared.run();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw WRITE_STATEMENT.test(sql) ? refusal(error) : sqlError(error, names, tasks);
  }
}

/** Matches statements that change something but fail before their kind is known, because the tables are views. */
const WRITE_STATEMENT = /^\s*(?:insert|update|delete|merge|truncate|alter|drop|copy|attach|install|load|set|pragma)\b/i;

async function parseStatements(connection: DuckDBConnection, sql: string): Promise<DuckDBExtractedStatements> {
  // The engine has no words for it.
  const text = sql.replace(/--.*|\/\*[^]*?\*\//g, '').replaceAll(';', '');
  if (text.trim() === '') throw new UserError('sql-error', 'the SQL is empty', {hint: HINT});
  return connection.extractStatements(sql);
}

function refusal(cause?: unknown): UserError {
  return new UserError('sql-refused', 'mac query only reads: SELECT, WITH, FROM, PIVOT, DESCRIBE, SUMMARIZE, SHOW', {
    hint: 'over the tables and nothing else, no file and no setting; what a query gives goes to a file with -o FILE',
    cause,
  });
}

function outsideRefusal(cause: unknown): UserError {
  return new UserError('sql-refused', 'mac query reads its own tables only: no other file or address can be read', {
    hint: HINT,
    cause,
  });
}

const HINT = `tables: ${TABLE_NAMES.join(', ')}; mac query --schema lists their columns`;

/** With the place, as the engine points at it, and what there is. */
function sqlError(error: unknown, names: readonly TableName[], tasks: readonly KnownTask[]): UserError {
  const message = errorMessage(error).replace(/^Failed to extract statements: /, '');
  if (message.startsWith('Permission Error')) return outsideRefusal(error);
  const columns = /column/i.test(message)
    ? names.map(
        name =>
          `${name} has ${describeTable(name, tasks)
            .columns.map(column => column.name)
            .join(', ')}`,
      )
    : [];
  return new UserError('sql-error', suggestTable(message).trim(), {
    hint: [...columns, HINT].join('\n  → '),
    cause: error,
  });
}

/** Removes the engine's suggestions of its own tables. */
function suggestTable(message: string): string {
  const [, word = ''] = /^Catalog Error: Table with name (\S+) does not exist/.exec(message) ?? [];
  if (word === '') return message;
  const meant = didYouMean(word, TABLE_NAMES);
  return message.replace(/\nDid you mean .*\?/, meant === undefined ? '' : `\nDid you mean "${meant}"?`);
}

function describeResult(
  engine: Engine,
  result: DuckDBResult,
  {spill, problems}: {readonly spill: string; readonly problems: readonly Problem[]},
): QueryResult {
  const types = result.columnTypes();
  const columns = result.deduplicatedColumnNames().map((name, i) => ({name, type: String(types[i])}));
  return {
    columns,
    problems,
    rows: () => streamRows(engine, result),
    writeParquet: path => storeResult(result, {columns, path, spill}),
  };
}

async function* streamRows(engine: Engine, result: DuckDBResult): AsyncGenerator<readonly ResultCell[]> {
  const convert: Parameters<DuckDBResult['yieldConvertedRows']>[0] = (value, type, self) => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (value instanceof engine.DuckDBDecimalValue) return value.toDouble();
    return engine.JsonDuckDBValueConverter(value, type, self as typeof engine.JsonDuckDBValueConverter);
  };
  try {
    for await (const rows of result.yieldConvertedRows(convert)) yield* rows as ResultCell[][];
  } catch (error) {
    throw sqlError(error, [], []);
  }
}

/** Copies a result into a new database that may write: the query's own may not. */
async function storeResult(
  result: DuckDBResult,
  {columns, path, spill}: {readonly columns: QueryResult['columns']; readonly path: string; readonly spill: string},
): Promise<number> {
  return withDatabase({path: join(spill, 'result.duckdb'), spill}, async ({connection}) => {
    const names = columns.map(({name, type}) => `"${name.replaceAll('"', '""')}" ${type}`);
    await connection.run(`CREATE TABLE result (${names.join(', ')})`);
    const appender = await connection.createAppender('result');
    let rows = 0;
    for await (const chunk of streamChunks(result)) {
      rows += chunk.rowCount;
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    await connection.run(copyToParquetSql('result', path));
    return rows;
  });
}

async function* streamChunks(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  try {
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      yield chunk;
  } catch (error) {
    throw sqlError(error, [], []);
  }
}
