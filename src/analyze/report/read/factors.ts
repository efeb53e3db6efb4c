import {columnsNamed, varyingColumns, type CellColumn} from '../../select/columns.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';

/** A parameter that the tasks vary. */
export interface Factor {
  readonly name: string;
  /** Parameters whose values always match its own, or split the tasks alike. */
  readonly sameAs: readonly string[];
  /** Number of tasks by value. */
  readonly levels: ReadonlyMap<string, number>;
}

/** Returns each split of the tasks once: parameters that change together are one factor. */
export function findFactors(tasks: readonly KnownTask[]): Factor[] {
  const factors = new Map<string, {name: string; sameAs: string[]; levels: ReadonlyMap<string, number>}>();
  for (const column of [...columnsNamed(['grid', 'experiment', 'benchmark'], tasks), ...varyingColumns(tasks)]) {
    const levels = countLevels(column, tasks);
    if (levels.size < 2) continue;
    const split = partitionKey(column, tasks);
    const known = factors.get(split);
    if (known) known.sameAs.push(column.name);
    else factors.set(split, {name: column.name, sameAs: [], levels});
  }
  return [...factors.values()];
}

function countLevels({getValue}: CellColumn, tasks: readonly KnownTask[]): Map<string, number> {
  const levels = new Map<string, number>();
  for (const task of tasks) levels.set(getValue(task), (levels.get(getValue(task)) ?? 0) + 1);
  return levels;
}

/** Identifies a partition of the tasks, whatever the values are called. */
function partitionKey({getValue}: CellColumn, tasks: readonly KnownTask[]): string {
  const numbers = new Map<string, number>();
  return tasks
    .map(task => {
      const value = getValue(task);
      if (!numbers.has(value)) numbers.set(value, numbers.size);
      return numbers.get(value);
    })
    .join(',');
}

/** Returns whether a factor distinguishes the benchmarks and nothing else. */
export function isBenchmarkFactor({name, sameAs}: Factor): boolean {
  return [name, ...sameAs].includes('benchmark');
}
