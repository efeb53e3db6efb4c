import {validateTaskConfig} from '../../config/validate.ts';
import {UserError} from '../../core/errors.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {CheckedPlan} from '../checked-plan.ts';
import type {Plan} from '../plan.ts';
import {checkFit} from './check-fit.ts';
import {checkQuestionFiles} from './check-question-files.ts';
import {checkTasks} from './check-tasks.ts';
import {findDroppedOptions, findNamesNeverSent} from './dropped-options.ts';
import {findEqualRequests} from './equal-requests.ts';
import {validateInPlace} from './locate-problems.ts';

/**
 * Checks a plan: every configuration (or a representative set), every question file that it names, what fits into the
 * context of its models, which options never reach them, and that no two tasks ask the same.
 *
 * @param files read the question files that the plan names.
 */
export async function checkPlan(plan: Plan, files: QuestionFiles): Promise<CheckedPlan> {
  const named = new Map<string, number>();
  const checked = checkTasks(plan, (raw, tasks) => {
    const validated = validateInPlace(raw, plan);
    const file = validated.config?.experiment_metadata.questions_file;
    if (file !== undefined) named.set(file, (named.get(file) ?? 0) + tasks);
    return validated;
  });
  await files.read(named.keys());
  const inFiles = checkQuestionFiles(named, files, plan);
  const warnings = [...checked.warnings, ...inFiles.warnings];
  const problems = [...checked.problems, ...inFiles.problems];
  if (problems.length > 0) {
    const onlyFiles = checked.problems.length === 0;
    const all = checked.isComplete ? new Array<undefined>(plan.size).keys() : [];
    const invalid = await findInvalidTasks(plan, all, files, checked.invalidTasks);
    return {...checked, plan, problems, warnings, invalidTasks: [...invalid].sort((a, b) => a - b), onlyFiles};
  }
  const {isReference} = plan;
  // The older system ran equal tasks, told apart by their names and numbers alone; continuing its studies must stay
  // possible.
  const equal = isReference ? [] : findEqualRequests(plan, files);
  const fit = checkFit(plan, files);
  const unsent = [...findDroppedOptions(plan), ...findNamesNeverSent(plan)];
  return {
    ...checked,
    plan,
    // The older system ran everything; its studies go on with a warning.
    warnings: [...warnings, ...fit.warnings, ...unsent, ...(isReference ? fit.problems : [])],
    problems: [...(isReference ? [] : fit.problems), ...equal.map(problem => ({problem, tasks: 1}))],
    onlyFiles: false,
  };
}

/**
 * Finds which of some tasks are invalid, by themselves or by their question files, which are read.
 *
 * @param known tasks that are invalid and need no look.
 * @throws ConfigError when the configuration of another task cannot be made.
 */
export async function findInvalidTasks(
  plan: Plan,
  indices: Iterable<number>,
  files: QuestionFiles,
  known: Iterable<number> = [],
): Promise<Set<number>> {
  const invalid = new Set(known);
  const named = new Map<number, string>();
  for (const index of indices) {
    if (invalid.has(index)) continue;
    const {config} = validateTaskConfig(plan.rawAt(index));
    if (config) named.set(index, config.experiment_metadata.questions_file);
    else invalid.add(index);
  }
  await files.read(named.values());
  for (const [index, name] of named) if (files.get(name) instanceof UserError) invalid.add(index);
  return invalid;
}
