import {varyingColumns, type CellColumn} from '../select/columns.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** One side of a comparison: its name and its tasks. */
export interface Side {
  readonly name: string;
  readonly tasks: readonly KnownTask[];
}

/** A column whose values on the two sides have nothing in common: the factor, or what changes with it. */
export interface Contrast {
  readonly column: string;
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Tasks that are equal in everything held fixed; several on one side are repetitions or question files. */
export interface Block {
  /** The values that its tasks share. */
  readonly values: Readonly<Record<string, string>>;
  readonly first: readonly KnownTask[];
  readonly second: readonly KnownTask[];
}

export interface Matching {
  readonly contrasts: readonly Contrast[];
  /** Columns in which the tasks of a block are equal and blocks differ. */
  readonly fixed: readonly string[];
  readonly blocks: readonly Block[];
}

/** Repetitions may have other seeds. */
const SEED = 'conversation_config.seed';

/** Not swept as parameters, but a cell with other questions is another cell. */
const QUESTIONS: readonly CellColumn[] = [
  {name: 'benchmark', getValue: ({config}) => config.experiment_metadata.benchmark_subcategory},
  {name: 'questions_file', getValue: ({config}) => config.experiment_metadata.questions_file},
];

/**
 * Groups the tasks of two sides into blocks that differ only in the contrast: every column without a value that both
 * sides share (the factor, and parameters derived from it). A column with a shared value must be equal within a block.
 */
export function matchBlocks(first: readonly KnownTask[], second: readonly KnownTask[]): Matching {
  const tasks = [...first, ...second];
  const columns = [...varyingColumns(tasks).filter(({name}) => name !== SEED), ...QUESTIONS];
  const contrasts: Contrast[] = [];
  const fixed: CellColumn[] = [];
  for (const column of columns) {
    const [one, other] = [distinctValues(column, first), distinctValues(column, second)];
    if (![...one].some(value => other.has(value))) {
      contrasts.push({column: column.name, first: [...one], second: [...other]});
    } else if (one.size > 1 || other.size > 1) {
      fixed.push(column);
    }
  }
  return {contrasts, fixed: fixed.map(({name}) => name), blocks: groupIntoBlocks(first, second, fixed)};
}

function distinctValues({getValue}: CellColumn, tasks: readonly KnownTask[]): Set<string> {
  return new Set(tasks.map(getValue));
}

function groupIntoBlocks(
  first: readonly KnownTask[],
  second: readonly KnownTask[],
  fixed: readonly CellColumn[],
): Block[] {
  const blocks = new Map<string, {values: Record<string, string>; first: KnownTask[]; second: KnownTask[]}>();
  const add = (task: KnownTask, side: 'first' | 'second'): void => {
    const values = fixed.map(({name, getValue}) => [name, getValue(task)] as const);
    const key = JSON.stringify(values);
    let block = blocks.get(key);
    if (!block) blocks.set(key, (block = {values: Object.fromEntries(values), first: [], second: []}));
    block[side].push(task);
  };
  for (const task of first) add(task, 'first');
  for (const task of second) add(task, 'second');
  return [...blocks.values()];
}
