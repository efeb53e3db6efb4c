import {agentsTable} from './agents-table.ts';
import {conversationsTable} from './conversations-table.ts';
import {messagesTable} from './messages-table.ts';
import {questionsTable} from './questions-table.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import type {TableDescription, TableName} from './table.ts';
import {tasksTable} from './tasks-table.ts';
import {trialsTable} from './trials-table.ts';

/** The tables as docs, exports and SQL have them; what varies comes behind the columns of `tasks` and `trials`. */
export const SCHEMA: readonly TableDescription[] = [
  tasksTable(),
  conversationsTable,
  messagesTable,
  questionsTable,
  agentsTable,
  trialsTable(),
];

/** Returns a table with the columns that it has for these tasks. */
export function describeTable(name: TableName, tasks: readonly KnownTask[]): TableDescription {
  switch (name) {
    case 'tasks':
      return tasksTable(tasks);
    case 'conversations':
      return conversationsTable;
    case 'messages':
      return messagesTable;
    case 'questions':
      return questionsTable;
    case 'agents':
      return agentsTable;
  }
}

/** Returns the tables as Markdown, as docs/tables.md has them. */
export function schemaMarkdown(): string {
  return SCHEMA.map(({name, meaning, key, columns}) =>
    [
      `### \`${name}\`\n\nA row is ${meaning}.\nKey: ${key.map(column => `\`${column}\``).join(', ')}.\n`,
      '| column | type | meaning |',
      '| --- | --- | --- |',
      ...columns.map(
        column => `| \`${column.name}\` | ${typeWithUnit(column)} | ${column.meaning.replaceAll('|', '\\|')} |`,
      ),
      '',
    ].join('\n'),
  ).join('\n');
}

/** `number, s`. */
export function typeWithUnit({type, unit}: TableDescription['columns'][number]): string {
  return unit === undefined ? type : `${type}, ${unit}`;
}
