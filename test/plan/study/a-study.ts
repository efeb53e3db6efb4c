import {ConfigError, describeProblem} from '../../../src/config/problem.ts';
import {compileTrials} from '../../../src/plan/compile-trials.ts';
import type {TrialContext} from '../../../src/plan/front-end.ts';
import {describesTrials, parseFile} from '../../../src/plan/front-ends.ts';
import type {TrialPlan} from '../../../src/plan/trial-plan.ts';

export const CONTEXT: TrialContext = {
  home: '/home/ada/demo',
  workspace: '/home/ada',
  submittedAtMs: Date.UTC(2026, 0, 1),
  runName: null,
  limit: null,
};

/** Result of compiling a study file; problems and warnings as a user reads them. */
export interface CompiledStudy {
  readonly plan: TrialPlan;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Compiles a study; fails when nothing can be made of it. */
export function compileStudy(text: string, context: Partial<TrialContext> = {}): CompiledStudy {
  const parsed = parseFile({path: 'demo/study.yaml', text, sha256: 'x'});
  if (!describesTrials(parsed)) throw new Error(`taken for a ${parsed.frontEnd.name}`);
  const {plan, problems} = compileTrials(parsed, 'demo/study.yaml', {...CONTEXT, ...context});
  return {plan, problems: problems.map(describeProblem), warnings: plan.warnings.map(describeProblem)};
}

/** Returns the problems of a study, whether or not something can be made of it. */
export function findProblems(text: string): readonly string[] {
  try {
    return compileStudy(text).problems;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(describeProblem);
    throw error;
  }
}

/** A study of two hypotheses with two conditions each, one of which uses earlier runs; a test replaces parts. */
export const SMALL = `schema_version: 1
study:
  name: demo
  scenarios: [forum, town]
  run_defaults:
    seeds: [11, 12]
hypotheses:
  h1:
    conditions:
      base: {execution: {command: [echo, "{run_id}"]}}
      more: {execution: {command: [echo, more]}}
  h2:
    follows_from: h1
    conditions:
      only: {scenarios: [forum], seed: 5, execution: {command: echo two}}
      old: {execution: {mode: reuse_existing}, reuse: {runs: [{source: runs/a}, {source: runs/b, scenario: town, seed: 3}]}}
`;
