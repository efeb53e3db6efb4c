import {describe, expect, it} from 'vitest';

import type {WrittenOptimizeJob} from '../../src/optimize/job.ts';
import {runOne} from './run-one.ts';

const NUMERIC = {task: 'internal:numeric_param', optimizer: 'heuristic'} as const;

function job(trainer: string, kwargs: Record<string, unknown>, seed = 1): WrittenOptimizeJob {
  return {...NUMERIC, trainer, trainer_kwargs: kwargs, seed};
}

/** Arguments with which each trainer has enough rounds to come close. */
const ENOUGH: readonly (readonly [string, Record<string, unknown>])[] = [
  ['Minibatch', {num_epochs: 60, ensure_improvement: true}],
  ['BasicSearch', {num_epochs: 20}],
  ['Beamsearch', {max_depth: 20}],
  ['UCBSearch', {num_search_iterations: 80, ucb_exploration_factor: 0.1}],
  ['PrioritySearch', {num_steps: 30}],
  ['SequentialUpdate', {num_steps: 60}],
  ['SequentialSearch', {num_steps: 30}],
  ['BeamSearch', {num_steps: 30}],
  ['GEPA-Base', {num_iters: 250}],
  ['GEPA-UCB', {num_search_iterations: 250}],
  ['GEPA-Beam', {num_search_iterations: 80}],
];

describe('with the heuristic proposer', () => {
  it.each(ENOUGH)('%s brings the numeric task from −3 to at least −0.01', async (trainer, kwargs) => {
    for (const seed of [1, 2, 3]) {
      const {result} = await runOne(job(trainer, kwargs, seed));
      expect(result).toMatchObject({status: 'succeeded', metrics: {score_val_initial: -3}});
      expect(result.metrics.score_val).toBeGreaterThanOrEqual(-0.01);
    }
  });

  it.each(ENOUGH)('%s does the same with the same seed, and other things with another', async (trainer, kwargs) => {
    const [first, again, other] = [
      await runOne(job(trainer, kwargs, 7)),
      await runOne(job(trainer, kwargs, 7)),
      await runOne(job(trainer, kwargs, 8)),
    ];
    expect(again.history).toEqual(first.history);
    expect(proposals(again.events)).toEqual(proposals(first.events));
    expect(proposals(other.events)).not.toEqual(proposals(first.events));
  });

  it('NoOpTrainer scores every example and changes nothing', async () => {
    const {result, events} = await runOne(job('NoOpTrainer', {}));
    expect(result.metrics).toMatchObject({score_val_initial: -3, score_val: -3});
    expect(events.filter(({event}) => event === 'candidate_scored')).toHaveLength(1);
    expect(proposals(events)).toEqual([]);
  });

  it('no trainer ends below where it began: the best state is kept', async () => {
    const {result} = await runOne(job('Minibatch', {num_epochs: 1, ensure_improvement: false}));
    const {score_val_initial = 0, score_val_final = 0, score_val} = result.metrics;
    expect(score_val).toBe(Math.max(score_val_initial, score_val_final));
  });

  it.each(['GEPA-Base', 'GEPA-UCB', 'GEPA-Beam'])('%s merges two lines of descent of multi_param', async trainer => {
    const rounds = trainer === 'GEPA-Base' ? 'num_iters' : 'num_search_iterations';
    const {result, events} = await runOne({
      task: 'internal:multi_param',
      optimizer: 'heuristic',
      trainer,
      trainer_kwargs: {[rounds]: 250, merge_every: 1},
      seed: 3,
    });
    expect(result.metrics.score_val).toBeGreaterThanOrEqual(-0.01);
    const merges = events.filter(({event}) => event === 'merged');
    expect(merges.length).toBeGreaterThan(0);
    for (const {parents} of merges) expect(new Set(parents).size).toBe(2);
  });
});

describe('the stub proposer', () => {
  it.each(['Minibatch', 'BasicSearch', 'Beamsearch', 'UCBSearch', 'PrioritySearch', 'GEPA-Base', 'GEPA-UCB'])(
    'leaves scores as they are under %s',
    async trainer => {
      const {result, history} = await runOne({task: 'internal:numeric_param', trainer});
      expect(result.resolved_optimizer).toBe('mac.StubProposer');
      expect(result.metrics).toMatchObject({score_val_initial: -3, score_val_final: -3, score_val: -3});
      expect(history.map(({kind}) => kind)).toEqual(['initial', 'final', 'best']);
    },
  );
});

describe('whole numbers, choices and texts', () => {
  it('are changed by the heuristic proposer, too', async () => {
    const whole = await runOne({
      ...NUMERIC,
      task: 'trace_examples:opentrace_train_single_node',
      trainer: 'PrioritySearch',
      trainer_kwargs: {num_steps: 20},
    });
    expect(whole.result.metrics.score_val).toBe(0);
    const text = await runOne({
      ...NUMERIC,
      task: 'internal:multiobjective_convex',
      trainer: 'PrioritySearch',
      trainer_kwargs: {num_steps: 10},
    });
    expect(text.result.metrics.score_val).toBeGreaterThan(0);
  });
});

describe('several objectives', () => {
  const convex = {
    task: 'internal:multiobjective_convex',
    trainer: 'PrioritySearch',
    optimizer: 'heuristic',
    trainer_kwargs: {num_steps: 10, num_candidates: 3},
  };

  it('are weighted as the job says, with the metrics in the events', async () => {
    const {events, result} = await runOne({
      ...convex,
      eval_kwargs: {objective_config: {mode: 'weighted', weights: {reg_loss: 1}, minimize: ['reg_loss']}},
    });
    // By the squared norm alone, the origin is the best of the points.
    expect(result.metrics.score_val).toBeCloseTo(0, 10);
    const scored = events.filter(({event, scores}) => event === 'candidate_scored' && scores);
    expect(scored.length).toBeGreaterThan(2);
    expect(scored[0].scores).toEqual({base_loss: expect.any(Number), reg_loss: expect.any(Number)});
  });

  it.each(['scalar', 'weighted', 'random'])('explore the non-dominated front, ties by %s', async tie_break => {
    const {events, result} = await runOne({
      ...convex,
      eval_kwargs: {objective_config: {mode: 'pareto', tie_break}},
    });
    expect(result.status).toBe('succeeded');
    expect(result.metrics.score_val).toBeGreaterThan(0);
    expect(events.some(({event, scores}) => event === 'candidate_scored' && scores)).toBe(true);
  });
});

function proposals(events: readonly any[]): unknown[] {
  return events.filter(({event}) => event === 'proposal').map(({ts: _, ...facts}) => facts);
}
