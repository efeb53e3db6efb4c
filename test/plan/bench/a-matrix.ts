import {describeProblem} from '../../../src/config/problem.ts';
import {sha256} from '../../../src/core/seeds/hash.ts';
import {benchFrontEnd} from '../../../src/plan/bench/bench.ts';
import {type BenchDetails, readDetails} from '../../../src/plan/bench/details.ts';
import {type BenchJob, listJobs} from '../../../src/plan/bench/jobs.ts';
import {type CheckedTrials, compileTrials} from '../../../src/plan/compile-trials.ts';
import {describesTrials, parseFile} from '../../../src/plan/front-ends.ts';

const SUBMITTED = Date.UTC(2026, 10, 20, 20, 13, 10);

/** Compiles the text of a matrix, or a value as JSON. */
export function compileBench(source: string | object, runName: string | null = null): CheckedTrials {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const parsed = parseFile({path: 'm.yaml', text, sha256: sha256(text)}, 'config', [benchFrontEnd]);
  if (!describesTrials(parsed)) throw new Error('no matrix');
  return compileTrials(parsed, 'm.yaml', {
    home: '/',
    workspace: '/home/ada',
    submittedAtMs: SUBMITTED,
    runName,
    limit: null,
  });
}

/** Compiles a matrix without problems, and returns what it comes to. */
export function expandBench(source: string | object): BenchDetails & {readonly jobs: readonly BenchJob[]} {
  const {plan, problems} = compileBench(source);
  if (problems.length > 0) throw new Error(problems.map(describeProblem).join('\n'));
  const details = readDetails(plan.details);
  return {...details, jobs: listJobs(details.matrix)};
}

/** Returns the problems of a matrix in words. */
export function findProblems(source: string | object): string[] {
  try {
    return compileBench(source).problems.map(describeProblem);
  } catch (error) {
    return (error as Error).message.split('\n     ');
  }
}

/** A matrix of one job. */
export const SMOKE = {tasks: ['internal:numeric_param'], trainers: [{id: 'PrioritySearch'}], seeds: [1]};
