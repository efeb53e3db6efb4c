import {expect, test} from 'vitest';

import type {VllmConfig} from '../../../src/backend/vllm/vllm-schema.ts';
import {splitGpus} from '../../../src/execute/model-server/gpu-split.ts';
import {serverSpecs} from '../../../src/execute/model-server/server-spec.ts';

function specs(...configs: VllmConfig[]) {
  return serverSpecs(
    configs.map((vllm_config, i) => ({backend: 'vllm' as const, model_path: `org/m${i}`, vllm_config})),
  );
}

const TWO = specs({tensor_parallel_size: 2}, {data_parallel_size: 2});

test('GPUs are shared out in order, whatever they are called', () => {
  expect(splitGpus(TWO, {CUDA_VISIBLE_DEVICES: '3,5,6,7'})).toEqual([
    {CUDA_VISIBLE_DEVICES: '3,5'},
    {CUDA_VISIBLE_DEVICES: '6,7'},
  ]);
  expect(splitGpus(TWO, {CUDA_VISIBLE_DEVICES: 'GPU-a, MIG-b,GPU-c,GPU-d,GPU-e'})[1]).toEqual({
    CUDA_VISIBLE_DEVICES: 'GPU-c,GPU-d',
  });
  expect(splitGpus(TWO, {ROCR_VISIBLE_DEVICES: '0,1,2,3', CUDA_VISIBLE_DEVICES: '0,1,2,3'})[0]).toEqual({
    CUDA_VISIBLE_DEVICES: '0,1',
    ROCR_VISIBLE_DEVICES: '0,1',
  });
});

test('too few are an error that names the servers', () => {
  expect(() => splitGpus(TWO, {CUDA_VISIBLE_DEVICES: '0,1,2'})).toThrow(/need 4 GPUs \(m0 2, m1 2\).*has 3/);
});

test('a Slurm job without GPUs gives none: its servers would see those of others', () => {
  expect(splitGpus(specs({}), {SLURM_JOB_ID: '7'})).toEqual([{CUDA_VISIBLE_DEVICES: ''}]);
  expect(splitGpus(specs({}), {SLURM_JOB_ID: '7', CUDA_VISIBLE_DEVICES: 'NoDevFiles'})).toEqual([{}]);
  // Devices that are confined and not told of are the job's own.
  expect(splitGpus(specs({}), {SLURM_JOB_ID: '7', SLURM_GPUS_ON_NODE: '1'})).toEqual([{}]);
});

test('on a machine of one’s own the config’s devices are used, else the first ones', () => {
  expect(splitGpus(specs({gpu_device_ids: [2, 3]}), {})).toEqual([{CUDA_VISIBLE_DEVICES: '2,3'}]);
  expect(splitGpus(specs({}), {})).toEqual([{}]);
  expect(splitGpus(TWO, {})).toEqual([{CUDA_VISIBLE_DEVICES: '0,1'}, {CUDA_VISIBLE_DEVICES: '2,3'}]);
});
