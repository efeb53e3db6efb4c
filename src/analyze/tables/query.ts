import type {DuckDBConnection, DuckDBDataChunk, DuckDBExtractedStatements, DuckDBResult} from '@duckdb/node-api';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {errorMessage, UserError} from '../../core/errors.ts';
import {removeFolder} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {Problem} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {quoteText, withDatabase, type Database, type Engine} from './duckdb.ts';
import {copyToParquetSql, createTableSql} from './parquet.ts';
import {describeTable} from './schema.ts';
import {listTables, refuseWriting, sqlError, WRITE_STATEMENT} from './sql-errors.ts';
import {withStoredTables, type StoredTables} from './table-cache.ts';
import {TABLE_NAMES, type TableDescription, type TableName} from './table.ts';

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
  request: QueryRequest,
  use: (result: QueryResult) => Promise<Answer>,
): Promise<Answer> {
  const {signal, fresh} = request;
  const source: QuerySource<TableName> = {
    names: TABLE_NAMES,
    describe: name => describeTable(name, tasks),
    withStored: (names, work) => withStoredTables(layout, tasks, {names, signal, fresh}, work),
  };
  return querySource(source, request, use);
}

/** Tables that SQL can be asked of. */
export interface QuerySource<Name extends string> {
  readonly names: readonly Name[];
  readonly describe: (name: Name) => TableDescription;
  /** Provides some of them as Parquet files while `work` goes on. */
  readonly withStored: <Result>(
    names: readonly Name[],
    work: (stored: StoredTables<Name>) => Promise<Result>,
  ) => Promise<Result>;
}

/** Answers SQL over any tables, as `queryTables` does. */
export async function querySource<Name extends string, Answer>(
  source: QuerySource<Name>,
  {sql, signal}: Pick<QueryRequest, 'sql' | 'signal'>,
  use: (result: QueryResult) => Promise<Answer>,
): Promise<Answer> {
  const names = findTables(sql, source.names);
  return source.withStored(names, stored =>
    withScratch(spill =>
      withDatabase({path: ':memory:', spill}, async database => {
        const {connection} = database;
        const interrupt = (): void => connection.interrupt();
        signal.addEventListener('abort', interrupt);
        try {
          await createViews(connection, source, stored);
          const result = await runSql(database, sql, source);
          return await use(
            describeResult(database.engine, result, {spill, problems: stored.problems, names: source.names}),
          );
        } finally {
          signal.removeEventListener('abort', interrupt);
        }
      }),
    ),
  );
}

/** Finds the tables that the SQL may mean: those whose names occur in it as words. Others exist without rows. */
export function findTables<Name extends string>(sql: string, all: readonly Name[]): Name[] {
  return all.filter(name => new RegExp(`\\b${name}\\b`, 'i').test(sql));
}

async function withScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'mac-query-'));
  try {
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}

async function createViews<Name extends string>(
  connection: DuckDBConnection,
  {names, describe}: QuerySource<Name>,
  {paths}: StoredTables<Name>,
): Promise<void> {
  for (const name of names) {
    const path = paths.get(name);
    if (path === undefined) await connection.run(createTableSql(name, describe(name).columns));
    else await createView(connection, name, path);
  }
  // What is allowed could be written too, but for the kinds of statements that are let through.
  await connection.run(`SET allowed_paths = [${[...paths.values()].map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function createView(connection: DuckDBConnection, name: string, path: string): Promise<void> {
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
async function runSql<Name extends string>(
  {engine, connection}: Database,
  sql: string,
  source: QuerySource<Name>,
): Promise<DuckDBResult> {
  const {SELECT, CREATE} = engine.StatementType;
  try {
    const statements = await parseStatements(connection, sql, source.names);
    for (let i = 0; ; i++) {
      const prepared = await statements.prepare(i);
      // PIVOT makes a type on its way.
      if (prepared.statementType !== SELECT && prepared.statementType !== CREATE) throw refuseWriting();
      if (i === statements.count - 1) return await prepared.stream();
      await prepared.run();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (WRITE_STATEMENT.test(sql)) throw refuseWriting(error);
    throw sqlError(error, source.names, findTables(sql, source.names).map(source.describe));
  }
}

async function parseStatements(
  connection: DuckDBConnection,
  sql: string,
  names: readonly string[],
): Promise<DuckDBExtractedStatements> {
  // The engine has no words for it.
  const text = sql.replace(/--.*|\/\*[^]*?\*\//g, '').replaceAll(';', '');
  if (text.trim() === '') throw new UserError('sql-error', 'the SQL is empty', {hint: listTables(names)});
  return connection.extractStatements(sql);
}

interface ResultContext {
  /** Folder for what memory does not hold. */
  readonly spill: string;
  readonly problems: readonly Problem[];
  /** Tables that there are. */
  readonly names: readonly string[];
}

function describeResult(engine: Engine, result: DuckDBResult, {spill, problems, names}: ResultContext): QueryResult {
  const types = result.columnTypes();
  const columns = result.deduplicatedColumnNames().map((name, i) => ({name, type: String(types[i])}));
  return {
    columns,
    problems,
    rows: () => streamRows(engine, result, names),
    writeParquet: path => storeResult(result, {columns, path, spill, names}),
  };
}

async function* streamRows(
  engine: Engine,
  result: DuckDBResult,
  names: readonly string[],
): AsyncGenerator<readonly ResultCell[]> {
  const convert: Parameters<DuckDBResult['yieldConvertedRows']>[0] = (value, type, self) => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (value instanceof engine.DuckDBDecimalValue) return value.toDouble();
    return engine.JsonDuckDBValueConverter(value, type, self as typeof engine.JsonDuckDBValueConverter);
  };
  try {
    for await (const rows of result.yieldConvertedRows(convert)) yield* rows as ResultCell[][];
  } catch (error) {
    throw sqlError(error, names, []);
  }
}

/** Copies a result into a new database that may write: the query's own may not. */
async function storeResult(
  result: DuckDBResult,
  {
    columns,
    path,
    spill,
    names,
  }: Omit<ResultContext, 'problems'> & Pick<QueryResult, 'columns'> & {readonly path: string},
): Promise<number> {
  return withDatabase({path: join(spill, 'result.duckdb'), spill}, async ({connection}) => {
    const definitions = columns.map(({name, type}) => `"${name.replaceAll('"', '""')}" ${type}`);
    await connection.run(`CREATE TABLE result (${definitions.join(', ')})`);
    const appender = await connection.createAppender('result');
    let rows = 0;
    for await (const chunk of streamChunks(result, names)) {
      rows += chunk.rowCount;
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    await connection.run(copyToParquetSql('result', path));
    return rows;
  });
}

async function* streamChunks(result: DuckDBResult, names: readonly string[]): AsyncGenerator<DuckDBDataChunk> {
  try {
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      yield chunk;
  } catch (error) {
    throw sqlError(error, names, []);
  }
}
