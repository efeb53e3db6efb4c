import {ConfigError, type Problem} from '../config/problem.ts';
import type {Plan} from './plan.ts';

/** One problem, however many tasks have it. */
export interface CountedProblem {
  readonly problem: Problem;
  /** Number of checked tasks that have it. */
  readonly tasks: number;
}

/** A plan and all that is wrong or odd about it, each with its place in the config. */
export interface CheckedPlan {
  readonly plan: Plan;
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
  /** Task numbers whose configuration or question file is not valid, of those that were checked. */
  readonly invalidTasks: readonly number[];
  /** True if every task was looked at. */
  readonly isComplete: boolean;
  /** True if all problems are about question files, so that the configurations themselves can be looked at. */
  readonly onlyFiles: boolean;
}

/** @throws ConfigError with every problem, and how many tasks have it where that is more than one. */
export function refuseIfInvalid({problems}: Pick<CheckedPlan, 'problems'>): void {
  if (problems.length === 0) return;
  throw new ConfigError(
    problems.map(({problem, tasks}) =>
      tasks > 1 ? {...problem, hint: [problem.hint, `(${tasks} tasks)`].filter(Boolean).join(' ')} : problem,
    ),
  );
}
