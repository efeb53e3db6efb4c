import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {describeSeconds} from '../../src/core/text/amounts.ts';
import {estimateGroup} from '../../src/plan/estimate.ts';
import {groupTasks, type TaskGroup} from '../../src/plan/groups.ts';
import {packTasks} from '../../src/plan/packs.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {serverNeed} from '../../src/plan/servers.ts';
import {partitionWarnings, submitLimitWarnings, findPlanWarnings} from '../../src/plan/warnings.ts';
import {tabulateRequests} from '../../src/plan/work.ts';
import {gridPlan, tasksOf} from './a-plan.ts';

const vllm = (path: string, config: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  backend: 'vllm' as const,
  model_path: path,
  max_num_seqs: 8,
  vllm_config: config,
  ...more,
});

const MODELS = {
  small: vllm('org/small'),
  large: vllm('org/large', {tensor_parallel_size: 2}),
  twin: vllm('org/small'),
  remote: vllm('org/large', {tensor_parallel_size: 8}, {api_config: {base_url: 'http://gpu:8000/v1'}}),
  simulated: {backend: 'simulated'},
};

function modelPlan(sweep: Record<string, unknown[]>): Plan {
  const base = {model_definitions: MODELS, 'agent_definitions.0.model': 'small', 'agent_definitions.1.model': 'small'};
  return gridPlan({sweep}, base);
}

const summary = (groups: readonly TaskGroup[]) =>
  groups.map(({gpus, sets}) => [gpus, sets.map(({servers, tasks}) => [servers.map(({model}) => model), tasks])]);

describe('the GPUs of a model', () => {
  it.each([
    [{}, 1],
    [{tensor_parallel_size: 4}, 4],
    [{tensor_parallel_size: 2, data_parallel_size: 3}, 6],
    [{gpu_device_ids: [0, 1, 2, 3]}, 4],
    [{gpu_device_ids: [4, 5], tensor_parallel_size: 1}, 2],
    [{gpu_device_ids: [0, 1, 2, 3], data_parallel_size: 2}, 4],
    [{gpu_device_ids: []}, 1],
  ])('with %j are %i', (config, gpus) => {
    expect(serverNeed('m', vllm('x', config))?.gpus).toBe(gpus);
  });

  it('that is served elsewhere, or needs no server, are none', () => {
    expect(serverNeed('m', vllm('x', {}, {api_config: {base_url: 'http://h/v1'}}))).toBeUndefined();
    expect(serverNeed('m', {backend: 'openai', model_name: 'x'})).toBeUndefined();
    expect(serverNeed('m', vllm('x', {}, {api_config: {timeout_seconds: 5}}))?.gpus).toBe(1);
  });

  it('that cannot be shared out are an error', () => {
    expect(() => serverNeed('m', vllm('x', {gpu_device_ids: [0, 1, 2], data_parallel_size: 2}))).toThrow(/shared out/);
  });
});

