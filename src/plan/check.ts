import {ConfigError, type Problem} from '../config/problem.ts';
import type {Validated} from '../config/validate.ts';
import {representativeTasks} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** Above this, one task for every value of every axis is checked, not every task. */
const CHECK_ALL = 5_000;

/** What is wrong with a plan's tasks. */
export interface CheckedPlan {
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
  /** Task numbers whose configuration is not valid, of those that were checked. */
  readonly invalidTasks: readonly number[];
  /** Whether every task was looked at. */
  readonly isComplete: boolean;
}

/** One problem, however many tasks have it. */
export interface CountedProblem {
  readonly problem: Problem;
  /** How many of the checked tasks have it. */
  readonly tasks: number;
}

/** Checks the configuration of every task, or of a representative set where there are too many; each problem is reported once. */
export function checkPlan(plan: Plan, validate: (raw: unknown) => Validated): CheckedPlan {
  const isComplete = plan.size <= CHECK_ALL;
  const indices = isComplete ? new Array<undefined>(plan.size).keys() : representativeTasks(plan);
  const problems = new Map<string, CountedProblem>();
  const warnings = new Map<string, CountedProblem>();
  const invalidTasks: number[] = [];
  for (const problem of plan.warnings) count(warnings, problem);
  for (const index of indices) {
    const checked = checkTask(plan, index, validate);
    for (const problem of checked.problems) count(problems, problem);
    for (const problem of checked.warnings) count(warnings, problem);
    if (checked.problems.length > 0) invalidTasks.push(index);
  }
  return {problems: [...problems.values()], warnings: [...warnings.values()], invalidTasks, isComplete};
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

function count(counted: Map<string, CountedProblem>, problem: Problem): void {
  const id = JSON.stringify([problem.path, problem.found, problem.expected]);
  counted.set(id, {problem: counted.get(id)?.problem ?? problem, tasks: (counted.get(id)?.tasks ?? 0) + 1});
}
