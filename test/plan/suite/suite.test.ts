import {describe, expect, test} from 'vitest';

import {nameSuiteRun} from '../../../src/plan/suite/suite.ts';
import {aSuite, compileSuite, SUBMITTED_MS} from './a-suite.ts';

const git = {short: 'abc1234', commit: 'abc1234def', dirty: false, diff_sha256: null};

describe('a suite', () => {
  test('compiles to a trial for each case, in a folder of its own', () => {
    const {plan, problems} = compileSuite(aSuite({git}));
    expect(problems).toEqual([]);
    expect(plan.set).toEqual({
      kind: 'suite',
      id: 'demo/20261120_201310_abc1234',
      folder: 'results/demo/20261120_201310_abc1234',
    });
    expect(plan.trials.map(({trial}) => trial.id)).toEqual(['a_full', 'b_full']);
    expect(plan.trials[1]?.trial).toEqual({
      id: 'b_full',
      labels: {variant: 'b_full'},
      seed: 7,
      config: {model: 'b', seed: 7},
      runner: {kind: 'module', file: 'config/suites/demo/run.ts', inspect: false},
      evaluators: [],
      output_dir: 'results/demo/20261120_201310_abc1234/b_full',
      cwd: '.',
      environment: {},
      timeout_seconds: null,
      resources: {gpus: 0},
      code: 'c0de',
      details: {git},
    });
    expect(plan.policy).toEqual({maxParallel: 'all', failFast: false, resume: 'auto'});
  });

  test('passes on what it says about its runs', () => {
    const {plan} = compileSuite(aSuite({max_parallel: 2, timeout_seconds: 5, resources: {gpus: 1, mem: '4G'}}));
    expect(plan.policy.maxParallel).toBe(2);
    expect(plan.trials[0]?.trial).toMatchObject({timeout_seconds: 5, resources: {gpus: 1, mem: '4G'}});
  });

  test('goes on in the place of an earlier run that is named', () => {
    const {plan} = compileSuite(aSuite(), {runName: '20200101_000000_old'});
    expect(plan.set.folder).toBe('results/demo/20200101_000000_old');
  });

  test('has keys that follow from config, seed and code, not from names, times or commits', () => {
    const keys = (changes: Parameters<typeof aSuite>[0], submittedAtMs = SUBMITTED_MS) =>
      compileSuite(aSuite(changes), {submittedAtMs}).plan.trials.map(({key}) => key);
    const [first] = keys({});
    expect(keys({git, name: 'other'}, SUBMITTED_MS + 1e7)[0]).toBe(first);
    expect(keys({cases: [{variant: 'renamed', config: {seed: 42, model: 'a'}}]})[0]).toBe(first);
    expect(keys({code: 'other'})[0]).not.toBe(first);
    expect(keys({cases: [{variant: 'a_full', config: {model: 'a', seed: 43}}]})[0]).not.toBe(first);
    expect(keys({entry: 'config/other.ts'})[0]).not.toBe(first);
  });

  test('is refused when another version evaluated it', () => {
    expect(() => compileSuite({...aSuite(), cases: []})).toThrow(/a suite as this version evaluates it/);
  });
});

describe('the name of a run', () => {
  test('is the time in UTC and the short commit', () => {
    expect(nameSuiteRun({git}, SUBMITTED_MS)).toBe('20261120_201310_abc1234');
  });

  test('says when there is no repository, and when the tree has changes', () => {
    expect(nameSuiteRun({git: null}, SUBMITTED_MS)).toBe('20261120_201310_nogit');
    expect(nameSuiteRun({git: {...git, dirty: true, diff_sha256: 'd'}}, SUBMITTED_MS)).toBe(
      '20261120_201310_abc1234-dirty',
    );
  });
});

describe('a suite in Inspect mode', () => {
  test('writes into one flat folder, each case under a name of its own', () => {
    const argv = ['inspect', 'eval', 'task.py'];
    const cases = aSuite().cases.map(each => ({...each, argv}));
    const {plan, problems} = compileSuite(aSuite({mode: 'inspect', entry: null, git, cases}));
    expect(problems).toEqual([]);
    expect(plan.set).toEqual({kind: 'suite', id: 'demo/20261120_201310_abc1234', folder: 'results/demo'});
    expect(plan.trials[0]?.trial).toMatchObject({
      output_dir: 'results/demo',
      runner: {kind: 'module', inspect: true, argv},
      environment: {INSPECT_EVAL_LOG_FILE_PATTERN: 'abc1234_a_full_{id}'},
    });
  });
});
