import type * as DuckDb from '@duckdb/node-api';
import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';

import {errorMessage, UserError} from '../../core/errors.ts';

/** The engine is 70 MB of native code: loaded only where it is needed. */
export type Engine = typeof DuckDb;

/** @throws UserError `engine-missing` where its binary is not installed or does not run. */
export async function loadEngine(): Promise<Engine> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new UserError('engine-missing', `the engine of mac query (DuckDB) cannot be loaded: ${errorMessage(error)}`, {
      hint: 'npm ci installs it for Linux (glibc 2.28 or newer), macOS and Windows; mac export --format csv or jsonl works without it',
      cause: error,
    });
  }
}

/** Nothing is ever fetched or kept in the user's home. */
const NO_EXTENSIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_persistent_secrets: 'false',
};

export interface Database {
  readonly engine: Engine;
  readonly connection: DuckDBConnection;
}

/**
 * Opens a database, runs `work` with it and closes it whatever happens.
 *
 * @param options.path a file to make, or `:memory:`. @param options.spill where data go that memory does not hold.
 */
export async function withDatabase<Result>(
  options: {readonly path: string; readonly spill: string; readonly settings?: Readonly<Record<string, string>>},
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const engine = await loadEngine();
  const {path, spill, settings = {}} = options;
  const instance: DuckDBInstance = await engine.DuckDBInstance.create(path, {
    ...NO_EXTENSIONS,
    temp_directory: spill,
    ...settings,
  });
  try {
    const connection = await instance.connect();
    try {
      return await work({engine, connection});
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Quotes a name for SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
