import {varyingParameters} from '../score/columns.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import type {ColumnDefinition, ColumnType} from './column.ts';

/**
 * The parameters in which tasks differ as columns, each named by its path in the config: `agent_definitions.0.persona`.
 * Their types follow from the values.
 *
 * @param taken names of other columns of the table; SQL tells no case apart.
 */
export function parameterColumns<Source extends {readonly task: KnownTask}>(
  tasks: readonly KnownTask[],
  taken: readonly string[],
): Record<string, ColumnDefinition<Source>> {
  const used = new Set(taken.map(name => name.toLowerCase()));
  const columns: Record<string, ColumnDefinition<Source>> = {};
  for (const {path, valueOf} of varyingParameters(tasks)) {
    if (taken.includes(path)) continue;
    let name = path;
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${path}_${n}`;
    used.add(name.toLowerCase());
    columns[name] = {
      type: inferType(tasks.map(valueOf)),
      meaning: `\`${path}\` of the task's config`,
      valueOf: ({task}) => valueOf(task),
    };
  }
  return columns;
}

function inferType(values: readonly unknown[]): ColumnType {
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.every(value => typeof value === 'boolean')) return 'boolean';
  if (known.every(value => Number.isSafeInteger(value))) return 'integer';
  return known.every(value => typeof value === 'number') ? 'number' : 'text';
}
