import {sha256} from '../../../src/core/seeds/hash.ts';
import {compileTrials, type CheckedTrials} from '../../../src/plan/compile-trials.ts';
import type {TrialContext} from '../../../src/plan/front-end.ts';
import {describesTrials, parseFile} from '../../../src/plan/front-ends.ts';
import type {SuiteDescription} from '../../../src/suite/suite-description.ts';

/** A suite as its file was evaluated: two cases, outside of any repository. */
export function aSuite(changes: Partial<SuiteDescription> = {}): SuiteDescription {
  return {
    schema: 'mac.suite/1',
    name: 'demo',
    mode: 'standard',
    entry: 'config/suites/demo/run.ts',
    max_parallel: 'all',
    timeout_seconds: null,
    resources: {gpus: 0},
    cases: [
      {variant: 'a_full', config: {model: 'a', seed: 42}},
      {variant: 'b_full', config: {model: 'b', seed: 7}},
    ],
    file: 'config/suites/demo/suite.ts',
    code: 'c0de',
    code_files: ['config/suites/demo/run.ts'],
    git: null,
    ...changes,
  };
}

/** Evening of 20 November 2026, UTC. */
export const SUBMITTED_MS = Date.UTC(2026, 10, 20, 20, 13, 10, 999);

export function compileSuite(suite: SuiteDescription, context: Partial<TrialContext> = {}): CheckedTrials {
  const text = `${JSON.stringify(suite)}\n`;
  const parsed = parseFile({path: '/w/suite.ts', text, sha256: sha256(text)});
  if (!describesTrials(parsed)) throw new Error('not taken for a suite');
  return compileTrials(parsed, 'suite.ts', {
    home: '/w',
    workspace: '/w',
    submittedAtMs: SUBMITTED_MS,
    runName: null,
    limit: null,
    ...context,
  });
}
