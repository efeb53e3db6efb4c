import {didYouMean} from '../../config/problem.ts';
import {groupBy} from '../../core/group-by.ts';
import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import {columnsNamed, type CellColumn} from '../select/columns.ts';
import {parseConditions, matchValue, parseConditionValue, type Condition} from '../select/conditions.ts';
import type {KnownTask, WorkspaceTasks} from '../records/recorded-tasks.ts';
import {selectTasks} from '../select/select-tasks.ts';
import type {Side} from './match-blocks.ts';

/** The sides of a comparison as the user named them. */
export type Contrasted =
  | {readonly kind: 'sides'; readonly first: string; readonly second: string}
  /** The levels of a factor: each with the baseline, or each with each other. */
  | {readonly kind: 'factor'; readonly factor: string; readonly baseline: string | undefined};

export interface SidePairs {
  /** The column whose levels are compared, by its full name. */
  readonly factor: string | null;
  readonly pairs: readonly {readonly first: Side; readonly second: Side}[];
}

/**
 * Resolves the sides that a user named. A side is anything that `mac results` takes (a grid, an experiment, a
 * benchmark, a task), or `column=value[,column=value]` among the tasks in scope.
 *
 * @param tasks all of the workspace; `scope`: those among which columns are looked up.
 * @throws UserError where a selector is unknown, means nothing, or both sides have tasks in common.
 */
export async function selectSides(
  layout: Layout,
  contrasted: Contrasted,
  {scope, ...recorded}: WorkspaceTasks & {readonly scope: readonly KnownTask[]},
): Promise<SidePairs> {
  if (contrasted.kind === 'factor') return levelPairs(contrasted, scope);
  const resolveSide = async (selector: string): Promise<Side> => {
    const conditions = parseConditions(selector);
    const tasks = conditions ? tasksWith(conditions, scope) : (await selectTasks(layout, recorded, selector)).tasks;
    return {name: selector, tasks};
  };
  const [first, second] = [await resolveSide(contrasted.first), await resolveSide(contrasted.second)];
  refuseOverlap(first, second);
  return {factor: null, pairs: [{first, second}]};
}

/** @throws UserError `column-unknown`, `column-constant`, `value-unknown`, `compare-empty`. */
function tasksWith(conditions: readonly Condition[], scope: readonly KnownTask[]): KnownTask[] {
  let tasks = [...scope];
  for (const {name, ...value} of conditions) {
    const {getValue, name: column} = findColumn(name, scope);
    const values = new Set(scope.map(getValue));
    const wanted = matchValue(values, value);
    if (wanted === undefined) throw unknownValue(column, value.value, values);
    tasks = tasks.filter(task => getValue(task) === wanted);
  }
  if (tasks.length > 0) return tasks;
  const wanted = conditions.map(({name, value}) => `${name}=${value}`).join(' and ');
  throw new UserError('compare-empty', `no task has ${wanted} together`, {
    hint: 'mac results shows the cells there are',
  });
}

function unknownValue(column: string, value: string, values: ReadonlySet<string>): UserError {
  const meant = didYouMean(value, values);
  return new UserError('value-unknown', `no task has ${column}=${value}`, {
    hint: meant === undefined ? `there are: ${[...values].slice(0, 20).join(', ')}` : `did you mean ${meant}?`,
  });
}

/** @throws UserError as `columnsNamed`. */
function findColumn(name: string, tasks: readonly KnownTask[]): CellColumn {
  const [column] = columnsNamed([name], tasks);
  if (!column) throw new Error('Internal error: a column that is neither known nor refused');
  return column;
}

/**
 * The levels of a factor, each with the baseline or each with each other.
 *
 * @throws UserError as `columnsNamed`; `factor-one-level`, `value-unknown`.
 */
export function levelPairs(
  {factor, baseline}: Extract<Contrasted, {readonly kind: 'factor'}>,
  scope: readonly KnownTask[],
): SidePairs {
  const column = findColumn(factor, scope);
  const byLevel = groupBy(scope, column.getValue);
  if (byLevel.size < 2) {
    throw new UserError(
      'factor-one-level',
      `${column.name} has one value in all tasks: ${[...byLevel.keys()].join()}`,
      {
        hint: 'a factor needs two; --of chooses the tasks',
      },
    );
  }
  const known = new Set(byLevel.keys());
  const base = baseline === undefined ? undefined : matchValue(known, parseConditionValue(baseline));
  if (baseline !== undefined && base === undefined) throw unknownValue(column.name, baseline, known);
  const levels = [...byLevel].map(([level, tasks]): Side => ({name: level, tasks}));
  const pairs = levels.flatMap((second, i) =>
    base === undefined
      ? levels.slice(i + 1).map(first => ({first, second}))
      : second.name === base
        ? levels.filter(first => first !== second).map(first => ({first, second}))
        : [],
  );
  return {factor: column.name, pairs};
}

/** @throws UserError `compare-same`, `compare-overlap`. */
function refuseOverlap(first: Side, second: Side): void {
  const shared = first.tasks.filter(task => second.tasks.includes(task)).length;
  if (shared === 0) return;
  if (shared === first.tasks.length && shared === second.tasks.length) {
    throw new UserError(
      'compare-same',
      `"${first.name}" and "${second.name}" are the same ${describeTaskCount(shared)}`,
      {
        hint: 'a difference needs two sides',
      },
    );
  }
  throw new UserError('compare-overlap', `${describeTaskCount(shared)} ${shared === 1 ? 'is' : 'are'} on both sides`, {
    hint: 'name sides that have no task in common, e.g. persona=judge and persona=nurse',
  });
}

function describeTaskCount(tasks: number): string {
  return tasks === 1 ? 'task' : `${tasks} tasks`;
}