describe('groups of tasks', () => {
  it('are formed by the GPUs of the different models that agents use, servers apart', () => {
    const plan = modelPlan({
      'agent_definitions.0.model': ['small', 'large', 'twin', 'remote', 'simulated'],
      'agent_definitions.1.model': ['small', 'remote'],
    });
    expect(summary(groupTasks(plan))).toEqual([
      [3, [[['large', 'small'], [2]]]],
      [2, [[['large'], [3]]]],
      // Two names of one definition are one server.
      [1, [[['small'], [0, 1, 4, 5, 6, 8]]]],
      [0, [[[], [7, 9]]]],
    ]);
  });

  it('take a part of the tasks', () => {
    const plan = modelPlan({
      'agent_definitions.0.model': ['small', 'large'],
      'agent_definitions.1.temperature': [0, 1],
    });
    expect(summary(groupTasks(plan, {tasks: [1, 2]}))).toEqual([
      [3, [[['large', 'small'], [2]]]],
      [1, [[['small'], [1]]]],
    ]);
  });

  it('agree with looking at every task', () => {
    const names = fc.uniqueArray(fc.constantFrom('small', 'large', 'twin', 'remote'), {minLength: 1, maxLength: 4});
    const sizes = fc.uniqueArray(fc.integer({min: 1, max: 4}), {minLength: 1, maxLength: 3});
    fc.assert(
      fc.property(names, names, sizes, fc.integer({min: 1, max: 3}), (first, second, tensor, temperatures) => {
        const plan = modelPlan({
          'agent_definitions.0.model': first,
          'model_definitions.small.vllm_config.tensor_parallel_size': tensor,
          'agent_definitions.1.temperature': Array.from({length: temperatures}, (_, i) => i / 2),
          'agent_definitions.1.model': second,
        });
        const seen = new Map<number, number>();
        for (const {gpus, sets} of groupTasks(plan)) {
          for (const {tasks} of sets) for (const task of tasks) seen.set(task, gpus);
        }
        expect(seen.size).toBe(plan.size);
        for (const index of tasksOf(plan)) {
          const {agent_definitions, model_definitions} = plan.configAt(index);
          const needs = agent_definitions.flatMap(({model}) => serverNeed(model, model_definitions[model]!) ?? []);
          const distinct = new Map(needs.map(({key, gpus}) => [key, gpus]));
          expect(seen.get(index)).toBe([...distinct.values()].reduce((sum, gpus) => sum + gpus, 0));
        }
      }),
      {numRuns: 30},
    );
  });

  it('of a million tasks look at few configurations', () => {
    const many = Array.from({length: 1000}, (_, i) => i / 1000);
    let looked = 0;
    const counted = (plan: Plan): Plan => ({...plan, configAt: index => (looked++, plan.configAt(index))});
    const sweep = {'agent_definitions.0.temperature': many, 'agent_definitions.1.temperature': many};
    expect(groupTasks(counted(modelPlan(sweep)))).toMatchObject([{gpus: 1, tasks: 1_000_000}]);
    const withModels = {...sweep, 'agent_definitions.0.model': ['small', 'large', 'remote']};
    expect(groupTasks(counted(modelPlan(withModels))).map(({tasks}) => tasks)).toEqual([1_000_000, 2_000_000]);
    expect(looked).toBeLessThan(30);
  });

  it('count requests by file, rounds and agents', () => {
    const plan = gridPlan({
      sweep: {'conversation_config.max_rounds': [1, 4], 'experiment_metadata.questions_file': ['a', 'b']},
    });
    const requests = tabulateRequests(plan, {questionCount: file => (file === 'a' ? 10 : 100)});
    expect(tasksOf(plan).map(requests.at)).toEqual([20, 200, 80, 800]);
  });
});

const group = (tasks: number, servers = 1): TaskGroup => ({
  gpus: servers,
  tasks,
  sets: [
    {
      servers: Array.from({length: servers}, (_, i) => ({key: `k${i}`, model: 'm', modelPath: 'p', gpus: 1})),
      tasks: Array.from({length: tasks}, (_, i) => i),
    },
  ],
});

