import {didYouMean} from '../../config/problem.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import type {TableDescription} from './table.ts';

/** Matches statements that change something but fail before their kind is known, because the tables are views. */
export const WRITE_STATEMENT =
  /^\s*(?:insert|update|delete|merge|truncate|alter|drop|copy|attach|install|load|set|pragma)\b/i;

/** Returns the error for SQL that does more than read. */
export function refuseWriting(cause?: unknown): UserError {
  return new UserError('sql-refused', 'mac query only reads: SELECT, WITH, FROM, PIVOT, DESCRIBE, SUMMARIZE, SHOW', {
    hint: 'over the tables and nothing else, no file and no setting; what a query gives goes to a file with -o FILE',
    cause,
  });
}

function outsideRefusal(cause: unknown, names: readonly string[]): UserError {
  return new UserError('sql-refused', 'mac query reads its own tables only: no other file or address can be read', {
    hint: listTables(names),
    cause,
  });
}

/** Returns the hint that lists the tables there are. */
export function listTables(names: readonly string[]): string {
  return `tables: ${names.join(', ')}; mac query --schema lists their columns`;
}

/**
 * With the place, as the engine points at it, and what there is.
 *
 * @param used tables that the SQL may mean.
 */
export function sqlError(error: unknown, names: readonly string[], used: readonly TableDescription[]): UserError {
  const message = errorMessage(error).replace(/^Failed to extract statements: /, '');
  if (message.startsWith('Permission Error')) return outsideRefusal(error, names);
  const columns = /column/i.test(message)
    ? used.map(table => `${table.name} has ${table.columns.map(({name}) => name).join(', ')}`)
    : [];
  return new UserError('sql-error', suggestTable(message, names).trim(), {
    hint: [...columns, listTables(names)].join('\n  → '),
    cause: error,
  });
}

/** Removes the engine's suggestions of its own tables. */
function suggestTable(message: string, names: readonly string[]): string {
  const [, word = ''] = /^Catalog Error: Table with name (\S+) does not exist/.exec(message) ?? [];
  if (word === '') return message;
  const meant = didYouMean(word, names);
  return message.replace(/\nDid you mean .*\?/, meant === undefined ? '' : `\nDid you mean "${meant}"?`);
}
