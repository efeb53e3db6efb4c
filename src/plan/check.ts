import {UserError} from '../core/errors.ts';
import type {Problem} from '../config/problem.ts';
import type {Validated} from '../config/validate.ts';
import {representativeTasks} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** Above this, one task for every value of every axis is checked, not every task. */
const CHECK_ALL = 5_000;
/** Above this, equal tasks are looked for axis by axis. */
const COMPARE_ALL = 20_000;

export interface CheckedPlan {
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
  /** Task numbers whose configuration is not valid, of those that were checked. */
  readonly invalidTasks: readonly number[];
  /** Whether every task was looked at. */
  readonly isComplete: boolean;
}

export interface CountedProblem {
  readonly problem: Problem;
  /** How many of the checked tasks have it. */
  readonly tasks: number;
}

/** Checks what can be known before anything runs; pure but for what `keyOf` reads. */
export function checkPlan(
  plan: Plan,
  options: {
    readonly file: string;
    /** The whole document. */
    readonly document: unknown;
    readonly validate: (raw: unknown, plan: Plan) => Validated;
    /** The task's key; null when its questions cannot be read (which is reported elsewhere). */
    readonly keyOf: (index: number) => string | null;
  },
): CheckedPlan {
  const isComplete = plan.size <= CHECK_ALL;
  const indices = isComplete ? [...new Array<undefined>(plan.size).keys()] : representativeTasks(plan);
  const problems = new Map<string, CountedProblem>();
  const warnings = new Map<string, CountedProblem>();
  const invalidTasks: number[] = [];
  for (const index of indices) {
    const checked = checkTask(plan, index, options);
    for (const problem of checked.problems) count(problems, problem);
    for (const problem of checked.warnings) count(warnings, problem);
    if (checked.problems.length > 0) invalidTasks.push(index);
  }
  // The older system ran equal tasks, told apart by their names and numbers alone; continuing its studies must stay possible.
  const mayBeEqual = (options.document as {compatibility?: unknown} | null)?.compatibility === 'reference';
  if (problems.size === 0 && !mayBeEqual) for (const problem of findEqualTasks(plan, options)) count(problems, problem);
  for (const name of plan.unevenZips) {
    count(warnings, {
      file: options.file,
      path: ['_grid', 'zip', name],
      found: 'sets that write different paths',
      expected: 'the same paths in every set',
      hint: 'a path that a set leaves out keeps the value of the base config',
    });
  }
  return {problems: [...problems.values()], warnings: [...warnings.values()], invalidTasks, isComplete};
}

function checkTask(
  plan: Plan,
  index: number,
  {file, validate}: {readonly file: string; readonly validate: (raw: unknown, plan: Plan) => Validated},
): Pick<Validated, 'problems' | 'warnings'> {
  try {
    return validate(plan.rawAt(index), plan);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem: Problem = {
      file,
      path: ['_grid'],
      found: error.message,
      expected: 'a grid that expands',
      hint: error.hint,
    };
    return {problems: [problem], warnings: []};
  }
}

function count(counted: Map<string, CountedProblem>, problem: Problem): void {
  const id = JSON.stringify([problem.path, problem.found, problem.expected]);
  counted.set(id, {problem: counted.get(id)?.problem ?? problem, tasks: (counted.get(id)?.tasks ?? 0) + 1});
}

/** Two tasks that would give the same results are a slip in the grid: one of them would be paid for twice. */
function findEqualTasks(
  plan: Plan,
  {file, keyOf}: {readonly file: string; readonly keyOf: (index: number) => string | null},
): Problem[] {
  const problems: Problem[] = [];
  const indices = plan.size <= COMPARE_ALL ? [...new Array<undefined>(plan.size).keys()] : representativeTasks(plan);
  const seen = new Map<string, number>();
  for (const index of indices) {
    const key = keyOf(index);
    if (key === null) continue;
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, index);
    else if (problems.length < 5) problems.push(describeEqual(plan, earlier, index, file));
  }
  return problems;
}

function describeEqual(plan: Plan, first: number, second: number, file: string): Problem {
  const [a, b] = [plan.digitsAt(first), plan.digitsAt(second)];
  const differing = plan.axes.filter((_axis, i) => a[i] !== b[i]);
  const names = differing.map(({name, values}) => {
    const i = plan.axes.findIndex(axis => axis.name === name);
    return `${name}: ${JSON.stringify(values[a[i] ?? 0])} and ${JSON.stringify(values[b[i] ?? 0])}`;
  });
  return {
    file,
    path: ['_grid'],
    found: `tasks ${first} and ${second}, which would give the same results (${names.join('; ')})`,
    expected: 'tasks that differ in what they ask',
    hint: 'remove one of the values; for the same grid several times use --rep',
  };
}
