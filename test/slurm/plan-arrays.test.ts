import {describe, expect, it} from 'vitest';

import type {Plan} from '../../src/plan/plan.ts';
import {clusterLimits} from '../../src/slurm/cluster/cluster-limits.ts';
import {packConversations} from '../../src/slurm/submit/pack-conversations.ts';
import {planArrays, type ArrayPlan} from '../../src/slurm/submit/plan-arrays.ts';
import {listElements} from '../../src/slurm/submission/array-spec.ts';
import {gridPlan, tasksOf} from '../plan/a-plan.ts';
import {aProfile, jobFacts} from './a-profile.ts';

const MODELS = {
  small: {backend: 'vllm', model_path: 'org/small', max_num_seqs: 8},
  large: {backend: 'vllm', model_path: 'org/large', max_num_seqs: 8, vllm_config: {tensor_parallel_size: 4}},
};

function aPlan(temperatures: number, models = ['small', 'large']): Plan {
  const sweep = {
    'agent_definitions.0.temperature': Array.from({length: temperatures}, (_, i) => i / temperatures),
    'agent_definitions.0.model': models,
  };
  return gridPlan({sweep}, {model_definitions: MODELS, 'agent_definitions.1.model': 'small'});
}

async function arraysOf(plan: Plan, keys: Record<string, unknown> = {}, tasks?: number[]): Promise<ArrayPlan> {
  const profile = await aProfile(keys);
  return planArrays({
    pack: packConversations(plan, () => 10),
    batches: [{tasks, profile}],
    cluster: clusterLimits(profile),
    job: jobFacts(),
  });
}

/** Every task of every element, in order of the arrays. */
const tasksIn = ({arrays}: ArrayPlan) => arrays.flatMap(({tasks}) => listElements(tasks).flatMap(each => each.tasks));
const byNumber = (numbers: number[]) => numbers.sort((a, b) => a - b);