describe('packs', () => {
  const options = {loadSeconds: 300, taskSeconds: () => 100, limitSeconds: Infinity};

  it('hold as many tasks as they are told, of one set of servers', () => {
    const mixed: TaskGroup = {gpus: 1, tasks: 8, sets: [...group(5).sets, {...group(1).sets[0]!, tasks: [5, 6, 7]}]};
    expect(packTasks(mixed, {...options, tasksPerJob: 3}).map(({tasks}) => tasks)).toEqual([
      [0, 1, 2],
      [3, 4],
      [5, 6, 7],
    ]);
  });

  it('of automatic size spend a tenth of their time loading, and end before the time limit', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 2000}),
        fc.integer({min: 1, max: 4000}),
        fc.integer({min: 1, max: 3000}),
        fc.integer({min: 1, max: 500}),
        (load, task, limitMinutes, tasks) => {
          const limitSeconds = limitMinutes * 60;
          const cost = {loadSeconds: load, taskSeconds: () => task};
          const packs = packTasks(group(tasks), {...cost, limitSeconds, tasksPerJob: 'auto'});
          expect(packs.flatMap(pack => pack.tasks)).toEqual(group(tasks).sets[0]!.tasks);
          const [first] = packs;
          const seconds = load + task * first!.tasks.length;
          const isShort = first!.tasks.length === tasks || seconds + task > limitSeconds * 0.8;
          expect(load / seconds <= 0.1 + 1e-9 || isShort).toBe(true);
          // Not one task more than that takes.
          expect(first!.tasks.length === 1 || load / (seconds - task) > 0.1).toBe(true);
          expect(first!.tasks.length === 1 || seconds <= limitSeconds * 0.8 + 1e-9).toBe(true);
        },
      ),
    );
  });

  it('are single tasks where nothing has to be loaded', () => {
    expect(packTasks(group(4, 0), {...options, tasksPerJob: 'auto'})).toHaveLength(4);
    expect(packTasks(group(4), {...options, loadSeconds: 0, tasksPerJob: 'auto'})).toHaveLength(4);
  });
});

describe('an estimate', () => {
  const cost = {loadSeconds: 300, taskSeconds: (index: number) => (index === 3 ? 3300 : 60)};

  it('is the GPUs times the time of all jobs', () => {
    const packs = [
      {tasks: [0, 1], servers: 1},
      {tasks: [3], servers: 1},
    ];
    expect(estimateGroup(2, packs, cost)).toEqual({
      gpuHours: (2 * (300 + 120 + 300 + 3300)) / 3600,
      jobHours: (300 + 120 + 300 + 3300) / 3600,
      longestJobSeconds: 3600,
      loadShare: 600 / 4020,
    });
    expect(estimateGroup(0, [{tasks: [0], servers: 0}], cost)).toMatchObject({gpuHours: 0, longestJobSeconds: 60});
  });

  it('warns of a short time limit and of jobs that mostly load', () => {
    const about = (tasks: number, limitSeconds: number | undefined, tasksPerJob: number | 'auto' = 1) => {
      const of = group(tasks);
      const packs = packTasks(of, {...cost, tasksPerJob, limitSeconds: limitSeconds ?? Infinity});
      const estimate = estimateGroup(1, packs, cost);
      return findPlanWarnings({...cost, group: of, estimate, limitSeconds, tasksPerJob}).map(({code}) => code);
    };
    expect(about(3, 3600)).toEqual(['mostly-loading']);
    expect(about(3, undefined)).toEqual(['mostly-loading']);
    expect(about(3, 3600, 'auto')).toEqual([]);
    expect(about(4, 3599)).toEqual(['time-limit-short']);
    expect(about(1, 3600)).toEqual([]);
  });

  it('warns of what partitions do not allow, and says nothing where none is known', () => {
    const partitions = [
      {name: 'a', limitSeconds: 3600},
      {name: 'b', limitSeconds: 7200},
    ];
    const codes = (seconds: number | undefined, known = partitions, unknownPartitions: string[] = []) =>
      partitionWarnings(seconds, {partitions: known, unknownPartitions}).map(({code}) => code);
    expect(codes(7200)).toEqual([]);
    expect(codes(7201)).toEqual(['time-limit-above-partition']);
    expect(codes(Infinity)).toEqual(['time-limit-above-partition']);
    expect(codes(7201, [])).toEqual([]);
    expect(codes(undefined, partitions, ['c'])).toEqual(['partition-unknown']);
    expect(submitLimitWarnings(10, 10)).toEqual([]);
    expect(submitLimitWarnings(11, 10)[0]?.message).toMatch(
      /submitted as arrays of at most 10, and what the cluster then refuses is left/,
    );
  });

  it('says times as people do', () => {
    expect([0, 119, 120, 3600, 5400, 90_000, 86_400 * 2, Infinity].map(describeSeconds)).toEqual([
      '0 s',
      '119 s',
      '2 min',
      '1 h',
      '1 h 30 min',
      '1 d 1 h',
      '2 d',
      'no limit',
    ]);
  });
});
