import type {DocumentPath, Problem} from '../../config/problem.ts';
import type {Complaint} from '../../config/report.ts';
import {validateTaskConfig, type Validated} from '../../config/validate.ts';
import type {CountedProblem} from '../checked-plan.ts';
import type {Plan} from '../plan.ts';

/** Makes a problem of a plan at a place of its config. */
export function problemAt({source, locate}: Plan, path: DocumentPath, complaint: Complaint): Problem {
  return {file: source.path, path, position: locate(path), ...complaint};
}

/** As `problemAt`, for a problem that is counted once. */
export function countedAt(plan: Plan, path: DocumentPath, complaint: Complaint): CountedProblem {
  return {problem: problemAt(plan, path, complaint), tasks: 1};
}

/**
 * Validates a configuration of a plan. A value that an axis wrote is wrong there, not at its placeholder in the base
 * config.
 */
export function validateInPlace(raw: unknown, plan: Plan): Validated {
  const validated = validateTaskConfig(raw, {file: plan.source.path, locate: plan.locate});
  if (validated.problems.length === 0) return validated;
  return {...validated, problems: validated.problems.map(problem => moveToAxis(problem, plan))};
}

function moveToAxis(problem: Problem, {axes, locate}: Plan): Problem {
  const path = problem.path.join('.');
  const axis = axes.find(({paths}) => paths.some(written => path === written || path.startsWith(`${written}.`)));
  if (!axis) return problem;
  return {...problem, position: locate(axis.place), hint: problem.hint ?? `the value comes from ${axis.title}`};
}
