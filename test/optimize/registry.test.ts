import {describe, expect, it} from 'vitest';

import {optimizeJobSchema} from '../../src/optimize/job.ts';
import {
  findTask,
  findTrainer,
  normalizeTaskId,
  resolveLogger,
  resolveOptimizer,
  resolveParameters,
} from '../../src/optimize/registry.ts';
import {TRAINERS} from '../../src/optimize/catalog/trainers.ts';

function trainer(name: string) {
  const found = findTrainer(name);
  if (!found) throw new Error(`no trainer ${name}`);
  return found;
}

describe('trainers of the registry', () => {
  it('are found by their aliases', () => {
    expect(trainer('GEPAAlgorithmBase').id).toBe('GEPA-Base');
    expect(trainer('BasicSearchAlgorithm').id).toBe('BasicSearch');
    expect(findTrainer('Nope')).toBeUndefined();
  });

  it('have names that no other has', () => {
    const names = TRAINERS.flatMap(({id, aliases}) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('of other libraries are unavailable, with the reason', () => {
    for (const name of ['DSPyTrainer', 'TextGradTrainer', 'OpenEvolveTrainer', 'POLCA']) {
      expect(trainer(name).availability).toMatchObject({available: false, reason: expect.stringContaining('needs')});
    }
  });
});

describe('arguments of trainers', () => {
  it('have defaults', () => {
    expect(resolveParameters(trainer('PrioritySearch'), {}).resolved).toEqual({
      num_epochs: 1,
      num_steps: 1,
      num_batches: 1,
      num_candidates: 2,
      num_proposals: 2,
    });
    expect(resolveParameters(trainer('GEPA-UCB'), {}).resolved).toEqual({
      num_search_iterations: 1,
      train_batch_size: 2,
      merge_every: 2,
      pareto_subset_size: 2,
    });
  });

  it('can be spelled short', () => {
    const {resolved, unknown} = resolveParameters(trainer('PrioritySearch'), {ps_steps: 5, threads: 2, batch_size: 3});
    expect(resolved).toMatchObject({num_steps: 5, num_threads: 2, train_batch_size: 3});
    expect(unknown).toEqual([]);
    expect(resolveParameters(trainer('GEPA-Base'), {gepa_iters: 4}).resolved).toMatchObject({num_iters: 4});
  });

  it('of a stronger layer win whatever their spelling', () => {
    const {resolved, clashes} = resolveParameters(trainer('PrioritySearch'), {ps_steps: 5}, {num_steps: 7});
    expect(resolved['num_steps']).toBe(7);
    expect(clashes).toEqual([]);
  });

  it('in two spellings of one layer clash', () => {
    const {clashes} = resolveParameters(trainer('PrioritySearch'), {ps_steps: 5, num_steps: 7});
    expect(clashes).toEqual([{name: 'num_steps', given: ['ps_steps', 'num_steps']}]);
  });

  it('that no trainer takes are unknown, those of another family are left out', () => {
    const {unknown, ignored, resolved} = resolveParameters(trainer('PrioritySearch'), {ps_stepz: 1, gepa_iters: 2});
    expect(unknown).toEqual(['ps_stepz']);
    expect(ignored).toEqual(['gepa_iters']);
    expect(resolved).not.toHaveProperty('gepa_iters');
  });

  it('of the task and the proposer are not the trainer’s', () => {
    expect(resolveParameters(trainer('NoOpTrainer'), {eval_kwargs: {}, optimizer_kwargs: {}}).resolved).toEqual({});
  });

  it('with wrong values are reported', () => {
    expect(resolveParameters(trainer('BasicSearch'), {num_proposals: 0}).wrong).toEqual([
      {name: 'num_proposals', found: 0, expected: 'a whole number from 1'},
    ]);
  });
});

describe('names', () => {
  it('of tasks are completed', () => {
    expect(normalizeTaskId('example:greeting_stub')).toBe('trace_examples:greeting_stub');
    expect(normalizeTaskId('circle_packing')).toBe('llm4ad:circle_packing');
    expect(findTask('internal:nope')).toBeUndefined();
    expect(findTask('terminal_bench:any')?.availability.available).toBe(false);
  });

  it('of optimizers depend on the mode, and mapped ones say so', () => {
    expect(resolveOptimizer(null, 'stub')).toEqual({id: 'mac.StubProposer'});
    expect(resolveOptimizer(null, 'real')).toEqual({id: 'mac.LlmProposer'});
    expect(resolveOptimizer('heuristic', 'stub')).toEqual({id: 'mac.HeuristicProposer'});
    expect(resolveOptimizer('OptoPrimeV2', 'real')?.notice).toContain('mac.LlmProposer');
    expect(resolveOptimizer('OPROv2', 'stub')).toMatchObject({id: 'mac.StubProposer'});
    expect(resolveOptimizer('Zzz', 'real')).toBeUndefined();
  });

  it('of the silent logger are many', () => {
    for (const name of ['none', 'null', 'off', 'disable', 'disabled']) {
      expect(resolveLogger(name)).toEqual({id: 'NullLogger'});
    }
    expect(resolveLogger('default')).toEqual({id: 'ConsoleLogger'});
    expect(resolveLogger('Zzz')).toBeUndefined();
  });
});

describe('a job', () => {
  it('needs only a task and a trainer', () => {
    expect(optimizeJobSchema.parse({task: 'internal:numeric_param', trainer: 'NoOpTrainer'})).toMatchObject({
      mode: 'stub',
      seed: 123,
      llm: null,
      commands: {},
      time_limits: {hello_seconds: 20},
    });
  });

  it('with an unknown key is refused', () => {
    expect(optimizeJobSchema.safeParse({task: 'a:b', trainer: 'x', trainer_kwarg: {}}).success).toBe(false);
  });
});