describe('arrays of a plan', () => {
  it('are one for each need, with the numbers of the tasks', async () => {
    const plan = await arraysOf(aPlan(3));
    expect(plan.arrays.map(({index, tasks, resources}) => [index, tasks, resources])).toEqual([
      [0, {spec: '1-5:2', offset: 0}, {gpus: 5}],
      [1, {spec: '0-4:2', offset: 0}, {gpus: 1}],
    ]);
    expect(plan.arrays[0]?.text).toContain('#SBATCH --array=1-5:2\n');
    expect(plan.arrays[0]?.text).toContain('#SBATCH --gres=gpu:5\n');
    expect(plan.arrays[1]?.text).toContain(' --array 1 --element "$SLURM_ARRAY_TASK_ID"');
    expect(plan.arrays[1]).toMatchObject({name: 'mac-abcd1234-1', script: 'array_1_1.sbatch'});
  });

  it('hold every task once, whatever the limits', async () => {
    const grid = aPlan(400);
    for (const keys of [{max_array_size: 101}, {submit_limit: 30}, {tasks_per_job: 7, max_array_size: 50}]) {
      const plan = await arraysOf(grid, keys);
      expect(byNumber(tasksIn(plan))).toEqual(tasksOf(grid));
      const most = Math.min(keys.max_array_size ?? Infinity, keys.submit_limit ?? Infinity);
      for (const {elements} of plan.arrays) expect(elements).toBeLessThanOrEqual(most);
    }
  });

  it('split 3,000 tasks against a MaxArraySize of 1001', async () => {
    const plan = await arraysOf(aPlan(3000, ['small']));
    expect(plan.arrays.map(({tasks}) => tasks)).toEqual([
      {spec: '0-1000', offset: 0},
      {spec: '0-1000', offset: 1001},
      {spec: '0-997', offset: 2002},
    ]);
  });

  it('take any part of the tasks', async () => {
    const plan = await arraysOf(aPlan(10), {}, [0, 2, 4, 9, 18]);
    expect(plan.arrays.map(({index, tasks}) => [index, tasks])).toEqual([
      [0, {spec: '9', offset: 0}],
      [1, {spec: '0-4:2,18', offset: 0}],
    ]);
    expect((await arraysOf(aPlan(2), {}, [])).arrays).toEqual([]);
  });

  it('share one throttle, in chains where there are more arrays than places', async () => {
    const shares = async (keys: Record<string, unknown>) =>
      (await arraysOf(aPlan(40), keys)).arrays.map(({throttle, after}) => [throttle, after]);
    expect(await shares({array_throttle: 10})).toEqual([
      [5, undefined],
      [5, undefined],
    ]);
    expect(await shares({array_throttle: 2, max_array_size: 20})).toEqual([
      [1, undefined],
      [1, undefined],
      [1, 0],
      [1, 1],
    ]);
    const {arrays} = await arraysOf(aPlan(40), {array_throttle: 2, max_array_size: 20});
    expect(arrays[0]?.text).toMatch(/--array=\S+%1$/m);
  });

  it('share it also where some tasks get more memory or time than others', async () => {
    const profile = await aProfile({array_throttle: 4, mem: '8G'});
    const {arrays} = planArrays({
      pack: packConversations(aPlan(40, ['small']), () => 10),
      batches: [
        {tasks: [0, 1, 2, 3, 4, 5], profile},
        {tasks: [6, 7], profile: {...profile, mem: '16G'}},
      ],
      cluster: clusterLimits(profile),
      job: jobFacts(),
    });
    expect(arrays.map(({index, name, throttle, resources}) => [index, name, throttle, resources.mem])).toEqual([
      [0, 'mac-abcd1234-0', 3, '8G'],
      [1, 'mac-abcd1234-1', 1, '16G'],
    ]);
    expect(arrays[1]?.text).toContain('#SBATCH --mem=16G\n');
  });

  it('pack tasks that need the same servers', async () => {
    const plan = await arraysOf(aPlan(3), {tasks_per_job: 2});
    expect(plan.arrays.map(({tasks, elements}) => [tasks, elements])).toEqual([
      [{spec: '0-1', offset: 0, packs: [[1, 3], [5]]}, 2],
      [{spec: '0-1', offset: 0, packs: [[0, 2], [4]]}, 2],
    ]);
    expect(plan.groups.map(({jobs, tasks}) => [jobs, tasks])).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  it('are refused when a node has too few GPUs, with the names of the models', async () => {
    await expect(arraysOf(aPlan(3), {gpus_per_node: 4})).rejects.toMatchObject({
      code: 'gpus-exceed-node',
      message: expect.stringMatching(
        /a node has 4 GPUs, but 3 tasks \(the first is 1\) need 5 GPUs: large \(org\/large\): 4 \+ small \(org\/small\): 1/,
      ) as string,
    });
    await expect(arraysOf(aPlan(3), {gpus_per_node: 5})).resolves.toBeDefined();
  });

  it('are refused for a type of GPU that no node has', async () => {
    const profile = await aProfile({gpu_type: 'h100'});
    const plan = (cluster: Partial<ReturnType<typeof clusterLimits>>) =>
      planArrays({
        pack: packConversations(aPlan(1), () => 10),
        batches: [{profile}],
        cluster: {...clusterLimits(profile), ...cluster},
        job: jobFacts(),
      });
    expect(() => plan({gpuTypes: ['a100', 'v100'], gpusPerNode: 0})).toThrow(
      'no node has GPU type h100; there are a100, v100',
    );
    expect(() => plan({gpuTypes: [], gpusPerNode: 0})).toThrow('its nodes name no types of GPUs');
    expect(plan({gpuTypes: undefined}).arrays).not.toHaveLength(0);
  });

  it('are refused when jobs would be told to finish up at their start, with a warning when it is early', async () => {
    await expect(arraysOf(aPlan(1), {time: '00:05:00', signal_lead_seconds: 600})).rejects.toMatchObject({
      code: 'signal-lead-too-long',
      message: expect.stringContaining('600 is not shorter than the time limit of 300 s') as string,
    });
    await expect(arraysOf(aPlan(1), {time: '2'})).rejects.toMatchObject({code: 'signal-lead-too-long'});
    const codes = async (keys: Record<string, unknown>) =>
      (await arraysOf(aPlan(1), {requests_per_second: 1000, model_load_seconds: 1, ...keys})).warnings.map(
        ({code}) => code,
      );
    expect(await codes({time: '00:05:00', signal_lead_seconds: 151})).toEqual(['signal-lead-long']);
    expect(await codes({time: '00:05:00', signal_lead_seconds: 150})).toEqual([]);
    expect(await codes({signal_lead_seconds: 600})).toEqual([]);
  });

  it('of 10,000 tasks are planned within the time that submitting may take', async () => {
    const plan = await arraysOf(aPlan(5_000), {max_array_size: 100});
    expect(plan.arrays).toHaveLength(100);
    expect(byNumber(tasksIn(plan))).toHaveLength(10_000);
  });
});
