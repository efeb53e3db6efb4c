import {freeValues} from '../../config/rules/free-values.ts';
import {ConfigError, type Problem} from '../../config/problem.ts';
import type {Validated} from '../../config/validate.ts';
import type {CheckedPlan, CountedProblem} from '../checked-plan.ts';
import {representativeTasks} from '../enumerate.ts';
import {overlaps} from '../path.ts';
import type {Plan} from '../plan.ts';

/** Above this, one task for every value of every axis is checked, not every task. */
const CHECK_ALL = 5_000;

/** The faults of the configurations of a plan's tasks. */
export type CheckedTasks = Pick<CheckedPlan, 'problems' | 'warnings' | 'invalidTasks' | 'isComplete'>;

/**
 * Checks the configuration of every task, or of a representative set where there are too many; each problem is reported
 * once.
 *
 * @param validate called with how many tasks the configuration stands for.
 */
export function checkTasks(plan: Plan, validate: (raw: unknown, tasks: number) => Validated): CheckedTasks {
  const indices = plan.size <= CHECK_ALL ? [...new Array<undefined>(plan.size).keys()] : representativeTasks(plan);
  const likeFirst = indices.length <= CHECK_ALL ? new Set<number>() : tasksLikeFirst(plan);
  const problems = new Map<string, CountedProblem>();
  const warnings = new Map<string, CountedProblem>();
  const invalidTasks: number[] = [];
  for (const problem of plan.warnings) count(warnings, problem, 1);
  for (const index of indices) {
    if (likeFirst.has(index)) continue;
    const tasks = index === 0 ? 1 + likeFirst.size : 1;
    const checked = checkTask(plan, index, raw => validate(raw, tasks));
    for (const problem of checked.problems) count(problems, problem, tasks);
    for (const problem of checked.warnings) count(warnings, problem, tasks);
    if (checked.problems.length === 0) continue;
    invalidTasks.push(index);
    if (index === 0) for (const like of likeFirst) invalidTasks.push(like);
  }
  return {
    problems: [...problems.values()],
    warnings: [...warnings.values()],
    invalidTasks: invalidTasks.sort((a, b) => a - b),
    isComplete: indices.length === plan.size,
  };
}

/**
 * Returns the representative tasks that are as valid as task 0: they differ from it in one value that is fine by
 * itself, as is task 0's.
 */
function tasksLikeFirst(plan: Plan): Set<number> {
  const like = new Set<number>();
  for (const [i, {paths, written}] of plan.axes.entries()) {
    const [path, ...more] = paths;
    const isFree = path === undefined || more.length > 0 ? undefined : freeValues(path);
    if (path === undefined || !isFree) continue;
    const isFine = (digit: number): boolean => {
      const value = written(digit, path);
      return value !== undefined && isFree(value);
    };
    if (!isFine(0) || isTouched(plan, i, path)) continue;
    for (const index of representativeTasks(plan, [i])) {
      if (index > 0 && isFine(plan.digitsAt(index)[i] ?? 0)) like.add(index);
    }
  }
  return like;
}

function isTouched({axes, derived}: Plan, axis: number, path: string): boolean {
  return (
    derived.some(rule => [rule.path, ...rule.reads].some(other => overlaps(other, path))) ||
    axes.some(({paths}, i) => i !== axis && paths.some(other => overlaps(other, path)))
  );
}

function checkTask(
  plan: Plan,
  index: number,
  validate: (raw: unknown) => Validated,
): Pick<Validated, 'problems' | 'warnings'> {
  try {
    return validate(plan.rawAt(index));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {problems: error.problems, warnings: []};
  }
}

function count(counted: Map<string, CountedProblem>, problem: Problem, tasks: number): void {
  const id = JSON.stringify([problem.path, problem.found, problem.expected]);
  const known = counted.get(id);
  counted.set(id, {problem: known?.problem ?? problem, tasks: (known?.tasks ?? 0) + tasks});
}
