import {describe, expect, it} from 'vitest';

import {TASKS} from '../../src/optimize/catalog/tasks.ts';
import {readAnswer} from '../../src/optimize/tasks/internal/word-problems.ts';
import {NATIVE_TASKS} from '../../src/optimize/tasks/native-tasks.ts';
import {runOne} from './run-one.ts';

describe('a native task, scored by the trainer that changes nothing', () => {
  it.each([
    ['internal:code_param', 1],
    ['internal:numeric_param', -3],
    ['internal:multi_param', -1],
    ['internal:multiobjective_convex', -1],
    ['internal:multiobjective_bbeh', 1],
    ['internal:multiobjective_gsm8k', -1],
    ['trace_examples:greeting_stub', 1],
    ['trace_examples:train_single_node_stub', -3],
    ['trace_examples:opentrace_greeting', 1],
    ['trace_examples:opentrace_train_single_node', -3],
  ])('%s begins with %d', async (task, score) => {
    const {result} = await runOne({task, trainer: 'NoOpTrainer'});
    expect(result.reason).toBeUndefined();
    expect(result.metrics).toMatchObject({score_val_initial: score, score_val_final: score, score_val: score});
    expect(result.status).toBe('succeeded');
  });

  it('without anything to train fails', async () => {
    const {result} = await runOne({task: 'internal:non_trainable', trainer: 'PrioritySearch'});
    expect(result).toMatchObject({
      status: 'failed',
      reason: 'no_trainable_parameters',
      feedback: 'no_trainable_parameters',
    });
  });

  it('with test examples scores them on the best state', async () => {
    const {result} = await runOne({task: 'internal:multiobjective_bbeh', trainer: 'NoOpTrainer'});
    expect(result.metrics.score_test).toBe(1);
    expect(result.scores).toMatchObject({error: 0, cpu_seconds: expect.any(Number)});
  });
});

it('every native task of the registry has a builder, and no other', () => {
  const listed = TASKS.filter(({availability}) => availability.available).map(({id}) => id);
  expect(Object.keys(NATIVE_TASKS).sort()).toEqual([...listed].sort());
});

it('a task that needs Python is skipped where there is none', async () => {
  const job = {task: 'internal:multiobjective_bbeh', trainer: 'NoOpTrainer'};
  const {result} = await runOne(job, {...process.env, MAC_PYTHON: '/nowhere/python3'});
  expect(result).toMatchObject({status: 'skipped', reason: expect.stringContaining('needs Python 3')});
});

it('arguments that a task has no use for are told', async () => {
  const {result} = await runOne({task: 'internal:numeric_param', trainer: 'NoOpTrainer', eval_kwargs: {nope: 1}});
  expect(result.notices).toEqual(['eval_kwargs without use in internal:numeric_param: nope']);
});

it('an answer is the number behind ####, else the last one', () => {
  expect(readAnswer('I think 3, no: #### 1,200.')).toBe(1200);
  expect(readAnswer('{"answer": "#### 18"}')).toBe(18);
  expect(readAnswer('first 3 then 4')).toBe(4);
  expect(readAnswer('none')).toBeUndefined();
});
